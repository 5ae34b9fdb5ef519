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

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict, Field

from core.choices.activations import Identity
from core.choices.base import one_of, registry
from core.choices.initialisations import AnyInitialisation, GlorotNormal, HeNormal
from core.choices.layers import (
    LAYERS,
    AnyLayer,
    ConvolutionLayer,
    DenseLayer,
    EmbeddingLayer,
    Layer,
    PoolingLayer,
    Shape,
    levels_of,
)
from core.choices.network import MOST_LAYERS, Network
from core.choices.pretraining import AnyPretraining, LayerWise, NoPretraining
from core.choices.recurrent import Recurrent
from core.refusal import Problem, Refusal

if TYPE_CHECKING:
    import torch

    from core.choices.modules import PlainNetwork
    from core.data.splits import Splits

SMALL_PICTURE = 16
"""Pixels per side below which pictures are halved only once (our choice)."""
__all__ = ["NETWORKS", "AnyNetwork", "Convolutional", "Dense", "DenseLayer", "Network", "Recurrent"]


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
    embedding: EmbeddingLayer | None = Field(
        None, title="Embedding", description="In front of all layers, where categories enter as numbers of their levels"
    )
    layer_kinds: ClassVar[dict[str, type[Layer]]] = {"dense": DenseLayer}

    @property
    def layer_wise(self) -> LayerWise | None:
        return self.pretraining if isinstance(self.pretraining, LayerWise) else None

    @property
    def in_front(self) -> tuple[Layer, ...]:
        return () if self.embedding is None else (self.embedding,)

    def taken(self, shape: Shape) -> Shape:
        return shape if levels_of(shape) else super().taken(shape)

    def problems(self, shape: Shape, task: str) -> list[Problem]:
        found = [Problem("network.pretraining", said) for said in self.pretraining.problems(self.layers)]
        if self.layer_wise and self.embedding:
            said = "layers behind an embedding are not pretrained: choose no pretraining, or take the embedding away"
            found.append(Problem("network.pretraining", said))
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
        rows = "sequences" if len(shape) == 2 else "lists of numbers"
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


class Autoencoder(Network):
    """Gives back what enters it through a few numbers in between: it learns without labels."""

    model_config = ConfigDict(title="Autoencoder")
    kind: Literal["autoencoder"] = "autoencoder"
    layers: tuple[AnyLayer, ...] = Field(
        (DenseLayer(units=64),),
        max_length=MOST_LAYERS // 2,
        title="Encoder",
        description="From the row to the bottleneck; dense layers come again in reverse on the way back",
    )
    bottleneck: int = Field(2, ge=1, le=32, title="Bottleneck", description="Numbers that stand for a row on the way")
    decoder: Literal["free", "tied"] = Field(
        "free",
        title="Decoder",
        description="free: weights of its own; tied: the encoder's, turned round (dense layers only)",
    )
    initialisation: AnyInitialisation = Field(
        GlorotNormal(), title="Initialisation", description="What the weights and kernels are before the first step"
    )
    layer_kinds: ClassVar[dict[str, type[Layer]]] = LAYERS

    def taken(self, shape: Shape) -> Shape:
        return super().taken(shape) if all(layer.kind == "dense" for layer in self.layers) else shape

    def problems(self, shape: Shape, task: str) -> list[Problem]:
        if self.decoder == "tied" and any(layer.kind != "dense" for layer in self.layers):
            said = "a tied decoder turns dense layers round, and the encoder has others: choose a free decoder"
            return [Problem("network.decoder", said)]
        return super().problems(shape, task)

    def usual(self, shape: Shape) -> "Network":
        """Two layers in front of fewer numbers than a row has; ReLU keeps the way back open (measured on digits: 64, 32
        and 2 give back 16 points more of the spread than two principal components)."""
        layers = (DenseLayer(units=64), DenseLayer(units=32))
        return Autoencoder(layers=layers, bottleneck=1 if prod(shape) < 3 else 2)

    def asked(self, splits: "Splits") -> "Splits":
        if len(splits.inputs) > 1:
            said = "every fold scales its rows in its own way, and an autoencoder has one target: choose another split"
            raise Refusal(Problem("split.kind", said))
        is_labelled = splits.task == "classification"
        return replace(
            splits,
            task="regression",
            targets=splits.inputs[0],
            class_names=(),
            target_names=splits.input_names,
            target_mean=(0.0,) * splits.features,
            target_std=(1.0,) * splits.features,
            weights=None,
            bottleneck=self.bottleneck,
            asked_steps=0,
            labels=splits.targets if is_labelled else splits.labels,
            label_names=splits.class_names if is_labelled else splits.label_names,
        )

    @property
    def way_back(self) -> tuple[DenseLayer, ...]:
        """The decoder's layers."""
        dense = [layer for layer in self.layers if isinstance(layer, DenseLayer)]
        return tuple(layer.model_copy(update={"skip": False}) for layer in reversed(dense))

    @property
    def counted(self) -> list[tuple[int, Layer]]:
        """Layers of the way back stand at the place of the layer that they turn round; the bottleneck has none: −1."""
        places = [place for place, layer in enumerate(self.layers) if isinstance(layer, DenseLayer)]
        back = list(zip(reversed(places), self.way_back, strict=True))
        return [*super().counted, (-1, self._middle()), *back]

    def widths(self, shape: Shape, outputs: int) -> list[int]:
        back = [self.bottleneck, *(layer.units for layer in self.way_back), outputs]
        return [*(prod(each) for each in self.shapes(shape)), *back]

    @property
    def middle(self) -> int:
        """Number of the bottleneck among the counted layers, from 0."""
        return len(super().counted)

    def parameters(self, shape: Shape, outputs: int) -> int:
        widths = [prod(self.shapes(shape)[-1]), self.bottleneck, *(layer.units for layer in self.way_back), outputs]
        pairs = list(zip(widths, widths[1:], strict=False))
        own = pairs if self.decoder == "free" else pairs[:1]
        norms = sum(2 * layer.units for layer in self.way_back if layer.normalisation != "none")
        return super().parameters(shape, 0) + sum(a * b for a, b in own) + sum(widths[1:]) + norms

    def build(self, shape: Shape, outputs: int, generator: "torch.Generator") -> "PlainNetwork":
        from core.choices.stacks import Stack

        stack = Stack(shape, self.taken(shape))
        for number, layer in enumerate(self.layers, 1):
            stack.start(str(number))
            layer.add(stack)
        sources = [block.linear for block in stack.blocks]
        stack.start("bottleneck")
        self._middle().add(stack)
        sources.append(stack.blocks[-1].linear)
        for number, layer in enumerate(self.way_back, 1):
            stack.start(f"decoder_{number}")
            stack.add_turned(layer, sources.pop()) if self.decoder == "tied" else layer.add(stack)
        stack.start("output")
        if self.decoder == "tied":
            stack.add_turned(None, sources.pop())
        else:
            stack.add_output(outputs)
        return stack.finished(self.initialisation, generator)

    def line(self) -> list[str]:
        return [*super().line(), f"{self.bottleneck}", *(layer.short() for layer in self.way_back)]

    def _middle(self) -> DenseLayer:
        return DenseLayer(units=self.bottleneck, activation=Identity())


NETWORKS = registry(Dense, Convolutional, Recurrent, Autoencoder)
AnyNetwork = one_of(NETWORKS, usual="dense")
