"""How far filters are edges, against filters of known form."""

import numpy as np
import pytest

from core.analysis.edges import edge_share, steps

SIDE = 5
Y, X = np.mgrid[:SIDE, :SIDE] - 2.0


def test_an_edge_in_any_direction_is_all_edge_and_a_spot_is_none():
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, 20)
    edges = np.array([np.tanh(1.5 * (np.cos(a) * X + np.sin(a) * Y)) for a in angles])
    assert edge_share(3 * edges + 7).min() > 0.95  # brightness and contrast do not count
    assert edge_share(-edges) == pytest.approx(edge_share(edges))
    spot = np.exp(-(X**2 + Y**2) / 2)
    bar = np.exp(-(X**2))
    assert edge_share(np.array([spot]))[0] < 0.25 and edge_share(np.array([bar]))[0] < 0.5


def test_the_share_is_what_a_straight_line_through_the_step_explains():
    filters = np.random.default_rng(1).normal(size=(6, SIDE, SIDE))
    for one, share in zip(filters, edge_share(filters), strict=True):
        explained = [np.corrcoef(one.ravel(), step)[0, 1] ** 2 for step in steps(SIDE)]
        assert share == pytest.approx(max(explained))


def test_noise_is_no_edge():
    """Of a filter without any order a step explains little: the mean over many, near what its neighbours say."""
    noise = np.random.default_rng(2).normal(size=(2000, SIDE, SIDE))
    assert edge_share(noise).mean() < 0.25
