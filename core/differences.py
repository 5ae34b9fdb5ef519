"""What differs between experiments, and how choices are called: by dotted path, with the titles that forms show."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from core.choices.activations import ACTIVATIONS
from core.choices.augmentations import AUGMENTATIONS
from core.choices.base import Choice
from core.choices.initialisations import INITIALISATIONS
from core.choices.losses import LOSSES
from core.choices.networks import NETWORKS
from core.choices.optimizers import OPTIMIZERS
from core.choices.preparation import SPLITS
from core.choices.schedules import SCHEDULES
from core.choices.tables import TABLES
from core.experiment import Experiment

KINDS: dict[str, Mapping[str, type[Choice]]] = {
    "data": TABLES,
    "split": SPLITS,
    "network": NETWORKS,
    "activation": ACTIVATIONS,
    "initialisation": INITIALISATIONS,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "augmentation": AUGMENTATIONS,
}
"""Choices of several kinds, by the last name of their path."""
LAYERS = "network.layers"
ABSENT = "–"
SHOWN = 60
"""Letters of a value that are shown."""


def flat(experiment: Experiment) -> dict[str, Any]:
    """Every single choice by its path. Hidden layers are one: `network.layers.*.units` is their number where all are
    alike, else a list; `network.layers` is how many there are."""
    return {path: value for path, value in _walk(experiment, "") if path not in ("version", "name")}


def differences(experiments: Sequence[Experiment]) -> list[dict[str, str]]:
    """For each experiment the choices in which they differ, in words, by title; nothing else."""
    trees = [flat(experiment) for experiment in experiments]
    paths = list(dict.fromkeys(path for tree in trees for path in tree))
    differing = [p for p in paths if any(tree.get(p, ABSENT) != trees[0].get(p, ABSENT) for tree in trees)]
    return [{_first_title(experiments, p): _shown(tree, p) for p in differing} for tree in trees]


def title(experiment: Experiment, path: str) -> str:
    """What a form calls the choice at a path; the path itself where there is none."""
    here: Any = experiment
    found = path
    for part in path.split("."):
        if isinstance(here, tuple):
            here = _one_of(here, part, path)
            continue
        if part == "kind" or not isinstance(here, Choice) or part not in type(here).model_fields:
            break
        found = type(here).model_fields[part].title or part
        here = getattr(here, part)
    return found


def _one_of(layers: Sequence[Any], part: str, path: str) -> Any:
    """The layer that a part of a path names; for * the first that has what the path ends with."""
    if part.isdecimal():
        return layers[int(part)] if int(part) < len(layers) else None
    field = path.partition("*.")[2].split(".")[0]
    having = [layer for layer in layers if field in type(layer).model_fields]
    return next(iter(having or layers), None) if part == "*" else None


def words(path: str, value: Any) -> str:
    """A choice's value as a person reads it."""
    if isinstance(value, dict) and "kind" in value:
        value = value["kind"]
    name = path.removesuffix(".kind").rsplit(".", 1)[-1]
    if isinstance(value, str) and value in KINDS.get(name, {}):
        return KINDS[name][value].title()
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, (int, float)):
        return f"{value:,}" if isinstance(value, int) else f"{value:g}"
    if isinstance(value, (list, tuple)):
        return str(len(value)) if path == LAYERS else _in_a_row(path, value)
    return str(value)[:SHOWN]


def choices(experiment: Experiment) -> dict[str, str]:
    """What may be varied: path and name of each choice, whole choices ("Optimizer") before their parts."""
    names = {}
    for path in flat(experiment):
        if path in (LAYERS, f"{LAYERS}.*.kind"):
            continue
        whole = path.removesuffix(".kind")
        of = title(experiment, whole.split(".")[0])
        name = title(experiment, whole)
        where = ", every hidden layer" if "*" in path else f" ({of.lower()})" if name != of else ""
        names[whole] = f"{name}{where}"
    return names


def _in_a_row(path: str, values: Sequence[Any]) -> str:
    """Values of layers from input to output: "64, 11 × 32"."""
    rows = [(said, len(list(same))) for said, same in groupby(words(path, one) for one in values)]
    return ", ".join(f"{count} × {said}" if count > 1 else said for said, count in rows)[:SHOWN]


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if path == LAYERS:
        yield from _layers(value)
    elif isinstance(value, Choice):
        for name in sorted(type(value).model_fields, key=lambda field: field != "kind"):
            yield from _walk(getattr(value, name), f"{path}.{name}" if path else name)
    else:
        is_several = isinstance(value, tuple)
        yield path, [one.model_dump() if isinstance(one, Choice) else one for one in value] if is_several else value


def _layers(layers: Sequence[Choice]) -> Iterator[tuple[str, Any]]:
    """How many there are, and what each of their choices is."""
    yield LAYERS, len(layers)
    each = [dict(_walk(layer, "")) for layer in layers]
    for name in dict.fromkeys(name for one in each for name in one):
        values = [one[name] for one in each if name in one]
        yield f"{LAYERS}.*.{name}", values[0] if all(value == values[0] for value in values) else values


def _first_title(experiments: Sequence[Experiment], path: str) -> str:
    """The title in the first experiment that has this choice."""
    plain = path.removesuffix(".kind")
    titles = [title(experiment, plain) for experiment in experiments if path in flat(experiment)]
    return titles[0] if titles else plain


def _shown(tree: Mapping[str, Any], path: str) -> str:
    return words(path, tree[path]) if path in tree else ABSENT
