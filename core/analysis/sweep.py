"""Arms as a ranking and, where one number was varied, as a curve over that number."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.analysis.compare import Arm, dots, headline
from core.analysis.wording import Headline, plural, score
from core.diagnosis.words import capital

LEAST_VALUES = 3
"""Arms from which on a varied number is drawn as a curve (our choice: two points are a line, whatever they are)."""


def ranking(arms: Sequence[Arm]) -> Headline:
    """Which arm is ahead, and whether beyond what seeds do."""
    table = dots(arms)
    if not len(table):
        return Headline("Nothing to compare yet.")
    is_share = all(record.is_classification for arm in arms for record in arm.records)
    by_arm = table.groupby("arm", sort=False)["value"].agg(["median", "min", "max", "count"])
    ranked = by_arm.sort_values("median", ascending=False, kind="stable")
    best, said = str(ranked.index[0]), score(float(ranked["median"].iloc[0]), is_share)
    fewest, most = int(by_arm["count"].min()), int(by_arm["count"].max())
    seeds = f"{plural(fewest, 'seed')} each{'' if fewest == most else ' at least'}, every one at its own best epoch."
    if len(ranked) == 1:
        return headline(arms)
    level = ranked[ranked["max"] >= ranked["min"].iloc[0]]
    low, high = (score(float(ranked["median"].iloc[1:].agg(side)), is_share) for side in ("min", "max"))
    if len(level) == 1:
        rest = low if low == high else f"{low} to {high}"
        return Headline(f"{capital(best)} is ahead: ", said, f"; the others reach {rest}.", "green", seeds)
    note = f"{len(level)} of {len(ranked)} arms overlap with the best: seeds decide between them. {seeds}"
    return Headline(f"The highest median, {best}, is ", said, ", but luck could tell otherwise.", "gray", note)


def varied(arms: Sequence[Arm]) -> str | None:
    """The one choice in which arms differ, where its values are numbers; None otherwise."""
    titles = list(dict.fromkeys(title for arm in arms for title in arm.changes))
    if len(titles) != 1 or len(arms) < LEAST_VALUES:
        return None
    return titles[0] if all(_number(arm.changes.get(titles[0], "")) is not None for arm in arms) else None


def curve(arms: Sequence[Arm], choice: str) -> pd.DataFrame:
    """Score over the varied number: value, split (train, validation), median, low, high, words. Each seed at its own
    best epoch (lowest validation loss)."""
    is_share = all(record.is_classification for arm in arms for record in arm.records)
    parts = [found.assign(value=_number(arm.changes[choice])) for arm in arms for found in [_bests(arm)] if len(found)]
    columns = ["value", "split", "median", "low", "high", "words"]
    if not parts:
        return pd.DataFrame(columns=columns)
    long = pd.concat(parts).melt(id_vars="value", var_name="split", value_name="score").dropna()
    grouped = long.groupby(["split", "value"])["score"]
    table = grouped.agg(median="median", low="min", high="max").reset_index()
    table["words"] = [score(value, is_share, 1) for value in table["median"]]
    return table[columns]


def _bests(arm: Arm) -> pd.DataFrame:
    """Train and validation score of every seed: train, validation."""
    found = []
    for record in arm.records:
        columns = ["replica", "validation_loss", "train_score", "validation_score"]
        table = record.frame("epochs", columns).dropna(subset="validation_score")
        for _, rows in table.groupby("replica"):
            losses = rows["validation_loss"].where(np.isfinite(rows["validation_loss"]), np.inf)
            best = rows.loc[losses.idxmin()]
            found.append({"train": best["train_score"], "validation": best["validation_score"]})
    return pd.DataFrame(found)


def _number(words: str) -> float | None:
    try:
        return float(words.replace(",", ""))
    except ValueError:
        return None
