"""Numbers on their way to the browser, read back as the browser does."""

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.representation.packing import packed
from tests.representation.made import staged, trained

LIST = st.lists(st.floats(-1e6, 1e6, width=32) | st.just(float("nan")), min_size=1, max_size=30)


def read(told):
    codes = np.frombuffer(base64.b64decode(told["data"]), "<u2").astype(float)
    low, step = (np.repeat(told[name], told["counts"]) for name in ("low", "step"))
    return np.where(codes == 65_535, np.nan, low + step * codes)


@given(st.lists(LIST, min_size=1, max_size=4))
def test_every_number_is_off_by_less_than_a_step_of_its_own_run(runs):
    found = np.split(read(packed(map(np.array, runs))), np.cumsum([len(run) for run in runs])[:-1])
    for ours, run in zip(found, runs, strict=True):
        known = np.array(run)[np.isfinite(run)]
        span = np.ptp(known) if len(known) else 0
        assert np.array_equal(np.isnan(ours), np.isnan(run))
        assert np.nanmax(np.abs(ours - run), initial=0) <= span / 131_000 + 1e-9 * np.abs(known).max(initial=0)


@pytest.mark.parametrize("name", ["bullseye", "iris", "sine"])
def test_straight_moves_through_the_plane_are_the_lattice(name):
    one = trained(name)
    told = staged(one)
    grid = one.plane.grid(told["lattice"]["side"])
    moved = np.concatenate([np.ones((len(grid), 1)), grid], 1) @ np.array(told["lattice"]["moves"])
    assert np.allclose(moved, one.plane.fill(grid), atol=1e-5)


def test_the_weights_of_an_epoch_come_back():
    one = trained("iris")
    told = staged(one)
    for epoch, weights in zip(told["epochs"], told["weights"], strict=True):
        found = read(weights)
        assert np.allclose(found, row(one, epoch), atol=1e-4)


def row(one, epoch):
    table = one.sink.table("checkpoints").to_pylist()
    return next(entry["weights"] for entry in table if entry["epoch"] == epoch)
