"""A program: some replicas of one network that take their steps together. It trains, is watched, and knows nothing of
sinks, stopping or clocks on walls."""

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

from core.choices.modules import PlainNetwork
from core.data.splits import Splits
from core.experiment import Experiment
from core.recording.measured import Measured
from core.recording.recorder import Recorder
from core.training.disturbing import Disturbance
from core.training.evaluation import Part, Score, rows_at_once, spreads
from core.training.layers import Dropout
from core.training.penalties import Penalties
from core.training.pretraining import Told, pretrain
from core.training.rates import Rates
from core.training.replicas import Replicas
from core.training.rows import Order, Rows, sent
from core.training.seeds import generator
from core.training.stepping import backward, optimized, unprofiled, weighed
from core.training.watching import watched

INITIAL_ROWS = 1_024
"""Training rows that an initialisation looks at (our choice; LSUV asks for a batch)."""
Cost = Callable[[Tensor], Tensor]

TRAIN_ROWS = 4_096
"""Training rows on which a network with dropout or batch normalisation is evaluated after an epoch (our choice)."""


@dataclass(frozen=True)
class Epoch:
    """One epoch of a program, over its replicas R. step_losses: [steps, R] mean loss of each batch; batch_loss: [R]
    mean over rows as met; score: [R] likewise; clipped_share: [R]; recording_seconds: spent in the recorder."""

    step_losses: np.ndarray
    batch_loss: np.ndarray
    score: np.ndarray
    clipped_share: np.ndarray
    measured: Measured
    recording_seconds: float


