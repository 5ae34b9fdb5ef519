"""Every page opens in every state, says something, and never shows an exception."""

import json

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from core.choices.defaults import default_experiment
from core.choices.sequence_tables import Sines
from core.data.reading import read
from core.experiment import Experiment
from core.store import Store, open_store
from core.store.model import StoreFullError
from pages.shared import loading
from tests.pages.conftest import EXPERIMENTS, ROOT, ask

DIAGNOSE = ("findings", "curves", "gradients", "activations", "outputs", "rows", "representation")
HOSTILE = next(name for name in EXPERIMENTS if name.startswith("<b>"))
ALL = [(page, run) for run in (None, "finished", "failed") for page in DIAGNOSE]
SOME = [
    *[("outputs", run) for run in ("binary", "regression", "two targets", "digits", "no hidden layer")],
    *[(page, "each step") for page in (*DIAGNOSE, "through")],
    *[("activations", run) for run in ("digits", "no hidden layer", "queued")],
    *[("gradients", run) for run in ("digits", "no hidden layer", "running", HOSTILE)],
    *[("curves", run) for run in ("regression", "queued", "running", "stopped")],
    ("findings", "stopped"),
    ("rows", "regression"),
    *[
        ("representation", run)
        for run in ("binary", "regression", "two targets", "digits", "no hidden layer", "queued", HOSTILE)
    ],
]
"""Where a page has something of its own to show; not every page for every run, for they share their states."""


@pytest.mark.parametrize(("page", "run"), [*ALL, *SOME])
def test_a_diagnose_page_opens_in_every_state(app, page, run):
    at = app(f"diagnose/{page}.py", run)
    assert at.title[0].value


@pytest.mark.parametrize("page", ["start/start", "build/data", "build/network", "build/train", "explore/runs"])
def test_the_other_pages_open_without_a_run_and_with_one(app, page):
    for run in (None, "running"):
        at = app(f"{page}.py", run)
        assert at.title[0].value


def test_a_run_whose_numbers_ran_away_stopped_itself(app):
    said = [text.value for text in app("diagnose/curves.py", "failed").markdown]
    assert any(text.startswith("**It stopped itself at epoch") for text in said), said


def test_a_foreign_or_absent_run_is_no_run(app):
    at = app("diagnose/curves.py")
    at.query_params["run"] = "../../etc/passwd"
    at.run()
    assert not at.exception
    assert at.title[0].value == "There is no such run here"
    wanted = next(run.id for run in open_store().runs("local") if run.name == "finished")
    at.selectbox(key="strip-").select(wanted).run()
    assert not at.exception and at.session_state["run"] == wanted
    assert at.title[0].value != "There is no such run here"


def test_without_a_chosen_run_one_is_offered(app):
    at = app("diagnose/curves.py")
    assert at.title[0].value == "Which run?"
    assert any("finished" in option for option in at.selectbox(key="strip-").options)


WORDS = "cap,odour,edible\n" + "flat,none,yes\nbell,foul,no\nflat,foul,no\nbell,none,yes\n" * 20
ROW_BY_ROW = "number,note,amount\n" + "".join(f"{n},remark {n} of many,{n % 7}\n" for n in range(1, 81))


@pytest.mark.parametrize(
    ("text", "target", "inputs", "says"),
    [
        (WORDS, "edible", "2", "Rows are drawn by inputs that are numbers"),
        (ROW_BY_ROW, "amount", "0", "No column can be"),
    ],
)
def test_a_table_without_an_input_that_is_a_number_opens_on_data(app, store, monkeypatch, text, target, inputs, says):
    monkeypatch.setattr(loading, "ask", ask)
    reading = read(text.encode())
    columns = [{"name": column.name, "type": column.type, "missing": column.missing} for column in reading.columns]
    kept = store.add_table("local", "words", reading.table.to_parquet(), {"columns": columns, "rows": reading.rows})
    at = app("build/data.py")
    tree = Experiment().model_dump(mode="json")
    at.session_state["draft"] = {**tree, "data": {"kind": "table", "table": kept, "target": target}}
    at.run()
    store.delete_table(kept, "local")
    assert not at.exception, [e.stack_trace for e in at.exception]
    assert next(metric.value for metric in at.metric if metric.label == "Inputs") == inputs
    assert any(says in text.value for text in at.markdown)
    assert any(link.proto.label.startswith("Next") for link in at.get("page_link"))


