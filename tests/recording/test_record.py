"""What a record says of an epoch, against brute force: the same steps walked again with plain torch in float64."""

import numpy as np
import pyarrow as pa
import pytest
import torch

from core.choices.activations import ACTIVATIONS, FLAT_SLOPE
from core.recording.bins import index
from core.recording.sink import MemorySink
from core.recording.watched import flat_beyond, flat_values
from core.training import loop
from core.training.program import Program
from tests.training.made import classes, experiment, values

LAYERS = [
    {"units": 12, "activation": "relu"},
    {"units": 10, "activation": "tanh"},
    {"units": 10, "activation": "sigmoid", "skip": True},
    {"units": 9, "activation": "relu", "normalisation": "layer"},
]
REPLICAS = 2


class Reference:
    """An epoch of one replica, step by step, with everything kept in float64."""

    def __init__(self, chosen, splits, network, numbers, batch, optimizer):
        self.steps = []
        flat = list(network.parts.values())
        for rows in numbers.split(batch):
            x = torch.tensor(splits.inputs[0])[rows]
            walk = network.walk(x)
            for each in walk[1:]:
                each.retain_grad()
            optimizer.zero_grad()
            chosen.loss.per_row(walk[-1], torch.tensor(splits.targets)[rows]).mean().backward()
            before = [p.detach().clone() for p in self.weights(flat, network)]
            step = {
                "walk": [each.detach().double().numpy() for each in walk],
                "output_gradients": [None if e.grad is None else e.grad.double().numpy() for e in walk],
                "gradients": [p.grad.double().numpy() for p in self.weights(flat, network)],
                "shifts": [self.shift(flat, b).grad.double().numpy() for b in network.blocks],
                "whole": np.sqrt(sum(float(p.grad.double().square().sum()) for p in network.parameters())),
            }
            optimizer.step()
            after = self.weights(flat, network)
            step["update"] = [
                float((a.double() - b.double()).norm() / b.double().norm()) for a, b in zip(after, before)
            ]
            step["weights"] = [a.detach().double().numpy() for a in after]
            self.steps.append(step)

    @staticmethod
    def weights(flat, network):
        return [flat[block.linear].weight for block in network.blocks]

    @staticmethod
    def shift(flat, block):
        return flat[block.linear if block.normalisation is None else block.normalisation].bias

    def rows(self, place):
        return np.concatenate([step["walk"][place] for step in self.steps])


@pytest.fixture(scope="module")
def both():
    """One program with its recorder, and the same epochs walked again, replica by replica. Layer 1 has units that never
    fire and, in replica 1, a layer that is all but collapsed."""
    chosen, splits = experiment(LAYERS, training__batch_size=32, optimizer="adam"), classes(171)
    program = Program(chosen, splits, range(REPLICAS), torch.device("cpu"), fused=False)
    net = program.network
    with torch.no_grad():
        net.view(net.weights, (0, "bias"))[:, :4] = -50
        net.view(net.weights, (2, "weight"))[1] *= 1e-6
        net.view(net.weights, (2, "bias"))[1] = 3
    plain = [net.to_module(r) for r in range(REPLICAS)]
    optimizers = [chosen.optimizer.build(p.parameters(), fused=False) for p in plain]
    drawn, inner = [], program.order.draw
    program.order.draw = lambda: drawn.append(inner()) or drawn[-1]
    for _ in range(2):
        epoch = program.run_epoch(True, lambda: True)
        references = [
            Reference(chosen, splits, plain[r], drawn[-1][r], program.order.batch, optimizers[r])
            for r in range(REPLICAS)
        ]
    return program, epoch, references


def expect(both, name, compute, rel=1e-4):
    program, epoch, references = both
    for r, reference in enumerate(references):
        for i, block in enumerate(program.network.blocks):
            found, wanted = epoch.measured.layers[name][r, i], compute(reference, i, block)
            assert found == pytest.approx(wanted, rel=rel, abs=1e-12, nan_ok=True), (name, r, i)


def test_norms_of_weight_gradients(both):
    expect(
        both,
        "weight_gradient_norm",
        lambda ref, i, block: np.median([np.linalg.norm(s["gradients"][i]) for s in ref.steps]),
    )
    expect(
        both,
        "weight_gradient_rms",
        lambda ref, i, block: np.median([np.sqrt(np.mean(s["gradients"][i] ** 2)) for s in ref.steps]),
    )
    program, epoch, references = both
    for r, ref in enumerate(references):
        np.testing.assert_allclose(epoch.measured.gradient_norms[:, r], [s["whole"] for s in ref.steps], rtol=1e-5)


