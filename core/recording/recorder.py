"""The recorder: told of every step, it says after every epoch what happened in each layer. It never changes what is
trained and reads nothing back from the device before the epoch ends."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from core.recording.measured import Culprit, Measured, UnitValues
from core.recording.statistics import Histograms, SquaredNorms, mean_squares, middle, some, zero_shares
from core.recording.units import Place, UnitSums, UnitTotals
from core.recording.unrolled import Kept, Unrolled, keep_gradients, kept, time_values
from core.recording.watched import Watched, WatchedLayer

UPDATES_SAMPLED = 3
"""Steps of an epoch whose change of the weights is measured (our choice: a median of three costs 1 % of an epoch)."""
INPUTS_SAMPLED, INPUTS_SHARE = 4, 8
"""Steps of an epoch whose pre-activations are summed up: at least 4, else one in 8 (our choice: means and spreads need
no more; what is counted, and all outputs, come from every step)."""


class Recorder:
    """Watches R replicas. In every step, in this order: `before_backward(walk)`, `after_backward()`, `before_update()`,
    `after_update()`; after the epoch `fetch(losses)`."""

    def __init__(self, watched: Watched, has_histograms: bool = True) -> None:
        """has_histograms: whether the first of these replicas is the one whose histograms are kept."""
        self._watched = watched
        self._segments = watched.segments
        self._outputs = UnitSums(_output_places(watched.layers), watched.replicas)
        self._inputs = UnitSums(_input_places(watched.layers), watched.replicas)
        self._histograms = Histograms() if has_histograms else None
        self._shifts = watched.gradients[:, watched.shifts]
        self._change = torch.empty_like(watched.weights)
        self._before = SquaredNorms(watched.weights, self._segments[:-1], UPDATES_SAMPLED)
        self._changes = SquaredNorms(self._change, self._segments[:-1], UPDATES_SAMPLED)
        self._culprits_found: set[tuple[int, bool]] = set()
        self._steps_before = 0
        self.start_epoch(0, 0, is_detailed=False)

    def start_epoch(self, steps: int | None, captured: int | None, is_detailed: bool) -> None:
        """steps: planned in this epoch; None: unknown, nothing is sampled. captured: number (from 0) of the step whose
        gradients of outputs are taken, its last full batch; None: `observe_step` is told. is_detailed: whether
        histograms and single units are wanted."""
        self._norms = SquaredNorms(self._watched.gradients, self._segments, steps or 64)
        self._step, self._captured_step, self._is_detailed = 0, captured, is_detailed
        self._updated = _sampled(steps, UPDATES_SAMPLED)
        self._summed = _sampled(steps, max(INPUTS_SAMPLED, (steps or 0) // INPUTS_SHARE))
        self._shift_gradients: list[Tensor] = []
        self._shift_seen: Tensor | None = None
        self._captured: list[Tensor] | None = None
        self._captured_gradients: Tensor | None = None
        self._unrolled: list[Kept] = []

    def before_backward(self, walk: list[Tensor]) -> None:
        """The step's outputs, by reference."""
        if self._step == self._captured_step:
            self._captured = walk
            for number, layer in enumerate(self._watched.layers, 1):
                if walk[layer.output].requires_grad:
                    walk[layer.output].retain_grad()
                if layer.unrolled is not None and self._is_detailed:
                    self._keep_steps(number, layer.unrolled)
        self._outputs.see(walk)
        if self._summed is None or self._step in self._summed:
            self._inputs.see(walk)

    def after_backward(self) -> None:
        """The step's gradients, before anything clips or uses them."""
        self._norms.take()
        self._shift_gradients.append(self._shifts.clone())
        if self._step == self._captured_step:
            self._captured_gradients = self._watched.gradients.clone()
        if len(self._shift_gradients) >= 256:
            self._reduce_shifts()

    def _keep_steps(self, number: int, layer: Unrolled) -> None:
        keep_gradients(layer)
        seen = kept(number, layer)
        self._unrolled += [] if seen is None else [seen]

    def observe_step(self, walk: list[Tensor], is_full: bool) -> None:
        """Both at once, after the backward pass, where outputs have kept their gradients. is_full: the batch is not a
        smaller last one."""
        if is_full or self._captured is None:
            self._captured, self._captured_step = walk, self._step
        else:
            self._captured_step = None
        self._outputs.see(walk)
        if self._summed is None or self._step in self._summed:
            self._inputs.see(walk)
        self.after_backward()

    def before_update(self) -> None:
        """The weights that the step starts from."""
        if self._updated is None or self._step in self._updated:
            self._change.copy_(self._watched.weights)
            self._before.take()

    def after_update(self) -> None:
        """The weights that it ends with."""
        if self._updated is None or self._step in self._updated:
            self._change.sub_(self._watched.weights)
            self._changes.take()
        self._step += 1

    @torch.no_grad()
    @np.errstate(invalid="ignore", over="ignore")
    def fetch(self, losses: np.ndarray) -> Measured:
        """The epoch's values. losses: [steps, R] mean loss of every batch, for the first culprit."""
        squares = self._norms.fetch()
        measured = Measured()
        measured.step_norms = np.sqrt(squares[:, :, :-1])
        measured.gradient_norms = np.sqrt(squares.sum(2))
        outputs, inputs = self._outputs.fetch(), self._inputs.fetch()
        totals = {layer.preactivation: _before(layer, outputs, inputs) for layer in self._watched.layers}
        self._add_sizes(measured)
        self._add_activations(measured, outputs, totals)
        self._add_captured(measured)
        if self._is_detailed:
            measured.units = [_units(layer, outputs) for layer in self._watched.layers]
            measured.histograms = self._counts()
            measured.times = [values for each in self._unrolled for values in time_values(each)]
        measured.culprits = self._culprits(losses, measured)
        self._steps_before += self._step
        self._captured = None
        self._unrolled = []
        return measured

    def _add_sizes(self, measured: Measured) -> None:
        layers = self._watched.layers
        entries = np.array([layer.weights.stop - layer.weights.start for layer in layers])
        norms = SquaredNorms(self._watched.weights, self._segments[:-1], 1)
        norms.take()
        weight_norm = np.sqrt(norms.fetch()[0].astype(np.float64))
        gradient_norm = middle(measured.step_norms.astype(np.float64))
        measured.layers |= {
            "weight_norm": weight_norm,
            "weight_rms": weight_norm / np.sqrt(entries),
            "weight_gradient_norm": gradient_norm,
            "weight_gradient_rms": gradient_norm / np.sqrt(entries),
        }
        change, before = self._changes.fetch().astype(np.float64), self._before.fetch()
        if len(change):
            measured.layers["update_ratio"] = middle(np.sqrt(change / before[: len(change)]))

    def _add_activations(
        self, measured: Measured, outputs: dict[int, UnitTotals], inputs: dict[int, UnitTotals]
    ) -> None:
        layers = self._watched.layers
        after = [outputs[layer.output] for layer in layers]
        acted = [outputs[layer.activated] for layer in layers]
        before = [inputs[layer.preactivation] for layer in layers]
        none = np.full(self._watched.replicas, np.nan)
        measured.layers |= {
            "activation_mean": np.stack([each.all_mean for each in after], 1),
            "activation_std": np.stack([each.all_std for each in after], 1),
            "unit_std": np.stack([each.unit_std for each in after], 1),
            "preactivation_mean": np.stack([each.all_mean for each in before], 1),
            "preactivation_std": np.stack([each.all_std for each in before], 1),
            "saturated_share": np.stack(
                [each.all_share if layer.flat else none for each, layer in zip(acted, layers, strict=True)], 1
            ),
            "dead_share": np.stack(
                [each.never_share if layer.can_die else none for each, layer in zip(acted, layers, strict=True)], 1
            ),
        }

    def _add_captured(self, measured: Measured) -> None:
        if self._captured is None or self._captured_gradients is None:
            return
        layers = self._watched.layers
        measured.layers["zero_gradient_share"] = zero_shares(self._captured_gradients, self._segments[:-1])
        outputs = [self._captured[layer.output] for layer in layers]
        gradients = [torch.zeros_like(each) if each.grad is None else each.grad for each in outputs]
        measured.layers["output_gradient_rms"] = np.sqrt(mean_squares(gradients))
        measured.layers["frozen_share"] = self._frozen_shares()
        nans, infinities = self._counts_of_others(measured)
        measured.layers["nan_count"], measured.layers["infinite_count"] = nans, infinities

    def _frozen_shares(self) -> np.ndarray:
        self._reduce_shifts()
        if self._shift_seen is None:
            return np.full((self._watched.replicas, len(self._watched.layers)), np.nan)
        start, layers = self._watched.shifts.start, self._watched.layers
        shifted = [i for i, layer in enumerate(layers) if layer.bias is not None]
        own = [slice(b.start - start, b.stop - start) for layer in layers if (b := layer.bias) is not None]
        shares = np.full((self._watched.replicas, len(layers)), np.nan)
        shares[:, shifted] = zero_shares(self._shift_seen, own)
        return shares

    def _reduce_shifts(self) -> None:
        if self._shift_gradients:
            seen = torch.stack(self._shift_gradients).abs_().amax(0)
            self._shift_seen = seen if self._shift_seen is None else torch.maximum(seen, self._shift_seen)
            self._shift_gradients = []

    def _counts_of_others(self, measured: Measured) -> tuple[np.ndarray, np.ndarray]:
        """NaN and infinite values among weights, gradients and output of every layer; counted only where a sum says
        that there are any."""
        assert self._captured is not None and self._captured_gradients is not None
        shape = measured.layers["weight_norm"].shape
        nans, infinities = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        sums = measured.layers["weight_norm"] + measured.layers["output_gradient_rms"]
        sums = sums + measured.layers["activation_std"] + measured.layers["weight_gradient_norm"]
        if np.isfinite(sums).all() and np.isfinite(measured.step_norms).all():
            return nans, infinities
        for i, layer in enumerate(self._watched.layers):
            tensors = (self._watched.weights[:, layer.weights], self._captured_gradients[:, layer.weights])
            for tensor in (*tensors, self._captured[layer.output].flatten(1)):
                nans[:, i] += tensor.isnan().sum(1).cpu().numpy()
                infinities[:, i] += tensor.isinf().sum(1).cpu().numpy()
        return nans, infinities

    def _counts(self) -> np.ndarray | None:
        if self._histograms is None or self._captured is None or self._captured_gradients is None:
            return None
        tensors = []
        for layer in self._watched.layers:
            for matrix in (self._watched.weights, self._captured_gradients):
                tensors.append(some(matrix[0, layer.weights].view(-1, layer.inputs)))
            tensors += [some(self._captured[place][0]) for place in (layer.preactivation, layer.output)]
        return self._histograms.counts(tensors).reshape(len(self._watched.layers), 4, -1)

    def _culprits(self, losses: np.ndarray, measured: Measured) -> list[Culprit]:
        found = []
        for replica in range(self._watched.replicas):
            for culprit in self._suspects(replica, losses, measured):
                if (replica, culprit.is_nan) not in self._culprits_found:
                    self._culprits_found.add((replica, culprit.is_nan))
                    found.append(culprit)
        return found

    def _suspects(self, replica: int, losses: np.ndarray, measured: Measured) -> list[Culprit]:
        """What was not finite in the first such step, in the order in which it came about: outputs from the first
        layer up, the loss, gradients from the last layer down."""
        numbers = {layer.output: i + 1 for i, layer in reversed(list(enumerate(self._watched.layers)))}
        by_step: list[tuple[int, int, Culprit]] = []
        for step, place, is_nan in self._outputs.first_infinite.pop(replica, []):
            if place in numbers:
                by_step.append((step, place, Culprit(replica, step + 1, numbers[place], "outputs", is_nan)))
        for step in np.flatnonzero(~np.isfinite(losses[:, replica]))[:1]:
            at = self._steps_before + int(step)
            loss = Culprit(replica, at + 1, None, "loss", bool(np.isnan(losses[step, replica])))
            by_step.append((at, 10**6, loss))
        norms = measured.step_norms[:, replica]
        for step in np.flatnonzero(~np.isfinite(norms).all(1))[:1]:
            for i in np.flatnonzero(~np.isfinite(norms[step])):
                at, is_nan = self._steps_before + int(step), bool(np.isnan(norms[step, i]))
                by_step.append((at, 10**7 - int(i), Culprit(replica, at + 1, int(i) + 1, "gradients", is_nan)))
        return [culprit for _, _, culprit in sorted(by_step, key=lambda each: each[:2])]


