"""Replicas trained together are, bit for bit, replicas trained alone: whoever else is there, poisoned or frozen."""

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
import torch

from core.choices.optimizers import OPTIMIZERS
from core.recording.sink import MemorySink
from core.training import loop, packing
from core.training.program import Program
from core.training.replicas import Replicas
from tests.training.made import classes, experiment

CPU = torch.device("cpu")
OWN = ("lr", "weight_decay", "decoupled_weight_decay")
KINDS = {
    "plain": [{"units": 16}, {"units": 16}],
    "wide": [{"units": 365}, {"units": 365, "activation": "tanh"}],
    "dropout": [{"units": 16, "dropout": 0.3}, {"units": 12, "activation": "tanh", "dropout": 0.5}],
    "batch_norm": [{"units": 16, "normalisation": "batch"}, {"units": 16, "normalisation": "batch"}],
    "prelu": [{"units": 16, "activation": "prelu"}],
    "layer_norm_skip": [{"units": 16, "normalisation": "layer"}, {"units": 16, "skip": True, "activation": "gelu"}],
}


AGAINST = {
    "penalties": {"l1": 0.01, "l2": 0.02, "max_norm": 0.7},
    "noise": {"input_noise": 0.3},
    "mixup": {"mixup": 0.4},
    "images": {"augmentation": ["shift", "rotate", "scale", "flip", "erase", "contrast"], "input_noise": 0.1},
}


def trained(chosen, splits, numbers, epochs=4, before=lambda program, epoch: None, fused=True):
    program = Program(chosen, splits, numbers, CPU, fused)
    for epoch in range(epochs):
        before(program, epoch)
        program.run_epoch(True, lambda: True)
    return program


def state(program, place):
    return program.network.weights[place].clone(), program.network.buffers(place)


def assert_same(one, other):
    assert torch.equal(one[0], other[0])
    assert all(torch.equal(one[1][name], other[1][name]) for name in one[1])


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("layers", KINDS.values(), ids=KINDS)
def test_replica_three_of_five_is_the_same_seed_alone(layers, fused):
    chosen, splits = experiment(layers, training__batch_size=32, training__replicas=5), classes(171)
    together = trained(chosen, splits, range(5), fused=fused)
    for place in (0, 3):
        assert_same(state(together, place), state(trained(chosen, splits, [place], fused=fused), 0))
    assert_same(state(together, 3), state(trained(chosen, splits, [6, 3, 1], fused=fused), 1))


@pytest.mark.parametrize("kind", AGAINST)
def test_what_is_done_against_overfitting_is_the_same_alone(kind, monkeypatch):
    """Also where fewer steps are gathered at once, as they are beside others."""
    from core.training import rows

    splits = classes(171)
    if kind == "images":
        splits = dataclasses.replace(splits, inputs=np.repeat(splits.inputs, 3, 2)[:, :, :16], shape=(1, 4, 4))
    chosen = experiment(training__batch_size=32, training__replicas=5, regularisation=AGAINST[kind])
    together = trained(chosen, splits, range(5))
    alone = trained(chosen, splits, [3])
    assert_same(state(together, 3), state(alone, 0))
    monkeypatch.setattr(rows, "GATHER_BYTES", 1)
    assert_same(state(together, 3), state(trained(chosen, splits, [6, 3, 1]), 1))
    plain = trained(chosen.changed({"regularisation": {}}), splits, [3])
    assert not torch.equal(plain.network.weights, alone.network.weights)


@pytest.mark.parametrize("layers", KINDS.values(), ids=KINDS)
def test_a_poisoned_replica_leaves_the_others_alone(layers):
    chosen = experiment(layers, training__batch_size=32, training__clip_norm=1.0)
    splits = classes(160)

    def poison(program, epoch):
        if epoch == 1:
            program.network.weights[1, 5] = float("nan")
            program.network.weights[1, 6] = float("inf")

    clean, poisoned = trained(chosen, splits, range(3)), trained(chosen, splits, range(3), before=poison)
    assert poisoned.network.weights[1].isnan().any()
    for place in (0, 2):
        assert_same(state(clean, place), state(poisoned, place))


TOGETHER = [kind for kind, optimizer in OPTIMIZERS.items() if optimizer.together]


