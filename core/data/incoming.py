"""New rows as a person or a file gives them, made into a table that a fitted preparation can read. What is missing,
unreadable or never seen is said for each row, with what is done then."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.data.columns import HUGE
from core.data.fitted import Fitted, target_columns
from core.data.reading.cells import MISSING_AMONG_WORDS, TRUE_FALSE

if TYPE_CHECKING:
    from core.data.table import ColumnType, Table

Row = Mapping[str, Any]
SHOWN = 40
"""Characters of a cell that a note repeats (our choice)."""
TRUE = frozenset(yes for yes, _ in TRUE_FALSE)
FALSE = frozenset(no for _, no in TRUE_FALSE)


@dataclass(frozen=True)
class Incoming:
    """table: the columns that the preparation needs. notes: for each row, in sentences. unused: columns that no input
    of the network comes from."""

    table: "Table"
    notes: list[list[str]]
    unused: list[str]


def incoming(rows: Sequence[Row], fitted: Fitted, fill: str) -> Incoming:
    """Rows as a table. Numbers, true and false, words and ISO dates; a cell that is None, empty or a usual spelling of
    missing is missing. fill: in words, how training filled missing numbers ("the median")."""
    import pyarrow as pa

    from core.data.table import Table

    kinds = kinds_of(fitted)
    notes: list[list[str]] = [[] for _ in rows]
    columns: dict[str, Any] = {}
    for entry in fitted.words:
        columns[entry["column"]] = pa.array(_words(rows, entry, notes), pa.string())
    arrow = {"number": pa.float64(), "boolean": pa.bool_(), "date": pa.timestamp("us")}
    for name, kind in kinds.items():
        if kind != "category":
            columns[name] = pa.array(_values(rows, name, kind, _done(fitted, name, kind, fill), notes), arrow[kind])
    targets = target_columns(fitted.target)
    given = dict.fromkeys(str(name) for row in rows for name in row)
    unused = [name for name in given if name not in kinds and name not in targets]
    return Incoming(Table.of(pa.table({name: columns[name] for name in kinds}), kinds), notes, unused)


def kinds_of(fitted: Fitted) -> "dict[str, ColumnType]":
    """The columns that a preparation reads, each with the type it had in training."""
    kinds: dict[str, ColumnType] = {}
    for entry in fitted.numbers:
        kinds[entry["column"]] = "number" if entry["part"] is None else "date"
    kinds |= {entry["column"]: "boolean" for entry in fitted.flags}
    return kinds | {entry["column"]: "category" for entry in fitted.words}


def is_missing(cell: Any) -> bool:
    """Whether a cell holds nothing."""
    if cell is None or isinstance(cell, float) and math.isnan(cell):
        return True
    return isinstance(cell, str) and cell.strip() in MISSING_AMONG_WORDS


def _done(fitted: Fitted, name: str, kind: str, fill: str) -> str:
    if kind == "boolean":
        value = next(entry["fill"] for entry in fitted.flags if entry["column"] == name)
        return f"taken as {'yes' if value == 1 else 'no' if value == 0 else f'{value:g}'}, as in training"
    if fitted.neighbours:
        return "filled from the nearest training rows"
    if kind == "date":
        return f"its parts are filled with {fill} of the training rows"
    value = next(entry["fill"] for entry in fitted.numbers if entry["column"] == name)
    return f"filled with {value:g}, {fill} of the training rows" if fill else f"filled with {value:g}"


def _values(rows: Sequence[Row], name: str, kind: str, done: str, notes: list[list[str]]) -> list[Any]:
    read = {"number": _number, "boolean": _flag, "date": _moment}[kind]
    values: list[Any] = []
    for row, said in zip(rows, notes, strict=True):
        cell = row.get(name)
        value = None
        if is_missing(cell):
            said.append(f"{name!r} is missing: {done}")
        else:
            try:
                value = read(cell)
            except (ValueError, OverflowError, TypeError):
                said.append(f"{name!r} is {str(cell)[:SHOWN]!r}, which is no {_NOUN[kind]}: {done}")
        values.append(value)
    return values


_NOUN = {"number": "number", "boolean": "yes or no", "date": "date such as 2024-01-31"}


def _number(cell: Any) -> float:
    text = str(cell).strip()
    value = float(text)
    if not abs(value) <= HUGE or "_" in text:
        raise ValueError(text)
    return value


def _flag(cell: Any) -> bool:
    word = str(cell).strip().lower()
    if word in TRUE | FALSE:
        return word in TRUE
    value = _number(cell)
    if value not in (0, 1):
        raise ValueError(word)
    return value == 1


def _moment(cell: Any) -> datetime:
    moment = cell if isinstance(cell, datetime) else datetime.fromisoformat(str(cell).strip())
    return moment.replace(tzinfo=None) - (moment.utcoffset() or timedelta())


def _words(rows: Sequence[Row], entry: Mapping[str, Any], notes: list[list[str]]) -> list[str | None]:
    name, known = entry["column"], {*entry["levels"], *entry["rare"]}
    words: list[str | None] = []
    for row, said in zip(rows, notes, strict=True):
        word = _word(row.get(name), known)
        if word is None:
            said.append(f"{name!r} is missing: {_taken(entry, known)}")
        elif word not in known:
            said.append(f"{name!r} is {word[:SHOWN]!r}, never seen in training: it counts as none of the levels")
        elif word in entry["rare"]:
            said.append(f"{name!r} is {word[:SHOWN]!r}, rare in training: it counts as one of the rare levels")
        words.append(word)
    return words


def _word(cell: Any, known: set[str | None]) -> str | None:
    if isinstance(cell, str):
        word = cell if cell in known else cell.strip()
        return None if word not in known and is_missing(word) else word
    if is_missing(cell):
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _taken(entry: Mapping[str, Any], known: set[str | None]) -> str:
    if entry["fill"] is not None:
        return f"taken as {entry['fill'][:SHOWN]!r}, the most frequent in training"
    return "a level of its own, as in training" if None in known else "it counts as none of the levels"
