"""Charts of activations: they draw, keep their bytes while only data change, mark what is no number."""

import numpy as np
import pandas as pd
import pytest

from core.analysis import activations, functions
from core.analysis.record import Record
from core.charts import activations as charts
from core.charts import functions as function_charts
from core.charts.ready import ready
from tests.analysis.made import layered
from tests.charts.specs import passes, stable_bytes

PLANNED = 30


def made(kind: str, count: int = 3, epochs: int = 8, **changes: np.ndarray) -> Record:
    rng = np.random.default_rng(epochs)
    shape = (epochs, count)
    name = "saturated_share" if kind in ("tanh", "sigmoid") else "dead_share"
    columns = {"activation_mean": rng.normal(size=shape), "activation_std": rng.uniform(0.1, 1, shape)}
    columns |= {"unit_std": 10 ** rng.uniform(-7, 0, shape), name: rng.random(shape)}
    return layered([kind] * count, epochs=epochs, **{**columns, **changes})


def all_charts(record: Record, kind: str) -> dict[str, object]:
    measure, tiles = ("saturated", "saturated") if kind in ("tanh", "sigmoid") else ("dead", "silent")
    layer = activations.layers(record)[0]
    zones = pd.DataFrame([vars(zone) for zone in functions.zones(layer.function)])
    depth = activations.by_depth(record)
    return {
        "shares": charts.shares(activations.shares(record, measure), measure, PLANNED, 0.1),
        "units": charts.unit_map(activations.unit_map(record, tiles), "of rows", "units", PLANNED),
        "spread": charts.spread(depth, PLANNED),
        "signal": charts.signal(depth, PLANNED),
        "on function": function_charts.on_function(
            functions.on_function(record, layer),
            functions.curve(layer.function),
            zones,
            f"{kind} z",
            PLANNED,
        ),
    }


@pytest.mark.parametrize("kind", ["sigmoid", "relu"])
@pytest.mark.parametrize("count", [2, 7])
def test_every_chart_draws(kind: str, count: int):
    for chart in all_charts(made(kind, count), kind).values():
        assert passes(chart)


@pytest.mark.parametrize("kind", ["gelu", "leaky_relu", "identity", "step"])
def test_functions_without_a_measure_still_have_their_curve(kind: str):
    record = made(kind)
    layer = activations.layers(record)[0]
    zones = pd.DataFrame([vars(zone) for zone in functions.zones(layer.function)])
    dots = functions.on_function(record, layer)
    assert passes(
        function_charts.on_function(dots, functions.curve(layer.function), zones, "f(z)", PLANNED, scrub=False)
    )


@pytest.mark.parametrize("kind", ["tanh", "relu"])
@pytest.mark.parametrize("count", [3, 7])
def test_bytes_stay_while_only_data_change(kind: str, count: int):
    short, long = all_charts(made(kind, count, 3), kind), all_charts(made(kind, count, 20), kind)
    changed = [name for name in short if stable_bytes(short[name]) != stable_bytes(long[name])]
    assert changed == []


def test_layers_without_numbers_are_marked():
    broken = np.zeros((8, 3))
    broken[5:] = 1
    gone = np.where(broken > 0, np.nan, 0.5)
    record = made("relu", nan_count=broken, activation_mean=gone, activation_std=gone, unit_std=gone)
    for name in ("shares", "units", "spread", "signal"):
        assert "✕" in passes(all_charts(record, "relu")[name])


def test_fifty_layers_of_a_long_run_stay_within_the_budget():
    record = made("tanh", 50, 120)
    for chart in all_charts(record, "tanh").values():
        assert passes(chart)


def test_a_layer_without_any_signal_lies_below_all_others():
    """Of three layers the last answers the same to every row: its 0 has no logarithm, and no ✕ stands for it."""
    spread = np.tile([0.5, 0.25, 0.0], (2, 1))
    record = layered(["relu"] * 3, {"dead_share": np.zeros((2, 3))}, epochs=2, unit_std=spread)
    spec = ready(charts.signal(activations.by_depth(record), 1)).whole()
    rows = [row for rows in spec["datasets"].values() for row in rows if "unit_std" in row]
    assert {row["layer"] for row in rows if row["unit_std"] == 0} == {3}
    held = [row for rows in spec["datasets"].values() for row in rows if "unit_std" not in row]
    assert min(value for row in held for value in row.values() if isinstance(value, float)) == -4.0, "a decade of room"
    silent = [
        layer["mark"] for layer in spec["layer"] if {"filter": "datum.unit_std === 0"} in layer.get("transform", [])
    ]
    assert [(mark["type"], mark.get("text")) for mark in silent] == [("point", None), ("text", "0")]
