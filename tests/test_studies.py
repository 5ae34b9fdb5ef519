"""A study's arms differ in what was named and in nothing else."""

import json

import numpy as np
import pytest

from core.choices.presets import PRESETS
from core.data.prepare import prepare
from core.differences import choices, differences, flat
from core.experiment import Experiment
from core.refusal import Refusal
from core.running.submit import stop_study, submit_study
from core.settings import Settings
from core.store import open_store
from core.studies import MOST_ARMS, STUDY_PRESETS, applied, counterpart, expand, parse_study
from tests.running.conftest import core

SMALL = {"data": "iris", "training": {"epochs": 3}}


def arms_of(**study):
    return expand(parse_study({"experiment": SMALL, **study}))


def problems_of(**study):
    with pytest.raises(Refusal) as refused:
        arms_of(**study)
    return {problem.path: problem.message for problem in refused.value.problems}


def test_a_grid_gives_every_combination_and_nothing_else_differs():
    arms = arms_of(grid={"optimizer.learning_rate": [0.1, 0.01], "network.layers.*.dropout": [0, 0.5]}, seeds=4)
    assert [label for label, _ in arms] == [
        f"{rate} learning rate, {share} dropout" for rate in ("0.1", "0.01") for share in ("0", "0.5")
    ]
    assert all(arm.training.replicas == 4 and arm.training.seed == 0 for _, arm in arms)
    assert [layer.dropout for layer in arms[1][1].network.layers] == [0.5, 0.5]
    told = differences([arm for _, arm in arms])
    assert told[3] == {"Learning rate": "0.01", "Dropout": "0.5"} and all(len(one) == 2 for one in told)


def test_arms_are_a_list_of_changes_and_seeds_alone_are_a_study():
    arms = arms_of(arms=[{"label": "as it is"}, {"changes": {"optimizer": "sgd"}}])
    assert [label for label, _ in arms] == ["as it is", "SGD"] and arms[1][1].optimizer.kind == "sgd"
    assert [arm.training.replicas for _, arm in arms_of(seeds=7)] == [7]


def test_every_problem_of_every_arm_is_named_at_once():
    found = problems_of(arms=[{"changes": {"nope.a": 1, "training.epochs": 0}}, {"changes": {"optimizer.x": 1}}])
    assert set(found) == {"arms.0.nope.a", "arms.0.training.epochs", "arms.1.optimizer.adam.x"}
    assert "not both" in problems_of(arms=[{}], grid={"training.epochs": [1]})["grid"]
    assert "at least one" in problems_of(grid={"training.epochs": []})["grid.training.epochs"]
    assert "alike" in problems_of(grid={"training.epochs": [1, 1]})["arms"]
    assert "vary less" in problems_of(grid={"training.epochs": list(range(1, MOST_ARMS + 2))})["grid"]
    with pytest.raises(Refusal):
        parse_study({"seeds": 0, "nonsense": 1})


def test_layers_that_differ_are_told_from_input_to_output():
    layers = [{"units": 64}, *[{"units": 32}] * 11]
    pair = [Experiment(), Experiment.model_validate({"network": {"layers": layers}})]
    assert differences(pair)[1] == {"Hidden layers": "12", "Units": "64, 11 × 32"}


def test_a_star_without_hidden_layers_is_refused():
    with pytest.raises(Refusal):
        applied(Experiment.model_validate({"network": {"layers": []}}), {"network.layers.*.units": 3})


@pytest.mark.parametrize("key", STUDY_PRESETS)
def test_every_preset_fits_every_experiment_with_a_hidden_layer(key):
    for preset in PRESETS.values():
        arms = expand(STUDY_PRESETS[key].study(preset.experiment))
        assert len(arms) >= 4 and all(differences([arm for _, arm in arms])), preset.key


def test_every_choice_that_is_offered_is_there():
    experiment = PRESETS["deep_sigmoid"].experiment
    known = flat(experiment)
    assert {"optimizer", "optimizer.learning_rate", "network.layers.*.units"} <= set(choices(experiment))
    assert all(path in known or f"{path}.kind" in known for path in choices(experiment))


def test_fewer_training_rows_are_a_part_of_more_and_validation_stays():
    experiment = PRESETS["healthy_spirals"].experiment
    sample = experiment.data.load(None)
    found = []
    for share in (0.1, 0.5, 1.0):
        arm = applied(experiment, {"split.used": share})
        found.append(prepare(sample, arm.split, arm.preparation).splits)
    train = [set(splits.train[0].tolist()) for splits in found]
    assert train[0] < train[1] < train[2] and abs(len(train[0]) / len(train[2]) - 0.1) < 0.02
    assert all(np.array_equal(splits.validation[0], found[0].validation[0]) for splits in found)


