"""Units on their own function: which share of unit × row enters where, from the histogram of pre-activations."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from core.analysis.activations import MOST_POINTS, LayerFacts
from core.analysis.answers import evenly
from core.analysis.record import Record
from core.choices.activations import FLAT_SLOPE, Activation
from core.recording import bins

REACH = 6.0
"""Inputs beyond ±REACH are gathered in the outermost dots: sigmoid and tanh are flat by then."""
SHOWN = 6.9
"""The function is drawn to ±SHOWN, so that the outermost dots lie inside."""
LARGEST = 2.0**128
"""Where the bin of the largest floats ends."""
STEP = 0.25
"""Distance of the dots in z. Bins of the record are wider from 0.5 on; a bin's share is spread evenly over its
width."""


@dataclass(frozen=True)
class Zone:
    """A stretch of inputs: flat where the slope is under FLAT_SLOPE of its maximum, else live."""

    low: float
    high: float
    is_flat: bool


def curve(function: Activation, reach: float = SHOWN) -> pd.DataFrame:
    """The function itself and its derivative: z, y, slope."""
    z = np.linspace(-reach, reach, 161)
    return pd.DataFrame({"z": z, "y": function.value(z), "slope": function.slope(z)})


def zones(function: Activation, reach: float = SHOWN) -> list[Zone]:
    """Flat and live stretches from −reach to reach, left to right."""
    z = np.linspace(-reach, reach, 10_001)
    flat = is_flat(function, z)
    turns = np.flatnonzero(flat[1:] != flat[:-1])
    borders = [-reach, *((z[turns] + z[turns + 1]) / 2).tolist(), reach]
    starts = [0, *(turns + 1).tolist()]
    return [Zone(low, high, bool(flat[start])) for low, high, start in zip(borders, borders[1:], starts, strict=False)]


def is_flat(function: Activation, z: np.ndarray) -> np.ndarray:
    """True where |f'(z)| is under FLAT_SLOPE of the slope's maximum; everywhere if the slope is zero everywhere."""
    steepest = float(np.abs(function.slope(np.linspace(-10, 10, 4_001))).max())
    return np.abs(function.slope(np.asarray(z, dtype=float))) <= FLAT_SLOPE * steepest


def on_function(record: Record, layer: LayerFacts, most: int = MOST_POINTS // 2) -> pd.DataFrame:
    """Dots on the function at thinned epochs: epoch, z, y, share (of unit × row), is_flat, unmeasured (share that is
    not a number). Shares of one epoch and `unmeasured` add up to 1. Empty where nothing was recorded."""
    columns = ["epoch", "z", "y", "share", "is_flat", "unmeasured"]
    if layer.function is None:
        return pd.DataFrame(columns=columns)
    counted = preactivations(record, layer.layer)
    inner = np.arange(-REACH, REACH + STEP / 2, STEP)
    z = np.concatenate([[-REACH], (inner[:-1] + inner[1:]) / 2, [REACH, 0.0]])
    y, flat = layer.function.value(z), is_flat(layer.function, z)
    parts = []
    for place in evenly(len(counted), max(2, most // len(z))):
        epoch, grains = counted[place]
        share = np.append(grains.between(inner), grains.zero) / max(grains.total, 1)
        dots = pd.DataFrame({"epoch": epoch, "z": z, "y": y, "share": share, "is_flat": flat})
        dots["unmeasured"] = grains.unmeasured / max(grains.total, 1)
        parts.append(dots[(dots["share"] > 0) | (grains.unmeasured == grains.total)])
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def through_training(record: Record, layer: int, most: int = MOST_POINTS) -> pd.DataFrame:
    """The same shares as a picture over epochs: epoch, until (the next kept epoch), low, high (edges in z, the
    outermost cells gather what lies beyond), share. Cells without a grain are left out."""
    counted = preactivations(record, layer)
    columns = ["epoch", "until", "low", "high", "share", "unmeasured"]
    inner = np.arange(-REACH, REACH + STEP, 2 * STEP)
    edges = np.concatenate([[-REACH - 2 * STEP], inner, [REACH + 2 * STEP]])
    kept = evenly(len(counted), max(2, most // (len(edges) - 1)))
    parts = []
    for number, place in enumerate(kept):
        epoch, grains = counted[place]
        share = grains.between(inner)
        share[np.searchsorted(inner, 0, side="right")] += grains.zero
        until = counted[kept[number + 1]][0] if number + 1 < len(kept) else epoch + 1
        cells = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "share": share / max(grains.total, 1)})
        parts.append(cells.assign(epoch=epoch, until=until, unmeasured=grains.unmeasured / max(grains.total, 1)))
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


@dataclass(frozen=True)
class Grains:
    """Counts of one epoch: finite ones by bin [low, high) away from 0, exact zeros, infinities and not-a-numbers."""

    low: np.ndarray
    high: np.ndarray
    counts: np.ndarray
    zero: int
    below: int
    above: int
    unmeasured: int

    @property
    def total(self) -> int:
        """All of them."""
        return int(self.counts.sum()) + self.zero + self.below + self.above + self.unmeasured

    def between(self, edges: np.ndarray) -> np.ndarray:
        """[edges + 1] counts below the first edge, between edges, above the last; without exact zeros. A bin that an
        edge cuts is divided by width."""
        order = np.argsort(self.low)
        after = np.cumsum(self.counts[order])
        before = after - self.counts[order]
        x = np.stack([self.low[order], self.high[order]], axis=1).ravel()
        seen = np.interp(edges, x, np.stack([before, after], axis=1).ravel()) if len(x) else np.zeros(len(edges))
        total = float(self.counts.sum())
        return np.diff(np.concatenate([[-self.below], seen, [total + self.above]]))


def preactivations(record: Record, layer: int) -> list[tuple[int, Grains]]:
    """Epoch and grains of a layer's pre-activations at every epoch kept, ascending."""
    chosen = record.part("histograms", layer=layer, quantity="preactivations")
    found = {
        int(epoch): _grains(int(first), np.array(counts))
        for epoch, first, counts in zip(
            chosen["epoch"].to_pylist(), chosen["first_bin"].to_pylist(), chosen["counts"].to_pylist(), strict=True
        )
    }
    return sorted(found.items(), key=lambda pair: pair[0])


def _grains(first: int, counts: np.ndarray) -> Grains:
    numbers = np.arange(first, first + len(counts))
    edges = _all_edges()[first : first + len(counts) + 1]
    is_zero = (numbers == bins.ZERO) | (numbers == bins.ZERO - 1)
    is_finite = (numbers > 1) & (numbers < bins.BINS - 2) & ~is_zero
    return Grains(
        edges[:-1][is_finite],
        edges[1:][is_finite],
        counts[is_finite],
        zero=int(counts[is_zero].sum()),
        below=int(counts[numbers == 1].sum()),
        above=int(counts[numbers == bins.BINS - 2].sum()),
        unmeasured=int(counts[(numbers == 0) | (numbers == bins.BINS - 1)].sum()),
    )


@cache
def _all_edges() -> np.ndarray:
    return np.clip(bins.edges(0, bins.BINS), -LARGEST, LARGEST)
