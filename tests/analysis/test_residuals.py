"""A regression's errors against hand-computed values and scikit-learn's."""

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

from core.analysis import residuals
from core.analysis.answers import history
from tests.analysis.made import regressor


def made(rows: int = 300, epochs: int = 30, seed: int = 0):
    rng = np.random.default_rng(seed)
    true = rng.normal(100, 20, (rows, 1))
    noise = np.linspace(30, 5, epochs)[None, :, None, None] * rng.normal(size=(1, epochs, rows, 1))
    return history(regressor(true + noise, true))


def test_errors_are_scikit_learns():
    now = made().at()
    told = residuals.errors(now)
    true, predicted = now.targets[:, 0], now.values[:, 0]
    assert told.r2 == pytest.approx(r2_score(true, predicted))
    assert told.mean_absolute == pytest.approx(mean_absolute_error(true, predicted))
    assert told.root_mean_square == pytest.approx(mean_squared_error(true, predicted) ** 0.5)
    assert told.half_within == pytest.approx(np.median(np.abs(true - predicted)))
    assert told.guess_root_mean_square == pytest.approx(true.std())


def test_the_error_of_each_target_is_scikit_learns_as_a_share_of_a_guess():
    rng = np.random.default_rng(0)
    true = rng.normal(3, [1, 20, 0.1], (50, 3)) * [1, 1, 0]
    said = true + rng.normal(size=(1, 4, 50, 3))
    table = residuals.by_target(history(regressor(said, true)), ["a", "b", "always 0"])
    assert table["name"].unique().tolist() == ["a", "b"] and len(table) == 8
    last = table[table["epoch"] == table["epoch"].max()].set_index("name")
    for place, name in enumerate("ab"):
        assert last["error"][name] == pytest.approx(mean_squared_error(true[:, place], said[0, -1, :, place]) ** 0.5)
        assert 1 - last["share"][name] ** 2 == pytest.approx(r2_score(true[:, place], said[0, -1, :, place]))


def test_rows_without_numbers_are_counted():
    values = np.array([[[[1.0], [np.nan], [np.inf], [4.0]]]])
    told = residuals.errors(history(regressor(values, np.array([[1.0], [2.0], [3.0], [5.0]]))).at())
    assert (told.rows, told.unmeasured, told.bias) == (2, 2, -0.5)
    spread = residuals.spread_over_epochs(history(regressor(values, np.array([[1.0], [2.0], [3.0], [5.0]]))))
    assert spread["unmeasured"].tolist() == [2]
    assert spread["q50"].tolist() == [-0.5]


def test_nothing_but_nan_says_so():
    told = residuals.errors(history(regressor(np.full((1, 1, 3, 1), np.nan), np.ones((3, 1)))).at())
    assert (told.rows, told.unmeasured) == (0, 3)
    assert np.isnan(told.r2)


def test_groups_hold_equal_rows_and_their_quantiles():
    now = made(400).at()
    told = residuals.by_prediction(now)
    assert told["count"].between(49, 51).all()
    inside = (now.values[:, 0] > told["low"][3]) & (now.values[:, 0] <= told["high"][3])
    expected = np.quantile((now.values - now.targets)[inside, 0], residuals.QUANTILES)
    assert told.loc[3, residuals.quantile_names()].to_numpy(dtype=float) == pytest.approx(expected)


def test_few_rows_make_few_groups():
    assert len(residuals.by_prediction(made(12).at())) == 2
    assert residuals.by_prediction(made(3).at()).empty


def test_points_stay_within_the_budget_and_keep_the_range():
    one = made(900, 60)
    told = residuals.by_epoch(one)
    assert len(told) <= residuals.MOST_POINTS
    assert (told["true"].min(), told["true"].max()) == pytest.approx((one.targets.min(), one.targets.max()))


def test_the_distribution_counts_every_row_around_zero():
    told = residuals.distribution(made().at())
    assert told["count"].sum() == 300
    assert 0 in told["low"].round(9).tolist()
