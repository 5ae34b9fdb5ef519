"""Temperature scaling: one number that the logits are divided by, so that the network is as sure as it is right.
Answers stay what they are (Guo et al. 2017, section 4.2)."""

from dataclasses import dataclass, replace

import numpy as np

from core.analysis.answers import Answers
from core.analysis.calibration import reliability
from core.analysis.wording import Headline, two_digits

COLDEST, HOTTEST = 0.05, 20.0
LEAST_ROWS = 30
"""Rows of each half below which one number is not fitted (our choice)."""
SMALLEST = 1e-12
HALVINGS = 24
"""Of the factor of 400 between the bounds: what is left of it is under one part in a million."""


@dataclass(frozen=True)
class Tempered:
    """value: fitted on all validation rows; above 1 the network was too sure. before, after: calibration error; after
    is measured on the half of the rows that its own temperature was not fitted on. answers: of these halves."""

    value: float
    before: float
    after: float
    loss_before: float
    loss_after: float
    answers: Answers


def tempered(answers: Answers) -> Tempered | None:
    """None where there are too few rows with numbers."""
    kept = answers.measured
    values, targets = answers.values[kept], answers.targets[kept]
    if len(targets) < 2 * LEAST_ROWS:
        return None
    logits = np.log(np.maximum(values, SMALLEST))
    half = np.random.default_rng(0).permutation(len(targets)) % 2 == 0
    warm = np.empty_like(values)
    for fitted, held in ((half, ~half), (~half, half)):
        warm[held] = softmax(logits[held] / fitted_temperature(logits[fitted], targets[fitted]))
    after = replace(answers, values=warm, targets=targets, rows=answers.rows[kept])
    return Tempered(
        value=fitted_temperature(logits, targets),
        before=reliability(answers).ece,
        after=reliability(after).ece,
        loss_before=_loss(values, targets),
        loss_after=_loss(warm, targets),
        answers=after,
    )


def fitted_temperature(logits: np.ndarray, targets: np.ndarray) -> float:
    """The temperature of the smallest cross-entropy. logits: [rows, classes]; targets: [rows] class numbers.

    The cross-entropy is convex in 1 ÷ temperature, so its slope there, the mean logit that the answers expect minus the
    mean logit of the true classes, is 0 at one place, which is found by halving. (SciPy's search is as good, and half a
    second of imports that the first viewer would wait for.)"""
    given = logits[np.arange(len(targets)), targets].mean()
    hottest, coldest = 1 / HOTTEST, 1 / COLDEST
    for _ in range(HALVINGS):
        middle = np.sqrt(hottest * coldest)
        expected = (softmax(logits * middle) * logits).sum(axis=1).mean()
        hottest, coldest = (middle, coldest) if expected < given else (hottest, middle)
    return float(1 / np.sqrt(hottest * coldest))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities [rows, classes]."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def headline(found: Tempered) -> Headline:
    """What one number would do."""
    kind = "too sure" if found.value > 1 else "too shy"
    said = f"Divide the logits by {two_digits(found.value)}, for it is {kind}: the calibration error goes from "
    note = f"Cross-entropy {found.loss_before:.3f} before, {found.loss_after:.3f} after; every answer stays the same."
    if found.after > found.before - 0.01:
        return Headline(
            "A temperature does not help here: ", f"{found.before:.2f}", f" before, {found.after:.2f} after."
        )
    return Headline(said, f"{found.before:.2f} to {found.after:.2f}", ".", "green", note)


def _loss(shares: np.ndarray, targets: np.ndarray) -> float:
    return float(-np.log(np.maximum(shares[np.arange(len(targets)), targets], SMALLEST)).mean())
