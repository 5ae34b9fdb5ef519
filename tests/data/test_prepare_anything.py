"""Whatever a table holds: numbers that a network can take, or a refusal in words; never a traceback, never a NaN."""

import datetime as dt
import json

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from core.choices.losses import CrossEntropy, SquaredError
from core.choices.preparation import FoldSplit, GroupSplit, Preparation, Split, TimeSplit
from core.data.baselines import baselines
from core.data.fitted import Fitted
from core.data.prepare import prepare
from core.data.sample import chosen
from core.data.table import Table
from core.refusal import Refusal

ROWS = st.one_of(st.integers(12, 40), st.integers(0, 8))
MAKERS = {
    "number": st.one_of(st.floats(width=64), st.none(), st.sampled_from([0.0, 1.0, np.inf, 1e300, -1e30, 1e-300])),
    "few": st.one_of(st.sampled_from(["a", "b", "c"]), st.none()),
    "integer": st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(0, 3), st.none()),
    "category": st.one_of(st.sampled_from(["a", "b", "c", ""]), st.text(max_size=4), st.none()),
    "boolean": st.one_of(st.booleans(), st.none()),
    "date": st.one_of(st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 1, 1)), st.none()),
    "text": st.one_of(st.text(max_size=9), st.none()),
    "id": st.one_of(st.text("0123456789", max_size=20), st.none()),
}
ARROW = {"number": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_(), "date": pa.timestamp("us")}
SPLIT = st.one_of(
    st.builds(Split, test=st.sampled_from([0, 0.2]), stratified=st.booleans()),
    st.builds(FoldSplit, folds=st.integers(2, 4), order=st.sampled_from(["stratified", "plain"])),
    st.just(GroupSplit(column="c0")),
    st.just(TimeSplit(column="c0")),
)
FIELDS = Preparation.model_fields
PREPARATION = st.builds(
    Preparation,
    **{name: st.sampled_from(FIELDS[name].annotation.__args__) for name in ("scaling", "missing", "balance")},
    missing_indicator=st.booleans(),
    rare_share=st.sampled_from([0, 0.1]),
    standardise_target=st.booleans(),
)


@st.composite
def tables(draw):
    rows = draw(ROWS)
    usual = st.sampled_from(["few", "few", "boolean", "number", "integer", "category"])
    kinds = [draw(usual), *draw(st.lists(st.sampled_from(list(MAKERS)), max_size=4))]
    names = ["y", *(f"c{k}" for k in range(len(kinds) - 1))]
    columns = {
        name: pa.array(draw(st.lists(MAKERS[kind], min_size=rows, max_size=rows)), ARROW.get(kind, pa.string()))
        for name, kind in zip(names, kinds)
    }
    plain = {"integer": "number", "few": "category"}
    types = {name: plain.get(kind, kind) for name, kind in zip(names, kinds)}
    return Table.of(pa.table(columns), types)


@settings(max_examples=150, deadline=None)
@given(
    table=tables(),
    split=SPLIT,
    preparation=PREPARATION,
    task=st.sampled_from(["auto", "classification", "regression"]),
    named=st.booleans(),
)
def test_finite_numbers_or_words(table, split, preparation, task, named):
    names = tuple(column.name for column in table.columns if column.name != "y")
    try:
        sample = chosen(table, "y", names if named else None, task)
        prepared = prepare(sample, split, preparation)
    except Refusal as refusal:
        assert all(problem.message and problem.path for problem in refusal.problems)
        return
    splits = prepared.splits
    assert np.isfinite(splits.inputs).all() and np.isfinite(splits.targets).all()
    assert splits.inputs.dtype == np.float32 and splits.inputs.shape[1:] == (len(splits.rows), len(splits.input_names))
    for train, validation in zip(splits.train, splits.validation, strict=True):
        assert len(train) and len(validation)
        assert not set(train) & set(validation) and not set(train) & set(splits.test[0])
    again = Fitted.from_description(json.loads(json.dumps(prepared.steps[0].describe(), allow_nan=False)))
    assert np.isfinite(again.apply(table)).all()
    found = baselines(splits, CrossEntropy() if splits.classes else SquaredError())
    assert all(np.isfinite(baseline.loss) for baseline in found)
