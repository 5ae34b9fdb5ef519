"""What was decided or noticed while rows were prepared, in sentences a person reads."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.choices.preparation import FoldSplit, Preparation, Split, SplitChoice
from core.data.columns import HUGE, Use, days, listed, numbers
from core.data.fitted import Fitted
from core.data.sample import Sample
from core.data.splitting import Parts
from core.data.table import Table
from core.data.target import FEW_ROWS

IMBALANCE = 10
"""Rows of the largest class per row of the smallest, from which accuracy hides the small one (as in SageMaker's rule
ClassImbalance)."""
FILLS = {
    "mean": "filled with the mean of the training rows",
    "median": "filled with the median of the training rows",
    "most_frequent": "filled with the most frequent value of the training rows",
    "constant": "filled with a constant",
    "nearest": "filled from the five nearest training rows",
}


def about_holes(
    sample: Sample, uses: Sequence[Use], holes: Mapping[str, np.ndarray], preparation: Preparation
) -> list[str]:
    """Missing, infinite and huge cells among the inputs, and what becomes of them."""
    said = []
    wild = {use.column: _wild(sample.table, use.column) for use in uses if use.role == "number"}
    count = sum(wild.values())
    if count:
        where = listed([name for name, wild_cells in wild.items() if wild_cells])
        said.append(f"{count:,} infinite or huge numbers (beyond 1e30) in {where} count as missing")
    for role, what in ((("number", "flag", "date"), FILLS.get(preparation.missing)), (("category", "embedded"), "")):
        names = [use.column for use in uses if use.role in role and holes[use.column].any()]
        cells = int(sum(holes[name].sum() for name in names))
        if cells and what is not None:
            same = preparation.missing == "most_frequent"
            done = what or (FILLS["most_frequent"] if same else "a level of its own")
            said.append(f"{cells:,} missing values in {listed(names)}: {done}")
    return said


def about_parts(
    sample: Sample, table: Table, uses: Sequence[Use], parts: Parts, targets: np.ndarray, split: SplitChoice
) -> list[str]:
    """Small parts, small classes and signs that validation rows are no news to the network."""
    said = []
    if len(targets) < FEW_ROWS:
        said.append(f"only {len(targets)} rows: every score is mostly chance")
    if sample.task == "classification":
        said += _about_classes(sample, targets)
    same = _seen_before(table, uses, parts)
    if same:
        many = len(parts.validation[0])
        has = "has" if same == 1 else "have"
        said.append(f"leakage: {same:,} of {many:,} validation rows {has} the same inputs as a training row")
    if isinstance(split, (Split, FoldSplit)):
        said += _about_time(table, sample)
        if sample.begins is not None:
            said.append("leakage: windows overlap, but they are split by chance: split by time, or by whole groups")
    return said


def about_steps(steps: Sequence[Fitted], preparation: Preparation) -> list[str]:
    """Rare levels that were joined, and categories that are embedded."""
    joined = {entry["column"]: len(entry["rare"]) for entry in steps[0].categories if entry["rare"]}
    share = f"fewer than {preparation.rare_share:.3g} of the training rows"
    said = [f"{count:,} levels of {name[:60]!r}, each in {share}, are one level" for name, count in joined.items()]
    embedded = zip(steps[0].embedded, steps[0].levels, strict=True)
    more = "enter as numbers, for an embedding; one that training rows lack is a vector of zeros"
    return said + [f"{count:,} levels of {entry['column'][:60]!r} {more}" for entry, count in embedded]


def _about_classes(sample: Sample, targets: np.ndarray) -> list[str]:
    counts = np.bincount(targets, minlength=len(sample.classes))
    single = [name for name, count in zip(sample.classes, counts, strict=True) if count == 1]
    said = [f"one row only in class {listed(single)}: it trains, but nothing can check it"] if single else []
    present = counts[counts > 0]
    if present.max() >= IMBALANCE * present.min():
        small = sample.classes[int(np.where(counts, counts, 2**62).argmin())]
        large = sample.classes[int(counts.argmax())]
        ratio = f"{present.max() / present.min():,.0f} rows of {large[:60]!r} for each of {small[:60]!r}"
        said.append(f"unbalanced: {ratio}. Read balanced accuracy beside accuracy")
    return said


def _wild(table: Table, column: str) -> int:
    """Infinite and huge cells of a number column."""
    return int((np.abs(numbers(table, column)) > HUGE).sum())


def _seen_before(table: Table, uses: Sequence[Use], parts: Parts) -> int:
    """Validation rows (of the first fold) whose inputs are exactly those of a training row."""
    import pandas as pd

    columns = {str(k): table.data.column(use.column).to_pandas() for k, use in enumerate(uses)}
    prints = pd.util.hash_pandas_object(pd.DataFrame(columns), index=False).to_numpy()
    return int(np.isin(prints[parts.validation[0]], prints[parts.train[0]]).sum())


def _about_time(table: Table, sample: Sample) -> list[str]:
    """A date that orders the rows while they are split by chance: the future then helps to predict the past."""
    said = []
    for column in table.columns:
        if column.type == "date" and column.missing == 0 and column.name not in sample.targets:
            steps = np.diff(days(table, column.name))
            if len(steps) and (steps >= 0).all() and (steps > 0).any():
                ordered = f"leakage: {column.name[:60]!r} orders the rows, but they are split by chance"
                said.append(f"{ordered}: split by time")
    return said
