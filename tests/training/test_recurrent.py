"""Recurrent cells against torch.nn's own, trained separately; and what they let one see."""

import pytest
import torch
from torch import nn

from core.choices.modules import PlainNetwork
from core.choices.sequence_modules import GRU, LSTM, Elman, FusedLSTM, Read
from core.training.layers import Each
from core.training.recurrent import CELLS
from core.training.replicas import Replicas
from tests.training.twins import assert_third_is_itself_alone, joint_sgd, separate_sgd

STEPS, BATCH, TIME, INPUTS, UNITS = 50, 6, 9, 2, 8
TWINS = {
    "elman": lambda a, b: Elman(a, b),
    "elman_relu": lambda a, b: Elman(a, b, "relu"),
    "gru": GRU,
    "lstm": LSTM,
    "fused_lstm": FusedLSTM,
}
NEAR = {torch.float64: 1e-12, torch.float32: 1e-5}


def network(twin, seed, dtype, how="last", layers=2):
    torch.manual_seed(seed)
    widths = [INPUTS, *[UNITS] * layers]
    parts = {f"{k}_cell": TWINS[twin](a, b) for k, (a, b) in enumerate(zip(widths, widths[1:]))}
    width = UNITS * TIME if how == "every" else UNITS
    return PlainNetwork({**parts, "read": Read(how), "output": nn.Linear(width, 3)}).to(dtype)


@pytest.mark.parametrize("dtype", NEAR, ids=str)
@pytest.mark.parametrize("replicas", [1, 3])
@pytest.mark.parametrize("twin", TWINS)
def test_fifty_steps_are_those_of_torch(twin, replicas, dtype):
    plain = [network(twin, seed, dtype) for seed in range(replicas)]
    together = Replicas(plain)
    random = torch.Generator().manual_seed(9)
    separate, joint = separate_sgd(plain), joint_sgd(together)
    near = NEAR[dtype]
    for _ in range(STEPS):
        x = torch.randn(replicas, BATCH, TIME, INPUTS, generator=random, dtype=dtype)
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
            for number, name in together.columns:
                theirs = dict(list(net.parts.values())[number].named_parameters())[name].grad
                mine = together.view(together.gradients, (number, name))[r]
                torch.testing.assert_close(mine, theirs, rtol=near, atol=near)
        joint.step()
        [each.step() for each in separate]
    for r, net in enumerate(plain):
        ended = together.to_module(r)
        for name, tensor in net.state_dict().items():
            torch.testing.assert_close(ended.state_dict()[name], tensor, rtol=near, atol=near)
        torch.testing.assert_close(ended(x[r]), net(x[r]), rtol=near, atol=near)


@pytest.mark.parametrize("how", ["last", "mean", "every"])
def test_what_reads_the_sequence_trains_as_torch_does(how):
    plain = network("gru", 0, torch.float64, how, layers=1)
    together = Replicas([plain])
    x = torch.randn(1, BATCH, TIME, INPUTS, dtype=torch.float64)
    together.walk(x)[-1].square().sum().backward()
    plain(x[0]).square().sum().backward()
    for number, name in together.columns:
        theirs = dict(list(plain.parts.values())[number].named_parameters())[name].grad
        torch.testing.assert_close(together.view(together.gradients, (number, name))[0], theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("twin", ["elman", "elman_relu", "gru", "lstm"])
def test_replica_two_of_three_is_itself_alone_bit_for_bit(twin):
    plain = [network(twin, seed, torch.float32) for seed in range(3)]
    assert_third_is_itself_alone(plain, torch.randn(3, BATCH, TIME, INPUTS))


def test_a_poisoned_replica_leaves_the_others_alone():
    plain = [network("lstm", seed, torch.float32) for seed in range(2)]
    x = torch.randn(2, BATCH, TIME, INPUTS)
    clean, poisoned = Replicas(plain), Replicas(plain)
    poisoned.weights[1, 3] = float("nan")
    for net in (clean, poisoned):
        net.walk(x)[-1].square().sum(-1).sum(-1).backward(torch.ones(2))
    assert poisoned.gradients[1].isnan().any()
    assert torch.equal(clean.gradients[0], poisoned.gradients[0])


def test_states_and_gates_are_those_of_the_formula():
    """One step of torch.nn.LSTMCell after another, float64."""
    plain = network("lstm", 3, torch.float64, layers=1)
    together = Replicas([plain])
    x = torch.randn(1, BATCH, TIME, INPUTS, dtype=torch.float64)
    together.walk(x)
    seen, twin = together.layers[0].seen, plain.parts["0_cell"]
    cell = nn.LSTMCell(INPUTS, UNITS, dtype=torch.float64)
    cell.load_state_dict({name[:-3]: tensor for name, tensor in twin.state_dict().items()})
    state = None
    for t in range(TIME):
        before = torch.zeros(BATCH, UNITS, dtype=torch.float64) if state is None else state[0]
        gates = x[0, :, t] @ cell.weight_ih.T + cell.bias_ih + before @ cell.weight_hh.T + cell.bias_hh
        state = cell(x[0, :, t], state)
        wanted = {
            name: gates[:, k * UNITS : (k + 1) * UNITS] for k, name in enumerate(("input", "forget", "", "output"))
        }
        for name in ("input", "forget", "output"):
            torch.testing.assert_close(seen[name][t][0], wanted[name].sigmoid(), rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(seen["candidate"][t][0], wanted[""].tanh(), rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(seen["state"][t][0], state[0], rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(seen["cell"][t][0], state[1], rtol=1e-12, atol=1e-12)


def test_the_gradient_of_every_state_is_that_of_finite_differences():
    plain = network("gru", 1, torch.float64, layers=1)
    together = Replicas([plain])
    x = torch.randn(1, 2, 4, INPUTS, dtype=torch.float64)
    walk = together.walk(x)
    states = together.layers[0].seen["state"]
    [state.retain_grad() for state in states]
    walk[-1].sum().backward()
    twin, after = plain.parts["0_cell"], nn.Sequential(*list(plain.parts.values())[1:])

    def loss_from(t, state):
        rest = twin(x[0, :, t + 1 :], state[None]) if t < 3 else state[:, None]
        return after(rest).sum().item()

    for t, state in enumerate(states):
        for at in ((0, 0), (1, 3)):
            up, down = state[0].detach().clone(), state[0].detach().clone()
            up[at] += 1e-6
            down[at] -= 1e-6
            slope = (loss_from(t, up) - loss_from(t, down)) / 2e-6
            assert state.grad[0][at].item() == pytest.approx(slope, rel=1e-6, abs=1e-9)


def test_nothing_but_the_answer_is_kept_where_nothing_is_learned():
    together = Replicas([network("lstm", 0, torch.float32)])
    with torch.inference_mode():
        together.walk(torch.randn(1, BATCH, TIME, INPUTS))
        assert together.layers[0].seen == {}
        together.layers[0].is_watched = True
        together.walk(torch.randn(1, BATCH, TIME, INPUTS))
        assert len(together.layers[0].seen["forget"]) == TIME


def test_the_fused_lstm_has_no_inside():
    together = Replicas([network("fused_lstm", 0, torch.float32)] * 2)
    assert isinstance(together.layers[0], Each)
    assert FusedLSTM not in CELLS
