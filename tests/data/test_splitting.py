"""Parts are disjoint, cover the rows, keep class shares, groups and time, and follow their seed."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.choices.preparation import FoldSplit, GroupSplit, Preparation, Split, TimeSplit
from core.choices.tables import Digits, Iris
from core.data.prepare import prepare
from core.data.sample import as_table, chosen
from core.data.splitting import allotted, divided
from core.refusal import Refusal


def shop_sample(rows=120):
    rng = np.random.default_rng(0)
    day = [dt.datetime(2026, 1, 1) + dt.timedelta(days=int(d)) for d in rng.permutation(rows)]
    columns = {
        "shop": [f"shop {k % 12}" for k in range(rows)],
        "day": pa.array(day, pa.timestamp("us")),
        "x": rng.standard_normal(rows),
        "y": [("a", "b", "c")[k % 3] for k in range(rows)],
    }
    return chosen(as_table(pa.table(columns)), "y")


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(1, 40), min_size=1, max_size=8),
    validation=st.floats(0.01, 0.6),
    test=st.floats(0, 0.3),
    seed=st.integers(0, 1000),
)
def test_random_parts_cover_the_rows_and_hold_their_shares(counts, validation, test, seed):
    strata = np.repeat(np.arange(len(counts)), counts)
    if len(strata) < 5:
        strata = np.resize(strata, 5)
    parts = divided(Split(validation=validation, test=test, seed=seed), None, np.arange(len(strata)), strata)
    train, validating, testing = parts.train[0], parts.validation[0], parts.test
    assert sorted([*train, *validating, *testing]) == list(range(len(strata)))
    assert len(train) and len(validating)
    spare = len(strata) - len(set(strata))
    if spare >= (2 if test else 1):  # one more row than classes for each other part: with fewer it cannot be
        assert set(strata[train]) == set(strata), "every class has a row to learn from"
    assert abs(len(testing) - test * len(strata)) <= len(counts) + 1
    assert abs(len(validating) - validation * len(strata)) <= 2 * len(counts) + 2


@settings(max_examples=40, deadline=None)
@given(sizes=st.lists(st.integers(10, 200), min_size=2, max_size=6), share=st.floats(0.1, 0.5), seed=st.integers(0, 99))
def test_every_stratum_gives_its_share(sizes, share, seed):
    strata = np.repeat(np.arange(len(sizes)), sizes)
    taken = allotted(strata, share, np.random.default_rng(seed))
    for stratum, size in enumerate(sizes):
        assert abs(taken[strata == stratum].sum() - share * size) <= 1.001
    assert abs(taken.sum() - share * len(strata)) <= 0.501


def test_same_seed_same_parts_other_seed_other_parts():
    first, again, other = (prepare(Iris().load(), Split(seed=s), Preparation()).splits for s in (1, 1, 2))
    assert np.array_equal(first.train[0], again.train[0])
    assert np.array_equal(first.inputs, again.inputs)
    assert not np.array_equal(first.train[0], other.train[0])


def test_a_file_sorted_by_class_still_shows_every_class_everywhere():
    """RELIABILITY.md D5: iris is sorted by species."""
    for split in (Split(), Split(stratified=False), FoldSplit()):
        splits = prepare(Iris().load(), split, Preparation()).splits
        for part in (*splits.train, *splits.validation, *splits.test):
            assert set(splits.targets[part]) == {0, 1, 2}


@pytest.mark.parametrize("order", ["plain", "stratified"])
def test_folds_let_every_row_validate_once(order):
    splits = prepare(Iris().load(), FoldSplit(folds=4, order=order), Preparation()).splits
    assert len(splits.train) == len(splits.validation) == len(splits.inputs) == 4
    everyone = np.concatenate([*splits.validation, *splits.test])
    assert sorted(everyone) == list(range(150))
    for train, validation in zip(splits.train, splits.validation, strict=True):
        assert not set(train) & set(validation)
        assert not (set(train) | set(validation)) & set(splits.test[0])


def test_stratified_folds_have_even_classes():
    splits = prepare(Digits().load(), FoldSplit(folds=5), Preparation()).splits
    counts = np.array([np.bincount(splits.targets[rows]) for rows in splits.validation])
    assert np.ptp(counts, axis=0).max() <= 1


@pytest.mark.parametrize("split", [GroupSplit(column="shop"), FoldSplit(order="grouped", column="shop", folds=3)])
def test_groups_stay_together(split):
    sample = shop_sample()
    splits = prepare(sample, split, Preparation()).splits
    shop = np.array(sample.table.data.column("shop").to_pylist())
    for train, validation in zip(splits.train, splits.validation, strict=True):
        parts = [set(shop[rows]) for rows in (train, validation, splits.test[0])]
        assert not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]
        assert all(parts)
    assert not any(name.startswith("shop") for name in splits.input_names)


def test_time_moves_forward():
    sample = shop_sample()
    splits = prepare(sample, TimeSplit(column="day"), Preparation()).splits
    day = np.array(sample.table.data.column("day").to_numpy())
    assert day[splits.train[0]].max() < day[splits.validation[0]].min()
    assert day[splits.validation[0]].max() < day[splits.test[0]].min()
    assert (len(splits.train[0]), len(splits.validation[0]), len(splits.test[0])) == (72, 24, 24)


def test_rows_of_one_moment_stay_in_one_part():
    columns = {"year": np.repeat([2020, 2021, 2022, 2023, 2024], 10), "x": np.arange(50.0) ** 1.5, "y": np.arange(50.0)}
    sample = chosen(as_table(pa.table(columns)), "y", task="regression")
    splits = prepare(sample, TimeSplit(column="year", validation=0.25, test=0.15), Preparation()).splits
    years = [set(columns["year"][rows]) for rows in (splits.train[0], splits.validation[0], splits.test[0])]
    assert years == [{2020, 2021, 2022}, {2023}, {2024}]


def test_a_split_that_cannot_be_made_is_refused_in_words():
    sample = shop_sample()
    for split, words in (
        (GroupSplit(column="nowhere"), "no column 'nowhere'"),
        (TimeSplit(column="shop"), "neither dates nor numbers"),
        (FoldSplit(order="grouped", column="shop", folds=20), "20 folds need more than 12 groups"),
    ):
        with pytest.raises(Refusal, match=words):
            prepare(sample, split, Preparation())
