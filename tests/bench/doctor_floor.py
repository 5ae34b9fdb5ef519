"""The floor: published rule sets judge the same records. Thresholds are their authors' own, as SYMPTOMS.md 1.1 and 1.2
read them in their sources. Each alarm stands for any finding that it can mean, so that no set loses by its names; an
alarm counts whenever it fires, as these tools stop a training there. Scores of regressions (R²) stand for accuracy."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import nn

from core.choices.activations import Identity
from tests.bench.doctor_runs import Run

Alarm = frozenset[str]


@dataclass(frozen=True)
class Seen:
    """What the rule sets look at: curves from epoch 1 on, layers as [epochs, layers], inputs, plain network."""

    run: Run

    def curve(self, name: str) -> np.ndarray:
        return self.run.curve(name)

    def layers(self, name: str) -> np.ndarray:
        rows = self.run.record.tables["layers"].select(["epoch", "layer", name]).to_pandas()
        return rows.pivot(index="epoch", columns="layer", values=name).to_numpy(dtype=float)

    @property
    def is_nan(self) -> bool:
        losses = np.concatenate([self.curve("train_loss"), self.curve("validation_loss")])
        return not np.isfinite(losses).all() or bool((self.layers("nan_count") + self.layers("infinite_count")).any())

    @property
    def bad(self) -> bool:
        """AUTOTRAINER: train and validation accuracy under the target 0.7."""
        return not max(self.run.score(), self.run.score(True)) >= 0.7

    @cached_property
    def first_gradients(self) -> list[np.ndarray]:
        """Weight gradients of all training rows before the first step, layer by layer."""
        network, (inputs, targets) = self.run.network(False), self.run.rows
        self.run.experiment.loss.per_row(network(inputs), targets).mean().backward()
        return [p.weight.grad.flatten().numpy() for p in network.modules() if isinstance(p, nn.Linear)]  # type: ignore[union-attr]

    @cached_property
    def inside(self) -> float:
        """SageMaker: largest share of a layer's tanh or sigmoid units inside the bounds for under 1 % of the rows."""
        bounds, shares = {nn.Tanh: (-9.4999, 9.4999), nn.Sigmoid: (-23.0, 16.99999)}, [0.0]

        def keep(part: nn.Module, given: tuple[torch.Tensor, ...], _out: torch.Tensor) -> None:
            low, high = bounds[type(part)]
            active = ((given[0] > low) & (given[0] < high)).double().mean(0)
            shares.append(float((active < 0.01).double().mean()))

        network = self.run.network()
        for part in network.modules():
            if type(part) in bounds:
                part.register_forward_hook(keep)
        with torch.no_grad():
            network(self.run.rows[0])
        return max(shares)

    @cached_property
    def dead(self) -> float:
        """Largest share of a layer's units that are above 0 for under 1 % of the rows."""
        rows = self.run.record.tables["units"].select(["active_share"]).to_pylist()
        cells = [np.array([s for s in row["active_share"] or () if s is not None]) for row in rows]
        return max((float((cell < 0.01).mean()) for cell in cells if len(cell)), default=0.0)


def autotrainer(seen: Seen) -> dict[str, bool]:
    """AUTOTRAINER, ICSE 2021, and its extension (improper activation, abnormal data): looked at every 3rd epoch, curves
    after 30 % of the epochs; only a run under the target accuracy is bad."""
    norms, zeros = (seen.layers(name)[::3] for name in ("weight_gradient_norm", "zero_gradient_share"))
    size = np.hypot(seen.layers("activation_mean"), seen.layers("activation_std"))[:, :-1]
    score, start = seen.curve("validation_score"), max(1, int(0.3 * len(seen.curve("epoch"))))
    gain = np.diff(score)[start - 1 :]
    is_nan = seen.is_nan or bool((seen.curve("train_loss") >= 1e3).any())
    with np.errstate(all="ignore"):
        ratio = norms[:, 0] / norms[:, -1]
    return {
        "vanishing_gradient": seen.bad and bool(((ratio < 1e-3) & (norms[:, 0] < 1e-4)).any()),  # ICSE 2021, GV
        "exploding_gradient nonfinite_loss": is_nan or (seen.bad and bool((ratio > 70).any())),  # GE; loss 1e3 is NaN
        "dead_relu": seen.bad and bool((zeros >= 0.7).any()),  # DR: gradient entries exactly 0
        "oscillating_loss": seen.bad and len(gain) > 0 and bool(np.mean(gain <= -0.03) >= 0.2),  # OL
        "lr_too_low too_few_updates": seen.bad and len(gain) > 0 and bool(gain.max() < 0.01),  # SC
        "unscaled_inputs": seen.bad and bool((size >= 10).any()),  # extension, AD: mean size of hidden outputs
        "output_loss_mismatch": seen.bad and _row_sum(seen) > 1.1,  # extension, IO
    }


