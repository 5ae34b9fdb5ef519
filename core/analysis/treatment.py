"""Treat until healthy: remedies one after another, each kept only if it measurably helped, until nothing is wrong, the
budget is spent, or nothing is left to try. Pure: what was trained goes in, the path and the next step come out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.analysis.compare import NO_DIFFERENCE, Arm, dots
from core.analysis.record import Record
from core.analysis.wording import Headline, plural, score
from core.diagnosis.diagnose import Diagnosis, diagnose
from core.diagnosis.finding import Finding, Remedy
from core.diagnosis.thresholds import DEFAULT, Thresholds
from core.experiment import Experiment
from core.studies import LEAST_SEEDS

Trained = tuple[Experiment, Record]
Ending = Literal["healthy", "spent", "nothing left"]
START = "Unchanged"


@dataclass(frozen=True)
class Tried:
    """One training of the path. kept: the next remedies build on it. is_gone: its symptom is. said: causes after it."""

    number: int
    label: str
    symptom: str
    is_gone: bool
    kept: bool
    score: float | None
    causes: tuple[str, ...]


@dataclass(frozen=True)
class Path:
    """What was tried, what is kept now, and what comes next. ending: None while it goes on."""

    tried: tuple[Tried, ...]
    best: Experiment
    step: Experiment | None
    label: str
    ending: Ending | None
    is_share: bool = True


def path(start: Experiment, trained: Sequence[Trained], budget: int, thresholds: Thresholds = DEFAULT) -> Path:
    """The path so far. start: the experiment as it was; trained: what was trained on the path, in order, the first one
    unchanged; budget: trainings in all."""
    unchanged = start.changed({"training.replicas": max(LEAST_SEEDS, start.training.replicas), "name": START})
    if not trained:
        return Path((), start, unchanged, START, None) if budget else Path((), start, None, "", "spent")
    known = [diagnose(*one, thresholds) for one in trained]
    is_share = trained[0][1].is_classification
    now, said, best = trained[0][0], known[0], _score(trained[0][1])
    tried = [Tried(0, START, "", False, True, best, _titles(said))]
    refused: list[Experiment] = []
    for number, ((experiment, record), after) in enumerate(zip(trained[1:], known[1:], strict=True), 1):
        finding, remedy = _proposed(now, said, refused) or (None, None)
        reached, label = _score(record), remedy.label if remedy else experiment.name
        is_gone = finding is not None and finding.id not in {f.id for f in after.findings}
        kept = _helped(is_gone, best, reached, said, after)
        tried.append(Tried(number, label, finding.title if finding else "", is_gone, kept, reached, _titles(after)))
        if kept:
            now, said, best, refused = experiment, after, reached, []
        else:
            refused.append(_bare(experiment))
    following = _proposed(now, said, refused)
    ending: Ending | None = None
    if not said.causes:
        ending = "healthy"
    elif len(trained) >= budget:
        ending = "spent"
    elif following is None:
        ending = "nothing left"
    step = following[1].applied(now).changed({"name": following[1].label}) if following and ending is None else None
    return Path(tuple(tried), now, step, following[1].label if step and following else "", ending, is_share)


def headline(found: Path, budget: int) -> Headline:
    """The path in a sentence."""
    if not found.tried:
        return Headline("The treatment begins with the network as it is.")
    first, last = found.tried[0], next(one for one in reversed(found.tried) if one.kept)
    before, after = ("no score" if one.score is None else score(one.score, found.is_share) for one in (first, last))
    spent = f"{plural(len(found.tried), 'training')} of at most {budget}, {LEAST_SEEDS} seeds each at least."
    if found.ending == "healthy" and len(found.tried) == 1:
        return Headline("With three seeds nothing is wrong that we can see: ", after, ".", "green", spent)
    if found.ending == "healthy":
        return Headline("Healthy: nothing is wrong any more. From ", before, f" to {after}.", "green", spent)
    if found.ending is None:
        return Headline("Under treatment: from ", before, f" to {after} so far.", "", spent)
    why = "the budget is spent" if found.ending == "spent" else "nothing is left to try"
    rest = f"{spent} Still there: {', '.join(t[0].lower() + t[1:] for t in last.causes)}."
    return Headline(f"Not healthy yet, and {why}: from ", before, f" to {after}.", "red", rest)


def _proposed(now: Experiment, said: Diagnosis, refused: Sequence[Experiment]) -> tuple[Finding, Remedy] | None:
    """The first remedy, causes in order, that was not tried from here."""
    for cause in said.causes:
        for remedy in cause.remedies:
            if _bare(remedy.applied(now)) not in refused:
                return cause, remedy
    return None


def _helped(is_gone: bool, before: float | None, after: float | None, said: Diagnosis, now: Diagnosis) -> bool:
    """Kept is what takes the symptom away, or lifts the score beyond a difference that counts, without costing score or
    bringing more that blocks learning."""
    if after is None:
        return False
    gain = after - before if before is not None else 1.0
    blocks = [sum(cause.severity == "blocks" for cause in one.causes) for one in (said, now)]
    return gain >= -NO_DIFFERENCE and blocks[1] <= blocks[0] and (is_gone or gain > NO_DIFFERENCE)


def _bare(experiment: Experiment) -> Experiment:
    return experiment.model_copy(update={"name": ""})


def _score(record: Record) -> float | None:
    """Median over seeds of the validation score at each one's best epoch."""
    table = dots([Arm("", (record,))])
    return float(table["value"].median()) if len(table) else None


def _titles(said: Diagnosis) -> tuple[str, ...]:
    return tuple(cause.title for cause in said.causes)
