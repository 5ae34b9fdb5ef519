"""The weights of a plain network as one row of numbers, and back: what a run keeps of itself at several epochs."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn


def tensors(network: nn.Module) -> list[Tensor]:
    """Parameters, then running statistics, in torch.nn's own order. Counters of batches are left out."""
    found: list[Tensor] = list(network.parameters())
    return [*found, *(buffer for buffer in network.buffers() if buffer.is_floating_point())]


def to_row(network: nn.Module) -> np.ndarray:
    """float32 [numbers] of a network."""
    flat = [tensor.detach().reshape(-1).float().cpu() for tensor in tensors(network)]
    return torch.cat(flat).numpy() if flat else np.zeros(0, np.float32)


@torch.no_grad()
def put_row(network: nn.Module, row: np.ndarray | Sequence[float]) -> None:
    """Gives a network the numbers that `to_row` made of one of the same shape."""
    flat, start = torch.from_numpy(np.array(row, dtype=np.float32)), 0
    for tensor in tensors(network):
        tensor.copy_(flat[start : start + tensor.numel()].view(tensor.shape))
        start += tensor.numel()
    assert start == len(flat), "the row belongs to a network of another shape"


def count(network: nn.Module) -> int:
    """Numbers in a row of `to_row`."""
    return sum(tensor.numel() for tensor in tensors(network))


def work(network: nn.Module, row: Tensor) -> float:
    """Multiplications of one forward pass of one row [1, features]: of every weight with everything it meets."""
    total = 0.0

    def note(module: nn.Module, _: object, output: Tensor) -> None:
        nonlocal total
        weight = getattr(module, "weight", None)
        if isinstance(output, Tensor) and isinstance(weight, Tensor):
            total += output.numel() * max(1, weight[0].numel() if weight.dim() > 1 else 1)
        elif isinstance(output, Tensor):
            total += (
                sum(p.numel() for p in module.parameters(recurse=False)) * output.numel() / max(1, output.shape[-1])
            )

    hooks = [part.register_forward_hook(note) for part in network.modules() if not list(part.children())]
    try:
        with torch.inference_mode():
            network(row)
    finally:
        for hook in hooks:
            hook.remove()
    return total
