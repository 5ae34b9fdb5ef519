"""Is the network as right as it is sure? Reliability by confidence, calibration error, intervals for shares."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.analysis.answers import Answers, History

BINS = 10
"""Bins of a reliability diagram. Guo et al. 2017 use 15 on 10,000 rows; ours have hundreds, and tenths are easy to
read."""
HEALTHY_ECE = 0.10
"""Calibration errors under this are called healthy: our choice, after Guo et al. 2017, whose networks without
temperature scaling have 0.01 to 0.20 and with it mostly under 0.03 on many more rows."""
Z95 = 1.959963984540054
"""Standard normal quantile of a two-sided 95 % interval."""
DRAWS = 400
"""Simulated validation sets for what chance alone gives (our choice: the mean is then good to two digits)."""

Bins = Literal["equal width", "equal rows"]


@dataclass(frozen=True)
class Reliability:
    """bins: one row per bin that has rows: low, high (its edges), confidence (mean), share (right), count, right,
    share_low, share_high (Wilson 95 %). ece: 0 to 1. by_chance: the ece that a perfectly calibrated network with the
    same confidences would show on average, and ninety_five what it exceeds in 5 % of samples."""

    bins: pd.DataFrame
    ece: float
    by_chance: float
    ninety_five: float
    rows: int
    unmeasured: int

    @property
    def is_healthy(self) -> bool:
        """Under HEALTHY_ECE, or no larger than chance explains."""
        return self.ece < HEALTHY_ECE or self.ece <= self.ninety_five


def wilson(right: np.ndarray, rows: np.ndarray, z: float = Z95) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of a share's interval, 0 to 1 (0 and 1 where there are no rows). Wilson 1927, J. Am. Stat. Assoc. 22."""
    rows, right = np.asarray(rows, dtype=float), np.asarray(right, dtype=float)
    known = np.maximum(rows, 1.0)
    share = right / known
    middle = (share + z * z / (2 * known)) / (1 + z * z / known)
    half = z / (1 + z * z / known) * np.sqrt(share * (1 - share) / known + z * z / (4 * known * known))
    low, high = np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
    return np.where(rows > 0, low, 0.0), np.where(rows > 0, high, 1.0)


def reliability(answers: Answers, bins: int = BINS, kind: Bins = "equal width") -> Reliability:
    """Share right against mean confidence. Equal width: bin m of M holds confidences in ((m − 1)/M, m/M] and ece is
    the mean of |share right − mean confidence| over rows (Guo et al. 2017, equations 2 and 3, after Naeini et al.
    2015). Equal rows: bins of as many rows each (Nguyen & O'Connor 2015). Rows whose outputs are not numbers are
    counted aside."""
    kept = answers.measured
    confidence, right = answers.confidence[kept], answers.right[kept]
    edges = _edges(confidence, bins, kind)
    place = bin_of(confidence, edges)
    table = _table(confidence, right, place, edges)
    error = _ece(confidence, right.astype(float), place, len(edges) - 1)
    chance = _ece_by_chance(confidence, place, len(edges) - 1)
    return Reliability(table, error, *chance, rows=int(kept.sum()), unmeasured=answers.unmeasured)


def expected_calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = BINS) -> float:
    """ECE with equal-width bins, 0 to 1; NaN without rows. Guo et al. 2017."""
    edges = np.linspace(0, 1, bins + 1)
    return _ece(confidence, np.asarray(right, dtype=float), bin_of(confidence, edges), bins)


def over_epochs(history: History, bins: int = BINS) -> pd.DataFrame:
    """One row per kept epoch: epoch, confidence (mean), share (right, rows without numbers count as wrong), ece."""
    rows = []
    kept, right = np.isfinite(history.values).all(axis=2), history.right
    for place, epoch in enumerate(history.epochs):
        sure = history.values[place, kept[place]].max(axis=1, initial=0.0).astype(float)
        error = expected_calibration_error(sure, right[place, kept[place]], bins)
        mean = float(sure.mean()) if len(sure) else float("nan")
        rows.append((int(epoch), mean, float(right[place].mean()), error))
    return pd.DataFrame(rows, columns=["epoch", "confidence", "share", "ece"])


def bin_of(confidence: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Number of the bin (low, high] that holds each value; the lowest edge belongs to the first bin. Confidences
    within 1e-6 above an edge belong below it: 0.3 is 0.30000001 as float32."""
    return np.clip(np.searchsorted(edges + 1e-6, confidence, side="left") - 1, 0, len(edges) - 2)


def _edges(confidence: np.ndarray, bins: int, kind: Bins) -> np.ndarray:
    if kind == "equal width" or len(confidence) == 0:
        return np.linspace(0, 1, bins + 1)
    edges = np.unique(np.quantile(confidence, np.linspace(0, 1, bins + 1)))
    return edges if len(edges) > 1 else np.array([edges[0] - 1e-6, edges[0]])


def _table(confidence: np.ndarray, right: np.ndarray, place: np.ndarray, edges: np.ndarray) -> pd.DataFrame:
    bins = len(edges) - 1
    count = np.bincount(place, minlength=bins)
    hits = np.bincount(place, weights=right, minlength=bins)
    sure = np.bincount(place, weights=confidence, minlength=bins)
    low, high = wilson(hits, count)
    known = np.maximum(count, 1)
    table = pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "confidence": sure / known,
            "share": hits / known,
            "count": count,
            "right": hits.astype(int),
            "share_low": low,
            "share_high": high,
        }
    )
    return table[table["count"] > 0].reset_index(drop=True)


def _ece(confidence: np.ndarray, right: np.ndarray, place: np.ndarray, bins: int) -> float:
    if len(confidence) == 0:
        return float("nan")
    gap = np.bincount(place, weights=right - confidence, minlength=bins)
    return float(np.abs(gap).sum() / len(confidence))


def _ece_by_chance(confidence: np.ndarray, place: np.ndarray, bins: int) -> tuple[float, float]:
    """Mean and 95th percentile of the ece of a perfectly calibrated network: every row is right with exactly its
    confidence (consistency resampling, Bröcker & Smith 2007). The draws are always the same."""
    rows = len(confidence)
    if rows == 0:
        return float("nan"), float("nan")
    draws = np.random.default_rng(0).random((DRAWS, rows)) < confidence
    gaps = np.zeros((DRAWS, bins))
    np.add.at(gaps.T, place, (draws - confidence).T)
    errors = np.abs(gaps).sum(axis=1) / rows
    return float(errors.mean()), float(np.quantile(errors, 0.95))
