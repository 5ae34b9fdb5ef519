"""A picture of a run is made once for all who look, and nobody waits for one that another is making."""

import dataclasses
import threading
import time

import pytest

from core.store import Run
from pages.shared import making
from pages.shared.making import maker


@pytest.fixture
def live(store) -> Run:
    run = next(run for run in store.runs("local") if run.name == "running")
    making._page.clear()
    return dataclasses.replace(run, state="running", sequence=1)


def at(run: Run, sequence: int) -> Run:
    return dataclasses.replace(run, sequence=sequence)


def test_one_state_of_a_run_is_made_once(live):
    made = []
    for _ in range(3):
        assert maker("train", live)("loss", lambda: made.append(1) or "picture") == "picture"
    assert made == [1]


def test_who_looks_while_the_next_one_is_made_is_shown_the_one_before(live, monkeypatch):
    monkeypatch.setattr(making, "REST", 0.0)
    assert maker("train", live)("loss", lambda: "first") == "first"
    begun, go_on = threading.Event(), threading.Event()

    def slowly() -> str:
        begun.set()
        assert go_on.wait(20)
        return "second"

    other = threading.Thread(target=maker("train", at(live, 2)), args=("loss", slowly))
    other.start()
    assert begun.wait(20)
    assert maker("train", at(live, 2))("loss", lambda: "never made") == "first"
    go_on.set()
    other.join(20)
    assert maker("train", at(live, 2))("loss", lambda: "never made") == "second"


def test_a_page_is_of_one_sequence_for_all_who_look(live, monkeypatch):
    monkeypatch.setattr(making, "REST", 0.0)
    first = maker("train", live)
    assert [first(name, lambda name=name: f"{name} 1") for name in ("sentence", "loss")] == ["sentence 1", "loss 1"]
    one = maker("train", at(live, 2))
    assert one("sentence", lambda: "sentence 2") == "sentence 2"
    other = maker("train", at(live, 3))  # comes while the first one is not through
    assert other("sentence", lambda: "never made") == "sentence 1" and other("loss", lambda: "never made") == "loss 1"
    assert one("loss", lambda: "loss 2") == "loss 2"
    assert maker("train", at(live, 3))("sentence", lambda: "sentence 3") == "sentence 3"


def test_a_picture_that_only_some_look_at_is_made_by_them(live, monkeypatch):
    monkeypatch.setattr(making, "REST", 0.0)
    monkeypatch.setattr(making, "GIVEN_UP_S", 0.0)
    assert maker("train", at(live, 1))("weights", lambda: "weights 1") == "weights 1"
    for sequence in (2, 3, 4):
        maker("train", at(live, sequence))("outputs", lambda sequence=sequence: f"outputs {sequence}")
    assert maker("train", at(live, 4))("weights", lambda: "weights 4") == "weights 4"
    assert maker("train", at(live, 4))("outputs", lambda: "never made") == "outputs 4"


def test_a_page_rests_as_a_whole(live, monkeypatch):
    """A picture that was made late is not older news than one that was made early."""
    maker("train", live)("sentence", lambda: "sentence 1")
    now = time.monotonic()
    monkeypatch.setattr(making.time, "monotonic", lambda: now + 1e-9)
    monkeypatch.setattr(making, "REST", 1e9)
    resting = maker("train", at(live, 2))
    assert resting("sentence", lambda: "never made") == "sentence 1"
    assert resting("late", lambda: "made, for there is none") == "made, for there is none"


def test_a_live_page_rests_but_a_run_that_is_over_is_shown_as_it_ended(live, monkeypatch):
    monkeypatch.setattr(making, "REST", 1e9)
    maker("train", live)("loss", lambda: "first")
    assert maker("train", at(live, 2))("loss", lambda: "second") == "first"
    over = dataclasses.replace(live, state="finished", sequence=3)
    assert maker("train", over)("loss", lambda: "last") == "last"
    assert maker("train", at(over, 4))("loss", lambda: "with its doubts") == "with its doubts"
