"""A table in the order of time as sequences: windows of rows, each with the target that lies a few rows after it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.choices.windows import Windows
from core.data.columns import HUGE, days, kinds, labels, listed, numbers
from core.data.sample import Sample
from core.data.sequences import columns, each_asked
from core.data.table import Table
from core.refusal import Problem, Refusal

if TYPE_CHECKING:
    from core.data.table import ColumnType

BEGINS, NUMBER = "window begins", "row of the file"
"""Columns that say of every window when it begins and, where the file is the order, at which row its target lies."""
MOST_CELLS = 20_000_000
"""Numbers of all windows together (our choice: 160 MB while they are made)."""


def windowed(sample: Sample, windows: Windows) -> Sample:
    """One row per window: its values step by step, its target, when it begins and the moment of its target; in the
    order of groups, then of time. Raises Refusal."""
    moments = _moments(sample, windows)
    groups = _groups(sample, windows)
    values, left = _values(sample, windows)
    asked = _asked(sample, windows)
    rows, targets = _cut(moments, groups, _known(sample), windows)
    _refuse_few(sample, windows, rows, values)
    if len(rows) * windows.length * len(values) > MOST_CELLS:
        message = f"{len(rows):,} windows of {windows.length} steps are too many numbers: choose a longer stride"
        raise Refusal(Problem("data.windows.stride", message))
    names = [_free(name, sample, windows, asked) for name in values]
    return replace(
        sample,
        table=_table(sample, windows, values, names, rows, targets, asked),
        target=asked[0],
        also=asked[1:],
        asked_steps=windows.length if windows.asked == "every_step" else 0,
        inputs=columns(windows.length, tuple(names)),
        named=True,
        shape=(windows.length, len(names)),
        begins=_unused(sample, BEGINS),
        notes=(*sample.notes, *_said(sample, windows, left, len(rows))),
    )


def order_of(sample: Sample, windows: Windows) -> str:
    """The column of a windowed table that holds the moment of every window's target."""
    return windows.order or _unused(sample, NUMBER)


def _asked(sample: Sample, windows: Windows) -> tuple[str, ...]:
    """Names of the targets of a window: of the first row that is asked, then of the next …"""
    if windows.asked == "end":
        return sample.targets
    if sample.task == "classification":
        said = "a class is asked once for each window: let it be asked at the end, or choose a target of numbers"
        raise Refusal(Problem("data.windows.asked", said))
    if windows.asked == "every_step":
        found = each_asked(windows.length, tuple(f"{name} after" for name in sample.targets), "data.windows.length")
    else:
        found = each_asked(windows.horizon, tuple(f"{name} in" for name in sample.targets), "data.windows.horizon")
    return tuple(_unused(sample, name) for name in found)


def _moments(sample: Sample, windows: Windows) -> np.ndarray:
    """When each row was, float64 [rows]; NaN where that is not known."""
    if windows.order is None:
        return np.arange(sample.table.rows, dtype=np.float64)
    kind = _kind(sample, windows.order, "order")
    if kind not in ("date", "number"):
        message = f"{windows.order!r} holds neither dates nor numbers: it cannot order the rows"
        raise Refusal(Problem("data.windows.order", message))
    return (days if kind == "date" else numbers)(sample.table, windows.order)


def _groups(sample: Sample, windows: Windows) -> np.ndarray:
    if windows.group is None:
        return np.zeros(sample.table.rows, np.int64)
    _kind(sample, windows.group, "group")
    words = ["" if word is None else f"={word}" for word in labels(sample.table, windows.group).tolist()]
    return np.unique(words, return_inverse=True)[1]


def _kind(sample: Sample, column: str, what: str) -> str:
    known = kinds(sample.table)
    if column not in known:
        message = f"there is no column {column[:60]!r} in this table: choose one that is"
        raise Refusal(Problem(f"data.windows.{what}", message))
    return known[column]


def _known(sample: Sample) -> np.ndarray:
    """Rows that have every target."""
    if sample.task == "classification":
        return np.array([label is not None for label in labels(sample.table, sample.target).tolist()], dtype=bool)
    known: np.ndarray = np.all([np.abs(numbers(sample.table, name)) <= HUGE for name in sample.targets], axis=0)
    return known


def _values(sample: Sample, windows: Windows) -> tuple[dict[str, np.ndarray], list[str]]:
    """What a step holds, each [rows] float64: number and boolean columns, and the target's own past (a class as its
    number, which is honest for two and a hint for more); and the columns that are left out."""
    known, found = kinds(sample.table), {}
    used = [name for name in sample.inputs if name not in (windows.order, windows.group)]
    for name in used:
        if known[name] in ("number", "boolean"):
            values = numbers(sample.table, name)
            if np.nanmin(values, initial=np.inf) < np.nanmax(values, initial=-np.inf):
                found[name] = values
    if windows.past:
        found |= {name: _past(sample, name) for name in sample.targets}
    return found, [name for name in used if name not in found]


