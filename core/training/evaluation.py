"""What a network reaches on a part of the rows, in evaluation mode: loss, score and answers of every replica."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import torch
from torch import Tensor

from core.choices.outputs import Loss
from core.data.splits import Splits
from core.recording.schemas import ROWS_KEPT
from core.training.replicas import Replicas
from core.training.rows import Rows

ROWS_AT_ONCE = 2_048
"""Rows of one forward pass (our choice: activations of a layer stay in the processor's cache)."""
NUMBERS_AT_ONCE = 2**20
"""Numbers of the widest layer's output in one forward pass, at most: maps of pictures would fall out of the cache
(measured: 2,048 pictures at once take a quarter longer than 128)."""
FEWEST_AT_ONCE = 64
CACHED_BYTES = 2**26
"""Inputs of a part that are kept gathered between epochs, at most."""


@dataclass(frozen=True)
class Reached:
    """loss, score: float64 [R] (score: accuracy, or R², of several targets the mean). answers: of each replica float32
    [rows kept, values], as the loss reads them; empty where not asked for."""

    loss: np.ndarray
    score: np.ndarray
    answers: tuple[np.ndarray, ...] = ()


class Score:
    """Adds up what makes a score: right answers, or squared errors of every target by itself; of rows to be given back
    those of all numbers together, for a number that hardly varies is not worth as much as the others."""

    def __init__(self, loss: Loss, splits: Splits, replicas: int) -> None:
        self._loss, self._task = loss, splits.task
        self._is_whole = splits.bottleneck is not None
        self._sum: Tensor | float = 0.0
        self._replicas = replicas

    def add(self, outputs: Tensor, targets: Tensor, mask: Tensor | None = None) -> None:
        """outputs: [..., R, n, units]; targets: [..., R, n] or [..., R, n, values]; mask: [R, n] rows that count."""
        # softmax keeps the order, and costs ten times the rest
        is_ranked = self._task == "classification" and self._loss.keeps_order
        answers = outputs if is_ranked else self._loss.answers(outputs, self._task)
        if self._task == "classification":
            each = (answers.argmax(-1) == targets).to(torch.float32).unsqueeze(-1)
        else:
            each = (answers - targets).square()
            each = each.sum(-1, keepdim=True) if self._is_whole else each
        if mask is not None:
            each = torch.where(mask.unsqueeze(-1), each, 0)
        while each.dim() > 3:
            each = each.sum(0)
        self._sum = self._sum + each.sum(1, dtype=torch.float64)

    def values(self, rows: np.ndarray, spread: np.ndarray) -> np.ndarray:
        """float64 [R]. rows: how many counted; spread: as `spreads` gives it. R² is the mean over the targets that vary
        among these rows (scikit-learn's uniform average), NaN where none does."""
        total = self._sum.cpu().numpy() if isinstance(self._sum, Tensor) else np.zeros((self._replicas, 1))
        if self._task == "classification":
            return total[:, 0] / rows
        varies = spread > 0
        each = np.where(varies, 1 - total / np.where(varies, spread, 1), 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(varies.any(1), each.sum(1) / varies.sum(1), np.nan)


def spreads(splits: Splits, parts: Sequence[np.ndarray]) -> np.ndarray:
    """Squared distance of every target from its mean, of each replica's rows, float64 [R, targets]; [R, 1] of rows to
    be given back, all numbers together; zeros for classes."""
    if splits.task == "classification":
        return np.zeros((len(parts), 1))
    targets = splits.targets.astype(np.float64)
    found = np.array([_squares(targets[rows]) for rows in parts])
    return found if splits.bottleneck is None else found.sum(1, keepdims=True)


def _squares(targets: np.ndarray) -> np.ndarray:
    """[targets]; zeros where there are no rows. targets: [rows, targets]"""
    return ((targets - (targets.mean(0) if len(targets) else 0)) ** 2).sum(0)


def rows_at_once(network: Replicas) -> int:
    """Rows of one forward pass of this network."""
    widest = max((prod(block.shape) for block in network.blocks), default=1)
    return min(ROWS_AT_ONCE, max(FEWEST_AT_ONCE, NUMBERS_AT_ONCE // max(1, widest)))


class Part:
    """The validation rows, say, of every replica. Where they are not equally many they are padded, and padding does not
    count: nothing looks across rows in evaluation mode."""

    def __init__(
        self,
        splits: Splits,
        rows: Rows,
        parts: Sequence[np.ndarray],
        loss: Loss,
        most: int | None = None,
        at_once: int = ROWS_AT_ONCE,
    ) -> None:
        """most: of each replica's rows, evenly picked. at_once: rows of one forward pass."""
        parts = [_picked(part, most) if most else part for part in parts]
        self._rows, self._loss, self._splits = rows, loss, splits
        self.parts, self._at_once = parts, at_once
        self.counts = np.array([len(part) for part in parts])
        self._spread = spreads(splits, parts)
        self._cache: list[tuple[Tensor, Tensor]] | None = None
        widest = int(self.counts.max(initial=0))
        self._widest = widest
        padded = [np.resize(part, widest) if len(part) else np.zeros(widest, np.int64) for part in parts]
        self._numbers = torch.as_tensor(np.stack(padded), dtype=torch.int64).to(rows.device)
        uneven = bool((self.counts != widest).any())
        mask = np.arange(widest) < self.counts[:, None]
        self._mask = torch.as_tensor(mask).to(rows.device) if uneven else None

    @property
    def kept(self) -> list[np.ndarray]:
        """The rows of each replica whose answers are kept: at most ROWS_KEPT, evenly picked."""
        return [_picked(part, ROWS_KEPT) for part in self.parts]

    @torch.inference_mode()
    def reach(self, network: Replicas, with_answers: bool = False) -> Reached:
        """Loss, score and answers with the weights as they are. NaN where there are no rows."""
        if not self._widest:
            nothing = np.full(network.size, np.nan)
            return Reached(nothing, nothing)
        network.set_mode("evaluate")
        score, kept = Score(self._loss, self._splits, network.size), []
        sums: Tensor | float = 0.0
        for start, (x, targets) in zip(range(0, self._widest, self._at_once), self._chunks(), strict=True):
            outputs = network.walk(x)[-1]
            losses = self._loss.per_row(outputs.flatten(0, 1), targets.flatten(0, 1)).view(x.shape[:2])
            mask = None if self._mask is None else self._mask[:, start : start + x.shape[1]]
            losses = losses if mask is None else torch.where(mask, losses, 0)
            sums = sums + losses.sum(1, dtype=torch.float64)
            score.add(outputs, targets, mask)
            if with_answers:
                kept.append(self._loss.answers(outputs, self._splits.task))
        network.set_mode("train")
        assert isinstance(sums, Tensor)
        loss = sums.cpu().numpy() / np.maximum(self.counts, 1)
        values = np.where(np.isnan(loss), np.nan, score.values(np.maximum(self.counts, 1), self._spread))
        return Reached(loss, values, self._answers(kept) if with_answers else ())

    def _answers(self, chunks: list[Tensor]) -> tuple[np.ndarray, ...]:
        answers = (chunks[0] if len(chunks) == 1 else torch.cat(chunks, 1)).cpu().numpy()
        return tuple(answers[r, _places(int(count), ROWS_KEPT)] for r, count in enumerate(self.counts))

    def _chunks(self) -> Iterable[tuple[Tensor, Tensor]]:
        if self._cache is None:
            pieces = self._numbers.split(self._at_once, 1)
            chunks = ((self._rows.inputs(piece), self._rows.targets(piece)) for piece in pieces)
            if self._numbers.numel() * self._rows.features * 4 > CACHED_BYTES:
                return chunks
            self._cache = list(chunks)
        return self._cache


def _picked(rows: np.ndarray, most: int) -> np.ndarray:
    return rows[_places(len(rows), most)]


def _places(count: int, most: int) -> np.ndarray:
    return np.arange(count) if count <= most else np.linspace(0, count - 1, most).round().astype(np.int64)