@pytest.mark.parametrize("kind", TOGETHER)
def test_every_optimizer_with_its_own_rate_for_each_replica(kind):
    """Against torch.optim over the plain network's own parameters."""
    chosen, splits = experiment(optimizer=kind, training__batch_size=32), classes(160)
    rates = [0.3, 1.0, 2.5]
    program = Program(chosen, splits, range(3), CPU, fused=False)
    plain = [program.network.to_module(r) for r in range(3)]
    base, decay = chosen.optimizer.learning_rate, 0.01
    separate_rates = type(program.optimizer)(
        [{"params": [row], "lr": base * rate} for row, rate in zip(program.optimized, rates)],
        **{key: value for key, value in program.optimizer.defaults.items() if key not in OWN},
        weight_decay=decay,
    )
    program.use(separate_rates)
    drawn = []
    inner = program.order.draw
    program.order.draw = lambda: drawn.append(inner()) or drawn[-1]
    for _ in range(3):
        program.run_epoch(False, lambda: True)
    for r, net in enumerate(plain):
        separate = chosen.optimizer.model_copy(update={"learning_rate": base * rates[r], "weight_decay": decay}).build(
            net.parameters(), fused=False
        )
        for numbers in drawn:
            for rows in numbers[r].split(program.order.batch):
                separate.zero_grad()
                outputs = net(torch.tensor(splits.inputs[0])[rows])
                torch.nn.functional.cross_entropy(outputs, torch.tensor(splits.targets)[rows]).backward()
                separate.step()
        for name, tensor in program.network.to_module(r).state_dict().items():
            torch.testing.assert_close(tensor, net.state_dict()[name], rtol=2e-5, atol=2e-6)


def test_clipping_is_what_torch_does_replica_by_replica():
    chosen, splits = experiment(optimizer="sgd", training__clip_norm=0.05), classes(160)
    program = Program(chosen, splits, range(2), CPU, fused=False)
    plain = [program.network.to_module(r) for r in range(2)]
    x = torch.tensor(splits.inputs[0][:32])
    wanted = torch.tensor(splits.targets[:32])
    program.recorder = None
    program._clipped = []
    program.step(x.expand(2, -1, -1), wanted.expand(2, -1))
    for r, net in enumerate(plain):
        torch.nn.functional.cross_entropy(net(x), wanted).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 0.05)
        torch.optim.SGD(net.parameters(), lr=chosen.optimizer.learning_rate).step()
        for name, tensor in program.network.to_module(r).state_dict().items():
            torch.testing.assert_close(tensor, net.state_dict()[name])


@pytest.mark.parametrize("kind", TOGETHER)
def test_freezing_keeps_weights_and_moments_and_lets_the_others_go_on(kind):
    chosen = experiment(optimizer={"kind": kind, "weight_decay": 0.1}, training__batch_size=32)
    splits = classes(160)
    kept = {}

    def freeze(program, epoch):
        if epoch == 2:
            program.freeze(1)
            moments = program.optimizer.state[program.optimized[1]]
            kept["moments"] = {k: v.clone() if torch.is_tensor(v) else v for k, v in moments.items()}
            kept["weights"] = program.network.weights[1].clone()

    program, free = trained(chosen, splits, range(3), before=freeze), trained(chosen, splits, range(3))
    assert torch.equal(program.network.weights[1], kept["weights"])
    for name, value in kept["moments"].items():
        now = program.optimizer.state[program.optimized[1]][name]
        assert torch.equal(now, value) if torch.is_tensor(value) else now == value
    for place in (0, 2):
        assert_same(state(program, place), state(free, place))


@pytest.mark.parametrize("layers", [KINDS["plain"], KINDS["batch_norm"]], ids=["plain", "batch_norm"])
@pytest.mark.parametrize("own_inputs", [False, True])
def test_folds_are_separate_trainings(layers, own_inputs):
    """Unequal folds, an incomplete last batch, inputs prepared by fold."""
    chosen = experiment(layers, training__batch_size=16)
    splits = classes(152, folds=5, own_inputs=own_inputs)
    shortest = min(len(rows) for rows in splits.train)
    assert shortest < max(len(rows) for rows in splits.train)
    together = trained(chosen, splits, range(5))
    for fold in range(5):
        alone = dataclasses.replace(
            splits,
            inputs=splits.inputs[fold : fold + 1] if own_inputs else splits.inputs,
            train=(splits.train[fold],),
            validation=(splits.validation[fold],),
        )
        seeded = chosen.changed({"training.seed": chosen.training.seed + fold})
        single = Program(seeded, alone, [0], CPU)
        single.order.rows = shortest
        single.order.full, single.order.rest = divmod(shortest, single.order.batch)
        for _ in range(4):
            single.run_epoch(True, lambda: True)
        assert_same(state(together, fold), state(single, 0))
        mine, its = together.validation.reach(together.network, True), single.validation.reach(single.network, True)
        np.testing.assert_allclose(mine.loss[fold], its.loss[0], rtol=1e-6)
        assert mine.score[fold] == its.score[0]
        np.testing.assert_allclose(mine.answers[fold], its.answers[0], atol=1e-6)