def test_a_study_is_queued_whole_or_not_at_all_and_stopped_together(tmp_path):
    chosen = Settings(home=tmp_path / "home", waiting_runs=3)
    store = open_store(chosen)
    arms = arms_of(grid={"optimizer.learning_rate": [0.1, 0.01]})
    ids = submit_study(store, "ada", "s", arms, "rates", chosen=chosen)
    runs = store.runs("ada", study="s")
    assert {run.id for run in runs} == set(ids) and sorted(run.position for run in runs) == [0, 1]
    assert {run.name for run in runs} == {"rates · 0.1 learning rate", "rates · 0.01 learning rate"}
    with pytest.raises(Refusal, match="over the 3 allowed"):
        submit_study(store, "ada", "t", arms, chosen=chosen)
    assert not store.runs("ada", study="t")
    assert stop_study(store, "eve", "s") == 0
    assert stop_study(store, "ada", "s") == 2 and all(run.state == "stopped" for run in store.runs("ada"))
    store.close()


def test_the_command_line_trains_the_arms_from_the_same_start(tmp_path):
    home = tmp_path / "home"
    study = {"name": "rates", "experiment": SMALL, "grid": {"optimizer.learning_rate": [0.01, 0.1]}, "seeds": 2}
    done = core("study", "-", "--quiet", home=home, stdin=json.dumps(study).encode())
    assert done.returncode == 0, done.stderr.decode()
    said = json.loads(done.stdout)
    assert [arm["state"] for arm in said["arms"]] == ["finished"] * 2
    assert all(len(arm["scores"]) == 2 and arm["best_validation_loss"] > 0 for arm in said["arms"])
    first, second = (
        json.loads(core("export", arm["run"], "--kind", "epochs", "--format", "json", home=home).stdout)
        for arm in said["arms"]
    )
    start = [[row["validation_loss"] for row in rows if row["epoch"] == 0] for rows in (first, second)]
    assert start[0] == start[1] and first[-1]["validation_loss"] != second[-1]["validation_loss"]
    found = json.loads(core("diagnose", said["arms"][0]["run"], "--json", home=home).stdout)
    assert all({"id", "zone", "layer", "epoch", "value", "threshold", "message", "remedies"} <= set(f) for f in found)


def test_the_command_line_refuses_a_study_with_problems_and_checks_an_experiment(tmp_path):
    home = tmp_path / "home"
    done = core("study", "-", home=home, stdin=b'{"grid": {"training.epochs": [0], "x": [1]}}')
    assert done.returncode == 2 and len(json.loads(done.stdout)["problems"]) == 2
    linear = {"data": "circles", "network": {"layers": [{"activation": "identity"}] * 3}}
    checked = core("check", "-", "--json", home=home, stdin=json.dumps(linear).encode())
    assert checked.returncode == 0
    assert "missing_nonlinearity" in [finding["id"] for finding in json.loads(checked.stdout)]


def test_folds_take_the_place_of_seeds_and_keep_the_test_rows():
    arms = arms_of(grid={"optimizer.learning_rate": [0.1, 0.01]}, folds=4)
    splits = [arm.split for _, arm in arms]
    assert [(split.kind, split.folds) for split in splits] == [("folds", 4)] * 2
    assert splits[0].test == Experiment().split.test


def test_a_network_is_compared_with_the_first_cure_that_would_change_it():
    sigmoid = {"layers": [{"units": 8, "activation": "sigmoid"}] * 3, "initialisation": "glorot_uniform"}
    drawn = Experiment.model_validate({"data": "iris", "network": sigmoid})
    before, after = (arm for _, arm in expand(counterpart(drawn)))
    assert set(differences([before, after])[1]) == {"Activation", "Initialisation"}
    assert {layer.activation.kind for layer in after.network.layers} == {"relu"}
    normed = counterpart(after)
    assert [label for label, _ in expand(normed)][1] == "batch normalisation"
    assert counterpart(expand(normed)[1][1]) is None
    assert counterpart(Experiment.model_validate({"data": "iris", "network": {"layers": []}})) is None


def test_changing_an_experiment_leaves_the_changes_as_they_are():
    sgd = {"kind": "sgd", "learning_rate": 0.5}
    both = {
        "optimizer": sgd,
        "optimizer.learning_rate": 0.1,
        "network.layers": [{"units": 4}],
        "network.layers.0.units": 8,
    }
    before = json.dumps(both)
    assert Experiment().changed(both).optimizer.learning_rate == 0.1
    assert json.dumps(both) == before
