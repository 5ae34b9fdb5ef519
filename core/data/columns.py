"""Columns of a table as numpy arrays, and which of them can be inputs of a network in which role."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from core.data.sample import Sample
    from core.data.table import Table

HUGE = 1e30
"""Numbers beyond ± this count as missing: their squares leave float32, which ends at 3.4e38 (our choice)."""
TOO_LARGE = "too large to train on (beyond 1e30): divide it by a constant"
UNIQUE_SHARE = 0.5
"""Distinct words per row above which a column names its rows instead of describing them (our choice)."""
MICROSECONDS_PER_DAY = 86_400_000_000

Role = Literal["number", "flag", "category", "embedded", "date"]
MOST_EMBEDDED = 100_000
"""Levels of a category that is embedded, at most (our choice: some megabytes of names in a record)."""


@dataclass(frozen=True)
class Use:
    """An input column and how it enters: as a number, as 0 or 1, as one column per level, as the number of its level,
    or as parts of a date."""

    column: str
    role: Role


def kinds(table: "Table") -> dict[str, str]:
    """The type of every column by its name."""
    return {column.name: column.type for column in table.columns}


def numbers(table: "Table", name: str) -> np.ndarray:
    """A column as float64 [rows], missing as NaN; infinite and huge values stay. Raises ValueError for words."""
    import pyarrow as pa

    column = table.data.column(name)
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    try:
        return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{name!r} does not hold numbers") from error


def labels(table: "Table", name: str) -> np.ndarray:
    """A column as words [rows] (object), missing as None. Whole numbers are written without a fraction."""
    import pyarrow as pa

    column = table.data.column(name)
    if pa.types.is_floating(column.type):
        shown = [None if v is None or v != v else _shown(v) for v in column.to_pylist()]
        return np.array(shown, dtype=object)
    return np.array(column.cast(pa.string()).to_pylist(), dtype=object)


def days(table: "Table", name: str) -> np.ndarray:
    """A date column as days since 1970-01-01, float64 [rows], missing as NaN."""
    import pyarrow as pa

    column = table.data.column(name).cast(pa.timestamp("us")).cast(pa.int64())
    return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)) / MICROSECONDS_PER_DAY


def usable(
    sample: "Sample", rows: np.ndarray, most_levels: int, embed_over: int | None = None, embed: Sequence[str] = ()
) -> tuple[list[Use], list[str]]:
    """Which inputs enter the network and how, judged on `rows`, and in sentences what is left out and why. embed_over:
    categories with more levels enter as numbers of levels; None: none does, but for those named in embed."""
    known = kinds(sample.table)
    uses: list[Use] = []
    left: dict[str, list[str]] = {}
    for name in sample.inputs:
        over = 0 if name in embed else embed_over
        role, why = _role(sample, name, known[name], rows, most_levels, over)
        if role is None:
            left.setdefault(why, []).append(name)
        else:
            uses.append(Use(name, role))
    return uses, [f"left out: {listed(names)}: {why}" for why, names in left.items()]


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names in a sentence: the first few, and how many more."""
    shown = ", ".join(repr(name[:60]) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"


def _role(
    sample: "Sample", name: str, kind: str, rows: np.ndarray, most_levels: int, embed_over: int | None
) -> tuple[Role | None, str]:
    if kind in ("text", "id") and not sample.named:
        return None, "free text" if kind == "text" else "an id says which row it is, not what it is like"
    if kind in ("number", "boolean"):
        return _number_role(numbers(sample.table, name)[rows], kind, sample.named)
    if kind == "date":
        values = days(sample.table, name)[rows]
        return ("date", "") if _varies(values) else (None, _why_still(values))
    return _word_role(labels(sample.table, name)[rows], most_levels, embed_over, sample.named)


def _number_role(values: np.ndarray, kind: str, named: bool) -> tuple[Role | None, str]:
    usable = np.where(np.abs(values) <= HUGE, values, np.nan)
    if not _varies(usable):
        return None, TOO_LARGE if not np.isfinite(usable).any() and huge(values) else _why_still(usable)
    values = usable
    if kind == "number" and not named and _counts_rows(values):
        return None, "it numbers the rows"
    return ("flag" if kind == "boolean" else "number"), ""


def _word_role(words: np.ndarray, most_levels: int, embed_over: int | None, named: bool) -> tuple[Role | None, str]:
    present = [word for word in words.tolist() if word is not None]
    levels = len(set(present))
    if not present or (levels == 1 and len(present) == len(words)):
        return None, "always missing" if not present else "always the same"
    if levels > UNIQUE_SHARE * len(present) and levels > 2 and not named:
        return None, "nearly every row has its own value"
    is_embedded = embed_over is not None and levels > embed_over
    most = MOST_EMBEDDED if is_embedded else most_levels
    if levels > most:
        return None, f"more than {most:,} levels"
    return "embedded" if is_embedded else "category", ""


def _varies(values: np.ndarray) -> bool:
    present = values[np.isfinite(values)]
    return len(present) > 0 and bool(present.min() < present.max())


def huge(values: np.ndarray) -> int:
    """How many are numbers beyond HUGE; infinities are none."""
    return int((np.isfinite(values) & (np.abs(values) > HUGE)).sum())


def _why_still(values: np.ndarray) -> str:
    return "always the same" if np.isfinite(values).any() else "always missing"


def _counts_rows(values: np.ndarray) -> bool:
    """1, 2, 3 … in the order of the rows, or with some rows left out: whole, distinct, rising and nearly gapless."""
    if len(values) < 20 or not np.isfinite(values).all() or (values != np.round(values)).any():
        return False
    steps = np.diff(values)
    return bool((steps >= 1).all()) and bool(np.median(steps) == 1) and float(steps.mean()) < 1.5


def _shown(value: float) -> str:
    return str(int(value)) if abs(value) < 1e15 and value == int(value) else repr(value)
