"""Symptoms of the step size: too high, too low, jagged, too few, too noisy."""

import numpy as np

from core.diagnosis import remedies as try_
from core.diagnosis.evidence import EARLY, Evidence
from core.diagnosis.finding import Finding, Remedy, Zone
from core.diagnosis.initial import input_size, spread_ratio
from core.diagnosis.outcome import guess_loss, outcome
from core.diagnosis.remedies import usual
from core.diagnosis.symptom import Symptom
from core.diagnosis.thresholds import Thresholds
from core.diagnosis.words import number, percent, plain

FAR = 30
"""A rate so many times the usual one is far out (our choice; only ever counts together with a bad outcome)."""
LEAST_WEIGHT = 1e-6
"""Weights smaller than this at first have no size to be compared with (our choice)."""
TURNS_NEED = 8
"""Epochs that are needed to call a curve jagged."""

TOO_HIGH = Symptom("lr_too_high", "The learning rate is too high", "curves", "update_ratio_high")
TOO_LOW = Symptom("lr_too_low", "The learning rate is too low", "curves", "update_ratio_low", is_low=True)
OSCILLATING = Symptom("oscillating_loss", "The loss swings", "curves", "swing")
FEW_UPDATES = Symptom("too_few_updates", "Training ended too early", "curves", "late_fall")
SMALL_BATCH = Symptom("batch_too_small", "The batches are too small", "curves", "batch_rows", is_low=True)
UNSHUFFLED = Symptom("unshuffled_batches", "The batches are not shuffled", "curves", "batch_spread")


