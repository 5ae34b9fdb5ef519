"""Units on their own function: which share of unit × row enters where, from the histogram of pre-activations."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa

from core.analysis.activations import MOST_POINTS, LayerFacts
from core.analysis.answers import evenly
from core.analysis.record import Record
from core.choices.activations import FLAT_SLOPE, Activation
from core.recording import bins
from core.recording.schemas import with_values

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


def on_function(counts: pa.Table, layer: LayerFacts, most: int = MOST_POINTS // 2) -> pd.DataFrame:
    """Dots on the function at thinned epochs: epoch, z, y, share (of unit × row), is_flat, unmeasured (share that is
    not a number). Shares of one epoch and `unmeasured` add up to 1. Empty where nothing was recorded. counts: see
    preactivations."""
    columns = ["epoch", "z", "y", "share", "is_flat", "unmeasured"]
    counts = with_values(counts, layer=layer.layer)
    if layer.function is None or not counts.num_rows:
        return pd.DataFrame(columns=columns)
    inner = np.arange(-REACH, REACH + STEP / 2, STEP)
    z = np.concatenate([[-REACH], (inner[:-1] + inner[1:]) / 2, [REACH, 0.0]])
    y, flat = layer.function.value(z), is_flat(layer.function, z)
    counts = counts.sort_by("epoch")
    counts = counts.take(pa.array(evenly(counts.num_rows, max(2, most // len(z)))))
    parts = []
    for row in counts.to_pylist():
        grains = _grains(row["first_bin"], np.array(row["counts"]))
        share = np.append(grains.between(inner), grains.zero) / max(grains.total, 1)
        shown = (share > 0) | (grains.unmeasured == grains.total)
        gone = grains.unmeasured / max(grains.total, 1)
        parts.append([part[shown] for part in np.broadcast_arrays(row["epoch"], z, y, share, flat, gone)])
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


def preactivations(record: Record, layers: Sequence[int]) -> pa.Table:
    """The histograms of these layers' pre-activations at every epoch kept: rows of kind "histograms"."""
    return record.part("histograms", layer=list(layers), quantity="preactivations")


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
