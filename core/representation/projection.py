"""Two directions in which to look at a layer's space: across the one that separates the classes best, up the widest one
that is left. Plain principal components would not do: in the last layers they collapse to a line and hide the point."""

from dataclasses import dataclass

import numpy as np

from core.data.splits import Task

SHRINK = 1e-2
"""Share of the mean variance that is added to every direction before spreads are compared (our choice: a constant
unit, or more units than rows, must not divide by nothing)."""


@dataclass(frozen=True)
class Axes:
    """mean: [units]; across, up: [units], of length 1 and at right angles. share: of the rows' spread that the two
    show, 0 to 1."""

    mean: np.ndarray
    across: np.ndarray
    up: np.ndarray
    share: float

    def place(self, outputs: np.ndarray) -> np.ndarray:
        """[rows, 2]. outputs: [rows, units]."""
        return (outputs - self.mean) @ np.stack([self.across, self.up], axis=1)


def axes(outputs: np.ndarray, targets: np.ndarray, task: Task, before: np.ndarray | None = None) -> Axes:
    """The two directions of a layer's outputs [rows, units], for classes the first of Fisher's linear discriminant
    (1936; shrunk), for values the slope of ridge regression. before: [rows, 2] places in the picture before, whose
    left and right, up and down are kept."""
    mean = outputs.mean(0)
    centred = outputs - mean
    spread = centred.T @ centred / len(centred)
    size = max(float(np.trace(spread)) / len(spread), 1e-12)
    across = _unit(
        _discriminant(centred, targets, size) if task == "classification" else _slope(centred, targets, size)
    )
    rest = centred - np.outer(centred @ across, across)
    up = _unit(np.linalg.eigh(rest.T @ rest)[1][:, -1])
    up = _unit(up - (up @ across) * across)
    usual = np.stack([targets.reshape(len(targets), -1)[:, 0], centred @ up], axis=1)
    wanted = usual if before is None else before
    across = across if (centred @ across) @ (wanted[:, 0] - wanted[:, 0].mean()) >= 0 else -across
    up = up if (centred @ up) @ (wanted[:, 1] - wanted[:, 1].mean()) >= 0 else -up
    shown = ((centred @ across) ** 2).sum() + ((centred @ up) ** 2).sum()
    return Axes(mean, across, up, float(shown / max((centred**2).sum(), 1e-12)))


def _discriminant(centred: np.ndarray, targets: np.ndarray, size: float) -> np.ndarray:
    within = np.zeros((centred.shape[1], centred.shape[1]))
    between = np.zeros_like(within)
    for label in np.unique(targets):
        own = centred[targets == label]
        apart = own - own.mean(0)
        within += apart.T @ apart
        between += len(own) * np.outer(own.mean(0), own.mean(0))
    within = within / len(centred) + SHRINK * size * np.eye(len(within))
    found = np.linalg.eig(np.linalg.solve(within, between))
    return np.real(found.eigenvectors[:, np.argmax(np.real(found.eigenvalues))])


def _slope(centred: np.ndarray, targets: np.ndarray, size: float) -> np.ndarray:
    wanted = targets.reshape(len(targets), -1)[:, 0]
    spread = centred.T @ centred / len(centred) + SHRINK * size * np.eye(centred.shape[1])
    return np.linalg.solve(spread, centred.T @ (wanted - wanted.mean()) / len(centred))


def _unit(vector: np.ndarray) -> np.ndarray:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 1e-12 else np.eye(len(vector))[0]
