"""What an autoencoder makes of the validation rows: rows given back beside the originals, the bottleneck as a map, and
how far off it is on each row."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analysis.record import Record
from core.analysis.wording import FIRM, Headline, Tone, Vital, count, firm, percent, plural

MOST_EPOCHS = 20
"""Epochs that a slider shows, evenly picked (our choice: what a hand tells apart)."""
MAP_ROWS = 220
"""Rows of the map, evenly picked: with MOST_EPOCHS under 5,000 points."""
UNUSUAL = 3.0
"""A row's error this many times the median is unusual (our choice)."""


@dataclass(frozen=True)
class GivenBack:
    """epochs: [E] ascending. codes: [E, rows, bottleneck]; errors: [E, rows] mean squared difference in prepared units.
    given: [shown, features]; back: [E, shown, features]; shown: [shown] places among the rows. rows: their numbers in
    the table; labels: class numbers, None where there are none."""

    epochs: list[int]
    codes: np.ndarray
    errors: np.ndarray
    shown: np.ndarray
    given: np.ndarray
    back: np.ndarray
    rows: np.ndarray
    labels: np.ndarray | None

    @property
    def is_picture(self) -> bool:
        """Whether rows were kept in full."""
        return self.given.size > 0


def given_back(record: Record) -> GivenBack | None:
    """The first replica's validation rows; None before the first epoch, or without validation rows."""
    table = record.frame("codes").dropna(subset="codes").sort_values("epoch")
    rows = record.frame("rows")
    rows = rows[(rows["split"] == "validation") & (rows["replica"] == 0)]
    if not len(table) or not len(rows):
        return None
    table = table.iloc[_picked(len(table), MOST_EPOCHS)]
    width, numbers = int(record.meta["bottleneck"]), np.asarray(rows["row"].iloc[0])
    labels, shown = np.asarray(rows["target"].iloc[0], float), np.asarray(table["shown"].iloc[0], int)
    features = len(record.meta["inputs"]) if len(shown) else 0
    return GivenBack(
        epochs=[int(epoch) for epoch in table["epoch"]],
        codes=np.stack([np.asarray(each, float) for each in table["codes"]]).reshape(len(table), -1, width),
        errors=np.stack([np.asarray(each, float) for each in table["errors"]]),
        shown=shown,
        given=np.asarray(table["given"].iloc[-1], float).reshape(len(shown), features),
        back=np.stack([np.asarray(each, float) for each in table["back"]]).reshape(len(table), len(shown), features),
        rows=numbers,
        labels=labels.astype(int) if len(labels) == len(numbers) else None,
    )


def headline(record: Record) -> Headline:
    """How much of what tells rows apart comes through the bottleneck, beside the best straight map."""
    epochs = record.frame("epochs", ["epoch", "validation_score"]).dropna()
    if not len(epochs):
        return Headline("Nothing is given back yet.")
    width, last = int(record.meta["bottleneck"]), float(epochs["validation_score"].iloc[-1])
    straight = record.baseline("linear", "score")
    if not np.isfinite(last):
        return Headline("What it gives back is ", firm("not a number"), ".", "red")
    through = plural(width, "number")
    tone: Tone = "green" if straight is None or last > straight else "gray"
    note = ""
    if straight is not None:
        ahead = "more than" if last > straight else "no more than"
        plane = f"{plural(width, 'principal component')}, the best straight map,"
        note = f"That is {ahead} {plane} which give{'s' if width == 1 else ''} back {percent(max(0.0, straight))}."
    said = firm(percent(max(0.0, last)))
    return Headline("It gives back ", said, f" of what tells rows apart, through {through}.", tone, note)