class Program:
    """Replicas `numbers` of an experiment on one device."""

    def __init__(
        self, experiment: Experiment, splits: Splits, numbers: Sequence[int], device: torch.device, fused: bool = True
    ) -> None:
        self.numbers = list(numbers)
        self._seeds = [experiment.training.seed + number for number in numbers]
        splits = weighed(experiment.loss, splits)
        self._experiment, self._splits, self.device = experiment, splits, device
        self._loss = experiment.loss
        plain = [network_of(experiment, splits, seed) for seed in self._seeds]
        if experiment.network.initialisation.sees_rows:
            for network, number in zip(plain, numbers, strict=True):
                experiment.network.initialisation.adjust(network, seen_rows(splits, number))
        plain = [network.to(device) for network in plain]
        self.network = Replicas(plain, self._stream)
        self.network.has_half_products = experiment.training.precision == "bfloat16" and device.type == "cuda"
        self._penalties = Penalties(self.network, experiment.regularisation)
        self._disturbance = Disturbance(experiment.regularisation, splits, self._seeds, numbers, device)
        self.steps_done = 0
        self.last_losses: Tensor | None = None
        self._seconds = 0.0
        self._add_rows()
        self.optimized = optimized(self.network, experiment.optimizer.together)
        groups = [{"params": [row]} for row in self.optimized]
        given = groups if experiment.schedule.follows_loss and len(numbers) > 1 else self.optimized
        self.use(experiment.optimizer.build(given, fused=fused))
        self.recorder: Recorder | None = Recorder(watched(self.network), has_histograms=0 in numbers)

    @property
    def has_modes(self) -> bool:
        """Whether training and evaluation give other outputs for the same rows."""
        return self._experiment.network.has_modes or self._experiment.regularisation.disturbs

    def use(self, optimizer: Optimizer) -> None:
        """Steps are taken by `optimizer`, over `optimized`."""
        self.optimizer = optimizer
        self._take_step = unprofiled(optimizer)
        chosen, per_epoch = self._experiment, self.order.steps
        steps = max(1, chosen.training.epochs * per_epoch)
        shares = np.ones(max(len(self.numbers), len(optimizer.param_groups)))
        self.rates = Rates(optimizer, chosen.schedule, chosen.optimizer.learning_rate, steps, per_epoch, shares)
        if self.rates.moves:
            self.rates.apply(self.steps_done)

    def pretrain(self, may_go_on: Callable[[], bool]) -> Iterator[tuple[int, Told]]:
        """Pretrains hidden layers where the network asks for it: place and what was reached, by layer and epoch."""
        choice = self._experiment.network.layer_wise
        if choice is None:
            return
        train = self.rows.inputs(self.order.first(self.order.rows))
        for place, part in enumerate(self.validation.parts):
            numbers = torch.as_tensor(part, dtype=torch.int64).expand(len(self.numbers), -1)
            unseen, draws = self.rows.inputs(numbers)[place], functools.partial(self._draw, place)
            for told in pretrain(self.network, place, choice, train[place], unseen, draws, may_go_on):
                yield place, told

    def read(self, outputs: Tensor) -> Tensor:
        """Outputs as the loss reads them: probabilities, or values."""
        return self._loss.answers(outputs, self._splits.task)

    def freeze(self, place: int) -> None:
        """Replica at `place` stands still from now on: its weights, moments and decay are left as they are."""
        for parameter in [self.optimized[place]] if self._experiment.optimizer.together else self.optimized:
            parameter.grad = None

    def set_learning_rate(self, value: float) -> float:
        """Another rate from the next step; gives the one until now. A schedule goes on from it."""
        before, self.rates.base = self.rates.base, value
        self.rates.shares[:] = 1
        self.rates.apply(self.steps_done)
        return before

    def set_weight_decay(self, value: float) -> float:
        """Another weight decay; gives the one until now."""
        before = float(self.optimizer.param_groups[0]["weight_decay"])
        for group in self.optimizer.param_groups:
            group["weight_decay"] = value
        return before

    def set_dropout(self, value: float) -> float | None:
        """Another share of silenced units in all layers that have dropout; gives the first one's until now, None where
        there is none."""
        layers = [layer for layer in self.network.layers if isinstance(layer, Dropout)]
        before = round(1 - float(layers[0].keep.flatten()[0]), 6) if layers else None
        for layer in layers:
            layer.keep.fill_(1 - value)
        return before

    def run_epoch(self, is_detailed: bool, may_go_on: Callable[[], bool]) -> Epoch | None:
        """One pass over the training rows; None where `may_go_on`, asked before every step, said no."""
        recorder, started = self.recorder, self._seconds
        if recorder is not None:
            recorder.start_epoch(self.order.steps, max(0, self.order.full - 1), is_detailed)
        score = Score(self._loss, self._splits, len(self.numbers))
        step_losses: list[Tensor] = []
        self._clipped: list[Tensor] = []
        for numbers in self._turns():
            outputs: list[Tensor] = []
            held: list[Tensor] = []
            inputs, targets = self._disturbance.inputs(self.rows.inputs(numbers)), self.rows.targets(numbers)
            weights = self.rows.weights(numbers)
            for number, (x, wanted) in enumerate(zip(inputs.unbind(0), targets.unbind(0), strict=True)):
                if not may_go_on():
                    return None
                walk, losses = self.step(x, wanted, None if weights is None else weights[number])
                outputs.append(walk[-1])
                held.append(losses)
            with torch.no_grad():
                score.add(torch.stack(outputs), targets)
                step_losses.append(torch.stack(held).view(numbers.shape).mean(2))
        return self._epoch(torch.cat(step_losses).cpu().numpy(), score, started)

    def batches(self) -> Iterator[tuple[Tensor, Tensor, Tensor | None]]:
        """The steps of one epoch, as `step` takes them."""
        for numbers in self._turns():
            inputs, targets = self._disturbance.inputs(self.rows.inputs(numbers)), self.rows.targets(numbers)
            weights = self.rows.weights(numbers)
            for number, (x, wanted) in enumerate(zip(inputs.unbind(0), targets.unbind(0), strict=True)):
                yield x, wanted, None if weights is None else weights[number]

    def _turns(self) -> Iterator[Tensor]:
        """Numbers of the rows of an epoch's steps, [steps, R, batch] of several at once, on the device."""
        numbers = sent(self.order.draw(), self.device)
        return self.order.batches(numbers, self.order.steps_at_once(self._splits.features))

    def step(self, x: Tensor, wanted: Tensor, weights: Tensor | None = None) -> tuple[list[Tensor], Tensor]:
        """Forward, backward, update. x: [R, batch, features]; weights: [R, batch] how much each row counts. Gives the
        walk and the loss of every row [R * batch]."""
        network, recorder, start = self.network, self.recorder, self._start(x.shape[1], weights)
        if self.rates.moves:
            self.rates.apply(self.steps_done)
        cost = self._cost(wanted)
        if self._disturbance.mixes:
            x, others, share = self._disturbance.mix(x)
            cost = self._mixed_cost(wanted, others, share)
        walk = network.walk(x)
        losses = cost(walk[-1])
        if recorder is not None:
            self._timed(recorder.before_backward, walk)
        backward(losses, start)
        if recorder is not None:
            self._timed(recorder.after_backward)
        self._adjust_gradients()
        if recorder is not None:
            self._timed(recorder.before_update)
        if self._experiment.optimizer.evaluates_again:
            self._take_step(self._closure(x, cost, losses, start))
        else:
            self._take_step()
        if self._penalties.caps:
            self._penalties.cap()
        if recorder is not None:
            self._timed(recorder.after_update)
        network.gradients.zero_()
        self.steps_done += 1
        self.last_losses = losses
        return walk, losses

    def _cost(self, wanted: Tensor) -> Cost:
        """From outputs [R, batch, units] to the loss of every row [R * batch]."""
        return lambda outputs: self._loss.per_row(outputs.flatten(0, 1), wanted.flatten(0, 1))

    def _mixed_cost(self, wanted: Tensor, others: Tensor, share: Tensor) -> Cost:
        """The same for mixed rows: a share of the loss against a row's own target, the rest against the other's."""
        other = torch.stack([one[places] for one, places in zip(wanted, others, strict=True)])
        own, else_, shares = self._cost(wanted), self._cost(other), share.expand(others.shape).flatten()
        return lambda outputs: own(outputs) * shares + else_(outputs) * (1 - shares)

    def _adjust_gradients(self) -> None:
        """Penalties first, then clipping, as if they were part of the loss."""
        training = self._experiment.training
        if self._penalties.pull or self._decay:
            self._penalties.add(self._decay)
        if training.clip_norm is not None:
            self._clip(training.clip_norm)
        if training.clip_value is not None:
            gradients = self.network.gradients
            self._clipped.append((gradients.abs() > training.clip_value).any(1, keepdim=True))
            gradients.clamp_(-training.clip_value, training.clip_value)

    @property
    def _decay(self) -> float:
        """Weight decay that the optimizer does not know itself."""
        is_own = self._experiment.optimizer.evaluates_again
        return float(self.optimizer.param_groups[0]["weight_decay"]) if is_own else 0.0

    def _closure(self, x: Tensor, cost: Cost, losses: Tensor, start: Tensor) -> Callable[[], Tensor]:
        """For an optimizer that computes the loss several times in a step: the first time it is there already."""
        known = [losses]

        def again() -> Tensor:
            if not known:
                self.network.gradients.zero_()
                known.append(cost(self.network.walk(x)[-1]))
                backward(known[0], start)
                self._adjust_gradients()
            return (known.pop().detach() * start).sum() + self._penalties.cost(self._decay)

        return again

    def _timed(self, call: Callable[..., None], *given: object) -> None:
        start = time.perf_counter()
        call(*given)
        self._seconds += time.perf_counter() - start

    def _clip(self, limit: float) -> None:
        """What torch's clip_grad_norm_ does, for each replica by itself."""
        gradients = self.network.gradients
        norm = torch.linalg.vector_norm(gradients, dim=1, keepdim=True)
        gradients.mul_((limit / (norm + 1e-6)).clamp(max=1))
        self._clipped.append(norm > limit)

    def _start(self, batch: int, weights: Tensor | None = None) -> Tensor:
        """The gradient of the mean loss with respect to each row's loss: replicas are summed, rows are averaged, by
        their weights where they have some, as torch's weighted losses do it."""
        if weights is not None:
            return (weights / weights.sum(1, keepdim=True).clamp(min=1e-12)).flatten()
        if batch not in self._starts:
            self._starts[batch] = torch.full((len(self.numbers) * batch,), 1 / batch, device=self.device)
        return self._starts[batch]

    def _epoch(self, step_losses: np.ndarray, score: Score, started: float) -> Epoch:
        order = self.order
        sizes = np.full(len(step_losses), order.batch)
        if order.rest:
            sizes[-1] = order.rest
        rows = np.full(len(self.numbers), sizes.sum())
        batch_loss = (step_losses.astype(np.float64) * sizes[:, None]).sum(0) / sizes.sum()
        values = np.where(np.isnan(batch_loss), np.nan, score.values(rows, self._spread))
        clipped = torch.stack(self._clipped).float().mean((0, 2)).cpu().numpy() if self._clipped else 0.0 * rows
        start = time.perf_counter()
        measured = self.recorder.fetch(step_losses) if self.recorder is not None else Measured()
        self._seconds += time.perf_counter() - start
        return Epoch(step_losses, batch_loss, values, clipped, measured, self._seconds - started)

    def _draw(self, place: int, layer: int) -> torch.Generator:
        return generator(self._seeds[place], f"pretraining {layer}", self.device)

    def _stream(self, place: int, module: int) -> torch.Generator:
        return generator(self._seeds[place], f"dropout {module}", self.device)

    def _add_rows(self) -> None:
        training, splits = self._experiment.training, self._splits
        self.rows = Rows(splits, self.numbers, self.device)
        train = [_own(splits.train, number) for number in self.numbers]
        self._spread = spreads(splits, train)
        orders = [generator(seed, "order") for seed in self._seeds] if training.shuffle else None
        least = 2 if self._experiment.network.looks_across_rows else 1
        self.order = Order(train, batch_of(self._experiment, splits), orders, least)
        self._starts: dict[int, Tensor] = {}
        part = functools.partial(Part, splits, self.rows, loss=self._loss, at_once=rows_at_once(self.network))
        self.train, self.train_sample = part(train), part(train, most=TRAIN_ROWS)
        self.validation = part([_own(splits.validation, number) for number in self.numbers])
        self.test = part([_own(splits.test, number) for number in self.numbers])


