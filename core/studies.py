"""Studies: one experiment, and arms of it that differ in named choices. A study only says what is to be compared;
every arm becomes a run, its seeds the replicas of that run, so that all arms share initial weights and row order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from pydantic import ConfigDict, Field, ValidationError

from core.choices.base import Choice
from core.choices.optimizers import OPTIMIZERS
from core.diagnosis.finding import Finding, Remedy
from core.differences import title, words
from core.experiment import Experiment
from core.problems import problems_of
from core.refusal import Problem, Refusal

MOST_ARMS = 40
"""Arms of one study (our choice: more than one chart can tell apart, and below a person's usual quota)."""
LEAST_SEEDS = 3
"""Seeds of each arm of a proof: with fewer, the spread of luck cannot be seen (our choice, as little as may do)."""
OTHER_SEEDS = 1_000
"""How far the placebo's seeds lie from the others; no run has so many."""
UNCHANGED, PLACEBO = "unchanged", "unchanged, new seeds"
COUNTERPARTS: dict[str, dict[str, Any]] = {
    "ReLU, He": {"network.layers.*.activation": {"kind": "relu"}, "network.initialisation": {"kind": "he_normal"}},
    "batch normalisation": {"network.layers.*.normalisation": "batch"},
}
"""Cures that a network still being drawn is compared with, the first that would change it (He et al. 2015; Ioffe and
Szegedy 2015)."""

Arms = list[tuple[str, Experiment]]


class StudyArm(Choice):
    """One way to run the experiment. A `*` in a path stands for every hidden layer."""

    label: str = Field("", max_length=200, title="Label")
    changes: dict[str, Any] = Field({}, title="Changes", description="Dotted path in the experiment: new value")


class Study(Choice):
    """What is compared: arms one by one, or every combination of a grid; neither of them: only seeds."""

    model_config = ConfigDict(title="Study")
    name: str = Field("", max_length=150, title="Name")
    experiment: Experiment = Field(Experiment(), title="Experiment")
    arms: tuple[StudyArm, ...] = Field((), max_length=MOST_ARMS, title="Arms")
    grid: dict[str, list[Any]] = Field({}, title="Grid", description="Dotted path in the experiment: values")
    seeds: int = Field(3, ge=1, le=100, title="Seeds", description="Trainings of each arm, from the same seeds")
    folds: int | None = Field(
        None, ge=2, le=20, title="Folds", description="Every row validates once: a training per fold, instead of seeds"
    )


@dataclass(frozen=True)
class StudyPreset:
    """A comparison that is often wanted, made from any experiment."""

    title: str
    says: str
    study: Callable[[Experiment], Study]


def parse_study(tree: Any) -> Study:
    """A study from JSON. Raises Refusal with every problem."""
    try:
        return Study.model_validate(tree)
    except ValidationError as error:
        raise Refusal(*problems_of(error, tree)) from None


def expand(study: Study) -> Arms:
    """Label and experiment of every arm, in order. Raises Refusal with every problem of every arm."""
    wanted = list(_wanted(study))
    found = _shape_problems(study, wanted)
    arms: Arms = []
    for where, label, changes in wanted[:MOST_ARMS]:
        given = {"training.replicas": study.seeds, **_folded(study), **changes, "name": label}
        try:
            arms.append((label, applied(study.experiment, given)))
        except Refusal as refusal:
            found += [Problem(f"{where}{p.path}", p.message) for p in refusal.problems]
    if found:
        raise Refusal(*dict.fromkeys(found))
    return arms


def _folded(study: Study) -> dict[str, Any]:
    """The change that trains every arm on the same folds; none where seeds are compared."""
    if study.folds is None:
        return {}
    split = study.experiment.split
    kept = {"kind": "folds", "folds": study.folds, "seed": split.seed, "test": split.test, "used": split.used}
    return {"split": kept}


def applied(experiment: Experiment, changes: dict[str, Any]) -> Experiment:
    """The experiment with the changes, `*` standing for every hidden layer. Raises Refusal with every problem."""
    spelled = {path: value for key, value in changes.items() for path in _spelled(experiment, key)}
    lost = [path for path in changes if not _spelled(experiment, path)]
    if lost:
        raise Refusal(*(Problem(path, "there is no hidden layer to change") for path in lost))
    try:
        return experiment.changed(spelled)
    except ValidationError as error:
        raise Refusal(*problems_of(error)) from None
    except (KeyError, IndexError, ValueError, TypeError):
        absent = [path for path, value in spelled.items() if not _leads_somewhere(experiment, path, value)]
        rest = {path: value for path, value in spelled.items() if path not in absent}
        unknown = [Problem(path, "there is no such choice in this experiment") for path in absent]
        raise Refusal(*unknown, *_refused(experiment, rest)) from None


def remedy_study(experiment: Experiment, remedies: Sequence[Remedy], name: str = "", seeds: int = LEAST_SEEDS) -> Study:
    """Before, after and placebo with the same budget: the experiment unchanged, unchanged with other seeds, and with
    each remedy, on the same seeds as unchanged."""
    training = experiment.training
    other = {"training.seed": (training.seed + OTHER_SEEDS) % 2**31}
    arms = [StudyArm(label=UNCHANGED), StudyArm(label=PLACEBO, changes=other)]
    arms += [StudyArm(label=remedy.name, changes=remedy.change) for remedy in remedies]
    return Study(name=name, experiment=experiment, arms=tuple(arms), seeds=max(seeds, LEAST_SEEDS, training.replicas))


def counterpart(experiment: Experiment) -> Study | None:
    """The network as drawn beside the cure that courses teach first: ReLU with He, or batch normalisation where it has
    these already. None where the network has no hidden layer with an activation (then there is nothing to cure)."""
    for label, changes in COUNTERPARTS.items():
        try:
            other = applied(experiment, changes)
        except Refusal:
            continue
        if other != experiment:
            arms = (StudyArm(label=UNCHANGED), StudyArm(label=label, changes=changes))
            return Study(name=f"Against {label}", experiment=experiment, arms=arms, seeds=LEAST_SEEDS)
    return None


def proof_name(run_name: str, finding: Finding) -> str:
    """What the runs of a proof are called in lists."""
    return f"{run_name[:80]}: {finding.title[0].lower()}{finding.title[1:]}"[:150]


def _wanted(study: Study) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Where it was said, label and changes of every arm."""
    for number, arm in enumerate(study.arms):
        label = arm.label or _label(study.experiment, arm.changes) or f"arm {number + 1}"
        yield f"arms.{number}.", label, arm.changes
    if study.grid:
        for values in product(*study.grid.values()):
            changes = dict(zip(study.grid, values, strict=True))
            yield "grid.", _label(study.experiment, changes), changes
    elif not study.arms:
        yield "", study.name or "as it is", {}


def _shape_problems(study: Study, wanted: list[tuple[str, str, dict[str, Any]]]) -> list[Problem]:
    found = [Problem(f"grid.{path}", "name at least one value") for path, values in study.grid.items() if not values]
    if study.arms and study.grid:
        found.append(Problem("grid", "give arms or a grid, not both"))
    if len(wanted) > MOST_ARMS:
        found.append(Problem("grid", f"{len(wanted):,} arms are more than {MOST_ARMS}: vary less at once"))
    labels = [label for _, label, _ in wanted]
    twice = dict.fromkeys(label for label in labels if labels.count(label) > 1)
    found += [Problem("arms", f"two arms are the same or are called alike: {label[:60]!r}") for label in twice]
    return found


def _label(experiment: Experiment, changes: dict[str, Any]) -> str:
    """The values first: charts cut long names at their end."""
    if len(changes) == 1 and not isinstance(next(iter(changes.values())), (int, float)):
        return ", ".join(words(path, value) for path, value in changes.items())[:200]
    return ", ".join(f"{words(path, value)} {_lower(title(experiment, path))}" for path, value in changes.items())[:200]


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _spelled(experiment: Experiment, path: str) -> list[str]:
    if "*" not in path.split("."):
        return [path]
    field = path.partition("*.")[2].split(".")[0]
    return [path.replace("*", str(place), 1) for place, _ in experiment.network.having(field)]


def _refused(experiment: Experiment, changes: dict[str, Any]) -> list[Problem]:
    try:
        experiment.changed(changes)
    except ValidationError as error:
        return problems_of(error)
    return []


def _leads_somewhere(experiment: Experiment, path: str, value: Any) -> bool:
    try:
        experiment.changed({path: value})
    except ValidationError:
        return True
    except (KeyError, IndexError, ValueError, TypeError):
        return False
    return True


def _race(experiment: Experiment) -> Study:
    kinds = [kind for kind in OPTIMIZERS if kind != "adamw"]
    return Study(name="Optimizer race", experiment=experiment, grid={"optimizer": kinds})


def _depth(experiment: Experiment) -> Study:
    layers = experiment.model_dump(mode="json")["network"]["layers"]
    others, dense = ([each for each in layers if (each["kind"] == "dense") == is_dense] for is_dense in (False, True))
    middle = dense[0] if dense else {"kind": "dense"}
    what = "dense layer" if others else "hidden layer"
    arms = tuple(
        StudyArm(
            label=f"{count} {what}s" if count != 1 else f"1 {what}",
            changes={"network.layers": others + [middle] * count},
        )
        for count in (1, 2, 4, 8, 16)
    )
    return Study(name="Depth", experiment=experiment, arms=arms)


def _dropout(experiment: Experiment) -> Study:
    return Study(name="Dropout", experiment=experiment, grid={"network.layers.*.dropout": [0.0, 0.2, 0.4, 0.6]})


def _width(experiment: Experiment) -> Study:
    return Study(name="Width", experiment=experiment, grid={"network.layers.*.units": [2, 4, 8, 16, 32, 64, 128]})


def _rows(experiment: Experiment) -> Study:
    shares = (0.1, 0.2, 0.4, 0.7, 1.0)
    arms = tuple(StudyArm(label=f"{share:.0%} of the rows", changes={"split.used": share}) for share in shares)
    return Study(name="Learning curve", experiment=experiment, arms=arms)


STUDY_PRESETS: dict[str, StudyPreset] = {
    "optimizers": StudyPreset("Optimizer race", "Each optimizer at its usual learning rate.", _race),
    "depth": StudyPreset("Depth", "1 to 16 hidden layers like the first one.", _depth),
    "dropout": StudyPreset("Dropout", "None to 60 % in every hidden layer.", _dropout),
    "width": StudyPreset("Width", "2 to 128 units in every hidden layer.", _width),
    "rows": StudyPreset("Training-set size", "From a tenth of the training rows to all.", _rows),
}
