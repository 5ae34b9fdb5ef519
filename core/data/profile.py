"""What a table is like before anything is learned from it: distributions, suspicious things, and what to predict.

Pure: a Table in, frozen values out. The task follows core.data.target, so that page, command and training agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa

from core.data.proposing import (
    ID_NAME,
    MOST_COLUMNS,
    Explains,
    TargetProposal,
    chosen_target,
    codes_of,
    counts_up,
    explains,
    proposal,
    target_proposal,
    values_of,
)
from core.data.table import Column, ColumnType, Table

__all__ = [
    "ColumnProfile",
    "Explains",
    "Profile",
    "Remark",
    "TargetProposal",
    "explains",
    "profile",
    "proposal",
    "repeated_rows",
    "target_proposal",
]

Suspicion = Literal[
    "constant", "empty", "unique", "copy", "tails", "imbalance", "infinite", "sentinel", "missing", "few rows"
]


BINS = 20


MOST_LEVELS_SHOWN = 10


NEARLY_UNIQUE = 0.95


TAIL_FACTOR = (
    10.0  # interquartile ranges from the median beyond which a value is extreme (Tukey's 3, with room for skew)
)


IMBALANCE = 0.95  # share of the most frequent level of a column of few levels


MUCH_MISSING = 0.5


FEW_ROWS = 50


SENTINELS = (-9999.0, -999.0, -99.0, -1e9, 9999.0, 99999.0, 999999.0)  # numbers that stand for missing in old files


@dataclass(frozen=True)
class Remark:
    """Something to know about a column before using it."""

    kind: Suspicion
    text: str


@dataclass(frozen=True)
class ColumnProfile:
    """bars: (low, high, rows) of a histogram for numbers and dates (as seconds since 1970), else empty.
    levels: (value, rows) of the most frequent values for the other types. Shares are 0 to 1."""

    name: str
    type: ColumnType
    missing: int
    missing_share: float
    distinct: int
    bars: tuple[tuple[float, float, int], ...] = ()
    levels: tuple[tuple[str, int], ...] = ()
    minimum: float | None = None
    median: float | None = None
    maximum: float | None = None
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Profile:
    """repeated_rows: rows that occurred before. shown: number of columns described in full."""

    rows: int
    columns: tuple[ColumnProfile, ...]
    all_columns: int
    repeated_rows: int
    target: TargetProposal | None
    explains: tuple[Explains, ...]
    remarks: tuple[Remark, ...]


def profile(table: Table, target: str | None = None) -> Profile:
    """The whole picture of a table. target: the chosen one, where a person chose."""
    shown = table.columns[:MOST_COLUMNS]
    proposed = target_proposal(table) if target is None else chosen_target(table, target)
    codes = {column.name: codes_of(table, column) for column in shown}
    copies = _copies(table, codes)
    columns = tuple(_column(table, column, codes[column.name], copies.get(column.name)) for column in shown)
    told = explains(table, proposed.name, proposed.task) if proposed else ()
    remarks = (
        (Remark("few rows", f"{table.rows} rows are too few to trust any score."),) if table.rows < FEW_ROWS else ()
    )
    return Profile(table.rows, columns, len(table.columns), repeated_rows(table), proposed, told, remarks)


def _column(table: Table, column: Column, codes: np.ndarray, copy_of: str | None) -> ColumnProfile:
    distinct = int(codes.max(initial=-1)) + 1
    filled = table.rows - column.missing
    remarks = list(_common_remarks(table, column, distinct, filled, copy_of))
    bars: tuple[tuple[float, float, int], ...] = ()
    levels: tuple[tuple[str, int], ...] = ()
    ends: tuple[float | None, float | None, float | None] = (None, None, None)
    if column.type in ("number", "date"):
        values = values_of(table, column)
        finite = values[np.isfinite(values)]
        bars = _bars(finite)
        if finite.size:
            ends = (float(finite.min()), float(np.median(finite)), float(finite.max()))
        if column.type == "number":
            remarks += _number_remarks(values, finite)
    else:
        levels = _levels(table, column, codes)
        if 2 <= distinct <= MOST_LEVELS_SHOWN and levels[0][1] >= IMBALANCE * filled:
            remarks.append(Remark("imbalance", f"{levels[0][1] / filled:.0%} of the rows are '{levels[0][0][:40]}'."))
    share = column.missing / table.rows if table.rows else 0.0
    return ColumnProfile(column.name, column.type, column.missing, share, distinct, bars, levels, *ends, tuple(remarks))


def _common_remarks(table: Table, column: Column, distinct: int, filled: int, copy_of: str | None):
    if filled == 0:
        yield Remark("empty", "Every cell is missing: left out by default.")
        return
    if distinct == 1:
        yield Remark("constant", "Every row has the same value: nothing can be learned from it.")
    if column.missing > MUCH_MISSING * table.rows:
        yield Remark("missing", f"{column.missing / table.rows:.0%} of the cells are missing.")
    whole = column.type != "number" or pa.types.is_integer(table.data.column(column.name).type)
    cells = table.data.column(column.name)
    named = column.type not in ("number", "date") or ID_NAME.search(column.name) or counts_up(cells)
    if filled > 10 and whole and named and distinct >= (NEARLY_UNIQUE if column.type != "text" else 0.7) * filled:
        yield Remark(
            "unique", f"{distinct:,} of {filled:,} values differ: it names the rows and tells nothing about new ones."
        )
    if copy_of is not None:
        yield Remark("copy", f"It says the same as '{copy_of[:40]}'.")


def _number_remarks(values: np.ndarray, finite: np.ndarray):
    infinite = int(np.isinf(values).sum())
    if infinite:
        yield Remark("infinite", f"{infinite:,} values are infinite; they count as missing when data are prepared.")
    if finite.size < 10:
        return
    low, middle, high = np.percentile(finite, [25, 50, 75])
    for sentinel in SENTINELS:
        others = finite[finite != sentinel]
        if 0 < others.size < finite.size and abs(sentinel) > 3 * max(1.0, float(np.abs(others).max())):
            yield Remark(
                "sentinel",
                f"{finite.size - others.size:,} values are {sentinel:g}, far from all others: a sign for missing?",
            )
            return
    extreme = int((np.abs(finite - middle) > TAIL_FACTOR * (high - low)).sum()) if high > low else 0
    if extreme:
        yield Remark("tails", f"{extreme:,} values lie more than {TAIL_FACTOR:g} interquartile ranges from the median.")


def _bars(finite: np.ndarray) -> tuple[tuple[float, float, int], ...]:
    if not finite.size:
        return ()
    span = float(finite.max()) - float(finite.min())
    if not np.isfinite(span):
        return ()
    if np.unique(finite[:10_000]).size == 1 and span == 0:
        return ((float(finite[0]), float(finite[0]), int(finite.size)),)
    try:
        counts, edges = np.histogram(finite, bins=BINS)
    except ValueError:  # the range is too narrow for float64 to cut into bins
        return ((float(finite.min()), float(finite.max()), int(finite.size)),)
    return tuple((float(a), float(b), int(n)) for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True))


def _levels(table: Table, column: Column, codes: np.ndarray) -> tuple[tuple[str, int], ...]:
    counts = np.bincount(codes[codes >= 0])
    order = np.argsort(-counts, kind="stable")[:MOST_LEVELS_SHOWN]
    data = table.data.column(column.name)
    firsts = {int(code): int(np.argmax(codes == code)) for code in order}
    return tuple((str(data[firsts[int(code)]].as_py()), int(counts[code])) for code in order)


def _copies(table: Table, codes: dict[str, np.ndarray]) -> dict[str, str]:
    """Column → the earlier one it repeats: the same values, or the same levels under other names."""
    seen: dict[tuple, str] = {}
    found: dict[str, str] = {}
    for name, column_codes in codes.items():
        distinct = int(column_codes.max(initial=-1)) + 1
        if distinct < 2:
            continue
        key: tuple = ("levels", distinct, hash(column_codes.tobytes()))
        if distinct > 0.5 * table.rows:  # two columns of unique values have the same codes without being related
            key = ("values", distinct, hash(tuple(table.data.column(name).to_pylist())))
        if key in seen:
            found[name] = seen[key]
        else:
            seen[key] = name
    return found


def repeated_rows(table: Table, without: Sequence[str] = ()) -> int:
    """Rows whose every cell equals those of an earlier row. without: columns that do not count (ids)."""
    mixed = np.zeros(table.rows, np.uint64)
    for column in table.columns:
        if column.name not in without:
            mixed = (mixed ^ (codes_of(table, column) + 2).astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(29)
    return table.rows - int(np.unique(mixed).size)
