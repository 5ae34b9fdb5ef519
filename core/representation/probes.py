"""How well a straight cut through the outputs of every layer tells the classes apart: the number behind the picture."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from core.choices.modules import PlainNetwork
from core.data.splits import Splits, Task

ROWS = 400
"""Rows of each split that a probe sees, evenly picked (our choice: a probe takes some milliseconds)."""
SOFTNESS = 100.0
"""scikit-learn's C of the logistic probe: large, so that it parts what can be parted (our choice)."""
STIFFNESS = 1e-3
"""Ridge's alpha per row of the probe of a regression (our choice)."""
METHODS = {
    "classification": "logistic regression (scikit-learn, C = 100) on standardised outputs",
    "regression": "ridge regression (scikit-learn, alpha = 0.001 per row) on standardised outputs",
}


def asked_of(splits: Splits) -> Splits:
    """What probes are asked: the targets; of an autoencoder the labels that it never saw, or without labels the rows
    themselves."""
    if splits.bottleneck is None or splits.labels is None:
        return splits
    return replace(splits, task="classification", targets=splits.labels, class_names=splits.label_names)


@torch.inference_mode()
def layer_outputs(network: PlainNetwork, inputs: np.ndarray, steps: int = 1) -> list[np.ndarray]:
    """The input and every layer's output, float64 [rows * steps, units]. inputs: [rows, features]; evaluation mode.
    steps: of which each counts as a row."""
    walk = network.walk(torch.from_numpy(np.ascontiguousarray(inputs, dtype=np.float32)))
    places = [0, *(block.output for block in network.blocks)]
    return [walk[place].reshape(len(inputs) * steps, -1).double().numpy() for place in places]


def probes(network: PlainNetwork, splits: Splits) -> list[dict[str, Any]]:
    """One row per layer (0: the input) and split: layer, split, score (accuracy, or R²; NaN where outputs are no
    numbers). Where each step of a sequence answers, what it knows is asked of it alone: steps are more rows."""
    steps = splits.asked_steps
    steps = steps if steps and all(block.shape[:-1] == (steps,) for block in network.blocks) else 1
    rows = {"train": picked(splits.train[0], ROWS), "validation": picked(splits.validation[0], ROWS)}
    seen = {split: layer_outputs(network, splits.inputs[0][own], steps) for split, own in rows.items() if len(own)}
    found = []
    for layer, train in enumerate(seen["train"]):
        model = fitted(train, _targets(splits, rows["train"], steps), splits.task)
        for split, outputs in seen.items():
            value = float("nan")
            if model is not None and np.isfinite(outputs[layer]).all():
                value = float(model.score(outputs[layer], _targets(splits, rows[split], steps)))
            found.append({"layer": layer, "split": split, "score": value})
    return found


def fitted(outputs: np.ndarray, targets: np.ndarray, task: Task) -> Any:
    """A scikit-learn pipeline fitted on outputs [rows, units]; None where they are no numbers, or of one class."""
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if not np.isfinite(outputs).all() or (task == "classification" and len(np.unique(targets)) < 2):
        return None
    model = (
        LogisticRegression(C=SOFTNESS, max_iter=300) if task == "classification" else Ridge(STIFFNESS * len(outputs))
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make_pipeline(StandardScaler(), model).fit(outputs, targets)


def picked(rows: np.ndarray, most: int) -> np.ndarray:
    """At most so many of these rows, evenly."""
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).round().astype(np.int64)]


def _targets(splits: Splits, rows: Sequence[int] | np.ndarray, steps: int) -> np.ndarray:
    targets = splits.targets[rows]
    return targets if splits.task == "classification" else targets.astype(np.float64).reshape(len(rows) * steps, -1)
