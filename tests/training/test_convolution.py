"""Convolutional networks against torch.nn written by hand, and what is recorded of their channels against float64."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from core.choices.networks import Convolutional, Dense
from core.data.splits import Splits
from core.recording.sink import MemorySink
from core.refusal import Refusal
from core.training import loop
from core.training.program import Program
from core.training.replicas import Replicas
from tests.training.made import experiment, parts
from tests.training.twins import joint_sgd, separate_sgd

SHAPE, CLASSES, BATCH, STEPS = (2, 9, 9), 3, 16, 50
LAYERS = [
    {"kind": "convolution", "units": 6, "normalisation": "batch"},
    {"kind": "convolution", "units": 6, "activation": "tanh", "skip": 1},
    {"kind": "convolution", "units": 6, "activation": "gelu", "skip": 2},
    {"kind": "pooling", "method": "max", "size": 2},
    {"kind": "convolution", "units": 5, "kernel": 2, "padding": 0, "stride": 1, "normalisation": "layer"},
    {"kind": "pooling", "method": "average", "size": 2},
    {"kind": "global_pooling"},
    {"kind": "dense", "units": 7, "activation": "sigmoid"},
]


class Twin(nn.Module):
    """The same network as a person writes it in torch."""

    def __init__(self):
        super().__init__()
        self.first, self.normal = nn.Conv2d(2, 6, 3, padding=1), nn.BatchNorm2d(6)
        self.second, self.third = nn.Conv2d(6, 6, 3, padding=1), nn.Conv2d(6, 6, 3, padding=1)
        self.fourth, self.row_normal = nn.Conv2d(6, 5, 2), nn.GroupNorm(1, 5)
        self.dense, self.output = nn.Linear(5, 7), nn.Linear(7, CLASSES)

    def forward(self, x):
        first = functional.relu(self.normal(self.first(x.view(-1, *SHAPE))))
        second = torch.tanh(self.second(first)) + first
        third = functional.gelu(self.third(second)) + first
        small = functional.max_pool2d(third, 2)
        fourth = functional.avg_pool2d(functional.relu(self.row_normal(self.fourth(small))), 2)
        return self.output(torch.sigmoid(self.dense(fourth.mean((2, 3)))))


def pictures(rows=120, seed=0):
    random = np.random.default_rng(seed)
    targets = random.integers(0, CLASSES, rows)
    inputs = random.normal(size=(rows, 162)) + random.normal(size=(CLASSES, 162))[targets]
    train, validation, held = parts(rows, 1, random, 0.1)
    return Splits(
        task="classification",
        inputs=inputs[None].astype(np.float32),
        targets=targets.astype(np.int64),
        train=train,
        validation=validation,
        test=(held,),
        rows=np.arange(rows),
        input_names=tuple(f"p{i}" for i in range(162)),
        class_names=("a", "b", "c"),
        shape=SHAPE,
    )


def convolutional(layers=LAYERS, **changes):
    return experiment((), network={"kind": "convolutional", "layers": list(layers)}, **changes)


def built(seed, dtype=torch.float32, layers=LAYERS):
    network = convolutional(layers).network
    return network.build(SHAPE, CLASSES, torch.Generator().manual_seed(seed)).to(dtype)


def twin_of(network):
    twin = Twin().to(next(network.parameters()).dtype)
    own, others = list(twin.parameters()), list(network.parameters())
    assert [p.shape for p in own] == [p.shape for p in others]
    with torch.no_grad():
        for mine, its in zip(own, others):
            mine.copy_(its)
    return twin


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("replicas", [1, 2])
def test_trains_as_its_twin_in_torch_does(replicas, dtype):
    """Forward, gradients and weights after 50 steps; without the bias before batch normalisation, whose gradient is
    rounding alone."""
    near = 1e-5 if dtype == torch.float32 else 1e-11
    plain = [built(seed, dtype) for seed in range(replicas)]
    twins = [twin_of(network) for network in plain]
    together = Replicas(plain)
    separate, joint = separate_sgd(twins), joint_sgd(together)
    random = torch.Generator().manual_seed(3)
    for step in range(STEPS):
        x = torch.randn(replicas, BATCH, 162, generator=random, dtype=dtype)
        wanted = torch.randint(0, CLASSES, (replicas, BATCH), generator=random)
        outputs = together.walk(x)[-1]
        losses = functional.cross_entropy(outputs.flatten(0, 1), wanted.flatten(), reduction="none")
        losses.backward(torch.full_like(losses, 1 / BATCH))
        for r, twin in enumerate(twins):
            separate[r].zero_grad()
            found = twin(x[r])
            functional.cross_entropy(found, wanted[r]).backward()
            torch.testing.assert_close(outputs[r], found, rtol=near, atol=near)
            own = together.to_module(r, row=together.gradients[r])
            if step in (0, STEPS - 1):
                for mine, its in zip(own.parameters(), twin.parameters()):
                    torch.testing.assert_close(mine, its.grad, rtol=10 * near, atol=near)
            separate[r].step()
        joint.step()
        together.gradients.zero_()
    for r, twin in enumerate(twins):
        for mine, its in zip(together.to_module(r).parameters(), twin.parameters()):
            torch.testing.assert_close(mine, its, rtol=near, atol=10 * near)
        buffers = dict(twin.normal.named_buffers())
        mine = dict(together.to_module(r).parts["1_normalisation"].named_buffers())
        for name, buffer in buffers.items():
            torch.testing.assert_close(mine[name], buffer, rtol=near, atol=near)


@pytest.mark.parametrize("layers", [LAYERS, [], LAYERS[:2], [*LAYERS[:4], {"kind": "dense", "normalisation": "batch"}]])
def test_parameters_and_widths_are_those_of_the_built_network(layers):
    network = convolutional(layers).network
    made = built(0, layers=layers)
    assert network.parameters(SHAPE, CLASSES) == sum(p.numel() for p in made.parameters())
    widest = [int(out[0].numel()) for out in made.walk(torch.zeros(2, 162))]
    assert set(network.widths(SHAPE, CLASSES)) <= set(widest)


def test_kernels_start_with_the_variance_of_their_own_inputs():
    layers = [{"kind": "convolution", "units": 256, "kernel": 5}, {"kind": "convolution", "units": 64, "kernel": 3}]
    flat = list(built(1, layers=layers).parts.values())
    assert float(flat[1].weight.detach().std()) == pytest.approx((2 / (2 * 25)) ** 0.5, rel=0.03)
    assert float(flat[3].weight.detach().std()) == pytest.approx((2 / (256 * 9)) ** 0.5, rel=0.03)


def test_what_cannot_be_built_is_said_in_words():
    def said(network, shape):
        return [(p.path, p.message) for p in network.problems(shape, "classification")]

    network = Convolutional()
    ((path, message),) = said(network, (4,))
    assert path == "network.kind" and "lists of numbers" in message and "pixels" in message
    assert said(network, (1, 8, 8)) == [] and said(Dense(), (1, 8, 8)) == []
    small = network.model_copy(update={"layers": convolutional([{"kind": "convolution", "kernel": 9}]).network.layers})
    ((path, message),) = said(small, (1, 5, 5))
    assert path == "network.layers.0" and "9 × 9" in message and "5 × 5" in message
    late = [{"kind": "dense"}, {"kind": "convolution"}]
    ((path, message),) = said(convolutional(late).network, SHAPE)
    assert path == "network.layers.1" and "before the dense layers" in message
    with pytest.raises(Refusal, match="pooling of 8"):
        loop.train(convolutional([{"kind": "pooling", "size": 8}] * 2), pictures(), MemorySink())


def test_what_is_recorded_of_channels_equals_float64():
    """An epoch of steps walked again by hand: means, spreads, dead and saturated shares of every channel over rows and
    positions, and the gradient of every layer's output."""
    chosen, splits = convolutional(training__batch_size=32, optimizer="sgd"), pictures(171)
    program = Program(chosen, splits, [0], torch.device("cpu"), fused=False)
    with torch.no_grad():
        program.network.view(program.network.weights, (2, "bias"))[0, :2] = -50  # of batch normalisation: two are dead
    drawn, inner = [], program.order.draw
    program.order.draw = lambda: drawn.append(inner()) or drawn[-1]
    plain, optimizer = program.network.to_module(0), None
    optimizer = chosen.optimizer.build(plain.parameters(), fused=False)
    for _ in range(2):
        epoch = program.run_epoch(True, lambda: True)
        walks, gradients = [], []
        for rows in drawn[-1][0].split(32):
            walk = plain.walk(torch.tensor(splits.inputs[0])[rows])
            [each.retain_grad() for each in walk if each.requires_grad]
            optimizer.zero_grad()
            functional.cross_entropy(walk[-1], torch.tensor(splits.targets)[rows]).backward()
            gradients.append([None if each.grad is None else each.grad.double().numpy() for each in walk])
            optimizer.step()
            walks.append([each.detach().double().numpy() for each in walk])
    full = [len(rows) == 32 for rows in drawn[-1][0].split(32)]
    last = max(i for i, is_full in enumerate(full) if is_full)
    found = epoch.measured
    for number, block in enumerate(program.network.blocks):
        values = np.concatenate([walk[block.output] for walk in walks])
        units = np.moveaxis(values, 1, 0).reshape(block.units, -1)
        np.testing.assert_allclose(found.units[number].mean[0], units.mean(1), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(found.units[number].std[0], units.std(1), rtol=1e-4, atol=1e-6)
        assert found.layers["activation_std"][0, number] == pytest.approx(values.std(), rel=1e-4)
        assert found.layers["unit_std"][0, number] == pytest.approx(np.sqrt(units.var(1).mean()), rel=1e-4)
        wanted = np.sqrt(np.mean(gradients[last][block.output] ** 2))
        assert found.layers["output_gradient_rms"][0, number] == pytest.approx(wanted, rel=1e-3)
        if block.chosen is None:
            continue
        acted = np.concatenate([walk[block.activation + 1] for walk in walks])
        acted = np.moveaxis(acted, 1, 0).reshape(block.units, -1)
        if block.chosen.can_die:
            assert found.layers["dead_share"][0, number] == pytest.approx((acted.max(1) <= 0).mean())
            np.testing.assert_allclose(found.units[number].active_share[0], (acted > 0).mean(1), atol=1e-6)
        if block.chosen.kind == "tanh":
            before = np.concatenate([walk[block.preactivation] for walk in walks])
            flat = 1 - np.tanh(before) ** 2 < 0.05
            assert found.layers["saturated_share"][0, number] == pytest.approx(flat.mean(), abs=1e-4)
    assert found.layers["dead_share"][0, 0] == pytest.approx(2 / 6)
    assert found.histograms.shape[:2] == (len(program.network.blocks), 4)


def test_seeds_of_a_convolutional_run_are_the_same_alone():
    def weights(seed, replicas):
        sink = MemorySink()
        chosen = convolutional(LAYERS[:1], training__replicas=replicas, training__seed=seed, training__epochs=2)
        loop.train(chosen, pictures(), sink)
        return sink

    together, alone = weights(4, 2), weights(5, 1)

    def pick(sink, replica):
        return [row["train_loss"] for row in sink.table("epochs").to_pylist() if row["replica"] == replica]

    assert pick(together, 1) == pick(alone, 0)
    assert together.meta["programs"] == [[0], [1]]


@pytest.mark.slow
def test_filters_beat_a_dense_network_of_equal_size_on_shifted_shapes():
    """The headline of convolution: what a filter learns at one place it knows everywhere."""
    from core.choices.defaults import default_experiment
    from core.choices.networks import Dense, DenseLayer
    from core.choices.pictures import Shapes
    from core.data.prepare import prepare

    chosen = default_experiment(Shapes(rows=900, shift=6.0, noise=0.05)).changed({"training.epochs": 10})
    splits = prepare(chosen.data.load(), chosen.split, chosen.preparation).splits
    size = chosen.network.parameters(splits.shape, 5)
    dense = Dense(layers=(DenseLayer(units=round(size / 790)), DenseLayer(units=16)))
    assert 0.9 < dense.parameters(splits.shape, 5) / size < 1.1
    filtered, plain = (
        loop.train(each, splits, MemorySink()).validation_score.median
        for each in (chosen, chosen.changed({"network": dense.model_dump(mode="json")}))
    )
    assert filtered > 0.75 and filtered > plain + 0.2
