"""From the engine to the store: what was measured is packed and held until it is stored; the run says that it lives."""

import math
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from core.recording.schemas import to_bytes
from core.store import NewBatch, Progress, Store
from core.store.model import CURVE_POINTS, RunGoneError, StoreBusyError, StoreFullError

PATIENCE_SECONDS = 120.0
"""How long training goes on while the store cannot be written, unless settings say otherwise."""
HELD_BYTES = 64 * 2**20
"""Most that is held back meanwhile; then training waits for the store."""
PROGRESS_SECONDS = 0.25
"""Progress that came without batches is stored at most this often."""
RETRY_SECONDS = 0.25
BEAT_SECONDS = 1.0


class RecordLostError(Exception):
    """What was measured could not be stored for PATIENCE_SECONDS."""


class StoreSink:
    """What the engine hands over to, for one run."""

    def __init__(
        self,
        store: Store,
        run_id: str,
        tell: Callable[[Progress], None] | None = None,
        patience_s: float = PATIENCE_SECONDS,
    ) -> None:
        self.is_gone = False
        """The run was deleted, or ended by somebody else: training has no purpose any more."""
        self._store = store
        self._run_id = run_id
        self._tell = tell
        self._after_first: Callable[[], None] | None = None
        self._patience_s = patience_s
        self._sequence = 0
        self._held: list[NewBatch] = []
        self._failing_since: float | None = None
        self._progress: Progress | None = None
        self._curve = Curve()
        self._wrote = 0.0

    def then(self, after_first: Callable[[], None]) -> None:
        """Do something, once, when the first epoch is stored: what takes a moment and must not delay it."""
        self._after_first = after_first

    def describe(self, meta: dict[str, Any]) -> None:
        """Keep what the engine says of the run before its first step."""
        self._persist(lambda: self._store.describe(self._run_id, meta))

    def append(self, batches: Sequence[tuple[str, int, pa.Table]]) -> None:
        """Store what is new. Where the store is busy or full it is held and stored with the next call."""
        for kind, _, table in batches:
            if kind == "epochs":
                self._curve.extend(table)
        self._held += packed(batches)
        self._flush()
        while sum(len(data) for _, _, data in self._held) > HELD_BYTES and not self.is_gone:
            time.sleep(RETRY_SECONDS)
            self._flush()
        if self._after_first is not None and any(epoch > 0 for _, epoch, _ in batches):
            first, self._after_first = self._after_first, None
            first()

    def progress(self, epoch: int, epochs: int, seconds_per_epoch: float | None = None) -> None:
        """How far training is; stored with the next batches, or soon without."""
        self._progress = Progress(epoch, epochs, seconds_per_epoch, self._curve.points())
        if self._tell is not None:
            self._tell(self._progress)
        if not self._held and time.monotonic() - self._wrote > PROGRESS_SECONDS:
            self._flush(even_if_empty=True)

    def save_weights(self, replica: int, label: str, epoch: int, data: bytes) -> None:
        """Keep the weights of one replica (safetensors)."""
        self._persist(lambda: self._store.save_weights(self._run_id, replica, label, epoch, data))

    def close(self) -> None:
        """Store all that is held still, waiting for the store if need be. Raises RecordLostError."""
        if self._progress is not None:
            progress = self._progress
            self._progress = Progress(progress.epoch, progress.epochs, progress.seconds_per_epoch, self._curve.points())
        self._flush(even_if_empty=True)
        while self._held and not self.is_gone:
            time.sleep(RETRY_SECONDS)
            self._flush()

    def finish(self, state: Any, reason: str | None, summary: dict[str, Any] | None) -> None:
        """Store how the run ended. Raises RecordLostError."""
        self._persist(lambda: self._store.finish(self._run_id, state, reason, summary))

    def _flush(self, even_if_empty: bool = False) -> None:
        if self.is_gone or not (self._held or even_if_empty):
            return
        try:
            after = self._sequence
            self._sequence = self._store.append(self._run_id, self._held, self._progress, after=after)
        except RunGoneError:
            self.is_gone = True
        except (StoreBusyError, StoreFullError) as error:
            self._bear(error)
            return
        self._held, self._progress, self._failing_since, self._wrote = [], None, None, time.monotonic()

    def _persist(self, call: Callable[[], Any]) -> None:
        while not self.is_gone:
            try:
                call()
            except RunGoneError:
                self.is_gone = True
            except (StoreBusyError, StoreFullError) as error:
                self._bear(error)
                time.sleep(RETRY_SECONDS)
                continue
            self._failing_since = None
            return

    def _bear(self, error: Exception) -> None:
        now = time.monotonic()
        self._failing_since = self._failing_since or now
        if now - self._failing_since > self._patience_s:
            raise RecordLostError(str(error)) from error


class Curve:
    """The validation loss so far (median over replicas), thinned evenly to at most CURVE_POINTS."""

    def __init__(self) -> None:
        self._values: list[float] = []

    def extend(self, epochs: pa.Table) -> None:
        """Add the epochs of a table of kind "epochs"."""
        by_epoch: dict[int, list[float]] = {}
        columns = epochs.column("epoch").to_pylist(), epochs.column("validation_loss").to_pylist()
        for epoch, loss in zip(*columns, strict=True):
            by_epoch.setdefault(epoch, []).append(math.nan if loss is None else loss)
        self._values += [_median(losses) for losses in by_epoch.values()]

    def points(self) -> tuple[float, ...]:
        """First, last, and evenly between."""
        count = len(self._values)
        if count <= CURVE_POINTS:
            return tuple(self._values)
        return tuple(self._values[round(i * (count - 1) / (CURVE_POINTS - 1))] for i in range(CURVE_POINTS))


class Heartbeat:
    """Says once a second that the process lives, also while it is paused or busy with something long."""

    def __init__(self, store: Store, run_id: str) -> None:
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat, args=(store, run_id), daemon=True, name="heartbeat")

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(timeout=BEAT_SECONDS)

    def _beat(self, store: Store, run_id: str) -> None:
        while not self._end.wait(BEAT_SECONDS):
            try:
                store.heartbeat(run_id)
            except (StoreBusyError, StoreFullError):
                continue


def packed(batches: Sequence[tuple[str, int, pa.Table]]) -> list[NewBatch]:
    """One batch of bytes per kind: epochs that came together are stored together, under the last one's number."""
    by_kind: dict[str, list[pa.Table]] = {}
    epochs: dict[str, int] = {}
    for kind, epoch, table in batches:
        by_kind.setdefault(kind, []).append(table)
        epochs[kind] = epoch
    joined = {kind: tables[0] if len(tables) == 1 else pa.concat_tables(tables) for kind, tables in by_kind.items()}
    return [(kind, epochs[kind], to_bytes(table)) for kind, table in joined.items()]


def _median(losses: list[float]) -> float:
    finite = [loss for loss in losses if math.isfinite(loss)]
    return statistics.median(finite) if finite else losses[0]