def test_sizes_of_weights(both):
    expect(both, "weight_norm", lambda ref, i, block: np.linalg.norm(ref.steps[-1]["weights"][i]), rel=1e-5)
    expect(both, "weight_rms", lambda ref, i, block: np.sqrt(np.mean(ref.steps[-1]["weights"][i] ** 2)), rel=1e-5)


def test_update_ratio_is_the_median_of_three_steps(both):
    steps = len(both[2][0].steps)
    sampled = [steps // 6, steps // 2, 5 * steps // 6]
    expect(both, "update_ratio", lambda ref, i, block: np.median([ref.steps[s]["update"][i] for s in sampled]))


def test_gradient_of_the_outputs_of_the_last_full_batch(both):
    full = both[0].order.full - 1
    assert full < len(both[2][0].steps) - 1
    expect(
        both,
        "output_gradient_rms",
        lambda ref, i, block: np.sqrt(np.mean(ref.steps[full]["output_gradients"][block.output] ** 2)),
    )


def test_activations_over_all_rows_as_seen(both):
    """Exact even where a layer is all but collapsed: sums are taken about a pivot."""
    expect(both, "activation_mean", lambda ref, i, block: ref.rows(block.output).mean(), rel=1e-5)
    expect(both, "activation_std", lambda ref, i, block: ref.rows(block.output).std())
    expect(both, "unit_std", lambda ref, i, block: np.sqrt(ref.rows(block.output).var(0).mean()))


def test_preactivations_over_four_steps(both):
    steps = len(both[2][0].steps)
    sampled = [(2 * i + 1) * steps // 8 for i in range(4)]

    def inputs(ref, block):
        return np.concatenate([ref.steps[step]["walk"][block.preactivation] for step in sampled])

    def wanted(ref, i, block):
        return ref.rows(block.preactivation) if block.chosen is None else inputs(ref, block)

    expect(both, "preactivation_mean", lambda ref, i, block: wanted(ref, i, block).mean(), rel=1e-4)
    expect(both, "preactivation_std", lambda ref, i, block: wanted(ref, i, block).std())


def test_dead_frozen_and_saturated_shares(both):
    def dead(ref, i, block):
        can_die = block.chosen is not None and block.chosen.can_die
        return np.mean(ref.rows(block.preactivation).max(0) <= 0) if can_die else np.nan

    def saturated(ref, i, block):
        if block.chosen is None or not block.chosen.saturates:
            return np.nan
        z = ref.rows(block.preactivation)
        slope = np.abs(block.chosen.slope(z))
        return np.mean(slope < FLAT_SLOPE * np.abs(block.chosen.slope(np.linspace(-5, 5, 10_001))).max())

    expect(both, "dead_share", dead, rel=1e-12)
    expect(both, "saturated_share", saturated, rel=1e-3)
    expect(both, "frozen_share", lambda ref, i, b: np.mean(np.all([s["shifts"][i] == 0 for s in ref.steps], 0)))
    assert both[1].measured.layers["dead_share"][0, 0] >= 4 / 12
    assert both[1].measured.layers["saturated_share"][1, 1] > 0.9


def test_shares_of_zero_gradients_and_counts(both):
    full = both[0].order.full - 1
    expect(both, "zero_gradient_share", lambda ref, i, b: np.mean(ref.steps[full]["gradients"][i] == 0), rel=1e-6)
    assert not both[1].measured.layers["nan_count"].any()
    assert not both[1].measured.layers["infinite_count"].any()


def test_single_units(both):
    program, epoch, references = both
    for r, ref in enumerate(references):
        for found, block in zip(epoch.measured.units, program.network.blocks):
            after, before = ref.rows(block.output), ref.rows(block.preactivation)
            np.testing.assert_allclose(found.mean[r], after.mean(0), rtol=1e-4, atol=1e-6)
            np.testing.assert_allclose(found.std[r], after.std(0), rtol=1e-3, atol=1e-9)
            if block.chosen is not None and block.chosen.can_die:
                np.testing.assert_allclose(found.active_share[r], (before > 0).mean(0), atol=1e-12)
            else:
                assert found.active_share is None


def test_histograms(both):
    program, epoch, references = both
    step = references[0].steps[program.order.full - 1]
    for i, block in enumerate(program.network.blocks):
        tensors = [
            references[0].steps[-1]["weights"][i],
            step["gradients"][i],
            step["walk"][block.preactivation],
            step["walk"][block.output],
        ]
        for found, tensor in zip(epoch.measured.histograms[i], tensors):
            wanted = np.bincount(index(tensor).ravel(), minlength=1024)
            assert found.sum() == tensor.size
            assert np.abs(found - wanted).sum() <= 0.02 * tensor.size  # a value on an edge may round to either side


def test_losses_and_score_as_met(both):
    program, epoch, references = both
    for r, ref in enumerate(references):
        assert epoch.step_losses.shape == (len(ref.steps), REPLICAS)
        assert 0 <= epoch.score[r] <= 1
        sizes = [len(step["walk"][0]) for step in ref.steps]
        assert epoch.batch_loss[r] == pytest.approx(np.average(epoch.step_losses[:, r], weights=sizes), rel=1e-6)


@pytest.mark.parametrize("kind", ["sigmoid", "tanh"])
def test_where_a_function_is_flat(kind):
    activation = ACTIVATIONS[kind]()
    edge = flat_beyond(activation)
    assert activation.slope(np.array([edge * 0.999]))[0] > FLAT_SLOPE * activation.slope(np.array([0.0]))[0]
    assert activation.slope(np.array([-edge * 1.001]))[0] < FLAT_SLOPE * activation.slope(np.array([0.0]))[0]
    centre, reach = flat_values(activation)
    assert centre + reach == pytest.approx(activation.value(np.array([edge]))[0])
    assert flat_values(ACTIVATIONS["relu"]()) is None


def without_times(table):
    return table.drop_columns([name for name in table.schema.names if "seconds" in name])


@pytest.mark.parametrize("splits", [classes(), values()], ids=["classes", "values"])
def test_same_seed_twice_is_the_same_record(splits):
    loss = "cross_entropy" if splits.classes else "squared_error"
    chosen = experiment(LAYERS[:2], training__replicas=2, loss=loss)
    one, other = MemorySink(), MemorySink()
    loop.train(chosen, splits, one)
    loop.train(chosen, splits, other)
    assert one.meta == other.meta
    for kind in one.tables():
        assert without_times(one.table(kind)).equals(without_times(other.table(kind))), kind
    assert one.weights == other.weights


def test_recording_changes_nothing():
    chosen, splits = experiment(LAYERS), classes()
    seen, unseen = (Program(chosen, splits, range(2), torch.device("cpu")) for _ in range(2))
    unseen.recorder = None
    for _ in range(3):
        with_it = seen.run_epoch(True, lambda: True)
        without = unseen.run_epoch(True, lambda: True)
        np.testing.assert_array_equal(with_it.step_losses, without.step_losses)
    assert torch.equal(seen.network.weights, unseen.network.weights)


def test_every_kind_has_its_schema_and_says_what_it_should():
    sink, splits = MemorySink(), values()
    chosen = experiment(LAYERS, loss="squared_error", training__epochs=3, training__replicas=2)
    loop.train(chosen, splits, sink)
    tables = sink.tables()
    assert all(isinstance(table, pa.Table) for table in tables.values())
    assert tables["epochs"].num_rows == 4 * 2
    assert tables["layers"].num_rows == 4 * 2 * 5
    assert tables["units"].num_rows == 4 * 2 * 5
    assert tables["histograms"].num_rows == 4 * 5 * 4
    assert tables["steps"].num_rows == 3 * 2 * sink.meta["steps_per_epoch"]
    assert tables["rows"].num_rows == 2 * 2
    assert tables["outputs"].num_rows == 4 * 2 + 2
    assert tables["tests"].num_rows == 3 * 2
    assert tables["epochs"].column("batch_loss").null_count == 2
    layers = tables["layers"].to_pylist()
    assert {row["saturated_share"] is None for row in layers if row["layer"] in (1, 4, 5)} == {True}
    assert {row["update_ratio"] is None for row in layers if row["epoch"] == 0} == {True}
    rows = {(row["replica"], row["split"]): row for row in tables["rows"].to_pylist()}
    wanted = splits.targets[splits.validation[0], 0] * 10 + 50
    np.testing.assert_allclose(rows[0, "validation"]["target"], wanted, rtol=1e-6)
    answers = [row for row in tables["outputs"].to_pylist() if row["split"] == "validation" and row["epoch"] == 3][0]
    mse = np.mean(((np.array(answers["answers"]) - wanted) / 10) ** 2)
    last = [row for row in tables["epochs"].to_pylist() if row["epoch"] == 3 and row["replica"] == 0][0]
    assert last["validation_loss"] == pytest.approx(mse, rel=1e-4)
    r2 = 1 - mse * 100 / np.var(wanted)
    assert last["validation_score"] == pytest.approx(r2, rel=1e-4)
