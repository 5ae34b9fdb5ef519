"""Bins read off a float's bits, against a search among their edges."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.recording.bins import BINS, ZERO, centres, edges, index

EDGES = edges()


def test_edges_ascend_and_are_half_octaves():
    assert (np.diff(EDGES[2:1023]) > 0).all()
    assert EDGES[ZERO] == 0
    one = int(index(np.array([1.0]))[0])
    assert len(EDGES) == BINS + 1
    np.testing.assert_array_equal(EDGES[one : one + 4], [1, 1.5, 2, 3])
    np.testing.assert_array_equal(-EDGES[::-1], EDGES)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_value_lies_between_the_edges_of_its_bin(value):
    number = int(index(np.array([value]))[0])
    assert EDGES[number] <= value <= EDGES[number + 1]


@given(st.lists(st.floats(width=32, allow_nan=False), min_size=2, max_size=20))
def test_larger_values_never_have_smaller_bins(values):
    ranked = np.sort(np.array(values, np.float32) + 0.0)
    assert (np.diff(index(ranked)) >= 0).all()


def test_what_is_no_number_has_its_own_bins():
    np.testing.assert_array_equal(index(np.array([np.inf, -np.inf, 0.0])), [1022, 1, ZERO])
    assert index(np.array([np.nan]))[0] in (0, 1023)


def test_centres_lie_inside():
    inside = centres(np.arange(300, 724))
    assert (np.diff(inside) >= 0).all()
    assert (index(inside.astype(np.float32))[:200] == np.arange(300, 500)).all()
