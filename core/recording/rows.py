"""From an epoch's numpy arrays to rows of Arrow, many epochs at once: building a table costs the same for one epoch as
for ten."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from core.recording.bins import BINS
from core.recording.measured import EVERYWHERE, EXACT, HISTOGRAM_QUANTITIES, Measured, UnitValues
from core.recording.schemas import HISTOGRAMS, LAYERS, OUTPUTS, STEPS, TIMES, UNITS, UNITS_KEPT


@dataclass(frozen=True)
class Entry:
    """What one program measured in one epoch. kept: its replicas that are still training, as places 0..R-1; numbers:
    what these are called in the record. first_step: of the epoch, counted from 1; step_losses: [steps, R]."""

    epoch: int
    kept: np.ndarray
    numbers: np.ndarray
    measured: Measured
    first_step: int
    step_losses: np.ndarray


def layers_table(entries: Sequence[Entry]) -> pa.Table:
    """Rows of kind "layers", by epoch, replica and layer."""
    shapes = [(len(e.kept), e.measured.layers["weight_norm"].shape[1]) for e in entries]
    columns: dict[str, Any] = {
        "epoch": _each(entries, [r * n for r, n in shapes], lambda e: e.epoch, np.int32),
        "replica": np.concatenate([np.repeat(e.numbers, n) for e, (_, n) in zip(entries, shapes, strict=True)]),
        "layer": np.concatenate([np.tile(np.arange(1, n + 1), r) for r, n in shapes]),
    }
    for name in LAYERS.names[3:]:
        columns[name] = _layer_column(name, entries, shapes)
    return _table(columns, LAYERS)


def steps_table(entries: Sequence[Entry], stride: int) -> pa.Table:
    """Rows of kind "steps": every `stride`-th step of the run, from the first."""
    numbers = [np.arange(len(e.step_losses)) + e.first_step for e in entries]
    picked = [np.flatnonzero((steps - 1) % stride == 0) for steps in numbers]
    sizes = [len(p) * len(e.kept) for p, e in zip(picked, entries, strict=True)]

    def joined(values: Any) -> np.ndarray:
        return np.concatenate([values(e, p).ravel() for e, p in zip(entries, picked, strict=True)])

    norms = [e.measured.step_norms[p][:, e.kept] for e, p in zip(entries, picked, strict=True)]
    flat = np.concatenate([n.ravel() for n in norms]).astype(np.float32)
    lengths = np.concatenate([np.full(n.shape[0] * n.shape[1], n.shape[2]) for n in norms])
    columns = {
        "epoch": _each(entries, sizes, lambda e: e.epoch, np.int32),
        "replica": joined(lambda e, p: np.tile(e.numbers, len(p))),
        "step": np.concatenate(
            [np.repeat(n[p], len(e.kept)) for n, p, e in zip(numbers, picked, entries, strict=True)]
        ),
        "batch_loss": joined(lambda e, p: e.step_losses[p][:, e.kept]),
        "gradient_norm": joined(lambda e, p: e.measured.gradient_norms[p][:, e.kept]),
        "layer_gradient_norms": _lists(flat, lengths),
    }
    return _table(columns, STEPS)


def units_table(entries: Sequence[Entry]) -> pa.Table:
    """Rows of kind "units": at most UNITS_KEPT units a layer, evenly picked."""
    rows = [
        (e.epoch, number, layer, _picked(values.mean.shape[1]), values, place)
        for e in entries
        for place, number in zip(e.kept, e.numbers, strict=True)
        for layer, values in enumerate(e.measured.units, 1)
    ]
    lengths = np.array([len(row[3]) for row in rows])
    columns: dict[str, Any] = {
        "epoch": np.array([row[0] for row in rows]),
        "replica": np.array([row[1] for row in rows]),
        "layer": np.array([row[2] for row in rows]),
        "unit": _lists(np.concatenate([row[3] for row in rows]).astype(np.int32), lengths),
    }
    for name in ("mean", "std", "saturated_share", "active_share"):
        columns[name] = _unit_column(name, [(picked, values, place) for *_, picked, values, place in rows])
    return _table(columns, UNITS)


def histograms_table(entries: Sequence[Entry]) -> pa.Table:
    """Rows of kind "histograms": the bins that hold anything, and how much."""
    counts = np.concatenate([e.measured.histograms.reshape(-1, BINS) for e in entries])  # type: ignore[union-attr]
    layers = [e.measured.histograms.shape[0] for e in entries]  # type: ignore[union-attr]
    filled = np.flatnonzero(counts)
    held = np.bincount(filled // BINS, minlength=len(counts))
    columns = {
        "epoch": _each(entries, [n * 4 for n in layers], lambda e: e.epoch, np.int32),
        "replica": np.zeros(len(counts), np.int16),
        "layer": np.concatenate([np.repeat(np.arange(1, n + 1), 4) for n in layers]),
        "quantity": pa.array(list(HISTOGRAM_QUANTITIES) * sum(layers)),
        "bins": _lists((filled % BINS).astype(np.int16), held),
        "counts": _lists(counts.ravel()[filled].astype(np.int32), held),
    }
    return _table(columns, HISTOGRAMS)


def times_table(entries: Sequence[Entry]) -> pa.Table:
    """Rows of kind "times": each quantity of each recurrent layer of each replica."""
    rows = [
        {
            "epoch": e.epoch,
            "replica": number,
            "layer": of.layer,
            "quantity": of.quantity,
            **{name: None if (v := getattr(of, name)) is None else v[place] for name in TIMES.names[4:]},
        }
        for e in entries
        for place, number in zip(e.kept, e.numbers, strict=True)
        for of in e.measured.times
    ]
    return pa.Table.from_pylist(rows, schema=TIMES)


def outputs_table(rows: Sequence[tuple[int, int, str, np.ndarray]]) -> pa.Table:
    """Rows of kind "outputs" from (epoch, replica, split, answers [rows, values])."""
    columns = {
        "epoch": np.array([row[0] for row in rows]),
        "replica": np.array([row[1] for row in rows]),
        "split": pa.array([row[2] for row in rows]),
        "answers": _lists(
            np.concatenate([row[3].ravel() for row in rows]).astype(np.float32), np.array([row[3].size for row in rows])
        ),
    }
    return _table(columns, OUTPUTS)


def plain_table(rows: Sequence[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Few rows, given one by one."""
    return pa.Table.from_pylist(list(rows), schema=schema)


