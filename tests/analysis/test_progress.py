"""What a run's curves say, against numbers worked out by hand."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.analysis import curves, lines
from core.analysis.pooling import kept_epochs, pooled, thinned
from core.analysis.progress import progress
from core.analysis.record import Record
from tests.analysis import made_runs as made


def run(train: list[float], validation: list[float], guess: float = 0.7, state: str = "finished") -> Record:
    losses = made.epochs(np.array([train]), np.array([validation]))
    meta = made.meta(2, classes=2, epochs=len(train) - 1, loss_of_guessing=guess)
    return Record(meta, state, {"epochs": losses})


def test_best_epoch_and_onset_of_memorising():
    seen = progress(run([0.9, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05], [0.8, 0.5, 0.40, 0.41, 0.43, 0.45, 0.5]))
    assert seen.best_epoch == 2
    assert seen.best_loss == 0.40
    assert seen.onset == 4, "0.41 is within 5 % of 0.40, 0.43 is not, and it never comes back"
    assert seen.is_overfitting


def test_a_rise_that_is_small_beside_a_guess_is_not_memorising():
    seen = progress(run([2.4, 0.3, 0.1, 0.05, 0.04, 0.03], [2.4, 0.2, 0.073, 0.078, 0.078, 0.078], guess=2.303))
    assert not seen.is_overfitting


def test_a_rise_of_both_losses_is_not_memorising_but_past_the_best():
    risen = run([0.9, 0.4, 0.5, 0.6, 0.7], [0.9, 0.4, 0.5, 0.6, 0.7])
    seen = progress(risen)
    assert not seen.is_overfitting and seen.is_past_its_best and not seen.is_still_learning
    told = curves.headline(risen)
    assert told.tone == "orange" and "risen or swung" in told.text
    assert not progress(run([0.9, 0.4, 0.41], [0.9, 0.4, 0.41])).is_past_its_best, "0.41 is within 5 % of 0.40"


def test_standing_still_at_a_guess():
    assert progress(run([0.72, 0.70, 0.70, 0.699, 0.70], [0.7] * 5)).is_stuck
    assert not progress(run([0.72, 0.70, 0.70, 0.60, 0.70], [0.7] * 5)).is_stuck
    assert not progress(run([0.72, 0.70], [0.7] * 2)).is_stuck, "two epochs are no verdict"


def test_still_learning_counts_the_fall_of_ten_epochs():
    falling = [1.0 * 0.97**n for n in range(21)]
    seen = progress(run(falling, falling, guess=2.0))
    assert math.isclose(seen.fall, 1 - 0.97**10, rel_tol=1e-9)
    assert seen.is_still_learning


def test_what_early_stopping_ended_or_is_next_to_nothing_is_not_still_learning():
    falling = [1.0 * 0.97**n for n in range(21)]
    stopped = run(falling, falling, guess=2.0)
    told = {"epoch": 20, "replica": 0, "event": "early_stopped", "step": None, "layer": None}
    ended = Record(stopped.meta, "finished", {**stopped.tables, "events": made.table("events", [told])})
    assert not progress(ended).is_still_learning
    assert "early stopping ended it at epoch 20" in curves.headline(ended).note.replace("\u00a0", " ")
    tiny = [0.004 * 0.97**n for n in range(21)]
    assert not progress(run(tiny, tiny, guess=1.1)).is_still_learning, "a fall of a thousandth of a guess"


def test_numbers_that_run_away():
    nan = float("nan")
    assert progress(run([0.7, 0.6, nan, nan], [0.7, 0.6, nan, nan])).diverged_at == 2
    assert progress(run([0.7, nan, 0.6, 0.5], [0.7, nan, 0.6, 0.5])).diverged_at is None, "it came back"
    assert progress(made.diverged()).diverged_at == 4


@pytest.mark.parametrize(("score", "learned"), [(0.59, False), (0.61, True), (float("nan"), False)])
def test_half_of_the_way_from_a_guess_is_to_have_learned(score, learned):
    """From 20 % by guessing half of the way is 60 %."""
    losses = np.array([[1.6, 1.2]])
    scores = np.array([[[0.2, score]]] * 2)
    tables = {"epochs": made.epochs(losses, losses, scores), "baselines": made.baselines(0.2, 1.6)}
    meta = made.meta(2, classes=5, epochs=1, loss_of_guessing=1.6)
    seen = progress(Record(meta, "finished", tables))
    assert seen.has_learned == learned and not replace(seen, diverged_at=1).has_learned


def test_medians_and_bands_over_seeds():
    table = pd.DataFrame({"epoch": [0, 0, 0, 1, 1, 1], "loss": [1.0, 2.0, 9.0, 3.0, float("nan"), float("inf")]})
    table["broken"] = ~np.isfinite(table["loss"])
    found = pooled(table, "loss", ["epoch"])
    assert found["median"].tolist() == [2.0, 3.0]
    assert found["low"].tolist() == [1.0, 3.0]
    assert found["high"].tolist() == [9.0, 3.0]
    assert found["broken"].tolist() == [0, 2]


def test_thinning_keeps_ends_and_peaks():
    curve = np.zeros(10_000)
    curve[[0, 3_333, 7_777, 9_999]] = [1, 50, -50, 2]
    kept = kept_epochs(pd.DataFrame({"a": curve}, index=range(10_000)))
    assert len(kept) <= 500
    assert {0, 3_333, 7_777, 9_999} <= set(kept)
    table = pd.DataFrame({"epoch": range(10), "median": range(10), "split": "a"})
    assert len(thinned(table, "split")) == 10


@pytest.mark.parametrize(
    ("record", "says", "tone"),
    [
        (made.overfitting(), "The network was best at epoch 2 of 80. Since then it has been memorising.", "orange"),
        (made.vanishing(), "It has learned nothing: 10 % right after 40 epochs.", "red"),
        (made.vanishing("running"), "It has learned nothing yet: 10 % right after 40 epochs.", "red"),
        (made.diverged(), "The numbers ran away at epoch 4: the loss is no longer a number.", "red"),
        (made.healthy(), "It learned: 98 % right on rows it never saw.", "green"),
        (made.regression(), "It is still learning: R² 0.81 after 60 epochs.", "green"),
        (Record.empty(), "Nothing is measured yet.", ""),
    ],
)
def test_the_sentence(record, says, tone):
    said = curves.headline(record)
    assert said.text.replace("\u00a0", " ").replace("\u202f", " ") == says
    assert said.tone == tone


def test_four_numbers_with_short_pills():
    for record in (made.overfitting(), made.vanishing(), made.diverged(), made.healthy(), made.regression()):
        numbers = curves.vitals(record)
        assert len(numbers) == 4
        assert all(len(vital.pill) <= 18 for vital in numbers), [vital.pill for vital in numbers]
    assert curves.vitals(Record.empty()) == []


def test_a_gap_is_not_praised_where_nothing_was_learned():
    losses, scores = np.full((1, 6), 1.6), np.full((2, 1, 6), 0.2)
    meta = made.meta(2, classes=5, epochs=5, loss_of_guessing=1.6)
    verdicts = []
    for seen in (losses, losses * np.linspace(1, 0.2, 6)):
        record = Record(meta, "finished", {"epochs": made.epochs(seen, seen, scores)})
        verdicts += [vital.verdict for vital in curves.vitals(record) if vital.label == "Gap in accuracy"]
    assert verdicts == ["plain", "good"]


def test_the_picture_of_losses():
    seen = lines.losses(made.overfitting())
    assert set(seen.lines["split"]) == {"train", "validation"}
    assert seen.rules["words"].tolist() == ["best validation, epoch\u00a02"]
    assert seen.memorising == 2
    assert len(seen.marks) == 1, "the test split has one mark, at the end"
    assert not len(lines.losses(made.overfitting("running", 9)).marks)
    live = lines.losses(made.healthy("running", 5))
    assert math.isclose(live.domain[1], math.log(10) / 0.78), "fixed from the first epoch"
    assert live.over.startswith("▲ 4.3")


def test_a_partial_record_never_raises():
    for record in (Record.empty(), Record(made.meta(), "running", {}), made.healthy("running", 0)):
        lines.losses(record)
        lines.scores(record)
        curves.gap(record)
        curves.rates(record)
        curves.events(record)
        curves.numbers(record)
        curves.test_sentence(record)
    empty = Record.empty()
    assert curves.headline(empty).text == "Nothing is measured yet."
    assert len(curves.gap(empty)) == len(curves.rates(empty)) == len(lines.losses(empty).lines) == 0


def test_sliders_end_where_a_run_that_broke_off_ended():
    broke, going = made.vanishing("failed", until=7), made.vanishing("running", until=7)
    assert (broke.reach, broke.span) == (7, 40)
    assert (going.reach, going.span) == (40, 40)


def test_a_live_axis_grows_for_a_line_that_was_on_it_and_left_and_for_no_first_loss():
    usual = lines.losses(made.healthy("running", 5)).domain[1]
    falling = np.array([[9.0, 6.0, 4.0]])
    table = made.epochs(falling, falling)
    assert lines.losses(Record(made.meta(2, epochs=40), "running", {"epochs": table})).domain[1] <= usual
    rising = np.array([[2.0, 0.5, 3.5, 5.0]])
    seen = lines.losses(Record(made.meta(2, epochs=40), "running", {"epochs": made.epochs(rising, rising)}))
    assert seen.domain[1] > 5.0


def test_a_loss_that_comes_back_from_a_spike_is_not_still_learning():
    """It falls at the end, but only to where it was long before."""
    losses = np.array([[2.3, *np.linspace(1.0, 0.065, 30), *[0.07] * 10, *np.linspace(0.3, 0.08, 16)]])
    scores = np.full_like(losses, 0.98)
    tables = {"epochs": made.epochs(losses, losses, np.stack([scores, scores]))}
    seen = progress(Record(made.meta(10, epochs=losses.shape[1] - 1, replicas=1), "finished", tables))
    assert seen.fall > 0.02 and not seen.is_overfitting and not seen.is_still_learning


def test_a_regression_is_measured_against_the_guess_on_validation_rows():
    """What older runs say of guessing is the loss of answering 0, whatever the targets' unit."""
    record = made.regression()
    assert record.guess_loss == record.baseline("guess", "loss") == 1.01
    record.meta["loss_of_guessing"] = 29_341.0
    assert record.guess_loss == 1.01
    unmeasured = Record(record.meta, "running", {})
    assert unmeasured.guess_loss == 29_341.0
    assert made.healthy().guess_loss == made.healthy().meta["loss_of_guessing"]
