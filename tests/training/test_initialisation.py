"""How the gradient goes down an untrained network, against closed forms (Glorot & Bengio 2010, He 2015) and against
autograd by hand."""

import numpy as np
import pytest
import torch

from core.data.prepare import prepare
from core.recording.sink import MemorySink
from core.training.loop import train
from core.training.preview import preview
from core.training.program import Program
from tests.training.made import classes, digits, experiment

DEPTH = 20
FACTORS = [  # activation, initialisation, factor per layer: measured over seeds, and the theory beside it
    ("sigmoid", "glorot_uniform", 0.235, 0.25),
    ("sigmoid", "torch_default", 0.140, 0.25 / np.sqrt(3)),
    ("tanh", "torch_default", 0.57, 1 / np.sqrt(3)),
    ("relu", "torch_default", 0.41, 1 / np.sqrt(6)),
    ("relu", "glorot_uniform", 0.70, 1 / np.sqrt(2)),
    ("relu", "he_normal", 1.00, 1.0),
]


def factor(activation, initialisation, seed, normalisation="none"):
    layers = [{"units": 64, "activation": activation, "normalisation": normalisation}] * DEPTH
    chosen = experiment(layers, network__initialisation=initialisation, training__seed=seed)
    seen = preview(chosen, classes(600, features=64, count=10, seed=seed))["layers"]
    gradients = [layer["output_gradient_rms"] for layer in seen[:DEPTH]]
    return (gradients[0] / gradients[-1]) ** (1 / (DEPTH - 1))


@pytest.mark.parametrize(("activation", "initialisation", "measured", "theory"), FACTORS)
def test_factor_of_the_gradient_per_layer(activation, initialisation, measured, theory):
    found = np.median([factor(activation, initialisation, seed) for seed in range(5)])
    assert found == pytest.approx(measured, rel=0.06)
    assert found == pytest.approx(theory, rel=0.09)


def test_batch_normalisation_restores_a_deep_sigmoid_network():
    assert factor("sigmoid", "glorot_uniform", 0, "batch") == pytest.approx(1.03, abs=0.06)


def test_ten_sigmoid_layers_lose_the_gradient_by_their_factor():
    layers = [{"units": 64, "activation": "sigmoid"}] * 11
    for initialisation, exponent in (("glorot_uniform", -6.3), ("torch_default", -8.5)):
        chosen = experiment(layers, network__initialisation=initialisation)
        seen = preview(chosen, classes(600, features=64, count=10))["layers"]
        ratio = seen[0]["output_gradient_rms"] / seen[10]["output_gradient_rms"]
        assert np.log10(ratio) == pytest.approx(exponent, abs=0.4)


def test_preview_is_what_autograd_says():
    chosen, splits = experiment([{"units": 16, "activation": "tanh"}] * 3), classes(200)
    seen = preview(chosen, splits, rows=64)
    from core.training.program import network_of

    net = network_of(chosen, splits, 0).double()
    train = splits.train[0]
    rows = train[np.linspace(0, len(train) - 1, 64).round().astype(int)]
    walk = net.walk(torch.tensor(splits.inputs[0][rows]).double())
    for each in walk[1:]:
        each.retain_grad()
    loss = torch.nn.functional.cross_entropy(walk[-1], torch.tensor(splits.targets[rows]))
    loss.backward()
    assert seen["loss"] == pytest.approx(loss.item(), rel=1e-5)
    assert seen["guess_loss"] == pytest.approx(np.log(3))
    assert seen["rows"] == len(train)
    assert sum(layer["parameters"] for layer in seen["layers"]) == seen["parameters"]
    for layer, block in zip(seen["layers"], net.blocks):
        wanted = walk[block.output].grad.square().mean().sqrt().item()
        assert layer["output_gradient_rms"] == pytest.approx(wanted, rel=1e-4)
        weights = list(net.parts.values())[block.linear].weight
        assert layer["weight_gradient_rms"] == pytest.approx(weights.grad.square().mean().sqrt().item(), rel=1e-4)
        assert layer["activation_std"] == pytest.approx(walk[block.output].std(correction=0).item(), rel=1e-4)


