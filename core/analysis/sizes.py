"""Sizes of a layer's weights, gradients or activations through training, from histograms with half-octave bins."""

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
    counted = histograms(record, layer, quantity, max(2, most // 28))
    if not counted:
        return pd.DataFrame(columns=COLUMNS)
    kept = [epoch for epoch, *_ in counted]
    ends = dict(zip(kept, [*kept[1:], kept[-1] + 1], strict=True))
    cells = [_cells(numbers, counts) for _, numbers, counts in counted]
    low, share = (np.concatenate(parts) for parts in zip(*cells, strict=True))
    epoch = np.repeat(kept, [len(part) for part, _ in cells])
    until = np.array([ends[int(each)] for each in epoch])
    words = [_words(float(each)) if np.isfinite(each) else "exactly 0" for each in low]
    return pd.DataFrame(
        {"epoch": epoch, "until": until, "low": low, "high": low + 0.25, "share": share, "words": words}
    )


def span(table: pd.DataFrame) -> tuple[int, int]:
    """Whole decades that hold the cells, for the axis; at least four, at most sixteen."""
    known = table[np.isfinite(table["low"].astype(float))]
    if not len(known):
        return -6, 0
    high = int(np.ceil(known["high"].max()))
    low = int(np.floor(known["low"].min()))
    return max(min(low, high - 4), high - 16), high


def histograms(record: Record, layer: int, quantity: str, most: int) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Epoch, numbers of the bins that hold anything (ascending) and counts of a layer's numbers, at no more than `most`
    evenly picked epochs. quantity: one of QUANTITIES."""
    table = record.table("histograms")
    table = table.filter((pc.field("layer") == layer) & (pc.field("quantity") == quantity)).sort_by("epoch")
    kept = set(evenly(table["epoch"].to_pylist(), most))
    rows = table.select(["epoch", "bins", "counts"]).to_pylist()
    return [(r["epoch"], np.array(r["bins"], int), np.array(r["counts"], int)) for r in rows if r["epoch"] in kept]


def _cells(numbers: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of one epoch: the lower ends (log10) of what is exactly 0 and of the quarter decades that hold something, and the
    shares in them."""
    total = max(counts.sum(), 1)
    is_zero = (numbers == bins.ZERO) | (numbers == bins.ZERO - 1)
    centres = np.abs(bins.centres(numbers))
    finite = np.isfinite(centres) & ~is_zero & (centres > 0)
    places, of = np.unique(np.floor(4 * np.log10(centres[finite])).astype(int), return_inverse=True)
    summed = np.bincount(of, weights=counts[finite], minlength=len(places))
    low, held = np.concatenate([[-np.inf], places / 4]), np.concatenate([[counts[is_zero].sum()], summed])
    return low, held / total


@cache
def _words(low: float) -> str:
    return f"{power(10.0**low)} to {power(10.0 ** (low + 0.25))}"
