"""Runs side by side: arms of a study, seeds of an arm, a remedy against the network as it was."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.analysis.flow import flow, in_words
from core.analysis.pooling import pooled, thinned
from core.analysis.record import Record
from core.analysis.wording import Headline, Tone, listed, percent, plural, points, score
from core.diagnosis.words import capital

REACHED = 0.9
"""Share of the way from a guess to perfect that "reaches" means (our choice; 90 % where a guess is near 0)."""
NO_DIFFERENCE = 0.02
"""Differences of accuracy under two points are called none, whatever the seeds say (our choice)."""


@dataclass(frozen=True)
class Arm:
    """Runs that differ in nothing but their seed. changes: what was chosen otherwise than in the first arm."""

    name: str
    records: tuple[Record, ...]
    changes: Mapping[str, str] = field(default_factory=dict)


def dots(arms: Sequence[Arm]) -> pd.DataFrame:
    """One row per seed: arm, seed, value (best validation score), words, median, low, high (of the arm), median_words,
    is_better (the arm's median is beyond the first arm's highest, and it did not lose that lead by the end)."""
    rows = [(arm.name, seed, value) for arm in arms for seed, value in _bests(arm)]
    table = pd.DataFrame(rows, columns=["arm", "seed", "value"])
    is_share = _is_share(arms)
    grouped = table.groupby("arm", sort=False)["value"]
    for name, of in (("median", grouped.median()), ("low", grouped.min()), ("high", grouped.max())):
        table[name] = table["arm"].map(of)
    table["words"] = [score(value, is_share, 1) for value in table["value"]]
    table["median_words"] = [score(value, is_share) for value in table["median"]]
    first = table.loc[table["arm"] == arms[0].name, "value"] if arms else pd.Series(dtype=float)
    ends = {arm.name: _end(arm) for arm in arms}
    leads = table["arm"].map(ends) > (ends[arms[0].name] if arms else np.inf)
    table["is_better"] = leads & (table["median"] > (first.max() + NO_DIFFERENCE if len(first) else np.inf))
    return table


def _end(arm: Arm) -> float:
    """Median of the seeds' validation scores at their ends; what is no number counts as lowest."""
    lasts = []
    for record in arm.records:
        table = record.frame("epochs", ["epoch", "replica", "validation_score"])
        lasts += list(table.sort_values("epoch").groupby("replica")["validation_score"].tail(1).fillna(-np.inf))
    return float(np.median(lasts)) if lasts else -np.inf


def _bests(arm: Arm) -> list[tuple[int, float]]:
    """Every seed's validation score at its own best epoch (lowest validation loss)."""
    found = []
    for record in arm.records:
        table = record.frame("epochs", ["epoch", "replica", "validation_loss", "validation_score"])
        seeds = list(record.meta.get("seeds") or [])
        for replica, rows in table.dropna(subset="validation_score").groupby("replica", sort=True):
            losses = rows["validation_loss"].where(np.isfinite(rows["validation_loss"]), np.inf)
            number = int(replica)
            seed = seeds[number] if number < len(seeds) else number
            found.append((int(seed), float(rows.loc[losses.idxmin(), "validation_score"])))
    return found


def curves(arms: Sequence[Arm], column: str = "validation_score") -> pd.DataFrame:
    """Median and range over the seeds of each arm: arm, epoch, median, low, high, words."""
    parts = []
    for arm in arms:
        frames = [r.frame("epochs", ["epoch", "replica", column]).assign(run=n) for n, r in enumerate(arm.records)]
        if frames:
            parts.append(pooled(pd.concat(frames, ignore_index=True), column, ["epoch"]).assign(arm=arm.name))
    if not parts:
        return pd.DataFrame(columns=["arm", "epoch", "median", "low", "high", "words"])
    table = thinned(pd.concat(parts, ignore_index=True).dropna(subset="median"), "arm")
    shown = _is_share(arms) and column.endswith("score")
    table["words"] = [percent(v, 1) if shown else f"{v:.3f}" for v in table["median"]]
    return table


def profiles(arms: Sequence[Arm], epoch: int | None = None) -> pd.DataFrame:
    """The gradient by layer at an epoch (None: the newest), median over the seeds of each arm: arm, layer, name, median
    (log10), words. Layers are counted from the output, so that networks of different depth align: `place` is 0 for the
    output."""
    parts = []
    for arm in arms:
        for record in arm.records:
            table = flow(record)
            now = table[table["epoch"] == (table["epoch"].max() if epoch is None else epoch)]
            parts.append(now.assign(arm=arm.name, place=now["layer"] - len(record.layers)))
    if not parts:
        return pd.DataFrame(columns=["arm", "place", "layer", "name", "median", "words"])
    whole = pd.concat(parts, ignore_index=True)
    grouped = whole.groupby(["arm", "place"], sort=True)
    found = grouped.agg(median=("median", "median"), layer=("layer", "first"), name=("name", "first")).reset_index()
    return found.assign(words=in_words(found["median"]))