def test_names_are_shown_as_text(app):
    at = app("diagnose/curves.py", HOSTILE)
    assert not any("<b>x</b>" in m.value for m in at.markdown)


@pytest.mark.parametrize(
    "name", ["*a* :red[b]", ":smile: :material/home:", "$x^2$", "[a](http://b.c)", "www.a.b", "a@b.c"]
)
def test_names_in_the_sentence_are_shown_letter_by_letter(name):
    def page(told):
        from core.analysis.wording import Headline
        from pages.shared import layout

        layout.sentence(Headline(f"{told} is ", told, " of it.", "red", f"It takes {told} for {told}."))

    at = AppTest.from_function(page, args=(name,)).run()
    shown = f"{at.title[0].value} {at.markdown[0].value}"
    assert name not in shown
    kept = shown.replace("\\", "").replace("\u2060", "")
    assert kept == f"{name} is :red[{name}] of it. :gray[It takes {name} for {name}.]"


def test_an_address_opens_its_epoch_and_layer(app):
    at = app("diagnose/gradients.py", "digits")
    at.query_params["epoch"], at.query_params["layer"] = "1", "3"
    at.run()
    assert not at.exception
    assert next(s.value for s in at.selectbox if s.label == "Layer") == 3
    specs = [json.loads(chart.proto.spec) for chart in at.get("vega_lite_chart")]
    sliders = [p["value"] for spec in specs for p in spec.get("params", []) if "bind" in p]
    assert sliders == [1] * len(sliders) and sliders
    assert any("epoch=1&layer=3" in code.value for code in at.code)


@pytest.mark.parametrize("typed", ["-1", "x", "1e9", "99999999999999", ""])
def test_an_address_with_nonsense_in_it_opens_the_newest_epoch(app, typed):
    at = app("diagnose/gradients.py", "digits")
    at.query_params["epoch"] = at.query_params["layer"] = typed
    at.run()
    assert not at.exception
    assert next(s.value for s in at.selectbox if s.label == "Layer") in (1, 7)


def test_another_run_starts_at_its_own_newest_epoch(app):
    at = app("diagnose/gradients.py", "digits")
    at.query_params["epoch"] = "1"
    at.run()
    picker = next(s for s in at.selectbox if s.label == "Run")
    picker.select(next(o for o in open_store().runs("local") if o.name == "finished").id).run()
    assert "epoch" not in at.query_params


def test_training_refuses_with_every_problem_named(app):
    at = app("build/train.py")
    keys = [w.key for w in at.number_input]
    for field in ("learning_rate", "weight_decay"):
        at.number_input(key=next(k for k in keys if k.endswith(field))).set_value(-1.0)
    at.run()
    at.button(key="train-now").click().run()
    told = " ".join(m.value for m in at.markdown).replace("\\", "").lower()
    assert "learning_rate" in told or "learning rate" in told
    assert "weight_decay" in told or "weight decay" in told


def test_pressing_train_queues_a_run_and_shows_it(app, store):
    at = app("build/train.py")
    before = len(store.runs("local"))
    at.button(key="train-now").click().run()
    assert not at.exception
    newest = store.runs("local")[0]
    assert len(store.runs("local")) == before + 1
    assert newest.state == "queued"
    store.delete(newest.id, "local")


def test_the_schedule_is_drawn_as_it_is_chosen(app):
    at = app("build/train.py")
    constant = planned(at)
    assert constant.nunique() == 1
    next(s for s in at.selectbox if s.label == "Schedule of the learning rate").select("cosine").run()
    assert planned(at).is_monotonic_decreasing and planned(at).iloc[0] == pytest.approx(constant.iloc[0])
    next(s for s in at.selectbox if s.label == "Schedule of the learning rate").select("plateau").run()
    assert planned(at).nunique() == 1 and "As long as the validation loss falls." in [c.value for c in at.caption]
    assert not at.exception


