"""Every schedule against torch's own, and in a training: what is recorded is what was taken."""

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as theirs

from core.choices.schedules import SCHEDULES, OneCycle
from core.recording.sink import MemorySink
from core.training.loop import train
from core.training.rates import Rates
from tests.training.made import classes, experiment

PER_EPOCH, EPOCHS = 7, 30
STEPS = PER_EPOCH * EPOCHS


def optimizer(rate=0.5):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)


def taken(build, by_epoch=False):
    """The rate of every step under one of torch's schedulers."""
    held = optimizer()
    schedule, rates = build(held), []
    for step in range(STEPS):
        rates.append(held.param_groups[0]["lr"])
        held.step()
        if not by_epoch or (step + 1) % PER_EPOCH == 0:
            schedule.step()
    return np.array(rates)


def warmed(held):
    warm = round(0.1 * STEPS)
    rising = theirs.LinearLR(held, 1 / warm, total_iters=warm - 1)
    falling = theirs.CosineAnnealingLR(held, STEPS - warm)
    return theirs.SequentialLR(held, [rising, falling], [warm])


REFERENCES = {
    "constant": ({}, lambda o: theirs.ConstantLR(o, 1.0), False),
    "step": ({"every": 4, "share": 0.3}, lambda o: theirs.StepLR(o, 4, 0.3), True),
    "exponential": ({"share": 0.9}, lambda o: theirs.ExponentialLR(o, 0.9), True),
    "cosine": ({"lowest": 0.1}, lambda o: theirs.CosineAnnealingLR(o, STEPS, 0.05), False),
    "warm_up": ({"warm": 0.1}, warmed, False),
    "one_cycle": ({}, lambda o: theirs.OneCycleLR(o, 0.5, STEPS, cycle_momentum=False), False),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", REFERENCES)
def test_every_step_has_torchs_rate(kind):
    fields, build, by_epoch = REFERENCES[kind]
    schedule = SCHEDULES[kind](**fields)
    mine = [0.5 * schedule.factor(step, STEPS, PER_EPOCH) for step in range(STEPS)]
    np.testing.assert_allclose(mine, taken(build, by_epoch), rtol=1e-9, atol=1e-12)


def test_every_schedule_has_a_reference():
    assert set(SCHEDULES) == {*REFERENCES, "plateau"}


def test_plateau_is_torchs_for_each_replica_by_itself():
    random = np.random.default_rng(0)
    losses = np.stack([np.maximum(random.normal(1, 0.1, 80), 0) * 0.95 ** np.minimum(np.arange(80), wait)
                       for wait in (10, 40, 80)], 1)  # fmt: skip
    losses[30, 1] = np.nan
    chosen = SCHEDULES["plateau"](patience=4, share=0.5, least_gain=1e-3)
    rows = [torch.nn.Parameter(torch.zeros(2)) for _ in range(3)]
    joint = torch.optim.SGD([{"params": [row]} for row in rows], lr=0.5)
    rates = Rates(joint, chosen, 0.5, STEPS, PER_EPOCH, np.ones(3))
    alone = [optimizer() for _ in range(3)]
    schedulers = [theirs.ReduceLROnPlateau(each, factor=0.5, patience=4, threshold=1e-3, eps=0) for each in alone]
    for epoch in range(80):
        rates.look(losses[epoch], range(3))
        rates.apply(0)
        for place in range(3):
            schedulers[place].step(losses[epoch, place])
            assert rates.of(place) == pytest.approx(alone[place].param_groups[0]["lr"])
    assert len({rates.of(place) for place in range(3)}) > 1


def test_one_cycle_ends_far_below_where_it_began():
    chosen = OneCycle()
    shares = [chosen.factor(step, 100, 10) for step in range(100)]
    assert shares[0] == pytest.approx(1 / 25)
    assert max(shares) == pytest.approx(1)
    assert shares[-1] == pytest.approx(1 / 25 / 1e4)


@pytest.mark.parametrize("kind", SCHEDULES)
def test_every_schedule_trains_and_its_rate_is_recorded(kind):
    chosen = experiment(schedule=kind, training__epochs=20, training__replicas=2, optimizer__learning_rate=0.01)
    sink = MemorySink()
    summary = train(chosen, classes(), sink)
    assert summary.train_score.median > 0.7
    rows = [row for row in sink.table("epochs").to_pylist() if row["replica"] == 1]
    per_epoch, factor = sink.meta["steps_per_epoch"], chosen.schedule.factor
    if kind != "plateau":
        wanted = [0.01 * factor(max(0, e * per_epoch - 1), 20 * per_epoch, per_epoch) for e in range(21)]
        np.testing.assert_allclose([row["learning_rate"] for row in rows], wanted, rtol=1e-6)


def test_a_replica_that_stalls_gets_a_smaller_rate_and_that_is_an_event():
    chosen = experiment(
        [{"units": 64}], schedule={"kind": "plateau", "patience": 2}, training__epochs=80, training__replicas=3
    )
    sink = MemorySink()
    train(chosen, classes(90), sink)
    said = [row for row in sink.table("events").to_pylist() if row["event"] == "rate_lowered"]
    assert {row["replica"] for row in said} == {0, 1, 2}
    assert len({row["epoch"] for row in said}) > 1
    first = min((row for row in said if row["replica"] == 1), key=lambda row: row["epoch"])
    rates = {row["epoch"]: row["learning_rate"] for row in sink.table("epochs").to_pylist() if row["replica"] == 1}
    assert rates[first["epoch"]] == pytest.approx(0.003)
    assert rates[first["epoch"] + 1] == pytest.approx(0.003 * 0.3) == pytest.approx(first["value"])