def test_numbers_do_not_depend_on_packing(monkeypatch):
    chosen = experiment(KINDS["dropout"], training__replicas=3)
    splits, packed, single = classes(), MemorySink(), MemorySink()
    loop.train(chosen, splits, packed)
    monkeypatch.setattr(packing, "PACKED_WORK", 0)
    loop.train(chosen, splits, single)
    assert packed.meta["programs"] == [[0, 1, 2]]
    assert single.meta["programs"] == [[0], [1], [2]]
    for (key, (epoch, data)), (other, (_, theirs)) in zip(
        sorted(packed.weights.items()), sorted(single.weights.items())
    ):
        assert key == other
        assert data == theirs
    for kind in ("layers", "epochs", "units", "outputs", "tests", "histograms", "steps"):
        mine, its = packed.table(kind), single.table(kind)
        assert mine.num_rows == its.num_rows
        keys = [
            name for name in ("epoch", "step", "replica", "split", "layer", "quantity") if name in mine.schema.names
        ]
        order = [(name, "ascending") for name in keys]
        mine, its = mine.sort_by(order), its.sort_by(order)
        for name in mine.schema.names:
            if "seconds" in name:
                continue
            one, other = mine.column(name).combine_chunks(), its.column(name).combine_chunks()
            assert one.null_count == other.null_count
            while hasattr(one, "flatten"):
                one, other = one.flatten(), other.flatten()
            if one.type in (pa.string(), pa.bool_()):
                assert one.equals(other), (kind, name)
                continue
            one, other = (each.drop_null().to_numpy(zero_copy_only=False) for each in (one, other))
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7, err_msg=f"{kind} {name}")


def test_no_strided_tensor_reaches_an_optimizer():
    program = Program(experiment(training__replicas=4), classes(), range(4), CPU)
    for group in program.optimizer.param_groups:
        assert all(row.is_contiguous() and row.grad.is_contiguous() for row in group["params"])


def test_parameters_and_gradients_stay_tied_to_the_matrices():
    program = trained(experiment(), classes(), range(2), epochs=2)
    for layer in program.network.layers:
        for leaf in (getattr(layer, name, None) for name in ("weight", "bias")):
            if leaf is not None:
                held = program.network.weights.untyped_storage().data_ptr()
                assert leaf.untyped_storage().data_ptr() == held
                assert leaf.grad.untyped_storage().data_ptr() == program.network.gradients.untyped_storage().data_ptr()
    for row, weights in zip(program.optimized, program.network.weights):
        assert row.data_ptr() == weights.data_ptr()


def test_saved_weights_are_the_plain_network():
    import safetensors.torch

    sink, chosen, splits = MemorySink(), experiment(), classes()
    loop.train(chosen, splits, sink)
    epoch, data = sink.weights[0, "last"]
    assert epoch == 4
    state = safetensors.torch.load(data)
    net = chosen.network.build(splits.shape, 3, torch.Generator())
    net.load_state_dict(state)
    last = [row for row in sink.table("outputs").to_pylist() if row["epoch"] == 4 and row["split"] == "validation"][0]
    shares = net(torch.tensor(splits.inputs[0][splits.validation[0]])).softmax(-1)
    np.testing.assert_allclose(np.ravel(shares.detach()), last["answers"], atol=1e-6)


def test_dead_parameters_of_replicas_share_nothing():
    nets = [experiment().network.build((4,), 2, torch.Generator().manual_seed(0)) for _ in range(2)]
    both = Replicas(nets)
    both.weights[0].zero_()
    assert both.weights[1].abs().sum() > 0