def planned(at):
    """The learning rates that the only chart of the form draws."""
    (chart,) = at.get("vega_lite_chart")
    (data,) = (part.data.data for part in chart.proto.datasets)
    return pa.ipc.open_stream(data).read_all().to_pandas()["rate"]


def test_a_draft_survives_a_closed_tab(app):
    at = app("build/train.py")
    key = next(w.key for w in at.number_input if w.key.endswith("epochs"))
    at.number_input(key=key).set_value(77).run()
    again = app("build/train.py")
    assert next(w.value for w in again.number_input if w.key.endswith("epochs")) == 77


def test_runs_of_one_name_are_told_apart_in_the_picker(app, store):
    """The browser answers with the text it shows: equal texts would be taken for each other."""
    ids = [store.queue("local", Experiment().model_dump(mode="json"), "twins") for _ in range(2)]
    at = app("diagnose/curves.py", "twins")
    options = at.selectbox[0].options
    assert len(set(options)) == len(options)
    assert sum(shown.startswith("twins") for shown in options) == 2
    for one in ids:
        store.delete(one, "local")


def test_the_list_of_runs_says_what_was_found(app):
    at = app("explore/runs.py")
    for _ in range(30):  # each look judges as many runs as its time allows
        found = at.dataframe[0].value.drop_duplicates("run").set_index("run")["found"]
        if not found[["failed", "finished"]].eq("not looked at yet").any():
            break
        at.run()
    assert found["failed"] not in ("", "none", "not looked at yet")
    assert found["finished"] not in ("", "not looked at yet")
    assert not found["queued"], "a run that has not begun is not judged"


def test_the_outputs_of_each_target_can_be_looked_at(app):
    at = app("diagnose/outputs.py", "two targets")
    assert "for across" in at.title[0].value
    at.segmented_control[0].set_value("up").run()
    assert not at.exception and "for up" in at.title[0].value


def test_asking_at_every_step_proposes_an_answer_at_each(app, monkeypatch):
    monkeypatch.setattr(loading, "ask", ask)
    at = app("build/data.py")
    proposed = default_experiment(Sines(rows=100, length=8), None)
    at.session_state["draft"] = proposed.model_dump(mode="json")
    at.segmented_control[0].set_value("sequence").run()
    assert not at.exception

    def answer(asked):
        next(box for box in at.selectbox if box.label == "Asked").set_value(asked).run()
        assert not at.exception
        return at.session_state["draft"]

    asked = answer("every_step")
    assert asked["network"]["read"] == "each_step" and asked["data"]["asked"] == "every_step"
    assert answer("end")["network"]["read"] == "last"


@pytest.mark.parametrize("page", DIAGNOSE)
def test_an_epoch_beyond_the_end_opens_the_last_one(app, page):
    at = app(f"diagnose/{page}.py", "finished")
    at.query_params["epoch"] = "99999999"
    at.session_state["epoch"] = "99999999"
    at.run()
    assert not at.exception, [e.stack_trace for e in at.exception]


def test_a_store_that_cannot_be_used_is_told_in_words(app, monkeypatch, tmp_path):
    monkeypatch.setenv("LAYERSCOPE_HOME", str(tmp_path / "none" / "home"))
    at = AppTest.from_file(str(ROOT / "pages" / "menu.py"), default_timeout=60)
    loading.store.clear()
    loading.wake_runner.clear()
    at.run()
    assert not at.exception, [e.stack_trace for e in at.exception]
    assert at.title[0].value == "Layerscope cannot use its store"
    assert any("does not exist" in told.value for told in at.markdown)


def test_a_disk_that_is_full_while_a_page_is_drawn_is_told_in_words(app, monkeypatch):
    at = app("build/train.py")

    def full(*given):
        raise StoreFullError("The disk is full. Make room.")

    monkeypatch.setattr(Store, "remember", full)
    next(box for box in at.number_input if box.label == "Epochs").set_value(33).run()
    assert not at.exception, [e.stack_trace for e in at.exception]
    assert any("disk is full" in told.value for told in at.markdown)
