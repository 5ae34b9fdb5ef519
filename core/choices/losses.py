"""Losses, each with the output it is read through. A loss says how many output units a task needs, what it costs a row
and what the outputs mean (probabilities or values)."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict, Field

from core.choices.base import Choice, one_of, registry

if TYPE_CHECKING:
    import torch

Task = Literal["classification", "regression"]
Output = Literal["linear", "sigmoid", "softmax"]


class Loss(Choice):
    """What training makes small."""

    tasks: ClassVar[tuple[Task, ...]] = ("classification", "regression")

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


class CrossEntropy(Loss):
    """Minus the log of the softmax probability given to the true class: steep where the network is wrong."""

    model_config = ConfigDict(title="Cross-entropy")
    tasks: ClassVar[tuple[Task, ...]] = ("classification",)
    kind: Literal["cross_entropy"] = "cross_entropy"

    def per_row(self, outputs: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
        from torch.nn import functional

        return functional.cross_entropy(outputs, targets, reduction="none")

    def answers(self, outputs: "torch.Tensor", task: Task) -> "torch.Tensor":
        return outputs.softmax(-1)


class BinaryCrossEntropy(Loss):
    """Cross-entropy of a sigmoid: one output for two classes, else one yes-or-no output per class, summed."""

    model_config = ConfigDict(title="Binary cross-entropy")
    tasks: ClassVar[tuple[Task, ...]] = ("classification",)
    kind: Literal["binary_cross_entropy"] = "binary_cross_entropy"

    def units(self, classes: int) -> int:
        return 1 if classes == 2 else classes

    def per_row(self, outputs: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
        from torch.nn import functional

        wanted = _wanted(outputs, targets)
        return functional.binary_cross_entropy_with_logits(outputs, wanted, reduction="none").sum(-1)

    def answers(self, outputs: "torch.Tensor", task: Task) -> "torch.Tensor":
        return _as_probabilities(outputs.sigmoid())


class ErrorLoss(Loss):
    """A distance between outputs and wanted values (one-hot for classes), read through an output function."""

    output: Output = Field(
        "linear",
        title="Output",
        description="Function on the last layer. Classes are compared with one-hot targets",
    )

    def _read(self, outputs: "torch.Tensor") -> "torch.Tensor":
        if self.output == "sigmoid":
            return outputs.sigmoid()
        return outputs.softmax(-1) if self.output == "softmax" else outputs

    def answers(self, outputs: "torch.Tensor", task: Task) -> "torch.Tensor":
        read = self._read(outputs)
        return _as_probabilities(read) if task == "classification" else read


class SquaredError(ErrorLoss):
    """The squared distance, averaged over outputs: on softmax or sigmoid outputs it stalls where they are wrong."""

    model_config = ConfigDict(title="Squared error")
    kind: Literal["squared_error"] = "squared_error"

    def per_row(self, outputs: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
        return (self._read(outputs) - _wanted(outputs, targets)).square().mean(-1)


class AbsoluteError(ErrorLoss):
    """The absolute distance, averaged over outputs: forgives rare large errors."""

    model_config = ConfigDict(title="Absolute error")
    kind: Literal["absolute_error"] = "absolute_error"

    def per_row(self, outputs: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
        return (self._read(outputs) - _wanted(outputs, targets)).abs().mean(-1)


def _wanted(outputs: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
    """Targets in the shape of the outputs: one-hot for classes, the class itself where one output serves two."""
    if targets.is_floating_point():
        return targets
    if outputs.shape[-1] == 1:
        return targets.to(outputs.dtype).unsqueeze(-1)
    from torch.nn import functional

    return functional.one_hot(targets, outputs.shape[-1]).to(outputs.dtype)


def _as_probabilities(shares: "torch.Tensor") -> "torch.Tensor":
    """Shares that need not sum to one as probabilities over classes; one output p becomes (1 − p, p). Where no class
    gets anything the answer is even."""
    import torch

    if shares.shape[-1] == 1:
        return torch.cat([1 - shares, shares], -1)
    clipped = shares.clamp(min=0)
    total = clipped.sum(-1, keepdim=True)
    even = torch.full_like(clipped, 1 / clipped.shape[-1])
    return torch.where(total > 0, clipped / total.clamp(min=1e-30), torch.where(total.isnan(), total, even))


LOSSES = registry(CrossEntropy, BinaryCrossEntropy, SquaredError, AbsoluteError)
AnyLoss = one_of(LOSSES)
