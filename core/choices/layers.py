"""Layers of networks: what a row's shape becomes, how many parameters that takes, what cannot be, and the modules that
do it. A layer never names another, so they can be stacked in any order that their shapes allow."""

from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from core.choices.activations import AnyActivation, ReLU
from core.choices.base import Choice

if TYPE_CHECKING:
    from core.choices.stacks import Stack

Shape = tuple[int, ...]
"""What one row is: (features,), (channels, height, width) of an image, (steps, values) of a sequence."""
MOST_UNITS = 100_000
Normalisation = Literal["none", "batch", "layer"]


class Layer(Choice):
    """One layer of a network.

    A layer is counted (layer 1, 2 …) where it has weights and units of its own; its `kind` tells it from other layers.
    Fields that others look for by name, where a layer has them: `units`, `activation`, `normalisation`, `dropout`,
    `skip`."""

    is_counted: ClassVar[bool] = True

    def get(self, name: str, otherwise: Any = None) -> Any:
        """One of its fields; `otherwise` where it has none of that name."""
        return getattr(self, name) if name in type(self).model_fields else otherwise

    def problems(self, shape: Shape) -> list[str]:
        """Why a row of this shape cannot pass, each in a sentence with what to do; none: it can."""
        return []

    def after(self, shape: Shape) -> Shape:
        """What a row of this shape becomes. Ask `problems` first."""
        raise AssertionError("every layer gives a row a shape")

    def parameters(self, shape: Shape) -> int:
        """How many parameters it has in front of a row of this shape."""
        return 0

    def add(self, stack: "Stack") -> None:
        """Adds its modules to `stack`, in front of a row of the shape `stack.shape`."""
        raise AssertionError("every layer adds its modules")

    def short(self) -> str:
        """What it is in a few letters, for a line such as "64 → 32"."""
        raise AssertionError("every layer has a short name")


class DenseLayer(Layer):
    """A linear map, then normalisation, activation, skip and dropout, in this order."""

    model_config = ConfigDict(title="Dense layer")
    kind: Literal["dense"] = "dense"
    units: int = Field(32, ge=1, le=MOST_UNITS, title="Units", description="How many numbers the layer passes on")
    activation: AnyActivation = Field(ReLU(), title="Activation", description="What each unit does with its input")
    normalisation: Normalisation = Field(
        "none", title="Normalisation", description="Centre and scale what enters the activation, by batch or by row"
    )
    dropout: float = Field(
        0.0, ge=0, lt=1, title="Dropout", description="Share of the units silenced at random in each training step"
    )
    skip: bool = Field(
        False, title="Skip", description="Add the layer's input to its output, where both have the same width"
    )

    def after(self, shape: Shape) -> Shape:
        return (self.units,)

    def parameters(self, shape: Shape) -> int:
        learned = 2 * self.units if self.normalisation != "none" else 0
        return (prod(shape) + 1) * self.units + learned + self.activation.parameters

    def add(self, stack: "Stack") -> None:
        from torch import nn

        stack.flatten()
        linear = nn.utils.skip_init(nn.Linear, stack.shape[0], self.units)
        stack.add_layer(self, "linear", linear, (self.units,), skip=int(self.skip))

    def short(self) -> str:
        return str(self.units)
