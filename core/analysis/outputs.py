"""What a classifier answers: how sure, how right, which class for which, and how one row's answer came about."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analysis.answers import Answers, histories
from core.analysis.calibration import bin_of, wilson
from core.analysis.record import Record

CONFIDENT = 0.9
"""Above this a network is called sure (our choice; the last of ten bins of confidence)."""
SIGNIFICANT_ROWS = 6
"""The least difference in rows between two networks on the same rows that can be told from chance: with all rows that
differ on one side, the exact sign test gives 2 × 0.5⁶ = 0.03 for six and 0.06 for five (McNemar 1947, exact form)."""


def confidence(answers: Answers) -> pd.DataFrame:
    """Rows by confidence in tenths, bins (low, high] from the one that holds 1 ÷ classes: low, high, right, wrong."""
    edges = np.linspace(0, 1, 11)
    kept = answers.measured
    place = bin_of(answers.confidence[kept], edges)
    right = answers.right[kept]
    least = int(bin_of(np.array([1 / answers.values.shape[1]]), edges)[0])
    table = pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "right": np.bincount(place, weights=right, minlength=10).astype(int),
            "wrong": np.bincount(place, weights=~right, minlength=10).astype(int),
        }
    )
    return table.iloc[least:].reset_index(drop=True)


def row_entropy(probabilities: np.ndarray) -> np.ndarray:
    """[...] Shannon entropy in nats of the last axis, 0 (certain) to ln K (knows nothing); NaN where one is not a
    number."""
    logs = np.log(np.where(probabilities > 0, probabilities, 1.0))
    summed = np.where(probabilities >= 0, -probabilities * logs, np.nan).sum(axis=-1)
    return np.where(np.isfinite(summed), summed, np.nan)


def entropy(record: Record, split: str = "validation") -> pd.DataFrame:
    """Mean entropy of the answers in nats, per kept epoch and group ("right", "wrong" and "all" rows): epoch, group,
    median, low, high (over replicas), rows (mean count), replicas (with a number). NaN where no replica has one."""
    parts = []
    for one in histories(record, split):
        per_row, right = row_entropy(one.values), one.right
        known = np.isfinite(per_row)
        for group, chosen in (("all", known), ("right", known & right), ("wrong", known & ~right)):
            rows = chosen.sum(axis=1)
            with np.errstate(invalid="ignore"):
                mean = np.where(chosen, per_row, 0.0).sum(axis=1, dtype=float) / rows
            parts.append(pd.DataFrame({"epoch": one.epochs, "group": group, "entropy": mean, "rows": rows}))
    table = pd.concat(parts) if parts else pd.DataFrame(columns=["epoch", "group", "entropy", "rows"])
    groups = table.groupby(["epoch", "group"], sort=True)
    return groups.agg(
        median=("entropy", "median"),
        low=("entropy", "min"),
        high=("entropy", "max"),
        rows=("rows", "mean"),
        replicas=("entropy", "count"),
    ).reset_index()


def chance_points(rows: int, accuracy: float) -> float:
    """Differences in accuracy, 0 to 1, under this cannot be told from chance: half of Wilson's 95 % interval (Wilson
    1927), and never under SIGNIFICANT_ROWS rows. NaN without rows."""
    if rows <= 0 or not np.isfinite(accuracy):
        return float("nan")
    low, high = wilson(np.array(accuracy * rows), np.array(rows))
    return float(max((high - low) / 2, min(1.0, SIGNIFICANT_ROWS / rows)))


@dataclass(frozen=True)
class FirstLoss:
    """guess: the loss of an even guess, ln K. losses: each replica's loss before the first step, on `split`."""

    guess: float
    losses: tuple[float, ...]
    split: str

    @property
    def median(self) -> float:
        """Over replicas; NaN where one is not a number in the middle."""
        return float(np.median(self.losses))

    @property
    def ratio(self) -> float:
        """Median ÷ guess: 1 is a network that starts without an opinion."""
        return self.median / self.guess


def first_loss(record: Record) -> FirstLoss | None:
    """The loss at epoch 0 against ln K; None where it was not recorded, or the loss is not a cross-entropy."""
    guess, table = record.meta.get("loss_of_guessing"), record.tables.get("epochs")
    if not guess or table is None:
        return None
    epochs = table.select(["epoch", "train_loss", "validation_loss"]).to_pandas()
    start = epochs[epochs["epoch"] == 0]
    for split in ("train", "validation"):
        losses = start[f"{split}_loss"]
        if len(losses) and (losses.notna().any() or split == "validation"):
            return FirstLoss(float(guess), tuple(float(loss) for loss in losses), split)
    return None
