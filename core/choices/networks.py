"""Networks. A network choice is a list of layers; told what one row is, it builds a plain torch.nn network from a seed.

How another kind of network is added:

1. Its layers: classes derived from `Layer` (core/choices/layers.py), each with a `kind` of its own, the shape that a
   row has behind it (`after`), its parameters, what cannot be (`problems`) and its modules (`add`, through a `Stack`:
   core/choices/stacks.py). A layer that is counted calls `stack.add_layer` once, with `axis` saying where its units
   stand in an output; everything that is recorded per unit follows from that.
2. The network: a class derived from `Network` with the fields `kind`, `layers` and `initialisation`; `refusal` says why
   a row's shape is not for it. Where a stack of layers is not the whole truth, override `build`, `widths` and
   `parameters` (tied weights, say), but keep `layers` a tuple of layers: pages, studies and remedies find every field
   by its path, `network.layers.0.units`, and skip layers that lack it.
3. Its name in `NETWORKS`. Form, preview, naming, limits, remedies and record need no more.
4. Modules that torch.nn lacks: in core/choices/modules.py, with their batched form in core/training/layers.py where
   replicas gain from one; and the layer's kind in assets/network.py, which rebuilds it with torch alone.
"""

from collections.abc import Sequence
from itertools import groupby
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from pydantic import ConfigDict, Field

from core.choices.activations import Activation
from core.choices.base import Choice, one_of, registry
from core.choices.initialisations import AnyInitialisation, GlorotUniform, HeNormal
from core.choices.layers import LAYERS, AnyLayer, ConvolutionLayer, DenseLayer, Layer, PoolingLayer, Shape
from core.choices.pretraining import AnyPretraining, LayerWise, NoPretraining
from core.choices.recurrent import RECURRENT_LAYERS, AnyRecurrentLayer, LSTMLayer, RecurrentLayer
from core.refusal import Problem

if TYPE_CHECKING:
    import torch

    from core.choices.modules import PlainNetwork
    from core.choices.stacks import Stack

MOST_LAYERS = 1_000
SMALL_PICTURE = 16
"""Pixels per side below which pictures are halved only once (our choice)."""
__all__ = ["NETWORKS", "AnyNetwork", "Convolutional", "Dense", "DenseLayer", "Network", "Recurrent"]


