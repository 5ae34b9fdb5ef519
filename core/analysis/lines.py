"""Loss and score of both splits as lines with all they are compared with: what the curves and the live page draw."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from core.analysis.pooling import pooled, thinned
from core.analysis.progress import Progress, progress
from core.analysis.record import Record
from core.analysis.wording import NOT_A_NUMBER, epoch_name, loss, score, short_loss

Quantity = Literal["loss", "score"]
SPLITS = ("train", "validation")

GUESS_AT = 0.78
"""How far up the axis the loss of a guess may stand: above it there is room for what is written at the top."""
LIVE_ROOM = 1 / GUESS_AT
"""Top of a live loss axis over the loss of a guess: fixed from the first epoch, so that the picture does not jump."""
START = 0.02
"""The first steps fall from high up; they do not decide the axis of a finished run (our choice)."""
MOST_CHANGES = 3
"""Changes on the way that are drawn on the curves, the latest (our choice: names must not overlap)."""
NEARLY = 1.3
"""A loss before the first step that is at most so many times the axis still fits on it (our choice: a taller axis by a
quarter hides nothing; a note among the lines does)."""
CLAMP = 4.0
"""A finished chart's top is at most so many times the loss of a guess: what ran away is cut off (our choice)."""


@dataclass(frozen=True)
class Curves:
    """One quantity of both splits through training, and what it is compared with.

    lines: epoch, split, median, low, high, shown (the value in words). rules: epoch, words (vertical). levels: value,
    words (horizontal). marks: epoch, value, words (the test split, once). ends: split, epoch, value, words. over: note
    about what lies above the axis. broken_from: first epoch without numbers, NaN if none. memorising: best epoch from
    which the area between the lines counts. domain: of the axis. share: values are shares, 0 to 1. is_live: more epochs
    may come, up to `planned`."""

    lines: pd.DataFrame
    rules: pd.DataFrame
    levels: pd.DataFrame
    marks: pd.DataFrame
    ends: pd.DataFrame
    title: str
    planned: int
    latest: int
    domain: tuple[float, float]
    share: bool
    replicas: int
    is_live: bool
    over: str = ""
    broken_from: int | None = None
    memorising: int | None = None


def losses(record: Record) -> Curves:
    """Training and validation loss."""
    seen = progress(record)
    lines = _lines(record, "loss")
    top, over = _top(record, lines)
    levels = [(seen.guess_loss, _guess(record, seen.guess_loss))] if seen.guess_loss else []
    if seen.linear_loss is not None and not record.is_live:
        levels.append((seen.linear_loss, f"{_straight(record)} {loss(seen.linear_loss)}"))
    return _curves(record, seen, lines, levels, "loss", (0.0, top), over)


def scores(record: Record) -> Curves:
    """Training and validation accuracy, or R² of a regression."""
    return record.once("scores", lambda: _scores(record))


def _scores(record: Record) -> Curves:
    seen = progress(record)
    lines = _lines(record, "score")
    is_share = record.is_classification
    levels = []
    if seen.guess_score is not None:
        name = "majority class" if is_share else "guessing the mean"
        levels.append((seen.guess_score, f"{name} {score(seen.guess_score, is_share)}"))
    if seen.linear_score is not None:
        levels.append((seen.linear_score, f"{_straight(record)} {score(seen.linear_score, is_share)}"))
    lowest = float(lines["low"].min()) if lines["low"].notna().any() else 0.0
    if is_share:
        floor = max(0.0, min(lowest if seen.guess_score is None else seen.guess_score - 0.1, lowest))
        domain = (0.0 if record.is_live else np.floor(floor * 10) / 10, 1.02)
    else:
        domain = (max(-1.0, min(-0.1, lowest)), 1.02)
    return _curves(record, seen, lines, levels, "score", domain, "")


def _lines(record: Record, quantity: Quantity) -> pd.DataFrame:
    parts = []
    for split in SPLITS:
        column = f"{split}_{quantity}"
        table = record.frame("epochs", ["epoch", "replica", column])
        table["broken"] = record.broken("epochs", column)
        parts.append(pooled(table, column, ["epoch"]).assign(split=split))
    return thinned(pd.concat(parts, ignore_index=True), "split")


def _guess(record: Record, guess: float) -> str:
    """What an answer that knows nothing scores, with its formula where it has one."""
    classes = len(record.meta.get("classes") or [])
    if classes > 1 and abs(guess - math.log(classes)) < 1e-3:
        return f"guessing, ln {classes} = {guess:.2f}"
    return f"guessing {loss(guess)}"


def _top(record: Record, lines: pd.DataFrame) -> tuple[float, str]:
    """Top of the loss axis, and a note about a line that starts above it."""
    seen = progress(record)
    guess = seen.guess_loss
    first = float(lines.loc[lines["epoch"] == 0, "median"].max())
    if record.is_live:
        top = LIVE_ROOM * (guess or seen.first_loss or 1.0)
        left = _left(lines, top)
        top = min(1.08 * left, CLAMP * top) if left > top else top
    else:
        highest = _highest(lines, record.latest)
        highest = first if math.isnan(highest) or seen.diverged_at is not None else highest
        top = 1.08 * max(min(highest, CLAMP * guess) if guess else highest, 0.1 * (guess or highest))
        top = 1.03 * first if top < first < NEARLY * top else top
        top = guess / GUESS_AT if guess and GUESS_AT * top < guess <= top else top
    top = top if np.isfinite(top) and top > 0 else 1.0
    told = seen.first_loss if seen.first_loss > top else first  # the one that the page's sentence names
    return float(top), f"▲ {short_loss(told)} before the first step" if first > top else ""


