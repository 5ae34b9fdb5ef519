"""How replicas are packed into programs. It decides about speed only: a replica's numbers are the same, bit for bit on
the processor, whoever trains beside it."""

from collections.abc import Sequence

from core.choices.modules import PlainNetwork
from core.training.layers import is_batched

PACKED_WORK = 3e7
"""Floating-point operations of one replica's step (6 × parameters × rows) above which replicas gain nothing from one
batched product: its arithmetic, not its dispatch, is the cost (measured: ENGINE notes, 5 seeds for 3 or more)."""


def packed(
    network: PlainNetwork, batch: int, replicas: int, together: bool = True, on_cuda: bool = False
) -> list[list[int]]:
    """Replica numbers of each program: all in one, or one each (they take turns, epoch by epoch). together: whether the
    optimizer allows it. on_cuda: for a CUDA device, which has room for all at once (measured on an H100, five seeds of
    three layers of 64, 512 and 1,024 units: 0.19, 0.24 and 0.40 of their time in turn)."""
    numbers: Sequence[int] = range(replicas)
    if (
        together
        and all(is_batched(part) for part in network.parts.values())
        and (on_cuda or step_work(network, batch) < PACKED_WORK)
    ):
        return [list(numbers)]
    return [[number] for number in numbers]


def step_work(network: PlainNetwork, batch: int) -> float:
    """Floating-point operations of one step: two for every weight and row forward, four backward."""
    return 6.0 * batch * sum(parameter.numel() for parameter in network.parameters())
