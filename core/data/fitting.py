"""Learns a preparation from the training rows, with scikit-learn's imputers, scalers and encoders."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from core.choices.preparation import Preparation
from core.data.columns import Use, days, kinds
from core.data.fitted import (
    DATE_PARTS,
    FARTHEST,
    MISSING,
    Fitted,
    date_part,
    missing_in,
    raw_numbers,
    raw_words,
    transformed,
)

if TYPE_CHECKING:
    from core.data.table import Table

NEIGHBOUR_CELLS = 100_000
"""Numbers of training rows kept for filling from the nearest, at most (our choice: about 1 MB of JSON)."""
NEIGHBOUR_ROWS = 1_000


def fitted(
    table: "Table", uses: Sequence[Use], train: np.ndarray, preparation: Preparation, values: int | None = None
) -> Fitted:
    """The preparation learned from the rows `train` of `table`, for the columns in `uses`. values: of sequences, the
    numbers of one step: each is scaled alike at all steps, or a step that holds little would be blown up."""
    known = kinds(table)
    entries, raw = _number_columns(table, known, uses, train)
    scaled = _fit_numbers(entries, raw, preparation, values)
    flags = [_flag(raw_numbers(table, known, u.column)[train], u, preparation) for u in uses if u.role == "flag"]
    words = [u for u in uses if u.role == "category"]
    categories = [_category(raw_words(table, known, u.column)[train], u, preparation) for u in words]
    looked_up = [u for u in uses if u.role == "embedded"]
    apart = preparation.model_copy(update={"rare_share": 0.0})
    embedded = [_category(raw_words(table, known, u.column)[train], u, apart) for u in looked_up]
    marks = _marks(table, known, uses) if preparation.missing_indicator else []
    neighbours = _neighbours(scaled) if preparation.missing == "nearest" and entries else []
    unnamed = Fitted(entries, flags, categories, marks, [], neighbours, embedded=embedded)
    return replace(unnamed, features=unnamed.own_features)


def _number_columns(
    table: "Table", known: dict[str, str], uses: Sequence[Use], train: np.ndarray
) -> tuple[list[dict[str, Any]], np.ndarray]:
    """An entry per number that comes out of number and date columns, and their training values [rows, entries]."""
    entries: list[dict[str, Any]] = []
    raw: list[np.ndarray] = []
    for use in uses:
        if use.role == "number":
            entries.append({"column": use.column, "part": None, "first_day": 0.0})
            raw.append(raw_numbers(table, known, use.column)[train])
        if use.role == "date":
            moments = days(table, use.column)
            first = float(np.floor(np.nanmin(moments)))
            for part in DATE_PARTS:
                values = date_part(moments, part, first)
                if np.nanmin(values) < np.nanmax(values):
                    entries.append({"column": use.column, "part": part, "first_day": first})
                    raw.append(values[train])
    return entries, np.stack(raw, axis=1) if raw else np.zeros((len(train), 0))


def _fit_numbers(
    entries: list[dict[str, Any]], raw: np.ndarray, preparation: Preparation, values: int | None = None
) -> np.ndarray:
    """Writes fill, transform, centre and spread into the entries; gives the scaled training values, NaN where missing
    values are to be filled from neighbours."""
    if not entries:
        return raw
    fills = _fills(raw, preparation)
    filled = raw if preparation.missing == "nearest" else np.where(np.isnan(raw), fills, raw)
    powers = _powers(filled) if preparation.scaling == "power" else np.zeros(len(entries))
    transform = preparation.scaling if preparation.scaling in ("log", "power") else "none"
    for entry, fill, power in zip(entries, fills, powers, strict=True):
        entry.update(fill=float(fill), transform=transform, power=float(power))
    curved = np.stack([transformed(filled[:, k], entry) for k, entry in enumerate(entries)], axis=1)
    centres, spreads = _scale(curved if values is None else curved.reshape(-1, values), preparation.scaling)
    if values is not None:
        centres, spreads = (np.tile(each, len(entries) // values) for each in (centres, spreads))
    for entry, centre, spread in zip(entries, centres, spreads, strict=True):
        entry.update(
            centre=float(centre), spread=float(spread), cut=None if preparation.scaling == "none" else FARTHEST
        )
    return (curved - centres) / spreads


def _fills(raw: np.ndarray, preparation: Preparation) -> np.ndarray:
    """What stands in for a missing number, per column. Where rows or columns are dropped or neighbours asked it is the
    median: for rows that come later. A column that is missing in every training row gets 0."""
    from sklearn.impute import SimpleImputer

    strategy = preparation.missing if preparation.missing in ("mean", "most_frequent", "constant") else "median"
    imputer = SimpleImputer(strategy=strategy, fill_value=preparation.fill_value, keep_empty_features=True)
    return np.asarray(imputer.fit(raw).statistics_, dtype=np.float64)


def _powers(values: np.ndarray) -> np.ndarray:
    from sklearn.preprocessing import PowerTransformer

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return np.nan_to_num(PowerTransformer(standardize=False).fit(values).lambdas_, nan=1.0)


def _scale(values: np.ndarray, scaling: str) -> tuple[np.ndarray, np.ndarray]:
    """Centre and spread of every column, [columns] each; a column without spread is only centred."""
    from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

    if scaling == "none":
        return np.zeros(values.shape[1]), np.ones(values.shape[1])
    if scaling == "common":
        known = values[np.isfinite(values)]
        centre, spread = (known.mean(), known.std()) if len(known) else (0.0, 0.0)
        return np.full(values.shape[1], centre), np.full(values.shape[1], spread if spread > 0 else 1.0)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if scaling == "minmax":
            ends = MinMaxScaler().fit(values)
            centre, spread = ends.data_min_, 1 / ends.scale_
        elif scaling == "robust":
            quartiles = RobustScaler().fit(values)
            centre, spread = quartiles.center_, quartiles.scale_
        else:
            moments = StandardScaler().fit(values)
            centre, spread = moments.mean_, moments.scale_
    safe = np.isfinite(spread) & (spread > 0)
    return np.nan_to_num(centre), np.where(safe, spread, 1.0)


def _flag(values: np.ndarray, use: Use, preparation: Preparation) -> dict[str, Any]:
    """0 or 1; a missing one is the commoner of the two, or the constant that was chosen."""
    common = float(np.nansum(values == 1) > np.nansum(values == 0))
    return {"column": use.column, "fill": preparation.fill_value if preparation.missing == "constant" else common}


def _category(words: np.ndarray, use: Use, preparation: Preparation) -> dict[str, Any]:
    """Levels of the training rows, rare ones apart. A missing word is a level, or the most frequent one if chosen."""
    from sklearn.preprocessing import OneHotEncoder

    fill = None
    present = words[words != MISSING]
    if preparation.missing == "most_frequent" and len(present):
        found, counts = np.unique(present.astype(str), return_counts=True)
        fill = str(found[counts.argmax()])
        words = np.where(words == MISSING, fill, words)
    encoder = OneHotEncoder(min_frequency=preparation.rare_share or None, handle_unknown="ignore")
    encoder.fit(words.reshape(-1, 1))
    joined = encoder.infrequent_categories_[0] if preparation.rare_share else None
    rare = [] if joined is None else joined.tolist()
    levels = [level for level in encoder.categories_[0].tolist() if level not in set(rare)]
    return {"column": use.column, "levels": _written(levels), "rare": _written(rare), "fill": fill}


def _written(levels: list[str]) -> list[str | None]:
    return [None if level == MISSING else level for level in levels]


def _marks(table: "Table", known: dict[str, str], uses: Sequence[Use]) -> list[str]:
    return [
        use.column
        for use in uses
        if use.role not in ("category", "embedded") and missing_in(table, known, use.column).any()
    ]


def _neighbours(scaled: np.ndarray) -> list[list[float | None]]:
    rows = max(1, min(NEIGHBOUR_ROWS, NEIGHBOUR_CELLS // scaled.shape[1], len(scaled)))
    spread = np.linspace(0, len(scaled) - 1, rows).astype(np.int64)
    return [[None if np.isnan(x) else float(x) for x in row] for row in scaled[spread].tolist()]
