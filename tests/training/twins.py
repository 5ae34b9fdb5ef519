"""What tests share that train replicas beside networks of torch: the optimizer of all replicas together, and what must
hold of replicas whatever the network."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from core.choices.modules import PlainNetwork
from core.recording.sink import MemorySink
from core.training.replicas import Replicas

MOMENTUM = {"lr": 0.05, "momentum": 0.9, "fused": False}
"""The optimizer of both sides."""


def separate_sgd(networks: Sequence[nn.Module]) -> list[torch.optim.SGD]:
    """One optimizer for each network."""
    return [torch.optim.SGD(network.parameters(), **MOMENTUM) for network in networks]


def joint_sgd(together: Replicas) -> torch.optim.SGD:
    """One optimizer for all replicas; it reads the gradients that a backward pass leaves in `together`."""
    rows = [nn.Parameter(row) for row in together.weights]
    for row, gradient in zip(rows, together.gradients, strict=True):
        row.grad = gradient
    return torch.optim.SGD(rows, **MOMENTUM)


def assert_third_is_itself_alone(plain: Sequence[PlainNetwork], x: torch.Tensor) -> None:
    """Outputs and gradients of the last of three replicas, bit for bit. x: [3, batch, …]."""
    together, alone = Replicas(plain), Replicas([plain[2]])
    ends = together.walk(x)[-1], alone.walk(x[2:])[-1]
    assert torch.equal(ends[0][2:], ends[1])
    ends[0].square().sum().backward()
    ends[1].square().sum().backward()
    assert torch.equal(together.gradients[2], alone.gradients[0])


def assert_three_have_scores(sink: MemorySink, epoch: int) -> None:
    """Each of three replicas was validated at this epoch."""
    rows = [row for row in sink.table("epochs").to_pylist() if row["epoch"] == epoch]
    assert len(rows) == 3 and all(np.isfinite(row["validation_score"]) for row in rows)