def update_ratio(evidence: Evidence) -> float | None:
    """Update ÷ weight: median over layers and over the epochs behind the first three; None where not measured."""
    matrix = evidence.layers("update_ratio")
    kept = matrix[(evidence.layer_epochs > EARLY) | (evidence.has_ended & (evidence.layer_epochs > EARLY // 3))]
    values = kept[np.isfinite(kept)]
    return float(np.median(values)) if len(values) else None


def leap(evidence: Evidence) -> float:
    """How many times larger a layer's weights became within the first epochs; 1 where it cannot be told."""
    matrix = evidence.layers("weight_rms")
    if not len(matrix) or evidence.layer_epochs[0] > 0:
        return 1.0
    early = matrix[evidence.layer_epochs <= EARLY]
    with np.errstate(all="ignore"):
        grown = np.where(early[0] > LEAST_WEIGHT, early / early[0], np.nan)
    finite = grown[np.isfinite(grown)]
    return float(finite.max()) if len(finite) else 1.0


def swing(evidence: Evidence) -> tuple[float, float]:
    """Of the second half of the epoch losses: median change ÷ loss of guessing, and share of epochs where it turns."""
    values = evidence.curve("train_loss").after(EARLY).values
    values = values[len(values) // 3 :]
    if len(values) < TURNS_NEED or not np.isfinite(values).all():
        return 0.0, 0.0
    change = np.diff(values)
    scale = max(guess_loss(evidence), 1e-12)
    return float(np.median(np.abs(change)) / scale), float(np.mean(change[1:] * change[:-1] < 0))


def follows_single_rows(evidence: Evidence, thresholds: Thresholds) -> bool:
    """Whether batches of a few rows make the epoch loss swing, in a network that does not learn."""
    if evidence.experiment.training.batch_size > thresholds.batch_rows or not evidence.is_ripe:
        return False
    size, turns = swing(evidence)
    return not outcome(evidence).is_good(thresholds) and size > thresholds.swing / 2 and turns > thresholds.turns


def rate_times_usual(evidence: Evidence) -> float:
    """The learning rate ÷ the one that this optimizer usually bears."""
    return float(evidence.experiment.optimizer.learning_rate / usual(evidence.experiment))


def lr_too_high(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """A bad course (diverged, jagged or stuck) together with steps that are large: update ratio, a leap of the weights,
    or a rate far beyond the usual. Large steps alone are no finding. Karpathy; Cockpit (NeurIPS 2021)."""
    times = rate_times_usual(evidence)
    if not evidence.is_trained:
        return _rate_alone(evidence, thresholds, times)
    ratio, trouble = update_ratio(evidence) or 0.0, _trouble(evidence, thresholds)
    reason = _large(evidence, thresholds, ratio, times)
    is_usual = times <= 3 and (
        reason is None or reason[1] != "update_ratio_high" or _has_other_reason(evidence, thresholds)
    )
    is_the_batch = (
        evidence.experiment.optimizer.learning_rate <= 3 * evidence.experiment.optimizer.usual_rate
        and follows_single_rows(evidence, thresholds)
    )  # a rate that larger batches would bear: it is the single rows that pull
    if reason is None or not trouble or is_usual or is_the_batch:
        return TOO_HIGH.clear(thresholds, ratio)
    value, limit, words = reason
    return TOO_HIGH.found(
        "present",
        thresholds,
        value,
        f"{words}, and {trouble}. Each step overshoots what the last one learned.",
        severity="blocks" if outcome(evidence).is_poor(thresholds) else "costs",
        epoch=1,
        limit=limit,
        remedies=_slower(evidence, times),
    )


def _large(evidence: Evidence, thresholds: Thresholds, ratio: float, times: float) -> tuple[float, str, str] | None:
    """What shows that steps are large: the number, its threshold's name, and words; None if nothing does."""
    jump = leap(evidence)
    if ratio > thresholds.update_ratio_high:
        return ratio, "update_ratio_high", f"One step changes the weights by {percent(ratio)} of their size"
    if jump > thresholds.weight_leap:
        return jump, "weight_leap", f"The weights grew to {number(jump)} times their size within the first epochs"
    rate = f"The learning rate is {number(times)} times the usual for such batches"
    if times >= FAR:
        return times, "", rate
    if _was_driven(evidence, "dead_share", 0.9):
        return times, "", f"{rate}, the first steps switched off nearly all units of a layer"
    return None if np.isfinite(evidence.curve("train_loss").values).all() else (times, "", rate)


def _was_driven(evidence: Evidence, name: str, share: float) -> bool:
    """Whether more than this share of a layer's units is dead (or saturated) now, and few were before the first
    step."""
    before, now = evidence.first(name), evidence.now(name)
    with np.errstate(all="ignore"):
        return len(now) == len(before) and bool(((before < 0.3) & (now > share)).any())


def _rate_alone(evidence: Evidence, thresholds: Thresholds, times: float) -> Finding:
    """Before training only a rate far out is worth a word, and only to be watched."""
    if times < FAR:
        return TOO_HIGH.unjudged()
    rate = plain(evidence.experiment.optimizer.learning_rate)
    message = f"The learning rate {rate} is {number(times)} times the usual for this optimizer. Training may diverge."
    return TOO_HIGH.found("watch", thresholds, times, message, limit="", remedies=_slower(evidence, times))


def _slower(evidence: Evidence, times: float) -> tuple[Remedy | None, ...]:
    chosen = evidence.experiment
    first = try_.usual_rate(chosen) if times > 10 else try_.lower_rate(chosen, 10)
    return (
        first,
        try_.lower_rate(chosen, 100),
        try_.lower_rate(chosen, 3),
        try_.clip(chosen),
        try_.batch_size(chosen, min(256, chosen.training.batch_size * 4)),
    )


def _has_other_reason(evidence: Evidence, thresholds: Thresholds) -> bool:
    """Whether inputs, targets or weights that decay explain large steps at an ordinary rate."""
    size = input_size(evidence)
    first, now = evidence.first("weight_rms"), evidence.now("weight_rms")
    if evidence.experiment.optimizer.weight_decay and np.median(now) < thresholds.decay_shrink * np.median(first):
        return True
    unscaled = evidence.experiment.preparation.scaling == "none" and (size or 0) > thresholds.input_scale_high
    return unscaled or (evidence.task == "regression" and not evidence.experiment.preparation.standardise_target)


def _trouble(evidence: Evidence, thresholds: Thresholds) -> str:
    """What is wrong with the course, in words; empty if nothing is."""
    losses, reached = evidence.curve("train_loss").after(0), outcome(evidence)
    if not np.isfinite(losses.values).all():
        return "the loss is no longer a number"
    if losses.recent() > thresholds.diverged_loss * reached.guess:
        return "the loss is above that of guessing"
    size, turns = swing(evidence)
    if size > thresholds.swing and turns > thresholds.turns and not reached.is_good(thresholds):
        return f"the loss swings by {percent(size)} of that of guessing from epoch to epoch"
    if evidence.is_ripe and not reached.is_good(thresholds) and _is_flat(evidence):
        return "the loss no longer falls"
    if evidence.is_ripe and not reached.is_good(thresholds):
        if _was_driven(evidence, "dead_share", thresholds.dead_share):
            return "units that lived at the start are dead"
        if _was_driven(evidence, "saturated_share", thresholds.saturated_share):
            return "units that were awake at the start are saturated"
    return ""


def _is_flat(evidence: Evidence) -> bool:
    """Whether the last third of the epochs brought next to nothing (a fiftieth of the loss of guessing)."""
    values = evidence.curve("train_loss").after(0).values
    third = max(1, len(values) // 3)
    return len(values) > EARLY and bool(
        np.median(values[:-third][-third:]) - np.median(values[-third:]) < 0.02 * guess_loss(evidence)
    )


def lr_too_low(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """Steps so small that the weights hardly move while the gradient is alive, and little is learned (Karpathy)."""
    rate = evidence.experiment.optimizer.learning_rate
    if not evidence.is_trained:
        return _rate_too_low_alone(evidence, thresholds)
    ratio = update_ratio(evidence)
    if ratio is None:
        return TOO_LOW.unjudged()
    reached = outcome(evidence)
    if (
        ratio >= thresholds.update_ratio_low
        or reached.is_good(thresholds)
        or not evidence.is_ripe
        or _is_cut_off(evidence, thresholds.init_scale)
    ):
        return TOO_LOW.clear(thresholds, ratio)
    message = (
        f"One step changes the weights by {percent(ratio)} of their size; after {evidence.steps:,} steps the loss is "
        f"still {percent(1 - reached.explained)} of that of guessing. The learning rate is {plain(rate)}."
    )
    chosen = evidence.experiment
    return TOO_LOW.found(
        "present",
        thresholds,
        ratio,
        message,
        severity="blocks" if reached.is_poor(thresholds) else "costs",
        epoch=min(EARLY + 1, evidence.epoch),
        remedies=(
            try_.usual_rate(chosen) if rate_times_usual(evidence) < 0.1 else try_.raise_rate(chosen, 10),
            try_.raise_rate(chosen, 100),
            try_.raise_rate(chosen, 10),
            try_.adam(chosen),
        ),
    )


def _rate_too_low_alone(evidence: Evidence, thresholds: Thresholds) -> Finding:
    times = rate_times_usual(evidence)
    if times > 1 / (10 * FAR):
        return TOO_LOW.unjudged()
    rate = plain(evidence.experiment.optimizer.learning_rate)
    zone: Zone = "present" if times == 0 else "watch"
    message = f"The learning rate is {rate}. " + ("Nothing moves." if times == 0 else "Learning may take for ever.")
    remedy = try_.usual_rate(evidence.experiment)
    return TOO_LOW.found(zone, thresholds, times, message, severity="blocks", limit="", remedies=(remedy,))


def _is_cut_off(evidence: Evidence, most: float) -> bool:
    """Whether small steps have another reason: huge first weights, a gradient that does not arrive or is 0."""
    if (spread_ratio(evidence) or 1.0) > most:
        return True
    gradient, zero = evidence.now("output_gradient_rms"), evidence.now("zero_gradient_share")
    if len(zero) and np.nanmedian(zero) > 0.9:
        return evidence.experiment.optimizer.learning_rate > 0
    with np.errstate(all="ignore"):
        arrives = gradient[0] / gradient[-1] if len(gradient) > 1 else 1.0
    return bool(arrives < 1e-3) and evidence.experiment.optimizer.learning_rate > 0


def oscillating_loss(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """The epoch loss turns in many epochs and by much, measured against the loss of guessing (AUTOTRAINER)."""
    if len(evidence.curve("train_loss").after(EARLY)) < TURNS_NEED + TURNS_NEED // 2:
        return OSCILLATING.unjudged()
    size, turns = swing(evidence)
    if size <= thresholds.swing or turns <= thresholds.turns:
        return OSCILLATING.clear(thresholds, size)
    is_fine = outcome(evidence).is_good(thresholds)
    message = (
        f"The loss turns in {percent(turns)} of the epochs and moves by {percent(size)} of that of guessing each time. "
        "It jumps around the minimum instead of settling in it."
    )
    chosen = evidence.experiment
    return OSCILLATING.found(
        "watch" if is_fine else "present",
        thresholds,
        size,
        message,
        remedies=(
            try_.lower_rate(chosen, 10),
            try_.batch_size(chosen, min(256, chosen.training.batch_size * 4)),
            try_.scaling(chosen),
            try_.adam(chosen),
        ),
    )
