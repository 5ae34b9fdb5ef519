"""Rows as a layer sees them: a map that a slider moves through the epochs, coloured by class, by whether the answer is
right, or by how sure it is; a click picks a row."""

from collections.abc import Sequence
from typing import Literal

import altair as alt
import pandas as pd

from core.charts import pieces
from core.charts.names import safe_names
from core.charts.pieces import Chart

Colour = Literal["class", "right", "sure", "value"]
PICKED = "row_picked"


def rowmap(
    table: pd.DataFrame, classes: Sequence[str], by: Colour, near: pd.DataFrame, planned: int, height: int = 440
) -> Chart:
    """table: epoch, x, y, place, name (class), right, sure, value, split, row. near: epoch, x, y, role ("picked",
    "neighbour") of the row that was picked. classes: empty for a regression."""
    hidden = alt.Axis(labels=False, ticks=False, grid=False, domain=False, title=None)
    reach = [float(table[["x", "y"]].min().min()) * 1.06, float(table[["x", "y"]].max().max()) * 1.06]
    x = alt.X("x:Q", scale=alt.Scale(domain=reach, nice=False), axis=hidden)
    y = alt.Y("y:Q", scale=alt.Scale(domain=reach, nice=False), axis=hidden)
    shown = pieces.held(table)
    tips = [
        alt.Tooltip("name:N"),
        alt.Tooltip("told:N", title="answer"),
        alt.Tooltip("sure:Q", title="how sure", format=".0%"),
        alt.Tooltip("row:Q", title="row", format=",d"),
        alt.Tooltip("split:N"),
    ]
    pick = alt.selection_point(name=PICKED, fields=["place"], on="click", empty=False)
    base = alt.Chart(shown).transform_filter(pieces.at_slider())
    colour = _colour(by, safe_names(classes, 24), table)
    if by == "class" and len(classes) > 8:
        short = alt.Text("short:N")
        dots = base.mark_text(fontSize=12, fontWeight="bold").encode(x=x, y=y, text=short, color=colour, tooltip=tips)
    else:
        marks = base.mark_point(filled=True, size=52, opacity=0.85)
        dots = marks.encode(x=x, y=y, color=colour, shape=_shape(by, safe_names(classes, 24)), tooltip=tips)
    rings = alt.Chart(pieces.held(near, table["epoch"].tolist()).dropna()).transform_filter(pieces.at_slider())
    ring = rings.mark_point(filled=False, size=190, strokeWidth=2.2).encode(
        x=x, y=y, opacity=alt.OpacityValue(0.45, condition={"test": "datum.role == 'picked'", "value": 1})
    )
    return pieces.layered(
        ring, dots.add_params(pick), pieces.epochs_seen(shown, 8, 8), height=height, slider_to=planned
    )


def _colour(by: Colour, names: list[str], table: pd.DataFrame) -> alt.Color:
    key = alt.Legend(title=None, orient="top", symbolOpacity=1)
    if by == "right":
        return alt.Color("mark:N", scale=alt.Scale(domain=["✓ right", "✕ wrong"], range=["green", "red"]), legend=key)
    if by == "sure":
        ramp = alt.Scale(domain=[0, 1], range="ramp", interpolate="lab")
        return alt.Color("sure:Q", scale=ramp, legend=alt.Legend(title="how sure", orient="top", format="%"))
    if by == "value":
        ramp = alt.Scale(range="ramp", interpolate="lab", zero=False)
        return alt.Color("value:Q", scale=ramp, legend=alt.Legend(title=None, orient="top"))
    return alt.Color("name:N", scale=alt.Scale(domain=names, range="category"), legend=None if len(names) > 8 else key)


def _shape(by: Colour, names: list[str]) -> alt.Shape:
    symbols = [*pieces.SHAPES, "cross", "triangle-down", "triangle-right", "triangle-left"]
    if by == "right":
        scale = alt.Scale(domain=["✓ right", "✕ wrong"], range=["circle", "triangle-up"])
        return alt.Shape("mark:N", scale=scale, legend=alt.Legend(title=None, orient="top"))
    if by != "class":
        return alt.Shape(
            "split:N", scale=alt.Scale(domain=["train", "validation"], range=["circle", "diamond"]), legend=None
        )
    scale = alt.Scale(domain=names, range=symbols[: max(1, len(names))])
    return alt.Shape("name:N", scale=scale, legend=alt.Legend(title=None, orient="top"))
