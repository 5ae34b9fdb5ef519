"""Every choice, wherever it is registered: unique plain keys, words and bounds for a form, JSON there and back."""

import json
import re
import subprocess
import sys

import pytest
from annotated_types import Ge, Gt, Le, Lt
from pydantic import TypeAdapter

from core.choices.activations import ACTIVATIONS, AnyActivation
from core.choices.augmentations import AUGMENTATIONS, AnyAugmentation
from core.choices.initialisations import INITIALISATIONS, AnyInitialisation
from core.choices.losses import LOSSES, AnyLoss
from core.choices.networks import NETWORKS, AnyNetwork
from core.choices.optimizers import OPTIMIZERS, AnyOptimizer
from core.choices.preparation import SPLITS, AnySplit, Preparation
from core.choices.regularisation import Regularisation
from core.choices.schedules import SCHEDULES, AnySchedule
from core.choices.tables import TABLES, AnyData
from core.choices.training import Training
from core.experiment import Experiment

REGISTRIES = {
    "activations": (ACTIVATIONS, AnyActivation),
    "initialisations": (INITIALISATIONS, AnyInitialisation),
    "losses": (LOSSES, AnyLoss),
    "networks": (NETWORKS, AnyNetwork),
    "optimizers": (OPTIMIZERS, AnyOptimizer),
    "schedules": (SCHEDULES, AnySchedule),
    "augmentations": (AUGMENTATIONS, AnyAugmentation),
    "splits": (SPLITS, AnySplit),
    "tables": (TABLES, AnyData),
}
ENTRIES = [
    pytest.param(choice, kind_of, key, id=f"{name}-{key}")
    for name, (registry, kind_of) in REGISTRIES.items()
    for key, choice in registry.items()
]
NEEDED = {
    "group": {"column": "shop"},
    "time": {"column": "day"},
    "table": {"table": "abc", "target": "y"},
    "file": {"path": "a.csv"},
}
"""Fields without a default, which only a person can fill."""


@pytest.mark.parametrize(("choice", "kind_of", "key"), ENTRIES)
def test_key_is_plain_and_its_own(choice, kind_of, key):
    assert re.fullmatch(r"[a-z][a-z0-9_]*", key)
    assert choice.model_fields["kind"].default == key


@pytest.mark.parametrize(("choice", "kind_of", "key"), ENTRIES)
def test_json_there_and_back(choice, kind_of, key):
    made = choice(**NEEDED.get(key, {}))
    again = TypeAdapter(kind_of).validate_json(made.model_dump_json())
    assert again == made
    assert type(again) is choice


@pytest.mark.parametrize(("choice", "kind_of", "key"), ENTRIES)
def test_words_for_a_form(choice, kind_of, key):
    assert choice.title()
    assert choice.summary().endswith((".", ")"))
    _check_fields(choice)


def test_words_of_preparation_and_training():
    _check_fields(Preparation)
    _check_fields(Training)
    _check_fields(Regularisation)


def test_no_two_classes_share_a_key_or_a_title():
    for registry, _ in REGISTRIES.values():
        assert len({choice.title() for choice in registry.values()}) == len(registry)


def test_experiment_survives_json():
    experiment = Experiment().changed({"split": {"kind": "folds"}, "optimizer": "sgd", "data": "penguins"})
    assert Experiment.model_validate(json.loads(experiment.model_dump_json())) == experiment


def test_neither_torch_nor_sklearn_wakes_for_a_choice():
    code = (
        "import sys, core.experiment, core.choices.presets, core.choices.defaults\n"
        "import core.data.sample, core.data.prepare, core.data.baselines\n"
        "print([m for m in ('torch', 'sklearn', 'streamlit', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _check_fields(choice):
    for name, field in choice.model_fields.items():
        if name in ("kind", "version"):
            continue
        assert field.title, f"{choice.__name__}.{name} has no title"
        if field.annotation in (int, float, bool, str):
            assert field.description, f"{choice.__name__}.{name} has no help"
        if field.annotation in (int, float):
            bounds = [type(b) for b in field.metadata]
            assert {Ge, Gt} & set(bounds), f"{choice.__name__}.{name} has no lower bound"
            assert {Le, Lt} & set(bounds), f"{choice.__name__}.{name} has no upper bound"
