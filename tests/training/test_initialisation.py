"""How the gradient goes down an untrained network, against closed forms (Glorot & Bengio 2010, He 2015) and against
autograd by hand."""

import numpy as np
import pytest
import torch

from core.training.preview import preview
from tests.training.made import classes, experiment

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
