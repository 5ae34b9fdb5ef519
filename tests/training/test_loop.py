"""How a run begins, goes on and ends: stopped, paused, diverged, stopped early, refused."""

import dataclasses
import json
import math
import time

import numpy as np
import pytest
import torch

from core.recording.measured import Culprit
from core.recording.sink import MemorySink
from core.refusal import Refusal
from core.training import loop
from core.training.loop import detailed_epochs, train
from core.training.meta import largest_input
from core.training.run import sentence
from tests.training.made import classes, digits, experiment, values


def run(chosen, splits=None, control=lambda: "go", **more):
    sink = MemorySink()
    return train(chosen, splits or classes(), sink, control, **more), sink


def epochs(sink, replica=0):
    return [row for row in sink.table("epochs").to_pylist() if row["replica"] == replica]


def events(sink):
    return [(row["event"], row["replica"]) for row in sink.table("events").to_pylist()]


def test_learns_digits():
    summary, sink = run(experiment([{"units": 64}, {"units": 64}], training__epochs=15), digits())
    assert summary.outcome == "finished"
    assert summary.test_score.median > 0.95
    assert summary.kept_epoch == [15]
    losses = [row["train_loss"] for row in epochs(sink)]
    assert losses[0] > 1.5 > 0.1 > losses[-1]
    assert 0 < summary.recording_share < 1
    assert json.loads(json.dumps(dataclasses.asdict(summary), allow_nan=False))


def test_learns_a_plane_and_answers_in_its_own_unit():
    summary, _ = run(experiment(loss="squared_error", training__epochs=60, optimizer__learning_rate=0.01), values(400))
    assert summary.validation_score.median > 0.95


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy", "squared_error", "absolute_error"])
@pytest.mark.parametrize("count", [2, 3])
def test_every_loss_trains_classes(loss, count):
    summary, sink = run(experiment(loss=loss, training__epochs=25, training__batch_size=8), classes(count=count))
    assert summary.train_score.median > 0.9
    answers = np.array(
        [row["answers"] for row in sink.table("outputs").to_pylist() if row["split"] == "validation"][-1]
    )
    np.testing.assert_allclose(answers.reshape(-1, count).sum(1), 1, atol=1e-5)


def test_a_learning_rate_of_a_thousand_diverges_and_says_when_and_where():
    chosen = experiment(optimizer={"kind": "sgd", "learning_rate": 1000}, training__epochs=50)
    summary, sink = run(chosen, digits())
    assert summary.outcome == "failed"
    assert summary.reason.startswith("diverged: in epoch 2 no batch had a finite loss. First: ")
    assert len(epochs(sink)) == summary.epochs + 1 == 3
    assert math.isnan(epochs(sink)[-1]["batch_loss"])
    kinds = [event for event, _ in events(sink)]
    assert "diverged" in kinds
    assert "first_nan" in kinds
    first = min(sink.table("events").to_pylist(), key=lambda row: row["step"])
    losses = [row["batch_loss"] for row in sink.table("steps").to_pylist()]
    finite = int(np.isfinite(losses).argmin())
    assert first["step"] == finite + 1 or first["quantity"] == "outputs"
    last = [row for row in sink.table("layers").to_pylist() if row["epoch"] == 2]
    assert sum(row["nan_count"] for row in last) > 0
    assert json.loads(json.dumps(dataclasses.asdict(summary), allow_nan=False))


def test_one_replica_that_diverges_leaves_the_others_going(monkeypatch):
    from core.training import program

    inner = program.network_of

    def poisoned(experiment, splits, seed):
        made = inner(experiment, splits, seed)
        if seed == 1:
            with torch.no_grad():
                made.parts["output_linear"].weight.fill_(math.nan)
        return made

    monkeypatch.setattr(program, "network_of", poisoned)
    summary, sink = run(experiment(training__replicas=3, training__epochs=5))
    assert summary.outcome == "finished"
    assert [row["active"] for row in epochs(sink, 1)] == [True, True, False, False, False, False]
    assert [row["active"] for row in epochs(sink, 2)] == [True] * 6
    assert ("diverged", 1) in events(sink)
    assert summary.validation_loss.each[1] is None
    assert summary.validation_loss.median is not None


