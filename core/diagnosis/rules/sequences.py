"""Symptoms of recurrent layers: a gradient that does not reach the early steps of a sequence."""

import numpy as np

from core.diagnosis import remedies as try_
from core.diagnosis import special
from core.diagnosis.evidence import Evidence
from core.diagnosis.finding import Finding
from core.diagnosis.outcome import outcome
from core.diagnosis.symptom import Symptom
from core.diagnosis.thresholds import Thresholds
from core.diagnosis.words import number, part

THROUGH_TIME = Symptom(
    "rnn_vanishing_through_time", "The gradient vanishes through time", "through", "through_time_ratio", is_low=True
)
LEAST_STEPS = 8
"""Steps of a sequence from which on a gradient can fade through time (our choice: twice the depth of layers)."""
CARRIERS = ("cell", "state")
"""What carries the past, the longest memory first."""


def rnn_vanishing_through_time(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """The gradient of the carried state fades from step to step on its way back (Pascanu 2013), in a network that does
    not learn. Where the answer lies in the last steps a fading gradient is right, and the network learns."""
    layer, ratio, factor, epoch = _worst(evidence)
    if layer is None:
        return THROUGH_TIME.unjudged()
    if ratio >= thresholds.through_time_ratio:
        return THROUGH_TIME.clear(thresholds, ratio)
    is_fine = evidence.is_trained and outcome(evidence).is_good(thresholds)
    message = (
        f"The first step of a sequence receives {part(ratio)} of the gradient that the last one gets; {number(factor)} "
        "of it is left from step to step. What came early cannot be learned."
    )
    chosen = evidence.experiment
    return THROUGH_TIME.found(
        "watch" if is_fine or not evidence.is_ripe else "present",
        thresholds,
        ratio,
        message,
        severity="blocks" if outcome(evidence).is_poor(thresholds) else "costs",
        layers=(layer,),
        epoch=epoch,
        remedies=(
            special.orthogonal(chosen),
            special.recurrent(chosen, "lstm"),
            special.recurrent(chosen, "gru"),
            try_.clip(chosen),
        ),
    )


def _worst(evidence: Evidence) -> tuple[int | None, float, float, int]:
    """Layer, gradient at the first step ÷ at the last one, what is left from step to step, and epoch: the newest ones
    of the layer whose longest memory fades most. A step counts with its neighbours, for one batch is noisy."""
    columns = evidence.tables.get("times")
    if columns is None or not len(columns):
        return None, 1.0, 1.0, 0
    epochs, layers, names = columns.numbers("epoch"), columns.numbers("layer"), columns.words("quantity")
    found: list[tuple[float, int, float, int]] = []
    for layer in np.unique(layers):
        mine = [row for row in np.flatnonzero(layers == layer) if names[row] in CARRIERS]
        longest = next((name for name in CARRIERS if any(names[row] == name for row in mine)), None)
        rows = [row for row in mine if names[row] == longest][-3:]
        ratios = [_left(columns.cell("gradient", int(row))) for row in rows]
        known = [pair for pair in ratios if pair is not None]
        if known:
            ratio, factor = (float(np.median([pair[place] for pair in known])) for place in (0, 1))
            found.append((ratio, int(layer), factor, int(epochs[rows[0]])))
    if not found:
        return None, 1.0, 1.0, 0
    ratio, at, factor, epoch = min(found)
    return at, ratio, factor, epoch


def _left(gradient: np.ndarray) -> tuple[float, float] | None:
    """Gradient of the first steps ÷ of the last ones, and the factor from step to step."""
    steps = len(gradient)
    if steps < LEAST_STEPS or not np.isfinite(gradient).all() or gradient[-1] <= 0:
        return None
    edge = max(1, steps // 10)
    ratio = float(gradient[:edge].mean() / gradient[-edge:].mean())
    return ratio, float(max(ratio, 1e-300) ** (1 / (steps - edge)))
