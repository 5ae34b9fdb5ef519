"""Layers of networks: what a row's shape becomes, how many parameters that takes, what cannot be, and the modules that
do it. A layer never names another, so they can be stacked in any order that their shapes allow."""

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from core.choices.activations import AnyActivation, Identity, ReLU
from core.choices.base import Choice, one_of

if TYPE_CHECKING:
    from core.choices.stacks import Stack

Shape = tuple[int, ...]
"""What one row is: (features,), (channels, height, width) of an image, (steps, values) of a sequence."""
MOST_UNITS = 100_000


class Row(tuple[int, ...]):
    """The shape (features,) of a row whose last features are numbers of levels, not sizes. levels: how many levels each
    of them has; a number below 0 stands for none of them."""

    levels: tuple[int, ...]

    def __new__(cls, features: int, levels: Sequence[int]) -> "Row":
        row = super().__new__(cls, (features,))
        row.levels = tuple(levels)
        return row

    def __getnewargs__(self) -> tuple[int, tuple[int, ...]]:
        return self[0], self.levels


class EachStep(tuple[int, ...]):
    """The shape (steps, values) of a sequence that is answered at each step: a dense layer does the same at each."""


def values_of(shape: Shape) -> int:
    """Numbers that a unit of a dense layer sees."""
    return shape[-1] if isinstance(shape, EachStep) else prod(shape)


def in_place_of(shape: Shape, units: int) -> Shape:
    """What a dense layer of so many units makes of a row of this shape."""
    return EachStep((shape[0], units)) if isinstance(shape, EachStep) else (units,)


def levels_of(shape: Shape) -> tuple[int, ...]:
    """Of each feature that is the number of a level how many levels there are; they are the last features of a row."""
    return shape.levels if isinstance(shape, Row) else ()


Normalisation = Literal["none", "batch", "layer"]


class Layer(Choice):
    """One layer of a network.

    A layer is counted (layer 1, 2 …) where it has weights and units of its own; its `kind` tells it from other layers.
    Fields that others look for by name, where a layer has them: `units`, `activation`, `normalisation`, `dropout`,
    `skip`."""

    is_counted: ClassVar[bool] = True
    kind: str = ""

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
        return in_place_of(shape, self.units)

    def parameters(self, shape: Shape) -> int:
        learned = 2 * self.units if self.normalisation != "none" else 0
        return (values_of(shape) + 1) * self.units + learned + self.activation.parameters

    def add(self, stack: "Stack") -> None:
        from torch import nn

        stack.flatten()
        linear = nn.utils.skip_init(nn.Linear, values_of(stack.shape), self.units)
        stack.add_layer(self, "linear", linear, self.after(stack.shape), skip=int(self.skip))

    def short(self) -> str:
        return str(self.units)


class EmbeddingLayer(Layer):
    """A vector for each level of a category, learned like any weight; it stands where the level's number stood."""

    model_config = ConfigDict(title="Embedding")
    kind: Literal["embedding"] = "embedding"
    size: int = Field(
        4, ge=1, le=1_024, title="Numbers per level", description="Length of the vector that stands for a level"
    )

    def problems(self, shape: Shape) -> list[str]:
        if levels_of(shape):
            return []
        said = "no category enters as the number of its level, so that an embedding has nothing to look up"
        return [f"{said}: take it away, or embed categories in the preparation"]

    def after(self, shape: Shape) -> Shape:
        count = len(levels_of(shape))
        return (shape[0] - count + count * self.size,)

    def parameters(self, shape: Shape) -> int:
        return sum(levels_of(shape)) * self.size

    def add(self, stack: "Stack") -> None:
        from core.choices.modules import Embedding

        shape = self.after(stack.shape)
        as_is = DenseLayer(units=shape[0], activation=Identity())
        stack.add_layer(as_is, "levels", Embedding(levels_of(stack.shape), self.size), shape)

    def short(self) -> str:
        return f"{self.size} per level"


