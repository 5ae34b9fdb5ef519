"""Where inputs lie on their function, counted from histograms, against the values they were made of."""

import numpy as np
import pytest

from core.analysis import functions
from core.analysis.activations import layers
from core.analysis.record import Record
from core.choices.activations import GELU, Identity, ReLU, Sigmoid, Step, Tanh
from tests.analysis.made import histogram, layered, table


def of_values(values: np.ndarray, kind: str = "tanh") -> Record:
    row = {"epoch": 2, "replica": 0, "layer": 1, "quantity": "preactivations", **histogram(values)}
    return Record(layered([kind]).meta, "finished", {"histograms": table("histograms", [row])})


def dots(values: np.ndarray, kind: str = "tanh"):
    record = of_values(values, kind)
    return functions.on_function(record, layers(record)[0])


def test_flat_zones_are_where_the_slope_is_a_twentieth():
    low, live, high = functions.zones(Tanh())
    border = np.arccosh(np.sqrt(20))  # 1 / cosh² z = 0.05
    assert (low.is_flat, live.is_flat, high.is_flat) == (True, False, True)
    assert (live.low, live.high) == pytest.approx((-border, border), abs=2e-3)
    middle = functions.zones(Sigmoid())[1]
    assert middle.high == pytest.approx(np.log((1 + np.sqrt(0.95)) / (1 - np.sqrt(0.95))), abs=2e-3)


@pytest.mark.parametrize(("function", "flat"), [(ReLU(), [True, False]), (Identity(), [False]), (Step(), [True])])
def test_zones_of_other_functions(function, flat: list[bool]):
    assert [zone.is_flat for zone in functions.zones(function)] == flat


def test_gelu_has_a_flat_turning_point():
    assert sum(zone.is_flat for zone in functions.zones(GELU())) == 2


def test_shares_add_up_to_one_and_gather_the_ends():
    told = dots(np.array([-100.0, -6.5, -1.1, 0.0, 0.3, 7.0, np.inf, -np.inf]))
    assert told["share"].sum() == pytest.approx(1)
    assert told[told["z"] == -6]["share"].sum() == pytest.approx(3 / 8, abs=0.05)
    assert told[told["z"] == 6]["share"].sum() == pytest.approx(2 / 8)
    assert told[told["z"] == 0]["share"].sum() == pytest.approx(1 / 8)


def test_not_a_number_is_said():
    told = dots(np.array([1.0, np.nan, np.nan, 2.0]))
    assert told["unmeasured"].eq(0.5).all()
    assert told["share"].sum() == pytest.approx(0.5)
    assert dots(np.array([np.nan, np.nan]))["unmeasured"].eq(1).all()


def test_share_in_the_flat_zone_is_near_the_exact_one():
    values = np.random.default_rng(0).normal(0, 2.5, 20_000)
    told = dots(values)
    exact = np.mean(1 - np.tanh(values) ** 2 < 0.05)
    assert told[told["is_flat"]]["share"].sum() == pytest.approx(exact, abs=0.04)


def test_a_dot_lies_on_the_curve():
    told = dots(np.random.default_rng(0).normal(0, 2, 300))
    assert told["y"].to_numpy() == pytest.approx(np.tanh(told["z"]))


def test_long_runs_stay_within_the_budget_with_their_first_and_last_epoch():
    record = layered(["tanh"] * 2, epochs=400)
    for layer in layers(record)[:2]:
        told = functions.on_function(record, layer)
        assert len(told) <= 2_500
        assert (told["epoch"].min(), told["epoch"].max()) == (0, 399)
