"""Doubts about the validation score: measured on tables whose trouble is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import hypergeom

from core.choices.preparation import Preparation, Split, TimeSplit
from core.choices.tables import TABLES
from core.data.doubts import doubts
from core.data.prepare import prepare
from core.data.sample import of_classes, of_values


def told(sample, split=None):
    splits = prepare(sample, split or Split(), Preparation()).splits
    return {doubt.name: doubt for doubt in doubts(splits)}


def table(rows=400, columns=4, seed=0):
    """Inputs [rows, columns], and classes that two of them tell to a part."""
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(rows, columns))
    return inputs, ((inputs[:, 0] + inputs[:, 1] + rng.normal(size=rows)) > 0).astype(int)


@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_a_column_that_holds_the_answer(noise):
    inputs, classes = table()
    spelled = np.column_stack([inputs, classes + noise * np.random.default_rng(1).normal(size=len(classes))])
    found = told(of_classes(spelled, classes, list("pqrst"), ["no", "yes"], "y"))
    assert found["explains"].column == "t" and found["explains"].value > 0.97
    assert found["others_explain"].value < 0.8
    found = told(of_values(np.column_stack([inputs, inputs[:, 0] ** 3]), inputs[:, 0] ** 3, list("pqrst"), "y"))
    assert found["explains"].value > 0.95


@pytest.mark.parametrize("kind", ["iris", "wine", "breast_cancer", "penguins", "digits", "gaussians", "plane", "blobs"])
def test_good_tables_raise_no_doubt(kind):
    found = told(TABLES[kind]().load())
    leaks = "others_explain" in found and found["explains"].value > 0.97 and found["others_explain"].value < 0.85
    assert not leaks
    assert found.get("copies") is None or found["copies"].value < 0.1
    assert found["apart"].value < 0.7


def test_copies_are_counted():
    inputs, classes = table(200)
    twice = of_classes(np.tile(inputs, (4, 1)), np.tile(classes, 4), list("pqrs"), ["no", "yes"], "y")
    assert told(twice)["copies"].value > 0.9
    levels = np.round(inputs[:, :2])
    assert "copies" not in told(of_classes(np.tile(levels, (4, 1)), np.tile(classes, 4), list("pq"), ["a", "b"], "y"))


def test_parts_of_another_time_are_told_apart():
    inputs, classes = table()
    day = np.arange(len(inputs)) % 100 + 0.5
    drifting = np.column_stack([inputs, day, day + np.random.default_rng(1).normal(size=len(inputs))])
    sample = of_classes(drifting, classes, [*"pqrs", "day", "drift"], ["no", "yes"], "y")
    assert told(sample)["apart"].value < 0.65
    found = told(sample, TimeSplit(column="day"))["apart"]
    assert found.value > 0.95 and found.column in ("day", "drift")


def test_too_few_rows_say_nothing():
    inputs, classes = table(400)
    splits = prepare(of_classes(inputs, classes, list("pqrs"), ["no", "yes"], "y"), Split(), Preparation()).splits
    assert doubts(replace(splits, validation=(splits.validation[0][:5],))) == []


def test_a_sequence_whose_first_step_decides_is_a_task_and_no_leak():
    assert "explains" not in told(TABLES["delay"](rows=300).load())


def one_in_six(splits):
    """Validation keeps one in six rows of the first class."""
    rows = splits.validation[0]
    first = splits.targets[rows] == 0
    return replace(splits, validation=(rows[~first | (np.cumsum(first) % 6 == 0)],))


@pytest.mark.parametrize("kind", ["iris", "penguins", "breast_cancer", "moons"])
def test_a_class_that_validation_lacks_is_named_with_by_how_much(kind):
    splits = one_in_six(prepare(TABLES[kind]().load(), Split(), Preparation()).splits)
    found = {doubt.name: doubt for doubt in doubts(splits)}
    train, held = splits.targets[splits.train[0]], splits.targets[splits.validation[0]]
    assert found["shares"].column == splits.class_names[0]
    assert found["shares"].value == pytest.approx((train == 0).mean() - (held == 0).mean())
    assert found["shares"].value > found["shares_by_chance"].value


def test_what_chance_does_to_two_classes_is_as_the_exact_distribution_says():
    """Of 200 rows, half of them yes, 40 validate: the count of yes is hypergeometric."""
    splits = prepare(of_classes(*table(200), list("pqrs"), ["no", "yes"], "y"), Split(), Preparation()).splits
    targets = np.arange(len(splits.targets)) % 2
    rows = np.concatenate([splits.train[0], splits.validation[0]])
    train, held = rows[40:], rows[:40]
    found = {d.name: d.value for d in doubts(replace(splits, targets=targets, train=(train,), validation=(held,)))}
    yes, counts = int(targets[rows].sum()), np.arange(41)
    exact = hypergeom(len(rows), yes, 40)
    off = np.abs(counts / 40 - (yes - counts) / len(train))
    limit = found["shares_by_chance"]
    assert exact.pmf(counts)[off > limit + 1e-9].sum() < 0.06 and exact.pmf(counts)[off >= limit - 1e-9].sum() > 0.04


def test_shares_are_asked_of_classes_only():
    inputs, _ = table()
    assert "shares" not in told(of_values(inputs, inputs[:, 0], list("pqrs"), "y"))


def test_neighbours_are_not_asked_where_steps_yet_to_come_would_tell():
    assert "reached" in told(TABLES["sines"](rows=100, length=10).load())
    assert "reached" not in told(TABLES["sines"](rows=100, length=10, asked="every_step").load())


def test_rows_in_a_row_are_alike_where_the_table_is_sorted():
    inputs, classes = table()
    order = np.argsort(classes, kind="stable")
    names = list("pqrs")
    assert told(of_classes(inputs[order], classes[order], names, ["no", "yes"], "y"))["sorted"].value > 0.95
    assert abs(told(of_classes(inputs, classes, names, ["no", "yes"], "y"))["sorted"].value) < 0.2
    values = inputs @ np.array([3.0, 1.0, 0.0, 0.5])
    order = np.argsort(values)
    assert told(of_values(inputs[order], values[order], names, "y"))["sorted"].value > 0.95
    assert abs(told(of_values(inputs, values, names, "y"))["sorted"].value) < 0.2
