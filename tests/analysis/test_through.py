"""The gradient through time in numbers and words, from records whose numbers are known."""

import numpy as np
import pyarrow as pa
import pytest

from core.analysis import through
from core.analysis.record import Record
from core.recording.schemas import SCHEMAS

STEPS = 40


def record(factor, cell=None, epochs=6, replicas=1):
    """The gradient falls by `factor` from step to step on its way back, at every epoch; a cell's by `cell`."""
    ways = {"state": factor, **({} if cell is None else {"cell": cell})}
    rows = [
        {
            "epoch": epoch,
            "replica": replica,
            "layer": 1,
            "quantity": quantity,
            "gradient": [(replica + 1) * kept ** (STEPS - t) for t in range(1, STEPS + 1)],
        }
        for epoch in range(epochs)
        for replica in range(replicas)
        for quantity, kept in ways.items()
    ]
    told = pa.Table.from_pylist(
        [{"epoch": e, "replica": r, "train_loss": 0.7} for e in range(epochs) for r in range(replicas)],
        schema=SCHEMAS["epochs"],
    )
    return Record({}, "finished", {"epochs": told, "times": pa.Table.from_pylist(rows, schema=SCHEMAS["times"])})


def test_a_gradient_that_fades_is_said_and_measured():
    now = through.newest(record(0.5))
    assert now.first == pytest.approx(0.5**39, rel=1e-9) and now.factor == pytest.approx(0.5, rel=1e-9)
    assert now.reach == 7  # 0.5 ** 6 is above a hundredth, 0.5 ** 7 is not
    assert now.verdict == "bad" and now.since == 0
    assert through.headline(record(0.5)).text.replace("\u00a0", " ") == (
        "The gradient at step 1 is one 550\u2011billionth of that at step 40."
    )
    assert through.headline(record(0.5)).tone == "red"


def test_a_gradient_that_is_kept_is_green_and_one_that_grows_is_red():
    assert through.headline(record(0.99)).tone == "green"
    grown = through.headline(record(1.3))
    assert grown.tone == "red" and "times" in grown.text


def test_the_memory_of_an_lstm_is_its_cell():
    seen = record(0.5, cell=0.99)
    assert through.memory(seen, 1) == "cell" and through.carriers(seen, 1) == ["cell", "state"]
    assert through.newest(seen).verdict == "good"


def test_seeds_are_pooled_by_their_own_last_step():
    table = through.flow(record(0.9, replicas=3), 1, "state")
    now = table[table["epoch"] == 5].sort_values("layer")
    assert np.allclose(now["median"], np.log10(0.9) * np.arange(39, -1, -1))
    assert np.allclose(now["low"], now["high"])


def test_where_each_step_answers_a_kept_gradient_is_level_and_a_lost_one_falls_to_its_own_answer():
    """Answers add up: step t gets the sum of kept ** (s - t) over all later steps s."""
    for kept, wanted in ((1.0, 1.0), (0.0, 1 / STEPS)):
        gradient = [sum(kept ** (s - t) for s in range(t, STEPS + 1)) for t in range(1, STEPS + 1)]
        row = {"epoch": 0, "replica": 0, "layer": 1, "quantity": "state", "gradient": gradient}
        tables = {"times": pa.Table.from_pylist([row], schema=SCHEMAS["times"])}
        now = through.newest(Record({"reads_ahead": False}, "finished", tables))
        assert now.first == pytest.approx(wanted)
        table = through.previewed({"times": [row], "reads_ahead": False})
        assert 10 ** table["median"].iloc[0] == pytest.approx(wanted) and table["rms"].tolist() == gradient


def test_arms_align_at_their_last_step():
    table = through.of_arms([("Elman", [record(0.5)]), ("LSTM", [record(0.5, cell=0.99)]), ("dense", [Record.empty()])])
    first = table[table["place"] == -39].set_index("arm")["median"]
    assert first["Elman"] == pytest.approx(39 * np.log10(0.5)) and first["LSTM"] == pytest.approx(39 * np.log10(0.99))
    assert set(table["arm"]) == {"Elman", "LSTM"}


def test_a_preview_tells_the_first_layers_memory():
    told = [
        {"layer": 1, "quantity": "state", "gradient": [0.25, 0.5, 1.0]},
        {"layer": 1, "quantity": "cell", "gradient": [0.5, None, 1.0]},
    ]
    table = through.previewed({"times": told})
    assert table["median"].iloc[0] == pytest.approx(np.log10(0.5)) and table["broken"].tolist() == [0, 1, 0]
    assert not len(through.previewed({}))
