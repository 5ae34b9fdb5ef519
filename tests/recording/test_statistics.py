"""Sums taken in float32 about a pivot, against float64."""

import numpy as np
import pytest
import torch

from core.recording.statistics import HISTOGRAM_VALUES, SquaredNorms, middle, some
from core.recording.units import Place, UnitSums


@pytest.mark.parametrize("spread", [1.0, 1e-3, 1.5e-7])
def test_means_and_spreads_of_a_collapsed_layer(spread):
    """A layer whose outputs differ in their last bits only: without a pivot the spread is wrong by a factor of 1000."""
    random = torch.Generator().manual_seed(0)
    sums = UnitSums([Place(1)], 2)
    for _ in range(2):
        seen = []
        for batch in (64, 64, 64, 17):
            output = (0.5 + spread * torch.randn(2, batch, 8, generator=random, dtype=torch.float64)).float()
            seen.append(output)
            sums.see([output[:, :, :3], output])
        found = sums.fetch()[1]
    exact = torch.cat(seen, 1).double().numpy()
    np.testing.assert_allclose(found.mean, exact.mean(1), rtol=1e-7)
    np.testing.assert_allclose(found.std, exact.std(1), rtol=2e-5)


@pytest.mark.parametrize("held", [1, 10_000, 10**9])
def test_how_much_is_held_changes_nothing(monkeypatch, held):
    monkeypatch.setattr("core.recording.units.HELD_BYTES", held)
    monkeypatch.setattr("core.recording.units.SUMS_BYTES", held)
    random = torch.Generator().manual_seed(0)
    sums = UnitSums([Place(1, above_zero=True), Place(2, beyond=(0.5, 1.0)), Place(3)], 3)
    walks = [[torch.randn(3, n, u, generator=random) for u in (2, 6, 6, 4)] for n in (20, 20, 20, 7)]
    for walk in walks:
        sums.see(walk)
    found = sums.fetch()
    for place in (1, 2, 3):
        exact = torch.cat([walk[place] for walk in walks], 1).double().numpy()
        np.testing.assert_allclose(found[place].mean, exact.mean(1), atol=1e-6)
        np.testing.assert_allclose(found[place].std, exact.std(1), rtol=1e-5)
        np.testing.assert_allclose(found[place].all_std, exact.std((1, 2)), rtol=1e-5)
        np.testing.assert_allclose(found[place].all_mean, exact.mean((1, 2)), atol=1e-6)
    zs = [torch.cat([walk[place] for walk in walks], 1).numpy() for place in (1, 2)]
    np.testing.assert_allclose(found[1].share, (zs[0] > 0).mean(1), atol=1e-12)
    np.testing.assert_allclose(found[2].share, (np.abs(zs[1] - 0.5) > 1).mean(1), atol=1e-12)


def test_the_first_step_and_place_that_is_not_finite():
    sums = UnitSums([Place(1), Place(2)], 2)
    walks = [[torch.zeros(2, 4, 3)] + [torch.ones(2, 4, 3) for _ in range(2)] for _ in range(5)]
    walks[3][2][1, 0, 0] = float("inf")
    walks[4][1][1, 0, 0] = float("nan")
    for walk in walks:
        sums.see(walk)
    sums.fetch()
    assert sums.first_infinite == {1: [(3, 2, False)]}


def test_norms_of_segments():
    matrix = torch.randn(3, 50, dtype=torch.float32)
    norms = SquaredNorms(matrix, [slice(0, 20), slice(20, 45), slice(45, 50)], 4)
    for _ in range(4):
        norms.take()
    found = norms.fetch()
    exact = matrix.double().numpy() ** 2
    np.testing.assert_allclose(
        found[2], np.stack([exact[:, :20].sum(1), exact[:, 20:45].sum(1), exact[:, 45:].sum(1)], 1), rtol=1e-5
    )
    assert len(norms.fetch()) == 0


def test_middle_is_the_median_and_ranks_nan_last():
    values = np.random.default_rng(0).normal(size=(6, 4))
    np.testing.assert_allclose(middle(values), np.median(values, axis=0))
    assert middle(np.array([[1.0], [np.nan], [2.0]])).tolist() == [2.0]


def test_some_entries_come_from_every_column():
    values = torch.arange(500 * 64).view(500, 64)
    picked = some(values)
    assert HISTOGRAM_VALUES / 2 < len(picked) <= HISTOGRAM_VALUES
    assert set((picked % 64).tolist()) == set(range(64))
    assert torch.equal(some(values[:10]), values[:10].reshape(-1))