def arms_table(arms: Sequence[Arm]) -> pd.DataFrame:
    """One row per arm: its name, what was chosen (one column per choice that differs), the seeds' best scores (median,
    lowest to highest), the median score at the end, epochs until REACHED of the way to perfect."""
    table, is_share = dots(arms), _is_share(arms)
    choices = list(dict.fromkeys(choice for arm in arms for choice in arm.changes))
    rows = []
    for arm in arms:
        of = table[table["arm"] == arm.name]
        row: dict[str, str] = {"Arm": arm.name, **{choice: arm.changes.get(choice, "as before") for choice in choices}}
        if len(of):
            low, high = (score(float(of["value"].agg(side)), is_share, 1) for side in ("min", "max"))
            through = curves([arm])
            row |= {"At best epoch": score(float(of["value"].median()), is_share, 1)}
            row |= {"Lowest to highest": low if low == high else f"{low} to {high}"}
            row |= {"At the end": score(float(through["median"].iloc[-1]), is_share, 1)}
            row |= {f"Epochs to {percent(REACHED)}": _reaches(through)}
        rows.append(row)
    return pd.DataFrame(rows)


def _reaches(table: pd.DataFrame) -> str:
    """First epoch at which an arm's median validation score gets there."""
    reached = table.loc[table["median"] >= REACHED, "epoch"]
    return f"{int(reached.iloc[0]):,}" if len(reached) else "never"


def headline(arms: Sequence[Arm]) -> Headline:
    """Whether the other arms are better than the first, in numbers and with their doubt."""
    if not arms or not any(len(_bests(arm)) for arm in arms):
        return Headline("Nothing to compare yet.")
    table, is_share = dots(arms), _is_share(arms)
    medians = table.groupby("arm", sort=False)["median"].first()
    if len(medians) == 1:
        return _alone(table, is_share)
    before, others = float(medians.iloc[0]), medians.iloc[1:]
    better = [name for name in others.index if bool(table.loc[table["arm"] == name, "is_better"].iloc[0])]
    said = listed([score(float(value), is_share) for value in others])
    counts = table.groupby("arm")["seed"].count()
    least = " at least" if counts.nunique() > 1 else ""
    note = f"{plural(int(counts.min()), 'seed')} each{least}; scores are those of each seed's own best epoch."
    was = score(before, is_share)
    if len(better) == len(others):
        start = {1: "It helps", 2: "Both help"}.get(len(others), "All of them help")
        return Headline(f"{start}: from ", was, f" to {said}.", "red" if is_share and before < 0.5 else "", note)
    if len(better) > 1:
        reached = listed([score(float(medians[name]), is_share) for name in better])
        return Headline(f"{len(better)} of {len(others)} help: from {was} to ", reached, ".", "green", note)
    if better:
        best = str(medians[better].idxmax())
        return Headline(
            f"{capital(best)} helps: from {was} to ", score(float(medians[best]), is_share), ".", "green", note
        )
    tone: Tone = "gray"
    names = "This did not help: " if len(others) == 1 else "None of them helps: "
    return Headline(names, f"{was} before", f", {said} after.", tone, note)


def _alone(table: pd.DataFrame, is_share: bool) -> Headline:
    value = float(table["median"].iloc[0])
    spread = float(table["high"].iloc[0] - table["low"].iloc[0])
    seeds = len(table)
    note = f"Seeds lie {points(spread, 1)} apart." if is_share and seeds > 1 else ""
    return Headline(f"{plural(seeds, 'seed')} reached ", score(value, is_share, 1), " in the median.", "", note)


def guessing(arms: Sequence[Arm]) -> float | None:
    """Validation score of a guess, the same for all arms of one table."""
    known = [record.baseline("guess", "score") for arm in arms for record in arm.records]
    numbers = [value for value in known if value is not None and math.isfinite(value)]
    return float(np.median(numbers)) if numbers else None


def planned(arms: Sequence[Arm]) -> int:
    """Epochs of the longest run."""
    return max([record.planned for arm in arms for record in arm.records], default=1)


def _is_share(arms: Sequence[Arm]) -> bool:
    return all(record.is_classification for arm in arms for record in arm.records)
