"""Single sequences seen from inside: what went in, and what every unit and gate made of it, step by step."""

import numpy as np
import pandas as pd

from core.analysis.pooling import evenly
from core.analysis.record import Record
from core.analysis.through import WORDS

MOST_CELLS = 9_000
"""Cells of a picture with its epochs (our choice: a megabyte of JSON)."""


def rows(record: Record) -> list[tuple[int, str]]:
    """Sequences that were kept: number of the row in the table, and what it was said to be."""
    table = record.frame("sequences", ["quantity", "row"])
    kept = sorted({int(row) for row in table.loc[table["quantity"] == "input", "row"]})
    targets = _targets(record)
    return [(row, targets.get(row, "")) for row in kept]


def _targets(record: Record) -> dict[int, str]:
    """The target of every recorded validation row in words."""
    frame = record.frame("rows", ["replica", "split", "row", "target"])
    frame = frame[(frame["split"] == "validation") & (frame["replica"] == frame["replica"].min())]
    if not len(frame):
        return {}
    numbers, values = frame["row"].iloc[0], np.asarray(frame["target"].iloc[0], dtype=float)
    classes = list(record.meta.get("classes") or [])
    width = max(1, len(values) // max(1, len(numbers)))
    first, more = (values.reshape(-1, width)[:, 0] if len(values) else values), " …" * (width > 1)
    said = [classes[int(v)] if classes else f"{v:.3g}{more}" for v in first]
    return {int(row): word for row, word in zip(numbers, said, strict=False)}


def quantities(record: Record, layer: int) -> list[str]:
    """What can be looked at of a layer, as recorded."""
    table = record.frame("sequences", ["layer", "quantity"])
    return list(dict.fromkeys(table.loc[table["layer"] == layer, "quantity"]))


def inputs(record: Record, row: int) -> pd.DataFrame:
    """What went in: step (from 1), name of the value, value as the network sees it."""
    table = _of(record, 0, "input", row)
    if not len(table):
        return pd.DataFrame({"step": [], "name": [], "value": []})
    shape = record.meta.get("shape") or [len(table["values"].iloc[0]), 1]
    columns = list(record.meta.get("inputs") or [])
    names = [name.rsplit(" ", 1)[0] for name in columns[: shape[1]]] or ["x"]
    values = np.asarray(table["values"].iloc[0], dtype=float).reshape(-1, shape[1])
    steps = table["steps"].iloc[0]
    return pd.DataFrame(
        {
            "step": np.repeat(np.asarray(steps), shape[1]),
            "name": names * len(values),
            "value": values.ravel(),
        }
    )


def cells(record: Record, layer: int, quantity: str, row: int) -> pd.DataFrame:
    """Every kept unit at every kept step: epoch, until (the next step that was kept is `until_step`), step, unit (its
    place in the picture: those that end highest are on top), value, words."""
    table = _of(record, layer, quantity, row).sort_values("epoch")
    if not len(table):
        return pd.DataFrame({name: [] for name in ("epoch", "step", "until_step", "unit", "value", "words")})
    steps = np.asarray(table["steps"].iloc[0])
    units = len(table["values"].iloc[0]) // len(steps)
    kept = set(evenly(table["epoch"].tolist(), max(2, MOST_CELLS // (len(steps) * units))))
    table = table[table["epoch"].isin(kept)]
    values = np.stack([np.asarray(each, dtype=float).reshape(len(steps), units) for each in table["values"]])
    order = np.argsort(values[-1, -1], kind="stable")
    values = values[:, :, order]
    ends = np.append(steps[1:], steps[-1] + 1)
    shape = values.shape
    return pd.DataFrame(
        {
            "epoch": np.repeat(table["epoch"].to_numpy(), len(steps) * units),
            "step": np.tile(np.repeat(steps, units), shape[0]),
            "until_step": np.tile(np.repeat(ends, units), shape[0]),
            "unit": np.tile(np.arange(units), shape[0] * len(steps)),
            "value": values.ravel(),
        }
    )


def title(quantity: str) -> str:
    """A quantity as a person reads it."""
    return WORDS.get(quantity, quantity)


def _of(record: Record, layer: int, quantity: str, row: int) -> pd.DataFrame:
    table = record.frame("sequences")
    return table[(table["layer"] == layer) & (table["quantity"] == quantity) & (table["row"] == row)]
