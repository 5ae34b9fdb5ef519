"""Names from other people's files must never blank a chart."""

import html
import json
import re

import altair as alt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts import compare
from core.charts.export import export, is_available
from core.charts.names import ILLEGAL, LONGEST, UNNAMED, alt_text, renamed, safe_name, safe_names
from core.charts.ready import ready

HOSTILE = [
    *("plain", "a.b", "a[0]", "it's", 'q"uote', "x:Q", ":red[hi]", "[x](javascript:alert(1))", "back\\slash", ""),
    *("line\nbreak", "toString", "__proto__", "x" * 300, "<img src=x onerror=alert(1)>", "$a^2$", " lead", "None"),
    *("datum", "🦜"),
]


def test_twenty_hostile_names_become_titles():
    titles = safe_names(HOSTILE)
    assert len(HOSTILE) == 20
    assert len(set(titles)) == 20
    assert all(0 < len(title) <= LONGEST for title in titles)
    assert not any(title in ILLEGAL for title in titles)
    assert titles[HOSTILE.index("")] == UNNAMED
    assert titles[HOSTILE.index("line\nbreak")] == "line break"
    assert titles[HOSTILE.index("plain")] == "plain"


@pytest.mark.skipif(not is_available(), reason="needs the export extra")
def test_arms_with_hostile_names_are_all_named_beside_their_dots():
    table = pd.DataFrame({"arm": HOSTILE, "seed": 0, "value": 0.5, "words": "50", "is_better": False})
    table = table.assign(median=0.5, low=0.4, high=0.6, median_words="50")
    drawn = export(ready(compare.dots(table, HOSTILE)), "svg").decode()
    said = "".join(html.unescape(text) for text in re.findall(r">([^<>]+)</t", drawn))
    for name in safe_names(HOSTILE, compare.INSIDE):
        assert name.replace(" ", "") in said.replace(" ", ""), name
    assert "it's" in said and "back\\slash" in said and "<img" not in drawn


@pytest.mark.skipif(not is_available(), reason="needs the export extra")
def test_a_chart_of_hostile_columns_compiles_and_draws_every_point():
    table = pd.DataFrame({name: [float(n), float(n + 1)] for n, name in enumerate(HOSTILE)})
    drawn, titles = renamed(table)
    for field, title in titles.items():
        tips = [alt.Tooltip(f"{field}:Q", title=title)]
        chart = alt.Chart(drawn).mark_point().encode(x=alt.X(f"{field}:Q", title=title), y=alt.Y("c0:Q"), tooltip=tips)
        assert b"svg" in export(chart, "svg"), title


@given(st.text())
def test_any_text_becomes_a_title(text):
    title = safe_name(text)
    assert 0 < len(title) <= LONGEST + 1
    assert title not in ILLEGAL
    assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in title)
    json.dumps(title).encode("utf-8")
    assert title.encode("utf-8")


@given(st.lists(st.text(max_size=60), max_size=30))
def test_titles_are_never_alike(names):
    titles = safe_names(names)
    assert len(set(titles)) == len(titles) == len(names)


def test_marks_that_turn_text_around_are_left_out_but_right_to_left_names_are_kept():
    assert safe_name("user\u202egnp.exe") == "usergnp.exe"
    assert safe_name("עמודה") == "עמודה"


def test_a_takeaway_is_cut_between_words():
    said = alt_text("Layer 1 receives one 89-millionth of the gradient that leaves the output layer.")
    assert len(said) <= 60
    assert said.endswith("…")
    assert alt_text("short") == "short"
