"""Compare and the proof on Findings, in their states."""

import pytest

from core.experiment import Experiment
from core.running.process import this_process
from core.running.submit import submit_study
from core.running.worker import execute
from core.settings import settings
from core.studies import expand, parse_study

OWNER = "local"
SMALL = {"data": "iris", "training": {"epochs": 3}}


def trained(store, arms, study, name):
    return [_trained(store, arm, study, place, f"{name} · {label}") for place, (label, arm) in enumerate(arms)]


def _trained(store, arm, study, place, name):
    run = store.queue(OWNER, arm.model_dump(mode="json"), name, study, place, process=this_process())
    execute(store, run, settings())
    return run


@pytest.fixture
def study(store):
    grid = {"optimizer.learning_rate": [0.001, 0.05], "network.layers.*.dropout": [0.0, 0.3]}
    arms = expand(parse_study({"experiment": SMALL, "grid": grid, "seeds": 2}))
    yield trained(store, arms, "four", "rates and dropout")
    for run in store.runs(OWNER, study="four"):
        store.delete(run.id, OWNER)


@pytest.fixture
def sick(store):
    """A network that does not learn, small enough for a test."""
    layers = [{"units": 8, "activation": "sigmoid"}] * 10
    tree = {"data": "blobs", "network": {"layers": layers, "initialisation": "glorot_uniform"}, "optimizer": "momentum"}
    valid = Experiment.model_validate({**tree, "name": "sick", "training": {"epochs": 12}})
    run = _trained(store, valid, None, None, "sick")
    yield run
    for one in [run, *(r.id for r in store.runs(OWNER, study=f"proof-{run}"))]:
        store.delete(one, OWNER)


def opened(app, page, run=None, **query):
    at = app(page, run)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception, [e.stack_trace for e in at.exception]
    return at


def words(at):
    return " ".join(str(e.value) for e in [*at.title, *at.markdown, *at.caption])


def test_compare_opens_without_a_run_and_with_the_selected_one(app):
    assert opened(app, "explore/compare.py").title[0].value == "Which run?"
    assert "2 seeds" in opened(app, "explore/compare.py", "finished", study="runs").title[0].value.replace("\xa0", " ")


def test_a_study_is_told_arm_by_arm(app, study):
    at = opened(app, "explore/compare.py", study="four")
    table = at.dataframe[0].value
    assert list(table["Learning rate"]) == ["0.001", "0.001", "0.05", "0.05"] and "Dropout" in table
    assert "Epochs" not in table and len(at.dataframe[1].value) == 3
    assert any("Iris" in told.value and "3 epochs · 2 seeds" in told.value for told in at.caption), "what is alike"
    assert any(told.value.endswith("?study=four") for told in at.code)
    assert not at.button or all(button.label != "Stop all" for button in at.button)


def test_one_varied_number_is_drawn_as_a_curve(app, store):
    grid = {"network.layers.*.units": [2, 8, 64]}
    arms = expand(parse_study({"experiment": SMALL, "grid": grid, "seeds": 2}))
    runs = trained(store, arms, "widths", "width")
    at = opened(app, "explore/compare.py", study="widths")
    assert "**Score by units**" in words(at) and (
        "is ahead" in at.title[0].value or at.title[0].value.startswith("The")
    )
    for run in runs:
        store.delete(run, OWNER)


def test_several_runs_are_compared_by_the_address(app, study, store):
    at = opened(app, "explore/compare.py", runs=f"{study[0]},{study[2]},{'0' * 32}", study="runs")
    assert len(at.dataframe[0].value) == 2 and "Dropout" not in at.dataframe[0].value


def test_a_study_under_way_shows_one_line_and_stops_together(app, store):
    arms = expand(parse_study({"experiment": SMALL, "seeds": 2, "grid": {"optimizer.learning_rate": [0.1, 0.2]}}))
    submit_study(store, OWNER, "waiting", arms, "rates")
    at = opened(app, "explore/compare.py", study="waiting")
    next(button for button in at.button if button.label == "Stop all").click().run()
    assert not at.exception and all(run.state == "stopped" for run in store.runs(OWNER, study="waiting"))
    for run in store.runs(OWNER, study="waiting"):
        store.delete(run.id, OWNER)


def test_the_form_varies_a_choice_and_names_problems(app, store):
    at = opened(app, "explore/compare.py")
    values = next(w for w in at.text_input if w.key.startswith("study-values"))
    values.set_value("-1, 0.1").run()
    assert "must be at least 0" in words(at)
    next(w for w in at.text_input if w.key.startswith("study-values")).set_value("0.2, 0.1").run()
    at.button(key="study-run").click().run()
    assert not at.exception
    runs = [run for run in store.runs(OWNER) if run.study]
    assert len(runs) == 2 and {run.experiment["optimizer"]["learning_rate"] for run in runs} == {0.1, 0.2}
    for run in runs:
        store.delete(run.id, OWNER)


def test_try_queues_a_proof_and_the_proof_is_found_again(app, store, sick):
    at = app("diagnose/findings.py", "sick")
    assert "No proof yet" in words(at)
    next(button for button in at.button if button.label == "Try").click().run()
    assert not at.exception
    assert next(button for button in at.button if button.label == "Try").disabled, "it is being tried"
    queued = sorted(store.runs(OWNER, study=f"proof-{sick}"), key=lambda run: run.position)
    assert [run.experiment["training"]["seed"] for run in queued] == [0, 1000, 0]
    assert all(run.experiment["training"]["replicas"] == 3 for run in queued)
    for run in queued:
        store.delete(run.id, OWNER)
        _trained(store, Experiment.model_validate(run.experiment), run.study, run.position, run.name)
    again = app("diagnose/findings.py", "sick")
    assert "3 seeds each" in words(again).replace("\xa0", " ")
    next(button for button in again.button if button.label == "Keep").click().run()
    assert not again.exception
    draft = again.session_state["draft"]
    assert draft["name"].startswith("sick, ") and draft["training"]["replicas"] == 1
    assert draft["network"] == queued[2].experiment["network"]


def test_a_try_that_is_refused_says_why(app, store, sick, monkeypatch):
    monkeypatch.setenv("LAYERSCOPE_REPLICAS", "2")
    at = app("diagnose/findings.py", "sick")
    next(button for button in at.button if button.label == "Try").click().run()
    assert not at.exception and "seeds" in words(at) and "✕" in words(at)
    assert not store.runs(OWNER, study=f"proof-{sick}")


def test_a_drawn_network_is_trained_beside_its_cure(app, store):
    at = app("build/network.py")
    before = {run.study for run in store.runs(OWNER)}
    at.button(key="compare-now").click().run()
    assert not at.exception
    begun = next(run for run in store.runs(OWNER) if run.study not in before)
    runs = sorted(store.runs(OWNER, study=begun.study), key=lambda run: run.position)
    assert [run.state for run in runs] == ["queued", "queued"] and runs[0].name.endswith("unchanged")
    assert begun.study in at.query_params["study"]
    for run in runs:
        store.delete(run.id, OWNER)
