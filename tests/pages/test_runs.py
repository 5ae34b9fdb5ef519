"""The list of runs: what is ticked stays ticked, and is what is acted upon; what a state is called."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from core.experiment import Experiment
from pages.shared import runs, say

RUNS = str(Path(__file__).parents[2] / "pages" / "explore" / "runs.py")


@pytest.fixture
def queued(store):
    """Queues a run of a name and gives its id; all are gone afterwards."""
    ids = []

    def queue(name: str) -> str:
        ids.append(store.queue("local", Experiment().model_dump(mode="json"), name))
        return ids[-1]

    yield queue
    for run in ids:
        store.delete(run, "local")


def with_ticked(app, *ids: str):
    """The list with these runs ticked."""
    at = app("start/start.py")
    at.session_state[runs.TICKED] = set(ids)
    at.switch_page(RUNS).run()
    assert not at.exception, [e.stack_trace for e in at.exception]
    return at


def words(at) -> str:
    return "\n".join(text.value for text in at.markdown)


def names(at) -> list[str]:
    return at.dataframe[0].value["run"].tolist()


def labels(at) -> set[str]:
    return {button.label for button in at.button}


def test_one_run_can_be_opened_renamed_taken_along_and_deleted(app, store, queued):
    run = queued("alpha")
    at = with_ticked(app, run)
    assert {"Open", "Change one thing", "Stop", "Delete for good"} <= labels(at)
    assert [each.proto.id for each in at.get("download_button")]
    assert "Delete 1\u00a0run" in words(at) and "- alpha, 0 epochs" in words(at)
    at.text_input(key=f"name-{run}").set_value("  ")
    at.button(key=f"rename-{run}").click().run()
    assert store.run(run, "local").name == "alpha" and "needs a name" in at.toast[0].value
    at.text_input(key=f"name-{run}").set_value(" two moons ")
    at.button(key=f"rename-{run}").click().run()
    assert not at.exception and store.run(run, "local").name == "two moons"
    assert "- two moons, 0 epochs" in words(at)


def test_a_tick_stays_with_its_run_when_a_new_one_comes(app, queued):
    at = with_ticked(app, queued("alpha"))
    assert names(at)[0] == "alpha"
    queued("beta")
    at.run()
    assert names(at)[:2] == ["beta", "alpha"]
    assert "- alpha, 0 epochs" in words(at) and "beta," not in words(at)


def test_a_run_that_is_not_looked_for_is_not_acted_upon(app, queued):
    queued("beta")
    at = with_ticked(app, queued("alpha"))
    at.text_input(key="runs-search").set_value("beta").run()
    assert names(at) == ["beta"] and "Delete for good" not in labels(at)
    at.text_input(key="runs-search").set_value("no such run").run()
    assert not at.dataframe and not at.exception


def test_the_ticked_run_is_deleted_even_if_a_new_one_came_meanwhile(app, store, queued):
    before = {run.id for run in store.runs("local")}
    wanted, other = queued("alpha"), queued("beta")
    at = with_ticked(app, wanted)
    newest = queued("gamma")
    next(button for button in at.button if button.label == "Delete for good").click()
    at.run()
    assert {each.id for each in store.runs("local")} == before | {other, newest}


@pytest.mark.parametrize(
    ("state", "asked", "reason", "said"),
    [
        ("running", "", None, "running"),
        ("running", "pause", None, "paused"),
        ("running", "stop", None, "stopping"),
        ("failed", "", "diverged: in epoch 2 no batch had a finite loss", "diverged"),
        ("failed", "", "Out of memory.", "failed"),
        ("finished", "pause", None, "finished"),
    ],
)
def test_the_state_of_a_run_in_a_word(state, asked, reason, said):
    run = SimpleNamespace(state=state, request=asked, reason=reason)
    assert say.state(run) == said and said in say.BADGES
