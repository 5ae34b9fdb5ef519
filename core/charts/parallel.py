"""Parallel coordinates: an axis for every choice that varies and one for the score, a line for every arm. Good arms are
drawn over poor ones in full colour."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from core.charts.names import safe_name, safe_names
from core.charts.pieces import NOTE, RAMP, layered

LONGEST = 16
FAINTEST = 0.3
"""Of the ramp, for the poorest arm: at 0 it would be as the page."""


def parallel(table: pd.DataFrame, axes: Sequence[str], height: int = 340) -> alt.LayerChart:
    """table: arm, axis, place (0 to 1 along the axis), words (the value there), score (0 to 1 by rank of the arm: the
    best is 1). axes: from left to right."""
    order = list(range(len(axes)))
    names = {number: safe_name(name, LONGEST) for number, name in enumerate(axes)}
    arms = dict(zip(table["arm"].unique(), safe_names(table["arm"].unique()), strict=True))
    shown = table.assign(x=table["axis"].map({name: n for n, name in enumerate(axes)}), name=table["arm"].map(arms))
    shown["tone"] = FAINTEST + (1 - FAINTEST) * shown["score"]
    shown["words"] = [safe_name(value, LONGEST) for value in shown["words"]]
    words = "".join(f"datum.value == {n} ? '{_quoted(name)}' : " for n, name in names.items()) + "''"
    axis = alt.Axis(
        title=None, values=order, labelExpr=words, orient="top", domain=False, ticks=False, grid=True, labelFlush=False
    )
    x = alt.X("x:Q", scale=alt.Scale(domain=[-0.35, len(axes) - 0.65], nice=False, zero=False), axis=axis)
    y = alt.Y("place:Q", scale=alt.Scale(domain=[-0.06, 1.06], nice=False), axis=None)
    colour = alt.Color("tone:Q", scale=RAMP, legend=None)
    tips = [alt.Tooltip("name:N", title="arm"), alt.Tooltip("words:N", title="value")]
    base = alt.Chart(shown)
    marks = shown.drop_duplicates(["x", "words"])
    text = alt.Chart(marks).mark_text(align="left", dx=7, fontSize=NOTE)
    return layered(
        base.mark_line(strokeWidth=2.2, opacity=0.85).encode(
            x=x, y=y, color=colour, detail=alt.Detail("arm:N"), order=alt.Order("x:Q")
        ),
        base.mark_circle(size=50, opacity=1).encode(x=x, y=y, color=colour, tooltip=tips),
        text.encode(x=x, y=y, text=alt.Text("words:N")),
        height=height,
    )


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace("'", "\\'")
