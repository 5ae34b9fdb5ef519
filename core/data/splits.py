"""Splits: numbers ready for training, with the names and units that lead back to the table."""

from dataclasses import dataclass
from math import prod
from typing import Literal

import numpy as np

Task = Literal["classification", "regression"]


@dataclass(frozen=True)
class Splits:
    """What a network is trained, validated and tested on.

    inputs: float32 [1 or replicas, rows, features]: one preparation shared by all replicas, or one for each (folds).
    targets: int64 [rows] classes, or float32 [rows, values] standardised values; the same for all replicas.
    train, validation, test: row numbers into `inputs`, one array per replica, or one shared by all. test may be empty.
    rows: the number of each row in the table as loaded (rows without a target are left out).
    """

    task: Task
    inputs: np.ndarray
    targets: np.ndarray
    train: tuple[np.ndarray, ...]
    validation: tuple[np.ndarray, ...]
    test: tuple[np.ndarray, ...]
    rows: np.ndarray
    input_names: tuple[str, ...]
    class_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    target_mean: tuple[float, ...] = (0.0,)
    """Regression: a value in its own unit is `standardised * target_std + target_mean`."""
    target_std: tuple[float, ...] = (1.0,)
    weights: np.ndarray | None = None
    """float32 [1 or folds, rows]: how much a training row counts in the loss that is made small, 1 on average; None:
    all alike. Curves and scores count every row once."""
    centre: np.ndarray | None = None
    spread: np.ndarray | None = None
    """Images: float32 [1 or folds, features], so that a pixel as it came is `input * spread + centre`."""
    notes: tuple[str, ...] = ()
    """What was decided on the way, in sentences: columns left out, rows without a target, levels joined."""
    bottleneck: int | None = None
    """Where rows are to be given back (an autoencoder): how many numbers stand for a row on the way. Then `targets` are
    the inputs themselves, and `labels` int64 [rows] are the classes, for pictures alone, called `label_names`."""
    labels: np.ndarray | None = None
    label_names: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    """What one row is: (features,), (channels, height, width) of an image, (steps, values) of a sequence; left out:
    (features,). `inputs` hold it flat, the last axis fastest."""

    asked_steps: int = 0
    """How many steps of a sequence are asked, each of its own targets, step by step; 0: rows are asked as a whole."""

    def __post_init__(self) -> None:
        if not self.shape:
            object.__setattr__(self, "shape", (self.features,))
        assert prod(self.shape) == self.features, "a row's shape does not hold its numbers"

    @property
    def features(self) -> int:
        """Numbers per row that enter the network."""
        return int(self.inputs.shape[2])

    @property
    def classes(self) -> int:
        """Number of classes; 0 for a regression."""
        return len(self.class_names)
