"""Rows as points of a plane by what a layer makes of them: principal components and t-SNE, each epoch turned onto the
one before so that what moves has moved."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

Method = Literal["pca", "tsne"]

PERPLEXITY = 25.0
"""Neighbours that t-SNE counts on, at most a quarter of the rows (van der Maaten & Hinton 2008 advise 5 to 50)."""
ITERATIONS = 300
NEIGHBOURS = 6


def maps(outputs: Sequence[np.ndarray], method: Method) -> list[np.ndarray]:
    """[rows, 2] for each epoch's outputs [rows, units], centred, of spread 1, each turned onto the one before by
    orthogonal Procrustes. t-SNE starts each epoch from the last, so that rows keep their places."""
    found: list[np.ndarray] = []
    for values in outputs:
        own = _pca(values) if method == "pca" else _tsne(values, found[-1] if found else None)
        found.append(aligned(_scaled(own), found[-1]) if found else _scaled(own))
    return found


def aligned(places: np.ndarray, before: np.ndarray) -> np.ndarray:
    """The places [rows, 2] turned (and mirrored) to lie as near as can be to those before (Schönemann 1966)."""
    left, _, right = np.linalg.svd(places.T @ before)
    return places @ (left @ right)


def neighbours(outputs: np.ndarray, count: int = NEIGHBOURS) -> np.ndarray:
    """int [rows, count]: the nearest other rows by Euclidean distance in a layer's outputs, nearest first."""
    squares = (outputs**2).sum(1)
    distance = squares[:, None] + squares[None, :] - 2 * outputs @ outputs.T
    np.fill_diagonal(distance, np.inf)
    return np.argsort(distance, axis=1, kind="stable")[:, :count]


def _pca(values: np.ndarray) -> np.ndarray:
    from core.representation.plane import components

    centred = values - values.mean(0)
    if centred.shape[1] == 1:
        return np.concatenate([centred, np.zeros_like(centred)], axis=1)
    return centred @ components(centred)[0].T


def _tsne(values: np.ndarray, before: np.ndarray | None) -> np.ndarray:
    from sklearn.manifold import TSNE

    start = (_scaled(_pca(values)) if before is None else before) * 1e-2
    if float(np.ptp(values, axis=0).max()) < 1e-9:
        return start
    perplexity = min(PERPLEXITY, (len(values) - 1) / 4)
    model = TSNE(2, perplexity=perplexity, init=start.astype(np.float32), max_iter=ITERATIONS, random_state=0, n_jobs=1)
    return np.asarray(model.fit_transform(values.astype(np.float32)), dtype=np.float64)


def _scaled(places: np.ndarray) -> np.ndarray:
    centred = places - places.mean(0)
    spread = float(np.sqrt((centred**2).sum(1).mean()))
    return centred / spread if spread > 1e-12 else centred
