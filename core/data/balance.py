"""Classes made equally frequent, or equally heavy, among the training rows."""

import numpy as np

RESAMPLED = ("oversample", "downsample", "downsample_upweight")
WEIGHED = ("weights", "downsample_upweight")


def balanced(rows: np.ndarray, classes: np.ndarray, how: str, seed: int) -> np.ndarray:
    """Training rows with every class as often as the largest ("oversample": rows recur) or the smallest (else: rows
    are left out). rows: row numbers; classes: class number of every row of the table."""
    rng = np.random.default_rng(seed)
    found, counts = np.unique(classes[rows], return_counts=True)
    wanted = int(counts.max() if how == "oversample" else counts.min())
    members = [rng.permutation(rows[classes[rows] == k]) for k in found]
    return np.sort(np.concatenate([np.resize(m, wanted) for m in members]))


def class_weights(before: np.ndarray, after: np.ndarray, how: str) -> np.ndarray:
    """The weight of each class, [classes] float32, mean 1 over the rows that train. before, after: class numbers of
    the training rows before and after rows were left out.

    "weights": every class weighs the same in all (scikit-learn's "balanced"); "downsample_upweight": every class weighs
    as much as its rows did before, so that probabilities stay true."""
    kept = np.bincount(after)
    whole = np.bincount(before, minlength=len(kept))
    share = np.where(kept > 0, 1.0, 0.0) if how == "weights" else whole.astype(np.float64)
    weights = np.divide(share, kept, out=np.zeros(len(kept)), where=kept > 0)
    return (weights * kept.sum() / share.sum()).astype(np.float32)
