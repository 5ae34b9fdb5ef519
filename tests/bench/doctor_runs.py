"""Runs for the doctor's benchmark: one training of three seeds, each looked at by itself, as the rules see it and as
plain torch sees it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import safetensors.torch
import torch
from torch import Tensor

from core.data.baselines import baselines
from core.data.prepare import prepare
from core.data.splits import Splits
from core.experiment import Experiment
from core.recording.schemas import SCHEMAS
from core.recording.sink import MemorySink
from core.running.worker import doubt_table
from core.training.loop import train
from core.training.program import network_of

SEEDS = 3
Tamper = Callable[[Splits], Splits]
"""A fault in the data, put in after preparation: labels flipped, rows left out."""


@dataclass(frozen=True)
class Record:
    """What the rules get."""

    meta: Mapping[str, Any]
    state: str
    tables: Mapping[str, pa.Table]


@dataclass(frozen=True)
class Run:
    """One seed of a training."""

    experiment: Experiment
    splits: Splits
    record: Record
    replica: int
    weights: bytes
    twin: "Run | None" = field(default=None, repr=False)
    """The same without the fault, same seed."""

    @cached_property
    def rows(self) -> tuple[Tensor, Tensor]:
        """Training inputs [rows, features] and targets."""
        number = self.splits.train[0]
        return torch.as_tensor(self.splits.inputs[0][number]), torch.as_tensor(self.splits.targets[number])

    @cached_property
    def held_out(self) -> tuple[Tensor, Tensor]:
        """Validation inputs and targets."""
        number = self.splits.validation[0]
        return torch.as_tensor(self.splits.inputs[0][number]), torch.as_tensor(self.splits.targets[number])

    def network(self, is_trained: bool = True) -> torch.nn.Module:
        """The plain network, with the weights of the end or of the start."""
        plain = network_of(self.experiment, self.splits, self.experiment.training.seed + self.replica)
        if is_trained:
            plain.load_state_dict(safetensors.torch.load(self.weights))
        return plain.eval()

    def score(self, held_out: bool = False) -> float:
        """Accuracy or R², measured with the plain network."""
        inputs, targets = self.held_out if held_out else self.rows
        with torch.no_grad():
            answers = self.experiment.loss.answers(self.network()(inputs), self.splits.task)
        if self.splits.task == "classification":
            return float((answers.argmax(1) == targets).double().mean())
        left, total = (answers - targets).square().sum(), (targets - targets.mean(0)).square().sum()
        return float(1 - left / total)

    def curve(self, name: str) -> np.ndarray:
        """One column of the epochs, from epoch 1 on."""
        return np.array(self.record.tables["epochs"][name].to_pylist()[1:], dtype=float)


def until(record: Record, epoch: int) -> Record:
    """The record as it was while the run was at an epoch."""
    tables = {
        kind: table.filter(pc.less_equal(table["epoch"], epoch)) if "epoch" in table.column_names else table
        for kind, table in record.tables.items()
        if kind != "tests"
    }
    return Record(record.meta, "running", tables)


def runs(changes: dict[str, Any], tamper: Tamper | None = None) -> list[Run]:
    """The seeds of one training."""
    experiment = Experiment().changed({"training.replicas": SEEDS, **changes})
    splits = prepare(experiment.data.load(None), experiment.split, experiment.preparation).splits
    splits = tamper(splits) if tamper else splits
    sink = MemorySink()
    ended = train(experiment, splits, sink)
    tables = sink.tables()
    rows = [
        {"name": b.name, "split": b.split, "loss": b.loss, "score": b.score} for b in baselines(splits, experiment.loss)
    ]
    tables["baselines"] = pa.Table.from_pylist(rows, schema=SCHEMAS["baselines"])
    return [
        Run(experiment, splits, Record(sink.meta, ended.outcome, _only(tables, k)), k, _weights(sink, k))
        for k in range(SEEDS)
    ]


def doubted(run: Run) -> Run:
    """The run with what its splits say about the validation score, as the worker records it."""
    tables = {**run.record.tables, "doubts": doubt_table(run.splits)}
    return replace(run, record=Record(run.record.meta, run.record.state, tables))


def with_twin(run: Run, twin: Run | None) -> Run:
    """The run beside its healthy twin, or alone again."""
    return replace(run, twin=twin)


def _weights(sink: MemorySink, replica: int) -> bytes:
    return (sink.weights.get((replica, "last")) or sink.weights[replica, "best"])[1]


def _only(tables: Mapping[str, pa.Table], replica: int) -> dict[str, pa.Table]:
    return {
        kind: table.filter(pc.equal(table["replica"], replica)) if "replica" in table.column_names else table
        for kind, table in tables.items()
    }
