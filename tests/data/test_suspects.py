"""Suspect labels: those that were flipped are found, clean tables are left alone, and what is left out is left out."""

from dataclasses import replace

import numpy as np

from core.choices.preparation import Preparation, Split
from core.choices.tables import TABLES
from core.data.prepare import prepare
from core.data.suspects import ranked, suspects


def ready(kind="wine", **more):
    return prepare(TABLES[kind]().load(), Split(), Preparation(**more)).splits


def test_flipped_labels_come_first():
    splits = ready("wine")
    rng = np.random.default_rng(0)
    used = np.concatenate([splits.train[0], splits.validation[0]])
    hit = rng.choice(used, 14, replace=False)
    targets = splits.targets.copy()
    targets[hit] = (targets[hit] + 1) % 3
    found = suspects(replace(splits, targets=targets))
    rows = [suspect.row for suspect in found.suspects]
    true = set(splits.rows[hit].tolist())
    assert len(true & set(rows)) >= 10 and len(set(rows[:10]) & true) >= 8
    assert found.rows == len(used)


def test_a_clean_table_has_few():
    assert len(suspects(ready("wine")).suspects) <= 5


def test_values_far_off_are_found():
    splits = ready("plane")
    targets = splits.targets.copy()
    hit = splits.train[0][:5]
    targets[hit] += 8
    found = suspects(replace(splits, targets=targets)).suspects
    assert {suspect.row for suspect in found[:5]} == set(splits.rows[hit].tolist())


def test_of_several_targets_the_one_that_is_off_is_named():
    splits = ready("arm")
    targets = splits.targets.copy()
    targets[splits.train[0][:3], 1] += 8
    found = suspects(replace(splits, targets=targets)).suspects[:3]
    assert {suspect.row for suspect in found} == set(splits.rows[splits.train[0][:3]].tolist())
    own = targets[splits.train[0][:3], 1] * splits.target_std[1] + splits.target_mean[1]
    assert [suspect.target for suspect in found] == [1, 1, 1]
    np.testing.assert_allclose(sorted(suspect.given for suspect in found), sorted(own), rtol=1e-6)


def test_the_rule_is_that_of_confident_learning_or_twice_the_label():
    """By hand: over the other class's own mean, or over twice the label's share."""
    shares = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.4, 0.6], [0.85, 0.15], [0.32, 0.68], [0.45, 0.55]])
    labels = np.array([0, 0, 1, 1, 1, 0, 0])
    usual = [shares[labels == k, k].mean() for k in (0, 1)]
    expected = []
    for row, label in enumerate(labels):
        own, most = shares[row, label], shares[row, 1 - label]
        if most > own and (most >= usual[1 - label] or most > 2 * own):
            expected.append(row)
    found = ranked(shares, labels)
    assert sorted(place for place, *_ in found) == expected == [4, 5, 6]
    assert [place for place, *_ in found] == [4, 5, 6]


def test_rows_left_out_are_in_no_part():
    whole, fewer = ready(), ready(leave_out=(0, 5, 177))
    assert len(whole.rows) - len(fewer.rows) == 3 and not {0, 5, 177} & set(fewer.rows.tolist())
    assert any("3 rows are left out by hand" in note for note in fewer.notes)
