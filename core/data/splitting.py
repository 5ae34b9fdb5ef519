"""Which rows train, validate and test: by chance, by group, by time or in folds."""

from dataclasses import dataclass, replace

import numpy as np

from core.choices.preparation import FoldSplit, GroupSplit, Split, SplitChoice, TimeSplit
from core.data.columns import days, kinds, labels, numbers
from core.data.sample import Sample
from core.refusal import Problem, Refusal


@dataclass(frozen=True)
class Parts:
    """Row numbers; one array per fold in `train` and `validation`, one array otherwise. `test` is the same for all."""

    train: tuple[np.ndarray, ...]
    validation: tuple[np.ndarray, ...]
    test: np.ndarray
    notes: tuple[str, ...] = ()


def divided(split: SplitChoice, sample: Sample, rows: np.ndarray, strata: np.ndarray) -> Parts:
    """Parts of 0 … len(rows) − 1. rows: the numbers of the usable rows in the table; strata: [rows] class numbers,
    all 0 for a regression. Raises Refusal."""
    parts = _divided(split, sample, rows, strata)
    return parts if split.used == 1 else _thinned(parts, split, strata)


def _thinned(parts: Parts, split: SplitChoice, strata: np.ndarray) -> Parts:
    """The same parts with fewer training rows; smaller shares are parts of larger ones."""
    train = tuple(t[allotted(strata[t], split.used, np.random.default_rng(split.seed))] for t in parts.train)
    before, after = sum(map(len, parts.train)), sum(map(len, train))
    return replace(parts, train=train, notes=(*parts.notes, f"{after:,} of {before:,} training rows are used"))


def _divided(split: SplitChoice, sample: Sample, rows: np.ndarray, strata: np.ndarray) -> Parts:
    rng = np.random.default_rng(split.seed)
    if isinstance(split, TimeSplit):
        return _by_time(split, sample, rows)
    if isinstance(split, GroupSplit):
        return _by_group(split, _groups(sample, split.column, rows), rng)
    if isinstance(split, FoldSplit):
        return _in_folds(split, sample, rows, strata, rng)
    assert isinstance(split, Split)
    return _by_chance(split, strata if split.stratified else np.zeros_like(strata), rng)


