"""Parallel coordinates: every arm crosses every axis once, in the order of the values, good ones last."""

from dataclasses import replace

import pytest

from core.analysis.compare import Arm, dots
from core.analysis.coordinates import coordinates, varied
from core.analysis.record import Record
from core.charts.parallel import parallel
from core.experiment import Experiment
from tests.diagnosis.records import record


def arm(rate: str, kind: str, score: float) -> Arm:
    made = record(Experiment(), replicas=2, curves={"validation_score": [score] * 41})
    return Arm(f"{kind} {rate}", (Record(made.meta, made.state, made.tables),), {"Rate": rate, "Optimizer": kind})


ARMS = [arm("0.1", "SGD", 0.5), arm("0.01", "SGD", 0.7), arm("0.1", "Adam", 0.6), arm("0.01", "Adam", 0.9)]


def test_every_arm_crosses_every_axis():
    table = coordinates(ARMS, "score")
    assert len(table) == len(ARMS) * 3 and set(table["axis"]) == {"Rate", "Optimizer", "score"}
    rate = table[table["axis"] == "Rate"].set_index("arm")["place"]
    assert rate["SGD 0.01"] == 0 and rate["SGD 0.1"] == 1, "numbers by size"
    last = table[table["axis"] == "score"].set_index("arm")
    medians = dots(ARMS).groupby("arm")["median"].first()
    expected = (medians - medians.min()) / (medians.max() - medians.min())
    assert last["place"].to_dict() == pytest.approx(expected.to_dict())
    assert table["arm"].iloc[-1] == "Adam 0.01" and table["score"].iloc[-1] == 1, "the best is drawn on top"


def test_one_choice_or_few_arms_need_no_such_picture():
    assert varied(ARMS) == ["Rate", "Optimizer"]
    assert varied(ARMS[:3]) == []
    assert varied([replace(one, changes={"Rate": one.changes["Rate"]}) for one in ARMS]) == []


def test_the_chart_names_its_axes_safely():
    table = coordinates(ARMS, "score")
    spec = parallel(table, ["Rate", "Optimizer", "score"]).to_dict()
    assert "Optimizer" in str(spec) and len(spec["layer"]) == 3


def test_a_value_that_several_arms_share_is_written_once():
    chart = parallel(coordinates(ARMS, "score"), ["Rate", "Optimizer", "score"])
    written = chart.layer[2].data
    assert sorted(written[written["note_x"] < 2]["words"]) == ["0.01", "0.1", "Adam", "SGD"]
