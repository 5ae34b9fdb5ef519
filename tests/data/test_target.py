"""What a target asks, and every reason why it cannot be learned, in words and all at once (RELIABILITY.md D1 to D4)."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from core.choices.preparation import Preparation, Split
from core.choices.tables import UploadedTable
from core.data.prepare import prepare
from core.data.sample import as_table, chosen
from core.refusal import Refusal

X = np.random.default_rng(0).standard_normal


def table(**data):
    rows = len(next(iter(data.values())))
    return as_table(pa.table({**data, "x": X(rows)}))


@pytest.mark.parametrize(
    ("y", "task"),
    [
        (["a", "b"] * 20, "classification"),
        ([True, False] * 20, "classification"),
        ([0, 1] * 20, "classification"),
        ([-1.0, 1.0] * 20, "classification"),
        ([3, 4, 6, 8] * 20, "classification"),
        (list(range(80)), "regression"),
        ([3, 4, 6, 8] * 5, "regression"),
        ([0.5, 1.5, 2.5] * 20, "regression"),
        ([float(k % 30) for k in range(600)], "regression"),
    ],
)
def test_task_is_inferred(y, task):
    assert chosen(table(y=y), "y").task == task


def test_an_inferred_classification_of_numbers_is_said():
    assert "choose regression" in chosen(table(y=[3, 4, 6, 8] * 20), "y").notes[0]


def test_classes_are_in_order_of_size_or_letter():
    assert chosen(table(y=[10, 9, 2.0] * 20), "y", task="classification").classes == ("2", "9", "10")
    assert chosen(table(y=["b", "a", None] * 20), "y").classes == ("a", "b")
    assert chosen(table(y=[True, False] * 20), "y").classes == ("false", "true")


@pytest.mark.parametrize(
    ("y", "task", "words"),
    [
        ([f"id {k}" for k in range(100)], "auto", "100 classes in 100 rows: is it an id"),
        ([k % 5_000 for k in range(20_000)], "classification", "5,000 classes in 20,000 rows"),
        (["same"] * 50, "auto", "one class only, 'same'"),
        ([7.5] * 50, "regression", "always 7.5"),
        ([None, "a", "b", None, None, None], "auto", "only 2 rows have a value"),
        (pa.nulls(20, pa.float64()), "auto", "missing in every row"),
        (pa.array(np.arange(1, 21) * 1e299), "regression", "'y' is too large to train on .beyond 1e30.: divide"),
        ([np.inf, -np.inf] * 10, "regression", "missing in every row"),
        (["a", "b"] * 20, "regression", "holds words, not numbers"),
        (pa.array([dt.datetime(2026, 1, 1)] * 20, pa.timestamp("us")), "regression", "holds dates"),
        ([np.inf, -np.inf, 1e301, 1.0, 2.0] * 1, "regression", "only 2 rows"),
    ],
)
def test_a_target_that_cannot_be_learned_is_refused(y, task, words):
    """RELIABILITY.md D1: 5,000 classes, a class per row. D2: one class, a constant."""
    with pytest.raises(Refusal, match=words) as caught:
        chosen(table(y=y), "y", task=task)
    assert caught.value.problems[0].path == "data.target"


def test_every_problem_is_named_at_once():
    with pytest.raises(Refusal) as caught:
        chosen(table(y=["a"] * 40, spare=[1] * 40), "y", ["spar", "y", "x", "x"])
    said = [problem.message for problem in caught.value.problems]
    assert len(said) == 4
    assert "Near it: 'spare'" in said[0]


def test_an_unknown_target_names_what_there_is():
    with pytest.raises(Refusal, match="there is no column 'Y'"):
        chosen(table(y=["a", "b"] * 10), "Y")


def test_half_the_targets_missing_are_left_out_and_counted():
    """RELIABILITY.md D4."""
    y = [None if k % 2 else ("a", "b")[k % 4 // 2] for k in range(100)]
    prepared = prepare(chosen(table(y=y), "y"), Split(), Preparation())
    assert prepared.splits.rows.tolist() == list(range(0, 100, 2))
    assert "50 of 100 rows have no usable 'y' and are left out" in prepared.splits.notes


def test_a_class_of_one_trains_and_is_warned_of():
    """RELIABILITY.md D3."""
    y = ["a"] * 50 + ["b"] * 49 + ["lonely"]
    splits = prepare(chosen(table(y=y), "y"), Split(), Preparation()).splits
    assert 99 in splits.train[0]
    assert any("one row only in class 'lonely'" in note for note in splits.notes)


def test_one_in_a_thousand_is_split_and_said():
    """RELIABILITY.md D3."""
    y = ["common"] * 3_000 + ["rare"] * 3
    splits = prepare(chosen(table(y=y), "y"), Split(), Preparation()).splits
    assert any("1,000 rows of 'common' for each of 'rare'" in note for note in splits.notes)
    assert 1 in splits.targets[splits.train[0]]


def test_five_rows_train_with_a_warning_four_do_not():
    """RELIABILITY.md B2."""
    splits = prepare(chosen(table(y=["a", "b", "a", "b", "a"]), "y"), Split(), Preparation()).splits
    assert len(splits.train[0]) >= 2 and len(splits.validation[0]) >= 1 and len(splits.test[0]) >= 1
    assert any("only 5 rows" in note for note in splits.notes)
    with pytest.raises(Refusal, match="at least 5"):
        chosen(table(y=["a", "b", "a", "b"]), "y")


def test_an_uploaded_table_is_asked_for_by_its_id():
    known = {"t1": table(y=["a", "b"] * 20)}
    assert UploadedTable(table="t1", target="y").load(known.__getitem__).classes == ("a", "b")
    with pytest.raises(Refusal, match="cannot be read here"):
        UploadedTable(table="t1", target="y").load(None)
