"""Symptoms of the data: scales, classes, labels, and whether validation is like training."""

import numpy as np

from core.diagnosis import remedies as try_
from core.diagnosis.evidence import Evidence
from core.diagnosis.finding import Finding, Remedy, Zone
from core.diagnosis.initial import input_size
from core.diagnosis.outcome import outcome
from core.diagnosis.symptom import Symptom
from core.diagnosis.thresholds import Thresholds
from core.diagnosis.words import number, percent

INPUTS = Symptom("unscaled_inputs", "The inputs are not scaled", "data", "input_scale_high")
TARGETS = Symptom("unscaled_targets", "The target is not scaled", "data", "target_scale")
IMBALANCE = Symptom("class_imbalance", "A small class is lost", "outputs", "class_ratio")
NOISE = Symptom("noisy_labels", "Some labels look wrong", "rows", "noisy_share")
TELLING = 0.1
"""Loss explained by a simple model from which on its errors tell something of the labels (our choice)."""
SURE_ROWS = 15
"""Fewest rows in the surest quarter, so that a tenth of them is two rows (our choice)."""
ONE_IN_TWENTY = 1.64
"""Standard deviations that one in twenty of normal draws falls short of."""
AROUND: tuple[str, ...] = ("contradicted", "contradicted_at_least", "contradicted_all_over", "largest")
"""What the data say of themselves (core.data.neighbours)."""


