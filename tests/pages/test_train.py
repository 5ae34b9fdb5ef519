"""The button that trains: what was typed last counts, and what cannot be trained is refused beside it."""

from streamlit.testing.v1 import AppTest

from core.store import Run, Store
from pages.shared import session
from tests.pages.conftest import ROOT


def newest(store: Store) -> Run:
    listed = store.runs("local", limit=1)[0]
    run = store.run(listed.id, "local")
    assert run is not None
    return run


def field(at: AppTest, label: str):
    return next(each for each in at.number_input if each.label == label)


def refusals(at: AppTest) -> list[str]:
    return [told.value for told in at.markdown if told.value.startswith(":red[✕] **optimizer")]


def test_pressing_train_shows_the_run_without_the_form(app, store):
    at = app("build/train.py")
    at.button(key="train-now").click().run()
    assert not at.exception
    assert at.session_state["run"] == newest(store).id
    assert "train-now" not in [button.key for button in at.button]
    assert at.title[0].value != "Choose how it learns."


def test_what_was_typed_and_left_by_pressing_the_button_is_trained(app, store):
    at = app("build/train.py")
    field(at, "Epochs").set_value(77)
    at.button(key="train-now").click().run()
    assert not at.exception
    assert newest(store).experiment["training"]["epochs"] == 77
    assert newest(store).id == at.session_state["run"]


def test_what_cannot_be_trained_is_said_and_nothing_is_queued(app, store):
    before = newest(store).id
    at = app("build/train.py")
    field(at, "Learning rate").set_value(-1.0).run()
    at.button(key="train-now").click().run()
    assert not at.exception
    assert newest(store).id == before
    assert at.title[0].value == "Choose how it learns."
    assert len(refusals(at)) == 1
    field(at, "Learning rate").set_value(0.01).run()
    assert not refusals(at)


def test_a_number_out_of_range_is_told_at_once_and_not_what_one_comes_back_to(app, store):
    at = app("build/train.py")
    field(at, "Epochs").set_value(12).run()
    field(at, "Epochs").set_value(-5).run()
    said = [told.value for told in [*at.caption, *at.markdown] if told.value.startswith(":red[✕")]
    assert len(said) == 2, "beside the field, and beside the button"
    again = app("build/train.py")
    assert field(again, "Epochs").value == 12


def test_the_limit_of_this_installation_is_told_before_the_button_is_pressed(app, monkeypatch):
    monkeypatch.setenv("LAYERSCOPE_EPOCHS", "30")
    at = app("build/train.py")
    field(at, "Epochs").set_value(31).run()
    assert any("more than the 30 that this installation allows" in told.value for told in at.markdown)
    field(at, "Epochs").set_value(30).run()
    assert not any("this installation allows" in told.value for told in at.markdown)


def test_the_network_page_goes_on_to_the_run(app, store):
    at = app("build/network.py")
    at.button(key="train-now").click().run()
    assert not at.exception
    assert at.session_state["run"] == newest(store).id
    assert not any("layer" in button.label.lower() for button in at.button)


def test_a_press_that_found_no_button_any_more_trains_nothing_later(app, store):
    before = newest(store).id
    at = app("build/train.py")
    at.session_state[session.WHEN_DRAWN] = True
    at.switch_page(str(ROOT / "pages" / "explore" / "runs.py")).run()
    at.switch_page(str(ROOT / "pages" / "build" / "train.py")).run()
    assert at.title[0].value == "Choose how it learns."
    assert newest(store).id == before


def test_a_window_says_that_another_one_changed_the_draft(app):
    one, other = app("build/train.py"), app("build/train.py")
    field(one, "Epochs").set_value(41).run()
    field(one, "Epochs").set_value(42).run()
    assert not one.toast
    field(other, "Epochs").set_value(43).run()
    assert "Another window changed the draft" in other.toast[0].value
    field(other, "Epochs").set_value(44).run()
    assert not other.toast and field(one, "Epochs").value == 42


def test_changing_something_starts_from_the_run_that_is_looked_at(app, store):
    at = app("build/train.py")
    other = field(at, "Epochs").value + 7
    field(at, "Epochs").set_value(other).run()
    at = app("build/train.py", "finished")
    at.session_state["watching"] = at.session_state["run"]
    at.run()
    run = store.run(at.session_state["run"], "local")
    at.button(key="again").click().run()
    assert not at.exception and at.title[0].value == "Choose how it learns."
    for part in ("data", "network", "optimizer", "training"):
        assert at.session_state["draft"][part] == run.experiment[part]
    assert field(at, "Epochs").value == run.experiment["training"]["epochs"]


def test_two_runs_are_not_called_alike(app, store):
    at = app("build/train.py")
    names = []
    for _ in range(2):
        at.button(key="train-now").click().run()
        names.append(newest(store).name)
        at = app("build/train.py")
    assert names[0] != names[1] and names[1].startswith(names[0].split(" (")[0])


def test_an_address_of_a_run_that_is_not_here_says_so_above_the_draft(app):
    at = app("build/train.py")
    at.query_params["run"] = "0" * 32
    at.run()
    assert not at.exception
    assert any("is not here" in told.value for told in at.caption) and at.title[0].value == "Choose how it learns."
    at.run()
    assert "run" not in at.query_params
