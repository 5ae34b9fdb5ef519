"""The sentence and the numbers of the Outputs page."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import r2_score

from core.analysis import verdict
from core.analysis.answers import history
from core.analysis.record import Record
from tests.analysis.made import classifier, regressor


def answered(sure: float, right: float, rows: int = 400) -> Record:
    """Every answer has the same confidence; this share of them is right. Two classes of equal size."""
    targets = np.arange(rows) % 2
    correct = np.random.default_rng(0).permutation(rows) < round(right * rows)
    chosen = np.where(correct, targets, 1 - targets)
    values = np.full((rows, 2), 1 - sure)
    values[np.arange(rows), chosen] = sure
    return classifier(values[None, None], targets)


@pytest.mark.parametrize(
    ("sure", "right", "said", "tone"),
    [
        (0.88, 0.85, "right as often as it says", "green"),
        (0.97, 0.70, "surer than it is right", "red"),
        (0.60, 0.90, "right more often than it says", ""),
        (0.90, 0.51, "does not do better than a guess", "red"),
    ],
)
def test_as_right_as_sure(sure: float, right: float, said: str, tone: str):
    told = verdict.headline(answered(sure, right))
    assert said in told.text
    assert told.tone == tone


def test_a_small_class_that_is_never_found_comes_before_calibration():
    targets = np.r_[np.zeros(196, int), np.ones(4, int)]
    record = classifier(np.tile([0.98, 0.02], (200, 1))[None, None], targets, ("0", "1"))
    told = verdict.headline(record)
    assert told.text.replace("\u00a0", " ").replace("\u202f", " ") == (
        "It finds 0 % of class 1, although 98 % of all its answers are right."
    )
    assert told.tone == "red"


@pytest.mark.parametrize(
    ("sure", "right", "rows", "told"),
    [(0.88, 0.85, 200, "good"), (0.97, 0.70, 200, "bad"), (0.85, 0.70, 20, "watch")],
)
def test_confidence_is_good_near_the_share_right_and_watched_where_chance_may_explain_it(sure, right, rows, told):
    assert verdict.vitals(answered(sure, right, rows))[1].verdict == told


def test_few_rows_are_said_to_be_few():
    assert "too few rows to tell" in verdict.headline(answered(0.85, 0.70, 20)).text


def test_chance_is_said_with_its_rows():
    said = verdict.chance_sentence(72, 0.85).replace("\u00a0", " ")
    assert said == "With 72 validation rows, differences under 8 points cannot be told from chance."


def test_one_answer_to_all_rows_is_said_so():
    values = np.eye(3)[[2, 2, 2, 2]][None, None]
    record = classifier(values, np.array([1, 0, 2, 2]), ("Barolo", "Grignolino", "Barbera"))
    assert verdict.mistakes_sentence(verdict.newest(record)[0]) == "Every answer is Barbera."


def test_a_tie_of_confused_pairs_is_not_called_the_most_often_one():
    values = np.eye(4)[[1, 2, 3, 0, 0]][None, None]
    record = classifier(values, np.array([0, 1, 2, 3, 0]), ("ash", "birch", "cedar", "deal"))
    said = verdict.mistakes_sentence(verdict.newest(record)[0]).replace("\xa0", " ")
    assert said == "It makes 4 mistakes on 5 rows; no two classes stand out."


def test_mistakes_that_share_a_class():
    values = np.eye(3)[[1, 1, 0, 2, 2]][None, None]
    record = classifier(values, np.array([1, 0, 1, 2, 1]), ("Barolo", "Grig\nnolino", "Barbera"))
    assert verdict.mistakes_sentence(verdict.newest(record)[0]) == "All 3 mistakes involve Grig nolino."


def test_no_number_at_all():
    record = classifier(np.full((1, 2, 4, 3), np.nan), np.array([0, 1, 2, 0]))
    assert verdict.headline(record).text.startswith("No answer is a number")
    assert [vital.label for vital in verdict.vitals(record)][0] == "Validation accuracy"


def test_some_answers_without_numbers_are_said():
    values = np.tile([[0.9, 0.1]], (10, 1))
    values[3] = np.nan
    told = verdict.headline(classifier(values[None, None], np.array([0, 1] * 5)))
    assert "1 of 10 answers are not numbers" in told.note


def test_half_of_the_answers_of_several_seeds_is_one_number():
    """The median over the seeds of the median absolute error of each, computed here by hand."""
    true = np.linspace(-50, 50, 101)[:, None]
    off = np.array([3.0, 41.0, 17.0, 29.0, 5.0])
    record = regressor((true[None] + off[:, None, None])[:, None], true)
    halves = [np.median(np.abs(true + one - true)) for one in off]
    assert f"within {np.median(halves):.0f}" in verdict.headline(record).text.replace("\u00a0", " ")
    assert verdict.vitals(record)[1].value == f"{np.median(halves):.0f}"


def test_a_regression_is_compared_with_the_mean():
    true = np.random.default_rng(0).normal(0, 10, (200, 1))
    told = verdict.headline(regressor((true + np.random.default_rng(1).normal(0, 2, (200, 1)))[None, None], true))
    assert "Half of its answers lie" in told.text
    assert told.tone == "green"
    assert len(verdict.vitals(regressor(true[None, None], true))) == 4


def test_of_several_targets_each_is_told_and_the_mean_is_the_score():
    draw = np.random.default_rng(0)
    true = draw.normal(0, [10, 1], (200, 2))
    said = true + draw.normal(0, [1, 2], (200, 2))
    record = regressor(said[None, None], true)
    record = replace(record, meta={**record.meta, "targets": ["price", "days"]})
    first, second = (verdict.headline(record, value) for value in (0, 1))
    assert "for price" in first.text and first.tone == "green" and "for days" in second.text and second.tone == "red"
    mean = r2_score(true, said)
    assert f"{mean:.2f} on average over 2 targets".replace("-", "−") in first.note.replace("-", "−")
    only = history(record).of(1)
    np.testing.assert_allclose(only.targets, true[:, 1:], rtol=1e-4)
    assert only.values.shape == (1, 200, 1)
    assert verdict.vitals(record, 0) != verdict.vitals(record, 1)


def test_pills_fit_a_phone():
    for record in (answered(0.9, 0.8), answered(0.85, 0.7, 20)):
        assert all(len(vital.pill) <= 20 for vital in verdict.vitals(record))


def test_nothing_yet():
    assert verdict.headline(Record.empty()).text == "Nothing is answered yet."
    assert verdict.vitals(Record.empty()) == []