class Network(Choice):
    """Layers from input to output, then a linear output layer."""

    kind: str = ""
    layers: tuple[Layer, ...] = ()
    initialisation: Any = None

    layer_kinds: ClassVar[dict[str, type[Layer]]] = {}
    """The layers that it may have, in the order in which a form offers them."""

    def refusal(self, shape: Shape) -> str:
        """Why rows of this shape are not for this kind of network, in a sentence with what to do; empty: they are."""
        return ""

    def taken(self, shape: Shape) -> Shape:
        """The shape in which a row enters the first layer: flat, unless a network says otherwise."""
        return (prod(shape),)

    def usual(self, shape: Shape) -> "Network":
        """The network of this kind that is proposed for rows of this shape."""
        return self

    def problems(self, shape: Shape, task: str) -> list[Problem]:
        """Everything that cannot be built for rows of this shape, in words; bad ideas are allowed. task: classification
        or regression."""
        why = self.refusal(shape)
        if why:
            return [Problem("network.kind", why)]
        now = self.taken(shape)
        for number, layer in enumerate(self.layers):
            found = layer.problems(now)
            if found:
                return [Problem(f"network.layers.{number}", said) for said in found]
            now = layer.after(now)
        return []

    def shapes(self, shape: Shape) -> list[Shape]:
        """What a row is before the first layer and after each. Ask `problems` first."""
        found = [self.taken(shape)]
        for layer in self.layers:
            found.append(layer.after(found[-1]))
        return found

    def widths(self, shape: Shape, outputs: int) -> list[int]:
        """Numbers per row before, between and after the layers. Ask `problems` first."""
        return [*(prod(each) for each in self.shapes(shape)), outputs]

    def parameters(self, shape: Shape, outputs: int) -> int:
        """How many parameters the network has. Ask `problems` first."""
        shapes = self.shapes(shape)
        hidden = sum(layer.parameters(before) for layer, before in zip(self.layers, shapes, strict=False))
        return hidden + (prod(shapes[-1]) + 1) * outputs

    def build(self, shape: Shape, outputs: int, generator: "torch.Generator") -> "PlainNetwork":
        """The plain torch.nn network with weights drawn from `generator`. Rows enter it flat, [batch, features]. Ask
        `problems` first."""
        from core.choices.stacks import Stack

        stack = Stack(shape, self.taken(shape))
        for number, layer in enumerate(self.layers, 1):
            stack.start(str(number))
            layer.add(stack)
        stack.add_output(outputs)
        return stack.finished(self.initialisation, generator)

    @property
    def counted(self) -> list[tuple[int, Layer]]:
        """The hidden layers as a person counts them (layer 1, 2 …), each with its place in `layers`."""
        return [(place, layer) for place, layer in enumerate(self.layers) if layer.is_counted]

    def having(self, field: str) -> list[tuple[int, Any]]:
        """The layers that have a field of this name, each with its place in `layers`."""
        return [(place, layer) for place, layer in enumerate(self.layers) if field in type(layer).model_fields]

    def values(self, field: str) -> list[Any]:
        """The values of a field in all layers that have it."""
        return [getattr(layer, field) for _, layer in self.having(field)]

    @property
    def activations(self) -> list[Activation]:
        """What the units of its hidden layers do, where that is chosen."""
        return self.values("activation")

    @property
    def looks_across_rows(self) -> bool:
        """Whether a layer takes something from the other rows of a batch."""
        return "batch" in self.values("normalisation")

    @property
    def has_modes(self) -> bool:
        """Whether training and evaluation mode differ."""
        return self.looks_across_rows or any(share > 0 for share in self.values("dropout"))

    @property
    def layer_wise(self) -> LayerWise | None:
        """How its hidden layers are pretrained before the first step; None: they are not."""
        return None

    def in_words(self) -> str:
        """What it is, in a word or two for lists: "Sigmoid × 12"."""
        titles = [activation.title() for activation in self.activations]
        return _counted(titles) if titles else "no hidden layer"

    def line(self) -> list[str]:
        """Its layers in a line, alike ones together: ["2 × 64", "32"]."""
        return [f"{count} × {short}" if count > 1 else short for short, count in runs([x.short() for x in self.layers])]


class Dense(Network):
    """Layers in which every unit sees every number of the layer before."""

    model_config = ConfigDict(title="Dense network")
    kind: Literal["dense"] = "dense"
    layers: tuple[DenseLayer, ...] = Field(
        (DenseLayer(), DenseLayer()), max_length=MOST_LAYERS, title="Hidden layers", description="From input to output"
    )
    initialisation: AnyInitialisation = Field(
        HeNormal(), title="Initialisation", description="What the weights are before the first step"
    )
    pretraining: AnyPretraining = Field(
        NoPretraining(), title="Pretraining", description="What is done to the weights, layer by layer, before training"
    )
    layer_kinds: ClassVar[dict[str, type[Layer]]] = {"dense": DenseLayer}

    @property
    def layer_wise(self) -> LayerWise | None:
        return self.pretraining if isinstance(self.pretraining, LayerWise) else None

    def problems(self, shape: Shape, task: str) -> list[Problem]:
        found = [Problem("network.pretraining", said) for said in self.pretraining.problems(self.layers)]
        return [*super().problems(shape, task), *found]


class Convolutional(Network):
    """Filters that slide over pictures, freely stacked with pooling and dense layers."""

    model_config = ConfigDict(title="Convolutional network")
    kind: Literal["convolutional"] = "convolutional"
    layers: tuple[AnyLayer, ...] = Field(
        (ConvolutionLayer(), PoolingLayer(), ConvolutionLayer(units=16), PoolingLayer(), DenseLayer()),
        max_length=MOST_LAYERS,
        title="Hidden layers",
        description="From input to output",
    )
    initialisation: AnyInitialisation = Field(
        HeNormal(), title="Initialisation", description="What the weights and kernels are before the first step"
    )
    layer_kinds: ClassVar[dict[str, type[Layer]]] = LAYERS

    def refusal(self, shape: Shape) -> str:
        if len(shape) == 3:
            return ""
        rows = "sequences" if len(shape) == 2 else f"lists of {shape[0]:,} numbers"
        return (
            f"a convolutional network needs pictures, and these rows are {rows}: choose another network, or a table "
            "whose inputs are the pixels of square pictures"
        )

    def taken(self, shape: Shape) -> Shape:
        return shape

    def usual(self, shape: Shape) -> "Network":
        """Channels double where the picture is halved; small pictures are halved once only, and need no normalisation
        (measured on digits and on the shapes)."""
        pool = PoolingLayer()
        if min(shape[1:]) < SMALL_PICTURE:
            small = (ConvolutionLayer(units=16), ConvolutionLayer(units=32))
            return Convolutional(layers=(*small, pool, DenseLayer(units=64)))
        first, second, third = (ConvolutionLayer(units=units, normalisation="batch") for units in (8, 16, 32))
        return Convolutional(layers=(first, pool, second, pool, third, pool, DenseLayer(units=32)))

    def in_words(self) -> str:
        """ "3 convolutions, 1 dense layer"."""
        kinds = [layer.kind for _, layer in self.counted]
        counts = [(kinds.count("convolution"), "convolution"), (kinds.count("dense"), "dense layer")]
        return ", ".join(f"{n} {what}{'s' * (n > 1)}" for n, what in counts if n) or "no hidden layer"


