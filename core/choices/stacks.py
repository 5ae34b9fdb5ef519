"""Builds a plain network layer by layer: modules in a flat list, and where each layer stands in it. Imports torch: only
ever imported inside functions."""

from math import prod
from typing import TYPE_CHECKING

import torch
from torch import nn

from core.choices.layers import EachStep, Layer, Shape, in_place_of, levels_of, values_of
from core.choices.modules import Block, PlainNetwork, Skip, StepsNorm, Turned

if TYPE_CHECKING:
    from core.choices.initialisations import Initialisation


class Stack:
    """A network in the making. shape: of a row as it now is; parts: the modules until now, by name; blocks: the counted
    layers until now. A layer adds to it by `add_layer` (weights and all that follows them) or `add_part` (a module
    without weights)."""

    def __init__(self, shape: Shape, taken: Shape | None = None) -> None:
        """shape: of a row as it comes, flat; taken: the shape it is given before the first layer."""
        self.parts: dict[str, nn.Module] = {}
        self.blocks: list[Block] = []
        self.shape: Shape = shape if levels_of(shape) else (prod(shape),)
        self._name = "rows"
        self._starts: list[tuple[int, Shape]] = []
        if taken is not None and taken != self.shape:
            self.add_part("unflatten", nn.Unflatten(1, taken), taken)

    def start(self, name: str) -> None:
        """Another layer begins; its modules are called after `name`."""
        self._name = name
        self._starts.append((len(self.parts), self.shape))

    def add_part(self, what: str, module: nn.Module, shape: Shape) -> int:
        """Adds a module after which a row has `shape`; gives its number."""
        self.parts[f"{self._name}_{what}"] = module
        self.shape = shape
        return len(self.parts) - 1

    def flatten(self) -> None:
        """Lays a row out flat, where it is not; not one that is answered at each step."""
        if len(self.shape) > 1 and not isinstance(self.shape, EachStep):
            self.add_part("flatten", nn.Flatten(), (prod(self.shape),))

    def add_layer(
        self,
        layer: Layer | None,
        what: str,
        module: nn.Module,
        shape: Shape,
        axis: int = -1,
        skip: int = 0,
        turns: int | None = None,
    ) -> None:
        """Adds a counted layer: `module` with the weights, called `what`, after which a row has `shape`; then what the
        layer's fields ask for: normalisation, activation, skip, dropout. axis: where units stand in an output, counted
        from its end (channels of an image: -3). skip: how many layers back lies the input that is added; 0: none.
        layer: None for the output layer. turns: number of the module whose weight is used turned round."""
        weight = getattr(module, "weight", None)
        inputs = prod(self.shape) if weight is None else int(weight[0].numel())
        weights = self.add_part(what, module, shape)
        places: dict[str, int | None] = dict.fromkeys(("normalisation", "activation", "skip", "dropout"))
        units, chosen = shape[axis], None if layer is None else layer.get("activation")
        if layer is not None and layer.get("normalisation", "none") != "none":
            normal = _normalisation(layer.get("normalisation"), shape)
            places["normalisation"] = self.add_part("normalisation", normal, shape)
        preactivation = len(self.parts)
        if chosen is not None:
            places["activation"] = self.add_part("activation", chosen.build(), shape)
        source = self._source(skip)
        if source is not None:
            places["skip"] = self.add_part("skip", Skip(len(self.parts) - source), shape)
        output = len(self.parts)
        if layer is not None and layer.get("dropout", 0.0) > 0:
            places["dropout"] = self.add_part("dropout", nn.Dropout(layer.get("dropout")), shape)
        self.blocks.append(
            Block(
                name="output" if layer is None else f"layer {len(self.blocks) + 1}",
                units=units,
                inputs=inputs,
                linear=weights,
                preactivation=preactivation,
                output=output,
                chosen=chosen,
                axis=axis,
                shape=shape,
                turns=turns,
                **places,
            )
        )

    def add_turned(self, layer: Layer | None, source: int) -> None:
        """Adds a counted layer with the weights of the linear module number `source` turned round. layer: None for the
        output layer."""
        self.flatten()
        linear = list(self.parts.values())[source]
        assert isinstance(linear, nn.Linear), "only linear modules are turned round"
        module = Turned(len(self.parts) - source, linear.in_features)
        self.add_layer(layer, "linear", module, (linear.in_features,), turns=source)

    def add_output(self, outputs: int) -> None:
        """A linear map from all numbers of a row to the outputs; or the same map from those of each step to its share
        of them, which are then laid out in a row, step by step."""
        self.start("output")
        self.flatten()
        units = outputs // self.shape[0] if isinstance(self.shape, EachStep) else outputs
        linear = nn.utils.skip_init(nn.Linear, values_of(self.shape), units)
        self.add_layer(None, "linear", linear, in_place_of(self.shape, units))
        if isinstance(self.shape, EachStep):
            self.add_part("steps", nn.Flatten(), (outputs,))

    def finished(self, initialisation: "Initialisation", generator: torch.Generator) -> PlainNetwork:
        """The network, its weights drawn in the order of the layers from `generator`, in torch's own shapes."""
        parts = list(self.parts.values())
        with torch.no_grad():
            for block in self.blocks:
                _initialise(parts[block.linear], initialisation, generator)
        return PlainNetwork(self.parts, tuple(self.blocks))

    def _source(self, skip: int) -> int | None:
        """The place in the walk that a skip adds; None where it would not fit."""
        if not 0 < skip <= len(self._starts):
            return None
        place, shape = self._starts[-skip]
        return place if shape == self.shape else None


def _normalisation(kind: str, shape: Shape) -> nn.Module:
    """Of a batch: each unit or channel by itself. Of a row: all its numbers together, channels of an image stretched
    and shifted each by itself."""
    if len(shape) == 3:
        return nn.BatchNorm2d(shape[0]) if kind == "batch" else nn.GroupNorm(1, shape[0])
    if kind == "batch":
        return StepsNorm(shape[-1]) if isinstance(shape, EachStep) else nn.BatchNorm1d(shape[-1])
    return nn.LayerNorm(shape[-1])


def _initialise(part: nn.Module, initialisation: "Initialisation", generator: torch.Generator) -> None:
    """Every weight matrix or kernel by the chosen initialisation, in the order in which the module lists them; each
    bias as it says. A module that knows better has a method `initialise`."""
    if hasattr(part, "initialise"):
        part.initialise(initialisation, generator)  # type: ignore[operator]
        return
    weight, bias = part.weight, part.bias
    assert isinstance(weight, torch.Tensor) and isinstance(bias, torch.Tensor)
    initialisation.fill(weight, generator)
    initialisation.fill_bias(bias, weight, generator)
