"""Every threshold of the diagnosis with its unit and source. A person may set others; the record is judged again."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

OURS = "our choice, tried on runs with seeded faults"


def _threshold(value: float, unit: str, title: str, source: str, **bounds: Any) -> Any:
    return Field(value, title=title, description=source, json_schema_extra={"unit": unit}, **bounds)


def _share(value: float, title: str, source: str = OURS) -> Any:
    return _threshold(value, "share", title, source, ge=0, le=1)


def _ratio(value: float, title: str, source: str = OURS) -> Any:
    return _threshold(value, "ratio", title, source, gt=0, le=1e30)


class Thresholds(BaseModel):
    """From where on a symptom is present, or watched. Shares are 0 to 1."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    vanishing_ratio: float = _ratio(
        1e-3,
        "Gradient at layer 1 ÷ at the output, median of three epochs",
        "AUTOTRAINER (ICSE 2021) for weight gradients; here of the outputs",
    )
    vanishing_ratio_watch: float = _ratio(1e-2, "The same, from where on it is watched")
    vanishing_factor: float = _ratio(
        0.5, "Gradient kept from layer to layer", "Glorot & Bengio 2010: sigmoid keeps at most 0.25, He's ReLU 1"
    )
    exploding_growth: float = _ratio(100, "Gradient norm ÷ its own first epoch", "AUTOTRAINER uses 70; " + OURS)
    exploding_backward: float = _ratio(1e3, "Gradient at layer 1 ÷ at the output", "mirror of the vanishing ratio")
    exploding_size: float = _ratio(10, "Gradient norm ÷ weight norm")
    dead_share: float = _share(0.5, "Dead units of a layer", "SageMaker Debugger DeadRelu: over half of a layer")
    dead_share_watch: float = _share(0.25, "Dead units, watched")
    dead_share_healthy: float = _share(0.9, "Dead units of a layer in a network that learns")
    saturated_share: float = _share(0.5, "Saturated units × rows", "DeepDiagnosis (ICSE 2022): over half")
    saturated_share_healthy: float = _share(0.9, "The same in a network that learns, watched")
    symmetric_spread: float = _ratio(1e-3, "Spread between units ÷ their size", "our choice: rounding leaves 1e-6")
    init_drift: float = _ratio(1e3, "Spread of outputs, first ÷ last layer or reverse", OURS + "; He 2015")
    init_scale: float = _ratio(8, "Weights' spread ÷ He's (or He's ÷ theirs)", OURS)
    first_loss: float = _ratio(5, "First loss ÷ loss of guessing", "Karpathy: should be ln K; " + OURS)
    update_ratio_high: float = _ratio(0.03, "Update ÷ weight, median", "Karpathy: 1e-3 is healthy; " + OURS)
    update_ratio_low: float = _ratio(1e-4, "Update ÷ weight, median", "Karpathy: under 1e-4 is cold")
    weight_leap: float = _ratio(3, "Weights after the first epochs ÷ before", OURS)
    diverged_loss: float = _ratio(1.2, "Late loss ÷ loss of guessing", OURS)
    swing: float = _share(0.05, "Median change of the epoch loss ÷ loss of guessing", OURS)
    turns: float = _share(0.4, "Epochs in which the loss turns", "random walk turns in half; " + OURS)
    plateau_explained: float = _share(0.1, "Loss explained by the best epoch", OURS)
    poor_explained: float = _share(0.15, "Loss explained where no reference says more", OURS)
    poor_of_reference: float = _share(0.5, "Loss explained ÷ that of a linear model", OURS)
    good_of_reference: float = _share(0.9, "The same in a run that learns", OURS)
    good_explained: float = _share(0.5, "Loss explained in a run that learns", OURS)
    late_fall: float = _share(0.05, "Fall of the loss over the last fifth of the epochs", OURS)
    still_falling: float = _share(0.01, "The same, of a run that goes on: under it the loss is at rest")
    overfit_rise: float = _ratio(0.2, "Rise of the validation loss above its best", OURS)
    overfit_rise_watch: float = _ratio(0.1, "The same, watched", "SageMaker Debugger uses 0.1 with patience 1")
    overfit_gap: float = _ratio(0.15, "Validation − train loss ÷ loss of guessing", OURS)
    overfit_gap_large: float = _ratio(0.5, "The same, so large that half the rise (watched) is enough")
    memorising_explained: float = _share(0.3, "Train loss explained by a network that memorises", OURS)
    underfit_score: float = _share(0.05, "Train score under the reference", OURS)
    input_scale_high: float = _ratio(10, "Size of the inputs (1 is standardised)", OURS)
    input_scale_low: float = _ratio(0.05, "Size of the inputs (1 is standardised)", OURS)
    target_scale: float = _ratio(10, "Size of the target (1 is standardised)", OURS)
    class_ratio: float = _ratio(5, "Largest ÷ smallest class", "SageMaker Debugger ClassImbalance uses 10; " + OURS)
    class_recall: float = _share(0.5, "Recall of the worst class", OURS)
    collapsed_share: float = _share(0.95, "Rows that get the same answer", OURS)
    calibration_error: float = _share(0.1, "Calibration error (ECE)", OURS + "; Guo 2017")
    calibration_error_watch: float = _share(0.06, "The same, watched", OURS)
    noisy_share: float = _share(0.1, "Wrong among the surest quarter of validation rows", OURS)
    noisy_evenness: float = _ratio(0.5, "Wrong among the surest quarter ÷ wrong among all")
    contradicted_fall: float = _share(0.4, "Fewer labels contradicted where neighbours agree, if these tell all", OURS)
    memorised_score: float = _share(0.9, "Train accuracy of a network that has memorised", OURS)
    decay_shrink: float = _share(0.5, "Weights at the end ÷ at the start", OURS)
    dropout_share: float = _share(0.6, "Units silenced by dropout", "UMLAUT: above 0.5; " + OURS)
    prior_shift: float = _share(0.15, "Difference of a class’s share between train and validation", OURS)
    told_apart: float = _share(0.75, "How often training and validation rows are told apart; 0.5 is chance", OURS)
    leak_share: float = _share(0.97, "Share of the target that one column explains alone", "UMLAUT; " + OURS)
    leak_others: float = _share(0.85, "… while all others together explain at most", OURS)
    copies: float = _share(0.2, "Validation rows that are copies of training rows", OURS)
    through_time_ratio: float = _ratio(
        1e-3, "Gradient at the first step of a sequence ÷ at the last", "Pascanu 2013; " + OURS
    )
    batch_rows: float = _threshold(4, "rows", "Rows per step that are few", OURS, ge=1, le=1e6)
    batch_spread: float = _ratio(0.6, "Spread of the batch losses of the second epoch ÷ their mean")
    batch_swing: float = _share(0.2, "The same spread ÷ loss of guessing")


def title_of(name: str) -> str:
    """What is held against a threshold."""
    return Thresholds.model_fields[name].title or ""


def unit_of(name: str) -> str:
    """The unit of a threshold."""
    extra = Thresholds.model_fields[name].json_schema_extra
    return str(extra["unit"]) if isinstance(extra, dict) else ""


def source_of(name: str) -> str:
    """Where a threshold comes from."""
    return Thresholds.model_fields[name].description or ""


DEFAULT = Thresholds()
