"""The loss around a network's weights: a slice along two directions, a straight line between two networks, and the
sharpest curvature."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from core.choices.losses import Loss
from core.representation.checkpoints import put_row, tensors, to_row
from core.representation.swift import chain

ROWS = 256
"""Training rows on which the loss is measured, evenly picked (our choice: 41 × 41 networks within a second)."""
POWER_STEPS, POWER_TOLERANCE = 60, 1e-3
ROOM = 0.25
"""How far a slice of the run's own path reaches beyond it, as a share of its span."""


@dataclass(frozen=True)
class Slice:
    """loss: [side, side], rows upwards along b; a, b: coordinates of the grid; path: [epochs, 2] of the run's own
    weights; off: share of the path's spread that the slice does not show, 0 to 1."""

    a: np.ndarray
    b: np.ndarray
    loss: np.ndarray
    path: np.ndarray
    off: float


@torch.inference_mode()
def losses(network: nn.Module, rows: Sequence[np.ndarray], x: Tensor, y: Tensor, loss: Loss) -> np.ndarray:
    """Mean loss over x [rows, features] of the network with each row of weights; the network keeps the last."""
    found = []
    for row in rows:
        put_row(network, row)
        found.append(_mean(network, x, y, loss))
    return np.array(found)


@torch.inference_mode()
def grid(
    network: nn.Module,
    centre: np.ndarray,
    directions: np.ndarray,
    coordinates: tuple[np.ndarray, np.ndarray],
    data: tuple[Tensor, Tensor],
    loss: Loss,
) -> np.ndarray:
    """[len(b), len(a)]: the loss over data (x, y) at centre + a · across + b · up. directions: [2, numbers] across and
    up; coordinates: a and b. The network's tensors are looks at one row meanwhile, so that a point costs one sum."""
    x, y = data
    start, across, up = (torch.from_numpy(np.array(row, np.float32)) for row in (centre, *directions))
    flat, at = start.clone(), 0
    for tensor in tensors(network):
        tensor.data = flat[at : at + tensor.numel()].view(tensor.shape)
        at += tensor.numel()
    lines = _lines(network, flat, (start, across, up), x)
    found = np.empty((len(coordinates[1]), len(coordinates[0])))
    targets = y.repeat(found.shape[1], *(1 for _ in y.shape[1:]))
    for n, v in enumerate(coordinates[1].tolist()):
        outputs_at = lines(v)
        outputs = torch.cat([outputs_at(u) for u in coordinates[0].tolist()])
        found[n] = loss.per_row(outputs, targets).view(found.shape[1], -1).mean(1, dtype=torch.float64).numpy()
    flat.copy_(start)
    return found


def _lines(
    network: nn.Module, flat: Tensor, rows: tuple[Tensor, Tensor, Tensor], x: Tensor
) -> Callable[[float], Callable[[float], Tensor]]:
    """From v, then from u, to outputs [rows, units] at start + v · up + u · across. flat: the numbers that the
    network's tensors look at. What a first dense layer adds up moves in a straight line with its weights: it is worked
    out once in each direction."""
    start, across, up = rows
    own, begun = chain(network), []
    if own is not None:
        for row in rows:
            flat.copy_(row)
            begun.append(own.begun(x))

    def line(v: float) -> Callable[[float], Tensor]:
        left = torch.add(start, up, alpha=v)
        first = torch.add(begun[0], begun[2], alpha=v) if begun else None

        def outputs(u: float) -> Tensor:
            torch.add(left, across, alpha=u, out=flat)
            if own is None or first is None:
                return network(x)
            return own.ended(torch.add(first, begun[1], alpha=u)).T

        return outputs

    return line


def _mean(network: nn.Module, x: Tensor, y: Tensor, loss: Loss) -> float:
    return float(loss.per_row(network(x), y).mean(dtype=torch.float64))


def path_directions(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """The two directions [2, numbers] in which the rows of a run's weights [epochs, numbers] vary most about the last
    one, their coordinates [epochs, 2], and the share of the spread left out (Lorch 2016; Li et al. 2018)."""
    from_end = rows.astype(np.float64) - rows[-1]
    gram = from_end @ from_end.T
    sizes, vectors = np.linalg.eigh(gram)
    order = np.argsort(sizes)[::-1][:2]
    axes = vectors[:, order].T @ from_end
    axes /= np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-12)
    at = from_end @ axes.T
    total = float((from_end**2).sum())
    return axes, at, float(1 - (at**2).sum() / total) if total > 0 else 0.0


