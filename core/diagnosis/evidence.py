"""Evidence: what rules look at. The curves, layers and answers of one replica, prepared once from a record, or from the
settings and a preview before training."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np
import pyarrow as pa

from core.choices.activations import Activation
from core.diagnosis.columns import Columns, by_replica
from core.experiment import Experiment

Stage = Literal["settings", "preview", "running", "ended"]
ENDED = ("finished", "stopped", "failed", "interrupted")
READ = ("epochs", "steps", "layers", "units", "outputs", "rows", "baselines", "doubts", "events", "times")
"""The kinds that rules look at. Every page of a run judges it: what no rule looks at must not be read for it."""
EARLY = 3
"""Epochs that are never judged on update ratios or outcome (SYMPTOMS: healthy Adam runs show large ones there)."""
RECENT = 3
"""Epochs whose median is "now"."""


class Recorded(Protocol):
    """What the diagnosis needs of a record."""

    @property
    def meta(self) -> Mapping[str, Any]:
        """What the loop described before the first step."""

    @property
    def state(self) -> str:
        """running, finished, stopped, failed …"""

    @property
    def tables(self) -> Mapping[str, pa.Table]:
        """Arrow tables by kind."""


@dataclass(frozen=True)
class Curve:
    """Values over epochs; nulls are left out, NaN and infinity are kept."""

    epochs: np.ndarray
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    def after(self, epoch: int) -> "Curve":
        """The part behind an epoch."""
        kept = self.epochs > epoch
        return Curve(self.epochs[kept], self.values[kept])

    def recent(self, count: int = RECENT) -> float:
        """Median of the last values; NaN if there is none."""
        return float(np.median(self.values[-count:])) if len(self.values) else float("nan")


@dataclass(frozen=True)
class Evidence:
    """One replica's side of a record. layer matrices: [epochs, layers], NaN where nothing was measured."""

    experiment: Experiment
    meta: Mapping[str, Any] = field(default_factory=dict)
    stage: Stage = "settings"
    replica: int = 0
    tables: Mapping[str, Columns] = field(default_factory=dict)
    preview: Mapping[str, Any] | None = None

    @cached_property
    def epoch(self) -> int:
        """The last epoch that was recorded; 0 before training."""
        epochs = self.tables["epochs"].numbers("epoch") if "epochs" in self.tables else np.zeros(0)
        return int(epochs.max()) if len(epochs) else 0

    @property
    def planned(self) -> int:
        """Epochs that were chosen."""
        return self.experiment.training.epochs

    @property
    def steps(self) -> int:
        """Updates made until now."""
        return self.epoch * int(self.meta.get("steps_per_epoch") or 1)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will be recorded."""
        return self.stage == "ended"

    @property
    def is_trained(self) -> bool:
        """Whether there is a record to look at."""
        return self.stage in ("running", "ended") and self.epoch > 0

    @property
    def is_ripe(self) -> bool:
        """Whether the outcome so far may be judged: the run ended, or had a fair chance (our choice)."""
        if not self.is_trained:
            return False
        chance = self.epoch >= max(EARLY + 2, 0.3 * self.planned) and self.steps >= 100
        return self.has_ended or chance

    @property
    def task(self) -> str:
        """classification or regression."""
        known = self.meta.get("task") or getattr(self.experiment.data, "task", "classification")
        return str(known if known != "auto" else "classification")

    @property
    def classes(self) -> int:
        """Number of classes, 0 where unknown or none."""
        return len(self.meta.get("classes") or ())

    @property
    def hidden(self) -> int:
        """Number of hidden layers."""
        return len(self.experiment.network.counted)

    def curve(self, name: str) -> Curve:
        """One column of the epochs, while this replica was training."""
        if "epochs" not in self.tables:
            return Curve(np.zeros(0, int), np.zeros(0))
        columns = self.tables["epochs"]
        kept = columns.known(name) & self._moving(columns)
        return Curve(columns.numbers("epoch")[kept].astype(int), columns.numbers(name)[kept])

    def _moving(self, columns: Columns) -> np.ndarray:
        active = columns.numbers("active") if "active" in columns else np.ones(len(columns))
        still = np.flatnonzero(active == 0)
        return np.arange(len(active)) <= (still[0] if len(still) else len(active))

    @cached_property
    def layer_epochs(self) -> np.ndarray:
        """Epochs for which layers were measured."""
        if "layers" in self.tables:
            return np.unique(self.tables["layers"].numbers("epoch").astype(int))
        return np.zeros(1 if self.preview else 0, int)

    def layers(self, name: str) -> np.ndarray:
        """One quantity as [epochs, layers]; the last column is the output layer."""
        if "layers" not in self.tables:
            return self._previewed(name)
        epochs, layers = self._places
        matrix = np.full((len(self.layer_epochs), int(layers.max()) + 1 if len(layers) else 0), np.nan)
        matrix[epochs, layers] = self.tables["layers"].numbers(name)
        return matrix

    @cached_property
    def _places(self) -> tuple[np.ndarray, np.ndarray]:
        """Row and column of each of the layers' numbers in their matrix."""
        columns = self.tables["layers"]
        epochs = np.searchsorted(self.layer_epochs, columns.numbers("epoch").astype(int))
        return epochs, columns.numbers("layer").astype(int) - 1

    def _previewed(self, name: str) -> np.ndarray:
        shown = (self.preview or {}).get("layers") or []
        row = [np.nan if layer.get(name) is None else float(layer[name]) for layer in shown]
        return np.array(row, dtype=float).reshape(1 if shown else 0, len(row))

    def now(self, name: str, count: int = RECENT) -> np.ndarray:
        """Median of a quantity over the last recorded epochs, [layers]; empty if nothing was measured."""
        matrix = self.layers(name)[-count:]
        return _median(matrix) if len(matrix) else np.zeros(0)

    def first(self, name: str) -> np.ndarray:
        """A quantity at the first epoch for which it was measured, [layers]."""
        matrix = self.layers(name)
        measured = np.flatnonzero(np.isfinite(matrix).any(axis=1)) if matrix.size else np.zeros(0, int)
        return matrix[measured[0]] if len(measured) else np.zeros(0)

    def activation(self, layer: int) -> Activation | None:
        """What a layer's units do with their input; None for the output layer."""
        chosen = self.experiment.network.counted
        if not 1 <= layer <= len(chosen):
            return None
        found: Activation | None = chosen[layer - 1][1].get("activation")
        return found

    @cached_property
    def baselines(self) -> dict[tuple[str, str], tuple[float, float]]:
        """(name, split): (loss, score)."""
        columns = self.tables.get("baselines")
        if columns is None:
            return {}
        keys = zip(columns.words("name"), columns.words("split"), strict=True)
        return dict(zip(keys, zip(columns.numbers("loss"), columns.numbers("score"), strict=True), strict=True))

    @cached_property
    def doubts(self) -> dict[str, tuple[str, float]]:
        """What speaks against the validation score (core.data.doubts), by name: column and number. With a record its
        own; before training what was told of the data."""
        columns = self.tables.get("doubts")
        rows = columns.rows() if columns else self.meta.get("doubts") or []
        return {row["name"]: (str(row["column"]), float(row["value"])) for row in rows}

    @cached_property
    def answers(self) -> list[tuple[int, np.ndarray]]:
        """(epoch, answers on the validation rows [rows, classes or values]) in the order of epochs."""
        columns, width = self.tables.get("outputs"), max(self.classes, len(self.meta.get("targets") or (1,)))
        if columns is None or self.targets is None:
            return []
        kept = [k for k, split in enumerate(columns.words("split")) if split == "validation"]
        epochs = columns.numbers("epoch").astype(int)
        found = [(int(epochs[k]), columns.cell("answers", k)) for k in kept]
        return [(epoch, flat.reshape(-1, width)) for epoch, flat in found if len(flat) == len(self.targets) * width]

    @cached_property
    def targets(self) -> np.ndarray | None:
        """Targets of the recorded validation rows: class numbers, or values."""
        columns = self.tables.get("rows")
        kept = [k for k, split in enumerate(columns.words("split")) if split == "validation"] if columns else []
        return columns.cell("target", kept[0]) if columns and kept else None

    def events(self, *names: str) -> list[dict[str, Any]]:
        """Events of these names, in order."""
        columns = self.tables.get("events")
        return [row for row in columns.rows() if row["event"] in names] if columns else []


def evidences(experiment: Experiment, record: Recorded) -> list[Evidence]:
    """One Evidence per replica that has any epoch."""
    tables = {kind: by_replica(record.tables[kind]) for kind in READ if kind in record.tables}
    replicas = sorted(r for r in tables.get("epochs", {}) if r is not None)
    stage: Stage = "ended" if record.state in ENDED else "running"
    return [
        Evidence(
            experiment,
            record.meta or {},
            stage,
            replica,
            {kind: parts[key] for kind, parts in tables.items() if (key := _key(parts, replica)) in parts},
        )
        for replica in replicas
    ]


def _key(parts: Mapping[int | None, Columns], replica: int) -> int | None:
    """This replica's rows, or those that all replicas share."""
    return replica if replica in parts else None


def _median(matrix: np.ndarray) -> np.ndarray:
    """Median over epochs, NaN left out, NaN where nothing is left; silent."""
    found = np.full(matrix.shape[1], np.nan)
    for column in range(matrix.shape[1]):
        values = matrix[:, column]
        values = values[~np.isnan(values)]
        if len(values):
            found[column] = np.median(values)
    return found
