"""What the network was before the first step: size of its weights, likeness of its units, size of its inputs."""

from typing import Any

import numpy as np

from core.diagnosis.evidence import Evidence


def is_symmetric_choice(initialisation: Any) -> bool:
    """Whether all weights of a layer start alike."""
    sizes = {"normal": "std", "uniform": "limit", "orthogonal": "gain"}
    kind = initialisation.kind
    return kind in ("zeros", "constant") or (kind in sizes and getattr(initialisation, sizes[kind]) == 0)


def chosen_std(initialisation: Any, fan_in: int, fan_out: int) -> float | None:
    """Standard deviation of a layer's first weights by its initialisation; None where it has none."""
    known = {
        "normal": lambda: initialisation.std,
        "uniform": lambda: initialisation.limit / np.sqrt(3),
        "orthogonal": lambda: initialisation.gain / np.sqrt(max(fan_in, fan_out)),
        "torch_default": lambda: 1 / np.sqrt(3 * fan_in),
        "lecun": lambda: 1 / np.sqrt(fan_in),
        "he_normal": lambda: np.sqrt(2 / fan_in),
        "he_uniform": lambda: np.sqrt(2 / fan_in),
        "glorot_normal": lambda: np.sqrt(2 / (fan_in + fan_out)),
        "glorot_uniform": lambda: np.sqrt(2 / (fan_in + fan_out)),
    }
    return float(known[initialisation.kind]()) if initialisation.kind in known else None


def fans(evidence: Evidence) -> list[tuple[int, int]]:
    """(inputs, units) of each layer that is known: all with a record, else the hidden ones behind the first."""
    told = evidence.meta.get("layers") or ((evidence.preview or {}).get("layers") or [])[:-1]
    if told and "inputs" in told[0]:
        return [(int(layer["inputs"]), int(layer["units"])) for layer in told]
    widths = [layer.units for _, layer in evidence.experiment.network.having("units")]
    features = (evidence.preview or {}).get("features") or evidence.meta.get("features")
    known = [int(features), *widths] if features else widths
    return list(zip(known, known[1:], strict=False))


def spread_ratio(evidence: Evidence) -> float | None:
    """The chosen spread of first weights ÷ He's (variance 2 ÷ inputs), median over layers; None where unknown."""
    chosen = evidence.experiment.network.initialisation
    if chosen.kind not in ("normal", "uniform", "orthogonal"):
        return 1.0 if fans(evidence) else None
    ratios = [(chosen_std(chosen, before, after) or 0.0) / np.sqrt(2 / before) for before, after in fans(evidence)]
    return float(np.median(ratios)) if ratios and min(ratios) > 0 else None


def unit_spread(evidence: Evidence, least: float) -> tuple[float | None, tuple[int, ...]]:
    """The smallest spread of units' means and deviations ÷ their size over hidden layers, and the layers under `least`.
    None where no units were measured. A layer of one unit, or one that gives nothing, says nothing."""
    columns = evidence.tables.get("units")
    if columns is None or not len(columns):
        return None, ()
    epochs, layer = columns.numbers("epoch"), columns.numbers("layer")
    last = min(epochs.max(), np.unique(epochs)[:3].max())
    found = {
        int(layer[row]): _likeness(columns.cell("mean", int(row)), columns.cell("std", int(row)))
        for row in np.flatnonzero(epochs == last)
        if layer[row] <= evidence.hidden
    }
    known = {number: value for number, value in found.items() if value is not None}
    if not known:
        return None, ()
    alike = tuple(sorted(number for number, value in known.items() if value < least))
    return min(known.values()), alike


def _likeness(mean: np.ndarray, std: np.ndarray) -> float | None:
    size = float(np.sqrt(np.mean(mean**2 + std**2))) if len(mean) > 1 else 0.0
    if not np.isfinite(size) or size < 1e-12:
        return None
    return float(np.hypot(np.std(mean), np.std(std)) / size)


def input_size(evidence: Evidence) -> float | None:
    """Size (root mean square of all columns together; 1 is standardised) of what reaches the network, from what layer 1
    makes of it before it has learned."""
    if len(evidence.layer_epochs) == 0 or evidence.layer_epochs[0] > 0:
        return None
    z_std, z_mean = evidence.layers("preactivation_std")[0], evidence.layers("preactivation_mean")[0]
    known = fans(evidence)
    if not len(z_std) or not known or _is_normalised(evidence):
        return None
    fan_in, fan_out = known[0]
    weight = chosen_std(evidence.experiment.network.initialisation, fan_in, fan_out)
    if not weight or not np.isfinite(z_std[0]):
        return None
    seen = float(np.hypot(z_std[0], np.nan_to_num(z_mean[0])))
    return seen / (weight * float(np.sqrt(fan_in)))


def _is_normalised(evidence: Evidence) -> bool:
    first = evidence.experiment.network.counted[:1]
    return any(layer.get("normalisation", "none") != "none" for _, layer in first)