def random_directions(network: nn.Module, seed: int) -> np.ndarray:
    """Two random directions [2, numbers] in which every unit's weights are as long as the network's own (filter
    normalisation, Li et al. 2018); biases and running statistics stand still. network: at the centre."""
    generator = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(2):
        parts = []
        for parameter in network.parameters():
            own = parameter.detach()
            if own.dim() < 2:
                parts.append(torch.zeros(own.numel()))
                continue
            drawn = torch.randn(own.shape, generator=generator)
            flat, lengths = drawn.flatten(1), own.flatten(1).norm(dim=1, keepdim=True)
            parts.append((flat / flat.norm(dim=1, keepdim=True).clamp(min=1e-12) * lengths).flatten())
        row = np.zeros_like(to_row(network))
        weights = torch.cat(parts).numpy()
        row[: len(weights)] = weights
        found.append(row)
    return np.stack(found)


def span(at: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of a grid that holds a path [epochs, 2] with some room; 0 is on it."""
    ends = []
    for column in at.T:
        low, high = min(0.0, float(column.min())), max(0.0, float(column.max()))
        width = max(high - low, 1e-3)
        ends.append((low - ROOM * width, high + ROOM * width))
    widest = max(high - low for low, high in ends)
    least = 0.35 * widest
    ends = [((lo + hi - least) / 2, (lo + hi + least) / 2) if hi - lo < least else (lo, hi) for lo, hi in ends]
    return _through_zero(*ends[0], side), _through_zero(*ends[1], side)


def _through_zero(low: float, high: float, side: int) -> np.ndarray:
    """Evenly from low to high, moved so that one of them is 0: the centre's own loss is on the grid."""
    values = np.linspace(low, high, side)
    return values - values[np.argmin(np.abs(values))]


def sharpness(network: nn.Module, x: Tensor, y: Tensor, loss: Loss, steps: int = POWER_STEPS, seed: int = 0) -> float:
    """The largest eigenvalue by size of the Hessian of the mean loss over x with respect to all parameters, by power
    iteration on Hessian-vector products (Pearlmutter 1994). The network is in evaluation mode."""
    multiply, size = _hessian(network, x, y, loss)
    vector = torch.randn(size, generator=torch.Generator().manual_seed(seed))
    vector, value = vector / vector.norm(), 0.0
    for _ in range(steps):
        moved = multiply(vector)
        found = float(vector @ moved)
        length = float(moved.norm())
        if length < 1e-12 or not np.isfinite(length):
            return 0.0 if length < 1e-12 else float("nan")
        vector = moved / length
        if abs(found - value) <= POWER_TOLERANCE * abs(found):
            return found
        value = found
    return value


def _hessian(network: nn.Module, x: Tensor, y: Tensor, loss: Loss) -> tuple[Callable[[Tensor], Tensor], int]:
    parameters = {name: p.detach().clone().requires_grad_() for name, p in network.named_parameters()}
    buffers = dict(network.named_buffers())
    outputs = functional_call(network, {**parameters, **buffers}, (x,))
    mean = loss.per_row(outputs, y).mean()
    leaves = list(parameters.values())
    slopes = torch.autograd.grad(mean, leaves, create_graph=True, allow_unused=True)
    flat = torch.cat([_or_zero(s, p).reshape(-1) for s, p in zip(slopes, leaves, strict=True)])

    def multiply(vector: Tensor) -> Tensor:
        if not flat.requires_grad:
            return torch.zeros_like(vector)
        curved = torch.autograd.grad(flat @ vector, leaves, retain_graph=True, allow_unused=True)
        return torch.cat([_or_zero(c, p).reshape(-1) for c, p in zip(curved, leaves, strict=True)])

    return multiply, flat.numel()


def _or_zero(slope: Tensor | None, like: Tensor) -> Tensor:
    return torch.zeros_like(like) if slope is None else slope
