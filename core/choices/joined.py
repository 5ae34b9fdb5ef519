"""Optimizers that take one step together, each over parameters of its own. Imports torch: only ever imported inside
functions."""

from typing import Any, cast

from torch import Tensor
from torch.optim import Optimizer


class Joined:
    """What a training loop uses of an optimizer, for several at once."""

    def __init__(self, members: tuple[Optimizer, ...]) -> None:
        self.members = members
        self.param_groups = [group for member in members for group in member.param_groups]

    @property
    def state(self) -> dict[Tensor, Any]:
        """The moments of every parameter."""
        return {parameter: held for member in self.members for parameter, held in member.state.items()}

    def step(self) -> None:
        """One step of each."""
        for member in self.members:
            member.step()


def joined(*members: Optimizer) -> Optimizer:
    """One optimizer that is all of these."""
    return members[0] if len(members) == 1 else cast(Optimizer, Joined(members))
