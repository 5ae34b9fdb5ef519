"""What the network answered: probabilities or values for the rows that were kept, decoded from a record."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.analysis.pooling import evenly
from core.analysis.record import Record

NO_ANSWER = -1
"""The answer to a row whose outputs are not numbers: it is wrong, and it is counted."""

OTHERS = -2
"""Number of the made-up class that gathers all classes that are not shown."""
MOST_VALUES = 20_000_000
"""Numbers of a history held at once (80 MB as float32): with thousands of classes epochs are thinned, the last
kept."""


@dataclass(frozen=True)
class Answers:
    """One replica's answers to one split at one epoch.

    values: [rows, classes] probabilities, or [rows, values] in their own units. targets: [rows] class numbers, or
    [rows, values]. rows: [rows] row numbers in the table as loaded."""

    epoch: int
    replica: int
    values: np.ndarray
    targets: np.ndarray
    rows: np.ndarray
    classes: tuple[str, ...] = ()

    @property
    def measured(self) -> np.ndarray:
        """[rows] true where every output is a finite number."""
        return np.isfinite(self.values).all(axis=1)

    @property
    def answer(self) -> np.ndarray:
        """[rows] the class with the highest probability, NO_ANSWER where the outputs are not numbers."""
        return best_class(self.values)

    @property
    def confidence(self) -> np.ndarray:
        """[rows] the highest probability, 1 ÷ classes to 1; NaN where the outputs are not numbers."""
        return np.where(self.measured, self.values.max(axis=1, initial=0.0), np.nan)

    @property
    def right(self) -> np.ndarray:
        """[rows] true where the answer is the true class."""
        return self.answer == self.targets

    @property
    def unmeasured(self) -> int:
        """Rows whose outputs are not numbers."""
        return int((~self.measured).sum())


@dataclass(frozen=True)
class History:
    """One replica's answers to one split at every epoch that was kept.

    epochs: [epochs] ascending. values: float32 [epochs, rows, classes or values]. The rest as in Answers."""

    epochs: np.ndarray
    replica: int
    values: np.ndarray
    targets: np.ndarray
    rows: np.ndarray
    classes: tuple[str, ...] = ()

    @property
    def answer(self) -> np.ndarray:
        """[epochs, rows] the class with the highest probability, NO_ANSWER where the outputs are not numbers."""
        return best_class(self.values)

    @property
    def right(self) -> np.ndarray:
        """[epochs, rows] true where the answer is the true class."""
        return self.answer == self.targets

    def at(self, epoch: int | None = None) -> Answers:
        """The answers at the last kept epoch that is not after `epoch` (None: the newest)."""
        place = len(self.epochs) - 1
        if epoch is not None:
            place = max(0, int(np.searchsorted(self.epochs, epoch, side="right")) - 1)
        values = self.values[place].astype(float)
        return Answers(int(self.epochs[place]), self.replica, values, self.targets, self.rows, self.classes)

    def of(self, value: int) -> "History":
        """The same of a regression's target number `value` alone."""
        only = slice(value, value + 1)
        return replace(self, values=self.values[:, :, only], targets=self.targets[:, only])

    def thinned(self, most: int) -> "History":
        """At most `most` epochs, evenly picked, first and last among them."""
        kept = evenly(range(len(self.epochs)), most)
        return History(self.epochs[kept], self.replica, self.values[kept], self.targets, self.rows, self.classes)


def history(record: Record, replica: int = 0, split: str = "validation", newest_only: bool = False) -> History | None:
    """One replica's answers through training; None where none were recorded (yet). newest_only: the last epoch alone,
    for what needs no past."""
    rows = _of(record.tables.get("rows"), replica, split)
    outputs = _of(record.tables.get("outputs"), replica, split)
    if rows is None or outputs is None:
        return None
    if newest_only:
        outputs = outputs.slice(len(outputs) - 1 - int(np.argmax(outputs["epoch"].to_numpy()[::-1])), 1)
    numbers = np.asarray(rows["row"][0].values.to_numpy(zero_copy_only=False), dtype=np.int64)
    target = np.asarray(rows["target"][0].values.to_numpy(zero_copy_only=False), dtype=float)
    if len(numbers) == 0:
        return None
    epochs, values = _stacked(outputs, len(numbers))
    classes = tuple(str(name) for name in record.meta.get("classes") or ())
    is_classes = record.meta.get("task", "classification") == "classification"
    targets = target.astype(np.int64) if is_classes else target.reshape(len(numbers), -1)
    if is_classes and len(classes) != values.shape[2]:
        classes = tuple(f"class {number}" for number in range(values.shape[2]))
    return History(epochs, replica, values, targets, numbers, classes)


def histories(record: Record, split: str = "validation", newest_only: bool = False) -> list[History]:
    """The answers of every replica that has any."""
    found = (history(record, replica, split, newest_only) for replica in range(int(record.meta.get("replicas") or 1)))
    return [one for one in found if one is not None]


def typical_replica(record: Record) -> int:
    """The replica whose newest validation loss is the median of all (the lower one of two): the one that is shown
    where rows cannot be pooled. Replica 0 while nothing is known, so that a live picture has one subject from the
    start."""
    table = record.tables.get("epochs")
    if table is None or table.num_rows == 0:
        return 0
    replicas = np.asarray(table["replica"].to_numpy())
    losses = np.asarray(table["validation_loss"].to_numpy(), dtype=float)
    last = {int(number): losses[replicas == number][-1] for number in np.unique(replicas)}
    order = sorted(last, key=lambda number: (np.nan_to_num(last[number], nan=np.inf), number))
    return order[(len(order) - 1) // 2]


def best_class(values: np.ndarray) -> np.ndarray:
    """[...] number of the highest of the last axis, NO_ANSWER where one of them is not a finite number."""
    finite = np.isfinite(values).all(axis=-1)
    return np.where(finite, np.nan_to_num(values).argmax(axis=-1), NO_ANSWER)


def _of(table: pa.Table | None, replica: int, split: str) -> pa.Table | None:
    if table is None or table.num_rows == 0:
        return None
    chosen = table.filter((pc.field("replica") == replica) & (pc.field("split") == split))
    return chosen.combine_chunks() if chosen.num_rows else None


def _stacked(outputs: pa.Table, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Epochs ascending (of an epoch recorded twice the later one) and values [epochs, rows, classes]."""
    epochs = np.asarray(outputs["epoch"].to_numpy())
    newest = {int(epoch): place for place, epoch in enumerate(epochs)}
    places = [newest[epoch] for epoch in sorted(newest)]
    size = max(1, len(outputs["answers"][0].values))
    kept = evenly(range(len(places)), max(2, MOST_VALUES // size))
    values = [outputs["answers"][places[number]].values.to_numpy(zero_copy_only=False) for number in kept]
    return np.array(sorted(newest))[kept], np.stack(values).reshape(len(kept), rows, -1)
