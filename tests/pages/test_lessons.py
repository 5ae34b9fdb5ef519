"""The Lessons page in its states, and the first project."""

import pytest

from core.lessons import LESSONS
from core.lessons.lesson import new_study_id
from core.running.process import this_process
from core.running.recorded import recorded
from core.running.worker import execute
from core.settings import settings
from core.studies import expand

OWNER = "local"
LESSON = LESSONS["first_loss"]


@pytest.fixture
def tidy(store):
    yield store
    for run in store.runs(OWNER, study_begins="lesson-"):
        store.delete(run.id, OWNER)


def opened(app, **query):
    at = app("explore/lessons.py")
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception, [e.stack_trace for e in at.exception]
    return at


def words(at):
    return " ".join(str(e.value) for e in [*at.title, *at.markdown, *at.caption]).replace("\\", "")


def trained(store):
    """The lesson's arms, trained here: by label."""
    study, found = new_study_id(LESSON.id), {}
    for place, (label, arm) in enumerate(expand(LESSON.study)):
        run = store.queue(OWNER, arm.model_dump(mode="json"), label, study, place, process=this_process())
        execute(store, run, settings())
        found[label] = store.run(run, OWNER)
    return found


def rows(at):
    """The labels of the list."""
    return [one.label.replace("\\", "") for one in at.expander]


def test_before_any_run_no_claim_is_settled(app, tidy):
    at = opened(app)
    assert "none is settled here yet" in at.title[0].value
    assert len(rows(at)) == len(LESSONS)
    assert not any("proved" in row or "refuted" in row for row in rows(at))


def test_a_linked_lesson_is_open_and_one_click_queues_its_arms(app, tidy):
    at = opened(app, lesson="first_loss")
    assert LESSON.source.split(",")[0] in words(at) and "proved" not in words(at)
    assert len(rows(at)) < len(LESSONS), "its chapter alone"
    at.number_input(key="seed-first_loss").set_value(5).run()
    at.button(key="run-first_loss").click().run()
    assert not at.exception
    queued = tidy.runs(OWNER, study_begins="lesson-first_loss-")
    assert sorted(run.position for run in queued) == [0, 1, 2]
    assert {run.experiment["training"]["seed"] for run in queued} == {5}
    again = opened(app, lesson="first_loss")
    assert (
        "0 of 3 runs done" in str(again.get("progress")[0].proto.text) and again.button(key="run-first_loss").disabled
    )
    assert any("running" in row for row in rows(again))


def test_the_verdict_comes_from_runs_and_goes_with_them(app, tidy):
    runs = trained(tidy)
    told = LESSON.judged({label: recorded(tidy, run) for label, run in runs.items()})
    assert told.verdict == "proved"
    at = opened(app, lesson="first_loss")
    assert "1 proved" in at.title[0].value and told.sentence.split(",")[0] in words(at)
    link = next(link for link in at.get("page_link") if "Curves" in link.proto.label)
    assert f"run={list(runs.values())[2].id}" in link.proto.query_string and "epoch=0" in link.proto.query_string
    for run in tidy.runs(OWNER, study_begins="lesson-"):
        tidy.delete(run.id, OWNER)
    assert "none is settled here yet" in opened(app).title[0].value


def test_runs_that_broke_off_settle_nothing(app, tidy):
    study = new_study_id("first_loss")
    for place, (label, arm) in enumerate(expand(LESSON.study)):
        run = tidy.queue(OWNER, arm.model_dump(mode="json"), label, study, place)
        tidy.request(run, OWNER, "stop")
    at = opened(app, lesson="first_loss")
    assert any("broke off" in row for row in rows(at)) and "Run it again" in words(at)
    assert "none is settled here yet" in at.title[0].value


def test_change_it_takes_the_arm_to_the_editor(app, tidy):
    at = opened(app, lesson="perceptron_xor")
    at.button(key="change-perceptron_xor").click().run()
    assert not at.exception
    draft = at.session_state["draft"]
    assert draft["data"]["kind"] == "xor" and draft["network"]["layers"] == []


def test_a_chapter_is_run_at_once(app, tidy):
    at = opened(app, lesson="first_loss")
    next(button for button in at.button if button.label.startswith("Run all")).click().run()
    assert not at.exception
    queued = {run.study.split("-")[1] for run in tidy.runs(OWNER, study_begins="lesson-")}
    assert queued == {"first_loss", "softmax_calibration", "squared_error_stalls"}


def test_the_first_project_starts_with_the_vehicles(app, store):
    at = opened(app, view="project")
    assert "Five steps" in words(at) and len(rows(at)) == 5
    at.button(key="project-take").click().run()
    assert not at.exception and at.session_state["draft"]["data"]["kind"] == "vehicles"
    assert at.session_state["draft"]["name"] == "Vehicles"