def _past(sample: Sample, target: str) -> np.ndarray:
    if sample.task == "regression":
        return numbers(sample.table, target)
    place = {name: float(number) for number, name in enumerate(sample.classes)}
    return np.array([place.get(label, np.nan) for label in labels(sample.table, target).tolist()])


def _cut(moments: np.ndarray, groups: np.ndarray, known: np.ndarray, windows: Windows) -> tuple[np.ndarray, np.ndarray]:
    """Rows of each window [windows, steps] and the rows that are asked [windows, 1 or more], the last of them last."""
    usable = np.flatnonzero(np.isfinite(moments))
    order = usable[np.lexsort((moments[usable], groups[usable]))]
    ends = np.flatnonzero(np.diff(groups[order])) + 1
    span = windows.length + windows.horizon
    starts = [
        start + np.arange(0, max(0, stop - start - span + 1), windows.stride)
        for start, stop in zip([0, *ends], [*ends, len(order)], strict=True)
    ]
    first = np.concatenate(starts).astype(np.int64)
    steps = np.arange(windows.length)
    asked = np.array([span - 1])
    if windows.asked != "end":
        asked = steps + windows.horizon if windows.asked == "every_step" else np.arange(windows.length, span)
    first = first[known[order[first[:, None] + asked]].all(1)] if len(first) else first
    return order[first[:, None] + steps], order[first[:, None] + asked]


def _refuse_few(sample: Sample, windows: Windows, rows: np.ndarray, values: dict[str, np.ndarray]) -> None:
    problems = []
    if not values:
        said = "no column holds numbers that change: a window has nothing to show"
        problems.append(Problem("data.columns", f"{said}; let the target's own past be an input"))
    if not len(rows):
        said = f"no group has {windows.length + windows.horizon} rows in a row, the length and the horizon together"
        problems.append(Problem("data.windows.length", f"{said}: choose shorter windows"))
    if problems:
        raise Refusal(*problems)


def _table(
    sample: Sample,
    windows: Windows,
    values: dict[str, np.ndarray],
    names: Sequence[str],
    rows: np.ndarray,
    targets: np.ndarray,
    asked: tuple[str, ...],
) -> Table:
    import pyarrow as pa

    data, types = sample.table.data, {column.name: column.type for column in sample.table.columns}
    steps = np.stack([each[rows] for each in values.values()], axis=2).reshape(len(rows), -1)
    found = {
        name: pa.array(steps[:, place], from_pandas=True)
        for place, name in enumerate(columns(windows.length, tuple(names)))
    }
    said: dict[str, ColumnType] = dict.fromkeys(found, "number")
    sources = [(name, place) for place in range(targets.shape[1]) for name in sample.targets]
    for name, (source, place) in zip(asked, sources, strict=True):
        found[name], said[name] = data.column(source).take(pa.array(targets[:, place])), types[source]
    last = pa.array(targets[:, -1])
    for kept in (windows.order, windows.group):
        if kept is not None and kept not in found:
            found[kept], said[kept] = data.column(kept).take(last), types[kept]
    begins, order = _unused(sample, BEGINS), order_of(sample, windows)
    if windows.order is None:
        found[order], said[order] = pa.array(targets[:, -1] + 1), "number"
        found[begins], said[begins] = pa.array(rows[:, 0] + 1), "number"
    else:
        found[begins], said[begins] = data.column(windows.order).take(pa.array(rows[:, 0])), types[windows.order]
    return Table.of(pa.table(found), said)


def _free(name: str, sample: Sample, windows: Windows, asked: tuple[str, ...]) -> str:
    """The name of a value such that none of its steps is called like another column that stays."""
    kept = {*asked, windows.order, windows.group, _unused(sample, BEGINS), order_of(sample, windows)}
    while any(step in kept for step in columns(windows.length, (name,))):
        name += "′"
    return name


def _unused(sample: Sample, name: str) -> str:
    known = kinds(sample.table)
    while name in known:
        name += "′"
    return name


def _said(sample: Sample, windows: Windows, left: list[str], count: int) -> list[str]:
    of = f" of each {windows.group!r}" if windows.group else ""
    said = [f"{sample.table.rows:,} rows{of} became {count:,} windows of {windows.length} steps"]
    return said + ([f"left out of the windows: {listed(left)}: not numbers, or always the same"] if left else [])
