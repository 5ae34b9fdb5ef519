"""What the chart of both splits draws and says, read back from the data that it sends."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from core.analysis import lines
from core.analysis.record import Record
from core.charts import notes
from core.charts.curves import gap, loss
from core.charts.lines import FEW
from core.charts.ready import ready
from tests.analysis import made_runs as made


def sent(record: Record, has: str, log: bool = False) -> list[dict]:
    """The rows of the one data set that has a column of this name."""
    sets = ready(loss(lines.losses(record), log=log)).whole()["datasets"].values()
    return next(rows for rows in sets if rows and has in rows[0])


def said(record: Record, log: bool = False) -> dict[str, dict]:
    return {row["words"]: row for row in sent(record, "note_x", log)}


def replicas(train: np.ndarray, validation: np.ndarray) -> Record:
    scores = np.stack([1 - train, 1 - validation])
    tables = {"epochs": made.epochs(train, validation, scores)}
    return Record(made.meta(2, epochs=train.shape[1] - 1, replicas=len(train)), "finished", tables)


def test_a_band_stays_thin_where_the_replicas_agree():
    spread = np.array([0.4, 0.4, 0.0, 0.0, 0.0, 0.4, 0.4, 0.4, 0.4])
    middle = np.full(9, 1.0)
    record = replicas(np.stack([middle - spread, middle, middle + spread]), np.stack([middle] * 3))
    band = {row["epoch"]: (row["low"], row["high"]) for row in sent(record, "low") if row["kind"] == "train"}
    assert sorted(band) == list(range(9))
    for epoch in range(9):
        assert band[epoch] == pytest.approx((1 - spread[epoch], 1 + spread[epoch]), abs=1e-6)


def test_one_replica_has_no_band():
    one = np.linspace(2, 1, 9)[None]
    sets = ready(loss(lines.losses(replicas(one, one)))).whole()["datasets"].values()
    assert not any(row for rows in sets for row in rows if "low" in row)


@pytest.mark.parametrize("log", [False, True])
def test_what_is_memorised_lies_between_the_lines_after_the_best_epoch(log):
    record = made.overfitting()
    best = lines.losses(record).memorising
    area = [row for row in sent(record, "low", log) if row["kind"] == "bad"]
    drawn = {(row["epoch"], row["kind"]): row["median"] for row in sent(record, "median", log)}
    assert min(row["epoch"] for row in area) == best
    for row in area:
        train, validation = drawn[row["epoch"], "train"], drawn[row["epoch"], "validation"]
        assert (row["low"], row["high"]) == pytest.approx((train, max(train, validation)), rel=1e-6)
    word = said(record, log)["memorising"]
    at = min(area, key=lambda row: abs(row["epoch"] - word["note_x"]))
    assert at["low"] < word["note_y"] < at["high"]


@pytest.mark.parametrize("log", [False, True])
def test_levels_and_rules_are_named_where_they_are_drawn(log):
    record = made.overfitting()
    curves, words, dashes = lines.losses(record), said(record, log), sent(record, "from_x", log)
    level, rule = curves.levels.iloc[-1], curves.rules.iloc[0]
    assert words[level["words"]]["note_y"] == pytest.approx(level["value"], rel=1e-6)
    assert [d["to_x"] for d in dashes if d["from_y"] == pytest.approx(level["value"], rel=1e-6)] == [curves.planned]
    assert words[rule["words"]]["note_x"] == rule["epoch"]
    assert any(d["from_x"] == d["to_x"] == rule["epoch"] for d in dashes)


def beside_a_level(train: float, validation: float) -> tuple[notes.Note, notes.Plot]:
    """Where the name of the only level, at the middle of the axis, stands with lines that far above it all the way."""
    curves = lines.losses(replicas(np.full((1, 20), 0.5), np.full((1, 20), 0.5)))
    for split, distance in (("train", train), ("validation", validation)):
        curves.lines.loc[curves.lines["split"] == split, "median"] = 0.5 + distance
    level = curves.levels.iloc[:1].assign(value=0.5, words="a guess")
    plot = notes.Plot(dataclasses.replace(curves, levels=level, domain=(0.0, 1.0)), 0.0, 1.0, log=False)
    (note,) = notes.levels(plot)
    return note, plot


@pytest.mark.parametrize(
    ("train", "validation", "baseline"),
    [(0.3, -0.3, "bottom"), (0.04, 0.3, "top"), (0.04, -0.2, "top"), (-0.04, 0.2, "bottom"), (0.045, -0.02, "top")],
)
def test_a_level_is_named_on_the_side_where_no_line_runs_along(train, validation, baseline):
    note, plot = beside_a_level(train, validation)
    assert (note.x, note.y, note.baseline) == (plot.curves.planned, 0.5, baseline)


def test_a_level_is_not_named_across_an_upright_line():
    _, plot = beside_a_level(0.3, -0.3)
    rules = plot.curves.rules.iloc[:0]
    for epoch, at in ((0.9, notes.ASIDE[1]), (0.5, 1.0), (1.0, 1.0)):
        rule = rules.reindex([0]).assign(epoch=epoch * plot.curves.planned, words="best")
        (note,) = notes.levels(notes.Plot(dataclasses.replace(plot.curves, rules=rule), 0.0, 1.0, log=False))
        assert note.x == pytest.approx(at * plot.curves.planned)


@pytest.mark.parametrize("heights", [(), (0.22,), (0.72,), (0.2, 0.75), (0.3, 0.6)])
def test_that_numbers_are_lost_is_said_clear_of_every_level(heights):
    _, plot = beside_a_level(0.3, -0.3)
    levels = plot.curves.levels.iloc[[0] * len(heights)].assign(value=heights)
    lost = notes.Plot(dataclasses.replace(plot.curves, broken_from=3, levels=levels), 0.0, 1.0, log=False)
    cross, words = notes.broken(lost)
    assert (cross.x, cross.y) == (words.x, words.y)
    assert all(abs(words.y - height) > 0.1 for height in heights)


def test_two_levels_close_together_are_not_named_across_each_other():
    _, plot = beside_a_level(0.3, -0.3)
    two = plot.curves.levels.iloc[[0, 0]].assign(value=[0.5, 0.53], words=["lower", "upper"])
    lower, upper = notes.levels(notes.Plot(dataclasses.replace(plot.curves, levels=two), 0.0, 1.0, log=False))
    assert (lower.baseline, upper.baseline) == ("top", "bottom")


def test_a_note_about_a_start_above_the_axis_waits_until_the_names_of_the_lines_are_out_of_its_way():
    assert "4.30" in next(words for words in said(made.healthy("running", 9)) if words.startswith("▲"))
    high = dataclasses.replace(lines.losses(made.healthy("running", 1)), latest=1)
    high.ends["value"] = high.domain[1]
    assert notes.over(notes.Plot(high, *high.domain, log=False)) == []


@pytest.mark.parametrize("log", [False, True])
def test_shares_of_the_height_and_values_are_two_ways_of_saying_one_thing(log):
    plot = notes.Plot(lines.losses(made.healthy()), 0.01, 10.0, log)
    assert [plot.up(share) for share in (0, 1)] == pytest.approx([0.01, 10.0])
    for share in (0.1, 0.5, 0.9):
        assert plot.height_of(plot.up(share)) == pytest.approx(share)
    assert plot.up(0.5) == pytest.approx(0.1**0.5 if log else 5.005)


def test_a_gap_of_one_epoch_is_a_dot_and_of_many_a_line():
    for epochs, dots in ((1, 1), (FEW + 1, 0)):
        table = pd.DataFrame({"epoch": range(epochs), "replica": -1, "gap": 0.1})
        drawn = ready(gap(table, 0.05, 10, (-1.0, 1.0)))
        rows = drawn.whole()["datasets"]["d1"]
        assert sum(row["dot"] for row in rows) == dots
    assert sum(layer["mark"]["type"] == "circle" for layer in drawn.spec["layer"]) == 2, "in red, or in ink"
