"""Inside a recurrent layer: how open its gates are at every step, which of them are stuck, and what single sequences
made of its units."""

import altair as alt
import numpy as np
import pandas as pd

from core.charts.axes import Chart, dodged, epoch_x
from core.charts.names import safe_names
from core.charts.pieces import (
    GRAY,
    GREEN,
    LINE,
    NOTE,
    RAMP,
    RIGHT_EDGE,
    above,
    at_slider,
    below,
    epochs_seen,
    held,
    layered,
)

SIGNED = alt.Scale(domain=[-1, 1], range="diverging", interpolate="lab", clamp=True)
"""A state: −1 is blue, 0 has no colour, 1 is red."""
DASHES = [[1, 0], [6, 3], [2, 2]]
ROOM = 26
"""Pixels that a key takes above the plot."""
MOST_NAMES = 4


def doors(table: pd.DataFrame, steps: int, planned: int, height: int = 280) -> Chart:
    """How open each gate is at every step, at the epoch of the slider. table: epoch, step, quantity, name, value."""
    order = list(dict.fromkeys(table["name"]))
    shown = held(table).assign(place=table["name"].map({name: k for k, name in enumerate(order)}))
    scale = alt.Scale(domain=[0, 1], nice=False)
    axis = above("open, mean of rows and units", format="%", values=[0, 0.25, 0.5, 0.75, 1])
    x, y = _step_x(steps), alt.Y("value:Q", scale=scale, axis=axis)
    tips = [
        alt.Tooltip("epoch:Q", format=",d"),
        alt.Tooltip("step:Q"),
        alt.Tooltip("name:N", title="gate"),
        alt.Tooltip("value:Q", title="open", format=".0%"),
    ]
    now = alt.Chart(shown).transform_filter(at_slider())
    dash = alt.StrokeDash("place:O", scale=alt.Scale(domain=list(range(len(DASHES))), range=DASHES), legend=None)
    lines = now.mark_line(strokeWidth=LINE).encode(x=x, y=y, detail=alt.Detail("name:N"), strokeDash=dash)
    dots = now.mark_circle(size=90, opacity=0).encode(x=x, y=y, tooltip=tips)
    return layered(lines, dots, *_ends(shown, steps, scale), _seen(shown), height=height, slider_to=planned)


def _ends(shown: pd.DataFrame, steps: int, scale: alt.Scale) -> list[alt.Chart]:
    """Each line's name behind its last step, apart from one another at every epoch."""
    ends = shown[shown["step"] == shown.groupby("epoch")["step"].transform("max")].copy()
    ends["label"] = np.nan
    for _, rows in ends.groupby("epoch"):
        ends.loc[rows.index, "label"] = dodged(rows["value"].tolist(), 0.02, 0.98, 0.08)
    base = alt.Chart(ends[["epoch", "until", "label", "name"]].rename(columns={"name": "words"}))
    text = base.transform_filter(at_slider()).mark_text(align="left", dx=8, fontSize=NOTE)
    return [text.encode(x=RIGHT_EDGE, y=alt.Y("label:Q", scale=scale), text=alt.Text("words:N"))]


def _seen(shown: pd.DataFrame) -> alt.Chart:
    return epochs_seen(shown, 6, 4)


def saturation(table: pd.DataFrame, planned: int, limit: float, height: int = 280) -> Chart:
    """The share of each gate's values in its flat part through training. table: epoch, name, share. limit: from where
    on a gate is called stuck."""
    order = list(dict.fromkeys(table["name"]))
    shown = table.assign(place=table["name"].map({name: k for k, name in enumerate(order)}))
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = epoch_x(planned)
    y = alt.Y("share:Q", scale=scale, axis=above("of rows × units", format="%", values=[0, 0.25, 0.5, 0.75, 1]))
    dash = alt.StrokeDash("place:O", scale=alt.Scale(domain=list(range(len(DASHES))), range=DASHES), legend=None)
    tips = [alt.Tooltip("epoch:Q", format=",d"), alt.Tooltip("name:N"), alt.Tooltip("share:Q", format=".0%")]
    base = alt.Chart(shown)
    band = alt.Chart(pd.DataFrame({"low": [0.0], "high": [limit], "words": ["healthy"]}))
    last = shown[shown["epoch"] == shown.groupby("name")["epoch"].transform("max")].copy()
    last["label"] = dodged(last["share"].tolist(), 0.02, 0.98, 0.08)
    names = alt.Chart(last[["epoch", "label", "name"]].rename(columns={"name": "words"}))
    marks = [
        band.mark_rect(opacity=0.14).encode(y=alt.Y("low:Q", scale=scale), y2=alt.Y2("high:Q"), color=GREEN),
        band.mark_text(align="left", baseline="top", dx=4, dy=3, fontSize=NOTE).encode(
            x=alt.XValue(0), y=alt.Y("high:Q", scale=scale), text=alt.Text("words:N"), color=GREEN
        ),
        base.mark_line(strokeWidth=LINE).encode(x=x, y=y, detail=alt.Detail("name:N"), strokeDash=dash),
        base.mark_circle(size=90, opacity=0).encode(x=x, y=y, tooltip=tips),
        names.mark_text(align="left", dx=8, fontSize=NOTE).encode(
            x=epoch_x(planned), y=alt.Y("label:Q", scale=scale), text=alt.Text("words:N")
        ),
    ]
    return layered(*marks, height=height)


