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

    module: ClassVar[str]
    """Name of the class in torch.nn, or in core.choices.modules."""
    saturates: ClassVar[bool] = False
    """Flat on both sides, so that a saturated share is measured."""
    can_die: ClassVar[bool] = False
    """Exactly zero on one side, so that dead and frozen shares are measured."""
    initialisation: ClassVar[str] = "glorot_normal"
    """The initialisation that keeps a deep stack of it level."""
    parameters: ClassVar[int] = 0
    """Numbers of its own that a layer of it learns."""

    def build(self) -> "nn.Module":
        """A torch module, never in place (kept outputs would be destroyed)."""
        from torch import nn

        from core.choices import modules

        made: nn.Module = getattr(nn if hasattr(nn, self.module) else modules, self.module)(*self.settings())
        return made

    def settings(self) -> tuple[float, ...]:
        """What the module is made with."""
        return ()

    def value(self, z: np.ndarray) -> np.ndarray:
        """f(z), elementwise."""
        raise AssertionError("every activation has a curve")

    def slope(self, z: np.ndarray) -> np.ndarray:
        """f'(z), elementwise."""
        raise AssertionError("every activation has a slope")


class Identity(Activation):
    """No function at all: layers of it multiply into one matrix, a line."""

    model_config = ConfigDict(title="Identity")
    module: ClassVar[str] = "Identity"
    kind: Literal["identity"] = "identity"

    def value(self, z: np.ndarray) -> np.ndarray:
        return z

    def slope(self, z: np.ndarray) -> np.ndarray:
        return np.ones_like(z)


class Step(Activation):
    """0 or 1, as in the perceptron of 1958: its slope is zero everywhere, so nothing before it can learn."""

    model_config = ConfigDict(title="Step")
    module: ClassVar[str] = "Step"
    kind: Literal["step"] = "step"

    def value(self, z: np.ndarray) -> np.ndarray:
        return (z > 0).astype(float)

    def slope(self, z: np.ndarray) -> np.ndarray:
        return np.zeros_like(z)


class Sigmoid(Activation):
    """Between 0 and 1; its slope is at most 0.25, so a deep stack of it loses the gradient."""

    model_config = ConfigDict(title="Sigmoid")
    module: ClassVar[str] = "Sigmoid"
    saturates: ClassVar[bool] = True
    kind: Literal["sigmoid"] = "sigmoid"

    def value(self, z: np.ndarray) -> np.ndarray:
        return _sigmoid(z)

    def slope(self, z: np.ndarray) -> np.ndarray:
        return _sigmoid(z) * (1 - _sigmoid(z))


class HardSigmoid(Activation):
    """A straight line from 0 at −3 to 1 at 3: a sigmoid for small processors, quite flat outside (Courbariaux 2015)."""

    model_config = ConfigDict(title="Hard sigmoid")
    module: ClassVar[str] = "Hardsigmoid"
    saturates: ClassVar[bool] = True
    kind: Literal["hard_sigmoid"] = "hard_sigmoid"

    def value(self, z: np.ndarray) -> np.ndarray:
        return np.clip(z / 6 + 0.5, 0, 1)

    def slope(self, z: np.ndarray) -> np.ndarray:
        return np.where(np.abs(z) < 3, 1 / 6, 0.0)


class Tanh(Activation):
    """Between −1 and 1, centred on 0; flat beyond about 2.2."""

    model_config = ConfigDict(title="Tanh")
    module: ClassVar[str] = "Tanh"
    saturates: ClassVar[bool] = True
    kind: Literal["tanh"] = "tanh"

    def value(self, z: np.ndarray) -> np.ndarray:
        return np.tanh(z)

    def slope(self, z: np.ndarray) -> np.ndarray:
        return 1 - np.tanh(z) ** 2


class ReLU(Activation):
    """The input where it is positive, else 0: passes the gradient whole, but a unit can die."""

    model_config = ConfigDict(title="ReLU")
    module: ClassVar[str] = "ReLU"
    can_die: ClassVar[bool] = True
    initialisation: ClassVar[str] = "he_normal"
    kind: Literal["relu"] = "relu"

    def value(self, z: np.ndarray) -> np.ndarray:
        return np.maximum(z, 0)

    def slope(self, z: np.ndarray) -> np.ndarray:
        return (z > 0).astype(float)


class LeakyReLU(Activation):
    """ReLU with a small slope on the negative side, so that no unit is ever cut off."""

    model_config = ConfigDict(title="Leaky ReLU")
    module: ClassVar[str] = "LeakyReLU"
    initialisation: ClassVar[str] = "he_normal"
    kind: Literal["leaky_relu"] = "leaky_relu"
    negative_slope: float = Field(
        0.01, ge=0, le=1, title="Negative slope", description="Share of a negative input that passes"
    )

    def settings(self) -> tuple[float, ...]:
        return (self.negative_slope,)

    def value(self, z: np.ndarray) -> np.ndarray:
        return np.where(z > 0, z, self.negative_slope * z)

    def slope(self, z: np.ndarray) -> np.ndarray:
        return np.where(z > 0, 1.0, self.negative_slope)


class PReLU(Activation):
    """Leaky ReLU whose negative slope is learned, one for each layer (He 2015). The curve shows where it starts."""

    model_config = ConfigDict(title="PReLU")
    module: ClassVar[str] = "PReLU"
    initialisation: ClassVar[str] = "he_normal"
    parameters: ClassVar[int] = 1
    kind: Literal["prelu"] = "prelu"
    first_slope: float = Field(
        0.25, ge=0, le=1, title="First negative slope", description="Where the learned slope starts"
    )

    def settings(self) -> tuple[float, ...]:
        return (
            1,
            self.first_slope,
        )

    def value(self, z: np.ndarray) -> np.ndarray:
        return np.where(z > 0, z, self.first_slope * z)

    def slope(self, z: np.ndarray) -> np.ndarray:
        return np.where(z > 0, 1.0, self.first_slope)


