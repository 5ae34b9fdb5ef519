"""Replicas pooled into a median with the lowest and the highest, and long curves thinned so that no peak is lost."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import pandas as pd

T = TypeVar("T")

MOST_EPOCHS = 500
"""Epochs of a drawn curve (our choice: a chart of 1,180 px has two pixels for each)."""


def pooled(table: pd.DataFrame, value: str, by: list[str]) -> pd.DataFrame:
    """One row per group: median, low and high over the replicas that have a finite number, NaN where none has, and
    `broken`, how many are not finite though measured (column "broken" of the table, where there is one)."""
    numbers = table[value].to_numpy(dtype=float)
    numbers = np.where(np.isfinite(numbers), numbers, np.nan)
    order = np.lexsort([numbers, *(table[name].to_numpy() for name in reversed(by))])  # NaN comes last in its group
    keys, numbers = [table[name].to_numpy()[order] for name in by], numbers[order]
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    first = np.flatnonzero(is_new)
    broken = table["broken"].to_numpy(dtype=int)[order] if "broken" in table else np.zeros(len(order), dtype=int)
    known = np.add.reduceat(np.isfinite(numbers).astype(int), first) if len(first) else first
    last, lower, upper = (first + np.maximum(place, 0) for place in (known - 1, (known - 1) // 2, known // 2))
    found = {"median": (numbers[lower] + numbers[upper]) / 2, "low": numbers[first], "high": numbers[last]}
    found["broken"] = np.add.reduceat(broken, first) if len(first) else broken
    return pd.DataFrame({**{name: key[first] for name, key in zip(by, keys, strict=True)}, **found})


def kept_epochs(curves: pd.DataFrame, most: int = MOST_EPOCHS) -> list[int]:
    """Epochs to draw: all, or of each bucket the first and, for each column, the lowest and the highest. curves: one
    row per epoch (the index), one column per curve. The last epoch is always kept."""
    epochs = curves.index.to_numpy()
    if len(epochs) <= most:
        return [int(epoch) for epoch in epochs]
    values = curves.to_numpy(dtype=float)
    lowest, highest = np.where(np.isnan(values), np.inf, values), np.where(np.isnan(values), -np.inf, values)
    has_numbers = np.isfinite(values)
    per_bucket = 1 + 2 * max(1, curves.shape[1])
    kept = {0, len(epochs) - 1}
    for places in np.array_split(np.arange(len(epochs)), max(1, (most - 2) // per_bucket)):
        first, end = int(places[0]), int(places[-1]) + 1
        seen = has_numbers[first:end].any(axis=0)
        low, high = lowest[first:end].argmin(axis=0), highest[first:end].argmax(axis=0)
        kept |= {first, *(first + low[seen]).tolist(), *(first + high[seen]).tolist()}
    return [int(epoch) for epoch in epochs[sorted(kept)]]


def thinned(table: pd.DataFrame, by: str, value: str = "median", most: int = MOST_EPOCHS) -> pd.DataFrame:
    """The rows of a pooled table at the epochs to draw. by: the column that tells curves apart."""
    if table["epoch"].nunique() <= most:
        return table
    # pivot_table would take twice as long
    curves = table.drop_duplicates(["epoch", by]).pivot(index="epoch", columns=by, values=value)
    return table[table["epoch"].isin(kept_epochs(curves, most))].reset_index(drop=True)


def evenly(items: Sequence[T], most: int) -> list[T]:
    """At most so many of the items, evenly, the first and the last among them; the last where one is all there may
    be."""
    if len(items) <= most:
        return list(items)
    places = np.unique(np.linspace(len(items) - 1, 0, max(1, most)).round().astype(int))
    return [items[place] for place in places]
