"""Pictures and weights through training: what the first replica answers all over a plane, and its weights, at a few
epochs that sizes alone decide, so that records can be compared."""

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from core.data.splits import Splits
from core.experiment import Experiment
from core.recording.outbox import Outbox
from core.recording.schemas import CHECKPOINT_BYTES, MOST_FRAMES
from core.representation.boundary import Painter, painter
from core.representation.checkpoints import count, put_row, work
from core.representation.plane import Plane, ready_plane
from core.training.program import Program

SHARE = 0.02
"""Part of a run's time that pictures may take by estimate (the promise is 3 %)."""
SIZES = ((100, 50), (80, 50), (80, 30), (60, 50), (60, 30), (48, 20), (48, 12), (40, 8), (32, 6))
"""Cells along a side, and epochs: the first that fits SHARE, else the last (our choice). All other epochs are painted
from their weights when a page asks."""
EPOCH_S, STEP_S, PART_S, PRODUCT_S = 3e-3, 4e-4, 1e-4, 1 / 40e9
"""What an epoch, a step, one module within it and one floating-point operation take, recording included (measured)."""
FRAME_S, CELL_S, OPERATION_S = 5e-4, 1e-7, 1 / 12e9
"""What a picture, one of its cells and one operation take (measured: 3 ms for 100 × 100 cells of 2-32-32-2)."""
MOST_CELLS_BYTES = 2**25
"""Inputs of a picture, at most (our choice)."""


@dataclass(frozen=True)
class Plan:
    """side: cells along a picture, 0: none are painted. frames, checkpoints: the epochs."""

    side: int
    frames: frozenset[int]
    checkpoints: frozenset[int]


class Pictures:
    """Looks at a program's first replica at the planned epochs."""

    def __init__(self, experiment: Experiment, splits: Splits, program: Program, plane: Plane | None) -> None:
        self._network = program.network.to_module(0).eval()
        width = splits.inputs[0].reshape(len(splits.inputs[0]), -1).shape[1]
        products = work(self._network, torch.zeros(1, *splits.inputs.shape[2:]))
        steps, parts = program.order.steps, len(program.network.layers)
        batch, epochs = program.order.batch, experiment.training.epochs
        seconds = epochs * (EPOCH_S + steps * (STEP_S + PART_S * parts + 6 * products * batch * PRODUCT_S))
        self.plan = planned(epochs, seconds, products, width, count(self._network))
        self._painter: Painter | None = None
        if self.plan.side and splits.bottleneck is None:  # rows given back are no answer to a place in the plane
            self._painter = painter(plane or ready_plane(splits), splits, experiment.loss, self.plan.side)
        self._order = self._ordered(program)
        self._buffers = [name for name, buffer in self._network.named_buffers() if buffer.is_floating_point()]
        self._checkpoints: set[int] = set()
        self._frames: set[int] = set()

    def tell_rows(self, outbox: Outbox) -> None:
        """Rows of kind "points": once, before the first step."""
        for row in self._painter.describe() if self._painter else ():
            outbox.add("points", {**row, "plane": json.dumps(row["plane"])})

    def look(self, epoch: int, program: Program, outbox: Outbox, at_the_end: bool = False) -> None:
        """A picture and the weights of this epoch, where they are due; at the end they are, unless there already."""
        has_frame = self._painter is not None and (epoch in self.plan.frames or at_the_end)
        has_weights = bool(self.plan.checkpoints) and (epoch in self.plan.checkpoints or at_the_end)
        if not has_frame and not has_weights:
            return
        row = self._row(program)
        where: dict[str, Any] = {"epoch": epoch, "replica": program.numbers[0]}
        if self._painter is not None and has_frame and epoch not in self._frames:
            put_row(self._network, row)
            outbox.add("frames", where | self._painter.paint(self._network))
            self._frames.add(epoch)
        if has_weights and epoch not in self._checkpoints:
            outbox.add("checkpoints", where | {"weights": row})
            self._checkpoints.add(epoch)

    def _row(self, program: Program) -> np.ndarray:
        """The first replica's numbers as they are now, as `to_row` orders them."""
        flat = program.network.weights[0].detach().cpu().numpy()[self._order]
        own = program.network.buffers(0)
        moving = [own[name].cpu().numpy().ravel() for name in self._buffers]
        return np.concatenate([flat, *moving]).astype(np.float32) if moving else flat

    def _ordered(self, program: Program) -> np.ndarray:
        """Columns of the matrix of weights in the order of `to_row`."""
        parts = list(self._network.parts.values())
        where = {id(parts[n].get_parameter(name)): columns for (n, name), columns in program.network.columns.items()}
        found = [where[id(parameter)] for parameter in self._network.parameters()]
        return np.concatenate([np.arange(columns.start, columns.stop) for columns in found])


def planned(epochs: int, seconds: float, products: float, width: int, numbers: int) -> Plan:
    """What is recorded of a run of so many epochs that will take about so many seconds. products: multiplications of a
    forward pass; width: numbers per row; numbers: weights of the network."""
    sizes = [size for size in SIZES if 4 * width * size[0] ** 2 <= MOST_CELLS_BYTES]
    side, most = next(((s, n) for s, n in sizes if _cost(s, n, products) <= SHARE * seconds), (0, 0))
    if not side and sizes and _cost(*sizes[-1], products) <= max(1.0, SHARE * seconds):
        side, most = sizes[-1]
    kept = min(MOST_FRAMES, CHECKPOINT_BYTES // max(1, 4 * numbers))
    return Plan(side, picked_epochs(epochs, most), picked_epochs(epochs, kept))


def picked_epochs(epochs: int, most: int) -> frozenset[int]:
    """At most so many epochs of 0 … epochs: half of them evenly, half by equal ratios, for most happens early."""
    if most < 2:
        return frozenset()
    if epochs + 1 <= most:
        return frozenset(range(epochs + 1))
    early = np.geomspace(1, epochs, most // 2).round().astype(int)
    evenly = np.linspace(0, epochs, most - most // 2).round().astype(int)
    return frozenset([*early.tolist(), *evenly.tolist()])


def _cost(side: int, frames: int, products: float) -> float:
    """Seconds that the pictures take by estimate."""
    return frames * (FRAME_S + side**2 * (CELL_S + 2 * products * OPERATION_S)) if math.isfinite(products) else math.inf
