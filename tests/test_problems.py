"""Refusals in our own words: what is wrong, what was given, and the path that a person wrote."""

import pytest

from core.experiment import parse


def said(tree):
    return {problem.path: problem.message for problem in parse(tree)[1]}


def test_every_problem_is_named_at_once_by_the_path_that_was_written():
    found = said(
        {
            "optimizer": {"kind": "adamm"},
            "network": {"layers": [{"units": 3}, {"units": -3, "activation": "foo"}]},
            "training": {"epochs": 1.5, "batch_size": 0, "oops": 1},
        }
    )
    assert set(found) == {
        "optimizer",
        "network.layers.1.units",
        "network.layers.1.activation",
        "training.epochs",
        "training.batch_size",
        "training.oops",
    }
    assert found["network.layers.1.units"] == "must be at least 1 (given: -3)"
    assert found["training.epochs"] == "must be a whole number (given: 1.5)"
    assert list(said({"optimizer": {"kind": "momentum", "momentum": 2}})) == ["optimizer.momentum"]
    assert "there are adam, sgd" in found["optimizer"] and "'adamm'" in found["optimizer"]


@pytest.mark.parametrize(
    "rate, words",
    [(1e9, "at most"), (float("nan"), "given: nan"), (-1, "at least 0"), ("fast", "a number")],
)
def test_absurd_learning_rates_are_refused_in_words(rate, words):
    found = said({"optimizer": {"kind": "adam", "learning_rate": rate}})
    assert list(found) == ["optimizer.learning_rate"] and words in found["optimizer.learning_rate"]


@pytest.mark.parametrize("epochs", [10**9, 0, -1, 1.5, "many", None])
def test_absurd_epochs_are_refused_or_limited_in_words(epochs):
    found = said({"training": {"epochs": epochs}})
    assert not found or set(found) == {"training.epochs"} and "Input" not in found["training.epochs"]


def test_no_message_speaks_of_the_machinery():
    trees = [
        {"data": {"kind": "nope"}},
        {"data": 5},
        {"network": {"layers": "x"}},
        {"network": {"layers": [5]}},
        {"split": {"test": 3}},
        {"loss": {"kind": 7}},
        {"training": {"batch_size": "x", "seed": []}},
        {"training": {"device": "tpu"}},
        [],
        "text",
        None,
    ]
    for tree in trees:
        for message in said(tree).values():
            assert not any(word in message for word in ("Input", " tag", "pydantic", "instance of", "dictionary")), (
                message
            )