def _table(columns: dict[str, Any], schema: pa.Schema) -> pa.Table:
    def cast(name: str) -> pa.Array:
        value = columns[name]
        array = value if isinstance(value, pa.Array) else pa.array(value)
        kind = schema.field(name).type
        return array if array.type.equals(kind) else array.cast(kind)

    return pa.Table.from_arrays([cast(name) for name in schema.names], schema=schema)


def _each(entries: Sequence[Entry], sizes: Sequence[int], value: Any, dtype: Any) -> np.ndarray:
    return np.repeat(np.array([value(e) for e in entries], dtype), sizes)


def _lists(values: np.ndarray, lengths: np.ndarray) -> pa.Array:
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values))


def _layer_column(name: str, entries: Sequence[Entry], shapes: Sequence[tuple[int, int]]) -> pa.Array:
    """A value is null where it was not measured. What is measured everywhere keeps its NaN: it is a finding."""
    parts = []
    missing = []
    for entry, shape in zip(entries, shapes, strict=True):
        values = entry.measured.layers.get(name)
        parts.append(np.zeros(shape) if values is None else values[entry.kept])
        missing.append(np.full(shape, values is None))
    flat = np.concatenate([part.ravel() for part in parts])
    gaps = np.concatenate([gap.ravel() for gap in missing])
    if name not in EVERYWHERE and name not in EXACT or name == "frozen_share":
        gaps |= np.isnan(flat)
    return pa.array(flat.astype(np.int64) if name in EXACT else flat, mask=gaps)


def _unit_column(name: str, rows: Sequence[tuple[np.ndarray, UnitValues, int]]) -> pa.Array:
    parts = [None if (values := getattr(each, name)) is None else values[place][picked] for picked, each, place in rows]
    lengths = [0 if part is None else len(part) for part in parts]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    known = [part for part in parts if part is not None]
    flat = np.concatenate(known).astype(np.float32) if known else np.zeros(0, np.float32)
    gaps = np.array([part is None for part in parts])
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat), mask=pa.array(gaps) if gaps.any() else None)


def _picked(units: int) -> np.ndarray:
    if units <= UNITS_KEPT:
        return np.arange(units)
    return np.linspace(0, units - 1, UNITS_KEPT).round().astype(np.int64)
