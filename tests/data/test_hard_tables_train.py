"""Tables with something wrong train with the proposed experiment, or say why not (RELIABILITY.md B2, B3,
B14, D3, D6, D8, D15)."""

import numpy as np
import pyarrow as pa
import pytest
import torch

from core.analysis.record import Record
from core.analysis.verdict import headline
from core.choices.defaults import default_experiment
from core.choices.tables import Iris
from core.data.prepare import prepare
from core.data.sample import as_table, chosen
from core.recording.sink import MemorySink
from core.training.loop import train

X = np.random.default_rng(0).standard_normal((300, 3))


def ready(y, **changed):
    """The proposed experiment and its splits."""
    columns = {f"x{k}": X[: len(y), k] for k in range(3)} | changed
    sample = chosen(as_table(pa.table({**columns, "y": y})), "y")
    experiment = default_experiment(Iris(), sample)
    return experiment, prepare(sample, experiment.split, experiment.preparation).splits


def run(y, **changed):
    torch.set_num_threads(1)
    experiment, splits = ready(y, **changed)
    return train(experiment, splits, MemorySink(), device="cpu")


@pytest.mark.parametrize("scale", [1e9, 1.0, 1e-9])
def test_targets_of_any_scale_are_learned(scale):
    summary = run(scale * (X[:, 0] + X[:, 1] ** 2))
    assert summary.train_loss.median < 0.05
    assert summary.test_score.median > 0.9


def test_infinite_and_huge_inputs_leave_the_loss_finite():
    bad = X[:, 0].copy()
    bad[:5] = [np.inf, -np.inf, 1e300, 1e29, np.nan]
    summary = run((X[:, 1] > 0).astype(str), x0=bad)
    assert summary.outcome == "finished"
    assert summary.test_score.median > 0.9


def test_columns_that_say_nothing_do_no_harm():
    """RELIABILITY.md B3."""
    spare = {"empty": pa.nulls(300, pa.float64()), "always": np.full(300, 3.0)}
    assert run((X[:, 1] > 0).astype(str), **spare).test_score.median > 0.9


def test_a_class_of_one_trains():
    assert run(np.array(["a"] * 299 + ["b"])).outcome == "finished"


def test_noise_is_not_predicted_and_that_is_said():
    """RELIABILITY.md D8."""
    sink = MemorySink()
    experiment, splits = ready(np.random.default_rng(1).integers(0, 2, 300).astype(str))
    summary = train(experiment, splits, sink, device="cpu")
    assert summary.test_score.median == pytest.approx(0.5, abs=0.15)
    record = Record(sink.meta, summary.outcome, sink.tables())
    assert "not do better than a guess" in headline(record).text


def test_the_same_table_and_seed_give_the_same_record_bit_by_bit():
    """RELIABILITY.md D15."""
    records = []
    for _ in range(2):
        sink = MemorySink()
        experiment, splits = ready((X[:, 0] > 0).astype(str))
        train(experiment, splits, sink, device="cpu")
        records.append((sink.table("epochs").drop(["seconds", "recording_seconds"]), sink.weights))
    assert records[0][0].equals(records[1][0]) and records[0][1] == records[1][1]


def test_five_rows_train():
    assert run(np.array(["a", "b", "a", "b", "a"])).outcome == "finished"
