"""Every batched layer against torch.nn's own, trained separately: forward, gradients and weights after some steps."""

import pytest
import torch
from torch import nn

from core.choices.activations import ACTIVATIONS
from core.choices.modules import PlainNetwork, Skip, Step
from core.training import layers
from core.training.layers import Each
from core.training.replicas import Replicas
from tests.training.twins import joint_sgd, separate_sgd

STEPS, BATCH, INPUTS = 20, 12, 7
TOLERANCE = {torch.float64: 1e-12, torch.float32: 1e-6}


def linear(seed, bias=True):
    torch.manual_seed(seed)
    return lambda a, b: nn.Linear(a, b, bias=bias)


def network(parts, dtype):
    return PlainNetwork({f"{i}_part": part for i, part in enumerate(parts)}).to(dtype)


BODIES = {
    "linear": lambda full: [full(INPUTS, 9), full(9, 3)],
    "relu": lambda full: [full(INPUTS, 9), nn.ReLU(), full(9, 3)],
    "sigmoid": lambda full: [full(INPUTS, 9), nn.Sigmoid(), full(9, 3)],
    "tanh": lambda full: [full(INPUTS, 9), nn.Tanh(), full(9, 3)],
    "leaky_relu": lambda full: [full(INPUTS, 9), nn.LeakyReLU(0.1), full(9, 3)],
    "gelu": lambda full: [full(INPUTS, 9), nn.GELU(), full(9, 3)],
    "prelu": lambda full: [full(INPUTS, 9), nn.PReLU(1, 0.3), full(9, 3)],
    "prelu_of_each_unit": lambda full: [full(INPUTS, 9), nn.PReLU(9), full(9, 3)],
    **{
        kind: lambda full, kind=kind: [full(INPUTS, 9), ACTIVATIONS[kind]().build(), full(9, 3)]
        for kind in ("elu", "selu", "silu", "mish", "softplus", "hard_sigmoid", "sine")
    },
    "wide": lambda full: [full(INPUTS, 9), nn.ReLU(), full(9, 3)],
    "wide_without_bias": lambda full: [nn.Linear(INPUTS, 9, bias=False), nn.BatchNorm1d(9), full(9, 3)],
    "identity": lambda full: [full(INPUTS, 9), nn.Identity(), full(9, 3)],
    "step": lambda full: [full(INPUTS, 9), Step(), full(9, 3)],
    "batch_norm": lambda full: [nn.Linear(INPUTS, 9, bias=False), nn.BatchNorm1d(9), nn.ReLU(), full(9, 3)],
    "layer_norm": lambda full: [full(INPUTS, 9), nn.LayerNorm(9), nn.ReLU(), full(9, 3)],
    "skip": lambda full: [full(INPUTS, 9), nn.Tanh(), full(9, 9), nn.Tanh(), Skip(2), full(9, 3)],
    "dropout_evaluated": lambda full: [full(INPUTS, 9), nn.Tanh(), nn.Dropout(0.4), full(9, 3)],
    "softsign_each": lambda full: [full(INPUTS, 9), nn.Softsign(), full(9, 3)],
    "sequence_each": lambda full: [full(INPUTS, 9), nn.Sequential(nn.Linear(9, 9), nn.Tanh()), full(9, 3)],
}


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("replicas", [1, 5])
@pytest.mark.parametrize("body", BODIES)
def test_trains_as_torch_does(body, replicas, dtype, monkeypatch):
    if "wide" in body:
        monkeypatch.setattr(layers, "WIDE", 1)
    plain = [network(BODIES[body](linear(seed)), dtype) for seed in range(replicas)]
    together = Replicas(plain)
    random = torch.Generator().manual_seed(9)
    if "evaluated" in body:
        together.set_mode("evaluate")
        [net.eval() for net in plain]
    separate, joint = separate_sgd(plain), joint_sgd(together)
    near = TOLERANCE[dtype]
    for _ in range(STEPS):
        x = torch.randn(replicas, BATCH, INPUTS, generator=random, dtype=dtype)
        wanted = torch.randn(replicas, BATCH, 3, generator=random, dtype=dtype)
        walk = together.walk(x)
        together.gradients.zero_()
        (walk[-1] - wanted).square().mean(-1).sum().div(BATCH).backward()
        for r, net in enumerate(plain):
            outputs = net.walk(x[r])
            separate[r].zero_grad()
            (outputs[-1] - wanted[r]).square().mean(-1).mean().backward()
            for mine, theirs in zip(walk, outputs, strict=True):
                torch.testing.assert_close(mine[r], theirs, rtol=near, atol=near)
            for (number, name), _columns in together.columns.items():
                theirs = dict(list(net.parts.values())[number].named_parameters())[name].grad
                mine = together.view(together.gradients, (number, name))[r]
                torch.testing.assert_close(
                    mine, torch.zeros_like(mine) if theirs is None else theirs, rtol=near, atol=near
                )
        joint.step()
        [each.step() for each in separate]
    for r, net in enumerate(plain):
        ended = together.to_module(r).state_dict()
        for name, tensor in net.state_dict().items():
            torch.testing.assert_close(ended[name], tensor, rtol=10 * near, atol=10 * near)


