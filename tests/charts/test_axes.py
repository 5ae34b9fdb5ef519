"""Axes say the same words as sentences, and labels at line ends give way to each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analysis.wording import ratio_label
from core.charts.axes import dodged, layer_ticks, power_words, ratio_ticks, ratio_words


@pytest.mark.parametrize("exponent", range(-15, 16))
def test_axes_and_sentences_use_the_same_words(exponent):
    assert ratio_words(exponent) == ratio_label(exponent)


def test_ratio_ticks_are_whole_thousands_and_hold_the_middle():
    assert ratio_ticks(-10, 2) == [-9, -6, -3, 0]
    assert ratio_ticks(-3, 3) == [-2, 0, 2]
    assert power_words(-4) == "10⁻⁴"


def test_layers_are_named_at_both_ends():
    names = [*(f"layer {n}" for n in range(1, 13)), "output"]
    ticks = layer_ticks(names)
    assert ticks[1] == "layer 1"
    assert ticks[13] == "output"
    assert list(ticks.values())[1:-1] == ["3", "5", "7", "9", "11"]
    assert layer_ticks(["output"]) == {1: "output"}
    assert layer_ticks(["layer 1", "output"]) == {1: "layer 1", 2: "output"}
    assert len(layer_ticks([*map(str, range(999)), "output"])) <= 15


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_labels_keep_their_distance_their_order_and_inside(values):
    placed = dodged(values, 0, 1, 0.06)
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in placed)
    ordered = sorted(zip(values, placed, strict=True), key=lambda pair: pair[0])
    steps = [b[1] - a[1] for a, b in zip(ordered, ordered[1:], strict=False)]
    assert all(step >= 0.06 - 1e-9 for step in steps)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 3)), min_size=1, max_size=5))
def test_labels_of_several_lines_hang_down_clear_of_each_other_and_inside(ends):
    values, lines = [value for value, _ in ends], [count for _, count in ends]
    placed = dodged(values, 0, 1, 0.06, lines)
    spans = sorted((place - 0.06 * (count - 1), place) for place, count in zip(placed, lines, strict=True))
    assert spans[0][0] >= -1e-9 and spans[-1][1] <= 1 + 1e-9
    assert all(above[0] - below[1] >= 0.06 - 1e-9 for below, above in zip(spans, spans[1:], strict=False))


def test_labels_far_apart_stay_where_they_are():
    assert dodged([0.1, 0.9, 0.5], 0, 1) == [0.1, 0.9, 0.5]
