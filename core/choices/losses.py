"""Losses of classes, and all losses by their kind: each with the output it is read through."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict, Field

from core.choices.base import one_of, registry
from core.choices.distances import AbsoluteError, HalfSquaredError, Huber, SquaredError
from core.choices.outputs import (
    CLASSES_ONLY,
    SMALLEST,
    Loss,
    Misfit,
    Output,
    Task,
    as_probabilities,
    log_shares,
    read,
    smoothed,
    wanted,
)

if TYPE_CHECKING:
    import torch


class ClassLoss(Loss):
    """A loss of classes: each class may count for more or less."""

    tasks: ClassVar[tuple[Task, ...]] = CLASSES_ONLY
    class_weights: tuple[Annotated[float, Field(ge=0, le=1e6)], ...] = Field(
        (),
        max_length=1_000,
        title="Class weights",
        description="How much a row of each class counts while training, in the order of the classes: 1, 10. Empty: "
        "all alike. Curves count every row once. What label smoothing spreads stays even",
    )

    def weight_of_classes(self) -> tuple[float, ...]:
        return self.class_weights


def _smoothing(default: float = 0.0) -> Any:
    words = "Share of the target spread evenly over all classes, so that no answer need be sure"
    return Field(default, ge=0, lt=1, title="Label smoothing", description=words)


class ShareLoss(ClassLoss):
    """A loss of the probability given to each class."""

    output: Literal["softmax", "softmax_twice", "sigmoid", "relu", "linear"] = Field(
        "softmax",
        title="Output",
        description="Function on the last layer. Softmax twice: one in the network, another in the loss. The others "
        "are divided by their sum",
    )

    @property
    def keeps_order(self) -> bool:
        return self.output in ("softmax", "softmax_twice", "sigmoid")

    def answers(self, outputs: "torch.Tensor", task: Task) -> "torch.Tensor":
        if self.output.startswith("softmax"):
            return log_shares(outputs, self.output).exp()
        return as_probabilities(read(outputs, self.output))

    def misfit(self, task: Task) -> Misfit | None:
        found = {
            "softmax_twice": "Softmax is taken twice, by the network and by the loss. No class can get more than "
            "e ÷ (e + K − 1) of the probability (0.23 for ten classes), so the loss never comes near 0.",
            "sigmoid": "A sigmoid that is surely wrong is flat: it hardly learns from its worst mistakes. Softmax lets "
            "the logarithm undo that.",
            "relu": "A ReLU output that is 0 has no slope: a class that every row gives 0 is never learned.",
            "linear": "Outputs below 0 count as 0 and have no slope there: such a class is never learned.",
        }
        return Misfit(True, found[self.output]) if self.output in found else None


class CrossEntropy(ShareLoss):
    """Minus the log of the softmax probability given to the true class: steep where the network is wrong.

    Class weights together with label smoothing are not those of torch.nn.CrossEntropyLoss, on purpose. Here a weight is
    a row's, by its own class, in every loss alike; what smoothing spreads over the classes stays even. torch multiplies
    the spread part by each class's weight too, so that a heavy class is answered where no row is of it: with weights w,
    shares n of the rows and smoothing e over K classes its best constant answer is in proportion to
    w (n − e n + e ÷ K); here it is (1 − e) w n ÷ sum(w n) + e ÷ K. Either alone is torch's."""

    model_config = ConfigDict(title="Cross-entropy")
    kind: Literal["cross_entropy"] = "cross_entropy"
    label_smoothing: float = _smoothing()

    def per_row(self, outputs: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
        from torch.nn import functional

        if self.output == "softmax":
            return functional.cross_entropy(outputs, targets, reduction="none", label_smoothing=self.label_smoothing)
        shares = log_shares(outputs, self.output)
        return -(wanted(outputs, targets, self.label_smoothing) * shares).sum(-1)

    def of_answers(self, answers: np.ndarray, targets: np.ndarray) -> np.ndarray:
        hot = smoothed(targets, answers.shape[1], self.label_smoothing)
        return -(hot * np.log(np.clip(answers, SMALLEST, 1))).sum(1)


class Focal(ShareLoss):
    """Cross-entropy that counts a row less the surer it is right, so that the hard rows lead (Lin 2017)."""

    model_config = ConfigDict(title="Focal loss")
    kind: Literal["focal"] = "focal"
    focus: float = Field(
        2.0, ge=0, le=20, title="Focus", description="Power of the missing probability: 0 is cross-entropy"
    )

    def per_row(self, outputs: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
        true = log_shares(outputs, self.output).gather(-1, targets.unsqueeze(-1)).squeeze(-1)
        return -((-true.expm1()).clamp(min=SMALLEST) ** self.focus) * true

    def of_answers(self, answers: np.ndarray, targets: np.ndarray) -> np.ndarray:
        true = np.clip(answers[np.arange(len(targets)), targets], SMALLEST, 1)
        return -((1 - true) ** self.focus) * np.log(true)


class KullbackLeibler(ShareLoss):
    """How much is lost when the answer stands in for the smoothed target: cross-entropy less the target's entropy."""

    model_config = ConfigDict(title="Kullback-Leibler")
    kind: Literal["kullback_leibler"] = "kullback_leibler"
    label_smoothing: float = _smoothing(0.1)

    def per_row(self, outputs: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
        from torch.nn import functional

        hot = wanted(outputs, targets, self.label_smoothing)
        return functional.kl_div(log_shares(outputs, self.output), hot, reduction="none").sum(-1)

    def of_answers(self, answers: np.ndarray, targets: np.ndarray) -> np.ndarray:
        hot = smoothed(targets, answers.shape[1], self.label_smoothing)
        known = np.log(np.where(hot > 0, hot, 1))
        return (hot * (known - np.log(np.clip(answers, SMALLEST, 1)))).sum(1)


class BinaryCrossEntropy(ClassLoss):
    """Cross-entropy of a sigmoid: one output for two classes, else one yes-or-no output per class, summed."""

    model_config = ConfigDict(title="Binary cross-entropy")
    kind: Literal["binary_cross_entropy"] = "binary_cross_entropy"
    output: Literal["sigmoid", "sigmoid_twice", "softmax", "relu", "linear"] = Field(
        "sigmoid",
        title="Output",
        description="Function on the last layer. Sigmoid twice: one in the network, another in the loss",
    )
    label_smoothing: float = _smoothing()

    def units(self, classes: int) -> int:
        return 1 if classes == 2 and self.output != "softmax" else classes

    def per_row(self, outputs: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
        from torch.nn import functional

        hot = wanted(outputs, targets)
        hot = hot * (1 - self.label_smoothing) + self.label_smoothing / 2 if self.label_smoothing else hot
        if self.output in ("sigmoid", "sigmoid_twice"):
            logits = outputs if self.output == "sigmoid" else outputs.sigmoid()
            return functional.binary_cross_entropy_with_logits(logits, hot, reduction="none").sum(-1)
        shares = read(outputs, self.output).clamp(1e-7, 1 - 1e-7)
        return functional.binary_cross_entropy(shares, hot, reduction="none").sum(-1)

    def answers(self, outputs: "torch.Tensor", task: Task) -> "torch.Tensor":
        shares = read(outputs, self.output)
        shares = shares.sigmoid() if self.output == "sigmoid_twice" else shares
        return as_probabilities(shares.clamp(0, 1) if self.output in ("relu", "linear") else shares)

    def of_answers(self, answers: np.ndarray, targets: np.ndarray) -> np.ndarray:
        kept, count = np.clip(answers, SMALLEST, 1 - SMALLEST), answers.shape[1]
        hot = np.eye(count)[targets] * (1 - self.label_smoothing) + self.label_smoothing / 2
        each = -(hot * np.log(kept) + (1 - hot) * np.log1p(-kept))
        return each[:, 1] if self.units(count) == 1 else each.sum(1)

    def misfit(self, task: Task) -> Misfit | None:
        cut = (
            "Values below 0 and above 1 are cut to probabilities, and have no slope there: such a unit stops learning."
        )
        found = {
            "sigmoid_twice": Misfit(
                True, "Sigmoid is taken twice, by the network and by the loss. No probability leaves 0.5 to 0.73."
            ),
            "softmax": Misfit(
                False,
                "Every class is asked yes or no on its own, but softmax makes one class's yes the others' no. "
                "Cross-entropy fits softmax.",
            ),
            "relu": Misfit(True, cut),
            "linear": Misfit(True, cut),
        }
        return found.get(self.output)


class Hinge(ClassLoss):
    """How far the true class fails to lead every other by a margin; rows that lead by enough cost nothing."""

    model_config = ConfigDict(title="Hinge loss")
    kind: Literal["hinge"] = "hinge"
    output: Output = Field("linear", title="Output", description="Function on the last layer. Margins need linear ones")
    margin: float = Field(1.0, gt=0, le=1000, title="Margin", description="Lead that the true class must have")

    @property
    def keeps_order(self) -> bool:
        return self.output != "relu"

    def per_row(self, outputs: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
        from torch.nn import functional

        return functional.multi_margin_loss(read(outputs, self.output), targets, margin=self.margin, reduction="none")

    def answers(self, outputs: "torch.Tensor", task: Task) -> "torch.Tensor":
        shares = read(outputs, self.output)
        return shares.softmax(-1) if self.output == "linear" else as_probabilities(shares)

    def of_answers(self, answers: np.ndarray, targets: np.ndarray) -> np.ndarray:
        scores = np.log(np.clip(answers, SMALLEST, 1)) if self.output == "linear" else answers
        behind = np.maximum(self.margin + scores - scores[np.arange(len(targets)), targets][:, None], 0)
        behind[np.arange(len(targets)), targets] = 0
        return behind.mean(1)

    def misfit(self, task: Task) -> Misfit | None:
        if self.output == "linear":
            return None
        if self.output == "relu":
            return Misfit(
                True, "A ReLU output that is 0 has no slope: a class that every row gives 0 is never learned."
            )
        return Misfit(
            self.margin >= 1,
            f"Outputs between 0 and 1 can never be more than 1 apart, and the margin is {self.margin:g}: no row is "
            "ever right enough, and a sure mistake is flat. Hinge loss wants linear outputs.",
        )


LOSSES = registry(
    CrossEntropy,
    BinaryCrossEntropy,
    SquaredError,
    AbsoluteError,
    Huber,
    HalfSquaredError,
    Focal,
    Hinge,
    KullbackLeibler,
)
AnyLoss = one_of(LOSSES)
