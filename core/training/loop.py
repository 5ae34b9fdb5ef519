"""The training loop: epochs of all programs in turn, each recorded, kept and handed over; stopped, paused or failed
as it may be, everything finished until then is in the record."""

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Literal

import numpy as np

from core.choices.modules import PlainNetwork
from core.choices.orders import Order
from core.data.splits import Splits
from core.experiment import Experiment
from core.recording.outbox import Outbox
from core.recording.rows import Entry
from core.recording.schemas import STEP_ROWS
from core.recording.sink import Sink
from core.recording.statistics import middle
from core.representation.plane import Plane
from core.training.checks import CUDA_WORK, check, device_for
from core.training.ending import end
from core.training.evaluation import Reached
from core.training.keeping import Keeper
from core.training.looking import Looking, looked_at
from core.training.meta import meta
from core.training.packing import packed, step_work
from core.training.picturing import Pictures
from core.training.probing import PROBE_ROWS, probe
from core.training.program import Epoch, Program, batch_of, network_of
from core.training.run import Member, Run
from core.training.steering import Steering
from core.training.summary import Outcome, Summary
from core.training.telling import tell_culprits, tell_pretraining, tell_rows, tell_sequences

Word = Literal["go", "stop", "pause"]
DETAILED_EPOCHS = 200
"""Up to so many planned epochs all have units, histograms and answers; of more, the first DETAILED_FIRST and then
evenly so many in all (our choice: bounds a record's size)."""
DETAILED_FIRST = 50


def train(
    experiment: Experiment,
    splits: Splits,
    sink: Sink,
    control: Callable[[], Word] = lambda: "go",
    device: str | None = None,
    fused: bool = True,
    plane: Plane | None = None,
    orders: Callable[[], Sequence[Order]] = tuple,
) -> Summary:
    """Trains every replica of `experiment` on `splits` and records into `sink`. Folds in `splits` are the replicas,
    else `experiment.training.replicas` seeds are. `control` is asked between steps. device: instead of the
    experiment's. fused: one-pass optimizer kernels (off: bit-equal to plain torch). plane: where its answers are
    pictured, by default that of the prepared numbers. orders: what a person has ordered since it was last asked. Raises
    Refusal for what cannot be trained."""
    splits = experiment.network.asked(splits)
    chosen = device or experiment.training.device
    check(experiment, splits, chosen)
    run = _prepared(experiment, splits, sink, (control, orders), chosen, fused, plane)
    outcome: Outcome
    try:
        tell_rows(run)
        _pretrain(run)
        _before_first_step(run)
        outcome, reason = _epochs(run)
        return end(run, outcome, reason)
    except BaseException:
        with suppress(Exception):
            run.outbox.flush(run.epoch)
        raise


def detailed_epochs(planned: int) -> frozenset[int]:
    """The epochs with units, histograms and answers: never chosen by the clock, so that records can be compared."""
    if planned <= DETAILED_EPOCHS:
        return frozenset(range(planned + 1))
    later = np.linspace(DETAILED_FIRST, planned, DETAILED_EPOCHS - DETAILED_FIRST + 1).round().astype(int)
    return frozenset([*range(DETAILED_FIRST + 1), *later.tolist()])


def takes_cuda(experiment: Experiment, splits: Splits) -> bool:
    """Whether the experiment is trained on a CUDA device, where there is one."""
    splits = experiment.network.asked(splits)
    chosen = experiment.training.device
    if chosen != "auto" or experiment.network.problems(splits.shape, splits.task):
        return chosen.startswith("cuda")
    first = network_of(experiment, splits, experiment.training.seed)
    batch, replicas = batch_of(experiment, splits), _replicas(experiment, splits)
    return _work(first, batch, replicas, experiment.optimizer.together) >= CUDA_WORK


def _replicas(experiment: Experiment, splits: Splits) -> int:
    return len(splits.train) if len(splits.train) > 1 else experiment.training.replicas


def _work(network: PlainNetwork, batch: int, replicas: int, together: bool) -> float:
    """Floating-point operations of one step of a program on a CUDA device."""
    return step_work(network, batch) * len(packed(network, batch, replicas, together, on_cuda=True)[0])


