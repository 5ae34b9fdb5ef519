"""Units on their own function: which share of unit × row enters where, from the histogram of pre-activations."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from core.analysis.activations import MOST_POINTS, LayerFacts
from core.analysis.record import Record
from core.analysis.sizes import histograms
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
INNER = np.arange(-REACH, REACH + STEP / 2, STEP)
DOTS = np.concatenate([[-REACH], (INNER[:-1] + INNER[1:]) / 2, [REACH, 0.0]])
"""Where the dots sit: what lies beyond −REACH, between two of INNER, beyond REACH, and what is exactly 0."""


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
    counted = histograms(record, layer.layer, "preactivations", max(2, most // len(DOTS)))
    if layer.function is None or not counted:
        return pd.DataFrame(columns=columns)
    y, flat = layer.function.value(DOTS), is_flat(layer.function, DOTS)
    parts = []
    for epoch, numbers, counts in counted:
        grains = _grains(numbers, counts)
        share = np.append(grains.between(INNER), grains.zero) / max(grains.total, 1)
        shown = (share > 0) | (grains.unmeasured == grains.total)
        gone = grains.unmeasured / max(grains.total, 1)
        parts.append([part[shown] for part in np.broadcast_arrays(epoch, DOTS, y, share, flat, gone)])
    return pd.DataFrame(dict(zip(columns, map(np.concatenate, zip(*parts, strict=True)), strict=True)))


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


def _grains(numbers: np.ndarray, counts: np.ndarray) -> Grains:
    """numbers: of the bins that hold anything, ascending."""
    edges = _finite_edges()
    is_zero = (numbers == bins.ZERO) | (numbers == bins.ZERO - 1)
    finite = (numbers > 1) & (numbers < bins.BINS - 2) & ~is_zero
    return Grains(
        edges[numbers[finite]],
        edges[numbers[finite] + 1],
        counts[finite],
        zero=int(counts[is_zero].sum()),
        below=int(counts[numbers == 1].sum()),
        above=int(counts[numbers == bins.BINS - 2].sum()),
        unmeasured=int(counts[(numbers == 0) | (numbers == bins.BINS - 1)].sum()),
    )


@cache
def _finite_edges() -> np.ndarray:
    return np.clip(bins.edges(), -LARGEST, LARGEST)
