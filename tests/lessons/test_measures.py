"""What conditions are made of, against records in which the answer was put in; and conditions on made records."""

import math

import numpy as np
import pytest

from core.analysis.record import Record
from core.lessons import LESSONS, measures
from tests.analysis import made
from tests.analysis import made_runs as runs

SEEDS, EPOCHS = 2, 5


def scored(train: list[float], validation: list[float], state: str = "finished", **tables) -> Record:
    """Two seeds whose last training and validation scores are these; losses fall from 2 to 1."""
    loss = np.linspace(2, 1, EPOCHS)[None, :].repeat(SEEDS, 0)
    scores = np.stack([np.array(ends)[:, None] * np.linspace(0, 1, EPOCHS) for ends in (train, validation)])
    return Record(
        runs.meta(3, epochs=EPOCHS - 1, replicas=SEEDS),
        state,
        {"epochs": runs.epochs(loss, loss + 0.5, scores), **tables},
    )


def test_ends_of_a_curve():
    record = scored([0.4, 0.8], [0.3, 0.6])
    assert measures.last(record, "train_score") == pytest.approx((0.4, 0.8))
    assert measures.first(record, "train_loss") == (2, 2)
    assert measures.lowest(record, "validation_loss") == (1.5, 1.5)
    assert measures.highest(record, "validation_score") == pytest.approx((0.3, 0.6))
    assert measures.until(record, "train_score", 0.5) == (math.inf, 3)
    assert measures.until_under(record, "train_loss", 1.5) == (2, 2)
    assert measures.epoch_seconds(record) == pytest.approx(0.048)


def test_kept_weights_are_those_of_the_end():
    rows = [
        {"replica": n, "epoch": 3, "split": split, "loss": n + shift, "score": 0.5 + n / 10, "rows": 9}
        for n in (1, 0)
        for split, shift in (("train", 0.0), ("validation", 0.25))
    ]
    record = Record({}, "finished", {"tests": made.table("tests", rows)})
    assert measures.kept(record, "loss") == (0.25, 1.25)
    assert measures.kept(record, "score", "train") == (0.5, 0.6)


def layered(per_layer: float, spread: float = 0.0) -> Record:
    """Three hidden layers and the output; the gradient is multiplied by `per_layer` on each step down."""
    logs = np.log10(per_layer) * np.array([3.0, 2.0, 1.0, 0.0])
    shape = (SEEDS, EPOCHS, 4)
    moves = np.broadcast_to(np.array([-6.0, -5.0, -4.0, -3.0]) + spread, shape)
    return scored([0.5, 0.5], [0.5, 0.5], layers=runs.layers(np.broadcast_to(logs, shape), moves))


def test_the_way_of_the_gradient():
    record = layered(0.24)
    assert measures.gradient_factor(record, 0) == pytest.approx((0.24, 0.24))
    assert measures.gradient_ratio(record) == pytest.approx((0.24**3, 0.24**3))
    assert measures.layer(record, "update_ratio", -2) == pytest.approx((1e-4, 1e-4))
    assert measures.layer_median(record, "update_ratio", 1) == pytest.approx((1e-6, 1e-6))
    assert measures.layer(record, "weight_norm", 1, epoch=2) == (8, 8)


def test_answers_are_judged_as_guo_and_colleagues_do():
    answers = np.array([[[0.9, 0.1], [0.9, 0.1], [0.8, 0.2], [0.6, 0.4]]])[None].repeat(SEEDS, 0)
    record = made.classifier(answers, np.array([0, 1, 0, 1]))
    wanted = (0.25 * abs(2 * 0.9 - 1) + 0.25 * abs(0.8 - 1) + 0.25 * 0.6,) * SEEDS
    assert measures.calibration_error(record) == pytest.approx(wanted)
    assert measures.overconfidence(record) == pytest.approx((0.3, 0.3))
    assert max(measures.farthest_from_one(record)) < 1e-6
    assert measures.recall(record, 0) == (1, 1) and measures.recall(record, 1) == (0, 0)
    assert math.isnan(measures.recall(record, 2)[0])


def test_units_that_are_alike_have_no_spread():
    rows = [
        {"epoch": 0, "replica": n, "layer": 1, "unit": [0, 1], "mean": means, "std": [1, 1]}
        for n, means in enumerate(([0.5, 0.5], [0.0, 1.0]))
    ]
    record = Record(runs.meta(1, replicas=2), "finished", {"units": made.table("units", rows)})
    assert measures.unit_spread(record, 1) == (0, 0.5)