def test_zero_weights_send_no_gradient_back():
    seen = preview(experiment(network__initialisation="zeros"), classes())["layers"]
    assert [layer["output_gradient_rms"] for layer in seen[:2]] == [0, 0]
    assert seen[2]["output_gradient_rms"] > 0
    assert [layer["dead_share"] for layer in seen] == [1, 1, None]


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "sine"])
def test_lsuv_gives_every_layer_a_spread_of_1_on_training_rows(activation):
    chosen = experiment(
        [{"units": 40, "activation": activation}] * 8, **{"network.initialisation": "lsuv", "training.replicas": 2}
    )
    splits = classes(300)
    program = Program(chosen, splits, range(2), torch.device("cpu"))
    for place in range(2):
        net = program.network.to_module(place)
        walk = net.walk(torch.tensor(splits.inputs[0][splits.train[0]]))
        spreads = [float(walk[block.linear + 1].detach().std()) for block in net.blocks]
        assert spreads == pytest.approx([1] * 9, abs=0.03)
        first = net.parts["1_linear"].weight.detach()
        rotated = first @ first.T if first.shape[0] < first.shape[1] else first.T @ first
        torch.testing.assert_close(rotated / rotated[0, 0], torch.eye(len(rotated)), atol=1e-4, rtol=0)
    assert not torch.equal(program.network.weights[0], program.network.weights[1])
    alone = Program(chosen, splits, [1], torch.device("cpu"))
    assert torch.equal(alone.network.weights[0], program.network.weights[1])


def test_each_fold_is_adjusted_to_its_own_training_rows():
    chosen = experiment(**{"network.initialisation": "lsuv"})
    splits = classes(152, folds=3, own_inputs=True)
    program = Program(chosen, splits, range(3), torch.device("cpu"))
    for fold in range(3):
        net = program.network.to_module(fold)
        walk = net.walk(torch.tensor(splits.inputs[fold][splits.train[fold]]))
        assert float(walk[1].detach().std()) == pytest.approx(1, abs=0.02)


def test_an_identity_passes_rows_on_as_they_are():
    layers = [{"units": 6, "activation": "identity"}] * 5
    program = Program(experiment(layers, **{"network.initialisation": "identity"}), classes(), [0], torch.device("cpu"))
    x = torch.randn(1, 9, 6)
    walk = program.network.walk(x)
    torch.testing.assert_close(walk[-2], x)
    torch.testing.assert_close(walk[-1], x[..., :3])


@pytest.mark.slow
def test_thirty_relu_layers_learn_after_he_and_stall_after_glorot():
    """H6 (He 2015)."""
    lowest = {}
    for start in ("he_normal", "glorot_normal"):
        chosen = experiment(
            [{"units": 64}] * 30,
            optimizer={"kind": "momentum", "learning_rate": 0.005},
            training__epochs=10,
            training__replicas=3,
            **{"network.initialisation": start},
        )
        lowest[start] = train(chosen, digits(), MemorySink()).train_loss.each
    assert max(lowest["he_normal"]) < 1.6
    assert min(lowest["glorot_normal"]) > np.log(10) - 0.02


@pytest.mark.slow
def test_three_units_close_around_a_disk_and_two_cannot():
    """H7 (Olah 2014): the best of eight seeds."""
    best = {}
    for units in (1, 2, 3, 4):
        chosen = experiment(
            [{"units": units, "activation": "tanh"}],
            data="bullseye",
            optimizer={"kind": "adam", "learning_rate": 0.03},
            training__epochs=150,
            training__replicas=8,
            **{"network.initialisation": "glorot_uniform"},
        )
        splits = prepare(chosen.data.load(), chosen.split, chosen.preparation).splits
        best[units] = max(train(chosen, splits, MemorySink()).train_score.each)
    assert best[1] < best[2] < 0.95
    assert best[1] == pytest.approx(0.71, abs=0.08)
    assert min(best[3], best[4]) > 0.98
