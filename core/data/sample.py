"""A table with its task: which column is the target, which are inputs, and which classes there are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np

from core.data.splits import Task
from core.refusal import Problem, Refusal

if TYPE_CHECKING:
    import pyarrow as pa

    from core.data.table import ColumnType, Table


@dataclass(frozen=True)
class Sample:
    """Rows, and what is asked of them."""

    table: "Table"
    target: str
    inputs: tuple[str, ...]
    task: Task
    classes: tuple[str, ...] = ()
    """Labels in the order of their numbers; empty for a regression."""
    named: bool = False
    """A person named the inputs: then words and ids among them are used, not left out."""
    notes: tuple[str, ...] = ()
    shape: tuple[int, ...] | None = None
    """What the inputs of one row are together, in their order, where they are more than a list: (channels, height,
    width) of an image, (steps, values) of a sequence. Then every one of them enters the network as a number."""
    begins: str | None = None
    """Of windows of time: the column that says when each began. No window may straddle the border of two parts."""
    also: tuple[str, ...] = ()
    """Of a regression: more columns that are predicted beside `target`, a value in each."""

    asked_steps: int = 0
    """Of sequences that are asked at every step: how many steps; `targets` are those of the first step, then of the
    second … 0: every row is asked as a whole."""

    @property
    def targets(self) -> tuple[str, ...]:
        """All columns that are predicted."""
        return (self.target, *self.also)


def chosen(
    table: "Table", target: str | Sequence[str], columns: Sequence[str] | None = None, task: str = "auto"
) -> Sample:
    """What a person asks of their table; of several targets a value in each. Raises Refusal with every problem."""
    from core.data.target import question

    targets = (target,) if isinstance(target, str) else tuple(target)
    problems = _unknown(table, targets, columns)
    if any(problem.path == "data.target" for problem in problems):
        raise Refusal(*problems)
    asked, classes, notes, wrong = question(table, targets, task)
    inputs = tuple(columns) if columns else tuple(c.name for c in table.columns if c.name not in targets)
    if not inputs:
        said = f"{targets[0]!r} is the only column" if len(targets) == 1 else "every column is a target"
        wrong.append(Problem("data.columns", f"{said}: a network needs at least one input"))
    if problems or wrong:
        raise Refusal(*problems, *wrong)
    return Sample(table, targets[0], inputs, asked, classes, named=bool(columns), notes=notes, also=targets[1:])


def from_file(
    path: str, target: str | Sequence[str] | None, columns: Sequence[str] | None = None, task: str = "auto"
) -> Sample:
    """The same for a file on this machine; without a target the one that its profile proposes."""
    table, said = _read(path)
    if target is None:
        from core.data.profile import proposal

        target = (proposal(table) or {}).get("target")
    if target is None:
        raise Refusal(Problem("data.target", "no column looks like a target: name the column to be predicted"))
    sample = chosen(table, target, columns, task)
    return replace(sample, notes=(*said, *sample.notes))


def _read(path: str) -> "tuple[Table, tuple[str, ...]]":
    """The table in a file and the reader's warnings. Raises Refusal."""
    from pathlib import Path

    from core.data.reading import read
    from core.data.table import Table

    if path.endswith(".parquet"):
        try:
            return Table.read_parquet(path), ()
        except (OSError, ValueError) as error:
            raise Refusal(Problem("data.path", f"{error}")) from error
    reading = read(Path(path))
    if reading.table is None:
        raise Refusal(Problem("data.path", reading.refusal or "the file holds no table"))
    return reading.table, tuple(message.text for message in reading.messages if message.level == "warning")


def of_classes(
    inputs: np.ndarray, classes: np.ndarray, names: Sequence[str], class_names: Sequence[str], target: str
) -> Sample:
    """A clean sample from arrays. inputs: [rows, columns]; classes: [rows] numbers into `class_names`."""
    labels = np.asarray(class_names, dtype=object)[classes]
    table = _table(inputs, names, {target: labels})
    return Sample(table, target, tuple(names), "classification", tuple(class_names))


def of_values(inputs: np.ndarray, values: np.ndarray, names: Sequence[str], target: str, *also: str) -> Sample:
    """A clean sample from arrays. inputs: [rows, columns]; values: [rows], or [rows, targets] for more than one."""
    columns = values.reshape(len(values), -1).T
    table = _table(inputs, names, dict(zip((target, *also), columns, strict=True)))
    return Sample(table, target, tuple(names), "regression", also=also)


def as_table(data: "pa.Table") -> "Table":
    """A table of clean Arrow columns: numbers, booleans and words, each typed by its Arrow type."""
    import pyarrow as pa

    from core.data.table import Table

    return Table.of(data, {field.name: _type(pa.types, field.type) for field in data.schema})


def _type(types: Any, arrow: Any) -> "ColumnType":
    if types.is_boolean(arrow):
        return "boolean"
    if types.is_temporal(arrow):
        return "date"
    return "category" if types.is_string(arrow) or types.is_large_string(arrow) else "number"


def _table(inputs: np.ndarray, names: Sequence[str], targets: "dict[str, np.ndarray]") -> "Table":
    import pyarrow as pa

    columns = {name: pa.array(inputs[:, k]) for k, name in enumerate(names)}
    return as_table(pa.table(columns | {name: pa.array(values) for name, values in targets.items()}))


def _unknown(table: "Table", targets: Sequence[str], columns: Sequence[str] | None) -> list[Problem]:
    known = [column.name for column in table.columns]
    problems = []
    for path, names in (("data.target", targets), ("data.columns", columns or ())):
        problems += [Problem(path, _no_such(name, known)) for name in names if name not in known]
        twice = sorted({name for name in names if list(names).count(name) > 1})
        problems += [Problem(path, f"column {name!r} is named twice: name it once") for name in twice]
    asked = [name for name in targets if name in (columns or ())]
    said = "is the target" if len(targets) == 1 else "is a target"
    return problems + [Problem("data.columns", f"{name!r} {said}: it cannot also be an input") for name in asked]


def _no_such(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=3)
    shown = near or list(known[:5])
    more = "" if near or len(known) <= 5 else f" … ({len(known):,} in all)"
    intro = "Near it" if near else "There are"
    return f"there is no column {name[:60]!r}. {intro}: {', '.join(map(repr, shown))}{more}"