class ConvolutionLayer(Layer):
    """A small window slides over the picture; then normalisation, activation, skip and dropout, in this order."""

    model_config = ConfigDict(title="Convolution")
    kind: Literal["convolution"] = "convolution"
    units: int = Field(8, ge=1, le=1_024, title="Channels", description="How many filters look for something each")
    kernel: int = Field(3, ge=1, le=15, title="Kernel", description="Side of the window that slides, in pixels")
    stride: int = Field(1, ge=1, le=8, title="Stride", description="Pixels that the window moves on at each step")
    padding: int = Field(
        1, ge=0, le=15, title="Padding", description="Zeros around the picture: half the kernel keeps its size"
    )
    activation: AnyActivation = Field(ReLU(), title="Activation", description="What each unit does with its input")
    normalisation: Normalisation = Field(
        "none", title="Normalisation", description="Centre and scale each channel over the batch, or each picture"
    )
    dropout: float = Field(
        0.0, ge=0, lt=1, title="Dropout", description="Share of the numbers silenced at random in each training step"
    )
    skip: int = Field(
        0,
        ge=0,
        le=8,
        title="Skip over",
        description="Layers that a skip leads around, this one included: its input is added to this layer's output, "
        "where both have the same shape; 0: none, 2: a block as in He 2016",
    )

    def problems(self, shape: Shape) -> list[str]:
        return _not_a_picture("a convolution", shape) or _too_large(self.kernel, shape, self.padding, "kernel")

    def after(self, shape: Shape) -> Shape:
        height, width = ((side + 2 * self.padding - self.kernel) // self.stride + 1 for side in shape[1:])
        return self.units, height, width

    def parameters(self, shape: Shape) -> int:
        learned = 2 * self.units if self.normalisation != "none" else 0
        return (shape[0] * self.kernel**2 + 1) * self.units + learned + self.activation.parameters

    def add(self, stack: "Stack") -> None:
        from torch import nn

        window = {"kernel_size": self.kernel, "stride": self.stride, "padding": self.padding}
        convolution = nn.utils.skip_init(nn.Conv2d, stack.shape[0], self.units, **window)
        stack.add_layer(self, "convolution", convolution, self.after(stack.shape), axis=-3, skip=self.skip)

    def short(self) -> str:
        return f"{self.units} ch"


class PoolingLayer(Layer):
    """Each small square of the picture becomes one number: its largest or its mean."""

    model_config = ConfigDict(title="Pooling")
    is_counted: ClassVar[bool] = False
    kind: Literal["pooling"] = "pooling"
    method: Literal["max", "average"] = Field("max", title="Keeps", description="The largest of a square, or its mean")
    size: int = Field(2, ge=2, le=16, title="Size", description="Side of the squares, in pixels")

    def problems(self, shape: Shape) -> list[str]:
        return _not_a_picture("pooling", shape) or _too_large(self.size, shape, 0, "pooling")

    def after(self, shape: Shape) -> Shape:
        return shape[0], shape[1] // self.size, shape[2] // self.size

    def add(self, stack: "Stack") -> None:
        from torch import nn

        pool = nn.MaxPool2d if self.method == "max" else nn.AvgPool2d
        stack.add_part("pooling", pool(self.size), self.after(stack.shape))

    def short(self) -> str:
        return "pool"


class GlobalPoolingLayer(Layer):
    """Each channel becomes one number, wherever in the picture it found something: its mean or its largest."""

    model_config = ConfigDict(title="Global pooling")
    is_counted: ClassVar[bool] = False
    kind: Literal["global_pooling"] = "global_pooling"
    method: Literal["average", "max"] = Field("average", title="Keeps", description="A channel's mean, or its largest")

    def problems(self, shape: Shape) -> list[str]:
        return _not_a_picture("global pooling", shape)

    def after(self, shape: Shape) -> Shape:
        return shape[0], 1, 1

    def add(self, stack: "Stack") -> None:
        from torch import nn

        pool = nn.AdaptiveMaxPool2d if self.method == "max" else nn.AdaptiveAvgPool2d
        stack.add_part("pooling", pool(1), self.after(stack.shape))

    def short(self) -> str:
        return "mean" if self.method == "average" else "max"


LAYERS: dict[str, type[Layer]] = {
    "convolution": ConvolutionLayer,
    "pooling": PoolingLayer,
    "global_pooling": GlobalPoolingLayer,
    "dense": DenseLayer,
}
"""Layers of a convolutional network by their kind, in the order in which a form offers them."""
AnyLayer = one_of(LAYERS, usual="dense")


def _not_a_picture(what: str, shape: Shape) -> list[str]:
    if len(shape) == 3:
        return []
    return [f"{what} needs a picture, and what comes before gives a plain row: move it before the dense layers"]


def _too_large(size: int, shape: Shape, padding: int, what: str) -> list[str]:
    height, width = shape[1:]
    if size <= min(height, width) + 2 * padding:
        return []
    said = f"a {what} of {size} × {size} is larger than what is left of the picture, {height} × {width}"
    return [f"{said}: choose a smaller one, or take away a pooling or stride before it"]
