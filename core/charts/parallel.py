"""Parallel coordinates: an axis for every choice that varies and one for the score, a line for every arm. Good arms are
drawn over poor ones in full colour."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from core.charts.axes import dodged
from core.charts.names import safe_name, safe_names
from core.charts.pieces import RAMP, Note, apart, layered, noted

LONGEST = 16
REACH = (-0.13, 1.13)
"""Of the axes, with room for two lines of text."""
CROWDED = 4
"""Axes of more than so many take turns with their words, nearer and farther: a phone has no room for all in a line."""
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
    y = alt.Y("place:Q", scale=alt.Scale(domain=list(REACH), nice=False), axis=None)
    colour = alt.Color("tone:Q", scale=RAMP, legend=None)
    tips = [alt.Tooltip("name:N", title="arm"), alt.Tooltip("words:N", title="value")]
    base = alt.Chart(shown)
    marks = shown.drop_duplicates(["x", "words"])
    farther = 13 if len(axes) > CROWDED else 0
    notes = [_note(row, farther * (row.x % 2)) for row in marks[marks["x"] < order[-1]].itertuples()]
    scores = marks[marks["x"] == order[-1]]
    for row, place in zip(scores.itertuples(), dodged(scores["place"].tolist(), *REACH, apart(height)), strict=True):
        notes.append(Note(row.x, place, row.words, align="left", dx=8))
    return layered(
        base.mark_line(strokeWidth=2.2, opacity=0.85).encode(
            x=x, y=y, color=colour, detail=alt.Detail("arm:N"), order=alt.Order("x:Q")
        ),
        base.mark_circle(size=50, opacity=1).encode(x=x, y=y, color=colour, tooltip=tips),
        noted(notes, x, y),
        height=height,
    )


def _note(row: Any, farther: float) -> Note:
    """A value beside its place, where no line runs: above the highest, below the lowest."""
    if row.place >= 1:
        return Note(row.x, row.place, row.words, baseline="bottom", dy=-7 - farther)
    if row.place <= 0:
        return Note(row.x, row.place, row.words, baseline="top", dy=7 + farther)
    return Note(row.x, row.place, row.words, align="left", dx=7)


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace("'", "\\'")