def umlaut(seen: Seen) -> dict[str, bool]:
    """UMLAUT, CHI 2021: settings and single epochs, with no regard to the outcome."""
    chosen, rate = seen.run.experiment, seen.run.experiment.optimizer.learning_rate
    train, validation = seen.curve("train_loss"), seen.curve("validation_loss")
    score, held_out = seen.curve("train_score"), seen.curve("validation_score")
    is_class = seen.run.splits.task == "classification"
    with np.errstate(all="ignore"):
        parts = (np.diff(validation) > 0) & (np.diff(train) <= 0)
    return {
        "lr_too_high": rate > 0.01,  # repository: learning-rate check
        "lr_too_low": rate < 1e-7,  # the same
        "unscaled_inputs": float(seen.run.rows[0].abs().max()) > 1,  # inputs outside [-1, 1]
        "overfitting": bool(parts.any()),  # one epoch in which validation loss rises and train loss does not
        "data_leakage": is_class and bool((held_out[3:] > 0.95).any()),  # validation accuracy after epoch 3
        "validation_not_representative data_leakage": is_class and bool((held_out - score > 0.05).any()),
        "over_regularised": max(map(float, chosen.network.values("dropout")), default=0.0) > 0.5,  # dropout
        "output_loss_mismatch": is_class and not getattr(chosen.loss, "output", "softmax").startswith("softmax"),
        "missing_nonlinearity": any(isinstance(part, Identity) for part in chosen.network.activations),
        "nonfinite_loss": seen.is_nan,
    }


def sagemaker(seen: Seen) -> dict[str, bool]:
    """SageMaker Debugger's built-in rules at their defaults, fed at every epoch (at every 500 steps they see nothing).
    Sources: developer guide and smdebug-rulesconfig, rule by rule."""
    gradient, ratio = seen.layers("weight_gradient_rms"), seen.layers("update_ratio")
    train, validation = seen.curve("train_loss"), seen.curve("validation_loss")
    first = seen.layers("weight_rms")[0]
    spread = [float(np.subtract(*np.nanpercentile(part, (95, 5)))) for part in seen.first_gradients]
    with np.errstate(all="ignore"):
        poor = bool(first.max() ** 2 > 10 * first.min() ** 2) or min(spread) < 1e-3
        over = bool(((validation - train) / train > 0.1).any())  # Overfit
    over |= bool(((_since_best(train) >= 5) & (_since_best(validation) >= 10)).any())  # Overtraining
    counts, recall = _classes(seen)
    return {
        "vanishing_gradient": bool((gradient < 1e-7).any()),  # VanishingGradient
        "exploding_gradient nonfinite_loss": seen.is_nan,  # ExplodingTensor
        "dead_relu": seen.dead > 0.5,  # DeadRelu: over half of a layer, active in under 1 %
        "saturated_activation": seen.inside > 0.5,  # SaturatedActivation
        "lr_too_high": bool((ratio > 10).any()),  # WeightUpdateRatio
        "lr_too_low": bool((ratio < 1e-8).any()),  # WeightUpdateRatio
        "bad_init_scale symmetric_init": poor,  # PoorWeightInitialization: variances 10 apart, gradients within 1e-3
        "plateau": len(train) > 10 and bool((_since_best(train) >= 10).any()),  # LossNotDecreasing
        "overfitting": over
        or bool(((_since_best(train) >= 5) & (_since_best(validation) >= 10)).any()),  # Overtraining
        "class_imbalance": counts > 10 or recall < 0.3,  # ClassImbalance: sizes; mispredicted share over 0.7
        "underfitting collapsed_predictions": recall < 0.9,  # Confusion: diagonal
    }


RULE_SETS: dict[str, Callable[[Seen], dict[str, bool]]] = {
    "AUTOTRAINER": autotrainer,
    "UMLAUT": umlaut,
    "SageMaker Debugger": sagemaker,
}


def alarms(run: Run, name: str) -> list[Alarm]:
    """What a rule set says of a run: for each alarm the findings that it can mean."""
    return [frozenset(ids.split()) for ids, is_there in RULE_SETS[name](Seen(run)).items() if is_there]


def _since_best(values: np.ndarray) -> np.ndarray:
    """At each epoch, epochs since the smallest value so far."""
    least = np.minimum.accumulate(np.nan_to_num(values, nan=np.inf))
    falls = np.flatnonzero(np.diff(least, prepend=np.inf) < 0)
    if not len(falls):
        return np.arange(len(values))
    return np.arange(len(values)) - falls[np.maximum(np.searchsorted(falls, np.arange(len(values)), "right") - 1, 0)]


def _row_sum(seen: Seen) -> float:
    """Mean sum of the outputs of a row, read through a sigmoid where one is chosen; 1 of a softmax or a regression."""
    if seen.run.splits.task != "classification" or getattr(seen.run.experiment.loss, "output", "") != "sigmoid":
        return 1.0
    with torch.no_grad():
        outputs = torch.sigmoid(seen.run.network()(seen.run.rows[0]))
    return float(outputs.sum(1).mean()) if outputs.shape[1] > 1 else 1.0


def _classes(seen: Seen) -> tuple[float, float]:
    """Largest ÷ smallest training class, and the recall of the worst class on validation rows; (1, 1) of a value."""
    if seen.run.splits.task != "classification":
        return 1.0, 1.0
    inputs, targets = seen.run.held_out
    with torch.no_grad():
        answers = seen.run.experiment.loss.answers(seen.run.network()(inputs), seen.run.splits.task).argmax(1)
    counts = np.bincount(seen.run.rows[1].numpy(), minlength=seen.run.splits.classes)
    recalls = [float((answers[targets == c] == c).double().mean()) for c in targets.unique()]
    return float(counts.max() / max(counts.min(), 1)), min(recalls)
