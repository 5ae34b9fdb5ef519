"""The plain torch networks that choices build: a flat list of modules, walked one after the other so that every output
can be seen. Imports torch: only ever imported inside functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

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


class StepsNorm(nn.BatchNorm1d):
    """Batch normalisation of [batch, steps, units]: each unit over all steps of all rows."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.mT).mT


class Turned(nn.Module):
    """The linear map of the module `back` modules earlier, turned round (its weight transposed), with a bias of its
    own."""

    def __init__(self, back: int, units: int) -> None:
        super().__init__()
        self.back = back
        self.bias = nn.Parameter(torch.empty(units))

    def initialise(self, _initialisation: object, _generator: torch.Generator) -> None:
        """The weight is another's; the bias starts at zero."""
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor, weight: Tensor) -> Tensor:
        return functional.linear(x, weight.mT, self.bias)

    def extra_repr(self) -> str:
        return f"back={self.back}"


class Embedding(nn.Module):
    """The last numbers of a row are numbers of levels; in their place comes a learned vector for each. One table holds
    the vectors of all categories, one below the other. levels: how many each has."""

    def __init__(self, levels: Sequence[int], size: int) -> None:
        super().__init__()
        self.levels = tuple(levels)
        self.weight = nn.Parameter(torch.empty(sum(levels), size))

    def initialise(self, _initialisation: object, generator: torch.Generator) -> None:
        """Standard normal, as torch.nn.Embedding begins."""
        self.weight.normal_(generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        return looked_up(x, self.weight, *table_places(self.levels, self.weight))

    def gathered(self, values: Tensor) -> Tensor:
        """What numbers of its output [rows, ...] come to for each number that entered [rows, features]: those of a
        vector together."""
        cut = values.shape[-1] - len(self.levels) * self.weight.shape[1]
        return torch.cat([values[:, :cut], values[:, cut:].unflatten(1, (len(self.levels), -1)).sum(-1)], 1)

    def extra_repr(self) -> str:
        return f"levels={self.levels}, size={self.weight.shape[1]}"


def table_places(levels: Sequence[int], like: Tensor) -> tuple[Tensor, Tensor]:
    """Of every category the number of its last level, in the type of `like`, and the row of the table where its levels
    begin, [categories] each."""
    counts = torch.tensor(levels, device=like.device)
    return (counts - 1).to(like.dtype), counts.cumsum(0) - counts


def looked_up(x: Tensor, table: Tensor, last: Tensor, start: Tensor) -> Tensor:
    """Rows [..., features] with the vectors of their levels in place of the levels' numbers, which come last; zeros for
    a number below 0. table: [rows of the table, size]; last, start: as `table_places` gives them."""
    numbers = x[..., -len(last) :]
    places = numbers.clamp(min=0).minimum(last).long() + start
    vectors = functional.embedding(places, table) * (numbers >= 0).unsqueeze(-1)
    return torch.cat([x[..., : -len(last)], vectors.flatten(-2)], -1)


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
    turns: int | None = None
    """Number of the module whose weight it uses turned round; None: it has its own."""


class PlainNetwork(nn.Module):
    """An ordinary torch.nn network whose forward pass is a walk over a flat list of modules."""

    def __init__(self, parts: dict[str, nn.Module], blocks: tuple[Block, ...] = ()) -> None:
        super().__init__()
        self.parts = nn.ModuleDict(parts)
        self.blocks = blocks

    def walk(self, x: Tensor, start: int = 0) -> list[Tensor]:
        """The input and every module's output, in order. x: [batch, inputs], what enters the module number `start`."""
        outputs, parts = [x], list(self.parts.values())
        for number, part in enumerate(parts[start:], start):
            if isinstance(part, Skip):
                x = part(x, outputs[-1 - part.back])
            elif isinstance(part, Turned):
                x = part(x, parts[number - part.back].weight)
            else:
                x = part(x)
            outputs.append(x)
        return outputs

    def forward(self, x: Tensor) -> Tensor:
        return self.walk(x)[-1]
