"""Symptoms of the gradient on its way down, and of the weights it starts from."""

import numpy as np

from core.diagnosis import remedies as try_
from core.diagnosis import special
from core.diagnosis.evidence import Evidence
from core.diagnosis.finding import Finding, Remedy, Severity
from core.diagnosis.initial import is_symmetric_choice, spread_ratio, unit_spread
from core.diagnosis.outcome import outcome
from core.diagnosis.symptom import Symptom, onset
from core.diagnosis.thresholds import Thresholds
from core.diagnosis.words import capital, layers, number, part

LEAST_DEPTH = 4
"""Layers, the output included, from which on a gradient can fade from layer to layer (SYMPTOMS 2b)."""

VANISHING = Symptom("vanishing_gradient", "The gradient vanishes", "gradients", "vanishing_ratio", is_low=True)
EXPLODING = Symptom("exploding_gradient", "The gradient explodes", "gradients", "exploding_growth")
SYMMETRIC = Symptom("symmetric_init", "All units of a layer are alike", "activations", "symmetric_spread", is_low=True)
BAD_INIT = Symptom("bad_init_scale", "The first weights have the wrong size", "activations", "init_scale")


def vanishing_gradient(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """The gradient of the outputs fades from layer to layer (Glorot & Bengio 2010). One that breaks off at a single
    layer is that layer's trouble (dead units, saturation), not this. The first epochs count like the last: a network
    that comes out of it late has lost its time, unless it learned after all."""
    ratios, factors = _profile(evidence)
    if not len(ratios):
        return VANISHING.unjudged()
    ratio, factor = min(
        (float(np.median(ratios[part])), float(np.median(factors[part]))) for part in (slice(None, 3), slice(-3, None))
    )
    fades = factor < thresholds.vanishing_factor
    if not fades or ratio >= thresholds.vanishing_ratio_watch:
        return VANISHING.clear(thresholds, ratio)
    is_fine = evidence.is_trained and outcome(evidence).is_good(thresholds)
    is_present = ratio < thresholds.vanishing_ratio and not is_fine
    size = evidence.layers("output_gradient_rms").shape[1]
    now = float(ratios[-1]) if ratios[-1] < thresholds.vanishing_ratio_watch else ratio
    message = (
        f"Layer 1 receives {part(now)} of the gradient that leaves the output layer; from layer to layer "
        f"{number(factor)} of it is left. "
        + ("The first layers hardly change: they cannot learn." if is_present else "The first layers learn slowly.")
    )
    return VANISHING.found(
        "present" if is_present else "watch",
        thresholds,
        ratio,
        message,
        severity="blocks",
        layers=range(1, max(2, size // 2 + 1)),
        epoch=onset(evidence.layer_epochs, ratios < thresholds.vanishing_ratio_watch),
        remedies=_against_vanishing(evidence),
    )


def _profile(evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
    """Per epoch: gradient at layer 1 ÷ at the output, and the median factor from a layer to the one below it."""
    matrix = evidence.layers("output_gradient_rms")
    if matrix.ndim < 2 or matrix.shape[1] < LEAST_DEPTH:
        return np.zeros(0), np.zeros(0)
    with np.errstate(all="ignore"):
        steps = matrix[:, :-1] / matrix[:, 1:]
        steps = np.where((matrix[:, 1:] > 0) & np.isfinite(steps), steps, np.nan)
        usable = np.isfinite(steps).any(axis=1) & (matrix[:, -1] > 0)
        ratios = np.where(usable, matrix[:, 0] / matrix[:, -1], 1.0)
    factors = np.ones(len(steps))
    factors[usable] = np.nanmedian(steps[usable], axis=1)
    return np.nan_to_num(ratios, nan=1.0), factors


def _against_vanishing(evidence: Evidence) -> list[Remedy | None]:
    chosen = evidence.experiment
    is_relu = all(activation.initialisation == "he_normal" for activation in chosen.network.activations)
    first = [try_.fitting_initialisation(chosen)] if is_relu else [try_.activation(chosen, "relu")]
    return [
        *first,
        try_.batch_norm(chosen),
        try_.skips(chosen),
        try_.fewer_layers(chosen),
        try_.fitting_initialisation(chosen) if not is_relu else None,
    ]


def exploding_gradient(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """The gradient outgrows its own history, is larger than the weights, or swells on its way down. Pascanu 2013."""
    backward = _backward(evidence)
    norms = evidence.curve("gradient_norm")
    if not len(norms) and backward is None:
        return EXPLODING.unjudged()
    runaway, epoch = _runaway(evidence)
    is_fine = evidence.is_trained and outcome(evidence).is_good(thresholds)
    swells = backward is not None and backward > thresholds.exploding_backward
    size = _size(evidence)
    if not (runaway > thresholds.exploding_growth or swells or size > thresholds.exploding_size):
        return EXPLODING.clear(thresholds, runaway)
    value, limit, what = runaway, "exploding_growth", f"The gradient grew to {number(runaway)} times its first size."
    if not runaway > thresholds.exploding_growth:
        value, limit, epoch = (backward or 0.0, "exploding_backward", 0) if swells else (size, "exploding_size", 1)
        what = f"Layer 1 receives {number(value)} times the gradient that leaves the output layer."
        if not swells:
            what = f"The gradient is {number(value)} times as long as the weights it changes."
    return EXPLODING.found(
        "watch" if is_fine else "present",
        thresholds,
        value,
        f"{what} Steps of that size throw away what was learned.",
        severity="blocks",
        epoch=epoch,
        limit=limit,
        remedies=(
            try_.scaled_target(evidence.experiment) if evidence.task == "regression" else None,
            special.orthogonal(evidence.experiment),
            try_.fitting_initialisation(evidence.experiment),
            try_.clip(evidence.experiment),
            try_.lower_rate(evidence.experiment, 10),
            try_.batch_norm(evidence.experiment),
        ),
    )


def _backward(evidence: Evidence) -> float | None:
    """Gradient at layer 1 ÷ at the output where it was first measured, if the net is deep enough."""
    row = evidence.first("output_gradient_rms")
    if len(row) < LEAST_DEPTH or not np.isfinite(row[[0, -1]]).all() or row[-1] <= 0:
        return None
    return float(row[0] / row[-1])


def _runaway(evidence: Evidence) -> tuple[float, int | None]:
    """Largest norm of a step or epoch ÷ the typical one at the start, and its epoch; infinite if not a number."""
    norms = evidence.curve("gradient_norm").after(0)
    if not len(norms):
        return 0.0, None
    early = float(np.median(norms.values[:2]))
    values = np.where(np.isfinite(norms.values), norms.values, np.inf)
    at = int(np.argmax(values))
    if not np.isfinite(early) or early <= 0:
        return (float("inf"), int(norms.epochs[at])) if np.isinf(values[at]) else (0.0, None)
    return float(values[at] / early), int(norms.epochs[at])


def _size(evidence: Evidence) -> float:
    """Gradient norm of the first epoch ÷ norm of all weights."""
    norms, weights = evidence.curve("gradient_norm").after(0), evidence.first("weight_norm")
    total = float(np.sqrt(np.nansum(weights**2))) if len(weights) else 0.0
    if not len(norms) or not total:
        return 0.0
    return float(np.nan_to_num(norms.values[0] / total, nan=np.inf))


def symmetric_init(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """Units that start alike get the same gradient and stay alike: a wide layer is worth one unit (cs231n)."""
    if evidence.hidden == 0:
        return SYMMETRIC.unjudged()
    spread, where = unit_spread(evidence, thresholds.symmetric_spread)
    if spread is None:
        chosen = is_symmetric_choice(evidence.experiment.network.initialisation)
        spread, where = (0.0 if chosen else 1.0), tuple(range(1, evidence.hidden + 1)) if chosen else ()
    if not where:
        return SYMMETRIC.clear(thresholds, spread)
    message = (
        f"All units of {layers(where)} give the same answer to every row. "
        "They get the same gradient, so each layer stays worth a single unit."
    )
    return SYMMETRIC.found(
        "present",
        thresholds,
        spread,
        message,
        severity="blocks",
        layers=where,
        epoch=0,
        remedies=(try_.fitting_initialisation(evidence.experiment),),
    )


def bad_init_scale(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """Weights that start far from the size that keeps outputs level, or a first loss far above guessing (He 2015)."""
    if is_symmetric_choice(evidence.experiment.network.initialisation):
        return BAD_INIT.unjudged()
    measures = _init_measures(evidence)
    if not measures:
        return BAD_INIT.unjudged()
    limit, value, what = max(measures, key=lambda m: m[1] / getattr(thresholds, m[0]))
    if value <= getattr(thresholds, limit):
        return BAD_INIT.clear(thresholds, spread_ratio(evidence) or 1.0)
    is_fine = evidence.is_trained and (outcome(evidence).is_good(thresholds) or not evidence.is_ripe)
    severity: Severity = "blocks"
    remedies = (try_.fitting_initialisation(evidence.experiment), try_.batch_norm(evidence.experiment))
    message = capital(f"{what} Signals swell or fade on their way, and training starts from a bad place.")
    return BAD_INIT.found(
        "watch" if is_fine else "present",
        thresholds,
        value,
        message,
        severity=severity,
        epoch=0,
        limit=limit,
        remedies=remedies,
    )


def _init_measures(evidence: Evidence) -> list[tuple[str, float, str]]:
    """(threshold, number, sentence) for each way in which first weights can be wrong."""
    found = []
    ratio, drift = spread_ratio(evidence), _drift(evidence)
    normalised = "none" not in evidence.experiment.network.values("normalisation")
    if ratio is not None and not (normalised and evidence.hidden):
        small = ratio < 1
        value = 1 / ratio if small else ratio
        found.append(
            ("init_scale", value, f"the first weights are {number(value)} times too {'small' if small else 'large'}.")
        )
    if drift is not None and not normalised:
        value = max(drift, 1 / drift)
        how = "larger" if drift > 1 else "smaller"
        found.append(
            (
                "init_drift",
                value,
                f"outputs of the last hidden layer vary {number(value)} times {how} than of the first.",
            )
        )
    return found


def _drift(evidence: Evidence) -> float | None:
    """Spread of the last hidden layer's outputs ÷ the first one's, where first measured."""
    if len(evidence.layer_epochs) and evidence.layer_epochs[0] > 1:
        return None
    row = evidence.first("activation_std")[: evidence.hidden]
    if len(row) < LEAST_DEPTH - 1 or not np.isfinite(row[[0, -1]]).all() or min(row[0], row[-1]) <= 0:
        return None
    return float(row[-1] / row[0])
