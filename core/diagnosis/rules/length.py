"""Symptoms of how training is portioned: too few updates, batches too small, batches never shuffled."""

import numpy as np

from core.diagnosis import remedies as try_
from core.diagnosis.evidence import Evidence
from core.diagnosis.finding import Finding
from core.diagnosis.outcome import guess_loss, late_fall, outcome
from core.diagnosis.rules.rates import FEW_UPDATES, SMALL_BATCH, UNSHUFFLED, follows_single_rows, swing, update_ratio
from core.diagnosis.thresholds import Thresholds
from core.diagnosis.words import percent

ALIKE = 0.3
"""Rows in a row are alike beyond chance by so much where they are sorted (our choice; see core.data.doubts)."""
FEW_STEPS = 300
"""Updates that a small network needs at the least (our choice; only counts with a bad outcome)."""


BARELY_STEPS = 100
"""Updates so few that no fall of the loss need be seen to call them too few (our choice)."""


def too_few_updates(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """The loss was still falling when training ended, under what a simple model reaches (DeepFD: epochs too few)."""
    fall = late_fall(evidence)
    if not evidence.has_ended or fall is None or evidence.tables and evidence.events("early_stopped"):
        return FEW_UPDATES.unjudged()
    reached, ratio = outcome(evidence), update_ratio(evidence)
    expects = max(reached.reference or 0.0, thresholds.good_explained)
    barely = evidence.steps < BARELY_STEPS and evidence.has_ended
    steep = barely or fall > thresholds.late_fall or (evidence.steps < FEW_STEPS and fall > thresholds.late_fall / 2)
    is_cold = ratio is not None and ratio < thresholds.update_ratio_low
    if not steep or is_cold:
        return FEW_UPDATES.clear(thresholds, fall)
    is_fine = reached.is_good(thresholds) and reached.explained > thresholds.good_of_reference * expects
    message = (
        f"The loss still fell by {percent(fall)} of that of guessing over the last fifth of the epochs, after "
        f"{evidence.steps:,} updates. It has not finished learning: more epochs may help."
    )
    chosen = evidence.experiment
    return FEW_UPDATES.found(
        "watch" if is_fine else "present",
        thresholds,
        fall,
        message,
        epoch=evidence.epoch,
        remedies=(
            try_.more_epochs(chosen, 3 if evidence.steps >= FEW_STEPS else 10),
            try_.batch_size(chosen, max(8, chosen.training.batch_size // 4))
            if chosen.training.batch_size > 16
            else None,
            try_.raise_rate(chosen, 3),
        ),
    )


def batch_too_small(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """Batches of a few rows together with a loss that swings: the steps follow single rows (McCandlish 2018)."""
    rows = evidence.experiment.training.batch_size
    if rows > thresholds.batch_rows:
        return SMALL_BATCH.clear(thresholds, rows)
    if not evidence.is_ripe:
        return SMALL_BATCH.unjudged()
    if not follows_single_rows(evidence, thresholds):
        return SMALL_BATCH.clear(thresholds, rows)
    size, _ = swing(evidence)
    message = (
        f"Each step follows {rows} row{'s' if rows > 1 else ''}, and the loss swings by {percent(size)} of that of "
        "guessing from epoch to epoch. Single rows pull the weights to and fro."
    )
    remedies = (try_.batch_size(evidence.experiment, 32), try_.lower_rate(evidence.experiment, 10))
    return SMALL_BATCH.found("present", thresholds, rows, message, remedies=remedies)


def unshuffled_batches(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """Rows that come in the same order, sorted: each batch shows one kind of row, so that the losses of the batches of
    one epoch differ far. An order that is fixed but mixed does no harm; nor can the batches' losses alone tell them
    apart, for those of few rows always differ."""
    if evidence.experiment.training.shuffle:
        return UNSHUFFLED.clear(thresholds, 0.0)
    alike = evidence.doubts.get("sorted", ("", 1.0))[1]
    if alike < ALIKE:
        return UNSHUFFLED.clear(thresholds, 0.0)
    early, late = _batch_spread(evidence, 1), _batch_spread(evidence, -1)
    remedies = (try_.shuffle(evidence.experiment),)
    if early is None or late is None:
        message = "Rows come in the same order in every epoch. If they are sorted, a batch shows one kind of row."
        return UNSHUFFLED.found("watch", thresholds, 0.0, message, remedies=remedies)
    guess = max(guess_loss(evidence), 1e-12)
    spread = early[0] / max(early[1], 1e-12)
    if spread < thresholds.batch_spread or early[0] < thresholds.batch_swing * guess:
        return UNSHUFFLED.clear(thresholds, spread)
    lasts = late[0] >= thresholds.batch_swing / 3 * guess
    message = (
        f"Rows come in the same order in every epoch, and its batch losses differ by {percent(spread)} of their mean. "
        "Batches that show one kind of row pull the weights to and fro."
    )
    return UNSHUFFLED.found("present" if lasts else "watch", thresholds, spread, message, epoch=2, remedies=remedies)


def _batch_spread(evidence: Evidence, place: int) -> tuple[float, float] | None:
    """Standard deviation and mean of the batch losses of one epoch (1: the second recorded one, -1: the last); None
    with fewer than 4 batches, or where a loss is not a number."""
    columns = evidence.tables.get("steps")
    epochs = np.unique(columns.numbers("epoch")) if columns is not None else np.zeros(0)
    if columns is None or len(epochs) < 2:
        return None
    losses = columns.numbers("batch_loss")[columns.numbers("epoch") == epochs[place]]
    return (float(losses.std()), float(losses.mean())) if len(losses) >= 4 and np.isfinite(losses).all() else None
