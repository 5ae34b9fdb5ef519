"""Replicas pooled: the same as pandas' groups, whatever is missing or infinite."""

import numpy as np
import pandas as pd
import pytest

from core.analysis.pooling import evenly, pooled


@pytest.mark.parametrize("by", [["epoch"], ["epoch", "layer"]])
@pytest.mark.parametrize("rows", [0, 1, 7, 200])
def test_median_low_high_and_broken_are_those_of_groups(by, rows):
    random = np.random.default_rng(rows)
    table = pd.DataFrame({"epoch": random.integers(0, 20, rows), "layer": random.integers(1, 5, rows)})
    table["value"] = random.choice([np.nan, np.inf, -np.inf, 0.25, -3.0, *random.normal(size=20)], rows)
    table["broken"] = random.random(rows) < 0.2
    groups = table.replace([np.inf, -np.inf], np.nan).groupby(by)
    wanted = groups["value"].agg(["median", "min", "max"]).assign(broken=groups["broken"].sum()).reset_index()
    wanted = wanted.rename(columns={"min": "low", "max": "high"})
    pd.testing.assert_frame_equal(pooled(table, "value", by), wanted, check_dtype=False)


@pytest.mark.parametrize(
    ("count", "most", "kept"),
    [
        (10, 1, [9]),
        (10, 2, [0, 9]),
        (10, 4, [0, 3, 6, 9]),
        (3, 3, [0, 1, 2]),
        (0, 5, []),
        (100, 5, [0, 25, 50, 74, 99]),
    ],
)
def test_evenly_keeps_the_ends_and_of_one_the_last(count, most, kept):
    assert evenly(range(count), most) == kept
