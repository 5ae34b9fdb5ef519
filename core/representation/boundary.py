"""What a network answers at every point of a plane: one small picture, and its answers to some rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from core.choices.losses import Loss
from core.data.splits import Splits
from core.representation.plane import Plane
from core.representation.swift import units_first

TILE = 16_384
"""Rows of one forward pass (measured at two layers of 32 units: 10,400 rows in one took two thirds of their time in
four)."""
NO_ANSWER = 255
"""In place of a class where the outputs are not numbers."""
FEW_CLASSES = 8
"""Up to so many classes the highest probability is found class by class (measured: of two in half the time of torch's
own maximum, of ten in as long)."""
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
    cells: int
    """How many cells a picture has."""
    rows_in: torch.Tensor
    """The cells, then the drawn rows, as they enter the network: [rows, features]."""
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
        walk = units_first(network)
        read = self._answers(torch.cat([walk(tile) for tile in self.rows_in.split(TILE)], 1))
        is_class = self.splits.task == "classification"
        codes, sure = (self._classes if is_class else self._values)(read)
        told = codes[self.cells :].float() if is_class else read[0, self.cells :]
        broken = ~torch.isfinite(read.sum(0))
        if broken.any():
            codes[broken], sure[broken] = NO_ANSWER, 0
            told = told.masked_fill(broken[self.cells :], torch.nan)
        return {
            "answers": codes[: self.cells].numpy().tobytes(),
            "sure": sure[: self.cells].to(torch.uint8).numpy().tobytes(),
            "curve": read[:, : self.cells].T.reshape(-1).tolist() if self.plane.axes == 1 else None,
            "points": told.tolist(),
        }

    def _answers(self, outputs: torch.Tensor) -> torch.Tensor:
        """Probabilities [classes, rows], or values [values, rows] in their own unit. outputs: [units, rows]."""
        if len(outputs) > 1 and getattr(self.loss, "output", "") == "softmax":
            return outputs.softmax(0)  # as the loss reads it, but along the axis that is quick here
        read = self.loss.answers(outputs.T, self.splits.task).T
        if self.splits.task == "regression":
            std, mean = torch.tensor(self.splits.target_std), torch.tensor(self.splits.target_mean)
            read = read * std[:, None] + mean[:, None]
        return read

    def _classes(self, read: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        best, codes = _likeliest(read)
        even = 1 / len(read)
        return codes, best.sub_(even).mul_(255 / (1 - even)).round_().clamp_(0, 255)

    def _values(self, read: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        share = (read[0] - self.low) / max(self.high - self.low, 1e-12)
        return torch.zeros(read.shape[1], dtype=torch.uint8), (share * 255).round_().clamp_(0, 255)

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
    cells = plane.fill(plane.grid(side))
    drawn = splits.inputs[0][np.concatenate(list(kept.values()))]
    rows_in = torch.from_numpy(np.concatenate([cells, drawn]).astype(np.float32, copy=False))
    return Painter(plane, splits, loss, side, len(cells), rows_in, kept, low, high)


def _likeliest(read: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The highest probability of every row and its class, the first of equals; read: [classes, rows]."""
    if len(read) > FEW_CLASSES:
        best, codes = read.max(0)
        return best, codes.to(torch.uint8)
    best, codes = read[0].clone(), torch.zeros(read.shape[1], dtype=torch.uint8)
    for code, own in enumerate(read[1:], 1):
        higher = (own > best).view(torch.uint8)
        torch.maximum(codes, higher.mul_(code), out=codes)  # codes only grow
        torch.maximum(best, own, out=best)
    return best, codes


def _picked(rows: np.ndarray, most: int) -> np.ndarray:
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).round().astype(np.int64)]


def _own_unit(splits: Splits, rows: np.ndarray) -> list[float]:
    targets = splits.targets[rows].reshape(len(rows), -1)[:, 0].astype(np.float64)
    if splits.task == "regression":
        targets = targets * splits.target_std[0] + splits.target_mean[0]
    return [float(value) for value in targets]
