"""Symptoms of the answers: one for all, too sure, or through the wrong function."""

import numpy as np

from core.diagnosis import remedies as try_
from core.diagnosis.evidence import Evidence
from core.diagnosis.finding import Finding
from core.diagnosis.outcome import outcome
from core.diagnosis.symptom import Symptom
from core.diagnosis.thresholds import Thresholds
from core.diagnosis.words import percent

COLLAPSED = Symptom("collapsed_predictions", "It gives one answer to all rows", "outputs", "collapsed_share")
CALIBRATION = Symptom("miscalibrated", "Its confidence is not its accuracy", "outputs", "calibration_error")
MISMATCH = Symptom("output_loss_mismatch", "Output and loss do not fit", "outputs", "")
LINEAR = Symptom("missing_nonlinearity", "The network is a straight line", "activations", "")
LEAST_ROWS = 100
"""Validation rows under which a calibration error of 0.1 is within chance (our choice)."""
BINS = 10
LINE_ENOUGH = 0.8
"""Share of the loss of guessing explained, by this network or by a linear model, from which on a straight line will do
(our choice)."""


def collapsed_predictions(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """Nearly all validation rows get the same class (or value), though their targets differ."""
    answers, targets = evidence.answers, evidence.targets
    if not evidence.is_ripe or not answers or targets is None or not np.isfinite(answers[-1][1]).all():
        return COLLAPSED.unjudged()
    epoch, shares = answers[-1]
    if evidence.task != "classification":
        return _collapsed_values(evidence, thresholds, epoch, shares, targets)
    predicted = np.bincount(shares.argmax(axis=1), minlength=shares.shape[1]) / len(shares)
    largest = np.bincount(targets.astype(int), minlength=shares.shape[1]).max() / len(targets)
    top = int(predicted.argmax())
    share = float(predicted[top])
    if share < thresholds.collapsed_share or largest > 1 - (1 - thresholds.collapsed_share) * 3:
        return COLLAPSED.clear(thresholds, share)
    name = (evidence.meta.get("classes") or [str(k) for k in range(len(predicted))])[top]
    message = (
        f"{percent(share)} of the validation rows are given the same class, “{name}”; one class is right for at most "
        f"{percent(largest)}. The others are lost."
    )
    return COLLAPSED.found("present", thresholds, share, message, severity="blocks", epoch=epoch)


def _collapsed_values(
    evidence: Evidence, thresholds: Thresholds, epoch: int, values: np.ndarray, targets: np.ndarray
) -> Finding:
    """The same for a regression: answers that vary next to nothing against the targets' own spread, of several the one
    that varies most."""
    wanted = targets.reshape(len(values), -1)
    spread = float(np.max(values.std(axis=0) / np.maximum(wanted.std(axis=0), 1e-30)))
    share = float(np.clip(1 - spread, 0, 1))
    if share < thresholds.collapsed_share or outcome(evidence).is_good(thresholds):
        return COLLAPSED.clear(thresholds, share)
    message = (
        f"The answers vary by {percent(spread)} of what the targets vary. "
        "The network says nearly the same value whatever it is shown."
    )
    return COLLAPSED.found("present", thresholds, share, message, severity="blocks", epoch=epoch)


def calibration_error(shares: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
    """(ECE over ten bins of confidence, mean confidence − accuracy). shares: [rows, classes]. Guo 2017."""
    confidence, right = shares.max(axis=1), shares.argmax(axis=1) == targets
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    apart = np.bincount(bins, weights=confidence - right, minlength=BINS)
    return float(np.abs(apart).sum() / counts.sum()), float((confidence - right).mean())


def miscalibrated(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """Expected calibration error on the validation rows, where there are enough; its sign says too sure or too shy."""
    answers, targets = evidence.answers, evidence.targets
    is_class = evidence.task == "classification"
    if not (is_class and evidence.is_ripe and answers and targets is not None and len(targets) >= LEAST_ROWS):
        return CALIBRATION.unjudged()
    if not all(np.isfinite(shares).all() for _, shares in answers[-3:]):
        return CALIBRATION.unjudged()
    measured = [calibration_error(shares, targets) for _, shares in answers[-3:]]
    error, sign = np.median(measured, axis=0)
    chance = _by_chance(answers[-1][1])
    if error < max(thresholds.calibration_error_watch, 1.5 * chance):
        return CALIBRATION.clear(thresholds, float(error))
    is_learned = not outcome(evidence).is_poor(thresholds)
    is_present = is_learned and error >= max(thresholds.calibration_error, 2 * chance)
    shares = answers[-1][1]
    sure, right = float(shares.max(axis=1).mean()), float((shares.argmax(axis=1) == targets).mean())
    message = (
        f"It is {percent(sure)} sure and {percent(right)} right: too {'sure' if sign > 0 else 'shy'} "
        f"(calibration error {percent(float(error))}). Its probabilities cannot be taken at their word."
    )
    chosen = evidence.experiment
    losses = evidence.curve("validation_loss").after(0)
    best = int(losses.epochs[np.nanargmin(losses.values)]) if np.isfinite(losses.values).any() else 1
    remedies = (
        try_.loss(chosen, "cross_entropy"),
        try_.early_stopping(chosen, best) if sign > 0 else try_.more_epochs(chosen),
        try_.weight_decay(chosen, max(1e-3, chosen.optimizer.weight_decay * 10)) if sign > 0 else None,
    )
    return CALIBRATION.found(
        "present" if is_present else "watch", thresholds, float(error), message, epoch=answers[-1][0], remedies=remedies
    )


def _by_chance(shares: np.ndarray) -> float:
    """The calibration error that a perfectly calibrated network of this confidence shows on so many rows, about."""
    confidence = shares.max(axis=1)
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    spread = np.bincount(bins, weights=confidence * (1 - confidence), minlength=BINS)
    return float(np.sqrt(2 / np.pi) * np.sqrt(np.maximum(spread, 0)).sum() / len(shares))


def output_loss_mismatch(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """Pairs of output and loss that stall or cap learning: a distance through softmax or sigmoid, classes measured as
    distances, softmax taken twice, a value squeezed between 0 and 1. NeuraLint (TOSEM 2022); Nielsen 2015, ch. 3."""
    misfit = evidence.experiment.loss.misfit(evidence.task)
    if misfit is None:
        return MISMATCH.clear(thresholds, 0.0)
    better = "cross_entropy" if evidence.task == "classification" else "squared_error"
    is_poor = evidence.is_ripe and outcome(evidence).is_poor(thresholds)
    return MISMATCH.found(
        "present" if misfit.is_wrong else "watch",
        thresholds,
        1.0,
        misfit.words,
        severity="blocks" if is_poor else "costs",
        epoch=0,
        remedies=(try_.loss(evidence.experiment, better),),
    )


def missing_nonlinearity(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """Hidden layers without any non-linear function multiply into one matrix, a straight line (NeuraLint)."""
    chosen = enumerate(evidence.experiment.network.counted, 1)
    layers = [k for k, (_, layer) in chosen if layer.kind != "embedding"]  # which looks up, and is not asked to bend
    if not layers:
        return LINEAR.unjudged()
    bare = [k for k in layers if getattr(evidence.activation(k), "kind", "") == "identity"]
    if len(bare) < len(layers) or "layer" in evidence.experiment.network.values("normalisation"):
        return LINEAR.clear(thresholds, len(bare) / len(layers))
    reached = outcome(evidence)
    enough = (evidence.is_ripe and reached.explained >= LINE_ENOUGH) or (reached.reference or 0.0) >= LINE_ENOUGH
    message = f"All {len(layers)} hidden layers pass on what they get: together they are one straight line. " + (
        "A line is enough for this table." if enough else "No depth or width helps where the task is curved."
    )
    return LINEAR.found(
        "watch" if enough else "present",
        thresholds,
        1.0,
        message,
        severity="costs",
        layers=bare,
        epoch=0,
        remedies=(try_.activation(evidence.experiment, "relu"), try_.activation(evidence.experiment, "tanh")),
    )
