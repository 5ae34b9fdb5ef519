"""Which columns tell most about the target, cheaply: for pictures, from the rows that are drawn."""

from collections.abc import Sequence

import numpy as np

LEAST_NEWS = 0.02
"""A column that shares all but this of its variance with one already chosen is a copy of it (our choice)."""


def strengths(columns: np.ndarray, target: np.ndarray, is_classes: bool) -> np.ndarray:
    """Share of each column's variance that the target accounts for, 0 to 1: by its classes, or along a line.

    columns: float [columns, rows], missing as NaN; target: [rows] class numbers (−1: missing) or values (NaN)."""
    known = target >= 0 if is_classes else np.isfinite(target)
    if not columns.size or known.sum() < 3:
        return np.zeros(len(columns))
    centred = _centred(columns[:, known])
    if is_classes:
        return _between(centred, np.unique(target[known], return_inverse=True)[1])
    return _squared_correlation(centred, _centred(target[known][None].astype(np.float64)))[:, 0]


def spread_out(columns: np.ndarray, strength: Sequence[float] | np.ndarray, most: int) -> list[int]:
    """Numbers of up to `most` columns, strongest first; what a column repeats of those before it does not count."""
    if not columns.size:
        return []
    centred = _centred(columns)
    strength = np.asarray(strength, dtype=np.float64) + 1e-9
    news = np.ones(len(strength))
    chosen: list[int] = []
    while len(chosen) < min(most, len(strength)) and news.max() > LEAST_NEWS:
        chosen.append(int(np.where(news > LEAST_NEWS, strength * news, -1.0).argmax()))
        news *= 1 - _squared_correlation(centred, centred[chosen[-1:]])[:, 0]
        news[chosen] = 0.0
    return chosen


def _centred(columns: np.ndarray) -> np.ndarray:
    """Mean 0 and length 1, missing and infinite values as the mean; a column without spread is 0."""
    usable = np.isfinite(columns) & (np.abs(columns) < 1e100)
    held = np.where(usable, columns, 0.0)
    mean = held.sum(1, keepdims=True) / np.maximum(usable.sum(1, keepdims=True), 1)
    centred = np.where(usable, held - mean, 0.0)
    centred /= np.maximum(np.abs(centred).max(1, keepdims=True, initial=0), 1e-300)
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)


def _squared_correlation(columns: np.ndarray, others: np.ndarray) -> np.ndarray:
    return np.clip(np.square(columns @ others.T), 0, 1)


def _between(centred: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Variance between classes over all variance, less what chance gives so many classes."""
    counts = np.bincount(classes)
    sums = np.stack([np.bincount(classes, column, len(counts)) for column in centred])
    share = np.clip((np.square(sums) / counts).sum(1), 0, 1)
    free = len(classes) - len(counts)
    return np.clip(1 - (1 - share) * (len(classes) - 1) / free, 0, 1) if free > 0 else np.zeros(len(centred))
