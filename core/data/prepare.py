"""From a sample to splits: rows chosen and divided, columns fitted on the training rows, everything that was decided on
the way said in notes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from core.choices.layers import Row
from core.choices.preparation import FoldSplit, GroupSplit, Preparation, SplitChoice
from core.data import notes as say
from core.data.balance import RESAMPLED, WEIGHED, balanced, class_weights
from core.data.columns import HUGE, Use, kinds, labels, listed, numbers, usable
from core.data.fitted import FARTHEST, Fitted, missing_in
from core.data.fitting import fitted
from core.data.pixels import shape_of
from core.data.sample import Sample
from core.data.splits import Splits
from core.data.splitting import Parts, divided
from core.data.table import Table
from core.data.target import LEAST_ROWS
from core.refusal import Problem, Refusal


@dataclass(frozen=True)
class Prepared:
    """Numbers ready for training, and how they came about: one fitted preparation, or one for each fold."""

    splits: Splits
    steps: tuple[Fitted, ...]

    def apply(self, table: Table) -> np.ndarray:
        """New rows ready for the network, float32 [rows, features]; with folds as the first fold prepares them."""
        return self.steps[0].apply(table)


def prepare(sample: Sample, split: SplitChoice, preparation: Preparation, replicas: int = 1) -> Prepared:
    """Splits, fitted on training rows only. With folds each fold is a replica, prepared on its own training rows, and
    `replicas` is not asked. Raises Refusal."""
    rows, said = _with_target(sample)
    rows, said = _without(rows, said, preparation)
    shape = shape_of(sample)
    rows, uses, more = _inputs(sample, split, preparation, rows, shape)
    shape = shape if shape and prod(shape) == len(uses) else ()
    table = Table.of(sample.table.data.take(rows), {c.name: c.type for c in sample.table.columns})
    targets = _targets(sample, table)
    parts = divided(split, sample, rows, targets if sample.task == "classification" else np.zeros(len(rows), np.int64))
    said += [*more, *parts.notes, *say.about_parts(sample, table, uses, parts, targets, split)]
    whole = parts
    parts, counted = _balanced(parts, targets, sample, preparation, split)
    values = shape[1] if len(shape) == 2 else None
    steps = _aligned([fitted(table, uses, train, preparation, values) for train in parts.train])
    mean, std = _target_scale(targets, parts, sample, preparation)
    about = _about_target(sample, mean.tolist(), std.tolist())
    splits = Splits(
        task=sample.task,
        inputs=np.stack([step.apply(table) for step in steps]),
        targets=targets if sample.classes else _standardised(targets, mean, std, preparation),
        train=parts.train,
        validation=parts.validation,
        test=(parts.test,),
        rows=rows,
        input_names=tuple(steps[0].features),
        class_names=sample.classes,
        target_names=sample.targets,
        target_mean=tuple(mean.tolist()),
        target_std=tuple(std.tolist()),
        weights=_weights(whole, parts, targets, sample, preparation),
        notes=(*sample.notes, *said, *say.about_steps(steps, preparation), *counted),
        asked_steps=sample.asked_steps,
        shape=Row(len(steps[0].features), steps[0].levels) if steps[0].levels else shape,
        centre=_of_numbers(steps, "centre") if len(shape) == 3 else None,
        spread=_of_numbers(steps, "spread") if len(shape) == 3 else None,
    )
    return Prepared(splits, tuple(replace(step, target=about, shape=list(splits.shape)) for step in steps))


def _of_numbers(steps: Sequence[Fitted], what: str) -> np.ndarray | None:
    """Centre or spread of every column, [1 or folds, columns]; None where other columns than numbers enter too."""
    if any(len(step.numbers) != len(step.features) for step in steps):
        return None
    return np.array([[entry[what] for entry in step.numbers] for step in steps], np.float32)


def _with_target(sample: Sample) -> tuple[np.ndarray, list[str]]:
    """Numbers of the rows that have every target, and how many have not."""
    if sample.task == "classification":
        known = np.array([label is not None for label in labels(sample.table, sample.target).tolist()], dtype=bool)
    else:
        known = np.all([np.abs(numbers(sample.table, name)) <= HUGE for name in sample.targets], axis=0)
    rows = np.flatnonzero(known)
    lost, names = len(known) - len(rows), " and ".join(map(repr, sample.targets))
    return rows, [f"{lost:,} of {len(known):,} rows have no usable {names} and are left out"] if lost else []


def _without(rows: np.ndarray, said: list[str], preparation: Preparation) -> tuple[np.ndarray, list[str]]:
    """Without the rows that a person left out."""
    kept = rows[~np.isin(rows, preparation.leave_out)]
    gone = len(rows) - len(kept)
    return kept, [*said, f"{gone:,} rows are left out by hand"] if gone else said


def _inputs(
    sample: Sample, split: SplitChoice, preparation: Preparation, rows: np.ndarray, shape: tuple[int, ...] | None
) -> tuple[np.ndarray, list[Use], list[str]]:
    """The rows and columns that are used, and what is left out, in sentences. Raises Refusal if nothing remains. Inputs
    that are one thing together (shape: the pixels of an image) all enter, also those that never change."""
    uses, said = _usable(sample, rows, preparation, shape)
    group = split.column if isinstance(split, (GroupSplit, FoldSplit)) else None
    if group and not sample.named and any(use.column == group for use in uses):
        uses = [use for use in uses if use.column != group]
        said.append(f"left out: {group!r}: it says to which group a row belongs")
    known = kinds(sample.table)
    holes = {use.column: missing_in(sample.table, known, use.column)[rows] > 0 for use in uses}
    if preparation.missing == "drop_columns":
        holed = [name for name, hole in holes.items() if hole.any()]
        uses = [use for use in uses if use.column not in holed]
        said += [f"left out: {listed(holed)}: missing in some rows"] if holed else []
    if preparation.missing == "drop_rows" and uses:
        whole = ~np.any([holes[use.column] for use in uses], axis=0)
        said += [f"{int((~whole).sum()):,} of {len(rows):,} rows miss an input and are left out"] * (not whole.all())
        rows = rows[whole]
        uses = [use for use in _usable(sample, rows, preparation, shape)[0] if use in uses] if len(rows) else uses
    _check_enough(sample, rows, uses, said)
    return rows, uses, said + say.about_holes(sample, uses, holes, preparation)


def _usable(
    sample: Sample, rows: np.ndarray, preparation: Preparation, shape: tuple[int, ...] | None
) -> tuple[list[Use], list[str]]:
    if shape:
        return [Use(name, "number") for name in sample.inputs], []
    return usable(sample, rows, preparation.most_levels, preparation.embed_over, preparation.embed)


def _check_enough(sample: Sample, rows: np.ndarray, uses: Sequence[Use], said: Sequence[str]) -> None:
    problems = []
    if len(rows) < LEAST_ROWS:
        message = f"{len(rows)} rows remain; training needs at least {LEAST_ROWS}: fill missing values or add rows"
        problems.append(Problem("preparation.missing", message))
    if not uses:
        why = "; ".join(said) or "none was chosen"
        problems.append(Problem("data.columns", f"no column can be an input: {why}. Choose inputs by name"))
    if not problems and sample.task == "classification":
        present = {label for label in labels(sample.table, sample.target)[rows].tolist() if label is not None}
        if len(present) < 2:
            problems.append(Problem("data.target", "the remaining rows have one class only: nothing to tell apart"))
    if problems:
        raise Refusal(*problems)


def _targets(sample: Sample, table: Table) -> np.ndarray:
    """Class numbers int64 [rows], or values float64 [rows, targets] in their own units."""
    if sample.task == "regression":
        return np.stack([numbers(table, name) for name in sample.targets], axis=1)
    place = {name: k for k, name in enumerate(sample.classes)}
    return np.array([place[label] for label in labels(table, sample.target).tolist()], dtype=np.int64)


def _balanced(
    parts: Parts, targets: np.ndarray, sample: Sample, preparation: Preparation, split: SplitChoice
) -> tuple[Parts, list[str]]:
    if sample.task == "regression" or preparation.balance == "none":
        return parts, []
    if preparation.balance not in RESAMPLED:
        return parts, ["classes weighted: each counts the same in the loss that is made small; curves stay unweighted"]
    train = tuple(balanced(rows, targets, preparation.balance, split.seed) for rows in parts.train)
    before, after = len(parts.train[0]), len(train[0])
    more = "; what was kept counts for what was left out" if preparation.balance in WEIGHED else ""
    return replace(parts, train=train), [f"classes balanced: {before:,} training rows became {after:,}{more}"]


def _weights(
    whole: Parts, kept: Parts, targets: np.ndarray, sample: Sample, preparation: Preparation
) -> np.ndarray | None:
    """Weight of every row by its class, [1 or folds, rows]; 0 for a class that does not train."""
    if sample.task == "regression" or preparation.balance not in WEIGHED:
        return None
    found = np.zeros((len(kept.train), len(targets)), np.float32)
    for row, before, after in zip(found, whole.train, kept.train, strict=True):
        weights = class_weights(targets[before], targets[after], preparation.balance)
        row[after] = weights[targets[after]]
    return found


def _aligned(steps: Sequence[Fitted]) -> list[Fitted]:
    """The same features from every fold, numbers of levels last: a level that a fold's training rows lack is a column
    of zeros there."""
    union = list(dict.fromkeys(name for step in steps for name in step.features))
    last = steps[0].features[len(steps[0].features) - len(steps[0].embedded) :]
    union = [name for name in union if name not in last] + last
    levels = [
        max(1, *(len(entry["levels"]) for entry in each)) for each in zip(*(s.embedded for s in steps), strict=True)
    ]
    return [replace(step, features=union, levels=levels) for step in steps]


def _target_scale(
    targets: np.ndarray, parts: Parts, sample: Sample, preparation: Preparation
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of every target over the training rows (of all folds), [targets] each; 0 and 1 where
    nothing is standardised. What is asked at every step has one of each: steps are more rows, and are answered by the
    same weights."""
    if sample.task == "classification" or not preparation.standardise_target:
        return np.zeros(len(sample.targets)), np.ones(len(sample.targets))
    known, steps = targets[np.unique(np.concatenate(parts.train))], max(1, sample.asked_steps)
    values = known.reshape(len(known) * steps, -1)
    std = values.std(axis=0)
    return np.tile(values.mean(axis=0), steps), np.tile(np.where(std > 0, std, 1.0), steps)


def _standardised(targets: np.ndarray, mean: np.ndarray, std: np.ndarray, preparation: Preparation) -> np.ndarray:
    """float32 [rows, targets]; standardised values are cut where inputs are."""
    values = (targets - mean) / std
    kept = np.clip(values, -FARTHEST, FARTHEST) if preparation.standardise_target else values
    return kept.astype(np.float32)


def _about_target(sample: Sample, mean: list[float], std: list[float]) -> dict[str, object]:
    """As `Fitted.describe` says: bare values for one target, lists for several."""
    several = bool(sample.also)
    about: dict[str, object] = {"column": list(sample.targets) if several else sample.target, "task": sample.task}
    if sample.classes:
        return about | {"classes": list(sample.classes)}
    return about | {"mean": mean if several else mean[0], "std": std if several else std[0]}