def allotted(strata: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """A mask [rows] that takes `share` of the rows, the same share of every stratum up to rounding (what rounding takes
    from one it gives to the next), never the last row of a stratum where it can be helped, at least one row in all
    where share > 0."""
    taken = np.zeros(len(strata), dtype=bool)
    owed = 0.0
    for stratum in rng.permutation(np.unique(strata)):
        members = rng.permutation(np.flatnonzero(strata == stratum))
        wanted = share * len(members) + owed
        count = int(np.clip(round(wanted), 1 if share * len(members) >= 1 else 0, len(members) - 1))
        owed = wanted - count
        taken[members[:count]] = True
    if share > 0 and not taken.any():
        _, stratum_of, sizes = np.unique(strata, return_inverse=True, return_counts=True)
        spare = np.flatnonzero(sizes[stratum_of] > 1)
        taken[rng.choice(spare if len(spare) else len(strata))] = True
    return taken


def _by_chance(split: Split, strata: np.ndarray, rng: np.random.Generator) -> Parts:
    test = allotted(strata, split.test, rng) if split.test else np.zeros(len(strata), dtype=bool)
    if test.sum() > 1 and (~test).sum() == len(np.unique(strata)):
        test[rng.choice(np.flatnonzero(test))] = False  # else validation would take some class's last row
    rest = np.flatnonzero(~test)
    validation = rest[allotted(strata[rest], split.validation / (1 - split.test), rng)]
    train = np.setdiff1d(rest, validation)
    return Parts((train,), (validation,), np.flatnonzero(test))


def _by_group(split: GroupSplit, groups: np.ndarray, rng: np.random.Generator) -> Parts:
    needed = 3 if split.test else 2
    found = int(groups.max()) + 1
    if found < needed:
        message = f"{split.column!r} has {found} groups; training, validation and test need {needed}"
        raise Refusal(Problem("split.column", f"{message}: choose another column"))
    test = _whole_groups(groups, split.test, rng, most=found - 2) if split.test else np.zeros(len(groups), dtype=bool)
    rest = np.flatnonzero(~test)
    left = np.unique(groups[rest], return_inverse=True)[1]
    mask = _whole_groups(left, split.validation / (1 - split.test), rng, most=int(left.max()))
    return Parts((rest[~mask],), (rest[mask],), np.flatnonzero(test), (f"groups of {split.column!r} stay together",))


def _whole_groups(groups: np.ndarray, share: float, rng: np.random.Generator, most: int) -> np.ndarray:
    """A mask of whole groups, at least one and at most `most`, that comes as near to `share` as chance order allows."""
    sizes = np.bincount(groups)
    order = rng.permutation(len(sizes))
    reached = np.cumsum(sizes[order])
    count = int(np.clip(np.argmin(np.abs(reached - share * len(groups))) + 1, 1, most))
    return np.isin(groups, order[:count])


def _by_time(split: TimeSplit, sample: Sample, rows: np.ndarray) -> Parts:
    moments = _moments(sample, split.column)[rows]
    known = np.flatnonzero(np.isfinite(moments))
    order = known[np.argsort(moments[known], kind="stable")]
    cuts = _boundaries(split, moments[order])
    if not cuts:
        message = f"{split.column!r} has too few different moments to cut training, validation and test apart"
        raise Refusal(Problem("split.column", f"{message}: choose another column or a random split"))
    parts = np.split(order, [*cuts, len(order)])
    parts, astride = _apart(parts, sample, split, rows, moments)
    unknown = len(rows) - len(known)
    notes: tuple[str, ...] = (f"{unknown:,} rows without a moment in {split.column!r} are left out",) if unknown else ()
    notes += (f"{astride:,} windows astride of the border of two parts are left out",) if astride else ()
    return Parts((parts[0],), (parts[1],), parts[2], (*notes, f"{split.column!r} orders the rows: earlier ones train"))


def _apart(
    parts: list[np.ndarray], sample: Sample, split: TimeSplit, rows: np.ndarray, moments: np.ndarray
) -> tuple[list[np.ndarray], int]:
    """Windows of time without those that begin before the part in which they end; and how many those are."""
    if sample.begins is None or split.column == sample.begins:
        return parts, 0
    begins = _moments(sample, sample.begins)[rows]
    kept = [
        part if not number or not len(part) else part[begins[part] >= moments[part].min()]
        for number, part in enumerate(parts)
    ]
    lost = sum(map(len, parts)) - sum(map(len, kept))
    if any(len(part) and not len(left) for part, left in zip(parts, kept, strict=True)):
        message = "a part of the time is shorter than one window: choose shorter windows, or larger shares"
        raise Refusal(Problem("data.windows.length", message))
    return kept, lost


def _boundaries(split: TimeSplit, moments: np.ndarray) -> list[int]:
    """Where validation (and test) begin in sorted `moments`: the changes of the moment nearest to the chosen shares, so
    that rows of one moment stay together. Empty where there are too few changes."""
    changes = np.flatnonzero(np.diff(moments)) + 1
    wanted = [1 - split.validation - split.test, 1 - split.test][: 2 if split.test else 1]
    if len(changes) < len(wanted):
        return []
    first = int(np.abs(changes[: len(changes) - len(wanted) + 1] - wanted[0] * len(moments)).argmin())
    if not split.test:
        return [int(changes[first])]
    later = changes[first + 1 :]
    return [int(changes[first]), int(later[np.abs(later - wanted[1] * len(moments)).argmin()])]


def _in_folds(
    split: FoldSplit, sample: Sample, rows: np.ndarray, strata: np.ndarray, rng: np.random.Generator
) -> Parts:
    groups = _groups(sample, str(split.column), rows) if split.order == "grouped" else None
    members = len(rows) if groups is None else int(groups.max()) + 1
    if members < split.folds + (1 if split.test else 0):
        what = "rows" if groups is None else f"groups in {split.column!r}"
        message = f"{split.folds} folds need more than {members} {what}: choose fewer folds"
        raise Refusal(Problem("split.folds", message))
    layers = strata if split.order == "stratified" else np.zeros_like(strata)
    test = np.zeros(len(rows), dtype=bool)
    if split.test:
        most = members - split.folds
        test = allotted(layers, split.test, rng) if groups is None else _whole_groups(groups, split.test, rng, most)
    rest = np.flatnonzero(~test)
    fold = _dealt(layers[rest], split.folds, rng) if groups is None else _dealt_groups(groups[rest], split.folds, rng)
    train = tuple(rest[fold != k] for k in range(split.folds))
    return Parts(train, tuple(rest[fold == k] for k in range(split.folds)), np.flatnonzero(test))


def _dealt(strata: np.ndarray, folds: int, rng: np.random.Generator) -> np.ndarray:
    """Fold of every row: rows sorted by stratum, chance within, dealt out like cards."""
    order = np.lexsort((rng.permutation(len(strata)), strata))
    fold = np.empty(len(strata), dtype=np.int64)
    fold[order] = np.arange(len(strata)) % folds
    return fold


def _dealt_groups(groups: np.ndarray, folds: int, rng: np.random.Generator) -> np.ndarray:
    """Fold of every row: the largest group first, each to the smallest fold so far."""
    found, inverse, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    filled, fold = np.zeros(folds, dtype=np.int64), np.empty(len(found), dtype=np.int64)
    for group in np.lexsort((rng.permutation(len(found)), -sizes)):
        fold[group] = int(filled.argmin())
        filled[fold[group]] += sizes[group]
    return fold[inverse]


def _groups(sample: Sample, column: str, rows: np.ndarray) -> np.ndarray:
    """Group number of every row; rows without a group are one group."""
    _known(sample, column)
    words = ["" if word is None else f"={word}" for word in labels(sample.table, column)[rows].tolist()]
    return np.unique(words, return_inverse=True)[1]


def _moments(sample: Sample, column: str) -> np.ndarray:
    kind = _known(sample, column)
    if kind == "date":
        return days(sample.table, column)
    if kind == "number":
        return numbers(sample.table, column)
    raise Refusal(Problem("split.column", f"{column!r} holds neither dates nor numbers: it cannot order the rows"))


def _known(sample: Sample, column: str) -> str:
    known = kinds(sample.table)
    if column not in known:
        raise Refusal(Problem("split.column", f"there is no column {column[:60]!r} in this table: choose one that is"))
    return known[column]
