"""Balanced accuracy beside accuracy where classes are unequal. RELIABILITY.md D3."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from core.analysis.answers import histories
from core.analysis.confusion import balanced_accuracy, is_unbalanced
from core.analysis.verdict import vitals
from tests.analysis import made


def answered(targets, answers, classes=2):
    record = made.classifier(0.05 + 0.9 * np.eye(classes)[answers][None, None], np.asarray(targets))
    return record, histories(record, "validation")[0].at()


@pytest.mark.filterwarnings("ignore:y_pred contains classes")
@pytest.mark.parametrize("seed", range(5))
def test_it_is_scikit_learns(seed):
    rng = np.random.default_rng(seed)
    targets, answers = rng.integers(0, 3, 60), rng.integers(0, 4, 60)
    assert balanced_accuracy(answered(targets, answers, 4)[1]) == pytest.approx(
        balanced_accuracy_score(targets, answers)
    )


def test_a_lost_class_shows_beside_the_accuracy():
    targets = np.repeat([0, 1], [95, 5])
    record, told = answered(targets, np.zeros(100, int))
    assert is_unbalanced(told) and vitals(record)[0].pill == "balanced 50\u202f%"
    record, told = answered(np.repeat([0, 1], 50), np.zeros(100, int))
    assert not is_unbalanced(told) and vitals(record)[0].pill == "majority 50\u202f%"
