"""The Representation page with a runner's answers, look by look, taken from the questions themselves."""

import pytest

from core.running.loading import PreparedCache
from core.running.previews import answered
from core.settings import settings
from core.store import open_store
from core.store.model import Asked
from pages.shared import loading

LOOKS = ("depth", "map", "surface", "inputs")


@pytest.fixture
def asked(home, monkeypatch):
    """A runner that answers at once; gives the kinds that were asked."""
    kinds, cache = [], PreparedCache(open_store(), settings())

    def ask(kind, **payload):
        kinds.append(kind)
        return answered(Asked("0", kind, {**payload, "owner": "local"}, 0.0), cache)

    monkeypatch.setattr(loading, "ask", ask)
    return kinds


def words(at):
    return " ".join(part.value for part in [*at.title, *at.markdown, *at.caption])


@pytest.mark.parametrize("run", ["finished", "binary", "regression", "no hidden layer"])
def test_every_look_of_every_kind_of_run_is_drawn(app, asked, run):
    at = app("diagnose/representation.py", run)
    for look in LOOKS:
        at.button_group(key=next(w.key for w in at.button_group if w.key.startswith("further"))).set_value(look).run()
        assert not at.exception, (look, [e.stack_trace for e in at.exception])
        assert "error of its own" not in words(at) and "too long" not in words(at)
    assert {"boundary", "stage", "probes", "map", "surface", "sharpness", "inputs"} <= set(asked)


def test_the_sentence_says_after_which_layer_a_line_is_enough(app, asked):
    at = app("diagnose/representation.py", "finished")
    said = at.title[0].value.replace("\xa0", " ").replace("\u202f", " ")
    assert "%" in said and "at the input" in said


def test_a_failed_run_and_one_without_a_runner_show_what_was_recorded(app):
    for run in ("finished", "failed"):
        at = app("diagnose/representation.py", run)
        assert at.get("vega_lite_chart") or "painted no pictures" in words(at)
