"""What a network answers at every point of a plane: one small picture, and its answers to some rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from core.choices.losses import Loss
from core.data.splits import Splits
from core.representation.plane import Plane

TILE = 2_500
"""Cells of one forward pass: their activations stay in the processor's cache (measured: half the time of 10,000)."""
NO_ANSWER = 255
"""In place of a class where the outputs are not numbers."""
TRAIN_POINTS, VALIDATION_POINTS = 240, 160
"""Rows drawn on a picture, evenly picked (our choice: more hide one another)."""


@dataclass(frozen=True)
class Painter:
    """Paints the answers of networks in one plane. low, high: the values of a regression at the ends of its colours, in
    the target's own unit."""

    plane: Plane
    splits: Splits
    loss: Loss
    side: int
    cells: torch.Tensor
    rows: dict[str, np.ndarray]
    """By split the drawn rows, numbers into the splits' inputs."""
    low: float
    high: float

    @torch.inference_mode()
    def paint(self, network: nn.Module) -> dict[str, Any]:
        """answers: bytes, the class of every cell, NO_ANSWER where none is; sure: bytes, 0 (even) to 255 (certain), or
        a regression's value from low to high; curve: of a line every output along it, as probability or in its own
        unit; points: the class, or value, that the drawn rows get, NaN where none. The network must be in evaluation
        mode."""
        read = torch.cat([self.answers(network, tile) for tile in self.cells.split(TILE)])
        drawn = torch.from_numpy(self._inputs(np.concatenate(list(self.rows.values()))))
        at_rows = self.answers(network, drawn)
        broken = ~torch.isfinite(read).all(-1)
        codes, sure = (self._classes if self.splits.task == "classification" else self._values)(read)
        codes[broken] = NO_ANSWER
        curve = read.reshape(-1).tolist() if self.plane.axes == 1 else None
        return {
            "answers": codes.numpy().tobytes(),
            "sure": torch.where(broken, 0, sure).to(torch.uint8).numpy().tobytes(),
            "curve": curve,
            "points": self._answered(at_rows),
        }

    def answers(self, network: nn.Module, rows: torch.Tensor) -> torch.Tensor:
        """Probabilities [rows, classes], or values [rows, values] in their own unit. rows: [rows, features]."""
        read = self.loss.answers(network(rows), self.splits.task)
        if self.splits.task == "regression":
            read = read * torch.tensor(self.splits.target_std) + torch.tensor(self.splits.target_mean)
        return read

    def _classes(self, read: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        best, codes = read.max(-1)
        even = 1 / read.shape[1]
        return codes.to(torch.uint8), ((best - even) / (1 - even) * 255).round().clamp(0, 255)

    def _values(self, read: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        share = (read[:, 0] - self.low) / max(self.high - self.low, 1e-12)
        return torch.zeros(len(read), dtype=torch.uint8), (share * 255).round().clamp(0, 255)

    def _answered(self, read: torch.Tensor) -> list[float]:
        known = torch.isfinite(read).all(-1)
        told = read.argmax(-1).float() if self.splits.task == "classification" else read[:, 0]
        return torch.where(known, told, torch.nan).tolist()

    def _inputs(self, rows: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(self.splits.inputs[0][rows], dtype=np.float32)

    def describe(self) -> list[dict[str, Any]]:
        """One row per split of kind "points": where the drawn rows stand, with their targets in their own unit."""
        plane = {**self.plane.describe(), "side": self.side, "values": [self.low, self.high]}
        found = []
        for split, rows in self.rows.items():
            place = self.plane.place[rows]
            row = {"replica": 0, "split": split, "row": self.splits.rows[rows].tolist(), "plane": plane}
            row |= {"x": place[:, 0].tolist(), "y": place[:, -1].tolist(), "target": _own_unit(self.splits, rows)}
            found.append(row)
        return found


def painter(plane: Plane, splits: Splits, loss: Loss, side: int) -> Painter:
    """Ready to paint networks of these splits."""
    kept = {
        "train": _picked(splits.train[0], TRAIN_POINTS),
        "validation": _picked(splits.validation[0], VALIDATION_POINTS),
    }
    low, high = 0.0, 1.0
    if splits.task == "regression":
        known = np.array(_own_unit(splits, splits.train[0]))
        low, high = float(known.min()), float(known.max())
    cells = torch.from_numpy(np.ascontiguousarray(plane.fill(plane.grid(side)), dtype=np.float32))
    return Painter(plane, splits, loss, side, cells, kept, low, high)


def _picked(rows: np.ndarray, most: int) -> np.ndarray:
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).round().astype(np.int64)]


def _own_unit(splits: Splits, rows: np.ndarray) -> list[float]:
    targets = splits.targets[rows].reshape(len(rows), -1)[:, 0].astype(np.float64)
    if splits.task == "regression":
        targets = targets * splits.target_std[0] + splits.target_mean[0]
    return [float(value) for value in targets]
