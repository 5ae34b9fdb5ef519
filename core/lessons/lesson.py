"""What a lesson is: a claim, its source, the study that tests it, and the measured condition that settles it. The
condition is pure: records of the arms go in, measured values come out, and the verdict follows from them alone."""

import math
import statistics
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.analysis.record import Record
from core.analysis.wording import count, duration, percent, points, ratio, two_digits
from core.studies import Study, parse_study

Verdict = Literal["proved", "refuted", "undecided"]
Kind = Literal["share", "points", "ratio", "number", "count", "seconds"]
Picture = Literal["checks", "train_score", "validation_score", "train_loss", "validation_loss", "splits", "profiles"]
"""checks: what was measured, beside its bounds. A column of "epochs": each arm through training. splits: training and
validation loss of the arm that is looked at. profiles: the gradient by layer of each arm."""
Page = Literal["findings", "curves", "gradients", "activations", "outputs", "filters"]
Records = Mapping[str, Record]
"""What the arms of a lesson recorded, by label."""

STUDY = "lesson-"
"""How the ids of lessons' studies begin; then follow the lesson's id, a dash and what makes it unique."""
SEEDS = ("training.seed", "split.seed")
LIMIT = 1e-12
"""Difference under which a value meets its bound: of numbers that were summed in another order (our choice)."""


@dataclass(frozen=True)
class Check:
    """One measured quantity with what it must be for the claim to hold. says: what was measured, in a few words.
    values: one per seed, or a single one where seeds are pooled; NaN and infinity are values. Exactly one of least and
    most is the bound."""

    says: str
    values: tuple[float, ...]
    least: float | None = None
    most: float | None = None
    kind: Kind = "share"

    @property
    def holds(self) -> tuple[bool, ...]:
        """Seed by seed, whether the value is on the claim's side of the bound. Not-a-number never is."""
        if self.least is not None:
            return tuple(value >= self.least - LIMIT for value in self.values)
        assert self.most is not None, "a check has a bound"
        return tuple(value <= self.most + LIMIT for value in self.values)

    @property
    def median(self) -> float:
        """Over the seeds; NaN where a seed has none, for then the middle is not known."""
        if not self.values or any(math.isnan(value) for value in self.values):
            return float("nan")
        return statistics.median(self.values)

    @property
    def bound(self) -> float:
        """What is wanted at least, or at most."""
        bound = self.least if self.least is not None else self.most
        assert bound is not None, "a check has a bound"
        return bound

    @property
    def wanted(self) -> str:
        """The bound in words: "at most 75 %"."""
        return f"{'at least' if self.least is not None else 'at most'} {in_words(self.bound, self.kind)}"

    @property
    def measured(self) -> str:
        """The median in words, and the lowest to the highest seed where they differ in words."""
        low, high = (in_words(side(self.values), self.kind) for side in (min, max))
        middle = in_words(self.median, self.kind)
        return middle if low == high else f"{middle} ({low} to {high})"


@dataclass(frozen=True)
class Outcome:
    """What came of a lesson. sentence: the numbers in one sentence, or what is missing."""

    verdict: Verdict
    checks: tuple[Check, ...]
    sentence: str

    @property
    def condition(self) -> str:
        """Everything that was wanted, in words."""
        return "; ".join(f"{check.says}: {check.wanted}" for check in self.checks)


@dataclass(frozen=True)
class Look:
    """Where the point is seen: a page of the run of one arm, the layer and the epoch marked on it; and what to see."""

    page: Page
    arm: str
    says: str
    layer: int | None = None
    epoch: int | None = None


@dataclass(frozen=True)
class Lesson:
    """id: lower-case ASCII, never renamed. claim: one sentence. why: the reason, in a sentence or two. source: the
    publication that made or tested the claim. condition: what the arms' records measure against which bounds. tells:
    one sentence with {0}, {1}, … for the medians of the checks. picture: what shows the point best, and the caption
    that says so."""

    id: str
    claim: str
    why: str
    source: str
    study: Study
    condition: Callable[[Records], tuple[Check, ...]]
    tells: str
    look: Look
    picture: Picture = "checks"
    seconds: int = 5
    """What it takes on two processors, roughly."""

    def with_seed(self, seed: int) -> Study:
        """The study with other seeds: for the weights, the order of the rows, and which rows validate. Seeds that arms
        name themselves move with it."""
        base = self.study.experiment.changed({"training.seed": seed, "split.seed": seed})
        arms = tuple(arm.model_copy(update={"changes": _moved(arm.changes, seed)}) for arm in self.study.arms)
        return self.study.model_copy(update={"name": self.name, "experiment": base, "arms": arms})

    @property
    def name(self) -> str:
        """What the lesson's runs are called in lists."""
        return f"Lesson {self.id.replace('_', ' ')}"

    def judged(self, records: Records) -> Outcome:
        """The verdict on what the arms recorded. Proved where every seed meets every bound, refuted where no seed meets
        one of them, else undecided, as while anything is missing."""
        labels = [arm.label for arm in self.study.arms]
        missing = [label for label in labels if label not in records or not records[label].epochs]
        if missing:
            return Outcome("undecided", (), "Not measured yet.")
        live = [label for label in labels if records[label].is_live]
        checks = self.condition(records)
        if any(not check.values for check in checks):
            return Outcome("undecided", checks, "Something was not measured: run it again.")
        sentence = self.tells.format(*(in_words(check.median, check.kind) for check in checks))
        return Outcome("undecided" if live else verdict(checks), checks, sentence)


def new_study_id(lesson: str) -> str:
    """The id of another study of this lesson; `lesson_of` reads it."""
    return f"{STUDY}{lesson}-{uuid.uuid4().hex}"


def lesson_of(study: str) -> str | None:
    """The id of the lesson that a study tests; None for other studies."""
    return study.removeprefix(STUDY).rsplit("-", 1)[0] if study.startswith(STUDY) else None


def compared(experiment: dict[str, Any], arms: dict[str, dict[str, Any]], seeds: int = 3) -> Study:
    """A study from plain JSON: the experiment, and what each arm changes in it."""
    each = [{"label": label, "changes": changes} for label, changes in arms.items()]
    return parse_study({"experiment": experiment, "arms": each, "seeds": seeds})


def at_least(says: str, values: tuple[float, ...], bound: float, kind: Kind = "share") -> Check:
    """The claim wants so much, or more."""
    return Check(says, values, least=bound, kind=kind)


def at_most(says: str, values: tuple[float, ...], bound: float, kind: Kind = "share") -> Check:
    """The claim wants so much, or less."""
    return Check(says, values, most=bound, kind=kind)


def verdict(checks: tuple[Check, ...]) -> Verdict:
    """Seeds are the evidence: all of them prove, none of them refutes, some of them leave it open."""
    if not checks:
        return "undecided"
    if all(all(check.holds) for check in checks):
        return "proved"
    return "refuted" if any(not any(check.holds) for check in checks) else "undecided"


def _moved(changes: dict[str, Any], seed: int) -> dict[str, Any]:
    return {path: value + seed if path in SEEDS else value for path, value in changes.items()}


def in_words(value: float, kind: Kind) -> str:
    """A measured value as a sentence says it."""
    if not math.isfinite(value):
        return ratio(value)
    written: dict[Kind, Callable[[float], str]] = {
        "share": lambda v: percent(v, 0 if 0.005 <= v <= 0.995 or v in (0.0, 1.0) else 1),
        "points": lambda v: points(v),
        "ratio": ratio,
        "number": two_digits,
        "count": count,
        "seconds": duration,
    }
    return written[kind](value)
