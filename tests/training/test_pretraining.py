"""Layer-wise pretraining: the machines against independent arithmetic, replicas against themselves alone, and the
gradient that it brings back."""

import numpy as np
import pytest
import torch

from core.choices.networks import Dense, DenseLayer
from core.choices.presets import PRESETS
from core.choices.pretraining import Autoencoders, Boltzmann
from core.data.prepare import prepare
from core.recording.sink import MemorySink
from core.training.loop import train
from core.training.pretraining import REAL_RATE, _Boltzmann, pretrain
from core.training.replicas import Replicas
from core.training.seeds import generator
from tests.training.made import digits, experiment


def network(widths=(5, 4), replicas=1, inputs=6, activation="sigmoid"):
    chosen = Dense(
        layers=tuple(DenseLayer(units=units, activation={"kind": activation}) for units in widths),
        initialisation={"kind": "glorot_normal"},
    )
    return Replicas([chosen.build((inputs,), 3, generator(seed, "initialisation")) for seed in range(replicas)])


def streams(seed=0):
    return lambda layer: generator(seed, f"pretraining {layer}")


def rows(count=70, inputs=6):
    return torch.randn(count, inputs, generator=torch.Generator().manual_seed(3))


def test_a_step_of_contrastive_divergence_is_that_of_the_plain_formula():
    """Row by row in float64 with loops: centred CD-1, Gaussian visible and binary hidden units."""
    made = network()
    start = made.view(made.weights, (0, "weight"))[0].double().clone().numpy()
    visible = rows(8)
    machine = _Boltzmann(Boltzmann(learning_rate=0.5), made, 0, made.blocks[0], visible, generator(0, "pretraining 0"))
    draws = torch.empty(8, 5).uniform_(generator=generator(0, "pretraining 0")).numpy()
    machine.step(visible, epoch=1)

    v, mean = visible.double().numpy(), visible.double().numpy().mean(0)
    change = np.zeros_like(start)
    for row, draw in zip(v, draws):
        chance = 1 / (1 + np.exp(-start @ (row - mean)))
        dreamt = mean + ((draw < chance) - 0.5) @ start
        after = 1 / (1 + np.exp(-start @ (dreamt - mean)))
        change += np.outer(chance - 0.5, row - mean) - np.outer(after - 0.5, dreamt - mean)
    expected = start + 0.5 * REAL_RATE * (change / len(v) - 1e-4 * start)
    assert np.allclose(made.view(made.weights, (0, "weight"))[0].numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("choice", [Boltzmann(epochs=3), Autoencoders(epochs=3), Autoencoders(epochs=3, noise=0.3)])
def test_a_replica_is_pretrained_as_if_it_were_alone(choice):
    together, third = network(replicas=3), network(replicas=3)
    alone = Replicas([third.to_module(2)])
    for place in range(3):
        list(pretrain(together, place, choice, rows(), rows(9), streams(place)))
    list(pretrain(alone, 0, choice, rows(), rows(9), streams(2)))
    assert torch.equal(together.weights[2], alone.weights[0])
    assert not torch.equal(together.weights[1], together.weights[2])


@pytest.mark.parametrize("choice", [Boltzmann(epochs=2), Autoencoders(epochs=2)])
def test_only_hidden_layers_change_and_each_tells_of_every_epoch(choice):
    made = network()
    before = made.weights.clone()
    told = list(pretrain(made, 0, choice, rows(), rows(9), streams()))
    assert [(each.layer, each.epoch) for each in told] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    output = made.columns[made.blocks[-1].linear, "weight"]
    changed = made.weights != before
    assert not changed[:, output].any() and changed[:, : output.start].all()
    assert all(0 < each.missed_validation < 2 for each in told)


def test_what_a_layer_says_is_the_same_with_and_without_centring():
    """The centred machine and the plain layer, whose bias takes the centre in, are one function."""
    made, given = network(widths=(5,)), rows(20)
    machine = _Boltzmann(Boltzmann(), made, 0, made.blocks[0], given, generator(0, "pretraining 0"))
    for epoch in (1, 2):
        machine.run_epoch(given, epoch, lambda: True)
    machine.finish()
    assert torch.allclose(made.walk(given[None])[made.blocks[0].output][0], machine.hidden(given), atol=1e-6)


def test_an_autoencoder_learns_what_principal_components_know():
    """Identity units and squared error: the best that tied weights can do is the plane of the principal components."""
    random = torch.Generator().manual_seed(0)
    given = torch.randn(300, 2, generator=random) @ torch.randn(2, 6, generator=random)
    given = given + 0.1 * torch.randn(given.shape, generator=random)
    choice = Autoencoders(epochs=60, learning_rate=0.02)
    *_, last = pretrain(network(widths=(2,), activation="identity"), 0, choice, given, given, streams())
    values = torch.linalg.svdvals(given - given.mean(0)).square()
    best = float(values[2:].sum() / values.sum())
    assert best <= last.missed_validation + 1e-6 < 1.15 * best + 0.002


def test_a_stop_leaves_a_network_that_can_be_used():
    made, asked = network(), iter([True] * 4 + [False] * 100)
    told = list(pretrain(made, 0, Boltzmann(epochs=5), rows(), rows(9), streams(), lambda: next(asked)))
    assert len(told) == 1 and torch.isfinite(made.weights).all()


@pytest.mark.parametrize("choice", [Boltzmann(epochs=10), Autoencoders(epochs=6)])
def test_the_gradient_comes_back_to_the_first_layers_of_a_deep_sigmoid_network(choice):
    """Eight layers on digits, from the same random start: the output's gradient that reaches layer 1."""
    splits = digits()
    chosen = experiment([{"units": 48, "activation": "sigmoid"}] * 8, network__initialisation="glorot_normal")
    made = Replicas([chosen.network.build(splits.shape, 10, generator(0, "initialisation"))])
    x = torch.as_tensor(splits.inputs[:, splits.train[0]])
    wanted = torch.as_tensor(splits.targets[splits.train[0]])[:256]

    def reached():
        walk = made.walk(x[:, :256])
        first = walk[made.blocks[0].output]
        first.retain_grad(), walk[-1].retain_grad()
        torch.nn.functional.cross_entropy(walk[-1][0], wanted).backward()
        return float(first.grad.square().mean().sqrt() / walk[-1].grad.square().mean().sqrt())

    before = reached()
    list(pretrain(made, 0, choice, x[0], x[0, :0], streams()))
    assert before < 1e-4 and reached() > 300 * before


def test_the_pretrained_preset_reaches_what_the_same_network_does_not():
    """Twelve sigmoid layers trained for 20 epochs: from random weights at the level of guessing, pretrained far above;
    what was pretrained is in the record, layer by layer."""
    preset = PRESETS["deep_sigmoid_pretrained"].experiment
    splits = prepare(preset.data.load(), preset.split, preset.preparation).splits
    sink = MemorySink()
    pretrained = train(preset, splits, sink)
    random = train(preset.changed({"network.pretraining": "none"}), splits, MemorySink())
    assert random.validation_score.median < 0.2 and pretrained.validation_score.median > 0.9
    told = sink.table("pretraining").to_pandas()
    assert list(told.groupby("layer").size()) == [15] * 12
    missed = told.groupby("layer")["missed_validation"].last()
    assert missed.max() < 1 and missed.iloc[1:].max() < 0.2
