"""Rows one by one: which are worth following, how one's answer came about, all of them between the classes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analysis.answers import OTHERS, History
from core.analysis.pooling import evenly

MOST_POINTS = 4_500
"""Points of one chart that a browser draws without a pause."""
MOST_ROWS = 250
"""Rows that are followed through epochs; more rows leave fewer epochs to the slider (our choice)."""


@dataclass(frozen=True)
class ChosenRow:
    """A row to follow: its place among the kept rows, its number in the table, and why this one."""

    place: int
    row: int
    reason: str


def rows_to_follow(one: History) -> list[ChosenRow]:
    """Rows worth following, each with its reason: the surest mistake of the newest epoch, the one that changed its
    answer most often, the one whose answer moved furthest, the least sure. At least one."""
    now = one.at()
    known = now.measured
    sure = np.where(known, now.values.max(axis=1), -1.0)
    wrong = np.where(known & ~now.right, sure, -1.0)
    answers = one.answer
    turns = (answers[1:] != answers[:-1]).sum(axis=0)
    moved = np.nan_to_num(np.abs(one.values[-1] - one.values[0]).sum(axis=1)) / 2
    found = []
    if wrong.max() >= 0:
        found.append((int(wrong.argmax()), "the surest mistake"))
    if turns.size and turns.max() > 0:
        found.append((int(turns.argmax()), f"changed its answer most often, {_times(int(turns.max()))}"))
    found.append((int(moved.argmax()), "moved furthest since the start"))
    if known.any():
        found.append((int(np.where(known, sure, 2.0).argmin()), "the least sure"))
    first = dict(reversed(found))
    ordered = sorted(first, key=[place for place, _ in found].index)
    return [ChosenRow(place, int(one.rows[place]), first[place]) for place in ordered]


def one_row(one: History, place: int, most_classes: int = 4) -> pd.DataFrame:
    """One row's probabilities through training: epoch, class, probability, measured (false: not a number). Of more
    than `most_classes` classes those highest at any time and the true one are kept; the rest is class OTHERS."""
    values = one.values[:, place].astype(float)
    kept = np.arange(values.shape[1])
    if len(kept) > most_classes:
        peak = np.nan_to_num(values).max(axis=0)
        peak[one.targets[place]] = 2.0
        kept = np.sort(np.argsort(-peak, kind="stable")[: most_classes - 1])
    measured = np.isfinite(values).all(axis=1)
    columns = {int(number): values[:, number] for number in kept}
    if len(kept) < values.shape[1]:
        columns[OTHERS] = values.sum(axis=1) - values[:, kept].sum(axis=1)
    parts = [
        pd.DataFrame({"epoch": one.epochs, "class": number, "probability": shares, "measured": measured})
        for number, shares in columns.items()
    ]
    return pd.concat(parts, ignore_index=True)


def scattered(one: History, most: int = MOST_POINTS) -> pd.DataFrame:
    """Every row at thinned epochs, for the picture between classes; at most `most` rows in all: epoch, row, true,
    answer, first, second (the two highest probabilities), and p0, p1, p2 where there are two or three classes. Rows
    are thinned to 250 before epochs are, evenly within the order of their classes. Rows without numbers are left to
    the caller's count."""
    order = np.argsort(one.targets, kind="stable")
    kept = np.sort(order[evenly(range(len(order)), min(MOST_ROWS, most))])
    one = one.thinned(max(1, most // max(len(kept), 1)))
    values = one.values[:, kept].astype(float).reshape(-1, one.values.shape[2])
    count = len(one.epochs)
    highest = -np.partition(-values, min(1, values.shape[1] - 1), axis=1)[:, :2]
    table = pd.DataFrame(
        {
            "epoch": np.repeat(one.epochs, len(kept)),
            "row": np.tile(one.rows[kept], count),
            "true": np.tile(one.targets[kept], count),
            "answer": one.answer[:, kept].ravel(),
            "first": highest[:, 0],
            "second": highest[:, -1],
        }
    )
    if values.shape[1] <= 3:
        for number in range(values.shape[1]):
            table[f"p{number}"] = values[:, number]
    return table[np.isfinite(values).all(axis=1)].reset_index(drop=True)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
