"""What experiments are called: a short name for lists, and one line that says how the network is built and trained."""

from collections.abc import Sequence
from typing import Any

from core.choices.activations import ACTIVATIONS
from core.choices.initialisations import INITIALISATIONS
from core.choices.optimizers import OPTIMIZERS
from core.choices.tables import TABLES
from core.experiment import Experiment

LONGEST = 55
"""Characters of a run strip's line that fit beside the picker at 1180 px."""
LONGEST_TABLE = 40
"""Characters of an own table's name in the name of a run (our choice)."""


def name(experiment: Experiment, table: str = "") -> str:
    """The person's own name for it, or what it is: "Digits · Sigmoid × 12". table: what an own table is called."""
    return experiment.name or f"{data_name(experiment, table)} · {experiment.network.in_words()}"


def data_name(experiment: Experiment, table: str) -> str:
    """What its rows are called. table: what an own table is called."""
    return table[:LONGEST_TABLE] or TABLES[experiment.data.kind].title()


def architecture(experiment: Experiment, meta: dict[str, Any] | None = None, ended: int | None = None) -> str:
    """One line: widths, activation, initialisation, optimizer, length. `meta` adds the numbers of a started run; ended:
    the last epoch of one that is over."""
    parts = _parts(experiment, meta)
    if ended is not None and 0 < ended < experiment.training.epochs:
        parts = [f"{ended:,} of {part}" if part.endswith(" epochs") else part for part in parts]
    while len(" · ".join(parts)) > LONGEST and len(parts) > 3:
        parts.pop(3)
    return " · ".join(parts)


def alike(experiments: Sequence[Experiment], tables: Sequence[str]) -> str:
    """One line of what all of them have in common: data, widths, activation, optimizer, length, seeds. tables: what the
    own tables are called, empty for the others."""
    told = [[data_name(one, table), *_parts(one, None)] for one, table in zip(experiments, tables, strict=True)]
    return " · ".join(part for part in (told[0] if told else []) if all(part in parts for parts in told))


def _parts(experiment: Experiment, meta: dict[str, Any] | None) -> list[str]:
    layers = (meta or {}).get("layers") or []
    inputs = [_shape(meta or {}, layers[0]["inputs"])] if layers else []
    outputs = [str(layers[-1]["units"])] if layers else []
    widths = " → ".join([*inputs, *experiment.network.line(), *outputs])
    activations = "/".join(dict.fromkeys(ACTIVATIONS[each.kind].title() for each in experiment.network.activations))
    initialisation = INITIALISATIONS[experiment.network.initialisation.kind].title().split(",")[0]
    named = OPTIMIZERS[experiment.optimizer.kind].title()
    rate = (
        ", rate" if experiment.optimizer.kind == "momentum" else ""
    )  # a number after it would be read as the momentum itself
    optimizer = f"{named}{rate} {experiment.optimizer.learning_rate:g}"
    replicas = experiment.training.replicas
    pretrained = "pretrained" if experiment.network.layer_wise else ""
    parts = [widths, ", ".join(filter(None, [activations, initialisation, pretrained])), optimizer]
    parts += [f"{experiment.training.epochs:,} epochs"] + ([f"{replicas} seeds"] if replicas > 1 else [])
    return [part for part in parts if part]


def _shape(meta: dict[str, Any], inputs: int) -> str:
    """What enters: "64", "28 × 28" of an image, "3 × 32 × 32" of one with colours."""
    shape = list(meta.get("shape") or [inputs])
    return " × ".join(str(size) for size in (shape[1:] if len(shape) == 3 and shape[0] == 1 else shape))
