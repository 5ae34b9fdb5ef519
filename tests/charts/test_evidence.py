"""Small pictures of the evidence: what stands where."""

import pandas as pd
import pytest

from core.charts.evidence import evidence
from core.charts.ready import ready


def written(spec, field):
    """The layers of words of a field. Each has its room (a halo of the page's colour): over rules and bands, and under
    what was measured; the words themselves lie on top."""
    order = ["halo" if layer["mark"].get("style") else layer["mark"]["type"] for layer in spec["layer"]]
    first, last = order.index("halo"), len(order) - order[::-1].index("halo")
    assert set(order[:first]) <= {"rect", "rule"} and set(order[first:last]) == {"halo"}
    assert not {"rect", "rule"} & set(order[last:]) and set(order[order.index("text") :]) == {"text"}
    words = [layer for layer in spec["layer"] if layer["encoding"].get("text", {}).get("field") == field]
    rooms, texts = words[: len(words) // 2], words[len(words) // 2 :]
    for room, text in zip(rooms, texts, strict=True):
        assert room["mark"] == {**text["mark"], "style": "halo"} and "color" not in room["encoding"]
        assert {**room["encoding"], "color": text["encoding"]["color"]} == text["encoding"]
    return texts


@pytest.mark.parametrize(("ends", "align"), [(2, "left"), (9, "left"), (30, "right")])
def test_names_of_lines_stand_on_the_side_that_is_free(ends, align):
    """A run of 30 epochs that ended early: right of its lines there is room, left of them the axis."""
    rows = [
        {"x": x, "value": 1.0 + x, "series": s, "is_bad": False} for s in ("train", "validation") for x in (0, ends)
    ]
    spec = ready(evidence(pd.DataFrame(rows), "curve", "Loss", last=30)).spec
    assert [layer["mark"]["align"] for layer in written(spec, "series")] == [align] * 2


@pytest.mark.parametrize(("ends", "align"), [(9, "right"), (30, "left")])
def test_the_threshold_is_named_where_no_line_is(ends, align):
    rows = [{"x": x, "value": 1.0, "series": "train", "is_bad": False} for x in (0, ends)]
    spec = ready(evidence(pd.DataFrame(rows), "curve", "Loss", limit=2.0, limit_words="guessing", last=30)).spec
    assert [layer["mark"]["align"] for layer in written(spec, "words")] == [align]


def test_words_change_sides_where_a_line_runs_through_them():
    """A jump through the threshold in the first epochs, as weights make it at a rate far too high."""
    rows = [{"x": x, "value": 0.0 if x == 0 else 1.1, "series": "", "is_bad": x > 0} for x in range(16)]
    spec = ready(
        evidence(pd.DataFrame(rows), "curve", "Size", is_log=True, limit=0.5, limit_words="fires", last=15)
    ).spec
    assert [layer["mark"]["align"] for layer in written(spec, "words")] == ["right"]


def test_what_lies_outside_the_band_is_bad_where_there_is_no_threshold():
    rows = [{"x": x, "value": -x, "series": "", "is_bad": False} for x in range(1, 6)]
    chart = evidence(pd.DataFrame(rows), "layers", "Gradient", is_log=True, band=(-2.5, 1.0), last=5)
    tables = ready(chart).whole()["datasets"].values()
    (dots,) = [table for table in tables if table and "is_bad" in table[0]]
    assert [row["is_bad"] for row in dots] == [False, False, True, True, True]
