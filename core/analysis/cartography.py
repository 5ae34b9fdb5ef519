"""A map of rows by how the network took to them: mean confidence in the true class over epochs, and how much it went
up and down (dataset cartography, Swayamdipta et al. 2020, EMNLP)."""

import warnings

import numpy as np
import pandas as pd

from core.analysis.answers import History
from core.analysis.wording import Headline, count, firm

HARD, SURE = 1 / 3, 2 / 3
"""Mean confidence under which a row is hard, and above which it may be easy (our choice: thirds)."""
MOVING = 0.2
"""Spread of confidence from which on a row is ambiguous (our choice: the upper part of the paper's figure 1)."""


def rows(seen: History) -> pd.DataFrame:
    """One row per validation row, epoch 0 left out: row, true (class number), confidence (mean probability of the true
    class), variability (its standard deviation over epochs), right (share of epochs), kind: easy, ambiguous, hard."""
    kept = seen.epochs > 0 if (seen.epochs > 0).any() else np.ones(len(seen.epochs), bool)
    truth = np.take_along_axis(seen.values[kept], seen.targets[None, :, None], axis=2)[:, :, 0].astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # rows without any number: NaN says so
        confidence, variability = np.nanmean(truth, axis=0), np.nanstd(truth, axis=0)
    kind = np.where(
        confidence < HARD, "hard", np.where((variability > MOVING) | (confidence < SURE), "ambiguous", "easy")
    )
    table = pd.DataFrame({"row": seen.rows, "true": seen.targets, "confidence": confidence, "variability": variability})
    return table.assign(right=seen.right[kept].mean(axis=0), kind=kind)


def headline(table: pd.DataFrame) -> Headline:
    """How many rows are hard."""
    if not len(table):
        return Headline("No row was answered yet.")
    hard, torn = int((table["kind"] == "hard").sum()), int((table["kind"] == "ambiguous").sum())
    went = "the network went back and forth on it" if torn == 1 else "the network went back and forth on them"
    note = f"{count(torn)} {'is' if torn == 1 else 'are'} ambiguous: {went}. Hard rows are worth a look."
    if hard == 0:
        return Headline("Every validation row was learned, ", "none is hard", ".", "green", note)
    tone = "red" if hard > 0.1 * len(table) else "gray"
    phrase = firm(f"{count(hard)} of {count(len(table))}") + f" validation rows {'is' if hard == 1 else 'are'} hard"
    return Headline("", phrase, ": the network does not believe their label.", tone, note)  # type: ignore[arg-type]


def hardest(table: pd.DataFrame, most: int = 200) -> pd.DataFrame:
    """The rows whose label the network believed least, in that order."""
    return table.sort_values("confidence").head(most).reset_index(drop=True)
