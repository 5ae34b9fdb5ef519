"""The range test finds a rate that learns, between one that stands still and one that runs away."""

import numpy as np
import pytest

from core.recording.sink import MemorySink
from core.training.loop import train
from core.training.range_test import proposed, range_test, smoothed
from tests.training.made import digits, experiment


def test_the_running_mean_is_corrected_at_the_start():
    assert smoothed([3.0] * 5) == pytest.approx([3.0] * 5)
    values = np.random.default_rng(0).random(30)
    weights = 0.85 ** np.arange(30)[::-1]
    assert smoothed(values.tolist())[-1] == pytest.approx(float((weights * values).sum() / weights.sum()))


def test_the_steepest_place_is_proposed():
    rates = np.geomspace(1e-6, 10, 120)
    smooth = 2 - 1.5 / (1 + np.exp(-4 * (np.log10(rates) + 2))) + np.maximum(np.log10(rates), 0) * 9
    assert proposed(rates.tolist(), smooth.tolist(), smooth.tolist()) == pytest.approx(0.01, rel=0.15)
    assert proposed(rates.tolist(), [1.0] * 120, [1.0] * 120) is None
    broken = [*smooth[:80], *[float("nan")] * 40]
    assert proposed(rates.tolist(), broken, broken) == pytest.approx(0.01, rel=0.15)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "gradient_descent", "momentum"])
def test_its_rate_learns_digits_and_a_hundredth_of_it_does_not(optimizer):
    chosen = experiment([{"units": 32}], optimizer=optimizer, schedule="cosine")
    found = range_test(chosen, digits())
    assert found["rates"] == sorted(found["rates"])
    assert len(found["rates"]) == len(found["losses"]) == len(found["smooth"]) >= 40
    assert found["chosen"] == chosen.optimizer.learning_rate
    assert 1e-4 < found["proposed"] < found["lowest"] <= 10
    reached = {}
    for share in (1.0, 0.01):
        rate = {"optimizer.learning_rate": found["proposed"] * share, "schedule": "constant", "training.epochs": 6}
        if optimizer == "gradient_descent":
            rate["training.epochs"] = 60
        reached[share] = train(chosen.changed(rate), digits(), MemorySink()).train_loss.median
    assert reached[1.0] < 0.6
    assert reached[0.01] > 2 * reached[1.0]
