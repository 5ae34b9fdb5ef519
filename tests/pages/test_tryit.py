"""The Try it card on runs of every kind, its answers from the question itself instead of a runner."""

import pytest
from streamlit.testing.v1 import AppTest

from core.running.loading import PreparedCache
from core.running.previews import answered
from core.settings import settings
from core.store import open_store
from core.store.model import Asked
from pages.shared import loading


def page(run_id):
    from pages.shared import download, loading, tryit

    looked_at = loading.run(run_id)
    download.archive_button(looked_at)
    tryit.card(looked_at)


@pytest.fixture
def card(home, monkeypatch):
    """Opens the card of a run."""

    def ask(kind, **payload):
        asked = Asked("0", kind, {**payload, "owner": "local"}, 0.0)
        return answered(asked, PreparedCache(open_store(), settings()))

    monkeypatch.setattr(loading, "ask", ask)

    def opened(name):
        run = next(run for run in open_store().runs("local") if run.name == name)
        at = AppTest.from_function(page, args=(run.id,), default_timeout=60).run()
        assert not at.exception, [e.stack_trace for e in at.exception]
        return at

    return opened


@pytest.mark.parametrize("name", ["finished", "binary", "regression", "two targets", "no hidden layer"])
def test_a_row_with_the_usual_values_has_an_answer_at_once(card, name):
    at = card(name)
    assert 1 <= len(at.number_input) <= 30
    at.button[0].click().run()
    assert not at.exception
    assert any("It says" in text.value for text in at.markdown)
    assert at.get("vega_lite_chart") or at.get("arrow_vega_lite_chart")


def test_a_picture_is_painted_and_begins_with_one_that_is_answered(card):
    at = card("digits")
    assert not at.number_input and not at.button
    assert any("It says" in text.value for text in at.markdown)


def test_another_value_has_another_answer(card):
    at = card("regression")
    at.button[0].click().run()
    before = next(text.value for text in at.markdown if "It says" in text.value)
    at.number_input[2].set_value(0.15)
    at.button[0].click().run()
    assert next(text.value for text in at.markdown if "It says" in text.value) != before


def test_every_target_is_answered(card):
    at = card("two targets")
    at.button[0].click().run()
    (said,) = [text.value for text in at.markdown if "It says" in text.value]
    assert "across" in said and "up" in said
    assert len(at.get("vega_lite_chart") or at.get("arrow_vega_lite_chart")) == 2
    at.file_uploader[0].upload("rows.csv", b"shoulder,elbow\n1.0,0.5\n2,3\n", "text/csv").run()
    assert not at.exception
    assert list(at.dataframe[0].value.columns[:2]) == ["prediction of across", "prediction of up"]


def test_each_of_several_trainings_can_be_asked(card):
    at = card("finished")
    at.selectbox[0].set_value(1).run()
    at.button[0].click().run()
    assert not at.exception and any("It says" in text.value for text in at.markdown)


def test_a_file_of_rows_is_answered_as_a_table(card):
    at = card("finished")
    text = "sepal length (cm),petal width (cm),colour\n5.1,0.2,red\n,2.1,blue\n"
    at.file_uploader[0].upload("rows.csv", text.encode(), "text/csv").run()
    assert not at.exception
    assert list(at.dataframe[0].value.columns[:1]) == ["prediction"] and len(at.dataframe[0].value) == 2
    at.file_uploader[0].upload("x.png", b"\x89PNG\r\n\x1a\n0000", "image/png").run()
    assert not at.exception and any("✕" in text.value for text in at.markdown)


@pytest.mark.parametrize("name", ["queued", "running", "stopped"])
def test_a_run_without_weights_says_so(card, name):
    at = card(name)
    assert not at.button and any("row of your own" in caption.value for caption in at.caption)
