"""What a target column asks: classes or values, and whether anything can be learned from it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.data.columns import HUGE, TOO_LARGE, huge, kinds, labels, numbers
from core.data.splits import Task
from core.refusal import Problem

if TYPE_CHECKING:
    from core.data.table import Table

LEAST_ROWS = 5
"""Rows with a target below which nothing is trained: one each for validation and test, three to learn from
(our choice)."""
FEW_ROWS = 50
"""Rows with a target below which every score is mostly chance (our choice)."""
MOST_CLASSES = 1_000
"""Classes beyond which a target is taken for an id or a value (our choice: as many as ImageNet's)."""
ROWS_PER_CLASS = 2
"""Rows per class, on average, below which a target is taken for an id (our choice)."""
RECURRING_VALUES = 20
"""Whole numbers with at most so many distinct values …"""
RECURRING_ROWS = 10
"""… each with at least so many rows on average are proposed as classes (our choice)."""


def question(
    table: "Table", targets: Sequence[str], task: str
) -> tuple[Task, tuple[str, ...], tuple[str, ...], list[Problem]]:
    """The task, its classes in order, notes, and every reason why nothing can be learned from these targets. Several
    are values, each of its own."""
    if len(targets) > 1:
        return "regression", (), (), _several_problems(table, targets, task)
    target = targets[0]
    kind = kinds(table)[target]
    asked, why = (task, "") if task != "auto" else inferred(table, target, kind)
    if asked == "regression":
        return "regression", (), _notes(why), _value_problems(table, target, kind)
    names = _class_names(labels(table, target))
    return "classification", names, _notes(why), _class_problems(table, target, names)


def inferred(table: "Table", target: str, kind: str) -> tuple[Task, str]:
    """Classification or regression, and why, in a sentence ('' where it needs no saying)."""
    if kind != "number":
        return "classification", ""
    values = numbers(table, target)
    values = values[np.isfinite(values)]
    distinct = np.unique(values)
    if len(distinct) == 2:
        return "classification", f"{target!r} has two values: taken as two classes"
    whole = bool((distinct == np.round(distinct)).all())
    if whole and 2 < len(distinct) <= RECURRING_VALUES and len(values) >= RECURRING_ROWS * len(distinct):
        why = f"{target!r} has {len(distinct)} whole values that recur: taken as classes. If they measure something, "
        return "classification", why + "choose regression"
    return "regression", ""


def label_order(names: "set[str] | list[str]") -> list[str]:
    """Numbers by size, then words by letter."""
    return sorted(names, key=lambda name: (0, float(name), name) if _is_number(name) else (1, 0.0, name))


def _notes(why: str) -> tuple[str, ...]:
    return (why,) if why else ()


def _class_names(column: np.ndarray) -> tuple[str, ...]:
    return tuple(label_order({label for label in column.tolist() if label is not None}))


def _class_problems(table: "Table", target: str, names: tuple[str, ...]) -> list[Problem]:
    rows = int(sum(label is not None for label in labels(table, target).tolist()))
    few = _too_few(target, rows)
    if few:
        return few
    if len(names) == 1:
        message = f"{target!r} has one class only, {names[0][:60]!r}: there is nothing to tell apart. Choose another"
        return [Problem("data.target", message + " target")]
    if len(names) > MOST_CLASSES or rows < ROWS_PER_CLASS * len(names):
        message = f"{target!r} has {len(names):,} classes in {rows:,} rows: is it an id, or a value? "
        return [Problem("data.target", message + "Choose regression if it measures something, else another target")]
    return []


def _several_problems(table: "Table", targets: Sequence[str], task: str) -> list[Problem]:
    known = kinds(table)
    found = [problem for name in targets for problem in _value_problems(table, name, known[name])]
    if task == "classification":
        found.append(Problem("data.task", "several targets are values, not classes: choose regression, or one target"))
    whole = np.all([np.abs(numbers(table, name)) <= HUGE for name in targets], axis=0) if not found else np.ones(0)
    return found or _too_few(" and ".join(targets), int(whole.sum()))


def _value_problems(table: "Table", target: str, kind: str) -> list[Problem]:
    if kind not in ("number", "boolean", "id") or not _holds_numbers(table, target):
        message = f"{target!r} holds {_plural(kind)}, not numbers: choose classification or another target"
        return [Problem("data.target", message)]
    values = numbers(table, target)
    usable = values[np.isfinite(values) & (np.abs(values) <= HUGE)]
    few = _too_few(target, len(usable), huge(values))
    if few:
        return few
    if usable.min() == usable.max():
        message = f"{target!r} is always {usable[0]:g}: there is nothing to learn. Choose another target"
        return [Problem("data.target", message)]
    return []


def _too_few(target: str, rows: int, too_large: int = 0) -> list[Problem]:
    if rows >= LEAST_ROWS:
        return []
    if rows == 0:
        said = TOO_LARGE if too_large else "missing in every row: choose another target"
        return [Problem("data.target", f"{target!r} is {said}")]
    have = "row has" if rows == 1 else "rows have"
    message = f"only {rows} {have} a value in {target!r}; training needs at least {LEAST_ROWS}: add rows"
    return [Problem("data.target", message)]


def _holds_numbers(table: "Table", target: str) -> bool:
    try:
        numbers(table, target)
    except ValueError:
        return False
    return True


def _plural(kind: str) -> str:
    return {"category": "words", "text": "text", "date": "dates", "id": "ids"}.get(kind, kind)


def _is_number(name: str) -> bool:
    try:
        return bool(np.isfinite(float(name)))
    except ValueError:
        return False
