"""All rules, causes first: each looks at one replica's evidence and gives one finding."""

from collections.abc import Callable

from core.diagnosis.evidence import Evidence
from core.diagnosis.finding import Finding
from core.diagnosis.rules import activations, data, fit, gradients, length, outputs, rates, sequences, trust
from core.diagnosis.thresholds import Thresholds

Rule = Callable[[Evidence, Thresholds], Finding]

RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        outputs.missing_nonlinearity,
        outputs.output_loss_mismatch,
        gradients.symmetric_init,
        data.unscaled_inputs,
        data.unscaled_targets,
        gradients.bad_init_scale,
        rates.lr_too_high,
        rates.lr_too_low,
        trust.data_leakage,
        trust.validation_not_representative,
        data.class_imbalance,
        data.noisy_labels,
        length.unshuffled_batches,
        length.batch_too_small,
        fit.over_regularised,
        gradients.vanishing_gradient,
        sequences.rnn_vanishing_through_time,
        gradients.exploding_gradient,
        activations.dead_relu,
        activations.saturated_activation,
        fit.nonfinite_loss,
        length.too_few_updates,
        fit.overfitting,
        fit.underfitting,
        rates.oscillating_loss,
        outputs.miscalibrated,
        outputs.collapsed_predictions,
        fit.plateau,
    )
}
"""By id, in the order in which findings of the same weight are shown."""
