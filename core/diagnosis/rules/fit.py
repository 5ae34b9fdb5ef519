"""Symptoms of the curves: memorising, not enough room, nothing moves, held back, not a number."""

import numpy as np

from core.diagnosis import remedies as try_
from core.diagnosis.evidence import EARLY, Curve, Evidence
from core.diagnosis.finding import Finding, Severity
from core.diagnosis.outcome import Outcome, late_fall, outcome
from core.diagnosis.rules.rates import update_ratio
from core.diagnosis.symptom import Symptom
from core.diagnosis.thresholds import Thresholds
from core.diagnosis.words import number, percent, plain

NONFINITE = Symptom("nonfinite_loss", "The loss is no longer a number", "curves", "")
PLATEAU = Symptom("plateau", "Nothing moves", "curves", "plateau_explained", is_low=True)
OVERFITTING = Symptom("overfitting", "It memorises", "curves", "overfit_rise")
UNDERFITTING = Symptom("underfitting", "It does less than it could", "curves", "underfit_score")
OVER_REGULARISED = Symptom("over_regularised", "It is held back too much", "curves", "decay_shrink", is_low=True)


def nonfinite_loss(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """NaN or infinity in a loss, a weight, a gradient or an output; first layer and epoch where it appeared."""
    if not evidence.is_trained:
        return NONFINITE.unjudged()
    epochs = [
        int(curve.epochs[bad[0]])
        for name in ("batch_loss", "train_loss", "validation_loss")
        if len(bad := np.flatnonzero(~np.isfinite((curve := evidence.curve(name)).values)))
    ]
    events = evidence.events("first_nan", "first_infinite", "diverged")
    counts = evidence.layers("nan_count") + evidence.layers("infinite_count")
    rows, columns = np.nonzero(counts > 0) if counts.size else (np.zeros(0, int), np.zeros(0, int))
    epochs += [int(event["epoch"]) for event in events] + [int(evidence.layer_epochs[row]) for row in rows[:1]]
    if not epochs:
        return NONFINITE.clear(thresholds, 0.0)
    named = [int(event["layer"]) for event in events if event["layer"] is not None]
    layer = named[0] if named else int(columns[0]) + 1 if len(columns) else None
    where = f", first in layer {layer}" if layer else ""
    chosen = evidence.experiment
    return NONFINITE.found(
        "present",
        thresholds,
        float("nan"),
        f"The numbers ran away at epoch {min(epochs)}{where}: the loss is no longer a number. "
        "Nothing is learned after that.",
        severity="blocks",
        layers=(layer,) if layer else (),
        epoch=min(epochs),
        remedies=(
            try_.lower_rate(chosen, 10),
            try_.clip(chosen),
            try_.lower_rate(chosen, 100),
            try_.scaling(chosen),
            try_.scaled_target(chosen) if evidence.task == "regression" else None,
        ),
    )


def plateau(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """The best loss is hardly under that of guessing, and it no longer falls."""
    if not evidence.is_ripe:
        return PLATEAU.unjudged()
    reached, fall = outcome(evidence), late_fall(evidence)
    explained = reached.best_explained
    if not np.isfinite(explained) or explained >= thresholds.plateau_explained or reached.is_good(thresholds):
        return PLATEAU.clear(thresholds, explained)
    if fall is not None and fall > thresholds.plateau_explained:
        return PLATEAU.clear(thresholds, explained)
    losses = evidence.curve("train_loss")
    message = (
        f"After {evidence.epoch:,} epochs the loss is {percent(1 - max(explained, 0))} of that of guessing. "
        "The network answers almost the same to every row."
    )
    remedies = (
        try_.usual_rate(evidence.experiment),
        try_.adam(evidence.experiment),
        try_.batch_norm(evidence.experiment),
        try_.fitting_initialisation(evidence.experiment),
    )
    first = int(losses.epochs[0]) if len(losses) else None
    return PLATEAU.found("present", thresholds, explained, message, severity="blocks", epoch=first, remedies=remedies)


def overfitting(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """The validation loss rises above its minimum while the train loss stays well under it."""
    validation, train = evidence.curve("validation_loss").after(0), evidence.curve("train_loss").after(0)
    if len(validation) < EARLY + 2 or not len(train):
        return OVERFITTING.unjudged()
    reached = outcome(evidence)
    rise, gap, about = _parting(validation, train, reached.guess)
    if not np.isfinite(rise):
        return OVERFITTING.unjudged()
    learns = reached.explained > thresholds.memorising_explained and _falls_after(train, about)
    if rise < thresholds.overfit_rise_watch or gap < thresholds.overfit_gap or not learns:
        return OVERFITTING.clear(thresholds, rise)
    best = int(validation.epochs[int(np.argmin(validation.values))])  # whose weights are kept, and that Curves names
    is_present = rise >= thresholds.overfit_rise or gap >= thresholds.overfit_gap_large
    message = (
        f"The network was best at epoch {best} of {evidence.epoch}: since then the validation loss rose by "
        f"{percent(rise)} of that of guessing while the train loss fell to {number(float(train.values[-1]))}. "
        + ("It has been memorising." if is_present else f"It becomes a finding at {percent(thresholds.overfit_rise)}.")
    )
    chosen = evidence.experiment
    decay = 0.1 if chosen.optimizer.kind == "adamw" else 1e-3
    return OVERFITTING.found(
        "present" if is_present else "watch",
        thresholds,
        rise,
        message,
        epoch=best,
        remedies=(
            try_.early_stopping(chosen, best),
            try_.weight_decay(chosen, max(decay, chosen.optimizer.weight_decay * 10)),
            try_.dropout(chosen, 0.3),
            try_.units(chosen, 0.5),
        ),
    )


def _parting(validation: Curve, train: Curve, guess: float) -> tuple[float, float, int]:
    """Rise of the validation loss above its (smoothed) best and gap to the train loss, both ÷ the loss of guessing; the
    epoch about which it was best."""
    if not np.isfinite(validation.values).all():
        return float("nan"), float("nan"), 0
    padded = np.pad(validation.values, 1, constant_values=np.nan)
    smooth = np.nanmedian(np.lib.stride_tricks.sliding_window_view(padded, 3), axis=1)
    at = int(np.argmin(smooth))
    now = validation.recent()
    return float((now - smooth[at]) / guess), float((now - train.recent()) / guess), int(validation.epochs[at])


def _falls_after(train: Curve, best: int) -> bool:
    """Whether the train loss went on falling behind the best epoch; where both curves rise, nothing is memorised."""
    then = train.values[train.epochs <= best][-1:]
    return bool(len(then)) and train.recent() < 0.95 * float(then[0])


def underfitting(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """The score on its own training rows stays under what a simple model reaches on rows it has not seen; or, where
    nobody knows what can be reached, next to nothing is explained."""
    if not evidence.is_ripe:
        return UNDERFITTING.unjudged()
    reached = outcome(evidence)
    if not np.isfinite(reached.explained):  # its numbers ran away: that is another finding
        return UNDERFITTING.unjudged()
    short = _short_of(reached)
    fall = late_fall(evidence)
    if not evidence.has_ended and (fall is None or fall > thresholds.still_falling):
        return UNDERFITTING.unjudged()
    no_reference = reached.is_poor(thresholds) and not reached.is_good(thresholds)
    if not (short > thresholds.underfit_score and not reached.is_good(thresholds)) and not no_reference:
        return UNDERFITTING.clear(thresholds, max(short, 0.0))
    message = (
        f"On its own training rows the network {_does(reached.explained)}{_others_do(evidence, reached)}. "
        "It has less room, time or freedom than the task needs, or cannot use them."
    )
    chosen = evidence.experiment
    return UNDERFITTING.found(
        "present",
        thresholds,
        max(short, 0.0),
        message,
        severity="blocks" if reached.is_poor(thresholds) else "costs",
        epoch=evidence.epoch,
        remedies=(
            try_.units(chosen, 4),
            try_.hidden_layers(chosen, 2),
            try_.more_epochs(chosen),
            try_.dropout(chosen, 0.0),
            try_.weight_decay(chosen, 0.0),
            try_.adam(chosen),
        ),
    )


def _does(explained: float) -> str:
    if explained < 0.005:
        return "does worse than a guess" if explained < -0.005 else "does no better than a guess"
    return f"explains {percent(explained)} of the loss of guessing"


def _others_do(evidence: Evidence, reached: Outcome) -> str:
    """What a linear model explains; where that is no more, how far the rows nearest to a row get."""
    if reached.reference and reached.reference > max(0.05, reached.explained):
        return f"; a simple model explains {percent(reached.reference)}"
    told = evidence.doubts.get("reached", ("", 0.0))[1]
    if told <= reached.score:
        return ""
    return f"; its score is {percent(reached.score)}, and what the nearest other rows say reaches {percent(told)}"


def _short_of(reached: Outcome) -> float:
    """By how much the train score is under the reference's."""
    if reached.reference_score is None or not np.isfinite(reached.score):
        return 0.0
    return float(reached.reference_score - reached.score)


def over_regularised(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """Strong weight decay under which the weights shrink, or much dropout, in a network that does too little."""
    decay, silenced = evidence.experiment.optimizer.weight_decay, _most_dropout(evidence)
    if decay == 0 and silenced < thresholds.dropout_share:
        return OVER_REGULARISED.clear(thresholds, 1.0)
    if not evidence.is_ripe:
        return OVER_REGULARISED.unjudged()
    reached, kept = outcome(evidence), _kept(evidence)
    shrinks = decay > 0 and kept is not None and kept < thresholds.decay_shrink
    if reached.is_good(thresholds) or not (shrinks or silenced >= thresholds.dropout_share):
        return OVER_REGULARISED.clear(thresholds, 1.0 if kept is None else kept)
    if shrinks:
        value, limit = kept or 0.0, "decay_shrink"
        what = f"Under weight decay {plain(decay)} the weights shrank to {percent(value)} of their first size"
    else:
        value, limit, what = silenced, "dropout_share", f"Dropout silences {percent(silenced)} of a layer in each step"
    message = f"{what}, and the network explains {percent(reached.explained)} of the loss of guessing. It is held back."
    chosen = evidence.experiment
    weaker = (try_.weight_decay(chosen, 0.0), try_.weight_decay(chosen, float(f"{decay / 100:.1g}")))
    remedies = (*weaker, try_.dropout(chosen, 0.0)) if shrinks else (try_.dropout(chosen, 0.1), *weaker)
    severity: Severity = "blocks" if reached.is_poor(thresholds) else "costs"
    return OVER_REGULARISED.found(
        "present", thresholds, value, message, severity=severity, epoch=evidence.epoch, limit=limit, remedies=remedies
    )


def _most_dropout(evidence: Evidence) -> float:
    return max((float(share) for share in evidence.experiment.network.values("dropout")), default=0.0)


def _kept(evidence: Evidence) -> float | None:
    """Size of the weights now ÷ at first, median over layers."""
    first, now = evidence.first("weight_rms"), evidence.now("weight_rms")
    if not len(first) or not (first > 0).any():
        return None
    shares = now[first > 0] / first[first > 0]
    return float(np.median(shares)) if np.isfinite(shares).all() and update_ratio(evidence) is not None else None
