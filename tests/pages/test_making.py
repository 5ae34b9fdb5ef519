"""A picture of a run is made once for all who look, and nobody waits for one that another is making."""

import dataclasses
import threading

import pytest

from core.store import Run
from pages.shared import making
from pages.shared.making import maker


@pytest.fixture
def live(store) -> Run:
    run = next(run for run in store.runs("local") if run.name == "running")
    making._pictures.clear()
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


def test_a_live_page_rests_but_a_run_that_is_over_is_shown_as_it_ended(live, monkeypatch):
    monkeypatch.setattr(making, "REST", 1e9)
    maker("train", live)("loss", lambda: "first")
    assert maker("train", at(live, 2))("loss", lambda: "second") == "first"
    over = dataclasses.replace(live, state="finished", sequence=3)
    assert maker("train", over)("loss", lambda: "last") == "last"
    assert maker("train", at(over, 4))("loss", lambda: "with its doubts") == "with its doubts"
