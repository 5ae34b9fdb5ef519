"""Windows of time: what each holds, that none straddles a group or a border, and what is refused."""

import numpy as np
import pyarrow as pa
import pytest

from core.choices.defaults import default_experiment
from core.choices.preparation import Preparation, Split, TimeSplit
from core.choices.sequence_tables import Sines
from core.choices.tables import UploadedTable
from core.choices.windows import Windows
from core.data.prepare import prepare
from core.data.sample import as_table, chosen
from core.data.windows import BEGINS, NUMBER, windowed
from core.refusal import Refusal


def table(rows=60, groups=("a", "b"), shuffled=True, seed=0):
    """Two shops, one row a day each; the sale of a day is 100 × its shop + the day."""
    rng = np.random.default_rng(seed)
    day = np.repeat(np.arange(rows), len(groups))
    shop = np.tile(np.arange(len(groups)), rows)
    order = rng.permutation(len(day)) if shuffled else np.arange(len(day))
    columns = {
        "day": day[order].astype(float),
        "shop": [groups[k] for k in shop[order]],
        "heat": (day[order] * 2.0),
        "sales": 100.0 * shop[order] + day[order],
    }
    return as_table(pa.table(columns))


def cut(**windows):
    return windowed(chosen(table(), "sales"), Windows(**{"order": "day", "group": "shop", "length": 4, **windows}))


def test_a_window_holds_rows_of_one_group_in_order_and_its_target_lies_behind():
    sample = cut(horizon=3)
    data = sample.table.data
    assert sample.shape == (4, 2) and sample.inputs[:4] == ("heat 1", "sales 1", "heat 2", "sales 2")
    sales = np.stack([data[f"sales {k}"].to_numpy() for k in range(1, 5)], 1)
    heat = np.stack([data[f"heat {k}"].to_numpy() for k in range(1, 5)], 1)
    shop = np.array([100.0 * (name == "b") for name in data["shop"].to_pylist()])
    assert np.array_equal(np.diff(sales, axis=1), np.ones((len(sales), 3)))
    assert np.array_equal(sales - shop[:, None], heat / 2)
    assert np.array_equal(data["sales"].to_numpy(), sales[:, -1] + 3)
    assert np.array_equal(data["day"].to_numpy(), data["sales"].to_numpy() - shop)
    assert np.array_equal(data[BEGINS].to_numpy(), heat[:, 0] / 2)
    assert len(sales) == 2 * (60 - 4 - 3 + 1)


def test_stride_and_the_past_of_the_target_can_be_chosen():
    assert cut(stride=5).table.rows == 2 * len(range(0, 60 - 5 + 1, 5))
    assert cut(past=False).shape == (4, 1)


def test_without_an_order_the_file_is_the_order():
    sample = windowed(chosen(table(groups=("a",), shuffled=False), "sales"), Windows(length=4))
    assert np.array_equal(sample.table.data[NUMBER].to_numpy(), np.arange(5, 61))
    assert np.array_equal(sample.table.data["day"].to_numpy() if "day" in sample.table.data.column_names else [], [])


@pytest.mark.parametrize("length", [2, 5, 9])
def test_no_window_straddles_the_border_of_two_parts(length):
    sample = cut(length=length)
    splits = prepare(sample, TimeSplit(column="day"), Preparation()).splits
    begins, ends = sample.table.data[BEGINS].to_numpy(), sample.table.data["day"].to_numpy()
    train, validation, test = (splits.rows[part[0]] for part in (splits.train, splits.validation, splits.test))
    assert ends[train].max() < begins[validation].min() or ends[train].max() < ends[validation].min()
    assert begins[validation].min() > ends[train].max()
    assert begins[test].min() > ends[validation].max()
    assert any("astride" in note for note in splits.notes)
    assert splits.shape == (length, 2)


def test_split_by_chance_is_called_leakage_and_a_time_split_is_proposed():
    sample = cut()
    assert any("windows overlap" in note for note in prepare(sample, Split(), Preparation()).splits.notes)
    data = UploadedTable(table="t", target="sales", windows=Windows(order="day", group="shop", length=4))
    proposed = default_experiment(data, sample)
    assert proposed.split == TimeSplit(column="day") and proposed.network.kind == "recurrent"


