"""What every network is: layers from input to output, told what one row is; it builds a plain torch.nn network from a
seed. networks.py has the kinds of them."""

from collections.abc import Sequence
from itertools import groupby
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

from core.choices.activations import Activation
from core.choices.base import Choice
from core.choices.layers import Layer, Shape, levels_of
from core.choices.pretraining import LayerWise
from core.refusal import Problem

if TYPE_CHECKING:
    import torch

    from core.choices.modules import PlainNetwork
    from core.data.splits import Splits

MOST_LAYERS = 1_000
NO_EMBEDDING = (
    "categories enter as the numbers of their levels, which only an embedding reads: choose a dense network with one, "
    "or let every level have a column in the preparation"
)


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

    @property
    def in_front(self) -> tuple[Layer, ...]:
        """Counted layers that stand before all others without being among `layers`."""
        return ()

    @property
    def _all(self) -> tuple[Layer, ...]:
        return (*self.in_front, *self.layers)

    def problems(self, shape: Shape, task: str) -> list[Problem]:
        """Everything that cannot be built for rows of this shape, in words; bad ideas are allowed. task: classification
        or regression."""
        why = self.refusal(shape)
        if why:
            return [Problem("network.kind", why)]
        if levels_of(shape) and not self.in_front:
            return [Problem("network.embedding", NO_EMBEDDING)]
        now = self.taken(shape)
        for layer in self.in_front:
            found = layer.problems(now)
            if found:
                return [Problem(f"network.{layer.kind}", said) for said in found]
            now = layer.after(now)
        for number, layer in enumerate(self.layers):
            found = layer.problems(now)
            if found:
                return [Problem(f"network.layers.{number}", said) for said in found]
            now = layer.after(now)
        return []

    def asked(self, splits: "Splits") -> "Splits":
        """The rows with what this network is to answer: the targets as they are, unless a network says otherwise. The
        same for rows that were asked already. Raises Refusal."""
        return splits

    def shapes(self, shape: Shape) -> list[Shape]:
        """What a row is before the first layer and after each. Ask `problems` first."""
        found = [self.taken(shape)]
        for layer in self._all:
            found.append(layer.after(found[-1]))
        return found

    def widths(self, shape: Shape, outputs: int) -> list[int]:
        """Numbers per row before, between and after the layers. Ask `problems` first."""
        return [*(prod(each) for each in self.shapes(shape)), outputs]

    def parameters(self, shape: Shape, outputs: int) -> int:
        """How many parameters the network has. Ask `problems` first."""
        shapes = self.shapes(shape)
        hidden = sum(layer.parameters(before) for layer, before in zip(self._all, shapes, strict=False))
        return hidden + (prod(shapes[-1]) + 1) * outputs

    def build(self, shape: Shape, outputs: int, generator: "torch.Generator") -> "PlainNetwork":
        """The plain torch.nn network with weights drawn from `generator`. Rows enter it flat, [batch, features]. Ask
        `problems` first."""
        from core.choices.stacks import Stack

        stack = Stack(shape, self.taken(shape))
        for layer in self.in_front:
            stack.start(layer.kind)
            layer.add(stack)
        for number, layer in enumerate(self.layers, 1):
            stack.start(str(number))
            layer.add(stack)
        stack.add_output(outputs)
        return stack.finished(self.initialisation, generator)

    @property
    def counted(self) -> list[tuple[int, Layer]]:
        """The hidden layers as a person counts them (layer 1, 2 …), each with its place in `layers`; −1 where it has
        none."""
        front = [(-1, layer) for layer in self.in_front]
        return front + [(place, layer) for place, layer in enumerate(self.layers) if layer.is_counted]

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
    def reads_ahead(self) -> bool:
        """Whether an answer about a step of a sequence may come from later steps."""
        return True

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
        return [f"{count} × {short}" if count > 1 else short for short, count in runs([x.short() for x in self._all])]


def runs(values: Sequence[Any]) -> list[tuple[Any, int]]:
    """Neighbours that are alike, as (value, how many)."""
    return [(value, len(list(same))) for value, same in groupby(values)]


def _counted(words: Sequence[str]) -> str:
    """ "ReLU × 2, tanh × 1", the first three of them."""
    kinds = runs(words)
    return ", ".join(f"{kind} × {count}" for kind, count in kinds[:3]) + (" …" if len(kinds) > 3 else "")
