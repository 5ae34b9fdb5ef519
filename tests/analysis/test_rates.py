"""The learning rate before a run."""

import pytest

from core.analysis.rates import MOST_EPOCHS, planned
from core.choices.schedules import Cosine, Plateau, StepDecay, WarmUp


def test_a_step_schedule_falls_where_it_says():
    rates = planned(StepDecay(every=10, share=0.5), 0.1, 30).set_index("epoch")["rate"]
    assert [rates[epoch] for epoch in (1, 10, 11, 20, 21, 30)] == pytest.approx([0.1, 0.1, 0.05, 0.05, 0.025, 0.025])


def test_a_cosine_is_half_way_down_in_the_middle():
    rates = planned(Cosine(), 2.0, 101).set_index("epoch")["rate"]
    assert rates[1] == 2.0 and rates[51] == pytest.approx(1.0, abs=0.05) and rates[101] < 0.01


def test_long_trainings_keep_their_ends_and_few_points():
    table = planned(WarmUp(), 1.0, 100_000)
    assert len(table) == MOST_EPOCHS and table["epoch"].iloc[[0, -1]].tolist() == [1, 100_000]


@pytest.mark.parametrize("epochs", [0, 1, 2])
def test_a_schedule_that_follows_the_loss_starts_with_the_whole_rate(epochs):
    assert planned(Plateau(), 0.3, epochs)["rate"].tolist() == [0.3] * max(1, epochs)
