"""What the Findings page says beyond the findings."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.diagnosis.diagnose import Diagnosis
from core.diagnosis.finding import Finding
from tests.analysis import made_runs as made

NOTHING = Diagnosis((), (), (), (), "")


def said(found: Diagnosis, record) -> list[str]:
    def script(found, record):
        from pages.shared import doctor

        doctor.unsaid(found, record)

    at = AppTest.from_function(script, kwargs={"found": found, "record": record}).run()
    assert not at.exception
    return [text.value.replace("\u00a0", " ").replace("\u202f", " ") for text in at.markdown]


def test_a_rise_that_curves_calls_memorising_is_told_where_no_rule_finds_it():
    (words,) = said(NOTHING, made.overfitting())
    assert words.startswith("The validation loss was lowest at epoch 2 and has risen since by 4")
    assert "% of that of a guess: not enough for a finding" in words


@pytest.mark.parametrize("kind", ["findings", "watch"])
def test_what_a_rule_found_is_not_said_twice(kind):
    finding = Finding("overfitting", "It memorises", "curves", "present")
    assert said(replace(NOTHING, **{kind: (finding,)}), made.overfitting()) == []


def test_a_run_that_did_not_rise_says_nothing():
    assert said(NOTHING, made.healthy()) == []