def _output_places(layers: Sequence[WatchedLayer]) -> list[Place]:
    places: dict[int, Place] = {}
    for layer in layers:
        places[layer.activated] = Place(layer.activated, layer.axis, layer.can_die, layer.flat)
        places.setdefault(layer.output, Place(layer.output, layer.axis))
    return list(places.values())


def _input_places(layers: Sequence[WatchedLayer]) -> list[Place]:
    return [Place(each.preactivation, each.axis) for each in layers if each.preactivation != each.activated]


def _before(layer: WatchedLayer, outputs: dict[int, UnitTotals], inputs: dict[int, UnitTotals]) -> UnitTotals:
    return outputs[layer.activated] if layer.preactivation == layer.activated else inputs[layer.preactivation]


def _sampled(steps: int | None, count: int) -> frozenset[int] | None:
    """Numbers of `count` steps, evenly spread over an epoch; None: all."""
    if steps is None:
        return None
    count = min(count, steps)
    return frozenset((2 * i + 1) * steps // (2 * count) for i in range(count))


def _units(layer: WatchedLayer, outputs: dict[int, UnitTotals]) -> UnitValues:
    after, acted = outputs[layer.output], outputs[layer.activated]
    return UnitValues(
        mean=after.mean,
        std=after.std,
        saturated_share=acted.share if layer.flat else None,
        active_share=acted.share if layer.can_die else None,
    )
