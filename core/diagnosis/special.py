"""Remedies for certain tables and networks. Like core.diagnosis.remedies: None where nothing would change."""

from collections.abc import Sequence

from core.diagnosis.finding import Remedy
from core.experiment import Experiment

RECURRENT = ("elman", "gru", "lstm")
NAMES = {"lstm": "LSTM: a cell that keeps what a gate lets in", "gru": "GRU: gates decide what is kept"}


def without(experiment: Experiment, column: str, features: Sequence[str]) -> Remedy | None:
    """The same inputs but for one column; only of a person's own table. features: names of what enters the network."""
    if experiment.data.kind not in ("table", "file"):
        return None
    given = getattr(experiment.data, "columns", None)
    known = given or dict.fromkeys(name.split(" = ")[0].split(": ")[0].removesuffix(" is missing") for name in features)
    kept = [name for name in known if name != column]
    if not kept or column not in known:
        return None
    label = f"Leave out the column “{column}”"
    return Remedy("without_column", label, {"data.columns": kept}, "the honest score is lower", "Without the column")


def recurrent(experiment: Experiment, kind: str) -> Remedy | None:
    """Recurrent layers of another kind, as wide as they are."""
    change = {
        f"network.layers.{place}": {"kind": kind, "units": layer.units}
        for place, layer in enumerate(experiment.network.layers)
        if getattr(layer, "kind", "dense") in RECURRENT and getattr(layer, "kind", "") != kind
    }
    return Remedy(kind, NAMES[kind], change, "more parameters per unit", NAMES[kind].split(":")[0]) if change else None


def orthogonal(experiment: Experiment) -> Remedy | None:
    """Weights from step to step that neither shrink nor stretch a state at first."""
    usual = {"kind": "orthogonal"}
    change = {
        f"network.layers.{place}.recurrence": usual
        for place, layer in enumerate(experiment.network.layers)
        if hasattr(layer, "recurrence")
        and (layer.recurrence.kind != "orthogonal" or getattr(layer.recurrence, "gain", 1.0) != 1.0)
    }
    label = "Orthogonal weights from step to step"
    return Remedy("orthogonal", label, change, short="Orthogonal weights") if change else None