def network_of(experiment: Experiment, splits: Splits, seed: int) -> PlainNetwork:
    """The plain network of one seed, at its initialisation."""
    outputs = outputs_of(experiment, splits)
    return experiment.network.build(splits.shape, outputs, generator(seed, "initialisation"))


def seen_rows(splits: Splits, number: int) -> Tensor:
    """Training rows of one replica that an initialisation may look at, evenly picked: [rows, features]."""
    train = _own(splits.train, number)
    picked = train[np.linspace(0, len(train) - 1, min(len(train), INITIAL_ROWS)).round().astype(int)]
    return torch.as_tensor(splits.inputs[number if len(splits.inputs) > 1 else 0][picked])


def batch_of(experiment: Experiment, splits: Splits) -> int:
    """Rows of a step: as many as were chosen, or all training rows where the optimizer takes them all."""
    rows = min(len(part) for part in splits.train)
    return rows if experiment.optimizer.whole_batch else experiment.training.batch_size


def outputs_of(experiment: Experiment, splits: Splits) -> int:
    """Units of the output layer."""
    if splits.task == "classification":
        return int(experiment.loss.units(splits.classes))
    return int(splits.targets.shape[1])


def _own(parts: tuple[np.ndarray, ...], number: int) -> np.ndarray:
    return parts[number] if len(parts) > 1 else parts[0]
