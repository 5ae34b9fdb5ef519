"""Charts of answers: they draw, keep their bytes while only data change, and survive any class name."""

import numpy as np
import pytest

from core.analysis import calibration, confusion, outputs, ranking, rows
from core.analysis.answers import History, history
from core.analysis.record import Record
from core.charts import between
from core.charts import calibration as calibration_charts
from core.charts import confusion as confusion_charts
from core.charts import outputs as charts
from core.charts import ranking as ranking_charts
from tests.analysis.made import classifier
from tests.charts.specs import HOSTILE, passes, stable_bytes, svg

PLANNED = 30


def made(classes: int, epochs: int = 12, count: int = 60, replicas: int = 2, names: list[str] | None = None) -> Record:
    rng = np.random.default_rng(classes)
    values = rng.dirichlet(np.ones(classes), (replicas, epochs, count))
    return classifier(values, rng.integers(0, classes, count), tuple(names or ()), loss_of_guessing=np.log(classes))


def all_charts(record: Record) -> dict[str, object]:
    one = history(record)
    assert one is not None
    now, names, classes = one.at(), one.classes, len(one.classes)
    followed = rows.rows_to_follow(one)[0]
    found = {
        "confidence": charts.confidence(outputs.confidence(now)),
        "entropy": charts.entropy(outputs.entropy(record), PLANNED, classes),
        "one row": charts.one_row(rows.one_row(one, followed.place), names, PLANNED),
        "first loss": charts.first_loss((1.2, float("nan"), 1.4), float(np.log(classes)), 0.4),
        "between": drawn_between(one),
        "reliability": calibration_charts.reliability(calibration.reliability(now).bins, classes),
        "over epochs": calibration_charts.over_epochs(calibration.over_epochs(one), PLANNED),
        "confusion": confusion_charts.confusion(confusion.confusion(now), names),
        "pairs": confusion_charts.pairs(confusion.confused_pairs(now), names, 12),
        "recall": confusion_charts.recall(confusion.per_class(now, 12), names),
    }
    told = ranking.ranking(now, 1)
    found["roc"] = ranking_charts.roc(told.roc, told.auc)
    found["precision"] = ranking_charts.precision(told.precision, told.average_precision, told.base_rate)
    return found


def drawn_between(one: History) -> object:
    table, classes = rows.scattered(one), len(one.classes)
    if classes == 3:
        return between.simplex(table, one.classes, PLANNED)
    if classes == 2:
        return between.line(table, one.classes, PLANNED)
    return between.top_two(table, one.classes, classes, PLANNED)


@pytest.mark.parametrize("classes", [2, 3, 13])
def test_every_chart_draws(classes: int):
    for chart in all_charts(made(classes)).values():
        assert passes(chart)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_bytes_stay_while_only_data_change(classes: int):
    short, long = all_charts(made(classes, 3)), all_charts(made(classes, 25))
    changed = [name for name in short if stable_bytes(short[name]) != stable_bytes(long[name])]
    assert changed == []


@pytest.mark.parametrize("classes", [3, len(HOSTILE)])
def test_hostile_class_names_change_nothing(classes: int):
    names = HOSTILE[4 : 4 + classes] if classes < len(HOSTILE) else HOSTILE
    for chart in all_charts(made(classes, names=names)).values():
        drawn = svg(chart)
        assert "<img" not in drawn
        assert "n" * 41 not in drawn


def test_five_thousand_classes_are_drawn():
    now = history(made(5_000, 1, 30, 1)).at()
    assert passes(confusion_charts.confusion(confusion.confusion(now), now.classes))
    assert passes(confusion_charts.pairs(confusion.confused_pairs(now), now.classes))
    assert passes(confusion_charts.recall(confusion.per_class(now, 12), now.classes))


def test_answers_without_numbers_are_drawn_and_marked():
    record = made(3)
    one = history(record)
    values = one.values.copy()
    values[-3:] = np.nan
    broken = History(one.epochs, 0, values, one.targets, one.rows, one.classes)
    now = broken.at()
    assert "not a number" in passes(confusion_charts.confusion(confusion.confusion(now), one.classes))
    assert "✕" in passes(charts.one_row(rows.one_row(broken, 0), one.classes, PLANNED))
    passes(charts.confidence(outputs.confidence(now)))
    passes(calibration_charts.reliability(calibration.reliability(now).bins, 3))
    passes(calibration_charts.over_epochs(calibration.over_epochs(broken), PLANNED))
    passes(between.simplex(rows.scattered(broken), one.classes, PLANNED))


def test_one_class_missing_leaves_the_area_out():
    told = ranking.ranking(history(classifier(np.full((1, 1, 4, 2), 0.5), np.zeros(4, int))).at())
    drawn = passes(ranking_charts.roc(told.roc, told.auc))
    assert "AUC" not in drawn


def test_the_slider_is_in_the_browser_and_starts_at_the_planned_end():
    chart = drawn_between(history(made(3)))
    spec = chart.to_dict()
    assert spec["params"][0]["bind"]["max"] == spec["params"][0]["value"] == PLANNED
    assert spec["usermeta"]["embedOptions"]["renderer"] == "canvas"
