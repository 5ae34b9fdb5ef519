"""What runs are called, and what several have in common."""

from core import naming
from core.experiment import Experiment


def experiment(**parts):
    return Experiment.model_validate({"data": "digits", "training": {"epochs": 40, "replicas": 3}, **parts})


def test_a_run_of_an_own_table_is_called_by_it():
    own = experiment(data={"kind": "table", "table": "0" * 32, "target": "y"})
    assert naming.name(own, "penguins.csv").startswith("penguins.csv · ")
    assert naming.name(own).startswith("Own table · ")
    assert len(naming.name(own, "x" * 300)) < 100
    assert naming.name(own.model_copy(update={"name": "mine"}), "penguins.csv") == "mine"


def test_what_several_have_in_common():
    other = experiment(optimizer={"kind": "sgd", "learning_rate": 0.5})
    told = naming.alike([experiment(), other], ["", ""]).split(" · ")
    assert told[0] == "Digits" and told[-2:] == ["40 epochs", "3 seeds"]
    assert not any("Adam" in part or "SGD" in part for part in told)
    assert naming.alike([other], [""]).count("SGD 0.5") == 1
    assert naming.alike([], []) == ""
    assert naming.alike([other, other], ["one.csv", "another.csv"]).split(" · ")[0] != "one.csv"


def test_a_rate_is_not_taken_for_the_momentum():
    told = naming.alike([experiment(optimizer={"kind": "momentum", "learning_rate": 1, "momentum": 0.9})], [""])
    assert "Momentum, rate 1" in told.split(" · ")