def test_noise_is_spread_over_mean():
    losses = {1: [9.0, 1.0], 2: [1.0, 3.0], 3: [2.0, 6.0], 4: [4.0, 12.0]}
    rows = [
        {"epoch": epoch, "replica": 0, "step": step, "batch_loss": loss, "gradient_norm": 1.0}
        for epoch, each in losses.items()
        for step, loss in enumerate(each)
    ]
    record = Record({}, "finished", {"steps": made.table("steps", rows)})
    assert measures.batch_noise(record) == pytest.approx((math.sqrt(2) / 2,))


def test_seed_by_seed():
    assert measures.minus((0.9, 0.5), (0.4, 0.4)) == pytest.approx((0.5, 0.1))
    assert measures.over((1.0, 1.0, 0.0), (2.0, 0.0, 0.0))[:2] == (0.5, math.inf)
    assert math.isnan(measures.over((0.0,), (0.0,))[0])


@pytest.mark.parametrize(
    ("without", "hidden", "verdict"),
    [
        ([0.5, 0.6], [1.0, 0.99], "proved"),
        ([0.5, 0.9], [1.0, 0.99], "undecided"),
        ([0.97, 0.9], [1.0, 0.99], "refuted"),
        ([0.5, 0.6], [0.6, 0.6], "refuted"),
    ],
)
def test_a_line_either_fails_or_the_claim_does(without, hidden, verdict):
    arms = {"no hidden layer": scored(without, without), "hidden units": scored(hidden, hidden)}
    assert LESSONS["perceptron_xor"].judged(arms).verdict == verdict


@pytest.mark.parametrize(("before", "after", "verdict"), [(0.1, 1.0, "proved"), (1.0, 1.0, "refuted")])
def test_a_remedy_must_bring_back_what_was_lost(before, after, verdict):
    sick, well = layered(before * 0.1), layered(after)
    learns = {**well.tables, "epochs": scored([0.95, 0.96], [0.95, 0.96]).table("epochs")}
    fails = {**sick.tables, "epochs": scored([0.1, 0.1], [0.1, 0.1]).table("epochs")}
    if verdict == "refuted":
        fails = {**layered(1.0).tables, "epochs": fails["epochs"]}
    arms = {
        "8 sigmoid layers": Record(sick.meta, "finished", fails),
        "ReLU and He": Record(well.meta, "finished", learns),
    }
    outcome = LESSONS["relu_he"].judged(arms)
    assert outcome.verdict == verdict
    assert "points higher" in outcome.sentence.replace("\xa0", " ")


def timed(seconds: list[float]) -> Record:
    """One seed whose epochs 1, 2, … take these seconds, recording not counted."""
    loss = np.ones((1, len(seconds) + 1))
    rows = runs.epochs(loss, loss).to_pylist()
    rows = [row | {"seconds": own + 0.002} for row, own in zip(rows, [9.0, *seconds], strict=True)]
    return Record(runs.meta(3, epochs=len(seconds), replicas=1), "finished", {"epochs": made.table("epochs", rows)})


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [
        ([0.03, 0.05, 0.09, 0.17], "proved"),
        ([0.05, 0.05, 0.05, 0.05], "refuted"),
        ([0.05, 0.05, 0.05, 0.06], "refuted"),
        ([0.09, 0.02, 0.09, 0.03], "refuted"),
    ],
)
def test_depth_costs_what_its_fastest_epoch_took(seconds, verdict):
    arms = {f"{depth} layers": timed([8, 3, own, 7]) for depth, own in zip((2, 4, 8, 16), seconds, strict=True)}
    assert LESSONS["depth_costs_time"].judged(arms).verdict == verdict


def test_a_rate_that_ends_in_not_a_number_does_not_arrive():
    fine = scored([0.9, 0.9], [0.9, 0.9])
    lost = np.full((SEEDS, EPOCHS), np.nan)
    lost[:, 0] = 2.0
    broken = Record(fine.meta, "failed", {"epochs": runs.epochs(lost, lost)})
    arms = {"rate 0.0002": fine, "rate 0.1": fine, "rate 50": broken}
    assert LESSONS["learning_rates"].judged(arms).checks[2].holds == (False, False)


def test_first_filters_are_the_first_numbers_of_the_weights():
    rows = [{"replica": 0, "epoch": epoch, "weights": [100.0 * epoch + n for n in range(30)]} for epoch in (3, 0)]
    meta = {"layers": [{"units": 2, "inputs": 9}, {"units": 4, "inputs": 2}]}
    record = Record(meta, "finished", {"checkpoints": made.table("checkpoints", rows)})
    assert measures.first_filters(record).tolist() == (300 + np.arange(18)).reshape(2, 3, 3).tolist()
    assert measures.first_filters(record, newest=False)[1, 0, 0] == 9
    assert not len(measures.first_filters(Record(meta, "finished", {})))
