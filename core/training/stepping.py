"""What a program's step is made of, apart from the network: the parameters as an optimizer takes them, the pass
backward and the update without their checks in Python, and how much each row counts."""

import functools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from core.choices.outputs import Loss
from core.data.splits import Splits
from core.training.replicas import Replicas


def backward(losses: Tensor, start: Tensor) -> None:
    """`losses.backward(start)` without its checks in Python, which take a thirtieth of a small step (the engine's call
    itself, as torch 2.13 makes it)."""
    nodes = ((losses,), (start,), False, False, ())
    torch.autograd.Variable._execution_engine.run_backward(*nodes, allow_unreachable=True, accumulate_grad=True)


def unprofiled(optimizer: Optimizer) -> Callable[..., object]:
    """`optimizer.step` without the profiler's record and hooks around it, which take a thirtieth of a small step."""
    step = type(optimizer).step
    is_wrapped = getattr(step, "hooked", False) and hasattr(step, "__wrapped__")
    return functools.partial(step.__wrapped__ if is_wrapped else step, optimizer)  # type: ignore[attr-defined]


def optimized(network: Replicas, together: bool) -> list[nn.Parameter]:
    """What the optimizer is given: a row for each replica, or the parameters of the only one in their own shapes."""
    if together:
        found = [(row, gradient) for row, gradient in zip(network.weights, network.gradients, strict=True)]
    else:
        assert network.size == 1, "an optimizer that looks at whole matrices takes one replica"
        columns = list(network.columns)
        found = [(network.view(network.weights, c)[0], network.view(network.gradients, c)[0]) for c in columns]
    parameters = []
    for tensor, gradient in found:
        assert tensor.is_contiguous()  # a fused kernel reads a strided row as if it were contiguous
        parameters.append(nn.Parameter(tensor))
        parameters[-1].grad = gradient
    return parameters


def weighed(loss: Loss, splits: Splits) -> Splits:
    """Splits whose training rows count by the loss's weights of their classes, on top of their own."""
    by_class = np.array(loss.weight_of_classes(), np.float32)
    if not len(by_class):
        return splits
    own = by_class[splits.targets][None]
    return replace(splits, weights=own if splits.weights is None else splits.weights * own)
