"""Small pictures of the evidence: what stands where."""

import pandas as pd
import pytest

from core.charts.evidence import evidence
from core.charts.ready import ready


@pytest.mark.parametrize(("ends", "align"), [(2, "left"), (9, "left"), (30, "right")])
def test_names_of_lines_stand_on_the_side_that_is_free(ends, align):
    """A run of 30 epochs that ended early: right of its lines there is room, left of them the axis."""
    rows = [
        {"x": x, "value": 1.0 + x, "series": s, "is_bad": False} for s in ("train", "validation") for x in (0, ends)
    ]
    spec = ready(evidence(pd.DataFrame(rows), "curve", "Loss", last=30)).spec
    marks = [layer["mark"] for layer in spec["layer"] if layer["encoding"].get("text", {}).get("field") == "series"]
    assert [mark["align"] for mark in marks] == [align] * 2


@pytest.mark.parametrize(("ends", "align"), [(9, "right"), (30, "left")])
def test_the_threshold_is_named_where_no_line_is(ends, align):
    rows = [{"x": x, "value": 1.0, "series": "train", "is_bad": False} for x in (0, ends)]
    spec = ready(evidence(pd.DataFrame(rows), "curve", "Loss", limit=2.0, limit_words="guessing", last=30)).spec
    words = [layer["mark"] for layer in spec["layer"] if layer["encoding"].get("text", {}).get("field") == "words"]
    assert [mark["align"] for mark in words] == [align]