def test_unknown_modules_are_called_one_by_one():
    together = Replicas([network([nn.Linear(4, 4), nn.Hardtanh()], torch.float32)] * 2)
    assert isinstance(together.layers[1], Each)


def test_an_activation_in_place_is_refused():
    with pytest.raises(AssertionError, match="in place"):
        Replicas([network([nn.Linear(4, 4), nn.ReLU(inplace=True)], torch.float32)])


def test_step_passes_a_gradient_of_zero():
    x = torch.tensor([-1.0, 0.0, 2.0], requires_grad=True)
    y = Step()(x)
    y.sum().backward()
    assert y.tolist() == [0, 0, 1]
    assert x.grad.tolist() == [0, 0, 0]


def test_dropout_keeps_the_mean_and_silences_its_share():
    torch.manual_seed(0)
    parts = [nn.Dropout(0.25), nn.Linear(50, 2)]
    net = Replicas([network(parts, torch.float32)] * 2, lambda r, m: torch.Generator().manual_seed(r))
    out = net.walk(torch.ones(2, 1000, 50))[1]
    assert (out == 0).float().mean().item() == pytest.approx(0.25, abs=0.01)
    assert out.unique().tolist() == [0.0, pytest.approx(1 / 0.75)]
    assert not torch.equal(out[0], out[1])


@pytest.mark.parametrize("body", ["skip", "batch_norm", "layer_norm", "sequence_each"])
def test_round_trip_is_exact(body):
    plain = [network(BODIES[body](linear(seed)), torch.float32) for seed in range(3)]
    first = Replicas(plain)
    first.walk(torch.randn(3, 8, INPUTS))
    again = Replicas([first.to_module(r) for r in range(3)])
    assert torch.equal(first.weights, again.weights)
    x = torch.randn(3, 8, INPUTS)
    first.set_mode("evaluate"), again.set_mode("evaluate")
    assert torch.equal(first.walk(x)[-1], again.walk(x)[-1])
    for mine, theirs in zip(first.layers, again.layers):
        assert all(torch.equal(mine.buffers[name], theirs.buffers[name]) for name in mine.buffers)


def test_probing_leaves_no_trace():
    plain = [network(BODIES["batch_norm"](linear(0)), torch.float32)]
    net = Replicas(plain)
    before = net.buffers(0)
    net.set_mode("probe")
    probed = net.walk(torch.randn(1, 30, INPUTS))[2]
    assert probed.mean((0, 1)).abs().max() < 1e-6
    assert all(torch.equal(before[name], after) for name, after in net.buffers(0).items())
