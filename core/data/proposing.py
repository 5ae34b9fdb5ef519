"""What to predict in a table, and which columns tell about it: pure, the task as core.data.target has it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.data.pixels import shape_of
from core.data.sample import Sample
from core.data.splits import Task
from core.data.table import Column, Table
from core.data.target import inferred

MOST_COLUMNS = 400  # columns described in full; the rest is counted (our choice: more cannot be looked at)


LEAK = 0.98  # share of the target that one column explains on rows it was not fitted on


MOST_CLASSES = 50


TARGET_NAMES = (
    "target",
    "label",
    "labels",
    "class",
    "y",
    "outcome",
    "response",
    "output",
    "result",
    "churn",
    "churned",
    "survived",
    "default",
    "diagnosis",
    "species",
    "quality",
    "price",
    "saleprice",
    "sale_price",
    "selling_price",
    "median_house_value",
    "medv",
    "mpg",
    "charges",
    "salary",
    "income",
    "fraud",
    "is_fraud",
    "spam",
    "attrition",
    "exited",
    "deposit",
    "category",
    "grade",
    "score",
    "rating",
    "risk",
    "type",
    "sentiment",
    "disease",
    "amount",
    "sales",
    "revenue",
    "value",
)


ID_NAME = re.compile(r"(^|_|\b)(id|uuid|guid|index|key|no|nr|number|row)$|^(unnamed|column_1$)|Id$|ID$", re.I)


@dataclass(frozen=True)
class TargetProposal:
    """What to predict, which task that is, and why it was proposed."""

    name: str
    task: Task
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Explains:
    """How much one column alone tells about the target, 0 to 1, on rows it was not fitted on."""

    column: str
    share: float

    @property
    def is_leak(self) -> bool:
        """Whether the column spells out the target."""
        return self.share >= LEAK


def proposal(table: Table) -> dict | None:
    """The proposed target as plain JSON: target, task, classes (0 for a regression), shape of a row (of pixels, else
    null), reasons."""
    found = target_proposal(table)
    if found is None:
        return None
    classes = pc.count_distinct(table.data.column(found.name)).as_py() if found.task == "classification" else 0
    inputs = tuple(column.name for column in table.columns if column.name != found.name)
    shape = shape_of(Sample(table, found.name, inputs, found.task))
    told = {"target": found.name, "task": found.task, "classes": classes, "reasons": list(found.reasons)}
    return {**told, "shape": None if shape is None else list(shape)}


def target_proposal(table: Table) -> TargetProposal | None:
    """The column most likely to be what one wants to predict, by its name, its place and its values."""
    scored = [(*_target_score(table, column, place), column) for place, column in _candidates(table)]
    if len(table.columns) < 2 or not scored:
        return None
    score, reasons, column = max(scored, key=lambda entry: entry[0])
    task, why = inferred(table, column.name, column.type)
    return TargetProposal(column.name, task, (*reasons, *((why,) if why else ())))


def chosen_target(table: Table, target: str) -> TargetProposal:
    kind = next(column.type for column in table.columns if column.name == target)
    task, why = inferred(table, target, kind)
    return TargetProposal(target, task, ("chosen by hand", *((why,) if why else ())))


def _candidates(table: Table) -> list[tuple[int, Column]]:
    """Columns that can be a target at all. Of a very wide table, only the ends and those with a telling name."""
    found = []
    last = len(table.columns) - 1
    for place, column in enumerate(table.columns):
        if last > MOST_COLUMNS and 5 < place < last - 5 and column.name.lower() not in TARGET_NAMES:
            continue
        if column.type in ("number", "category", "boolean") and column.missing < table.rows:
            found.append((place, column))
    return found


def _target_score(table: Table, column: Column, place: int) -> tuple[float, tuple[str, ...]]:
    score, reasons = 0.0, []
    name = re.sub(r"[\s-]+", "_", column.name.strip().lower())
    words = set(re.split(r"[\W_]+", name))
    if name in TARGET_NAMES:
        score += 10 - 0.1 * TARGET_NAMES.index(name)
        reasons.append(f"its name, '{column.name[:40]}', says so")
    elif words & set(TARGET_NAMES[:20]):
        score += 6
        reasons.append(f"its name, '{column.name[:40]}', is one for a result")
    if place == len(table.columns) - 1:
        score += 3
        reasons.append("it is the last column")
    elif place == 0:
        score += 1
    distinct = pc.count_distinct(table.data.column(column.name)).as_py()
    if distinct < 2:
        score -= 20
    elif column.type != "number":
        score += 2.5 if distinct <= MOST_CLASSES and distinct * 2 <= table.rows else -8
        reasons.append(f"it has {distinct} classes")
    elif ID_NAME.search(column.name) or counts_up(table.data.column(column.name)):
        score -= 8
    score -= 3 * column.missing / max(1, table.rows)
    return score, tuple(reasons) or ("no other column is a better guess",)


def counts_up(column: pa.ChunkedArray) -> bool:
    """0, 1, 2, 3… in the order of the rows."""
    if not pa.types.is_integer(column.type) or column.null_count or len(column) < 5:
        return False
    steps = np.diff(column.to_numpy())
    return bool((steps == 1).all())


def values_of(table: Table, column: Column) -> np.ndarray:
    """Numbers, dates as seconds and truth values as float64 with NaN for missing."""
    data = table.data.column(column.name)
    if column.type == "date":
        data = pc.cast(data, pa.int64())
        return np.asarray(pc.cast(data, pa.float64(), safe=False).to_numpy(), float) / 1e6
    return np.asarray(pc.cast(data, pa.float64(), safe=False).to_numpy(), float)


def codes_of(table: Table, column: Column) -> np.ndarray:
    """A number per distinct value in the order of appearance, -1 for missing. [rows]"""
    encoded = table.data.column(column.name).combine_chunks().dictionary_encode()
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    return pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)


def explains(table: Table, target: str, task: Task) -> tuple[Explains, ...]:
    """Every usable column by how much it alone tells about the target, most telling first.

    Fitted on even rows, scored on odd ones: the share of wrong guesses that knowing the column's value (numbers in 50
    quantile bins) saves for classes, and of the variance for values, above what is known without it."""
    wanted = next(column for column in table.columns if column.name == target)
    kinds = codes_of(table, wanted) if task == "classification" else values_of(table, wanted)
    known = kinds >= 0 if task == "classification" else np.isfinite(kinds)
    if known.sum() < 8 or task == "classification" and int(kinds.max()) + 1 > known.sum() / 2:
        return ()
    shares = []
    for column in table.columns[:MOST_COLUMNS]:
        if column.name == target or column.missing == table.rows:
            continue
        bins = _binned(table, column)
        score = (
            _class_share(bins[known], kinds[known])
            if task == "classification"
            else _value_share(bins[known], kinds[known])
        )
        shares.append(Explains(column.name, score))
    return tuple(sorted(shares, key=lambda entry: -entry.share))


def _binned(table: Table, column: Column) -> np.ndarray:
    """Levels as they are, numbers and dates in quantile bins, missing as a level of its own. [rows] from 0"""
    if column.type not in ("number", "date"):
        return codes_of(table, column) + 1
    values = values_of(table, column)
    finite = np.isfinite(values)
    if not finite.any():
        return np.zeros(table.rows, np.int64)
    edges = np.unique(np.quantile(values[finite], np.linspace(0, 1, 51)[1:-1]))
    return np.where(finite, np.searchsorted(edges, values, side="right") + 1, 0)


def _halves(rows: int) -> tuple[np.ndarray, np.ndarray]:
    order = np.random.default_rng(0).permutation(rows)
    return order[: rows // 2], order[rows // 2 :]


def _class_share(bins: np.ndarray, kinds: np.ndarray) -> float:
    fit, test = _halves(len(bins))
    if int(bins.max()) * int(kinds.max()) > 2e7:
        return 0.0
    counts = np.zeros((int(bins.max()) + 1, int(kinds.max()) + 1))
    np.add.at(counts, (bins[fit], kinds[fit]), 1)
    usual = int(counts.sum(0).argmax())
    guess = np.where(counts.sum(1) > 0, counts.argmax(1), usual)
    wrong_without = float((kinds[test] != usual).mean())
    wrong_with = float((kinds[test] != guess[bins[test]]).mean())
    return max(0.0, 1 - wrong_with / wrong_without) if wrong_without else 0.0


def _value_share(bins: np.ndarray, values: np.ndarray) -> float:
    fit, test = _halves(len(bins))
    with np.errstate(over="ignore", invalid="ignore"):
        counts, sums = (
            np.bincount(bins[fit], minlength=bins.max() + 1),
            np.bincount(bins[fit], values[fit], bins.max() + 1),
        )
        middle = float(values[fit].mean())
        guess = np.where(counts > 0, sums / np.maximum(counts, 1), middle)
        left, all_of_it = ((values[test] - guess[bins[test]]) ** 2).sum(), ((values[test] - middle) ** 2).sum()
    return float(max(0.0, 1 - left / all_of_it)) if np.isfinite(all_of_it) and all_of_it > 0 else 0.0
