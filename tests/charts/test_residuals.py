"""Charts of a regression: they draw and keep their bytes while only data change."""

import numpy as np
import pandas as pd
import pytest

from core.analysis import residuals
from core.analysis.answers import History, history
from core.charts import residuals as charts
from core.charts.names import safe_name
from tests.analysis.made import regressor
from tests.charts.specs import HOSTILE, passes, stable_bytes

PLANNED = 30


def made(epochs: int = 10, rows: int = 120) -> History:
    true = np.random.default_rng(0).normal(150, 40, (rows, 1))
    noise = np.random.default_rng(epochs).normal(0, 30, (1, epochs, rows, 1))
    return history(regressor(true + noise, true))


def all_charts(one: History, target: str = "price") -> dict[str, object]:
    now = one.at()
    domain = (float(one.targets.min()), float(one.targets.max()))
    spread = residuals.spread_over_epochs(one)
    half = residuals.errors(now).half_within
    return {
        "predicted": charts.predicted(residuals.by_epoch(one), target, domain, PLANNED),
        "groups": charts.by_prediction(residuals.residuals(now), residuals.by_prediction(now), target),
        "spread": charts.spread(spread, PLANNED, residuals.reach(one)),
        "distribution": charts.distribution(residuals.distribution(now), half, target),
    }


def several(epochs: int = 4, targets: int = 12) -> pd.DataFrame:
    true = np.random.default_rng(0).normal(5, 2, (60, targets))
    noise = np.random.default_rng(1).normal(0, 1, (1, epochs, 60, targets))
    return residuals.by_target(history(regressor(true + noise, true)), [f"step {k}" for k in range(targets)])


@pytest.mark.parametrize(("targets", "is_steps"), [(2, False), (12, False), (12, True)])
def test_the_error_by_target_draws_and_keeps_its_bytes(targets: int, is_steps: bool):
    short, long = (charts.by_target(several(epochs, targets), is_steps, PLANNED) for epochs in (3, 9))
    assert passes(short) and stable_bytes(short) == stable_bytes(long)


def test_every_chart_draws():
    for chart in all_charts(made()).values():
        assert passes(chart)


def test_bytes_stay_while_only_data_change():
    short, long = all_charts(made(3)), all_charts(made(25))
    assert [name for name in short if stable_bytes(short[name]) != stable_bytes(long[name])] == []


@pytest.mark.parametrize("name", [HOSTILE[4], HOSTILE[10], HOSTILE[13]])
def test_hostile_target_names_change_nothing(name: str):
    for chart in all_charts(made(2, 20), safe_name(name)).values():
        assert "<img" not in passes(chart)


def test_predictions_without_numbers_are_marked():
    one = made()
    values = one.values.copy()
    values[-1] = np.nan
    broken = History(one.epochs, 0, values, one.targets, one.rows)
    assert "✕" in passes(all_charts(broken)["spread"])


def test_a_constant_target_is_drawn():
    one = history(regressor(np.full((1, 3, 20, 1), 5.0), np.full((20, 1), 5.0)))
    for chart in all_charts(one).values():
        assert passes(chart)
