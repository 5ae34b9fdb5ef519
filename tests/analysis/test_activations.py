"""Shares, unit maps and spread by depth against what was put into a small record."""

import numpy as np
import pyarrow as pa
import pytest

from core.analysis import activations, awake
from core.analysis.record import Record
from tests.analysis.made import layered, table


def with_replicas(values: list[float | None], broken: list[int]) -> Record:
    record = layered(["tanh"], {"saturated_share": np.zeros((1, 1))}, epochs=1)
    rows = [
        {"epoch": 1, "replica": n, "layer": 1, "saturated_share": value, "nan_count": bad, "infinite_count": 0}
        for n, (value, bad) in enumerate(zip(values, broken, strict=True))
    ]
    return Record(record.meta, "finished", {"layers": table("layers", rows)})


def test_shares_are_the_median_and_range_of_replicas():
    told = activations.shares(with_replicas([0.1, 0.5, 0.2], [0, 0, 0]), "saturated").iloc[0]
    assert (told["low"], told["median"], told["high"], told["broken"]) == (0.1, 0.2, 0.5, 0)


def test_a_layer_with_nan_has_no_share_and_is_counted():
    told = activations.shares(with_replicas([0.1, 0.0, 0.2], [0, 7, 0]), "saturated").iloc[0]
    assert (told["median"], told["broken"]) == (pytest.approx(0.15), 1)
    assert np.isnan(activations.shares(with_replicas([0.0], [1]), "saturated").iloc[0]["median"])


def test_saturation_and_death_are_never_mixed():
    record = layered(["tanh", "relu", "gelu"])
    assert [layer.layer for layer in activations.measured_layers(record, "saturated")] == [1]
    assert [layer.layer for layer in activations.measured_layers(record, "dead")] == [2]
    assert activations.unit_map(record, "silent")["layer"].unique().tolist() == [2]


def test_tiles_are_units_sorted_by_share():
    told = activations.unit_map(layered(["tanh"], epochs=1), "saturated")
    assert told["share"].tolist() == pytest.approx([1, 2 / 3, 1 / 3, 0])
    assert told["unit"].tolist() == [3, 2, 1, 0]
    assert (told["left"].min(), told["right"].max()) == (0, 1)


def test_many_units_become_quantile_tiles_that_say_so():
    told = activations.unit_map(layered(["relu"], epochs=1, units=250), "silent")
    assert len(told) == activations.MOST_TILES
    assert told["unit"].eq(-1).all()
    assert told["units"].eq(250).all()
    assert told["share"].mean() == pytest.approx(0.5, abs=0.01)
    assert told["share"].is_monotonic_decreasing


def test_a_silent_unit_is_dead_and_a_broken_one_is_not():
    record = layered(["relu"], {"nan_count": np.array([[0], [5]])}, epochs=2)
    told = activations.unit_map(record, "silent")
    assert told[told["epoch"] == 0]["is_dead"].tolist() == [True, False, False, False]
    assert told[told["epoch"] == 1]["share"].isna().all()
    assert not told[told["epoch"] == 1]["is_dead"].any()


def test_points_of_a_deep_long_run_stay_within_the_budget():
    record = layered(["tanh"] * 20, epochs=60, units=64)
    assert len(activations.unit_map(record, "saturated")) <= activations.MOST_POINTS


def test_units_that_are_always_flat_are_counted_as_they_are_now():
    """At the start every fourth unit is flat; at the end all are."""
    start = layered(["tanh"], {"saturated_share": np.array([[0.2], [0.9]])}, epochs=2)
    units = start.table("units").to_pylist()
    for row in units:
        row["saturated_share"] = [1.0] * 4 if row["epoch"] == 1 else [0.0, 0.3, 0.6, 1.0]
    record = Record(start.meta, "finished", {**start.tables, "units": table("units", units)})
    assert activations.unit_map(record, "saturated", most=1)["epoch"].unique().tolist() == [1]
    told = next(vital for vital in awake.vitals(record) if vital.label == "Units always flat")
    assert told.value.replace("\u00a0", " ") == "4 of 4"


def test_spread_is_relative_to_layer_one():
    record = layered(["tanh", "tanh"], epochs=1, unit_std=np.array([[0.5, 0.005]]))
    told = activations.by_depth(record)
    assert told["spread"].tolist() == pytest.approx([0, -2])


def test_the_worst_layer_and_since_when():
    shares = np.array([[0.1, 0.6], [0.1, 0.4], [0.1, 0.7], [0.1, 0.8]])
    told = activations.worst(layered(["tanh", "tanh"], {"saturated_share": shares}, epochs=4), "saturated")
    assert (told.layer.layer, told.epoch, told.since, told.share) == (2, 3, 2, 0.8)


def test_an_empty_record_has_nothing():
    record = layered(["tanh"])
    empty = Record(record.meta, "running", {})
    assert activations.shares(empty, "saturated").empty
    assert activations.by_depth(empty).empty
    assert activations.unit_map(empty, "saturated").empty
    assert activations.worst(empty, "saturated") is None
    assert isinstance(record.table("layers"), pa.Table)


@pytest.mark.parametrize(
    ("values", "broken", "is_quiet"),
    [([0.0, 0.009], [0, 0], True), ([0.0, 0.02], [0, 0], False), ([0.0, 0.0], [0, 3], False)],
)
def test_only_what_never_showed_in_any_seed_is_quiet(values, broken, is_quiet):
    assert activations.is_quiet(with_replicas(values, broken), "saturated") is is_quiet


def test_a_recurrent_network_is_not_said_to_have_no_layer():
    """The last layer's function, and a recurrent layer's, belong to no one."""
    record = layered(["output"])
    assert awake.headline(record).text == "What goes on in a recurrent layer is seen step by step."
    alone = Record({**record.meta, "layers": record.meta["layers"][-1:]}, "finished", record.tables)
    assert "no hidden layer" in awake.headline(alone).text