def vitals(record: Record) -> list[Vital]:
    """Given back, width of the bottleneck, error of a usual and of the oddest row."""
    seen, straight = given_back(record), record.baseline("linear", "score")
    if seen is None:
        return []
    errors = seen.errors[-1]
    score = float(record.frame("epochs", ["validation_score"]).dropna()["validation_score"].iloc[-1])
    features = len(record.meta["inputs"])
    middle, worst = float(np.median(errors)), float(errors.max())
    odd = int((errors > UNUSUAL * middle).sum())
    is_ahead = straight is not None and score > straight
    return [
        Vital(
            "Given back",
            percent(score, 1),
            f"PCA {percent(straight)}" if straight is not None else "",
            "good" if is_ahead else "watch",
        ),
        Vital("Bottleneck", plural(int(record.meta["bottleneck"]), "number"), f"of {count(features)} in a row"),
        Vital("Usual error of a row", f"{middle:.2f}", "mean row alone: 1"),
        Vital(
            "Oddest row",
            f"{worst / middle:.0f}{FIRM}× the usual" if middle else "–",
            f"{count(odd)} above {UNUSUAL:.0f} ×",
            "watch" if odd else "plain",
        ),
    ]


def code_map(seen: GivenBack, names: list[str]) -> pd.DataFrame:
    """The bottleneck as a map: epoch, x, y, row, name (class, or "rows"), error. One number: y is the class; more than
    two: the two directions in which the newest epoch's codes are spread most, the same at every epoch."""
    places = _picked(len(seen.rows), MAP_ROWS)
    codes = seen.codes[:, places]
    if codes.shape[2] > 2:
        newest = np.nan_to_num(codes[-1])
        axes = np.linalg.svd(newest - newest.mean(0), full_matrices=False)[2][:2]
        codes = np.nan_to_num(codes - newest.mean(0)) @ axes.T
    labels = None if seen.labels is None else seen.labels[places]
    side = np.zeros(len(places)) if labels is None else labels.astype(float)
    shake = (np.arange(len(places)) * 0.618) % 1 * 0.6 - 0.3
    y = codes[:, :, 1] if codes.shape[2] > 1 else np.broadcast_to(side + shake, codes.shape[:2])
    return pd.DataFrame(
        {
            "epoch": np.repeat(seen.epochs, len(places)),
            "x": codes[:, :, 0].ravel(),
            "y": y.ravel(),
            "row": np.tile(seen.rows[places] + 1, len(seen.epochs)),
            "name": np.tile([names[n] for n in labels] if labels is not None else ["rows"], len(seen.epochs))
            if labels is not None
            else "rows",
            "error": seen.errors[:, places].ravel(),
        }
    )


def oddest(seen: GivenBack, names: list[str], most: int = 10) -> pd.DataFrame:
    """The rows that it gives back worst: row, label, error, times (the median)."""
    errors = seen.errors[-1]
    order = np.argsort(-np.nan_to_num(errors, nan=np.inf))[:most]
    table = pd.DataFrame({"row": seen.rows[order] + 1, "error": errors[order]})
    table["times"] = table["error"] / max(float(np.median(errors)), 1e-30)
    if seen.labels is not None:
        table.insert(1, "label", [names[seen.labels[place]] for place in order])
    return table


def columns_given_back(seen: GivenBack, names: list[str], most: int = 24) -> pd.DataFrame:
    """Rows that are no pictures, column by column: epoch, row, column, given, back. The columns that vary most."""
    spread = seen.given.std(0)
    kept = np.sort(np.argsort(-spread, kind="stable")[:most])
    parts = [
        pd.DataFrame(
            {
                "epoch": epoch,
                "row": np.repeat(seen.rows[seen.shown] + 1, len(kept)),
                "column": np.tile([names[k] for k in kept], len(seen.shown)),
                "given": seen.given[:, kept].ravel(),
                "back": seen.back[place][:, kept].ravel(),
            }
        )
        for place, epoch in enumerate(seen.epochs)
    ]
    return pd.concat(parts, ignore_index=True)


def _picked(total: int, most: int) -> np.ndarray:
    return np.arange(total) if total <= most else np.unique(np.linspace(0, total - 1, most).round().astype(int))
