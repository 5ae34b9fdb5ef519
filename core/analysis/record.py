"""A run's record as pages and analysis see it: what it says about itself, its state, and one Arrow table per kind.
A record may be partial, as while a run is live: then kinds, epochs or columns' values are missing, never an error."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.recording.schemas import SCHEMAS, Kind

T = TypeVar("T")
OVER = ("finished", "stopped", "failed", "interrupted")
"""States in which nothing more will be recorded."""


@dataclass(frozen=True)
class Record:
    """meta: what the run said before epoch 0 (task, classes, layers, epochs planned, …), empty until then.
    state: queued, running, finished, stopped, failed or interrupted. tables: by kind, see recording/schemas.py."""

    meta: Mapping[str, Any] = field(default_factory=dict)
    state: str = "queued"
    tables: Mapping[Kind, pa.Table] = field(default_factory=dict)
    _once: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def empty(cls) -> "Record":
        """A run of which nothing is known."""
        return cls()

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What is made of this record, made once however many ask for it."""
        if name not in self._once:
            self._once[name] = make()
        return self._once[name]

    def table(self, kind: Kind) -> pa.Table:
        """All rows of one kind; none where nothing was recorded."""
        table = self.tables.get(kind)
        return SCHEMAS[kind].empty_table() if table is None else table

    def frame(self, kind: Kind, columns: list[str] | None = None) -> pd.DataFrame:
        """The same as a DataFrame, null as NaN. Use `broken` where null and not-a-number must differ."""
        table = self.table(kind)
        return (table if columns is None else table.select(columns)).to_pandas()

    def broken(self, kind: Kind, column: str) -> pd.Series:
        """True per row where a value was measured and is NaN or infinite."""
        values = self.table(kind).column(column)
        finite = pc.fill_null(pc.is_finite(values), True)
        return pc.invert(finite).to_pandas().astype(bool)

    @property
    def epochs(self) -> list[int]:
        """Epochs recorded so far, ascending; 0 is the state before the first step."""
        return sorted(pc.unique(self.table("epochs").column("epoch")).to_pylist())

    @property
    def latest(self) -> int:
        """The newest epoch, −1 before the first."""
        newest = pc.max(self.table("epochs").column("epoch")).as_py()
        return -1 if newest is None else int(newest)

    @property
    def planned(self) -> int:
        """Epochs that were asked for, at least 1 and at least the newest."""
        return max(1, int(self.meta.get("epochs") or 0), self.latest)

    @property
    def span(self) -> int:
        """Where epoch axes end: at the planned end while more may come, and where it is missing because something went
        wrong; at the newest epoch of a run that ended well or was stopped."""
        return max(1, self.latest) if self.state in ("finished", "stopped") else self.planned

    @property
    def reach(self) -> int:
        """Where epoch sliders end: at the newest epoch of a run that is over, however it ended."""
        return max(1, self.latest) if self.state in OVER else self.planned

    @property
    def replicas(self) -> list[int]:
        """Numbers of the replicas that recorded something."""
        return sorted(pc.unique(self.table("epochs").column("replica")).to_pylist())

    @property
    def layers(self) -> list[str]:
        """Names from "layer 1" to "output"; layer n is number n − 1."""
        described = [str(layer["name"]) for layer in self.meta.get("layers") or []]
        if described:
            return described
        last = pc.max(self.table("layers").column("layer")).as_py() or 0
        return [f"layer {number}" for number in range(1, last)] + (["output"] if last else [])

    @property
    def is_live(self) -> bool:
        """More may come."""
        return self.state not in OVER

    @property
    def is_classification(self) -> bool:
        """Scores are accuracies; otherwise R²."""
        return self.meta.get("task") != "regression"

    @property
    def guess_loss(self) -> float | None:
        """Loss of an answer that knows nothing: ln K for cross-entropy; of a regression that of the guessing baseline
        on the validation rows, and what the run said until that is measured; None where nothing is known."""
        stated, measured = self.meta.get("loss_of_guessing"), self.baseline("guess", "loss")
        if not self.is_classification and measured is not None:
            return measured
        return float(stated) if stated else measured

    def baseline(self, name: str, quantity: str, split: str = "validation") -> float | None:
        """Loss or score of a baseline ("guess", "linear") on a split; None where it was not measured."""
        for row in self.once("baselines", lambda: self.table("baselines").to_pylist()):
            value = row[quantity]
            if row["name"] == name and row["split"] == split and value is not None and not math.isnan(value):
                return float(value)
        return None
