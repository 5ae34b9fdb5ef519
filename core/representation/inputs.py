"""Which inputs matter: how much worse the network is when a column is shuffled, and how much of a row's answer each
column brings."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.choices.losses import Loss
from core.choices.modules import Embedding, PlainNetwork
from core.data.baselines import explained
from core.data.splits import Splits
from core.representation.checkpoints import work

SHUFFLES = 5
"""Shuffles of each column that are averaged (scikit-learn's default)."""
MOST_PATCHES = 8
"""Patches along a side of an image that are shuffled one by one (our choice: an answer in a few seconds)."""
MOST_PRODUCTS = 3e10
"""Multiplications of all shuffles together (measured: about four seconds)."""
STEPS = 64
"""Points of the straight way from the baseline to a row (our choice: completeness to about a hundredth)."""


def groups(names: Sequence[str]) -> list[tuple[str, list[int]]]:
    """Features that come from one column, by the column's name: "island = Dream" and "island = Biscoe" belong to
    island."""
    found: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        column = name.split(" = ")[0] if " = " in name else name.removesuffix(" is missing")
        found.setdefault(column, []).append(place)
    return list(found.items())


def patches(shape: Sequence[int]) -> np.ndarray:
    """Of every number of an image [channels, height, width] the square patch that it belongs to, int [features]: single
    pixels where they are few, else patches of at most MOST_PATCHES along a side, in all channels alike."""
    _, high, wide = shape
    side = -(-max(high, wide) // MOST_PATCHES)
    down, across = np.arange(high) // side, np.arange(wide) // side
    return np.broadcast_to(down[:, None] * (across[-1] + 1) + across, shape).reshape(-1)


def affordable(network: nn.Module, splits: Splits, columns: int) -> int:
    """Rows on which so many columns can be shuffled within a few seconds, at least 40."""
    each = work(network, torch.from_numpy(splits.inputs[0][:1]))
    return max(40, int(MOST_PRODUCTS / max(1.0, each * SHUFFLES * columns)))


@torch.inference_mode()
def permutation(
    network: nn.Module, splits: Splits, rows: np.ndarray, loss: Loss, columns: Sequence[Sequence[int]], seed: int = 0
) -> list[dict[str, Any]]:
    """By how much the score falls and the loss rises over these rows when all features of a column are shuffled
    together (Breiman 2001; Fisher et al. 2019): score, spread (standard deviation over shuffles), loss."""
    x = torch.from_numpy(np.ascontiguousarray(splits.inputs[0][rows], dtype=np.float32))
    y = torch.from_numpy(splits.targets[rows])
    before, cost = _reached(network, x, y, loss, splits)
    random = np.random.default_rng(seed)
    found = []
    for own in columns:
        scores, costs = [], []
        for _ in range(SHUFFLES):
            shuffled = x.clone()
            order = torch.from_numpy(random.permutation(len(x)))
            shuffled[:, list(own)] = x[order][:, list(own)]
            after, now = _reached(network, shuffled, y, loss, splits)
            scores.append(before - after)
            costs.append(now - cost)
        found.append({"score": float(np.mean(scores)), "spread": float(np.std(scores)), "loss": float(np.mean(costs))})
    return found


def integrated_gradients(
    network: Callable[[Tensor], Tensor], x: Tensor, baseline: Tensor, unit: Tensor, steps: int = STEPS
) -> Tensor:
    """What each feature adds to the output `unit` [rows] of each row x [rows, features], on the straight way from the
    baseline [features] (Sundararajan et al. 2017; midpoint rule). All of a row's together are f(x) − f(baseline)."""
    total = torch.zeros_like(x)
    for k in range(steps):
        at = (baseline + (k + 0.5) / steps * (x - baseline)).detach().requires_grad_()
        chosen = network(at).gather(1, unit[:, None]).sum()
        total += torch.autograd.grad(chosen, at)[0]
    return (x - baseline) * total / steps


def attributions(network: PlainNetwork, splits: Splits, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Integrated gradients of each row's own answer (of several values the first) against the mean of the training
    rows: values [rows, features], whole [rows] f(x) − f(baseline). The way to an embedded level goes through its
    vector, not through its number."""
    first = next(iter(network.parts.values()))
    table = first if isinstance(first, Embedding) else None
    with torch.no_grad():
        seen, known = (_entering(table, splits.inputs[0][of]) for of in (rows, splits.train[0]))
        baseline = known.mean(0)

        def answer(entering: Tensor) -> Tensor:
            return network.walk(entering, 0 if table is None else 1)[-1]

        outputs, start = answer(seen), answer(baseline[None])
    unit = outputs.argmax(1) if splits.classes else outputs.new_zeros(len(outputs), dtype=torch.int64)
    whole = outputs.gather(1, unit[:, None])[:, 0] - start[0, unit]
    values = integrated_gradients(answer, seen, baseline, unit)
    return {"values": (values if table is None else table.gathered(values)).numpy(), "whole": whole.numpy()}


def _entering(table: Embedding | None, inputs: np.ndarray) -> Tensor:
    """Rows as they enter the first layer that can be differentiated."""
    x = torch.from_numpy(np.ascontiguousarray(inputs, dtype=np.float32))
    return x if table is None else table(x)


def _reached(network: nn.Module, x: Tensor, y: Tensor, loss: Loss, splits: Splits) -> tuple[float, float]:
    outputs = network(x)
    cost = float(loss.per_row(outputs, y).double().mean())
    answers = loss.answers(outputs, splits.task)
    if splits.task == "classification":
        return float((answers.argmax(-1) == y).double().mean()), cost
    return explained(y.double().numpy(), answers.double().numpy(), splits.bottleneck is not None), cost
