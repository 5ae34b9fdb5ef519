"""Norms, shares of zeros and histograms of what a training epoch lets pass, kept cheap."""

import functools
import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from core.recording import bins

HISTOGRAM_VALUES = 4_096
"""Values of a tensor that a histogram counts at most, evenly picked (our choice: 40 bins need no more)."""


class SquaredNorms:
    """Squared norms of some columns of a matrix [R, P], segment by segment, one reading after the other."""

    def __init__(self, matrix: Tensor, segments: Sequence[slice], readings: int) -> None:
        """readings: how many are expected; more are taken too."""
        self._rows = np.zeros((max(1, readings), matrix.shape[0], len(segments)), np.float32)
        self._next = 0
        is_host = matrix.device.type == "cpu"
        self._arrays = [matrix[:, columns].numpy() for columns in segments] if is_host else None
        self._views = [] if is_host else [row[columns] for row in matrix for columns in segments]
        self._waiting: list[Tensor] = []

    def take(self) -> None:
        """Read once. CPU: one BLAS dot product per segment and replica; CUDA: one kernel for all."""
        if self._arrays is None:
            self._waiting.append(torch.stack(torch._foreach_norm(self._views)))
            return
        if self._next == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        row = self._rows[self._next]
        for number, array in enumerate(self._arrays):
            np.vecdot(array, array, out=row[:, number])
        self._next += 1

    def fetch(self) -> np.ndarray:
        """All readings since the last fetch, float32 [readings, R, segments]; the next one starts anew. Beyond 1.8e19 a
        norm's square is beyond float32: infinite."""
        if self._waiting:
            found, self._waiting = torch.stack(self._waiting).square_().cpu().numpy(), []
            return found.reshape(len(found), *self._rows.shape[1:])
        count, self._next = self._next, 0
        return self._rows[:count].copy()


def mean_squares(tensors: Sequence[Tensor]) -> np.ndarray:
    """The mean square of each tensor [R, ...] per replica, float64 [R, tensors]."""
    flat = [tensor.flatten(1) for tensor in tensors]
    if flat[0].device.type == "cpu":
        squares = [np.vecdot(array, array) for array in (each.numpy() for each in flat)]
    else:
        squares = list(torch.stack([each.square().sum(1) for each in flat]).cpu().numpy())
    return np.stack([s.astype(np.float64) / f.shape[1] for s, f in zip(squares, flat, strict=True)], 1)


def zero_shares(matrix: Tensor, segments: Sequence[slice]) -> np.ndarray:
    """The share of entries that are exactly 0 of some columns of a matrix [R, P], float64 [R, segments]."""
    if matrix.is_cuda:
        others = torch.stack([matrix[:, each].count_nonzero(1) for each in segments], 1).cpu().numpy()
    else:  # counting along a row takes a hundredth of counting along an axis
        others = np.array([[np.count_nonzero(row[each]) for each in segments] for row in matrix.numpy()])
    sizes = np.array([each.stop - each.start for each in segments])
    return (sizes - others) / sizes


class Histograms:
    """Counts of values by bin (see bins.py), for several tensors at once."""

    def __init__(self) -> None:
        self._offsets: dict[tuple[int, ...], Tensor] = {}

    @torch.no_grad()
    def counts(self, tensors: Sequence[Tensor]) -> np.ndarray:
        """[tensors, 1024] int64 in the order of the values."""
        sizes = tuple(tensor.numel() for tensor in tensors)
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors]).float()
        offsets = self._offsets.get(sizes)
        if offsets is None:
            starts = torch.arange(len(sizes), dtype=torch.int32) * bins.BINS + bins.ZERO
            offsets = starts.repeat_interleave(torch.tensor(sizes)).to(flat.device)
            self._offsets = {sizes: offsets}
        codes = torch.bitwise_right_shift(flat.view(torch.int32), bins.SHIFT).add_(offsets)
        counts = torch.bincount(codes, minlength=len(sizes) * bins.BINS)
        return bins.ordered(counts.cpu().numpy().reshape(len(sizes), bins.BINS))


def some(values: Tensor) -> Tensor:
    """At most HISTOGRAM_VALUES entries of a tensor [rows, ...], evenly picked: flattened, with a stride that shares no
    factor with its rows' length, so that no column is left out."""
    return values.reshape(-1)[:: _stride(values.numel(), values.shape[1:].numel())]


@functools.lru_cache(maxsize=4096)
def _stride(values: int, width: int) -> int:
    stride = -(-values // HISTOGRAM_VALUES)
    while math.gcd(stride, width) > 1:
        stride += 1
    return stride


def middle(values: np.ndarray) -> np.ndarray:
    """The median over the first axis; NaN counts as larger than everything."""
    ranked = np.sort(values, axis=0)
    count = len(ranked)
    if count == 0:
        return np.full(values.shape[1:], np.nan)
    return (ranked[(count - 1) // 2] + ranked[count // 2]) / 2