def _left(lines: pd.DataFrame, top: float) -> float:
    """How high a line goes after its lowest point, where that lies on the axis: it was there, and may leave again. A
    first loss above the axis has not been there yet."""
    found = [0.0]
    for _, line in lines.dropna(subset="median").groupby("split"):
        lowest = line["median"].idxmin()
        if line.loc[lowest, "median"] <= top:
            found.append(float(line.loc[line["epoch"] >= line.loc[lowest, "epoch"], "median"].max()))
    return max(found)


def _highest(lines: pd.DataFrame, latest: int) -> float:
    """Highest median after the first START of the epochs, and highest seed in the second half."""
    later = lines.loc[lines["epoch"] >= max(1, round(START * latest)), "median"].max()
    seeds = lines.loc[lines["epoch"] >= latest / 2, "high"].max()
    return float(np.nanmax([later, seeds])) if not (pd.isna(later) and pd.isna(seeds)) else float("nan")


def _curves(
    record: Record,
    seen: Progress,
    lines: pd.DataFrame,
    levels: list[tuple[float, str]],
    quantity: Quantity,
    domain: tuple[float, float],
    over: str,
) -> Curves:
    is_share = quantity == "score" and record.is_classification
    shown = partial(score, is_classification=record.is_classification) if quantity == "score" else short_loss
    measured = lines.dropna(subset="median").sort_values("epoch")
    ends = measured.groupby("split", as_index=False).last()[["split", "epoch", "median"]]
    ends = ends.rename(columns={"median": "value"})
    ends["words"] = [f"{s} {shown(v)}" for s, v in zip(ends["split"], ends["value"], strict=True)]
    lines = lines.assign(shown=[shown(v) if np.isfinite(v) else NOT_A_NUMBER for v in lines["median"]])
    return Curves(
        lines=lines,
        rules=_rules(seen, quantity, record.is_live, _changes(record)),
        levels=pd.DataFrame(levels, columns=["value", "words"]),
        marks=_test(record, quantity, shown),
        ends=ends,
        title=title(record, quantity),
        planned=record.span,
        latest=record.latest,
        domain=domain,
        share=is_share,
        replicas=len(record.replicas),
        is_live=record.is_live,
        over=over if seen.diverged_at is None else "",
        broken_from=seen.diverged_at,
        memorising=seen.best_epoch if seen.is_overfitting and quantity == "loss" else None,
    )


def title(record: Record, quantity: Quantity) -> str:
    """What the y axis measures."""
    if quantity == "score":
        return "accuracy" if record.is_classification else "R² (1 is perfect, 0 a guess)"
    kind = str(record.meta.get("loss") or "loss")
    return kind.replace("_", " ").replace("cross entropy", "cross-entropy")


def _changes(record: Record) -> list[tuple[int, str]]:
    """Epoch and words of what a person changed while it trained."""
    table = record.frame("events", ["epoch", "event", "message"])
    table = table[table["event"] == "changed"].tail(MOST_CHANGES)
    return [(int(epoch), str(words)) for epoch, words in zip(table["epoch"], table["message"], strict=True)]


def _rules(seen: Progress, quantity: Quantity, is_live: bool, changes: list[tuple[int, str]]) -> pd.DataFrame:
    rows: list[tuple[int, str]] = list(changes) if quantity == "loss" else []
    if seen.diverged_at is not None:
        return pd.DataFrame(rows, columns=["epoch", "words"])
    is_newest = is_live and seen.best_epoch == seen.latest
    if seen.best_epoch is not None and quantity == "loss" and not is_newest:
        rows.append((seen.best_epoch, f"best validation, {epoch_name(seen.best_epoch)}"))
    if seen.stopped_at is not None and quantity == "loss" and seen.stopped_at != seen.best_epoch:
        rows.append((seen.stopped_at, f"early stopping, {epoch_name(seen.stopped_at)}"))
    return pd.DataFrame(rows, columns=["epoch", "words"])


def _test(record: Record, quantity: Quantity, shown: Callable[[float], str]) -> pd.DataFrame:
    """The test split's one mark: the median over replicas at the epoch of the kept weights."""
    table = record.frame("tests", ["epoch", "split", quantity])
    table = table[(table["split"] == "test") & np.isfinite(table[quantity].astype(float))]
    if not len(table):
        return pd.DataFrame(columns=["epoch", "value", "words"])
    value, epoch = float(table[quantity].median()), int(table["epoch"].median())
    return pd.DataFrame({"epoch": [epoch], "value": [value], "words": [f"test {shown(value)}"]})


def _straight(record: Record) -> str:
    """What the linear baseline is: for rows to be given back, principal components."""
    return "PCA" if record.meta.get("bottleneck") else "linear model"