class Recurrent(Network):
    """Layers that read a sequence step by step, then what the last step (or every one) says, then the output."""

    model_config = ConfigDict(title="Recurrent network")
    kind: Literal["recurrent"] = "recurrent"
    layers: tuple[AnyRecurrentLayer, ...] = Field(
        (LSTMLayer(),),
        min_length=1,
        max_length=MOST_LAYERS,
        title="Hidden layers",
        description="From input to output; dense ones may follow recurrent ones",
    )
    read: Literal["last", "mean", "every"] = Field(
        "last", title="Read out", description="What goes on to the output: the last step, the mean of all, or every one"
    )
    initialisation: AnyInitialisation = Field(
        GlorotUniform(), title="Initialisation", description="What the weights on inputs are before the first step"
    )
    layer_kinds: ClassVar[dict[str, type[Layer]]] = cast(dict[str, type[Layer]], RECURRENT_LAYERS)

    def refusal(self, shape: Shape) -> str:
        if len(shape) == 2:
            return ""
        return "a recurrent network reads sequences: choose data of sequences, or cut a table into windows of time"

    def taken(self, shape: Shape) -> Shape:
        return shape

    def shapes(self, shape: Shape) -> list[Shape]:
        """Of a row before the first layer and after each, as the next meets it: read out where no cell follows."""
        found = [self.taken(shape)]
        for place, layer in enumerate(self.layers):
            after = layer.after(found[-1])
            is_over = not isinstance([*self.layers, None][place + 1], RecurrentLayer)
            found.append(self._read_out(after) if is_over and len(after) == 2 else after)
        return found

    def build(self, shape: Shape, outputs: int, generator: "torch.Generator") -> "PlainNetwork":
        from core.choices.stacks import Stack

        stack = Stack(shape, self.taken(shape))
        for number, layer in enumerate(self.layers, 1):
            if not isinstance(layer, RecurrentLayer):
                self._add_read(stack)
            stack.start(str(number))
            layer.add(stack)
        self._add_read(stack)
        stack.add_output(outputs)
        return stack.finished(self.initialisation, generator)

    def in_words(self) -> str:
        kinds = [layer.title() for layer in self.layers if isinstance(layer, RecurrentLayer)]
        alike = len(set(kinds)) == 1
        return f"{kinds[0]} × {len(kinds)}" if alike and len(kinds) > 1 else ", ".join(kinds[:3])

    def _read_out(self, shape: Shape) -> Shape:
        return (prod(shape),) if self.read == "every" else (shape[1],)

    def _add_read(self, stack: "Stack") -> None:
        if len(stack.shape) == 2:
            from core.choices.sequence_modules import Read

            stack.add_part("read", Read(self.read), self._read_out(stack.shape))


def runs(values: Sequence[Any]) -> list[tuple[Any, int]]:
    """Neighbours that are alike, as (value, how many)."""
    return [(value, len(list(same))) for value, same in groupby(values)]


def _counted(words: Sequence[str]) -> str:
    """ "ReLU × 2, tanh × 1", the first three of them."""
    kinds = runs(words)
    return ", ".join(f"{kind} × {count}" for kind, count in kinds[:3]) + (" …" if len(kinds) > 3 else "")


NETWORKS = registry(Dense, Convolutional, Recurrent)
AnyNetwork = one_of(NETWORKS, usual="dense")
