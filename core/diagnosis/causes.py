"""Which symptoms follow from which: root causes are shown first, their consequences under them."""

from dataclasses import replace

from core.diagnosis.finding import Finding

_EARLY = ("symmetric_init", "unscaled_inputs", "unscaled_targets")
_STEP = ("lr_too_high", "lr_too_low")
_FLOW = ("vanishing_gradient", "rnn_vanishing_through_time", "saturated_activation", "dead_relu", "exploding_gradient")
_SETTINGS = (
    "missing_nonlinearity",
    "output_loss_mismatch",
    "over_regularised",
    "unshuffled_batches",
    "batch_too_small",
)

FOLLOWS_FROM: dict[str, tuple[str, ...]] = {
    "lr_too_high": ("unshuffled_batches", "unscaled_inputs", "unscaled_targets"),
    "batch_too_small": ("unshuffled_batches",),
    "lr_too_low": ("bad_init_scale",),
    "vanishing_gradient": ("unscaled_inputs", "bad_init_scale", "lr_too_high", "batch_too_small", "over_regularised"),
    "rnn_vanishing_through_time": ("unscaled_inputs", "bad_init_scale", "lr_too_high", "vanishing_gradient"),
    "exploding_gradient": (*_EARLY, "bad_init_scale", "lr_too_high", "batch_too_small", "over_regularised"),
    "dead_relu": (
        "symmetric_init",
        "lr_too_high",
        "batch_too_small",
        "unscaled_inputs",
        "bad_init_scale",
        "over_regularised",
        "unscaled_targets",
    ),
    "saturated_activation": (
        *(
            "symmetric_init",
            "unscaled_inputs",
            "bad_init_scale",
            "lr_too_high",
            "batch_too_small",
            "vanishing_gradient",
        ),
    ),
    "nonfinite_loss": (*_EARLY, "bad_init_scale", "lr_too_high", "batch_too_small", "exploding_gradient"),
    "oscillating_loss": ("unscaled_inputs", "unscaled_targets", "lr_too_high", "batch_too_small", "unshuffled_batches"),
    "too_few_updates": (
        *("unshuffled_batches", *_EARLY, "lr_too_low", "bad_init_scale", "vanishing_gradient", "output_loss_mismatch"),
        "noisy_labels",  # what still falls is the loss on labels that it learns by heart
    ),
    "overfitting": ("unshuffled_batches", "noisy_labels", "validation_not_representative"),
    "miscalibrated": (
        *("overfitting", "noisy_labels", "output_loss_mismatch", "validation_not_representative"),
        *("over_regularised", *_EARLY, *_STEP, "too_few_updates", *_FLOW, "class_imbalance", "missing_nonlinearity"),
        "underfitting",
    ),
    "class_imbalance": (*_EARLY, "bad_init_scale", *_STEP, *_FLOW, "over_regularised", "too_few_updates"),
    "underfitting": (
        *_EARLY,
        *("bad_init_scale", *_STEP, *_SETTINGS, *_FLOW, "nonfinite_loss", "too_few_updates"),
    ),
    "collapsed_predictions": (
        *_EARLY,
        *("bad_init_scale", *_STEP, *_SETTINGS, *_FLOW, "nonfinite_loss"),
        *("class_imbalance", "too_few_updates", "underfitting"),
    ),
    "plateau": (
        *_EARLY,
        *("bad_init_scale", *_STEP, *_SETTINGS, *_FLOW, "nonfinite_loss"),
        *("too_few_updates", "underfitting", "collapsed_predictions", "oscillating_loss"),
    ),
}
"""Consequence: possible causes, the likeliest first."""


FAINT = ("too_few_updates", "miscalibrated", "class_imbalance")
"""Symptoms that say nothing of their own under a cause that keeps a network from learning: watched there."""
BLOCKING = (*_EARLY, "bad_init_scale", *_STEP, *_FLOW, "nonfinite_loss", "over_regularised", "missing_nonlinearity")


def without_faint(findings: list[Finding]) -> list[Finding]:
    """Findings with those put to the zone watch that a blocking cause makes say nothing of their own."""
    present = {finding.id for finding in findings if finding.is_present}
    if not present & set(BLOCKING):
        return findings
    return [
        replace(f, zone="watch", severity="watch", remedies=()) if f.is_present and f.id in FAINT else f
        for f in findings
    ]


def linked(findings: list[Finding]) -> list[Finding]:
    """Present findings, each pointing at its cause among them; causes by weight, each followed by its consequences."""
    present = {finding.id: finding for finding in findings}
    causes = {key: next((c for c in FOLLOWS_FROM.get(key, ()) if c in present), None) for key in present}
    tied = [present[key] if cause is None else present[key].following(cause) for key, cause in causes.items()]
    weight = {"blocks": 0, "costs": 1, "consequence": 2, "watch": 3}
    roots = sorted((f for f in tied if f.cause is None), key=lambda f: weight[f.severity])
    ordered = []
    for root in roots:
        ordered.append(root)
        ordered += [f for f in tied if f.cause is not None and _root(f.id, causes) == root.id]
    return ordered


def _root(key: str, causes: dict[str, str | None]) -> str:
    """The first cause of all; FOLLOWS_FROM has no circles (a test holds that)."""
    cause = causes[key]
    return key if cause is None else _root(cause, causes)
