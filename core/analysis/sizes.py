"""Sizes of a layer's weights, gradients or activations through training, from histograms with half-octave bins."""

from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from core.analysis.pooling import evenly
from core.analysis.record import Record
from core.analysis.wording import power
from core.recording import bins

COLUMNS = ["epoch", "until", "low", "high", "share", "words"]
QUANTITIES = ("gradients", "weights", "preactivations", "activations")
MOST_CELLS = 4_000


def sizes(record: Record, layer: int, quantity: str = "gradients", most: int = MOST_CELLS) -> pd.DataFrame:
    """Shares of numbers by size, sign left out, in steps of a quarter of a decade: epoch, until, low, high (log10 of
    the size), share, words. What is exactly 0 lies at low = −inf; NaN and infinity count but have no cell."""
    counted = dict(_counted(record, layer, quantity))
    kept = evenly(sorted(counted), max(2, most // 28))
    ends = dict(zip(kept, [*kept[1:], kept[-1] + 1], strict=True)) if kept else {}
    parts = [_cells(*counted[epoch]).assign(epoch=epoch, until=ends[epoch]) for epoch in kept]
    return pd.concat(parts, ignore_index=True)[COLUMNS] if parts else pd.DataFrame(columns=COLUMNS)


def span(table: pd.DataFrame) -> tuple[int, int]:
    """Whole decades that hold the cells, for the axis; at least four, at most sixteen."""
    known = table[np.isfinite(table["low"].astype(float))]
    if not len(known):
        return -6, 0
    high = int(np.ceil(known["high"].max()))
    low = int(np.floor(known["low"].min()))
    return max(min(low, high - 4), high - 16), high


def _counted(record: Record, layer: int, quantity: str) -> Iterator[tuple[int, tuple[int, np.ndarray]]]:
    chosen = record.part("histograms", (pc.field("layer") == layer) & (pc.field("quantity") == quantity))
    for row in chosen.select(["epoch", "first_bin", "counts"]).to_pylist():
        yield row["epoch"], (row["first_bin"], np.array(row["counts"], dtype=float))


def _cells(first: int, counts: np.ndarray) -> pd.DataFrame:
    """Quarter decades that hold something, of one epoch."""
    total = max(counts.sum(), 1.0)
    numbers = np.arange(first, first + len(counts))
    is_zero = (numbers == bins.ZERO) | (numbers == bins.ZERO - 1)
    centres = np.abs(bins.centres(first, len(counts)))
    finite = np.isfinite(centres) & ~is_zero & (centres > 0) & (counts > 0)
    place = np.floor(4 * np.log10(centres[finite])).astype(int)
    summed = pd.Series(counts[finite]).groupby(place).sum()
    low = summed.index.to_numpy() / 4
    words = [_words(at) for at in low]
    cells = pd.DataFrame({"low": low, "high": low + 0.25, "share": summed.to_numpy() / total, "words": words})
    zeros = pd.DataFrame({"low": [-np.inf], "high": [-np.inf], "share": [counts[is_zero].sum() / total]})
    return pd.concat([zeros.assign(words="exactly 0"), cells], ignore_index=True)


@cache
def _words(low: float) -> str:
    return f"{power(10.0**low)} to {power(10.0 ** (low + 0.25))}"
