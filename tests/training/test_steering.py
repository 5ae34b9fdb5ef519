"""What a person does to a run while it trains: taken at the next step, kept as an event, and the same as if it had been
chosen so from there."""

import itertools

import pytest
import torch

from core.choices.orders import Advance, Change
from core.recording.sink import MemorySink
from core.training.loop import train
from core.training.program import Program
from tests.training.made import classes, experiment


class Hand:
    """Says a word at each asking and hands over orders at given askings."""

    def __init__(self, words, orders):
        self.words, self.given, self.asked = iter(words), orders, 0

    def control(self):
        self.asked += 1
        return next(self.words, "go")

    def orders(self):
        return self.given.pop(self.asked, [])


@pytest.fixture(autouse=True)
def at_every_step(monkeypatch):
    monkeypatch.setattr("core.training.steering.POLL_SECONDS", 0.0)


def run(hand, **changes):
    sink = MemorySink()
    chosen = experiment(training__batch_size=36, **changes)  # three steps in an epoch
    summary = train(chosen, classes(), sink, hand.control, orders=hand.orders)
    assert sink.meta["steps_per_epoch"] == 3
    return summary, sink, sink.table("events").to_pylist()


def test_another_rate_holds_from_the_step_it_was_ordered_at():
    hand = Hand([], {7: [Change(learning_rate=0.5, weight_decay=0.25)]})
    _, sink, events = run(hand, optimizer={"kind": "sgd", "learning_rate": 0.1}, training__epochs=5)
    assert [(e["event"], e["step"], e["quantity"], e["value"]) for e in events] == [
        ("changed", 6, "learning_rate", 0.5),
        ("changed", 6, "weight_decay", 0.25),
    ]
    assert events[0]["message"] == "learning rate 0.1 → 0.5"
    assert events[0]["epoch"] == 2
    rows = sink.table("epochs").to_pylist()
    assert [row["learning_rate"] for row in rows] == [0.1, 0.1, 0.1, 0.5, 0.5, 0.5]
    assert [row["weight_decay"] for row in rows] == [0.0, 0.0, 0.0, 0.25, 0.25, 0.25]

    chosen = experiment(training__batch_size=36, optimizer={"kind": "sgd", "learning_rate": 0.1})
    apart = Program(chosen, classes(), [0], torch.device("cpu"))
    for epoch in range(5):
        if epoch == 2:
            for group in apart.optimizer.param_groups:
                group |= {"lr": 0.5, "weight_decay": 0.25}
        apart.run_epoch(False, lambda: True)
    import safetensors.torch

    kept = safetensors.torch.load(sink.weights[0, "last"][1])
    for name, tensor in apart.network.to_module(0).state_dict().items():
        assert torch.equal(kept[name], tensor)


def test_dropout_changes_where_a_layer_has_it_and_nowhere_else():
    layers = [{"units": 16, "dropout": 0.5}, {"units": 16}]
    _, _, events = run(Hand([], {2: [Change(dropout=0.125)]}), network__layers=layers)
    assert [e["message"] for e in events] == ["dropout 0.5 → 0.125"]
    _, _, events = run(Hand([], {2: [Change(dropout=0.1)]}))
    assert events == []
    program = Program(experiment(layers), classes(), range(3), torch.device("cpu"))
    program.set_dropout(0.0)
    walk = program.network.walk(torch.randn(3, 50, 6))
    assert torch.equal(walk[2], walk[3])


def test_a_schedule_goes_on_from_the_new_rate():
    hand = Hand([], {4: [Change(learning_rate=1.0)]})
    _, sink, _ = run(
        hand, optimizer={"kind": "sgd", "learning_rate": 0.1}, schedule={"kind": "exponential", "share": 0.5}
    )
    rates = [row["learning_rate"] for row in sink.table("epochs").to_pylist()]
    assert rates == pytest.approx([0.1, 0.1, 0.5, 0.25, 0.125])


def test_one_step_then_one_epoch_then_on():
    """Paused after two steps; one step; one epoch, which ends where epochs end; then on."""
    pause = itertools.chain(["go", "go"], itertools.repeat("pause", 14), ["go"])
    orders = {5: [Advance(by="step")], 9: [Advance(by="epoch")]}
    hand = Hand(pause, orders)
    summary, sink, events = run(hand, training__epochs=4)
    said = [(e["event"], e["step"], e["epoch"]) for e in events]
    assert said[0] == ("paused", 2, 0)
    assert said[1] == ("stepped", 3, 1)
    assert said[-1][0] == "resumed"
    assert said[-1][1] == 6  # the epoch that was granted: steps 4 to 6
    assert len(said) == 3
    assert summary.outcome == "finished"
    assert summary.steps == 12
    stepped = events[1]
    assert stepped["message"].startswith("one step: step 3, loss of its batch ")
    third = sink.table("steps").to_pylist()[2]
    assert stepped["value"] == pytest.approx(third["batch_loss"], rel=1e-5)


def test_orders_to_advance_mean_nothing_to_a_run_that_runs():
    _, _, events = run(Hand([], {2: [Advance(by="step")]}))
    assert events == []


def test_stop_ends_a_run_that_waits_for_its_next_step():
    words = itertools.chain(["pause"] * 6, itertools.repeat("stop"))
    summary, _, events = run(Hand(words, {3: [Advance(by="step")]}))
    assert summary.outcome == "stopped"
    assert [e["event"] for e in events][:2] == ["paused", "stepped"]


def test_nothing_ordered_changes_no_number():
    quiet, plain = MemorySink(), MemorySink()
    train(experiment(), classes(), plain)
    train(experiment(), classes(), quiet, lambda: "go", orders=list)
    assert quiet.weights == plain.weights
