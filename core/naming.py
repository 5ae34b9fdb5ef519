"""What experiments are called: a short name for lists, and one line that says how the network is built and trained."""

from itertools import groupby
from typing import Any

from core.choices.activations import ACTIVATIONS
from core.choices.initialisations import INITIALISATIONS
from core.choices.networks import Dense
from core.choices.optimizers import OPTIMIZERS
from core.choices.tables import TABLES
from core.experiment import Experiment

LONGEST = 55
"""Characters of a run strip's line that fit beside the picker at 1180 px."""


def name(experiment: Experiment) -> str:
    """The person's own name for it, or what it is: "Digits · Sigmoid × 12"."""
    if experiment.name:
        return experiment.name
    data = TABLES[experiment.data.kind].title()
    return f"{data} · {_stack(experiment.network)}"


def architecture(experiment: Experiment, meta: dict[str, Any] | None = None) -> str:
    """One line: widths, activation, initialisation, optimizer, length. `meta` adds the numbers of a started run."""
    layers = (meta or {}).get("layers") or []
    inputs = [layers[0]["inputs"]] if layers else []
    outputs = [layers[-1]["units"]] if layers else []
    hidden = [f"{n} × {u}" if n > 1 else f"{u}" for u, n in _runs([layer.units for layer in experiment.network.layers])]
    widths = " → ".join(str(part) for part in [*inputs, *hidden, *outputs])
    activations = "/".join(dict.fromkeys(ACTIVATIONS[a.activation.kind].title() for a in experiment.network.layers))
    initialisation = INITIALISATIONS[experiment.network.initialisation.kind].title().split(",")[0]
    optimizer = f"{OPTIMIZERS[experiment.optimizer.kind].title()} {experiment.optimizer.learning_rate:g}"
    replicas = experiment.training.replicas
    parts = [widths, ", ".join(filter(None, [activations, initialisation])), optimizer]
    parts += [f"{experiment.training.epochs} epochs"] + ([f"{replicas} seeds"] if replicas > 1 else [])
    while len(" · ".join(filter(None, parts))) > LONGEST and len(parts) > 3:
        parts.pop(3)
    return " · ".join(filter(None, parts))


def _stack(network: Dense) -> str:
    if not network.layers:
        return "no hidden layer"
    kinds = _runs([ACTIVATIONS[layer.activation.kind].title() for layer in network.layers])
    return ", ".join(f"{kind} × {count}" for kind, count in kinds[:3]) + (" …" if len(kinds) > 3 else "")


def _runs(values: list[Any]) -> list[tuple[Any, int]]:
    return [(value, len(list(same))) for value, same in groupby(values)]
