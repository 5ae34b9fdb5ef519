"""What the Data page shows of the preparation."""

import numpy as np
import pytest

from core.choices.preparation import Preparation, Split
from core.choices.tables import TABLES
from core.data.prepare import prepare
from core.data.shown import shown


@pytest.mark.parametrize("kind", ["iris", "wine", "breast_cancer", "diabetes"])
def test_scaling_does_not_change_the_shape_of_a_column(kind):
    sample = TABLES[kind]().load(None)
    ready = prepare(sample, Split(), Preparation())
    told = [one for one in shown(sample, ready, Split())["before_after"] if not one["missing"]]
    assert told
    for one in told:
        before, after = ([rows for _, _, rows in one[side]] for side in ("before", "after"))
        assert before == after and sum(before) == len(ready.splits.train[0])


def test_bars_count_what_lies_between_their_edges():
    sample = TABLES["iris"]().load(None)
    ready = prepare(sample, Split(), Preparation())
    for one in shown(sample, ready, Split())["before_after"]:
        values = ready.splits.inputs[0][ready.splits.train[0], ready.splits.input_names.index(one["column"])]
        for low, high, rows in one["after"][:-1]:
            slack = 1e-4 * (values.max() - values.min())
            assert np.sum((values > low + slack) & (values < high - slack)) <= rows
            assert rows <= np.sum((values > low - slack) & (values < high + slack))
