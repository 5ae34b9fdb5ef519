"""The plain torch networks that choices build: a flat list of modules, walked one after the other so that every output
can be seen. Imports torch: only ever imported inside functions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from core.choices.activations import Activation


class Step(nn.Module):
    """1 where the input is above 0, else 0. Its slope is 0 everywhere, and as zero it goes back."""

    def forward(self, x: Tensor) -> Tensor:
        return x.relu().sign()


class Sine(nn.Module):
    """sin(frequency × z)."""

    def __init__(self, frequency: float = 1.0) -> None:
        super().__init__()
        self.frequency = frequency

    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(self.frequency * x)

    def extra_repr(self) -> str:
        return f"frequency={self.frequency:g}"


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

    units: features, or channels of an image; inputs: numbers that one unit sees (of a convolution: its kernel's).
    axis: where the units stand in an output [batch, ...], counted from its end. shape: of one row's output.
    linear: number of the module with the weights, of whatever kind; normalisation, activation, skip, dropout: numbers
    of modules, None where the layer has none.
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
    axis: int = -1
    shape: tuple[int, ...] = ()


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
