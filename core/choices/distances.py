"""Losses that are distances between outputs, read through an output function, and wanted values (one-hot for
classes)."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict, Field

from core.choices.outputs import Loss, Misfit, Output, Task, as_probabilities, read, wanted

if TYPE_CHECKING:
    import torch


class ErrorLoss(Loss):
    """A distance between outputs and wanted values (one-hot for classes), read through an output function."""

    output: Output = Field(
        "linear",
        title="Output",
        description="Function on the last layer. Classes are compared with one-hot targets",
    )

    def distance(self, apart: "torch.Tensor") -> "torch.Tensor":
        """What each difference costs, elementwise."""
        raise AssertionError("every distance measures one")

    def of_difference(self, apart: np.ndarray) -> np.ndarray:
        """The same for numpy."""
        raise AssertionError("every distance measures one")

    def per_row(self, outputs: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
        return self.distance(read(outputs, self.output) - wanted(outputs, targets)).mean(-1)

    def answers(self, outputs: "torch.Tensor", task: Task) -> "torch.Tensor":
        shares = read(outputs, self.output)
        return as_probabilities(shares) if task == "classification" else shares

    def of_answers(self, answers: np.ndarray, targets: np.ndarray) -> np.ndarray:
        is_class = np.issubdtype(targets.dtype, np.integer)
        return self.of_difference(answers - (np.eye(answers.shape[1])[targets] if is_class else targets)).mean(1)

    def misfit(self, task: Task) -> Misfit | None:
        return self._of_values() if task == "regression" else self._of_classes()

    def _of_values(self) -> Misfit | None:
        ranges = {
            "softmax": "is always 1 with a single output",
            "sigmoid": "stays between 0 and 1",
            "relu": "never goes below 0, where a standardised target has half its values",
        }
        if self.output == "linear":
            return None
        words = f"The target is a number, but the {_named(self.output)} output {ranges[self.output]}."
        return Misfit(True, f"{words} Values beyond cannot be answered.")

    def _of_classes(self) -> Misfit | None:
        name = self.title().lower()
        if self.output in ("softmax", "sigmoid"):
            return Misfit(
                True,
                f"Classes are compared by {name} through {self.output}: where it is surely wrong its slope is nearly "
                "zero. It learns slowest from its worst mistakes; cross-entropy is steep there.",
            )
        through = "a linear output" if self.output == "linear" else "ReLU outputs, which have no slope where they are 0"
        return Misfit(
            self.output == "relu", f"Classes are compared by {name} on {through}. Cross-entropy fits classes better."
        )


class SquaredError(ErrorLoss):
    """The squared distance, averaged over outputs: on softmax or sigmoid outputs it stalls where they are wrong."""

    model_config = ConfigDict(title="Squared error")
    kind: Literal["squared_error"] = "squared_error"

    def distance(self, apart: "torch.Tensor") -> "torch.Tensor":
        return apart.square()

    def of_difference(self, apart: np.ndarray) -> np.ndarray:
        return apart**2


class HalfSquaredError(ErrorLoss):
    """Half the squared distance, summed over outputs: the textbooks' error, whose slope is the difference itself."""

    model_config = ConfigDict(title="Half squared error")
    kind: Literal["half_squared_error"] = "half_squared_error"

    def per_row(self, outputs: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
        return (read(outputs, self.output) - wanted(outputs, targets)).square().sum(-1) / 2

    def of_answers(self, answers: np.ndarray, targets: np.ndarray) -> np.ndarray:
        return super().of_answers(answers, targets) * answers.shape[1] / 2

    def of_difference(self, apart: np.ndarray) -> np.ndarray:
        return apart**2


class AbsoluteError(ErrorLoss):
    """The absolute distance, averaged over outputs: forgives rare large errors."""

    model_config = ConfigDict(title="Absolute error")
    guesses_median: ClassVar[bool] = True
    kind: Literal["absolute_error"] = "absolute_error"

    def distance(self, apart: "torch.Tensor") -> "torch.Tensor":
        return apart.abs()

    def of_difference(self, apart: np.ndarray) -> np.ndarray:
        return np.abs(apart)

    def _of_classes(self) -> Misfit | None:
        through = "read directly" if self.output == "linear" else f"through {_named(self.output)}"
        return Misfit(
            True,
            f"Classes are compared by absolute error, {through}. It rewards answering the largest class to all.",
        )


class Huber(ErrorLoss):
    """Squared for small distances and straight for large ones: one wild value does not lead the rest (Huber 1964)."""

    model_config = ConfigDict(title="Huber loss")
    kind: Literal["huber"] = "huber"
    delta: float = Field(
        1.0, gt=0, le=1e6, title="Delta", description="Distance from which on it is straight, in standardised units"
    )

    def distance(self, apart: "torch.Tensor") -> "torch.Tensor":
        import torch

        size = apart.abs()
        return torch.where(size < self.delta, apart.square() / 2, self.delta * (size - self.delta / 2))

    def of_difference(self, apart: np.ndarray) -> np.ndarray:
        size = np.abs(apart)
        return np.where(size < self.delta, apart**2 / 2, self.delta * (size - self.delta / 2))


def _named(output: str) -> str:
    return "ReLU" if output == "relu" else output
