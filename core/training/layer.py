"""What every layer of several replicas is. Its parameters are looks at columns of the network's matrices: the leaf
tensor itself is the shape that the product needs, so the forward pass has no view operation, while memory stays in
torch.nn's own order."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

Mode = str
"""train; evaluate (running statistics, no dropout); probe (batch statistics that leave no trace, no dropout)."""
Look = Callable[[Tensor], Tensor]


class Layer:
    """R members, one per replica, as one."""

    looks: dict[str, Look] = {}
    """From a parameter [R, *torch's shape] to the shape that the forward pass needs, as a view."""

    def __init__(self, members: Sequence[nn.Module]) -> None:
        self.mode: Mode = "train"
        self.replicas = len(members)
        self.buffers: dict[str, Tensor] = {
            name: torch.stack([dict(member.named_buffers())[name] for member in members])
            for name, _ in members[0].named_buffers()
        }

    def settle(self, name: str, weights: Tensor, gradients: Tensor) -> None:
        """Takes a parameter's columns [R, *torch's shape] of the network's two matrices."""
        leaf = self.looks[name](weights).detach().requires_grad_()
        leaf.grad = self.looks[name](gradients)
        setattr(self, name, leaf)

    def __call__(self, walk: list[Tensor]) -> Tensor:
        raise AssertionError("every layer has a forward pass")
