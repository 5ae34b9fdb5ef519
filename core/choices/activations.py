"""Activation functions. Each knows its torch module, its curve and slope (numpy, for charts), and what can go wrong."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict, Field

from core.choices.base import Choice, one_of, registry

if TYPE_CHECKING:
    from torch import nn

FLAT_SLOPE = 0.05
"""A unit is in the flat part of its function where |f'(z)| is under this share of the slope's maximum (our choice,
after Glorot & Bengio 2010: such a unit passes at most a twentieth of the gradient)."""


class Activation(Choice):
    """What a unit does with its input."""

    saturates: ClassVar[bool] = False
    """Flat on both sides, so that a saturated share is measured."""
    can_die: ClassVar[bool] = False
    """Exactly zero on one side, so that dead and frozen shares are measured."""

    def build(self) -> "nn.Module":
        """A torch module, never in place (kept outputs would be destroyed)."""
        raise AssertionError("every activation builds its module")

    def value(self, z: np.ndarray) -> np.ndarray:
        """f(z), elementwise."""
        raise AssertionError("every activation has a curve")

    def slope(self, z: np.ndarray) -> np.ndarray:
        """f'(z), elementwise."""
        raise AssertionError("every activation has a slope")


class Identity(Activation):
    """No function at all: layers of it multiply into one matrix, a line."""

    model_config = ConfigDict(title="Identity")
    kind: Literal["identity"] = "identity"

    def build(self) -> "nn.Module":
        from torch import nn

        return nn.Identity()

    def value(self, z: np.ndarray) -> np.ndarray:
        return z

    def slope(self, z: np.ndarray) -> np.ndarray:
        return np.ones_like(z)


class Step(Activation):
    """0 or 1, as in the perceptron of 1958: its slope is zero everywhere, so nothing before it can learn."""

    model_config = ConfigDict(title="Step")
    kind: Literal["step"] = "step"

    def build(self) -> "nn.Module":
        from core.choices.modules import Step as StepModule

        return StepModule()

    def value(self, z: np.ndarray) -> np.ndarray:
        return (z > 0).astype(float)

    def slope(self, z: np.ndarray) -> np.ndarray:
        return np.zeros_like(z)


class Sigmoid(Activation):
    """Between 0 and 1; its slope is at most 0.25, so a deep stack of it loses the gradient."""

    model_config = ConfigDict(title="Sigmoid")
    saturates: ClassVar[bool] = True
    kind: Literal["sigmoid"] = "sigmoid"

    def build(self) -> "nn.Module":
        from torch import nn

        return nn.Sigmoid()

    def value(self, z: np.ndarray) -> np.ndarray:
        return 0.5 * (1 + np.tanh(z / 2))

    def slope(self, z: np.ndarray) -> np.ndarray:
        return self.value(z) * (1 - self.value(z))


class Tanh(Activation):
    """Between −1 and 1, centred on 0; flat beyond about 2.2."""

    model_config = ConfigDict(title="Tanh")
    saturates: ClassVar[bool] = True
    kind: Literal["tanh"] = "tanh"

    def build(self) -> "nn.Module":
        from torch import nn

        return nn.Tanh()

    def value(self, z: np.ndarray) -> np.ndarray:
        return np.tanh(z)

    def slope(self, z: np.ndarray) -> np.ndarray:
        return 1 - np.tanh(z) ** 2


class ReLU(Activation):
    """The input where it is positive, else 0: passes the gradient whole, but a unit can die."""

    model_config = ConfigDict(title="ReLU")
    can_die: ClassVar[bool] = True
    kind: Literal["relu"] = "relu"

    def build(self) -> "nn.Module":
        from torch import nn

        return nn.ReLU()

    def value(self, z: np.ndarray) -> np.ndarray:
        return np.maximum(z, 0)

    def slope(self, z: np.ndarray) -> np.ndarray:
        return (z > 0).astype(float)


class LeakyReLU(Activation):
    """ReLU with a small slope on the negative side, so that no unit is ever cut off."""

    model_config = ConfigDict(title="Leaky ReLU")
    kind: Literal["leaky_relu"] = "leaky_relu"
    negative_slope: float = Field(
        0.01, ge=0, le=1, title="Negative slope", description="Share of a negative input that passes"
    )

    def build(self) -> "nn.Module":
        from torch import nn

        return nn.LeakyReLU(self.negative_slope)

    def value(self, z: np.ndarray) -> np.ndarray:
        return np.where(z > 0, z, self.negative_slope * z)

    def slope(self, z: np.ndarray) -> np.ndarray:
        return np.where(z > 0, 1.0, self.negative_slope)


class GELU(Activation):
    """z times the share of a normal distribution below z: a smooth ReLU (Hendrycks & Gimpel 2016)."""

    model_config = ConfigDict(title="GELU")
    kind: Literal["gelu"] = "gelu"

    def build(self) -> "nn.Module":
        from torch import nn

        return nn.GELU()

    def value(self, z: np.ndarray) -> np.ndarray:
        return z * _normal_share(z)

    def slope(self, z: np.ndarray) -> np.ndarray:
        return _normal_share(z) + z * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def _normal_share(z: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    return ndtr(z)


ACTIVATIONS = registry(ReLU, Sigmoid, Tanh, LeakyReLU, GELU, Identity, Step)
AnyActivation: Any = one_of(ACTIVATIONS)
