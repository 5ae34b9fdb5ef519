"""What a split and a preparation did to a table, small enough for a page: plain values."""

from typing import Any

import numpy as np

from core.choices.preparation import SplitChoice, TimeSplit
from core.data.columns import days, kinds, numbers
from core.data.fitted import raw_numbers
from core.data.prepare import Prepared
from core.data.sample import Sample

MOST_COLUMNS = 3
"""Columns shown before and after: those with holes first, then the most skewed (our choice)."""
BINS, MOMENT_BINS = 20, 40
ON_AN_EDGE = 1e-5
"""Of the range: values this near under an edge count as over it, so that one that lies on it stays on its side when it
is scaled, which rounds to seven digits."""
MOST_CLASSES = 4


def shown(sample: Sample, ready: Prepared, split: SplitChoice) -> dict[str, Any]:
    """rows of the table, usable rows; classes: (part, class, rows); moments; before_after (of the first fold)."""
    return {
        "table_rows": sample.table.rows,
        "usable_rows": len(ready.splits.rows),
        "classes": _classes(ready),
        "moments": _moments(sample, ready, split) if isinstance(split, TimeSplit) else None,
        "before_after": _before_after(sample, ready),
    }


def parts(ready: Prepared) -> dict[str, np.ndarray]:
    """Rows of each part; with folds those of the first."""
    splits = ready.splits
    test = splits.test[0] if splits.test else np.array([], dtype=np.int64)
    return {"train": splits.train[0], "validation": splits.validation[0], "test": test}


def _classes(ready: Prepared) -> list[tuple[str, str, int]]:
    splits = ready.splits
    if not splits.classes:
        return []
    counts = np.bincount(splits.targets, minlength=splits.classes)
    named = np.argsort(-counts, kind="stable")[: MOST_CLASSES if splits.classes > MOST_CLASSES + 1 else splits.classes]
    found = []
    for part, rows in parts(ready).items():
        inside = np.bincount(splits.targets[rows], minlength=splits.classes)
        found += [(part, splits.class_names[k][:200], int(inside[k])) for k in sorted(named.tolist())]
        others = len(rows) - int(inside[named].sum())
        found += [(part, "other classes", others)] if splits.classes > len(named) else []
    return found


def _moments(sample: Sample, ready: Prepared, split: TimeSplit) -> dict[str, Any]:
    is_date = kinds(sample.table)[split.column] == "date"
    moments = (days if is_date else numbers)(sample.table, split.column)[ready.splits.rows]
    edges = np.linspace(np.nanmin(moments), np.nanmax(moments), MOMENT_BINS + 1)
    bars = [
        (float(low), float(high), part, int(rows))
        for part, members in parts(ready).items()
        for low, high, rows in zip(edges, edges[1:], np.histogram(moments[members], edges)[0], strict=False)
        if rows
    ]
    return {"column": split.column, "is_date": is_date, "bars": bars}


def _before_after(sample: Sample, ready: Prepared) -> list[dict[str, Any]]:
    """Training rows of up to MOST_COLUMNS number columns as loaded and as they enter the network."""
    splits, known = ready.splits, kinds(sample.table)
    train = splits.train[0]
    raw = {
        entry["column"]: raw_numbers(sample.table, known, entry["column"])[splits.rows[train]]
        for entry in ready.steps[0].numbers
        if entry["part"] is None and entry["column"] in splits.input_names
    }
    order = sorted(raw, key=lambda name: -_oddness(raw[name]))
    found = []
    for name in order[:MOST_COLUMNS]:
        before = raw[name]
        after = splits.inputs[0][train, splits.input_names.index(name)].astype(np.float64)
        missing = int(np.isnan(before).sum())
        sides = {"before": _bars(before[np.isfinite(before)]), "after": _bars(after)}
        found.append({"column": name, "missing": missing, **sides})
    return found


def _oddness(values: np.ndarray) -> float:
    """Share of missing values, which counts most, and the skew."""
    finite = values[np.isfinite(values)]
    if len(finite) < 3 or finite.std() == 0:
        return 0.0
    skew = abs(float(np.mean(((finite - finite.mean()) / finite.std()) ** 3)))
    return 100.0 * (len(finite) < len(values)) + 10.0 * (1 - len(finite) / len(values)) + min(skew, 50.0)


def _bars(values: np.ndarray) -> list[tuple[float, float, int]]:
    if not len(values):
        return []
    try:
        low, high = values.min(), values.max()
        pushed = np.minimum(values + ON_AN_EDGE * (high - low), high)
        counts, edges = np.histogram(pushed, bins=BINS, range=(low, high))
    except ValueError:  # the range is too narrow for float64 to cut into bins
        return [(float(values.min()), float(values.max()), len(values))]
    return [(float(a), float(b), int(n)) for a, b, n in zip(edges, edges[1:], counts, strict=False)]