def _prepared(
    experiment: Experiment,
    splits: Splits,
    sink: Sink,
    asked: tuple[Callable[[], Word], Callable[[], Sequence[Order]]],
    chosen: str,
    fused: bool,
    plane: Plane | None,
) -> Run:
    training = experiment.training
    replicas = _replicas(experiment, splits)
    first = network_of(experiment, splits, training.seed)
    batch = batch_of(experiment, splits)
    together = experiment.optimizer.together
    device = device_for(chosen, _work(first, batch, replicas, together))
    groups = packed(first, batch, replicas, together, device.type == "cuda")
    programs = [Program(experiment, splits, numbers, device, fused) for numbers in groups]
    stop = training.early_stopping
    keepers = [Keeper(stop.patience, stop.least_gain) if stop else Keeper() for _ in programs]
    stride = -(-training.epochs * programs[0].order.steps // STEP_ROWS)
    members = [Member(program, keeper) for program, keeper in zip(programs, keepers, strict=True)]
    outbox = Outbox(sink, stride)
    pictures = Pictures(experiment, splits, programs[0], plane)
    steering = Steering(*asked, programs, outbox)
    detailed = detailed_epochs(training.epochs)
    looking, seen = Looking(programs[0], splits), looked_at(training.epochs, detailed)
    run = Run(experiment, splits, sink, steering, members, outbox, detailed, replicas, pictures, looking, seen)
    sink.describe(meta(experiment, splits, programs, replicas))
    return run


def _pretrain(run: Run) -> None:
    """Hidden layers learn one after the other, where the network asks for it. A stop is left to the first epoch."""
    for member in run.members:
        for place, told in member.program.pretrain(run.steering.may_go_on):
            tell_pretraining(run, member, place, told)
            if run.outbox.is_due:
                run.outbox.flush(0)


def _before_first_step(run: Run) -> None:
    """Epoch 0: the network at its initialisation, pretrained where that was asked for."""
    for member in run.members:
        start = time.perf_counter()
        program = member.program
        rows = program.order.first(PROBE_ROWS)
        inputs, targets = program.rows.inputs(rows), program.rows.targets(rows)
        probed = probe(program.network, inputs, targets, run.experiment.loss, 0 in program.numbers)
        recording = time.perf_counter() - start
        train, validation = program.train_sample.reach(program.network), program.validation.reach(program.network, True)
        nothing = np.zeros((0, len(program.numbers)), np.float32)
        entry = Entry(0, member.active, np.array(program.numbers, np.int16), probed.measured, 1, nothing)
        run.outbox.add_epoch(entry)
        gradient = middle(probed.measured.gradient_norms.astype(np.float64))
        seconds = time.perf_counter() - start
        for place in member.active:
            row = run.row(member, 0, place, train, validation)
            run.add_epoch_row(
                row
                | {"gradient_norm": gradient[place], "seconds": seconds, "recording_seconds": recording, "active": True}
            )
            run.add_answers(member, 0, place, validation)
    run.pictures.tell_rows(run.outbox)
    run.pictures.look(0, run.members[0].program, run.outbox)
    tell_sequences(run, 0)
    run.sink.progress(0, run.experiment.training.epochs, None)
    run.outbox.flush(0)


def _epochs(run: Run) -> tuple[Outcome, str | None]:
    planned = run.experiment.training.epochs
    for epoch in range(1, planned + 1):
        start, paused, built = time.perf_counter(), run.steering.paused_seconds, run.outbox.seconds
        for member in run.members:
            if len(member.active) and not _epoch(run, member, epoch, start, paused):
                run.is_stopped = True
                break
        if run.is_stopped:
            run.tell_stop(epoch)
            return "stopped", None
        run.end_epoch(epoch, time.perf_counter() - start - (run.steering.paused_seconds - paused), built)
        if not any(len(member.active) for member in run.members):
            return ("failed", run.why_diverged()) if run.all_diverged else ("finished", None)
        if run.outbox.is_due or epoch == 1:
            _hand_over(run, epoch, planned)
        run.steering.end_epoch(epoch)
        if run.steering.is_stopping and epoch < planned:
            run.is_stopped = True
            run.tell_stop(epoch)
            return "stopped", None
    return "finished", None


def _epoch(run: Run, member: Member, epoch: int, start: float, paused: float) -> bool:
    """One epoch of one program, with what follows from it; False where a stop came."""
    program = member.program
    is_detailed = epoch in run.detailed
    done = program.run_epoch(is_detailed, run.steering.may_go_on)
    if done is None:
        return False
    validation = program.validation.reach(program.network, with_answers=is_detailed)
    train = Reached(done.batch_loss, done.score)
    if program.has_modes:
        train = program.train_sample.reach(program.network)
    steered = validation.loss if len(program.validation.parts[0]) else train.loss
    before = time.perf_counter()
    _record(run, member, epoch, done, train, validation)
    if member is run.members[0] and 0 not in member.stood:
        run.pictures.look(epoch, program, run.outbox)
    run.recording_seconds += done.recording_seconds + time.perf_counter() - before
    if 0 in program.numbers:
        tell_sequences(run, epoch)
    tired = member.keeper.look(epoch, steered, program.network)
    run.lower_rates(member, epoch, steered)
    for place in member.active:
        if not np.isfinite(done.step_losses[:, place]).any():
            run.stop_diverged(member, epoch, int(place), steered[place])
        elif place in tired:
            run.stop_early(member, epoch, int(place), steered[place])
    return True


def _record(run: Run, member: Member, epoch: int, done: Epoch, train: Reached, validation: Reached) -> None:
    program = member.program
    numbers = np.array([program.numbers[place] for place in member.active], np.int16)
    first = program.steps_done - len(done.step_losses) + 1
    run.outbox.add_epoch(Entry(epoch, member.active, numbers, done.measured, first, done.step_losses))
    gradient = middle(done.measured.gradient_norms.astype(np.float64))
    for place, number in enumerate(program.numbers):
        if place in member.stood:
            run.add_epoch_row(member.stood[place] | {"epoch": epoch, "active": False})
            continue
        row = run.row(member, epoch, place, train, validation) | {
            "batch_loss": float(done.batch_loss[place]),
            "gradient_norm": float(gradient[place]),
            "clipped_share": float(done.clipped_share[place]),
            "active": True,
        }
        run.add_epoch_row(row)
        member.latest[place] = row | {"gradient_norm": None, "clipped_share": None, "batch_loss": None}
        if validation.answers:
            run.add_answers(member, epoch, place, validation)
        assert row["replica"] == number
    tell_culprits(run, member, epoch, done.measured.culprits)


def _hand_over(run: Run, epoch: int, planned: int) -> None:
    recent = run.epoch_seconds[-10:]
    run.sink.progress(epoch, planned, statistics.median(recent))
    run.outbox.flush(epoch)
