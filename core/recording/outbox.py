"""What was measured and not yet handed over: epochs pile up for a moment and leave together, as few Arrow tables."""

import time
from typing import Any

import numpy as np

from core.recording import rows
from core.recording.rows import Entry
from core.recording.schemas import SCHEMAS, Kind
from core.recording.sink import Batch, Sink

FLUSH_SECONDS = 0.25
"""Epochs that end within this time are handed over together (our choice: pages look once a second, and building tables
takes 2.5 ms however few epochs they hold)."""
FEW = ("epochs", "rows", "events", "tests", "pretraining", "points", "frames", "checkpoints", "sequences", "codes")
"""Kinds whose rows are few: they come one by one, as dictionaries."""


class Outbox:
    """Collects rows for a sink. stride: every how many steps one is kept."""

    def __init__(self, sink: Sink, stride: int) -> None:
        self.seconds = 0.0
        """Time that building tables has taken so far."""
        self._sink = sink
        self._stride = stride
        self._entries: list[Entry] = []
        self._outputs: list[tuple[int, int, str, np.ndarray]] = []
        self._few: dict[Kind, list[dict[str, Any]]] = {kind: [] for kind in FEW}
        self._sent = -float("inf")

    def add_epoch(self, entry: Entry) -> None:
        """Layers, steps, units and histograms of one program and epoch."""
        self._entries.append(entry)

    def add_outputs(self, epoch: int, replica: int, split: str, answers: np.ndarray) -> None:
        """answers: [rows, values] of one replica."""
        self._outputs.append((epoch, replica, split, answers))

    def add(self, kind: Kind, row: dict[str, Any]) -> None:
        """One row of a kind that has few; columns left out are null."""
        self._few[kind].append(row)

    def event(
        self,
        epoch: int,
        replica: int,
        event: str,
        message: str,
        step: int | None = None,
        layer: int | None = None,
        quantity: str | None = None,
        value: float | None = None,
    ) -> None:
        """One row of kind "events"."""
        row = {"epoch": epoch, "replica": replica, "step": step, "layer": layer, "event": event}
        self.add("events", row | {"quantity": quantity, "value": value, "message": message})

    @property
    def is_due(self) -> bool:
        """Whether it is time to hand over."""
        return time.perf_counter() - self._sent >= FLUSH_SECONDS

    def flush(self, epoch: int) -> None:
        """Hands over everything. epoch: the last one in it."""
        start = time.perf_counter()
        batches = self._batches(epoch)
        self.seconds += time.perf_counter() - start
        if batches:
            self._sink.append(batches)
        self._sent = time.perf_counter()

    def _batches(self, epoch: int) -> list[Batch]:
        batches: list[Batch] = [
            (kind, epoch, rows.plain_table(few, SCHEMAS[kind])) for kind, few in self._few.items() if few
        ]
        entries = [entry for entry in self._entries if len(entry.kept)]
        if entries:
            batches.append(("layers", epoch, rows.layers_table(entries)))
        if any(len(entry.step_losses) for entry in entries):
            batches.append(("steps", epoch, rows.steps_table(entries, self._stride)))
        detailed = [entry for entry in entries if entry.measured.units]
        if detailed:
            batches.append(("units", epoch, rows.units_table(detailed)))
        counted = [entry for entry in entries if entry.measured.histograms is not None and 0 in entry.numbers]
        if counted:
            batches.append(("histograms", epoch, rows.histograms_table(counted)))
        unrolled = [entry for entry in entries if entry.measured.times]
        if unrolled:
            batches.append(("times", epoch, rows.times_table(unrolled)))
        if self._outputs:
            batches.append(("outputs", epoch, rows.outputs_table(self._outputs)))
        self._entries, self._outputs = [], []
        self._few = {kind: [] for kind in FEW}
        return batches