def test_stop_in_the_middle_of_a_long_epoch_keeps_what_was_done():
    asked = []

    def control():
        asked.append(time.perf_counter())
        return "stop" if len(asked) > 6 else "go"

    start = time.perf_counter()
    summary, sink = run(experiment(training__epochs=10**6, training__batch_size=1), classes(5_000), control)
    assert time.perf_counter() - start < 10
    assert min(np.diff(asked)) >= 0.05
    assert summary.outcome == "stopped"
    assert len(epochs(sink)) == summary.epochs + 1
    assert ("stopped", 0) in events(sink)
    assert (0, "last") in sink.weights
    assert sink.table("tests").num_rows == 3


def test_pause_waits_and_is_not_counted():
    words = iter(["go", "pause", "pause", "pause", "pause", "pause", "pause", "go"])
    start = time.perf_counter()
    summary, sink = run(experiment(training__epochs=60), classes(2_000), lambda: next(words, "go"))
    wall = time.perf_counter() - start
    assert [event for event, _ in events(sink)][:2] == ["paused", "resumed"]
    assert summary.outcome == "finished"
    assert summary.seconds < wall - 6 * 0.05


def test_a_stop_lets_a_short_epoch_end_so_that_its_weights_are_those_that_were_measured():
    """Three steps into an epoch of milliseconds a stop comes: what is kept scores what the last epoch scored."""
    asked = []

    def control():
        asked.append(1)
        return "stop" if len(asked) > 6 else "go"

    summary, sink = run(experiment(training__epochs=100_000, training__batch_size=8), digits(), control=control)
    last = epochs(sink)[-1]
    assert summary.outcome == "stopped" and summary.epochs == last["epoch"]
    assert summary.steps % (summary.steps // summary.epochs) == 0, "whole epochs"
    assert summary.validation_score.median == pytest.approx(last["validation_score"], abs=1e-9)


def test_early_stopping_goes_back_to_the_best_weights():
    chosen = experiment(
        [{"units": 64}], training__epochs=400, training__early_stopping={"patience": 6}, training__replicas=3
    )
    summary, sink = run(chosen, classes(90, count=3))
    assert summary.outcome == "finished"
    assert summary.epochs < 400
    assert {event for event, _ in events(sink)} == {"early_stopped", "best_restored"}
    for replica in range(3):
        rows = epochs(sink, replica)
        active = [row for row in rows if row["active"]]
        lowest = min(active[1:], key=lambda row: row["validation_loss"])
        assert summary.kept_epoch[replica] == summary.best_epoch[replica] == lowest["epoch"]
        assert active[-1]["epoch"] - lowest["epoch"] == 6
        assert summary.validation_loss.each[replica] == pytest.approx(lowest["validation_loss"], rel=1e-6)
        assert len(rows) == summary.epochs + 1
        assert sink.weights[replica, "best"][0] == lowest["epoch"]
        layers = [r["epoch"] for r in sink.table("layers").to_pylist() if r["replica"] == replica]
        assert max(layers) == active[-1]["epoch"]


def test_without_early_stopping_the_last_weights_are_kept_and_the_best_saved():
    summary, sink = run(experiment([{"units": 64}], training__epochs=60), classes(90))
    assert summary.kept_epoch == [60]
    assert sink.weights[0, "last"][0] == 60
    assert sink.weights[0, "best"][0] == summary.best_epoch[0] < 60


def test_a_batch_larger_than_the_rows_holds_all_of_them():
    _, sink = run(experiment(training__batch_size=10_000))
    assert sink.meta["steps_per_epoch"] == 1
    assert any("10,000 were asked for" in note for note in sink.meta["notes"])


def test_batch_normalisation_leaves_out_a_last_batch_of_one_row():
    splits = classes(150)
    splits = dataclasses.replace(splits, train=(splits.train[0][:65],))
    layers = [{"units": 8, "normalisation": "batch"}]
    _, sink = run(experiment(layers, training__batch_size=32), splits)
    assert sink.meta["steps_per_epoch"] == 2
    assert any("left out" in note for note in sink.meta["notes"])
    _, sink = run(experiment(training__batch_size=32), splits)
    assert sink.meta["steps_per_epoch"] == 3


@pytest.mark.parametrize(
    ("changes", "splits", "path", "words"),
    [
        ({"training__batch_size": 1}, classes(), "training.batch_size", "at least two rows"),
        ({"loss": "cross_entropy"}, values(), "loss.kind", "does not fit a regression"),
        ({"training__device": "cuda:77"}, classes(), "training.device", "there is no device cuda:77 here"),
        ({}, dataclasses.replace(classes(), train=(np.zeros(0, np.int64),)), "split", "no row is left"),
    ],
)
def test_the_impossible_is_refused_in_words(changes, splits, path, words):
    with pytest.raises(Refusal, match=words) as refused:
        run(experiment([{"units": 4, "normalisation": "batch"}], **changes), splits)
    assert path in [problem.path for problem in refused.value.problems]


def test_all_problems_are_told_at_once():
    chosen = experiment([{"units": 4, "normalisation": "batch"}], training__batch_size=1, training__device="cuda:77")
    with pytest.raises(Refusal) as refused:
        run(chosen, values())
    assert len(refused.value.problems) == 3


def test_an_empty_test_part_is_no_problem():
    splits = dataclasses.replace(classes(), test=(np.zeros(0, np.int64),))
    summary, sink = run(experiment(), splits)
    assert summary.test_score.median is None
    assert {row["split"] for row in sink.table("tests").to_pylist()} == {"train", "validation"}
    assert sink.meta["rows"]["test"] == 0


def test_an_error_keeps_every_finished_epoch():
    sink = MemorySink()

    def control():
        if sink.table("epochs").num_rows > 3:
            raise OSError("the disk went away")
        return "go"

    with pytest.raises(OSError):
        train(experiment(training__epochs=100_000), classes(2_000), sink, control)
    done = [row["epoch"] for row in epochs(sink)]
    assert done == list(range(len(done)))
    assert len(done) > 2


def test_hands_over_the_first_epoch_at_once_and_then_ten_times_a_second():
    times = []

    class Clocked(MemorySink):
        def append(self, batches):
            times.append((time.perf_counter(), {epoch for _, epoch, _ in batches}))
            super().append(batches)

    train(experiment(training__epochs=200), classes(600), Clocked())
    assert times[0][1] == {0}
    assert times[1][1] == {1}
    assert min(b[0] - a[0] for a, b in zip(times[1:-1], times[2:-1])) >= 0.1


def test_steps_are_kept_at_a_bounded_rate(monkeypatch):
    monkeypatch.setattr(loop, "STEP_ROWS", 20)
    _, sink = run(experiment(training__epochs=10, training__batch_size=16))
    steps = [row["step"] for row in sink.table("steps").to_pylist()]
    assert len(steps) <= 20
    assert len(set(np.diff(steps))) == 1


def test_detailed_epochs():
    assert detailed_epochs(40) == frozenset(range(41))
    many = detailed_epochs(10_000)
    assert {0, 1, 50, 10_000} <= many
    assert 190 <= len(many) <= 201


def test_dropout_is_evaluated_without_it():
    _, sink = run(experiment([{"units": 32, "dropout": 0.5}], training__epochs=12), classes(400))
    last = epochs(sink)[-1]
    assert last["train_loss"] < last["batch_loss"]


def test_rows_in_their_order_where_nothing_is_shuffled():
    chosen, splits = experiment([], training__shuffle=False, training__epochs=1, optimizer="sgd"), classes()
    _, sink = run(chosen, splits, fused=False)
    net = torch.nn.Linear(6, 3)
    start = chosen.network.build((6,), 3, loop.network_of.__globals__["generator"](0, "initialisation"))
    net.load_state_dict({k.rpartition(".")[2]: v for k, v in start.state_dict().items()})
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for rows in torch.as_tensor(splits.train[0]).split(32):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(
            net(torch.tensor(splits.inputs[0])[rows]), torch.tensor(splits.targets)[rows]
        )
        loss.backward()
        optimizer.step()
    import safetensors.torch

    saved = safetensors.torch.load(sink.weights[0, "last"][1])
    torch.testing.assert_close(saved["parts.output_linear.weight"], net.weight.detach())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
@pytest.mark.parametrize("layers", [[{"units": 32}], [{"units": 32, "normalisation": "batch", "dropout": 0.2}]])
def test_a_cuda_device_reaches_what_the_processor_does(layers):
    chosen = experiment(layers, training__epochs=10, training__replicas=3)
    there, sink = run(chosen, digits(), device="cuda")
    here, _ = run(chosen, digits(), device="cpu")
    assert there.device.startswith("cuda")
    assert there.test_score.median == pytest.approx(here.test_score.median, abs=0.03)
    assert sink.table("layers").num_rows == 11 * 3 * 2


@pytest.mark.parametrize(
    ("culprit", "says"),
    [
        (Culprit(0, 4, 3, "gradients", False), "gradients of the output layer became infinite in step 4"),
        (Culprit(0, 4, 2, "weights", True), "weights of layer 2 became not a number in step 4"),
        (Culprit(0, 1, None, "loss", True), "loss became not a number in step 1"),
    ],
)
def test_the_first_culprit_is_named_as_charts_name_it(culprit, says):
    assert sentence(culprit, 3) == says


def test_the_largest_column_is_that_of_the_training_rows():
    told = classes()
    inputs = told.inputs.copy()
    inputs[0, :, 1] *= 100
    inputs[0, told.train[0][3], 1] = -1_680
    inputs[0, told.train[0][4], 0] = 1_700
    inputs[0, told.validation[0][0], 0] = 99_999
    inputs[0, told.train[0][:50], 1] -= 500
    far = dataclasses.replace(told, inputs=inputs)
    seen = run(experiment(training__epochs=1), far)[1].meta["largest_input"]
    column = inputs[0, told.train[0], 1].astype(np.float64)
    assert seen["name"] == told.input_names[1], "large by its rows, not by one of them"
    assert seen["reach"] == np.abs(column).max()
    assert seen["size"] == pytest.approx(math.hypot(column.mean(), column.std()))


def test_no_number_of_a_picture_is_called_its_largest_column():
    pictures = dataclasses.replace(digits(), shape=(1, 8, 8))
    assert largest_input(pictures) is None


def test_a_guess_at_values_is_their_mean_whatever_their_unit():
    told = values(200)
    far = dataclasses.replace(told, targets=told.targets * 10 + 150, target_mean=(0.0,), target_std=(1.0,))
    train = np.unique(np.concatenate(far.train))
    spread = far.targets[train].astype(np.float64)
    for loss, wanted in (("squared_error", spread.var()), ("absolute_error", abs(spread - np.median(spread)).mean())):
        _, sink = run(experiment(loss=loss, training__epochs=1), far)
        assert sink.meta["loss_of_guessing"] == pytest.approx(wanted, rel=1e-5)


def test_a_guess_at_classes_is_ln_of_their_number():
    assert run(experiment(training__epochs=1), classes(count=3))[1].meta["loss_of_guessing"] == pytest.approx(np.log(3))
