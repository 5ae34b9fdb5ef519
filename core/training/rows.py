"""Rows on the device, gathered in the order in which a program takes them."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from core.data.splits import Splits

GATHER_BYTES = 2**23
"""Inputs gathered at once for coming steps (our choice: one gather for an epoch of a small table, bounded memory for a
large one)."""


def sent(numbers: Tensor, device: torch.device) -> Tensor:
    """`numbers` on the device; to a CUDA device through pinned memory, so that nobody waits for the copy."""
    if device.type != "cuda" or numbers.is_cuda:
        return numbers.to(device)
    return numbers.contiguous().pin_memory().to(device, non_blocking=True)


class Rows:
    """Inputs and targets of the replicas of one program."""

    def __init__(self, splits: Splits, replicas: Sequence[int], device: torch.device) -> None:
        own = len(splits.inputs) > 1
        inputs = splits.inputs[list(replicas)] if own else splits.inputs
        self._count, self.features = int(inputs.shape[1]), int(inputs.shape[2])
        self._inputs = torch.as_tensor(np.ascontiguousarray(inputs), dtype=torch.float32).to(device)
        self._inputs = self._inputs.view(-1, self.features)
        self._targets = torch.as_tensor(splits.targets).to(device)
        self._weights: Tensor | None = None
        if splits.weights is not None:
            chosen = splits.weights[list(replicas)] if len(splits.weights) > 1 else splits.weights
            self._weights = torch.as_tensor(np.ascontiguousarray(chosen), dtype=torch.float32).to(device)
        source = torch.arange(len(replicas)) if own else torch.zeros(len(replicas), dtype=torch.int64)
        self._offsets = (source * self._count).unsqueeze(1).to(device)
        self.device = device

    def inputs(self, numbers: Tensor) -> Tensor:
        """numbers: int64 [..., R, n]; gives [..., R, n, features]."""
        places = (sent(numbers, self.device) + self._offsets).reshape(-1)
        return self._inputs.index_select(0, places).view(*numbers.shape, self.features)

    def targets(self, numbers: Tensor) -> Tensor:
        """[..., R, n] classes or [..., R, n, values]."""
        found = self._targets.index_select(0, sent(numbers, self.device).reshape(-1))
        return found.view(*numbers.shape, *found.shape[1:])

    def weights(self, numbers: Tensor) -> Tensor | None:
        """[..., R, n] how much each row counts in its batch; None: all alike."""
        if self._weights is None:
            return None
        picked = sent(numbers, self.device)
        each = self._weights.expand(picked.shape[-2], -1)
        flat = picked.movedim(-2, 0).flatten(1)
        found = each.gather(1, flat).view(picked.movedim(-2, 0).shape)
        return found.movedim(0, -2)


class Order:
    """Which rows each step takes. Every epoch is cut, after shuffling, to the smallest replica's number of rows, so
    that no step is odd; a last batch that is too small is left out."""

    def __init__(
        self, rows: Sequence[np.ndarray], batch: int, generators: Sequence[torch.Generator] | None, least: int
    ) -> None:
        """rows: of each replica. generators: one per replica, None: the order never changes. least: rows that a batch
        needs."""
        self._rows = [torch.as_tensor(np.asarray(each), dtype=torch.int64) for each in rows]
        self._generators = generators
        self.rows = min(len(each) for each in rows)
        self.batch = min(batch, self.rows)
        self.full = self.rows // self.batch
        rest = self.rows - self.full * self.batch
        self.left_out = rest if 0 < rest < least else 0
        self.rest = rest - self.left_out
        self.steps = self.full + (self.rest > 0)

    def first(self, most: int) -> Tensor:
        """At most `most` training rows of each replica, evenly picked, equally many: [R, rows]."""
        count = min(most, self.rows)
        picks = [torch.linspace(0, len(each) - 1, count, dtype=torch.float64).round().long() for each in self._rows]
        return torch.stack([each[pick] for each, pick in zip(self._rows, picks, strict=True)])

    def draw(self) -> Tensor:
        """Row numbers of an epoch, [R, rows]."""
        if self._generators is None:
            return torch.stack([each[: self.rows] for each in self._rows])
        turns = [
            each[torch.randperm(len(each), generator=generator)[: self.rows]]
            for each, generator in zip(self._rows, self._generators, strict=True)
        ]
        return torch.stack(turns)

    def batches(self, numbers: Tensor, steps_at_once: int) -> Iterator[Tensor]:
        """Row numbers [steps, R, batch] of several steps at once; the incomplete batch comes last and alone."""
        replicas = len(numbers)
        cut = numbers[:, : self.full * self.batch].view(replicas, self.full, self.batch).transpose(0, 1)
        for start in range(0, self.full, steps_at_once):
            yield cut[start : start + steps_at_once]
        if self.rest:
            start = self.full * self.batch
            yield numbers[None, :, start : start + self.rest]

    def steps_at_once(self, features: int) -> int:
        """Steps whose inputs fit into GATHER_BYTES."""
        return max(1, GATHER_BYTES // (4 * features * self.batch * len(self._rows)))
