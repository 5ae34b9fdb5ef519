"""Sums over what every unit gives in an epoch, kept cheap: outputs are held by reference and reduced together when
about HELD_BYTES are held; sums are taken about a pivot (last epoch's means), or the spread of a collapsed layer would
drown in rounding; nothing is copied to the host before the epoch ends, unless SUMS_BYTES have come together. Units may
stand on any axis; positions of an image and steps of a sequence count as more rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

HELD_BYTES = 2**22
"""Outputs held before they are reduced (measured, medians of 60 turns: three layers of 128 units take 6 to 8 % of an
epoch less than with 512 KB, twenty of 64 a tenth, a small CNN 2 %; 8 MB gain nothing more)."""
WORK_BYTES = 2**21
"""Outputs that are summed up at once: with fewer, calls cost more than sums (measured: 1, 2 and 4 MB are alike)."""
IMAGE_BYTES = 2**20
"""Outputs of pictures that are summed up at once: with fewer, calls cost more than sums (measured: 128 KB at once cost
a small network a fifth of its epoch more)."""
PLAIN_SPREAD = 0.03
"""Where every unit's spread was over this share of its mean, the next epoch's sums need no pivot: rounding then costs
the variance a ten-thousandth (float32's 6e-8 ÷ 0.03²)."""
ON_CUDA = 8
"""Times as much is held and summed up at once on a CUDA device: there a call costs, and there is no cache to stay in
(our choice: 32 MB)."""
SUMS_BYTES = 2**24
"""Sums kept by step, for the first culprit of a NaN, before they are added up (our choice)."""


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
    """A place in the walk, on which axis its units stand (counted from the end), and which rows are counted there:
    those above 0, those further than beyond[1] from beyond[0], or none."""

    number: int
    axis: int = -1
    above_zero: bool = False
    beyond: tuple[float, float] | None = None


class UnitSums:
    """Sums, sums of squares and counts over rows for every unit of some places in the walk."""

    def __init__(self, places: Sequence[Place], replicas: int) -> None:
        self._places = list(places)
        self._replicas = replicas
        self._groups: list[_Group] = []
        self._row_bytes = 0
        self._batch = 0
        self._held: list[dict[int, Tensor]] = []
        self._done_bytes = 0
        self._spaces: dict[tuple[int, ...], tuple[Tensor, Tensor]] = {}
        self._rows = 0
        self._step = 0
        self.first_infinite: dict[int, list[tuple[int, int, bool]]] = {}
        """replica → (step since the start, place, is it NaN) of the first step with an output that is not finite."""

    def see(self, walk: list[Tensor]) -> None:
        """Holds one step's outputs [R, batch, units], or [R, batch, ...] with the units on another axis."""
        batch = walk[0].shape[1]
        if batch != self._batch:
            self.reduce()
            self._batch = batch
        if not self._groups:
            self._groups = _grouped(self._places, walk)
            self._row_bytes = 4 * self._replicas * sum(walk[each.number][0, 0].numel() for each in self._places)
        self._held.append({place.number: walk[place.number] for place in self._places})
        if len(self._held) * batch * self._row_bytes >= HELD_BYTES * (ON_CUDA if walk[0].is_cuda else 1):
            self.reduce()

    @torch.no_grad()
    def reduce(self) -> None:
        """Adds up what is held."""
        if not self._held:
            return
        self._rows += len(self._held) * self._batch
        for group in self._groups:
            sums = self._reduced(group)
            group.done.append(sums)
            self._done_bytes += sums.numel() * 4
        self._held = []
        if self._done_bytes > SUMS_BYTES:
            self._add_up()

    def fetch(self) -> dict[int, UnitTotals]:
        """Everything seen since the last fetch, by place (empty where nothing was); means become the next pivots."""
        self.reduce()
        self._add_up()
        found: dict[int, UnitTotals] = {}
        for group in self._groups:
            totals, pivot = group.totals, group.pivot
            if totals is None or pivot is None:
                continue
            rows = self._rows * group.positions
            shift = totals[0] / rows
            mean = pivot.cpu().numpy()[:, 0, :, 0] + shift
            variance = np.maximum(totals[1] / rows - shift**2, 0)  # NaN stays NaN
            found |= _totals(group.places, mean, variance, totals[2], rows)
            group.is_plain = bool((np.sqrt(variance) >= PLAIN_SPREAD * np.abs(mean)).all())
            next_pivot = np.where(np.isfinite(mean) & (not group.is_plain), mean, 0)[:, None, :, None]
            group.pivot = torch.as_tensor(next_pivot, dtype=pivot.dtype, device=pivot.device)
            group.totals = None
        self._rows = 0
        return found

    def _reduced(self, group: "_Group") -> Tensor:
        """[3, places, steps, R, units]: sums about the pivot, of squares, and counts."""
        places, steps = group.places, len(self._held)
        like = self._held[0][places[0].number].detach()
        sums = like.new_zeros((3, len(places), steps, like.shape[0], like.shape[places[0].axis]))
        if group.pivot is None:
            group.pivot = torch.stack([self._mean(place) for place in places]).nan_to_num(0, 0, 0)[:, None, :, None]
        if group.axis != -1:
            self._sum_up_images(group, sums)
            return sums
        work = HELD_BYTES * ON_CUDA if like.is_cuda else WORK_BYTES
        together = max(1, work // (4 * steps * like.numel()))
        for start in range(0, len(places), together):
            part = slice(start, start + together)
            self._sum_up(places[part], None if group.is_plain else group.pivot[part], sums[:, part])
        return sums

    def _mean(self, place: Place) -> Tensor:
        """Mean of every unit over all that is held, [R, units]."""
        outputs = [walk[place.number] for walk in self._held]
        axes = [axis for axis in range(1, outputs[0].dim()) if axis != outputs[0].dim() + place.axis]
        return torch.stack([each.mean(axes) for each in outputs]).mean(0)

    def _sum_up(self, places: list[Place], pivot: Tensor | None, sums: Tensor) -> None:
        """Fills sums [3, places, steps, R, units] of a few places, small enough to stay in the cache meanwhile."""
        outputs = [walk[place.number].flatten(1, -2) for place in places for walk in self._held]
        x, spare = self._workspace(outputs)
        torch.stack(outputs, out=x)
        x = x.view(len(places), len(self._held), *x.shape[1:])
        spare = spare.view(x.shape)
        if _count(places[0], x, spare):
            torch.sum(spare, 3, out=sums[2])
        torch.sum(x if pivot is None else x.sub_(pivot), 3, out=sums[0])
        torch.sum(x.mul_(x), 3, out=sums[1])

    def _sum_up_images(self, group: "_Group", sums: Tensor) -> None:
        """The same for places whose units are followed by positions: each tensor is summed up as it lies, a few rows at
        a time, with no copy that brings units last; on a CUDA device all steps at once."""
        assert group.pivot is not None
        for number, place in enumerate(group.places):
            pivot = None if group.is_plain else group.pivot[number, 0, ..., None]
            steps = [walk[place.number].flatten(place.axis + 1).flatten(1, -3) for walk in self._held]
            if steps[0].is_cuda:
                self._add_images(place, torch.stack(steps), pivot, sums[:, number])
                continue
            for step, x in enumerate(steps):  # [R, rows, units, positions]
                rows = max(1, IMAGE_BYTES // max(1, 4 * x[:, 0].numel()))
                for part in x.split(rows, 1):
                    self._add_images(place, part, pivot, sums[:, number, step])

    def _add_images(self, place: Place, x: Tensor, pivot: Tensor | None, sums: Tensor) -> None:
        """Adds to sums [3, ..., R, units] what some rows [..., R, rows, units, positions] give."""
        _, (spare,) = self._workspace([x])
        if _count(place, x, spare):
            sums[2] += spare.sum((-3, -1))
        if pivot is not None:
            x = torch.sub(x, pivot, out=spare)
        sums[0] += x.sum((-3, -1))
        sums[1] += _squares(x, spare)

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
        for group in self._groups:
            if not group.done:
                continue
            sums = torch.cat(group.done, 2).cpu().numpy()
            steps = sums.shape[2]
            self._look_for_infinite(group.places, sums)
            total = sums.sum(2, dtype=np.float64)
            group.totals = total if group.totals is None else group.totals + total
            group.done = []
        self._step += steps
        self._done_bytes = 0

    def _look_for_infinite(self, places: list[Place], sums: np.ndarray) -> None:
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
                    seen.append((self._step + step, places[i].number, bool(is_nan[i, step, replica])))


class _Group:
    """Places whose outputs have one shape and are counted alike: they are reduced as one. positions: of one unit in one
    row. done: sums not yet added up; pivot: [places, 1, R, 1, units]."""

    def __init__(self, places: list[Place], positions: int) -> None:
        self.places, self.positions, self.axis = places, positions, places[0].axis
        self.done: list[Tensor] = []
        self.totals: np.ndarray | None = None
        self.pivot: Tensor | None = None
        self.is_plain = False


def _grouped(places: Sequence[Place], walk: list[Tensor]) -> list[_Group]:
    groups: dict[tuple[object, ...], list[Place]] = {}
    for place in places:
        shape = walk[place.number].shape[2:]
        groups.setdefault((shape, place.axis, place.above_zero, place.beyond), []).append(place)
    return [_Group(alike, shape.numel() // shape[axis]) for (shape, axis, *_), alike in groups.items()]  # type: ignore


def _count(place: Place, x: Tensor, out: Tensor) -> bool:
    """Writes 1 to `out` where a value of `x` counts, else 0; False where nothing is counted."""
    if place.above_zero:
        torch.gt(x, 0, out=out)
    elif place.beyond is not None:
        torch.sub(x, place.beyond[0], out=out).abs_()
        torch.gt(out, place.beyond[1], out=out)
    return place.above_zero or place.beyond is not None


def _squares(x: Tensor, spare: Tensor) -> Tensor:
    """Sums of squares [..., R, units] of x [..., R, rows, units, positions]. CPU: a BLAS dot product per row and unit:
    it takes half the time and is alike for any number of replicas."""
    if x.device.type != "cpu":
        return torch.mul(x, x, out=spare).sum((-3, -1))
    array = x.detach().numpy()
    with np.errstate(invalid="ignore", over="ignore"):
        return torch.from_numpy(np.vecdot(array, array).sum(-2))


def _totals(
    places: list[Place], mean: np.ndarray, variance: np.ndarray, hits: np.ndarray, rows: int
) -> dict[int, UnitTotals]:
    """mean, variance, hits: [places, R, units]."""
    std, share = np.sqrt(variance), hits / rows
    all_mean, within = mean.mean(2), variance.mean(2)
    all_std = np.sqrt(within + ((mean - all_mean[:, :, None]) ** 2).mean(2))
    columns = (mean, std, share, all_mean, all_std, np.sqrt(within), share.mean(2), (hits == 0).mean(2))
    return {place.number: UnitTotals(*(column[i] for column in columns)) for i, place in enumerate(places)}