class ELU(Activation):
    """ReLU that bends smoothly to a floor below 0, so that outputs centre on 0 (Clevert 2016)."""

    model_config = ConfigDict(title="ELU")
    module: ClassVar[str] = "ELU"
    initialisation: ClassVar[str] = "he_normal"
    kind: Literal["elu"] = "elu"
    floor: float = Field(1.0, gt=0, le=100, title="Floor", description="How far below 0 it can go")

    def settings(self) -> tuple[float, ...]:
        return (self.floor,)

    def value(self, z: np.ndarray) -> np.ndarray:
        return np.where(z > 0, z, self.floor * np.expm1(np.minimum(z, 0)))

    def slope(self, z: np.ndarray) -> np.ndarray:
        return np.where(z > 0, 1.0, self.floor * np.exp(np.minimum(z, 0)))


class SELU(Activation):
    """ELU in the one size that pulls outputs towards mean 0 and spread 1 by itself, after LeCun (Klambauer 2017)."""

    model_config = ConfigDict(title="SELU")
    module: ClassVar[str] = "SELU"
    initialisation: ClassVar[str] = "lecun"
    kind: Literal["selu"] = "selu"

    def value(self, z: np.ndarray) -> np.ndarray:
        return SELU_SCALE * np.where(z > 0, z, SELU_FLOOR * np.expm1(np.minimum(z, 0)))

    def slope(self, z: np.ndarray) -> np.ndarray:
        return SELU_SCALE * np.where(z > 0, 1.0, SELU_FLOOR * np.exp(np.minimum(z, 0)))


class GELU(Activation):
    """z times the share of a normal distribution below z: a smooth ReLU (Hendrycks & Gimpel 2016)."""

    model_config = ConfigDict(title="GELU")
    module: ClassVar[str] = "GELU"
    initialisation: ClassVar[str] = "he_normal"
    kind: Literal["gelu"] = "gelu"

    def value(self, z: np.ndarray) -> np.ndarray:
        return z * _normal_share(z)

    def slope(self, z: np.ndarray) -> np.ndarray:
        return _normal_share(z) + z * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


class SiLU(Activation):
    """z times its own sigmoid: a smooth ReLU with a dip below 0 (Ramachandran 2017)."""

    model_config = ConfigDict(title="SiLU (swish)")
    module: ClassVar[str] = "SiLU"
    initialisation: ClassVar[str] = "he_normal"
    kind: Literal["silu"] = "silu"

    def value(self, z: np.ndarray) -> np.ndarray:
        return z * _sigmoid(z)

    def slope(self, z: np.ndarray) -> np.ndarray:
        return _sigmoid(z) * (1 + z * (1 - _sigmoid(z)))


class Softplus(Activation):
    """The logarithm of 1 + eᶻ: a ReLU without its corner, never quite 0."""

    model_config = ConfigDict(title="Softplus")
    module: ClassVar[str] = "Softplus"
    initialisation: ClassVar[str] = "he_normal"
    kind: Literal["softplus"] = "softplus"

    def value(self, z: np.ndarray) -> np.ndarray:
        return np.logaddexp(0, z)

    def slope(self, z: np.ndarray) -> np.ndarray:
        return _sigmoid(z)


class Mish(Activation):
    """z times the tanh of its softplus: smooth, with a dip below 0 (Misra 2020)."""

    model_config = ConfigDict(title="Mish")
    module: ClassVar[str] = "Mish"
    initialisation: ClassVar[str] = "he_normal"
    kind: Literal["mish"] = "mish"

    def value(self, z: np.ndarray) -> np.ndarray:
        return z * np.tanh(np.logaddexp(0, z))

    def slope(self, z: np.ndarray) -> np.ndarray:
        soft = np.tanh(np.logaddexp(0, z))
        return soft + z * (1 - soft**2) * _sigmoid(z)


class Sine(Activation):
    """A wave: for signals that repeat, and hard to train where they do not (Sitzmann 2020)."""

    model_config = ConfigDict(title="Sine")
    module: ClassVar[str] = "Sine"
    kind: Literal["sine"] = "sine"
    frequency: float = Field(
        1.0, gt=0, le=100, title="Frequency", description="Waves in 2π of the input; 30 is used for images"
    )

    def settings(self) -> tuple[float, ...]:
        return (self.frequency,)

    def value(self, z: np.ndarray) -> np.ndarray:
        return np.sin(self.frequency * z)

    def slope(self, z: np.ndarray) -> np.ndarray:
        return self.frequency * np.cos(self.frequency * z)


SELU_SCALE, SELU_FLOOR = 1.0507009873554805, 1.6732632423543772
"""Klambauer 2017: what makes mean 0 and spread 1 a fixed point."""


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(z / 2))


def _normal_share(z: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    return ndtr(z)


ACTIVATIONS = registry(
    ReLU,
    Sigmoid,
    Tanh,
    LeakyReLU,
    PReLU,
    ELU,
    SELU,
    GELU,
    SiLU,
    Mish,
    Softplus,
    HardSigmoid,
    Sine,
    Identity,
    Step,
)
AnyActivation: Any = one_of(ACTIVATIONS)
