"""Optimizers that look at more than one weight at a time, against torch's own on the plain network; and every optimizer
lowers the loss of its default experiment."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from core.choices.optimizers import OPTIMIZERS
from core.recording.sink import MemorySink
from core.training.loop import train
from core.training.program import Program
from tests.training.made import classes, digits, experiment

CPU = torch.device("cpu")


def pair(**changes):
    chosen, splits = experiment(**changes), classes(160)
    program = Program(chosen, splits, [0], CPU, fused=False)
    drawn = []
    inner = program.order.draw
    program.order.draw = lambda: drawn.append(inner()) or drawn[-1]
    return program, program.network.to_module(0), torch.tensor(splits.inputs[0]), torch.tensor(splits.targets), drawn


def assert_equal(program, net, near=1e-5):
    for name, tensor in program.network.to_module(0).state_dict().items():
        torch.testing.assert_close(tensor, net.state_dict()[name], rtol=near, atol=near)


def test_muon_turns_hidden_matrices_and_leaves_the_rest_to_adamw():
    program, net, x, y, drawn = pair(optimizer={"kind": "muon", "learning_rate": 0.01}, training__batch_size=32)
    hidden = [p for name, p in net.named_parameters() if p.dim() == 2 and "output" not in name]
    rest = [p for name, p in net.named_parameters() if p.dim() < 2 or "output" in name]
    theirs = (
        torch.optim.Muon(hidden, lr=0.01, weight_decay=0.01, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=0.01, weight_decay=0.01),
    )
    for _ in range(3):
        program.run_epoch(False, lambda: True)
    for numbers in drawn:
        for rows in numbers[0].split(32):
            net.zero_grad()
            functional.cross_entropy(net(x[rows]), y[rows]).backward()
            [each.step() for each in theirs]
    assert_equal(program, net)


@pytest.mark.parametrize("searches", [True, False])
@pytest.mark.parametrize("decay", [0.0, 0.02])
def test_lbfgs_is_torchs_on_all_rows(searches, decay):
    rate = 1.0 if searches else 0.05
    program, net, x, y, drawn = pair(
        optimizer={"kind": "lbfgs", "searches": searches, "learning_rate": rate, "weight_decay": decay}
    )
    line = "strong_wolfe" if searches else None
    theirs = torch.optim.LBFGS(net.parameters(), lr=rate, max_iter=5, history_size=10, line_search_fn=line)
    for _ in range(4):
        program.run_epoch(False, lambda: True)
    assert program.order.steps == 1
    for numbers in drawn:
        rows = numbers[0]

        def closure(rows=rows):
            net.zero_grad()
            loss = functional.cross_entropy(net(x[rows]), y[rows])
            loss = loss + decay / 2 * sum(p.square().sum() for p in net.parameters())
            loss.backward()
            return loss

        theirs.step(closure)
    assert_equal(program, net, 2e-4)


def test_lbfgs_searches_along_the_penalised_loss():
    program, net, x, y, drawn = pair(optimizer="lbfgs", regularisation={"l1": 0.003, "l2": 0.01})
    theirs = torch.optim.LBFGS(net.parameters(), lr=1.0, max_iter=5, history_size=10, line_search_fn="strong_wolfe")
    for _ in range(3):
        program.run_epoch(False, lambda: True)
    for numbers in drawn:

        def closure(rows=numbers[0]):
            net.zero_grad()
            loss = functional.cross_entropy(net(x[rows]), y[rows])
            weights = [p for p in net.parameters() if p.dim() == 2]
            loss = loss + 0.003 * sum(p.abs().sum() for p in weights) + 0.005 * sum(p.square().sum() for p in weights)
            loss.backward()
            return loss

        theirs.step(closure)
    assert_equal(program, net, 2e-4)


def test_the_whole_batch_is_taken_whatever_its_size_says():
    sink = MemorySink()
    train(experiment(optimizer="gradient_descent", training__batch_size=1, training__epochs=3), classes(), sink)
    assert sink.meta["steps_per_epoch"] == 1
    assert any("takes all" in note for note in sink.meta["notes"])


@pytest.mark.parametrize("kind", ["muon", "lbfgs"])
def test_replicas_that_cannot_share_an_optimizer_run_apart(kind):
    sink = MemorySink()
    summary = train(experiment(optimizer=kind, training__replicas=3, training__epochs=12), classes(), sink)
    assert sink.meta["programs"] == [[0], [1], [2]]
    assert summary.train_score.median > 0.9
    assert len(set(summary.train_loss.each)) == 3
    alone = MemorySink()
    one = experiment(optimizer=kind, training__epochs=12, training__seed=2)
    train(one, classes(), alone)
    assert alone.weights[0, "last"] == sink.weights[2, "last"]


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_every_optimizer_lowers_the_loss_of_digits_at_its_usual_rate(kind):
    """Its own defaults, all else as proposed; a whole batch takes one step in an epoch and gets more of them."""
    epochs = 80 if OPTIMIZERS[kind].whole_batch else 5
    summary_of = MemorySink()
    summary = train(experiment([{"units": 32}], optimizer=kind, training__epochs=epochs), digits(), summary_of)
    first = summary_of.table("epochs").to_pylist()[0]["train_loss"]
    assert summary.train_loss.median < first / 4
    assert summary.validation_score.median > 0.85
    assert np.isfinite([row["train_loss"] for row in summary_of.table("epochs").to_pylist()]).all()


def test_clipping_by_value_is_torchs():
    program, net, x, y, drawn = pair(optimizer="sgd", training__clip_value=0.01, training__batch_size=32)
    theirs = torch.optim.SGD(net.parameters(), lr=0.1)
    done = [program.run_epoch(False, lambda: True) for _ in range(2)]
    for numbers in drawn:
        for rows in numbers[0].split(32):
            net.zero_grad()
            functional.cross_entropy(net(x[rows]), y[rows]).backward()
            torch.nn.utils.clip_grad_value_(net.parameters(), 0.01)
            theirs.step()
    assert_equal(program, net)
    assert done[0].clipped_share[0] > 0.5
