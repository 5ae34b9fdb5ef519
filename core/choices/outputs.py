"""Output and loss, a pair: what every loss is, the functions that stand on the last layer, and how their values are
read as probabilities or compared with classes. A loss says what is wrong with it on its output; wrong pairs are
allowed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from core.choices.base import Choice

if TYPE_CHECKING:
    import torch

Output = Literal["linear", "sigmoid", "softmax", "relu"]

Task = Literal["classification", "regression"]
EVERY_TASK: tuple[Task, ...] = ("classification", "regression")
CLASSES_ONLY: tuple[Task, ...] = ("classification",)
SMALLEST = 1e-12
"""Probabilities of a baseline are kept this far from 0 and 1, so that a sure mistake costs a finite 27.6."""
SMALLEST_SHARE = 1e-7
"""Shares are kept this far from 0 before a logarithm is taken (Keras's epsilon): the slope is 0 beyond."""


@dataclass(frozen=True)
class Misfit:
    """Why an output and a loss do not fit. is_wrong: learning stalls or is capped; else it is only not the best."""

    is_wrong: bool
    words: str


class Loss(Choice):
    """What training makes small."""

    tasks: ClassVar[tuple[Task, ...]] = EVERY_TASK
    guesses_median: ClassVar[bool] = False
    """Whether the best single answer to all rows of a regression is their median, not their mean."""

    @property
    def keeps_order(self) -> bool:
        """Whether the largest output is always the most probable class, so that probabilities need not be computed."""
        return False

    def units(self, classes: int) -> int:
        """Output units for a classification into `classes` classes."""
        return classes

    def per_row(self, outputs: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
        """The loss of every row, [rows]. outputs: [rows, units], before any output function; targets: [rows] classes
        (int64) or [rows, values]."""
        raise AssertionError("every loss costs a row something")

    def answers(self, outputs: "torch.Tensor", task: Task) -> "torch.Tensor":
        """Probabilities [..., classes] of a classification, values [..., values] of a regression."""
        raise AssertionError("every loss reads its outputs")

    def of_answers(self, answers: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The loss of every row, [rows], whose answer is given as probabilities [rows, classes] or values."""
        raise AssertionError("every loss costs an answer something")

    def weight_of_classes(self) -> tuple[float, ...]:
        """How much each class counts; empty: all alike."""
        return ()

    def misfit(self, task: Task) -> Misfit | None:
        """What is wrong with this loss on its output, if anything."""
        return None


def read(outputs: "torch.Tensor", function: str) -> "torch.Tensor":
    """The last layer's values [..., units] through an output function. A function taken twice is read as taken once:
    what comes on top of it is the loss's own business."""
    if function.startswith("sigmoid"):
        return outputs.sigmoid()
    if function.startswith("softmax"):
        return outputs.softmax(-1)
    return outputs.relu() if function == "relu" else outputs


def log_shares(outputs: "torch.Tensor", function: str) -> "torch.Tensor":
    """Logarithms of the probabilities that outputs [..., classes] stand for, read through `function`. softmax: from the
    outputs themselves, exact however far apart they are; twice: as a loss with a softmax of its own sees them."""
    if function == "softmax":
        return outputs.log_softmax(-1)
    if function == "softmax_twice":
        return outputs.softmax(-1).log_softmax(-1)
    return as_probabilities(read(outputs, function)).clamp(SMALLEST_SHARE, 1.0).log()


def as_probabilities(shares: "torch.Tensor") -> "torch.Tensor":
    """Shares that need not sum to one as probabilities over classes; one output p becomes (1 − p, p). Where no class
    gets anything the answer is even."""
    import torch

    if shares.shape[-1] == 1:
        return torch.cat([1 - shares, shares], -1)
    clipped = shares.clamp(min=0)
    total = clipped.sum(-1, keepdim=True)
    even = torch.full_like(clipped, 1 / clipped.shape[-1])
    return torch.where(total > 0, clipped / total.clamp(min=1e-30), torch.where(total.isnan(), total, even))


def wanted(outputs: "torch.Tensor", targets: "torch.Tensor", smoothing: float = 0.0) -> "torch.Tensor":
    """Targets in the shape of the outputs: values as they are; one-hot for classes, or the class itself where one
    output serves two, moved by `smoothing` towards an even answer."""
    if targets.is_floating_point():
        return targets
    if outputs.shape[-1] == 1:
        hot, classes = targets.to(outputs.dtype).unsqueeze(-1), 2
    else:
        from torch.nn import functional

        classes = outputs.shape[-1]
        hot = functional.one_hot(targets, classes).to(outputs.dtype)
    return hot if not smoothing else hot * (1 - smoothing) + smoothing / classes


def smoothed(classes: np.ndarray, count: int, smoothing: float = 0.0) -> np.ndarray:
    """The same for numpy: one-hot rows [rows, count], moved towards an even answer."""
    return np.eye(count)[classes] * (1 - smoothing) + smoothing / count
