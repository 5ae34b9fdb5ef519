"""Sums over what a training epoch lets pass, kept cheap: outputs are held by reference and reduced together when about
HELD_BYTES are held; sums are taken about a pivot (last epoch's means), or the spread of a collapsed layer would drown
in rounding; nothing is copied to the host before the epoch ends."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.recording import bins

HELD_BYTES = 2**19
"""Outputs held before they are reduced: with their copies they fit into a processor's second cache (measured: 4 MB
costs a tenth of an epoch more)."""
WORK_BYTES = 2**17
"""Outputs that are summed up at once (measured: between 32 KB and 2 MB it hardly matters)."""
HISTOGRAM_VALUES = 4_096
"""Values of a tensor that a histogram counts at most, evenly picked (our choice: 40 bins need no more)."""
PLAIN_SPREAD = 0.03
"""Where every unit's spread was over this share of its mean, the next epoch's sums need no pivot: rounding then costs
the variance a ten-thousandth (float32's 6e-8 ÷ 0.03²)."""
SUMS_BYTES = 2**24
"""Sums kept by step, for the first culprit of a NaN, before they are added up (our choice)."""


class SquaredNorms:
    """Squared norms of some columns of a matrix [R, P], segment by segment, one reading after the other."""

    def __init__(self, matrix: Tensor, segments: Sequence[slice], readings: int) -> None:
        """readings: how many are expected; more are taken too."""
        self._rows = np.zeros((max(1, readings), matrix.shape[0], len(segments)), np.float32)
        self._next = 0
        self._views = [matrix[:, columns] for columns in segments]
        self._arrays = [view.numpy() for view in self._views] if matrix.device.type == "cpu" else None
        self._waiting: list[Tensor] = []

    def take(self) -> None:
        """Read once. CPU: one BLAS dot product per segment and replica."""
        if self._arrays is None:
            self._waiting.append(torch.stack([torch.linalg.vector_norm(v, dim=1).square() for v in self._views], 1))
            return
        if self._next == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        row = self._rows[self._next]
        for number, array in enumerate(self._arrays):
            np.vecdot(array, array, out=row[:, number])
        self._next += 1

    def fetch(self) -> np.ndarray:
        """All readings since the last fetch, float32 [readings, R, segments]; the next one starts anew. Beyond 1.8e19 a
        norm's square is beyond float32: infinite."""
        if self._waiting:
            found, self._waiting = torch.stack(self._waiting).cpu().numpy(), []
            return found
        count, self._next = self._next, 0
        return self._rows[:count].copy()


def mean_squares(tensors: Sequence[Tensor]) -> np.ndarray:
    """The mean square of each tensor [R, ...] per replica, float64 [R, tensors]."""
    flat = [tensor.flatten(1) for tensor in tensors]
    if flat[0].device.type == "cpu":
        squares = [np.vecdot(array, array) for array in (each.numpy() for each in flat)]
    else:
        squares = list(torch.stack([each.square().sum(1) for each in flat]).cpu().numpy())
    return np.stack([s.astype(np.float64) / f.shape[1] for s, f in zip(squares, flat, strict=True)], 1)


def zero_shares(matrix: Tensor, segments: Sequence[slice]) -> np.ndarray:
    """The share of entries that are exactly 0 of some columns of a matrix [R, P], float64 [R, segments]."""
    is_zero = (matrix == 0).cpu().numpy()  # counting bits along a row takes a hundredth of counting along an axis
    counts = [[np.count_nonzero(row[each]) for each in segments] for row in is_zero]
    return np.array(counts) / np.array([each.stop - each.start for each in segments])


@dataclass(frozen=True)
class UnitTotals:
    """What was seen of the units of one place. mean, std, share (of rows that were counted): [R, units] float64.
    all_mean, all_std: over units and rows together; unit_std: RMS of the units' own; all_share; never_share: of units
    that were never counted: [R]."""

    mean: np.ndarray
    std: np.ndarray
    share: np.ndarray
    all_mean: np.ndarray
    all_std: np.ndarray
    unit_std: np.ndarray
    all_share: np.ndarray
    never_share: np.ndarray


@dataclass(frozen=True)
class Place:
    """A place in the walk, how wide it is, and which rows are counted there: those above 0, those further than
    beyond[1] from beyond[0], or none."""

    number: int
    units: int
    above_zero: bool = False
    beyond: tuple[float, float] | None = None


class UnitSums:
    """Sums, sums of squares and counts over rows for every unit of some places in the walk."""

    def __init__(self, places: Sequence[Place], replicas: int) -> None:
        self._groups = _grouped(places)
        self._replicas = replicas
        self._numbers = [place.number for group in self._groups for place in group]
        self._row_bytes = 4 * replicas * sum(place.units for place in places)
        self._batch = 0
        self._held: list[dict[int, Tensor]] = []
        self._done: list[list[Tensor]] = [[] for _ in self._groups]
        self._done_bytes = 0
        self._totals: list[np.ndarray | None] = [None for _ in self._groups]
        self._pivots: list[Tensor | None] = [None for _ in self._groups]
        self._spaces: dict[tuple[int, ...], tuple[Tensor, Tensor]] = {}
        self._is_plain = [False for _ in self._groups]
        self._rows = 0
        self._step = 0
        self.first_infinite: dict[int, list[tuple[int, int, bool]]] = {}
        """replica → (step since the start, place, is it NaN) of the first step with an output that is not finite."""

    def see(self, walk: list[Tensor]) -> None:
        """Holds one step's outputs [R, batch, units]."""
        batch = walk[0].shape[1]
        if batch != self._batch:
            self.reduce()
            self._batch = batch
        self._held.append({number: walk[number] for number in self._numbers})
        if len(self._held) * batch * self._row_bytes >= HELD_BYTES:
            self.reduce()

    @torch.no_grad()
    def reduce(self) -> None:
        """Adds up what is held."""
        if not self._held:
            return
        self._rows += len(self._held) * self._batch
        for number, group in enumerate(self._groups):
            sums = self._reduced(number, group)
            self._done[number].append(sums)
            self._done_bytes += sums.numel() * 4
        self._held = []
        if self._done_bytes > SUMS_BYTES:
            self._add_up()

    def fetch(self) -> dict[int, UnitTotals]:
        """Everything seen since the last fetch, by place (empty where nothing was); means become the next pivots."""
        self.reduce()
        self._add_up()
        found: dict[int, UnitTotals] = {}
        for number, group in enumerate(self._groups):
            totals, pivot = self._totals[number], self._pivots[number]
            if totals is None or pivot is None:
                continue
            shift = totals[0] / self._rows
            mean = pivot.cpu().numpy()[:, 0, :, 0] + shift
            variance = np.maximum(totals[1] / self._rows - shift**2, 0)  # NaN stays NaN
            found |= _totals(group, mean, variance, totals[2], self._rows)
            is_plain = bool((np.sqrt(variance) >= PLAIN_SPREAD * np.abs(mean)).all())
            next_pivot = np.where(np.isfinite(mean) & (not is_plain), mean, 0)[:, None, :, None]
            self._pivots[number] = torch.as_tensor(next_pivot, dtype=pivot.dtype, device=pivot.device)
            self._is_plain[number] = is_plain
        self._totals, self._rows = [None for _ in self._groups], 0
        return found

    def _reduced(self, number: int, group: list[Place]) -> Tensor:
        """[3, places, steps, R, units]: sums about the pivot, of squares, and counts."""
        steps, like = len(self._held), self._held[0][group[0].number].detach()
        sums = like.new_zeros((3, len(group), steps, like.shape[0], like.shape[2]))
        pivot = self._pivots[number]
        if pivot is None:
            means = [torch.stack([walk[place.number].mean(1) for walk in self._held]).mean(0) for place in group]
            pivot = torch.stack(means).nan_to_num(0, 0, 0)[:, None, :, None]
            self._pivots[number] = pivot
        together = max(1, WORK_BYTES // (4 * steps * like.numel()))
        for start in range(0, len(group), together):
            part = slice(start, start + together)
            self._sum_up(group[part], None if self._is_plain[number] else pivot[part], sums[:, part])
        return sums

    def _sum_up(self, places: list[Place], pivot: Tensor | None, sums: Tensor) -> None:
        """Fills sums [3, places, steps, R, units] of a few places, small enough to stay in the cache meanwhile."""
        outputs = [walk[place.number] for place in places for walk in self._held]
        x, spare = self._workspace(outputs)
        torch.stack(outputs, out=x)
        x = x.view(len(places), len(self._held), *x.shape[1:])
        spare, first = spare.view(x.shape), places[0]
        if first.above_zero:
            torch.sum(torch.gt(x, 0, out=spare), 3, out=sums[2])
        elif first.beyond is not None:
            torch.sub(x, first.beyond[0], out=spare).abs_()
            torch.sum(torch.gt(spare, first.beyond[1], out=spare), 3, out=sums[2])
        torch.sum(x if pivot is None else x.sub_(pivot), 3, out=sums[0])
        torch.sum(x.mul_(x), 3, out=sums[1])

    def _workspace(self, outputs: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Two tensors for `outputs` stacked, kept between reductions: fresh memory costs as much as a sum."""
        shape = (len(outputs), *outputs[0].shape)
        if shape not in self._spaces:
            like = outputs[0].detach()
            self._spaces[shape] = like.new_empty(shape), like.new_empty(shape)
        return self._spaces[shape]

    def _add_up(self) -> None:
        """Moves sums to the host, adds them up in float64 and looks where the first value is that is not finite."""
        steps = 0
        for number, group in enumerate(self._groups):
            if not self._done[number]:
                continue
            sums = torch.cat(self._done[number], 2).cpu().numpy()
            steps = sums.shape[2]
            self._look_for_infinite(group, sums)
            total = sums.sum(2, dtype=np.float64)
            before = self._totals[number]
            self._totals[number] = total if before is None else before + total
            self._done[number] = []
        self._step += steps
        self._done_bytes = 0

    def _look_for_infinite(self, group: list[Place], sums: np.ndarray) -> None:
        if np.isfinite(sums[0].sum()):
            return
        bad = ~np.isfinite(sums[0]).all(-1)  # [places, steps, R]
        is_nan = np.isnan(sums[1]).any(-1)
        for replica in range(self._replicas):
            steps = bad[:, :, replica].any(0)
            if steps.any():
                step = int(steps.argmax())
                seen = self.first_infinite.setdefault(replica, [])
                for i in np.flatnonzero(bad[:, step, replica]):
                    seen.append((self._step + step, group[i].number, bool(is_nan[i, step, replica])))


def _grouped(places: Sequence[Place]) -> list[list[Place]]:
    """Places of the same width and count together: they are reduced as one."""
    groups: dict[tuple[object, ...], list[Place]] = {}
    for place in places:
        groups.setdefault((place.units, place.above_zero, place.beyond), []).append(place)
    return list(groups.values())


def _totals(
    group: list[Place], mean: np.ndarray, variance: np.ndarray, hits: np.ndarray, rows: int
) -> dict[int, UnitTotals]:
    """mean, variance, hits: [places, R, units]."""
    std, share = np.sqrt(variance), hits / rows
    all_mean, within = mean.mean(2), variance.mean(2)
    all_std = np.sqrt(within + ((mean - all_mean[:, :, None]) ** 2).mean(2))
    columns = (mean, std, share, all_mean, all_std, np.sqrt(within), share.mean(2), (hits == 0).mean(2))
    return {place.number: UnitTotals(*(column[i] for column in columns)) for i, place in enumerate(group)}


class Histograms:
    """Counts of values by bin (see bins.py), for several tensors at once."""

    def __init__(self) -> None:
        self._offsets: dict[tuple[int, ...], Tensor] = {}

    @torch.no_grad()
    def counts(self, tensors: Sequence[Tensor]) -> np.ndarray:
        """[tensors, 1024] int64 in the order of the values."""
        sizes = tuple(tensor.numel() for tensor in tensors)
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors]).float()
        offsets = self._offsets.get(sizes)
        if offsets is None:
            starts = torch.arange(len(sizes), dtype=torch.int32) * bins.BINS + bins.ZERO
            offsets = starts.repeat_interleave(torch.tensor(sizes)).to(flat.device)
            self._offsets = {sizes: offsets}
        codes = torch.bitwise_right_shift(flat.view(torch.int32), bins.SHIFT).add_(offsets)
        counts = torch.bincount(codes, minlength=len(sizes) * bins.BINS)
        return bins.ordered(counts.cpu().numpy().reshape(len(sizes), bins.BINS))


def some(values: Tensor) -> Tensor:
    """At most HISTOGRAM_VALUES entries of a tensor, evenly picked: flattened, with a stride that shares no factor with
    its rows' length, so that no column is left out."""
    stride = -(-values.numel() // HISTOGRAM_VALUES)
    while math.gcd(stride, values.shape[-1]) > 1:
        stride += 1
    return values.reshape(-1)[::stride]


def middle(values: np.ndarray) -> np.ndarray:
    """The median over the first axis; NaN counts as larger than everything."""
    ranked = np.sort(values, axis=0)
    count = len(ranked)
    if count == 0:
        return np.full(values.shape[1:], np.nan)
    return (ranked[(count - 1) // 2] + ranked[count // 2]) / 2
