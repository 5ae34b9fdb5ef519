"""Where a run hands over what it measured. The engine knows only this: whether a store, a file or a test is behind it
is not its business."""

from collections.abc import Sequence
from typing import Any, Protocol

import pyarrow as pa

from core.recording.schemas import SCHEMAS, Kind

Batch = tuple[Kind, int, pa.Table]
"""Kind, the last epoch in it, and rows in that kind's schema."""


class Sink(Protocol):
    """What training writes to. Every call may be slow or fail for good; it never changes what is measured."""

    def describe(self, meta: dict[str, Any]) -> None:
        """What is being trained (JSON): called once, before epoch 0."""

    def append(self, batches: Sequence[Batch]) -> None:
        """What is new, in order. Called after the first epoch at once, then at most about every 100 ms."""

    def progress(self, epoch: int, epochs: int, seconds_per_epoch: float | None = None) -> None:
        """Epochs done, of how many, and how long one takes (median of the last ones)."""

    def save_weights(self, replica: int, label: str, epoch: int, data: bytes) -> None:
        """The plain network of one replica as safetensors; label "best" or "last"."""


class MemorySink:
    """Keeps everything in memory: for tests, previews and scripts."""

    def __init__(self) -> None:
        self.meta: dict[str, Any] = {}
        self.batches: list[Batch] = []
        self.weights: dict[tuple[int, str], tuple[int, bytes]] = {}
        """(replica, label) → (epoch, safetensors)."""
        self.epochs_seen: list[tuple[int, int, float | None]] = []

    def describe(self, meta: dict[str, Any]) -> None:
        self.meta = meta

    def append(self, batches: Sequence[Batch]) -> None:
        self.batches += batches

    def progress(self, epoch: int, epochs: int, seconds_per_epoch: float | None = None) -> None:
        self.epochs_seen.append((epoch, epochs, seconds_per_epoch))

    def save_weights(self, replica: int, label: str, epoch: int, data: bytes) -> None:
        self.weights[replica, label] = epoch, data

    def table(self, kind: Kind) -> pa.Table:
        """All rows of one kind so far, in its schema."""
        return pa.concat_tables([SCHEMAS[kind].empty_table(), *(t for k, _, t in self.batches if k == kind)])

    def tables(self) -> dict[Kind, pa.Table]:
        """All kinds; empty tables where nothing was recorded."""
        return {kind: self.table(kind) for kind in SCHEMAS}
