"""ROC, precision and recall against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from core.analysis.answers import Answers
from core.analysis.ranking import POINTS, ranking


def scored(scores: np.ndarray, is_positive: np.ndarray) -> Answers:
    values = np.stack([1 - scores, scores], axis=1)
    return Answers(1, 0, values, is_positive.astype(int), np.arange(len(scores)))


@given(st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=2, max_size=60))
def test_areas_are_scikit_learns_ties_included(pairs: list[tuple[int, bool]]):
    scores = np.array([score / 8 for score, _ in pairs])
    truth = np.array([is_positive for _, is_positive in pairs])
    told = ranking(scored(scores, truth))
    if truth.all() or not truth.any():
        assert told.auc is None
        return
    assert told.auc == pytest.approx(roc_auc_score(truth, scores))
    assert told.average_precision == pytest.approx(average_precision_score(truth, scores))


def test_the_curve_is_scikit_learns():
    rng = np.random.default_rng(0)
    truth = rng.random(200) < 0.3
    scores = np.round(np.clip(rng.normal(0.4 + 0.2 * truth, 0.2), 0, 1), 2)
    told = ranking(scored(scores, truth))
    false, hits, _ = roc_curve(truth, scores, drop_intermediate=False)
    assert told.roc["false_share"].to_numpy() == pytest.approx(false)
    assert told.roc["hit_share"].to_numpy() == pytest.approx(hits)
    assert told.base_rate == pytest.approx(truth.mean())


def test_a_long_curve_is_thinned_and_its_area_is_not():
    rng = np.random.default_rng(0)
    truth, scores = rng.random(2_000) < 0.5, rng.random(2_000)
    told = ranking(scored(scores, truth))
    assert len(told.roc) == POINTS
    assert told.auc == pytest.approx(roc_auc_score(truth, scores))
    assert (told.roc["hit_share"].iloc[0], told.roc["hit_share"].iloc[-1]) == (0, 1)


def test_rows_without_numbers_are_counted_aside():
    told = ranking(scored(np.array([0.1, np.nan, 0.9]), np.array([False, True, True])))
    assert (told.rows, told.unmeasured, told.auc) == (2, 1, 1.0)
