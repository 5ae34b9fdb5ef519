"""Synthetic records for the rules' tests, built from the schemas: healthy unless a test says otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from core.experiment import Experiment
from core.recording.schemas import SCHEMAS

LN3 = float(np.log(3))


@dataclass(frozen=True)
class Record:
    """What the diagnosis asks of a record."""

    meta: Mapping[str, Any]
    state: str
    tables: Mapping[str, pa.Table] = field(default_factory=dict)


def falling(epochs: int, end: float = 0.1, start: float = LN3) -> list[float]:
    """Losses of epochs 0..epochs on their way down."""
    return [float(end + (start - end) * np.exp(-5 * epoch / epochs)) for epoch in range(epochs + 1)]


def record(
    experiment: Experiment,
    *,
    epochs: int = 40,
    replicas: int = 1,
    state: str = "finished",
    curves: Mapping[str, Sequence[float | None]] | None = None,
    layers: Mapping[str, Sequence[float | None] | float | None] | None = None,
    steps: Sequence[Sequence[float]] | None = None,
    units: Sequence[tuple[Sequence[float], Sequence[float]]] | None = None,
    answers: np.ndarray | None = None,
    targets: Sequence[float] | None = None,
    baselines: Mapping[tuple[str, str], tuple[float, float]] | None = None,
    events: Sequence[Mapping[str, Any]] = (),
    doubts: Mapping[str, tuple[str, float]] | None = None,
    times: Sequence[float] | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Record:
    """A record. curves: values per epoch from 0 on; layers: a number for all layers, or one per layer (constant over
    the epochs, or per epoch if nested); answers: [rows, classes] said at every epoch; doubts: column and number by
    name; times: a gradient per step of a sequence."""
    depth = len(experiment.network.layers) + 1
    tables = {
        "epochs": _epochs(epochs, replicas, curves or {}),
        "layers": _layers(epochs, replicas, depth, layers or {}),
        "baselines": _baselines(baselines),
    }
    if steps is not None:
        tables["steps"] = _steps(steps, replicas)
    if units is not None:
        tables["units"] = _units(units, replicas)
    if answers is not None and targets is not None:
        tables |= _outputs(epochs, replicas, answers, targets)
    if doubts is not None:
        tables["doubts"] = _table("doubts", [{"name": n, "column": c, "value": v} for n, (c, v) in doubts.items()])
    if times is not None:
        row = {"replica": 0, "layer": 1, "quantity": "state", "gradient": list(times)}
        tables["times"] = pa.Table.from_pylist([{"epoch": epoch, **row} for epoch in range(epochs + 1)])
    if events:
        blank = {"epoch": 0, "replica": 0, "step": None, "layer": None, "quantity": "", "value": None, "message": ""}
        tables["events"] = _table("events", [{**blank, **event} for event in events])
    return Record({**_meta(experiment, epochs, replicas), **(meta or {})}, state, tables)


def _table(kind: str, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SCHEMAS[kind])


def _meta(experiment: Experiment, epochs: int, replicas: int) -> dict[str, Any]:
    task = getattr(experiment.data, "task", "classification")
    widths = [4, *(layer.units for layer in experiment.network.layers), 3 if task == "classification" else 1]
    return {
        "task": task,
        "classes": ["a", "b", "c"] if task == "classification" else [],
        "targets": ["y"],
        "inputs": ["p", "q", "r", "s"],
        "epochs": epochs,
        "replicas": replicas,
        "steps_per_epoch": 20,
        "layers": [{"layer": k + 1, "inputs": widths[k], "units": widths[k + 1]} for k in range(len(widths) - 1)],
    }


def _epochs(epochs: int, replicas: int, curves: Mapping[str, Sequence[float | None]]) -> pa.Table:
    usual: dict[str, Sequence[float | None]] = {
        "batch_loss": [None, *falling(epochs)[1:]],
        "train_loss": falling(epochs),
        "validation_loss": falling(epochs, end=0.15),
        "train_score": [1 - loss / 3 for loss in falling(epochs)],
        "validation_score": [1 - loss / 3 for loss in falling(epochs, end=0.15)],
        "gradient_norm": [1.0] * (epochs + 1),
        "active": [True] * (epochs + 1),
    }
    values = {**usual, **curves}
    return _table(
        "epochs",
        [
            {"epoch": epoch, "replica": replica, **{name: column[epoch] for name, column in values.items()}}
            for epoch in range(epochs + 1)
            for replica in range(replicas)
        ],
    )


USUAL_LAYERS: dict[str, Any] = {
    "output_gradient_rms": 0.01,
    "update_ratio": 1e-3,
    "weight_norm": 5.0,
    "weight_rms": 0.3,
    "activation_std": 0.8,
    "preactivation_mean": 0.0,
    "preactivation_std": 1.0,
    "zero_gradient_share": 0.0,
    "dead_share": 0.0,
    "saturated_share": None,
    "nan_count": 0,
    "infinite_count": 0,
}


def _layers(epochs: int, replicas: int, depth: int, given: Mapping[str, Any]) -> pa.Table:
    def at(value: Any, epoch: int, layer: int) -> Any:
        if callable(value):
            return value(epoch, layer)
        return value[layer - 1] if isinstance(value, (list, tuple)) else value

    values = {**USUAL_LAYERS, **given}
    return _table(
        "layers",
        [
            {"epoch": epoch, "replica": replica, "layer": layer, **{n: at(v, epoch, layer) for n, v in values.items()}}
            for epoch in range(epochs + 1)
            for replica in range(replicas)
            for layer in range(1, depth + 1)
        ],
    )


def _baselines(given: Mapping[tuple[str, str], tuple[float, float]] | None) -> pa.Table:
    usual = {
        ("guess", "train"): (LN3, 0.34),
        ("guess", "validation"): (LN3, 0.34),
        ("linear", "train"): (0.3, 0.9),
        ("linear", "validation"): (0.35, 0.88),
    }
    rows = {**usual, **(given or {})}
    return _table("baselines", [{"name": n, "split": s, "loss": v[0], "score": v[1]} for (n, s), v in rows.items()])


def _steps(steps: Sequence[Sequence[float]], replicas: int) -> pa.Table:
    rows = [
        {"epoch": epoch, "replica": replica, "step": k + 1, "batch_loss": loss, "gradient_norm": 1.0}
        for epoch, losses in enumerate(steps, start=1)
        for k, loss in enumerate(losses)
        for replica in range(replicas)
    ]
    return _table("steps", rows)


def _units(units: Sequence[tuple[Sequence[float], Sequence[float]]], replicas: int) -> pa.Table:
    rows = [
        {"epoch": 1, "replica": r, "layer": layer, "unit": list(range(len(mean))), "mean": list(mean), "std": list(std)}
        for layer, (mean, std) in enumerate(units, start=1)
        for r in range(replicas)
    ]
    return _table("units", rows)


def _outputs(epochs: int, replicas: int, answers: np.ndarray, targets: Sequence[float]) -> dict[str, pa.Table]:
    flat, numbers = np.asarray(answers, float).ravel().tolist(), list(range(len(targets)))
    outputs = [
        {"epoch": epoch, "replica": replica, "split": "validation", "answers": flat}
        for epoch in range(epochs + 1)
        for replica in range(replicas)
    ]
    rows = [
        {"replica": replica, "split": "validation", "row": numbers, "target": list(targets)}
        for replica in range(replicas)
    ]
    return {"outputs": _table("outputs", outputs), "rows": _table("rows", rows)}
