"""Every lesson is complete, and none has a verdict without records."""

import re
from dataclasses import replace

import pytest

from core.analysis.record import Record
from core.lessons import CHAPTERS, LESSONS
from core.lessons.lesson import Check, at_least, at_most, verdict
from core.studies import expand
from tests.analysis import made_runs as made

ALL = [pytest.param(lesson, id=lesson.id) for lesson in LESSONS.values()]
DATED = re.compile(r"\b(1[89]\d\d|20[012]\d)\b")


def test_no_two_lessons_share_an_id():
    assert sum(map(len, CHAPTERS.values())) == len(LESSONS) >= 33


@pytest.mark.parametrize("lesson", ALL)
def test_an_entry_is_complete(lesson):
    assert re.fullmatch(r"[a-z][a-z0-9_]*", lesson.id)
    assert lesson.claim.endswith(".") and lesson.claim[0].isupper() and ". " not in lesson.claim
    assert len(lesson.claim) <= 130 and lesson.why.endswith(".")
    assert DATED.search(lesson.source), "a publication has a year"
    assert 1 <= lesson.seconds <= 60
    labels = [arm.label for arm in lesson.study.arms]
    assert labels and lesson.look.arm in labels
    assert lesson.look.says and not lesson.look.says.endswith(".")


@pytest.mark.parametrize("lesson", ALL)
def test_its_arms_are_experiments_that_can_be_run(lesson):
    arms = expand(lesson.with_seed(7))
    assert [label for label, _ in arms] == [arm.label for arm in lesson.study.arms]
    look = dict(arms)[lesson.look.arm]
    assert lesson.look.layer is None or lesson.look.layer <= len(look.network.layers) + 1
    assert lesson.look.epoch is None or lesson.look.epoch <= look.training.epochs
    assert all(arm.training.seed >= 7 for _, arm in arms)


@pytest.mark.parametrize("lesson", ALL)
def test_nothing_is_canned(lesson):
    labels = [arm.label for arm in lesson.study.arms]
    assert lesson.judged({}).verdict == "undecided"
    some = {label: made.healthy() for label in labels[1:]}
    assert lesson.judged(some).verdict == "undecided" and lesson.judged(some).checks == ()
    assert lesson.judged({label: Record.empty() for label in labels}).verdict == "undecided"


@pytest.mark.parametrize("lesson", ALL)
def test_a_run_that_broke_off_is_no_error_and_proves_nothing(lesson):
    """Records that hold a first epoch and nothing else, as of runs that failed at once."""
    whole = made.healthy()
    begun = Record(whole.meta, "failed", {"epochs": whole.table("epochs").slice(0, 1)})
    outcome = lesson.judged({arm.label: begun for arm in lesson.study.arms})
    assert outcome.verdict != "proved" and outcome.sentence


@pytest.mark.parametrize("lesson", ALL)
def test_nothing_is_decided_while_a_run_is_live(lesson):
    live = {arm.label: made.healthy("running", 9) for arm in lesson.study.arms}
    assert lesson.judged(live).verdict == "undecided"


def test_all_seeds_prove_none_refutes_some_leave_open():
    low, mixed, high = (at_most("x", values, 0.5) for values in ((0.1, 0.2), (0.1, 0.9), (0.8, 0.9)))
    assert (verdict((low,)), verdict((mixed,)), verdict((high,))) == ("proved", "undecided", "refuted")
    assert verdict((low, mixed)) == "undecided" and verdict((low, mixed, high)) == "refuted"
    assert verdict(()) == "undecided"


@pytest.mark.parametrize("value", [float("nan"), float("-inf")])
def test_not_a_number_never_proves(value):
    assert verdict((at_least("x", (0.9, value), 0.5),)) == "undecided"
    assert verdict((at_least("x", (value,), 0.5),)) == "refuted"


def test_words_of_a_check():
    check = Check("rows right", (0.5, 0.52, 0.9), most=0.75)
    plain = (check.wanted + "|" + check.measured).replace("\u202f", " ").replace("\xa0", " ")
    assert plain == "at most 75 %|52 % (50 % to 90 %)"
    assert check.bound == 0.75 and check.holds == (True, True, False)
    assert replace(check, values=(0.1, float("nan"))).median != replace(check, values=(0.1,)).median


def test_seeds_that_arms_name_move_with_the_seed():
    folds = LESSONS["k_fold"]
    seeds = [[arm.split.seed for _, arm in expand(folds.with_seed(seed))] for seed in (0, 10)]
    assert seeds == [[0, 1, 2, 3, 4, 5], [10, 11, 12, 13, 14, 15]]