def cells(table: pd.DataFrame, steps: int, planned: int, is_share: bool, height: int = 300) -> Chart:
    """One sequence through a layer: a row per unit, a column per step, at the epoch of the slider. table: epoch, step,
    until_step, unit, value. is_share: a gate from 0 to 1; else a state from −1 to 1."""
    shown = held(table).assign(
        left=table["step"] - 0.5, right=table["until_step"] - 0.5, low=table["unit"] - 0.46, high=table["unit"] + 0.46
    )
    units = int(table["unit"].max()) + 1 if len(table) else 1
    colours = RAMP if is_share else SIGNED
    y_scale = alt.Scale(domain=[-0.5, units - 0.5], nice=False)
    axis = alt.Axis(title=None, labels=False, ticks=False, grid=False, domain=False, minExtent=46)
    tips = [
        alt.Tooltip("epoch:Q", format=",d"),
        alt.Tooltip("step:Q"),
        alt.Tooltip("value:Q", format=".2f"),
    ]
    rects = alt.Chart(shown).transform_filter(at_slider()).mark_rect(strokeWidth=0.7)
    marks = [
        rects.encode(
            x=_step_x(steps, "left"),
            x2=alt.X2("right:Q"),
            y=alt.Y("low:Q", scale=y_scale, axis=axis),
            y2=alt.Y2("high:Q"),
            color=alt.Color("value:Q", scale=colours, legend=None),
            stroke=alt.Stroke("value:Q", scale=colours, legend=None),
            tooltip=tips,
        ),
        *_key(colours, is_share, steps),
    ]
    return layered(*marks, _above_plot(shown), height=height, slider_to=planned)


def _key(colours: alt.Scale, is_share: bool, steps: int) -> list[alt.Chart]:
    """The colours above the plot, in the plot's own coordinates."""
    low, said = (0.0, ("shut", "open")) if is_share else (-1.0, ("−1", "+1"))
    left, right = 0.5 + 0.66 * steps, 0.5 + 0.9 * steps
    edges = np.linspace(left, right, 21)
    table = pd.DataFrame({"key": np.linspace(low, 1, 20), "key_left": edges[:-1], "key_right": edges[1:]})
    colour = alt.Color("key:Q", scale=colours, legend=None)
    stroke = alt.Stroke("key:Q", scale=colours, legend=None)
    strip = alt.Chart(table).mark_rect(strokeWidth=0.7)
    ends = pd.DataFrame({"left_at": [left], "right_at": [right], "low": [said[0]], "high": [said[1]]})
    base = alt.Chart(ends)
    y = alt.YValue(-ROOM + 10)
    return [
        strip.encode(
            x=_step_x(steps, "key_left"),
            x2=alt.X2("key_right:Q"),
            y=alt.YValue(-ROOM + 5),
            y2=alt.Y2Value(-ROOM + 14),
            color=colour,
            stroke=stroke,
        ),
        base.mark_text(align="right", dx=-6, fontSize=11).encode(
            x=_step_x(steps, "left_at"), y=y, text=alt.Text("low:N"), color=GRAY
        ),
        base.mark_text(align="left", dx=6, fontSize=11).encode(
            x=_step_x(steps, "right_at"), y=y, text=alt.Text("high:N"), color=GRAY
        ),
    ]


def _above_plot(shown: pd.DataFrame) -> alt.Chart:
    return epochs_seen(shown, 0, -ROOM + 4)


def inputs(table: pd.DataFrame, steps: int, height: int = 170) -> Chart:
    """What went in, step by step. table: step, name, value."""
    shown = table.assign(place=table["name"].map({name: k for k, name in enumerate(dict.fromkeys(table["name"]))}))
    names = dict(zip(dict.fromkeys(table["name"]), safe_names(list(dict.fromkeys(table["name"])), 20), strict=True))
    shown["name"] = shown["name"].map(names)
    y = alt.Y("value:Q", axis=above("input", tickCount=3))
    dash = alt.StrokeDash("place:O", scale=alt.Scale(domain=list(range(len(DASHES))), range=DASHES), legend=None)
    tips = [alt.Tooltip("step:Q"), alt.Tooltip("name:N"), alt.Tooltip("value:Q", format=".3g")]
    base = alt.Chart(shown)
    return layered(
        base.mark_line(strokeWidth=1.4).encode(x=_step_x(steps), y=y, detail=alt.Detail("name:N"), strokeDash=dash),
        base.mark_circle(size=24, opacity=1).encode(x=_step_x(steps), y=y, tooltip=tips),
        height=height,
    )


def _step_x(steps: int, field: str = "step") -> alt.X:
    scale = alt.Scale(domain=[0.5, max(2, steps) + 0.5], nice=False)
    return alt.X(f"{field}:Q", scale=scale, axis=below("step", tickMinStep=1, format="d", tickCount=8))
