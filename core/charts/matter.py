"""Which inputs matter, as bars, and as a picture where they are pixels."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from core.charts import pieces
from core.charts.names import safe_names
from core.charts.pieces import Chart

MOST_BARS = 20


def bars(table: pd.DataFrame, field: str, spread: str | None, title: str, height: int | None = None) -> Chart:
    """table: name and `field`, the largest first; spread: a column with a standard deviation, drawn as a whisker."""
    shown = table.head(MOST_BARS)
    shown = shown.assign(label=safe_names(shown["name"], 26), zero=0.0)
    axis = alt.Axis(title=None, domain=False, ticks=False, labelLimit=170)
    y = alt.Y("label:N", sort=shown["label"].tolist(), axis=axis)
    x = alt.X(f"{field}:Q", axis=pieces.below(title, format="~%" if field != "loss" else "~g", tickCount=5))
    tips = [alt.Tooltip("label:N"), alt.Tooltip(f"{field}:Q", title=title, format=".3f")]
    base = alt.Chart(shown)
    marks: list[alt.Chart] = [
        base.mark_bar(height={"band": 0.62}, cornerRadiusEnd=2).encode(x=x, y=y, color=pieces.GRAY, tooltip=tips)
    ]
    if spread:
        low = shown.assign(low=shown[field] - shown[spread], high=shown[field] + shown[spread])
        marks.append(alt.Chart(low).mark_rule(strokeWidth=1.4).encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y))
    return pieces.layered(*marks, height=height or max(120, 24 * len(shown) + 40))


def steps(table: pd.DataFrame, values: int, field: str, spread: str | None, title: str, height: int = 260) -> Chart:
    """A sequence from its first step to its last, one line per value. table: name and `field`, every value of step 1,
    then of step 2 …; spread: a column with a standard deviation, drawn as a whisker."""
    places = np.arange(len(table))
    names = safe_names([str(name).rsplit(" ", 1)[0] for name in table["name"][:values]], 20)
    shown = table.assign(step=places // values + 1, label=[names[k % values] for k in places])
    x = alt.X("step:Q", scale=alt.Scale(nice=False), axis=pieces.below("step", tickMinStep=1))
    y = alt.Y(f"{field}:Q", axis=pieces.above(title, format="~%", tickCount=5))
    key = alt.Legend(title=None, orient="top") if values > 1 else None
    colour = alt.Color("label:N", scale=alt.Scale(domain=names, range="category"), legend=key)
    tips = [alt.Tooltip("label:N"), alt.Tooltip("step:Q"), alt.Tooltip(f"{field}:Q", title=title, format=".3f")]
    base = alt.Chart(shown).encode(x=x, color=colour)
    marks = [base.mark_line(strokeWidth=pieces.LINE, point=True).encode(y=y, tooltip=tips)]
    if spread:
        whiskers = shown.assign(low=shown[field] - shown[spread], high=shown[field] + shown[spread])
        marks.append(alt.Chart(whiskers).mark_rule().encode(x=x, y=alt.Y("low:Q"), y2=alt.Y2("high:Q"), color=colour))
    return pieces.layered(*marks, height=height)


def pixels(values: Sequence[float], side: int, title: str, height: int = 320) -> Chart:
    """A picture of one number per pixel on the ramp. values: row by row, side numbers each."""
    flat = np.asarray(values, dtype=float)
    high = len(flat) // side
    table = pd.DataFrame({"value": flat, "x": np.arange(len(flat)) % side, "y": np.arange(len(flat)) // side})
    table = table.assign(x2=table["x"] + 1, y2=table["y"] + 1)
    hidden = alt.Axis(labels=False, ticks=False, grid=False, domain=False, title=None)
    unit = f"min(width / {side}, height / {high})"  # pixels are square, however wide the card
    scale = alt.Scale(domain=[0, side], nice=False, range=[0, alt.ExprRef(f"{unit} * {side}")])
    x = alt.X("x:Q", scale=scale, axis=hidden)
    y = alt.Y(
        "y:Q", scale=alt.Scale(domain=[0, high], nice=False, range=[0, alt.ExprRef(f"{unit} * {high}")]), axis=hidden
    )
    ramp = alt.Scale(range="ramp", interpolate="lab", domain=[min(0.0, float(flat.min())), float(flat.max()) or 1.0])
    colour = alt.Color("value:Q", scale=ramp, legend=alt.Legend(title=title, orient="top", titleOrient="left"))
    mark = (
        alt.Chart(table)
        .mark_rect()
        .encode(x=x, x2=alt.X2("x2:Q"), y=y, y2=alt.Y2("y2:Q"), color=colour, tooltip=[alt.Tooltip("value:Q")])
    )
    return pieces.layered(mark, height=height)
