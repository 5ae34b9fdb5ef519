"""Somebody else's loop, observed through hooks, gives the same record as ours on the same network."""

import numpy as np
import pytest
import torch
from torch import nn

from core.recording.observe import observe
from core.recording.quantities import QUANTITIES
from core.recording.schemas import LAYERS, SCHEMAS
from core.training.program import Program
from tests.training.made import classes, experiment

BODIES = {
    "plain": [{"units": 12}, {"units": 10, "activation": "tanh"}],
    "normal": [{"units": 12, "normalisation": "layer", "activation": "sigmoid"}, {"units": 10, "activation": "gelu"}],
}


@pytest.mark.parametrize("layers", BODIES.values(), ids=BODIES)
def test_equals_the_engines_own_record(layers):
    chosen, splits = experiment(layers, training__batch_size=32, optimizer="sgd"), classes(171)
    program = Program(chosen, splits, [0], torch.device("cpu"), fused=False)
    net = program.network.to_module(0)
    optimizer = chosen.optimizer.build(net.parameters(), fused=False)
    drawn, inner = [], program.order.draw
    program.order.draw = lambda: drawn.append(inner()) or drawn[-1]
    x, y = torch.tensor(splits.inputs[0]), torch.tensor(splits.targets)
    with observe(net, optimizer, program.order.steps) as seen:
        for _ in range(2):
            mine = program.run_epoch(True, lambda: True).measured
            for rows in drawn[-1][0].split(program.order.batch):
                optimizer.zero_grad()
                nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
                optimizer.step()
            its = seen.measured()
            assert set(mine.layers) == set(its.layers)
            for name, values in mine.layers.items():
                np.testing.assert_allclose(its.layers[name], values, rtol=2e-4, atol=1e-7, err_msg=name)
            np.testing.assert_allclose(its.step_norms, mine.step_norms, rtol=1e-4)
            np.testing.assert_allclose(its.gradient_norms, mine.gradient_norms, rtol=1e-4)
            moved = np.abs(its.histograms - mine.histograms).sum()
            assert moved < 0.05 * mine.histograms.sum()
            for a, b in zip(mine.units, its.units, strict=True):
                np.testing.assert_allclose(b.mean, a.mean, rtol=1e-3, atol=1e-6)


def test_a_convolutional_network_of_somebody_else_is_measured_as_by_hand():
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(27, 4), nn.Tanh()
    )
    x, kept = torch.randn(40, 1, 8, 8), {}
    net[2].register_forward_hook(lambda _m, _i, out: kept.update(relu=out))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    with observe(net, optimizer) as seen:
        nn.functional.cross_entropy(net(x), torch.arange(40) % 4).backward()
        gradient = net[0].weight.grad.norm().item()
        relu, slope = kept["relu"].detach(), kept["relu"].grad
        optimizer.step()
        measured = seen.measured()
    layers = measured.layers
    assert layers["weight_gradient_norm"][0, 0] == pytest.approx(gradient, rel=1e-5)
    assert layers["activation_mean"][0, 0] == pytest.approx(relu.mean().item(), rel=1e-5)
    assert layers["output_gradient_rms"][0, 0] == pytest.approx(slope.square().mean().sqrt().item(), rel=1e-5)
    np.testing.assert_allclose(measured.units[0].mean[0], relu.mean((0, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(measured.units[0].active_share[0], (relu > 0).float().mean((0, 2, 3)), rtol=1e-5)
    assert [each.mean.shape[1] for each in measured.units] == [3, 4]


def test_steps_of_a_sequence_are_more_rows():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 2))
    x = torch.randn(16, 7, 5)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    expected = net[:2](x).detach()
    with observe(net, optimizer) as seen:
        net(x).square().mean().backward()
        optimizer.step()
        measured = seen.measured()
    np.testing.assert_allclose(measured.units[0].mean[0], expected.mean((0, 1)), rtol=1e-5)
    np.testing.assert_allclose(measured.units[0].std[0], expected.flatten(0, 1).std(0, False), rtol=1e-4)


def test_tables_of_a_foreign_module():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(6, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 3))
    optimizer = torch.optim.Adam(net.parameters())
    x, y = torch.randn(60, 6), torch.randint(0, 3, (60,))
    with observe(net, optimizer) as seen:
        for epoch in (1, 2):
            for rows in torch.arange(60).split(25):
                optimizer.zero_grad()
                nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
                optimizer.step()
            tables = seen.epoch(epoch)
    for kind, table in tables.items():
        assert table.schema == SCHEMAS[kind]
    assert tables["layers"].num_rows == 2
    assert tables["steps"].column("step").to_pylist() == [4, 5, 6]


def test_hooks_are_gone_afterwards_even_after_an_error():
    net = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    with pytest.raises(RuntimeError), observe(net, optimizer):
        net(torch.zeros(2, 5))
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in net.modules())
    assert not optimizer._optimizer_step_pre_hooks
    assert not optimizer._optimizer_step_post_hooks


def test_nothing_to_observe_is_said():
    with pytest.raises(ValueError, match="no linear layer or convolution"):
        observe(nn.ReLU(), torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1))
    net = nn.Linear(2, 2)
    with (
        observe(net, torch.optim.SGD(net.parameters(), lr=0.1)) as seen,
        pytest.raises(ValueError, match="no optimizer step"),
    ):
        seen.measured()


def test_every_column_of_the_layers_has_its_words():
    assert set(QUANTITIES) == set(LAYERS.names[3:])
    for quantity in QUANTITIES.values():
        assert quantity.reading.endswith(".")
        assert quantity.low <= quantity.high
