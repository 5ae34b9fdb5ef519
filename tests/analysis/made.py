"""Small records made by hand, so that what analysis says can be checked against what was put in."""

from typing import Any

import numpy as np
import pyarrow as pa

from core.analysis.record import Record
from core.recording import bins
from core.recording.schemas import SCHEMAS


def table(kind: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows of one kind; what is left out is null."""
    return pa.Table.from_pylist(rows, schema=SCHEMAS[kind])


def classifier(values: np.ndarray, targets: np.ndarray, classes: tuple[str, ...] = (), **meta: Any) -> Record:
    """values: [replicas, epochs, rows, classes]. Epochs count from 0."""
    replicas, epochs, rows, number = values.shape
    names = list(classes) or [f"c{n}" for n in range(number)]
    described = {"task": "classification", "classes": names, "replicas": replicas, **meta}
    return Record(described, "finished", _tables(values, targets))


def regressor(values: np.ndarray, targets: np.ndarray, **meta: Any) -> Record:
    """values: [replicas, epochs, rows, values]; targets: [rows, values]."""
    described = {"task": "regression", "classes": [], "targets": ["y"], "replicas": len(values), **meta}
    return Record(described, "finished", _tables(values, targets))


def layered(
    kinds: list[str],
    shares: dict[str, np.ndarray] | None = None,
    epochs: int = 3,
    units: int = 4,
    **columns: np.ndarray,
) -> Record:
    """A network with hidden layers of these kinds. shares and columns: [epochs, layers] of the kind `layers`, also
    hidden ones only. Histograms and units are drawn from a normal distribution, the same in every run."""
    rng = np.random.default_rng(0)
    described = [
        {"layer": n + 1, "name": f"layer {n + 1}", "units": units, "activation": kind, "activation_parameters": {}}
        for n, kind in enumerate(kinds)
    ]
    described.append({"layer": len(kinds) + 1, "name": "output", "units": 2, "activation": "output"})
    rows, histograms, per_unit = [], [], []
    for epoch in range(epochs):
        for n, kind in enumerate(kinds):
            measured = {name: float(values[epoch, n]) for name, values in {**(shares or {}), **columns}.items()}
            rows.append({"epoch": epoch, "replica": 0, "layer": n + 1, "nan_count": 0, "infinite_count": 0, **measured})
            grains = {"quantity": "preactivations", **histogram(rng.normal(0, 2, 500))}
            histograms.append({"epoch": epoch, "replica": 0, "layer": n + 1, **grains})
            share = np.linspace(0, 1, units).tolist()
            saturated = share if kind in ("tanh", "sigmoid") else [None] * units
            places = {"unit": list(range(units)), "saturated_share": saturated, "active_share": share}
            per_unit.append({"epoch": epoch, "replica": 0, "layer": n + 1, **places})
    meta = {"layers": described, "epochs": epochs - 1, "replicas": 1}
    tables = {"layers": rows, "histograms": histograms, "units": per_unit}
    return Record(meta, "finished", {kind: table(kind, found) for kind, found in tables.items()})


def histogram(values: np.ndarray) -> dict[str, list[int]]:
    """bins and counts as a record holds them."""
    places, counts = np.unique(bins.index(np.asarray(values)), return_counts=True)
    return {"bins": places.tolist(), "counts": counts.tolist()}


def _tables(values: np.ndarray, targets: np.ndarray) -> dict[str, pa.Table]:
    replicas, epochs = values.shape[:2]
    where = [(replica, epoch) for epoch in range(epochs) for replica in range(replicas)]
    outputs = [
        {"epoch": epoch, "replica": replica, "split": "validation", "answers": values[replica, epoch].ravel().tolist()}
        for replica, epoch in where
    ]
    numbers = list(range(100, 100 + len(targets)))
    rows = [
        {"replica": replica, "split": "validation", "row": numbers, "target": targets.ravel().tolist()}
        for replica in range(replicas)
    ]
    return {"outputs": table("outputs", outputs), "rows": table("rows", rows)}
