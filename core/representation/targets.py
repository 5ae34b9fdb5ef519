"""One of several targets changes places with the first, in the rows and in a network's outputs: what is drawn of the
first target is then drawn of that one."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from core.choices.modules import PlainNetwork
from core.data.splits import Splits
from core.refusal import Problem, Refusal


def has_several(splits: Splits) -> bool:
    """Whether there are targets to choose from; an autoencoder's answers are looked at as whole rows."""
    return splits.task == "regression" and splits.bottleneck is None and len(splits.target_names) > 1


def known(splits: Splits, target: object) -> int:
    """The number of a target that there is; 0 where nothing is asked. Raises Refusal."""
    count = len(splits.target_names) if has_several(splits) else 1
    if target is None:
        return 0
    if not isinstance(target, int) or not 0 <= target < count:
        raise Refusal(Problem("target", f"there is no target {str(target)[:20]!r} to look at in this run"))
    return target


def put_first(splits: Splits, target: int) -> Splits:
    """The splits with this target and the first in each other's place."""
    order = _order(len(splits.target_names), target)
    return replace(
        splits,
        targets=splits.targets[:, order],
        target_names=tuple(splits.target_names[place] for place in order),
        target_mean=tuple(splits.target_mean[place] for place in order),
        target_std=tuple(splits.target_std[place] for place in order),
        asked_steps=0,
    )


class OutputsSwapped(nn.Module):
    """Output number `target` and the first in each other's place."""

    def __init__(self, outputs: int, target: int) -> None:
        super().__init__()
        self.order = _order(outputs, target)

    def forward(self, x: Tensor) -> Tensor:
        return x[..., self.order]


def outputs_swapped(network: PlainNetwork, outputs: int, target: int) -> PlainNetwork:
    """A network that shares its modules and answers in this order, where no row of weights of its own stands behind
    each output (see `swap_weights`)."""
    if not target or _is_last(network):
        return network
    parts = {**dict(network.parts.items()), "swapped": OutputsSwapped(outputs, target)}
    return PlainNetwork(parts, network.blocks)


@torch.no_grad()
def swap_weights(network: PlainNetwork, target: int) -> None:
    """Where the last module is a linear map its own rows change places, so that the network stays a plain one."""
    if target and _is_last(network):
        last = list(network.parts.values())[-1]
        for tensor in last.parameters():
            tensor[[0, target]] = tensor[[target, 0]]


def _is_last(network: PlainNetwork) -> bool:
    return isinstance(list(network.parts.values())[-1], nn.Linear)


def _order(count: int, target: int) -> list[int]:
    order = list(range(count))
    order[0], order[target] = target, 0
    return order
