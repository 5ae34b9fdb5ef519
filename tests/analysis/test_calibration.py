"""Calibration errors and intervals against hand-computed values and other libraries."""

import numpy as np
import pytest

from core.analysis.answers import Answers, History
from core.analysis.calibration import expected_calibration_error, over_epochs, reliability, wilson


def answered(probabilities: np.ndarray, targets: np.ndarray) -> Answers:
    return Answers(3, 0, probabilities, targets, np.arange(len(targets)))


def binary(confidences: list[float], right: list[bool]) -> Answers:
    """Every answer is class 0; it is right where the target is 0."""
    sure = np.array(confidences)
    return answered(np.stack([sure, 1 - sure], axis=1), np.where(right, 0, 1))


def test_ece_by_hand():
    # bin (0.5, 0.6]: 2 rows, mean 0.56, half right; bin (0.9, 1]: 3 rows, mean 0.96, two thirds right
    answers = binary([0.55, 0.57, 0.94, 0.97, 0.97], [True, False, True, True, False])
    expected = 2 / 5 * abs(0.5 - 0.56) + 3 / 5 * abs(2 / 3 - 0.96)
    assert reliability(answers).ece == pytest.approx(expected)
    assert expected_calibration_error(answers.confidence, answers.right) == pytest.approx(expected)


def test_bins_are_open_below_and_closed_above():
    answers = binary([0.6, 0.7, np.float32(0.8), 0.80001], [True] * 4)
    table = reliability(answers).bins
    assert table["low"].round(1).tolist() == [0.5, 0.6, 0.7, 0.8]
    assert table["count"].tolist() == [1, 1, 1, 1]


def test_ece_agrees_with_a_plain_loop():
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet(np.ones(4), 500)
    targets = rng.integers(0, 4, 500)
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == targets
    total = 0.0
    for m in range(10):
        inside = (sure > m / 10) & (sure <= (m + 1) / 10)
        if inside.any():
            total += inside.sum() / 500 * abs(right[inside].mean() - sure[inside].mean())
    assert reliability(answered(probabilities, targets)).ece == pytest.approx(total)


def test_equal_row_bins_hold_equal_rows_and_their_shares_are_scikit_learns():
    from sklearn.calibration import calibration_curve

    rng = np.random.default_rng(2)
    sure = rng.uniform(0.5, 1, 400)
    right = rng.random(400) < sure**2
    table = reliability(binary(sure.tolist(), right.tolist()), 8, "equal rows").bins
    share, confidence = calibration_curve(right, sure, n_bins=8, strategy="quantile")
    assert table["count"].between(49, 51).all()
    assert table["share"].to_numpy() == pytest.approx(share, abs=0.03)
    assert table["confidence"].to_numpy() == pytest.approx(confidence, abs=0.003)


def test_a_calibrated_network_is_healthy_however_few_its_rows():
    rng = np.random.default_rng(3)
    judged = []
    for _ in range(200):
        sure = rng.uniform(0.5, 1, 25)
        judged.append(reliability(binary(sure.tolist(), (rng.random(25) < sure).tolist())).is_healthy)
    assert np.mean(judged) > 0.9
    sure = rng.uniform(0.9, 1, 200)
    assert not reliability(binary(sure.tolist(), (rng.random(200) < 0.7).tolist())).is_healthy


def test_what_chance_gives_is_what_simulation_gives():
    rng = np.random.default_rng(4)
    sure = rng.uniform(0.5, 1, 60)
    told = reliability(binary(sure.tolist(), [True] * 60))
    seen = [expected_calibration_error(sure, rng.random(60) < sure) for _ in range(3_000)]
    assert told.by_chance == pytest.approx(np.mean(seen), rel=0.05)
    assert told.ninety_five == pytest.approx(np.quantile(seen, 0.95), rel=0.08)


@pytest.mark.parametrize(("right", "rows"), [(0, 10), (10, 10), (61, 72), (1, 2), (500, 1000)])
def test_wilson_agrees_with_scipy(right: int, rows: int):
    from scipy.stats import binomtest

    expected = binomtest(right, rows).proportion_ci(0.95, method="wilson")
    low, high = wilson(np.array(right), np.array(rows))
    assert (float(low), float(high)) == pytest.approx((expected.low, expected.high))


def test_no_rows_know_nothing():
    low, high = wilson(np.array([0]), np.array([0]))
    assert (low[0], high[0]) == (0, 1)


def test_rows_without_numbers_are_counted_not_dropped_in_silence():
    answers = answered(np.array([[0.9, 0.1], [np.nan, np.nan]]), np.array([0, 0]))
    told = reliability(answers)
    assert (told.rows, told.unmeasured) == (1, 1)
    nothing = reliability(answered(np.full((2, 2), np.nan), np.array([0, 1])))
    assert np.isnan(nothing.ece)
    assert nothing.bins.empty
    assert not nothing.is_healthy


def test_confidence_share_and_ece_through_training_by_hand():
    """Two epochs of four rows of two classes, all truly 0. Where a row has no numbers it counts as wrong, and
    in neither the confidence nor the calibration error."""
    nan = float("nan")
    first = [[0.55, 0.45], [0.57, 0.43], [0.06, 0.94], [0.97, 0.03]]
    second = [[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [nan, nan]]
    values = np.array([first, second], np.float32)
    told = over_epochs(History(np.array([0, 7]), 0, values, np.zeros(4, int), np.arange(4), ("a", "b")))
    assert told["epoch"].tolist() == [0, 7]
    assert told["confidence"].tolist() == pytest.approx([(0.55 + 0.57 + 0.94 + 0.97) / 4, 0.9])
    assert told["share"].tolist() == pytest.approx([3 / 4, 3 / 4])
    low, high = 1 - (0.55 + 0.57) / 2, abs(1 / 2 - (0.94 + 0.97) / 2)  # bins (0.5, 0.6] and (0.9, 1]
    assert told["ece"].tolist() == pytest.approx([low / 2 + high / 2, 0.1])
