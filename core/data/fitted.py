"""A fitted preparation as plain JSON, and what it does to rows, alike in training, archive and prediction."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from core.choices.layers import Row
from core.data.columns import HUGE, days, kinds, labels, numbers

if TYPE_CHECKING:
    from core.data.table import Table

MISSING = "\0missing"
"""Stands for a missing word among levels; written as null in JSON."""
FARTHEST = 1e6
"""Scaled numbers are cut at ± this: such a value is an error of the file, and its square would leave float32 (our
choice)."""
NEIGHBOURS = 5
"""Rows whose mean stands in for a missing number, where the nearest are asked (scikit-learn's default)."""
DATE_PARTS = ("year", "month", "weekday", "hour", "days")
"""Weekday: 0 is Monday. Days: since the first date of the table, with fractions."""


@dataclass(frozen=True)
class Fitted:
    """What was learned from the training rows. `numbers`, `flags`, `categories` and `marks` hold one entry per column
    (see describe()); `features` names the numbers that come out, in order: with folds those of all folds, of which one
    that this fold does not know is always 0."""

    numbers: list[dict[str, Any]]
    flags: list[dict[str, Any]]
    categories: list[dict[str, Any]]
    marks: list[str]
    features: list[str]
    neighbours: list[list[float | None]] = field(default_factory=list)
    target: dict[str, Any] = field(default_factory=dict)
    shape: list[int] = field(default_factory=list)
    """What the features of one row are together (see Splits.shape); empty in records from before: a plain list."""
    embedded: list[dict[str, Any]] = field(default_factory=list)
    """Entries like those of `categories`, for columns that enter as the number of their level; −1: none of them."""
    levels: list[int] = field(default_factory=list)
    """How many levels the network knows of each embedded column: with folds those of the fold with most."""

    def describe(self) -> dict[str, Any]:
        """JSON. numbers: {column, part: a date part or null, first_day, fill, transform: none|log|power, power, centre,
        spread, cut}, so that a number becomes (transform(x) − centre) ÷ spread, within ± cut (null: uncut); flags:
        {column, fill}; categories: {column, levels, rare: levels joined into one, fill: level that stands in for
        missing or null}; marks: columns whose missing cells are marked; neighbours: scaled training rows, where the
        nearest fill; target: {column, task, classes or mean and std; column, mean and std are lists where several are
        predicted}; shape: of a row. A level in neither list gives zeros in all its columns.
        embedded: like categories, for columns that enter as the number of their level, last of all features; levels:
        how many the network has of each."""
        return {
            "version": 1,
            "numbers": self.numbers,
            "flags": self.flags,
            "categories": self.categories,
            "marks": self.marks,
            "neighbours": self.neighbours,
            "features": self.features,
            "target": self.target,
            "shape": self.shape,
            "embedded": self.embedded,
            "levels": self.levels,
        }

    @classmethod
    def from_description(cls, description: dict[str, Any]) -> "Fitted":
        """The preparation that `describe()` wrote down."""
        return cls(**{key: value for key, value in description.items() if key != "version"})

    @property
    def row(self) -> tuple[int, ...]:
        """What a row is to the network (see Splits.shape); empty in records from before."""
        return Row(self.shape[0], self.levels) if self.levels else tuple(self.shape)

    @property
    def words(self) -> list[dict[str, Any]]:
        """Entries of all columns of words."""
        return [*self.categories, *self.embedded]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a table that are needed, each once."""
        entries = [*self.numbers, *self.flags, *self.words]
        return tuple(dict.fromkeys([entry["column"] for entry in entries] + self.marks))

    @property
    def own_features(self) -> list[str]:
        """Names of the numbers that these entries give, in order; each once."""
        names = [e["column"] if e["part"] is None else f"{e['column']}: {e['part']}" for e in self.numbers]
        names += [flag["column"] for flag in self.flags]
        for entry in self.categories:
            names += [f"{entry['column']} = {'(missing)' if level is None else level}" for level in entry["levels"]]
            names += [f"{entry['column']} = (rare)"] if entry["rare"] else []
        names += [f"{column} is missing" for column in self.marks]
        return _each_once(names + [entry["column"] for entry in self.embedded])

    def apply(self, table: "Table") -> np.ndarray:
        """Rows ready for the network, float32 [rows, features]. A column that is not there counts as missing, and so do
        words where numbers should be, infinite numbers and those beyond 1e30; missing values are filled as in training;
        an unseen level gives zeros."""
        known = kinds(table)
        blocks = [self._numbers(table, known)]
        blocks += [_filled(raw_numbers(table, known, flag["column"]), flag["fill"])[:, None] for flag in self.flags]
        blocks += [one_hot(raw_words(table, known, entry["column"]), entry) for entry in self.categories]
        blocks += [missing_in(table, known, column)[:, None] for column in self.marks]
        blocks += [codes(raw_words(table, known, entry["column"]), entry)[:, None] for entry in self.embedded]
        with np.errstate(over="ignore"):
            ready = np.nan_to_num(np.concatenate(blocks, axis=1).astype(np.float32), nan=0.0)
        own = self.own_features
        if own == self.features:
            return ready
        placed = np.zeros((len(ready), len(self.features)), dtype=np.float32)
        placed[:, [self.features.index(name) for name in own]] = ready
        return placed

    def _numbers(self, table: "Table", known: dict[str, str]) -> np.ndarray:
        raw = [_part(table, known, entry) for entry in self.numbers]
        if self.neighbours:
            scaled = [_scaled(column, entry) for column, entry in zip(raw, self.numbers, strict=True)]
            return _from_neighbours(np.stack(scaled, axis=1), self.neighbours)
        ready = [_scaled(_filled(x, entry["fill"]), entry) for x, entry in zip(raw, self.numbers, strict=True)]
        return np.stack(ready, axis=1) if ready else np.zeros((table.rows, 0))


def target_columns(target: dict[str, Any]) -> list[str]:
    """The columns that are predicted. target: as in `describe`."""
    column = target.get("column", [])
    return [column] if isinstance(column, str) else list(column)


def raw_numbers(table: "Table", known: dict[str, str], column: str) -> np.ndarray:
    """A column as float64 [rows]; missing, infinite, huge and unreadable values as NaN."""
    if column not in known:
        return np.full(table.rows, np.nan)
    try:
        values = numbers(table, column)
    except ValueError:
        return np.full(table.rows, np.nan)
    return np.where(np.abs(values) <= HUGE, values, np.nan)


def raw_words(table: "Table", known: dict[str, str], column: str) -> np.ndarray:
    """A column as words [rows]; missing ones as MISSING."""
    if column not in known:
        return np.full(table.rows, MISSING, dtype=object)
    words = labels(table, column)
    words[words == None] = MISSING  # noqa: E711  (elementwise)
    return words


def missing_in(table: "Table", known: dict[str, str], column: str) -> np.ndarray:
    """1.0 where the column is missing, [rows]."""
    kind = known.get(column)
    if kind == "date":
        return np.isnan(days(table, column)).astype(float)
    if kind in ("number", "boolean"):
        return np.isnan(raw_numbers(table, known, column)).astype(float)
    return (raw_words(table, known, column) == MISSING).astype(float)


def date_part(moments: np.ndarray, part: str, first_day: float) -> np.ndarray:
    """One part of dates given as days since 1970, float64 [rows]; NaN stays."""
    if part == "days":
        return moments - first_day
    missing = np.isnan(moments)
    whole = np.floor(np.where(missing, 0.0, moments))
    day = whole.astype("int64").astype("datetime64[D]")
    values = {
        "year": day.astype("datetime64[Y]").astype("int64") + 1970.0,
        "month": day.astype("datetime64[M]").astype("int64") % 12 + 1.0,
        "weekday": (whole + 3) % 7,
        "hour": np.floor((moments - whole) * 24 + 1e-9),
    }[part]
    return np.where(missing, np.nan, values)


def one_hot(words: np.ndarray, entry: dict[str, Any]) -> np.ndarray:
    """One column per level, then one for all rare levels, [rows, levels (+ 1)]."""
    numbers = codes(words, entry)
    hot = np.zeros((len(words), len(entry["levels"]) + bool(entry["rare"])))
    seen = np.flatnonzero(numbers >= 0)
    hot[seen, numbers[seen]] = 1.0
    return hot


def codes(words: np.ndarray, entry: dict[str, Any]) -> np.ndarray:
    """The number of each word's level, int64 [rows]; all rare levels have the last one, and −1 is none of them."""
    if entry["fill"] is not None:
        words = np.where(words == MISSING, entry["fill"], words)
    levels = [MISSING if level is None else level for level in entry["levels"]]
    rare = {MISSING if level is None else level for level in entry["rare"]}
    place = {level: k for k, level in enumerate(levels)} | dict.fromkeys(rare, len(levels))
    return np.array([place.get(word, -1) for word in words.tolist()], dtype=np.int64)


def transformed(values: np.ndarray, entry: dict[str, Any]) -> np.ndarray:
    """The curve before scaling: none, log (sign · ln(1 + |x|)) or power (Yeo & Johnson 2000)."""
    if entry["transform"] == "log":
        return np.sign(values) * np.log1p(np.abs(values))
    if entry["transform"] == "power":
        from scipy.stats import yeojohnson

        with np.errstate(over="ignore"):
            curved = np.clip(yeojohnson(values, lmbda=entry["power"]), -HUGE, HUGE)
        return np.where(np.isnan(values), np.nan, curved)
    return values


def _each_once(names: list[str]) -> list[str]:
    """Names as they are; one that occurs again is numbered: "x = a (2)"."""
    taken: dict[str, int] = {}
    out = []
    for name in names:
        taken[name] = taken.get(name, 0) + 1
        out.append(name if taken[name] == 1 else f"{name} ({taken[name]})")
    return out


def _part(table: "Table", known: dict[str, str], entry: dict[str, Any]) -> np.ndarray:
    if entry["part"] is None:
        return raw_numbers(table, known, entry["column"])
    if known.get(entry["column"]) != "date":
        return np.full(table.rows, np.nan)
    return date_part(days(table, entry["column"]), entry["part"], entry["first_day"])


def _filled(values: np.ndarray, fill: float) -> np.ndarray:
    return np.where(np.isnan(values), fill, values)


def _scaled(values: np.ndarray, entry: dict[str, Any]) -> np.ndarray:
    scaled = (transformed(values, entry) - entry["centre"]) / entry["spread"]
    return scaled if entry["cut"] is None else np.clip(scaled, -entry["cut"], entry["cut"])


def _from_neighbours(scaled: np.ndarray, neighbours: list[list[float | None]]) -> np.ndarray:
    from sklearn.impute import KNNImputer

    rows = np.array(neighbours, dtype=np.float64)
    return KNNImputer(n_neighbors=NEIGHBOURS, keep_empty_features=True).fit(rows).transform(scaled)