def test_every_value_is_scaled_alike_at_all_steps():
    sample = cut()
    splits = prepare(sample, TimeSplit(column="day"), Preparation()).splits
    rows = splits.rows[splits.train[0]]
    raw = np.stack([sample.table.data[name].to_numpy()[rows] for name in sample.inputs], 1).reshape(-1, 2)
    ready = splits.inputs[0][splits.train[0]].reshape(-1, 2)
    assert np.allclose(ready, (raw - raw.mean(0)) / raw.std(0), atol=1e-5)


@pytest.mark.parametrize(
    ("windows", "path"),
    [
        ({"length": 59}, "data.windows.length"),
        ({"order": "shop"}, "data.windows.order"),
        ({"group": "town"}, "data.windows.group"),
    ],
)
def test_refusals_say_where(windows, path):
    with pytest.raises(Refusal) as refused:
        cut(**{"horizon": 5, **windows})
    assert refused.value.problems[0].path == path


def asked(sample):
    return np.stack([sample.table.data[name].to_numpy() for name in sample.targets], 1)


def test_every_step_can_be_asked_what_lies_a_few_rows_behind_it():
    sample = cut(horizon=2, asked="every_step")
    sales = np.stack([sample.table.data[f"sales {k}"].to_numpy() for k in range(1, 5)], 1)
    assert sample.targets == tuple(f"sales after {k}" for k in range(1, 5)) and sample.asked_steps == 4
    assert np.array_equal(asked(sample), sales + 2)
    assert np.array_equal(sample.table.data["day"].to_numpy() % 100, asked(sample)[:, -1] % 100)
    assert sample.table.rows == cut(horizon=2).table.rows


def test_all_rows_until_the_horizon_can_be_asked_at_once():
    sample = cut(horizon=3, asked="all_until_then")
    last = sample.table.data["sales 4"].to_numpy()
    assert sample.targets == ("sales in 1", "sales in 2", "sales in 3") and not sample.asked_steps
    assert np.array_equal(asked(sample), last[:, None] + [1, 2, 3])


def test_several_targets_are_asked_step_by_step():
    both = windowed(
        chosen(table(), ["sales", "heat"]), Windows(order="day", group="shop", length=3, asked="every_step")
    )
    assert both.targets[:3] == ("sales after 1", "heat after 1", "sales after 2")
    data = both.table.data
    assert np.array_equal(data["heat after 1"].to_numpy(), data["heat 2"].to_numpy())
    splits = prepare(both, TimeSplit(column="day"), Preparation()).splits
    assert splits.targets.shape[1] == 6 and len(set(splits.target_std)) == 2
    assert splits.target_std[0] == splits.target_std[2] and splits.asked_steps == 3


@pytest.mark.parametrize(
    ("target", "windows", "words"),
    [
        ("shop", {"asked": "every_step", "length": 3}, "a class is asked once for each window"),
        ("sales", {"asked": "every_step", "length": 101}, "a network answers 100 at most"),
        ("sales", {"asked": "all_until_then", "horizon": 101}, "a network answers 100 at most"),
    ],
)
def test_what_cannot_be_asked_at_every_step_is_said(target, windows, words):
    with pytest.raises(Refusal, match=words):
        windowed(chosen(table(rows=300), target), Windows(order="day", **windows))


def test_no_row_without_a_target_is_asked():
    values = np.arange(40.0)
    values[20] = np.nan
    gap = as_table(pa.table({"x": np.arange(40.0), "y": pa.array(values, from_pandas=True)}))
    for how, lost in (("end", 1), ("every_step", 4), ("all_until_then", 1)):
        sample = windowed(chosen(gap, "y"), Windows(length=4, asked=how))
        assert sample.table.rows == 36 - lost and np.isfinite(asked(sample)).all()


def test_where_every_step_is_asked_an_answer_at_each_is_proposed():
    for how, read in (("end", "last"), ("every_step", "each_step"), ("all_until_then", "last")):
        data = UploadedTable(table="t", target="sales", windows=Windows(order="day", length=4, asked=how))
        proposed = default_experiment(data, data.load(lambda _: table()))
        assert proposed.network.read == read and proposed.split.column == "day"
    assert default_experiment(Sines(asked="every_step"), None).network.read == "each_step"
