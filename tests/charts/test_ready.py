"""What a chart sends the browser: what it draws, and nothing that it does not."""

import altair as alt
import numpy as np
import pandas as pd
import pyarrow as pa

from core.charts.ready import ready

ROWS = 400


def sent(table: pd.DataFrame) -> pa.Table:
    chart = alt.Chart(table).mark_point().encode(alt.X("epoch:Q"), alt.Y("size:Q"), tooltip=alt.Tooltip("words:N"))
    return pa.ipc.open_stream(ready(chart).datasets["d0"]).read_all()


def table_of(size: np.ndarray) -> pd.DataFrame:
    words = np.array(["layer 1", "layer 2"])[np.arange(ROWS) % 2]
    return pd.DataFrame({"epoch": np.arange(ROWS), "size": size, "words": words, "unseen": 1.0})


def test_only_what_is_drawn_is_sent_and_no_digit_that_shows_is_lost():
    size = np.random.default_rng(0).normal(size=ROWS) * 10.0 ** np.linspace(-20, 20, ROWS)
    size[:3] = [np.nan, np.inf, 0.0]
    got = sent(table_of(size))
    assert got.column_names == ["epoch", "size", "words"]
    assert got.nbytes < 0.4 * pa.Table.from_pandas(table_of(size)).nbytes
    back = got.to_pandas()
    np.testing.assert_allclose(back["size"], size, rtol=1e-7)
    assert back["epoch"].tolist() == list(range(ROWS)) and back["words"].tolist() == table_of(size)["words"].tolist()


def test_numbers_too_small_or_too_large_for_four_bytes_keep_eight():
    size = np.full(ROWS, 1.0)
    size[1], size[2] = 1e-60, 1e60
    np.testing.assert_array_equal(sent(table_of(size))["size"].to_numpy(), size)
