"""Replicas: R plain networks of one shape, stacked into one that trains them together. Row r of `weights` and
`gradients` [R, P] is replica r; every parameter is a look at some columns."""

import copy
import warnings
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from core.choices.modules import PlainNetwork
from core.training.layer import Mode
from core.training.layers import Linear, TurnedLinear, stacked

Column = tuple[int, str]
"""Number of a module in the walk, and the name of its parameter in torch.nn."""


warnings.filterwarnings("ignore", message="grad and param do not obey the gradient layout contract")
# True of looks at columns, and harmless: gradients are still added in place.


class Replicas:
    """R networks that differ in numbers only.

    weights, gradients: [R, P]. Columns: first the weights of all counted layers in the order of the walk, then all
    biases, then the rest, so that each kind is contiguous. columns: where a parameter stands, the only map there is.
    Gradients are reset with `gradients.zero_()`, never with zero_grad(), which would untie them from the matrix.
    `.to()`, deepcopy and pickle would untie them too: build anew from `to_module`.
    """

    def __init__(
        self,
        networks: Sequence[PlainNetwork],
        generators: Callable[[int, int], torch.Generator] | None = None,
    ) -> None:
        """networks: one per replica, on the device where they will train. generators(replica, module) gives the stream
        of a module that draws (dropout)."""
        self.size = len(networks)
        self.has_half_products = False
        """Whether layers multiply in bfloat16, half the bits of a float32."""
        self.blocks = networks[0].blocks
        self._shapes = {
            (number, name): parameter.shape
            for number, part in enumerate(networks[0].parts.values())
            for name, parameter in part.named_parameters()
        }
        self.columns = _columns(networks[0], self._shapes)
        self.weights = torch.stack([_row(network, list(self.columns)) for network in networks])
        self.gradients = torch.zeros_like(self.weights)
        self._template = copy.deepcopy(networks[0]).to("meta")
        draws = generators or _unseeded
        members = zip(*(network.parts.values() for network in networks), strict=True)
        self.layers = [
            stacked(parts, [draws(replica, number) for replica in range(self.size)], self.weights)
            for number, parts in enumerate(members)
        ]
        for number, layer in enumerate(self.layers):
            if isinstance(layer, TurnedLinear):
                source = self.layers[number - layer.back]
                assert isinstance(source, Linear)
                layer.source = source
        for column in self.columns:
            self.layers[column[0]].settle(column[1], self.view(self.weights, column), self.view(self.gradients, column))

    @property
    def parameters(self) -> int:
        """Parameters of one replica, P."""
        return int(self.weights.shape[1])

    def view(self, matrix: Tensor, column: Column) -> Tensor:
        """One parameter of all replicas [R, *torch's shape], as a view of `weights` or `gradients`."""
        return matrix[:, self.columns[column]].view(self.size, *self._shapes[column])

    def walk(self, x: Tensor) -> list[Tensor]:
        """The input and every module's output. x: [R, batch, inputs]; outputs: [R, batch, units], of an image [R,
        batch, channels, height, width]."""
        if self.has_half_products:
            return self._half_walk(x)
        walk = [x]
        for layer in self.layers:
            walk.append(layer(walk))
        return walk

    def _half_walk(self, x: Tensor) -> list[Tensor]:
        """The same with products in bfloat16; every output is float32 again, for sums and statistics."""
        walk = [x]
        with torch.autocast(x.device.type, torch.bfloat16):
            for layer in self.layers:
                walk.append(layer(walk).float())
        return walk

    def set_mode(self, mode: Mode) -> None:
        """train, evaluate or probe (see layers.Mode)."""
        for layer in self.layers:
            layer.mode = mode

    def buffers(self, replica: int) -> dict[str, Tensor]:
        """Copies of one replica's running statistics, by their names in the plain network."""
        return {
            f"parts.{part}.{name}": buffer[replica].clone()
            for part, layer in zip(self._template.parts, self.layers, strict=True)
            for name, buffer in layer.buffers.items()
        }

    def set_buffers(self, replica: int, buffers: dict[str, Tensor]) -> None:
        """Gives one replica earlier running statistics, named as `buffers` names them."""
        for part, layer in zip(self._template.parts, self.layers, strict=True):
            for name, buffer in layer.buffers.items():
                buffer[replica] = buffers[f"parts.{part}.{name}"]

    def to_module(
        self, replica: int, row: Tensor | None = None, buffers: dict[str, Tensor] | None = None
    ) -> PlainNetwork:
        """The plain torch.nn network with the same numbers, on the CPU, or with those of an earlier `row` [P] of
        `weights` and earlier `buffers`."""
        row = self.weights[replica] if row is None else row
        names = list(self._template.parts)
        state = {
            f"parts.{names[number]}.{name}": row[columns].view(self._shapes[number, name])
            for (number, name), columns in self.columns.items()
        }
        state |= self.buffers(replica) if buffers is None else buffers
        module = copy.deepcopy(self._template).to_empty(device="cpu")
        module.load_state_dict(state)
        return module


def _columns(network: PlainNetwork, shapes: dict[Column, torch.Size]) -> dict[Column, slice]:
    parts = list(network.parts.values())

    weighted = {block.linear for block in network.blocks}
    weighted |= {number for number, part in enumerate(parts) if isinstance(part, nn.Linear)}

    def rank(column: Column) -> int:
        if column[1].startswith("bias"):
            return 1
        return 0 if column[0] in weighted and column[1].startswith("weight") else 2

    columns, start = {}, 0
    for column in sorted(shapes, key=rank):
        columns[column] = slice(start, start + shapes[column].numel())
        start = columns[column].stop
    return columns


def _row(network: PlainNetwork, order: list[Column]) -> Tensor:
    parts = [dict(part.named_parameters()) for part in network.parts.values()]
    return torch.cat([parts[number][name].detach().reshape(-1) for number, name in order])


def _unseeded(_replica: int, _module: int) -> torch.Generator:
    return torch.Generator()
