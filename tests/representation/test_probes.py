"""Probes and projections against scikit-learn on the same activations, taken by hooks from the exported network."""

import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from core.representation.probes import probes
from core.representation.projection import SHRINK, axes
from tests.representation.made import trained


def hooked(network, inputs, part):
    """What a module passes on, seen by a hook."""
    seen = []
    hook = network.parts[part].register_forward_hook(lambda module, given, output: seen.append(output))
    with torch.no_grad():
        network(torch.tensor(inputs))
    hook.remove()
    return seen[0].numpy().astype(float)


@pytest.mark.parametrize(("name", "part", "layer"), [("bullseye", "1_activation", 1), ("iris", "2_skip", 2)])
def test_a_probe_of_classes_is_scikit_learns_on_the_same_activations(name, part, layer):
    one = trained(name)
    splits, network = one.ready.splits, one.exported()
    train, held = splits.train[0], splits.validation[0]
    scaler = StandardScaler().fit(hooked(network, splits.inputs[0][train], part))
    model = LogisticRegression(C=100, max_iter=300)
    model.fit(scaler.transform(hooked(network, splits.inputs[0][train], part)), splits.targets[train])
    found = {(row["layer"], row["split"]): row["score"] for row in probes(network, splits)}
    for split, rows in (("train", train), ("validation", held)):
        outputs = scaler.transform(hooked(network, splits.inputs[0][rows], part))
        assert found[layer, split] == pytest.approx(model.score(outputs, splits.targets[rows]), abs=1e-9)


def test_a_probe_of_values_is_scikit_learns_ridge():
    one = trained("bumpy")
    splits, network = one.ready.splits, one.exported()
    train = splits.train[0]
    outputs = StandardScaler().fit_transform(hooked(network, splits.inputs[0][train], "2_activation"))
    wanted = Ridge(1e-3 * len(train)).fit(outputs, splits.targets[train, 0])
    found = next(r["score"] for r in probes(network, splits) if r["layer"] == 2 and r["split"] == "train")
    assert found == pytest.approx(wanted.score(outputs, splits.targets[train, 0]), abs=1e-6)


def test_three_tanh_units_part_the_disk_from_its_ring_and_the_input_does_not():
    told = probes(trained("bullseye").exported(), trained("bullseye").ready.splits)
    found = {row["layer"]: row["score"] for row in told if row["split"] == "train"}
    assert found[0] < 0.75 < 0.95 < found[1]


def test_across_is_the_direction_of_the_linear_discriminant():
    random = np.random.default_rng(0)
    targets = np.arange(300) % 3
    outputs = random.normal(size=(300, 6)) + 4 * random.normal(size=(3, 6))[targets]
    found = axes(outputs, targets, "classification")
    reference = LinearDiscriminantAnalysis(solver="eigen").fit(outputs, targets).scalings_[:, 0]
    cosine = abs(found.across @ reference) / np.linalg.norm(reference)
    assert cosine > 1 - 10 * SHRINK and abs(found.across @ found.up) < 1e-9 and 0 < found.share <= 1


def test_a_picture_keeps_the_directions_of_the_one_before():
    random = np.random.default_rng(1)
    outputs, targets = random.normal(size=(100, 5)), np.arange(100) % 2
    first = axes(outputs, targets, "classification")
    again = axes(-outputs, targets, "classification", first.place(outputs))
    assert np.allclose(again.place(-outputs), first.place(outputs))
