"""Histograms as rows of a record: only the bins that hold anything, as counted; older records read the same."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from core.recording.bins import BINS
from core.recording.rows import histograms_table
from core.recording.schemas import HISTOGRAMS, from_bytes, to_bytes


@pytest.fixture
def counted() -> np.ndarray:
    """[epochs, layers, quantities, bins]; one histogram is empty, some end at either side."""
    random = np.random.default_rng(0)
    counts = random.integers(1, 900, (2, 3, 4, BINS)) * (random.random((2, 3, 4, BINS)) < 0.03)
    counts[0, 1, 2] = 0
    counts[1, 0, 0, [0, BINS - 1]] = 7, 9
    return counts


def dense(table: pa.Table) -> np.ndarray:
    """The counts of every bin."""
    found = np.zeros((table.num_rows, BINS), int)
    for row, each in enumerate(table.to_pylist()):
        found[row, each["bins"]] = each["counts"]
    return found


def test_rows_hold_what_was_counted(counted):
    entries = [SimpleNamespace(epoch=4 + n, measured=SimpleNamespace(histograms=one)) for n, one in enumerate(counted)]
    table = from_bytes("histograms", [to_bytes(histograms_table(entries))])
    np.testing.assert_array_equal(dense(table), counted.reshape(-1, BINS))
    told = table.select(["epoch", "layer", "quantity"]).to_pylist()
    assert told[0] == {"epoch": 4, "layer": 1, "quantity": "weights"}
    assert told[-1] == {"epoch": 5, "layer": 3, "quantity": "activations"}
    assert all(row["bins"] == sorted(row["bins"]) and min(row["counts"], default=1) > 0 for row in table.to_pylist())


def test_rows_with_every_bin_from_the_first_to_the_last_are_read_as_those_of_now(counted):
    rows = []
    for layer, one in enumerate(counted[0].reshape(-1, BINS)):
        held = np.flatnonzero(one)
        first, last = (held[0], held[-1]) if len(held) else (0, -1)
        counts = one[first : last + 1].tolist()
        rows.append(
            {"epoch": 1, "replica": 0, "layer": layer, "quantity": "weights", "first_bin": first} | {"counts": counts}
        )
    fields = [field for field in HISTOGRAMS if field.name not in ("bins", "counts")]
    then = pa.schema([*fields, pa.field("first_bin", pa.int16()), pa.field("counts", pa.list_(pa.int64()))])
    batch = to_bytes(pa.Table.from_pylist(rows, schema=then))
    table = from_bytes("histograms", [batch, batch])
    assert table.schema == HISTOGRAMS
    np.testing.assert_array_equal(dense(table), np.tile(counted[0].reshape(-1, BINS), (2, 1)))
    assert table["layer"].to_pylist() == 2 * list(range(12))
