"""The plain torch networks that choices build: a flat list of modules, walked one after the other so that every output
can be seen. Imports torch: only ever imported inside functions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from core.choices.activations import Activation
    from core.choices.networks import Dense, DenseLayer


class Step(nn.Module):
    """1 where the input is above 0, else 0. Its slope is 0 everywhere, and as zero it goes back."""

    def forward(self, x: Tensor) -> Tensor:
        return x.relu().sign()


class Skip(nn.Module):
    """Adds the output of `back` modules earlier to the last one."""

    def __init__(self, back: int) -> None:
        super().__init__()
        self.back = back

    def forward(self, x: Tensor, earlier: Tensor) -> Tensor:
        return x + earlier

    def extra_repr(self) -> str:
        return f"back={self.back}"


@dataclass(frozen=True)
class Block:
    """One layer as a person counts them, and where its modules stand.

    linear, normalisation, activation, skip, dropout: numbers of modules, None where the layer has none.
    preactivation, output: places in the walk (place 0 is the input, place i + 1 the output of module i): what enters
    the activation, and what the activation (and skip) gives, before dropout. chosen: None for the output layer.
    """

    name: str
    units: int
    inputs: int
    linear: int
    normalisation: int | None
    activation: int | None
    skip: int | None
    dropout: int | None
    preactivation: int
    output: int
    chosen: "Activation | None"


class PlainNetwork(nn.Module):
    """An ordinary torch.nn network whose forward pass is a walk over a flat list of modules."""

    def __init__(self, parts: dict[str, nn.Module], blocks: tuple[Block, ...] = ()) -> None:
        super().__init__()
        self.parts = nn.ModuleDict(parts)
        self.blocks = blocks

    def walk(self, x: Tensor) -> list[Tensor]:
        """The input and every module's output, in order. x: [batch, inputs]."""
        outputs = [x]
        for part in self.parts.values():
            x = part(x, outputs[-1 - part.back]) if isinstance(part, Skip) else part(x)
            outputs.append(x)
        return outputs

    def forward(self, x: Tensor) -> Tensor:
        return self.walk(x)[-1]


def dense(choice: "Dense", inputs: int, outputs: int, generator: torch.Generator) -> PlainNetwork:
    """The dense network of `choice`: hidden layers, then a linear output layer. Weights are drawn in the order of the
    layers from `generator`, in torch's own shapes."""
    parts: dict[str, nn.Module] = {}
    blocks: list[Block] = []
    for number, layer in enumerate(choice.layers, 1):
        blocks.append(_add_layer(parts, str(number), layer, inputs))
        inputs = layer.units
    parts["output_linear"] = nn.utils.skip_init(nn.Linear, inputs, outputs)
    last = len(parts)
    blocks.append(Block("output", outputs, inputs, last - 1, None, None, None, None, last, last, None))
    _initialise(parts, choice, generator)
    return PlainNetwork(parts, tuple(blocks))


def _add_layer(parts: dict[str, nn.Module], name: str, layer: "DenseLayer", inputs: int) -> Block:
    start = len(parts)
    places: dict[str, int | None] = dict.fromkeys(("normalisation", "activation", "skip", "dropout"))
    parts[f"{name}_linear"] = nn.utils.skip_init(nn.Linear, inputs, layer.units)
    if layer.normalisation != "none":
        places["normalisation"] = len(parts)
        normal = nn.BatchNorm1d if layer.normalisation == "batch" else nn.LayerNorm
        parts[f"{name}_normalisation"] = normal(layer.units)
    preactivation = len(parts)
    places["activation"] = len(parts)
    parts[f"{name}_activation"] = layer.activation.build()
    if layer.skip and inputs == layer.units:
        places["skip"] = len(parts)
        parts[f"{name}_skip"] = Skip(len(parts) - start)
    output = len(parts)
    if layer.dropout > 0:
        places["dropout"] = len(parts)
        parts[f"{name}_dropout"] = nn.Dropout(layer.dropout)
    return Block(
        name=f"layer {name}",
        units=layer.units,
        inputs=inputs,
        linear=start,
        preactivation=preactivation,
        output=output,
        chosen=layer.activation,
        **places,
    )


@torch.no_grad()
def _initialise(parts: dict[str, nn.Module], choice: "Dense", generator: torch.Generator) -> None:
    for part in parts.values():
        if isinstance(part, nn.Linear):
            choice.initialisation.fill(part.weight, generator)
            choice.initialisation.fill_bias(part.bias, part.weight, generator)
