"""Symptoms of units: dead, or stuck at the rails."""

import numpy as np

from core.diagnosis import remedies as try_
from core.diagnosis.evidence import Evidence
from core.diagnosis.finding import Finding, Remedy
from core.diagnosis.outcome import late_fall, outcome
from core.diagnosis.symptom import Symptom, onset
from core.diagnosis.thresholds import Thresholds
from core.diagnosis.words import capital, layers, percent

DEAD = Symptom("dead_relu", "Dead units", "activations", "dead_share")
BORN = 0.9
"""Share of the dead units that were dead before the first step, from which on no step has killed them (our choice)."""
NARROW = 8
"""Units of a layer under which all may be silent at once by chance (our choice: one in 256 rows with eight)."""
SATURATED = Symptom("saturated_activation", "Saturated units", "activations", "saturated_share")


def dead_relu(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """Units of a ReLU layer that are never above 0 for any training row: they get no gradient and stay so (cs231n)."""
    shares = evidence.now("dead_share")[: evidence.hidden]
    if not np.isfinite(shares).any():
        return DEAD.unjudged()
    worst = int(np.nanargmax(shares))
    share = float(shares[worst])
    if share < thresholds.dead_share_watch:
        return DEAD.clear(thresholds, share)
    fall = late_fall(evidence) if evidence.is_trained and not evidence.has_ended else None
    is_learning = fall is not None and fall > thresholds.still_falling
    is_fine = evidence.is_trained and (is_learning or outcome(evidence).is_good(thresholds))
    wanted = "dead_share_healthy" if is_fine else "dead_share"
    is_present = share >= getattr(thresholds, wanted)
    limit = getattr(thresholds, wanted if is_present else "dead_share_watch")
    where = tuple(int(k) + 1 for k in np.flatnonzero(shares >= limit))
    message = f"{percent(share)} of layer {worst + 1} is dead: these units give 0 to every training row. "
    follows = f"It becomes a finding at {percent(getattr(thresholds, wanted))}."
    message += "They get no gradient any more, so they stay dead." if is_present else follows
    return DEAD.found(
        "present" if is_present else "watch",
        thresholds,
        share,
        message,
        severity="blocks" if share >= 0.95 else "costs",
        layers=where,
        epoch=onset(evidence.layer_epochs, evidence.layers("dead_share")[:, worst] >= limit),
        limit=wanted,
        remedies=_against_death(evidence, share),
    )


def _against_death(evidence: Evidence, share: float) -> list[Remedy | None]:
    """Units that were killed need smaller steps; of those that were never alive (in narrow deep networks: Lu et al.
    2020, Dying ReLU and initialization) no rate wakes any."""
    chosen = evidence.experiment
    rate, way_back = try_.lower_rate(chosen, 10), [try_.activation(chosen, "leaky_relu"), try_.batch_norm(chosen)]
    at_first = evidence.first("dead_share")[: evidence.hidden]
    if np.isfinite(at_first).any() and float(np.nanmax(at_first)) >= BORN * share:
        wider, is_narrow = try_.units(chosen, 4), min(unit.units for _, unit in chosen.network.having("units")) < NARROW
        more = [wider, *way_back] if is_narrow else [*way_back, wider]
        return [*more, try_.fitting_initialisation(chosen), rate]
    return [rate, try_.fitting_initialisation(chosen), *way_back]


def saturated_activation(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """Units in the flat part of their function, where under a twentieth of the gradient passes (Glorot & Bengio 2010).
    A network that learns may saturate late: then it is watched at most."""
    shares = evidence.now("saturated_share")[: evidence.hidden]
    if not np.isfinite(shares).any():
        return SATURATED.unjudged()
    worst = int(np.nanargmax(shares))
    share = float(shares[worst])
    is_fine = evidence.is_trained and outcome(evidence).is_good(thresholds)
    limit = thresholds.saturated_share_healthy if is_fine else thresholds.saturated_share
    if share < limit:
        return SATURATED.clear(thresholds, share)
    where = tuple(int(k) + 1 for k in np.flatnonzero(shares >= limit))
    message = capital(
        f"{percent(share)} of layer {worst + 1} is saturated, and {layers(where)} in all: the units answer at their "
        "limits to almost every row. The gradient hardly passes there, so the layer can hardly change."
    )
    return SATURATED.found(
        "watch" if is_fine else "present",
        thresholds,
        share,
        message.replace(f", and {layers(where)} in all", "") if len(where) == 1 else message,
        severity="blocks",
        layers=where,
        epoch=onset(evidence.layer_epochs, evidence.layers("saturated_share")[:, worst] >= limit),
        limit="saturated_share_healthy" if is_fine else None,
        remedies=(
            try_.scaling(evidence.experiment),
            try_.fitting_initialisation(evidence.experiment),
            try_.lower_rate(evidence.experiment, 10),
            try_.batch_norm(evidence.experiment),
            try_.activation(evidence.experiment, "relu"),
        ),
    )