def unscaled_inputs(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """The size of what reaches the network is far from 1, and training suffers (or has not begun). LeCun 1998."""
    if evidence.experiment.preparation.scaling != "none":
        return INPUTS.clear(thresholds, 1.0)
    size = input_size(evidence)
    if size is None:
        return INPUTS.unjudged()
    is_high, is_low = size > thresholds.input_scale_high, size < thresholds.input_scale_low
    if not (is_high or is_low):
        return INPUTS.clear(thresholds, size)
    is_fine = evidence.is_trained and (outcome(evidence).is_good(thresholds) or not evidence.is_ripe and is_low)
    largest = evidence.meta.get("largest_input") if is_high else None
    culprit = f", and column “{largest['name']}” reaches {number(largest['reach'])}" if largest else ""
    message = f"The inputs reach the network at a size of {number(size)}{culprit}; 1 would be standardised. " + (
        "Large inputs drown the others and make every step too large." if is_high else "The network hardly sees them."
    )
    remedies = (
        try_.scaling(evidence.experiment),
        try_.scaling(evidence.experiment, "log"),
        try_.batch_norm(evidence.experiment),
    )
    return INPUTS.found(
        "watch" if is_fine else "present",
        thresholds,
        size,
        message,
        severity="blocks" if evidence.is_trained and outcome(evidence).is_poor(thresholds) else "costs",
        layers=(1,),
        epoch=0,
        limit="input_scale_high" if is_high else "input_scale_low",
        remedies=remedies,
    )


def unscaled_targets(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """A regression on a target whose size is far from 1: the loss of guessing says how large it is."""
    if evidence.task != "regression":
        return TARGETS.unjudged()
    if evidence.experiment.preparation.standardise_target:
        return TARGETS.clear(thresholds, 1.0)
    guess = outcome(evidence).guess
    before = evidence.curve("validation_loss").values[:1]
    squared = evidence.experiment.loss.kind in ("squared_error", "half_squared_error")
    largest = max([guess, *before.tolist()])
    size = float(np.sqrt(largest)) if squared else float(largest)
    if not np.isfinite(size):
        return TARGETS.unjudged()
    if size < thresholds.target_scale:
        return TARGETS.clear(thresholds, size)
    is_fine = evidence.is_trained and outcome(evidence).is_good(thresholds)
    message = (
        f"The target is {number(size)} in size; 1 would be standardised. "
        "The output layer has a long way to go, and its gradients are as large."
    )
    return TARGETS.found(
        "watch" if is_fine else "present",
        thresholds,
        size,
        message,
        epoch=0,
        remedies=(try_.scaled_target(evidence.experiment),),
    )


def class_imbalance(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """Classes of very different sizes, and the answers miss a small one."""
    if evidence.task != "classification" or evidence.targets is None:
        return IMBALANCE.unjudged()
    counts = np.bincount(evidence.targets.astype(int), minlength=max(1, evidence.classes))
    seen = counts[counts > 0]
    ratio = float(seen.max() / seen.min()) if len(seen) > 1 else 1.0
    if ratio < thresholds.class_ratio:
        return IMBALANCE.clear(thresholds, ratio)
    recalls = _recalls(evidence, counts)
    small = [k for k, n in enumerate(counts) if n and counts.max() / n >= thresholds.class_ratio]
    known = [k for k in small if recalls is not None and np.isfinite(recalls[k])]
    worst = min(known, key=lambda k: recalls[k]) if recalls is not None and known else small[0]
    recall = float(recalls[worst]) if recalls is not None else float("nan")
    is_lost = recall < thresholds.class_recall
    name = (evidence.meta.get("classes") or [str(k) for k in range(len(counts))])[worst]
    told = f", and {percent(recall)} of its rows are found" if np.isfinite(recall) else ""
    message = f"Class “{name}” has one row for every {number(counts.max() / counts[worst])} of the largest{told}. " + (
        "High accuracy hides that it is lost." if is_lost else "Look at each class, not at the accuracy alone."
    )
    return IMBALANCE.found(
        "present" if is_lost and counts[worst] >= 2 else "watch",
        thresholds,
        ratio,
        message,
        epoch=evidence.epoch,
        remedies=(try_.balance(evidence.experiment), try_.balance(evidence.experiment, "downsample")),
    )


def _recalls(evidence: Evidence, counts: np.ndarray) -> np.ndarray | None:
    """Share of each class's validation rows that are found, over the last epochs; None before there are any."""
    answers, targets = evidence.answers[-3:], evidence.targets
    if not answers or targets is None or answers[-1][0] < 3:
        return None
    found = np.zeros((len(answers), len(counts)))
    for row, (_, shares) in enumerate(answers):
        right = shares.argmax(axis=1) == targets
        found[row] = np.bincount(targets[right].astype(int), minlength=len(counts)) / np.maximum(counts, 1)
    return np.where(counts > 0, np.median(found, axis=0), np.nan)


def noisy_labels(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """Labels are contradicted where one would be surest of them: by the network at its best epoch, or by the rows
    around a row. Where classes merely overlap, both are right where they are sure. After confident learning (Northcutt
    2021) and Zhang 2017."""
    if evidence.task != "classification":
        return NOISE.unjudged()
    by_network, by_rows = _by_network(evidence, thresholds), _by_rows(evidence, thresholds)
    judged = [finding for finding in (by_network, by_rows) if finding.is_judged]
    return next((finding for finding in judged if finding.is_present), judged[0] if judged else by_network)


def _by_network(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """At its best epoch the network is wrong where it is surest nearly as often as elsewhere, though it has learned."""
    sure = _where_sure(evidence)
    if sure is None or evidence.targets is None:
        return NOISE.unjudged()
    epoch, wrong, overall, count = sure
    low = wrong - ONE_IN_TWENTY * np.sqrt(max(wrong * (1 - wrong), 1e-9) / count)
    largest = np.bincount(evidence.targets.astype(int)).max() / len(evidence.targets)
    even = wrong >= thresholds.noisy_evenness * overall and 1 - overall > largest + thresholds.noisy_share
    memorised, able = _memorised(evidence, thresholds), _is_able(evidence, thresholds, 1 - overall)
    if low < thresholds.noisy_share or not (even and (memorised or able)):
        return NOISE.clear(thresholds, wrong)
    score = evidence.curve("train_score").recent()
    message = (
        f"Where the network is surest at epoch {epoch}, {percent(wrong)} of the rows bear another label, while it "
        + (f"fits {percent(score)} of its training rows. " if memorised else "does as well as a simple model. ")
        + f"Some labels are probably wrong{', and it learns them by heart' if memorised else ''}."
    )
    return NOISE.found("present", thresholds, wrong, message, epoch=epoch, remedies=_unlearned(evidence, epoch))


def _memorised(evidence: Evidence, thresholds: Thresholds) -> bool:
    score, validated = evidence.curve("train_score").recent(), evidence.curve("validation_score").recent()
    return score >= thresholds.memorised_score and score - validated > thresholds.noisy_share


def _is_able(evidence: Evidence, thresholds: Thresholds, validated: float) -> bool:
    """Whether it does as well as a simple model. validated: share of the validation rows that are right."""
    reached = outcome(evidence)
    knows = reached.reference is not None and reached.explained >= reached.reference >= TELLING
    return knows and validated >= (reached.reference_score or 0.0) - thresholds.underfit_score


def _by_rows(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """Where a row's neighbours agree most they contradict its label nearly as often as elsewhere (the more they tell,
    the less even that may be), and tell more than the largest class does; and the network, which has learned, is no
    surer. Before training it is watched."""
    told = {name: evidence.doubts[name][1] for name in AROUND if name in evidence.doubts}
    if len(told) < len(AROUND):
        return NOISE.unjudged()
    wrong, low, overall, largest = (told[name] for name in AROUND)
    least = (1 - thresholds.contradicted_fall * (1 - overall - largest) / max(1 - largest, 1e-9)) * overall
    if low < thresholds.noisy_share or wrong < least or 1 - overall <= largest + thresholds.noisy_share:
        return NOISE.clear(thresholds, wrong)
    sure = _where_sure(evidence)
    validated = 1 - sure[2] if sure else evidence.curve("validation_score").recent()
    learned = _memorised(evidence, thresholds) or _is_able(evidence, thresholds, validated)
    if evidence.is_trained and (not learned or sure and _is_surer(sure, thresholds)):
        return NOISE.clear(thresholds, wrong)
    message = (
        f"Where the rows around a row agree most, {percent(wrong)} of the rows bear another label than those, of all "
        f"rows {percent(overall)}. Classes that overlap do not look so: some labels are probably wrong."
    )
    zone: Zone = "present" if evidence.is_trained else "watch"
    epoch = sure[0] if sure else 0
    return NOISE.found(zone, thresholds, wrong, message, epoch=epoch, remedies=_unlearned(evidence, epoch))


def _is_surer(sure: tuple[int, float, float, int], thresholds: Thresholds) -> bool:
    """Whether the network is right where it is surest, by more than chance."""
    _, wrong, overall, count = sure
    return bool(wrong + ONE_IN_TWENTY * np.sqrt(wrong * (1 - wrong) / count) < thresholds.noisy_evenness * overall)


def _unlearned(evidence: Evidence, best: int) -> tuple[Remedy | None, ...]:
    """What keeps wrong labels from being learned. best: epoch with the smallest validation loss, 0 where unknown."""
    chosen = evidence.experiment
    return (
        try_.early_stopping(chosen, best) if best else None,
        try_.weight_decay(chosen, max(1e-3, chosen.optimizer.weight_decay * 10)),
        try_.units(chosen, 0.5),
    )


def _where_sure(evidence: Evidence) -> tuple[int, float, float, int] | None:
    """The best epoch; the share of wrong answers in the surest quarter of the validation rows, and in all of them; rows
    in that quarter."""
    best = _best_answers(evidence)
    if best is None or evidence.targets is None:
        return None
    epoch, shares = best
    is_wrong = shares.argmax(axis=1) != evidence.targets
    surest = np.argsort(-shares.max(axis=1))[: len(shares) // 4]
    return epoch, float(is_wrong[surest].mean()), float(is_wrong.mean()), len(surest)


def _best_answers(evidence: Evidence) -> tuple[int, np.ndarray] | None:
    """Answers at the epoch with the smallest validation loss."""
    losses = {int(e): v for e, v in zip(*_validation(evidence), strict=True) if np.isfinite(v) and e > 0}
    known = [(epoch, shares) for epoch, shares in evidence.answers if epoch in losses and np.isfinite(shares).all()]
    if len(known) < 5 or len(known[0][1]) < 4 * SURE_ROWS:
        return None
    return min(known, key=lambda pair: losses[pair[0]])


def _validation(evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
    curve = evidence.curve("validation_loss")
    return curve.epochs, curve.values
