"""Charts of units on their own function: dots on the curve, and where a layer's inputs lay through training."""

import altair as alt
import pandas as pd

from core.charts import pieces
from core.charts.pieces import Chart

BEYOND = 6.0
"""Inputs beyond ±BEYOND are gathered in the outermost dots and cells."""
LARGEST_DOT = 1_000
"""Pixels² of a dot that gathers every grain of the layer."""
MOST_IN_CELL = 0.4
"""Share of a layer's inputs in one cell from which on the ramp is full: half units of z rarely hold more."""
END_LABELS = (
    "datum.value <= -6 ? '≤ −6' : datum.value >= 6 ? '≥ 6' : datum.value < 0 ? '−' + (-datum.value) : datum.value"
)


def on_function(
    dots: pd.DataFrame,
    curve: pd.DataFrame,
    zones: pd.DataFrame,
    formula: str,
    planned: int,
    height: int = 270,
    scrub: bool = True,
) -> Chart:
    """One layer's units on their own function. dots: epoch, z, y, share, is_flat; curve: z, y; zones: low, high,
    is_flat; formula: what the output is, "tanh z". Below the curve the same shares as a small histogram."""
    floor, top = float(curve["y"].min()), float(curve["y"].max())
    span = max(top - floor, 1e-9)
    x_scale = alt.Scale(domain=[float(curve["z"].min()), float(curve["z"].max())], nice=False)
    y_scale = alt.Scale(domain=[floor - 0.45 * span, top + 0.12 * span], nice=False)
    ends = {"values": [-BEYOND, -2, 2, BEYOND], "labelExpr": END_LABELS, "domain": True}
    x = alt.X("z:Q", scale=x_scale, axis=pieces.below("input of the unit, z", **ends))
    marks_at = [-1, 0, 1] if floor < -0.9 and top < 1.1 else [0, 0.5, 1] if top < 1.1 else [0, BEYOND]
    y = alt.Y("y:Q", scale=y_scale, axis=pieces.above(f"output, {formula}", values=marks_at, format="~g"))
    dots = pieces.held(dots if scrub else dots[dots["epoch"] == dots["epoch"].max()])
    dots = dots.assign(low=dots["z"] - 0.1, high=dots["z"] + 0.1, bottom=floor - 0.43 * span)
    fullest = dots.groupby("epoch")["share"].transform("max").clip(lower=1e-12)
    dots["bar"] = dots["bottom"] + 0.34 * span * dots["share"] / fullest
    layers = _on_function(dots, curve, zones, x, y, scrub)
    return pieces.layered(*layers, height=height, slider_to=planned if scrub else None)


def chooser(curve: pd.DataFrame, zones: pd.DataFrame, formula: str, height: int = 170) -> Chart:
    """A function before anything is trained: its curve, its derivative dashed, and where it is flat. curve: z, y,
    slope; zones: low, high, is_flat."""
    low, high = (float(f(f(curve["y"]), f(curve["slope"]))) for f in (min, max))
    room = 0.08 * max(high - low, 1e-9)
    x_scale = alt.Scale(domain=[float(curve["z"].min()), float(curve["z"].max())], nice=False)
    y_scale = alt.Scale(domain=[low - room, high + room], nice=False)
    x = alt.X("z:Q", scale=x_scale, axis=pieces.below("input of a unit, z", tickCount=5))
    y = alt.Y("y:Q", scale=y_scale, axis=pieces.above(f"{formula}, and its slope dashed", tickCount=4, format="~g"))
    left, right = alt.X("low:Q", scale=x_scale), alt.X2("high:Q")
    grounds = alt.Chart(zones).mark_rect(opacity=0.10)
    tips = [alt.Tooltip(f"{name}:Q", format=".3f") for name in ("z", "y", "slope")]
    return pieces.layered(
        *(
            grounds.transform_filter(f"datum.is_flat == {word}").encode(x=left, x2=right, color=alt.value(colour))
            for word, colour in (("true", "red"), ("false", "green"))
        ),
        alt.Chart(curve).mark_line(strokeWidth=2).encode(x=x, y=y, tooltip=tips),
        _slope(curve).encode(x=x, y=alt.Y("slope:Q", scale=y_scale), color=pieces.GRAY, tooltip=tips),
        height=height,
    )


def _slope(curve: pd.DataFrame) -> alt.Chart:
    return alt.Chart(curve).mark_line(strokeWidth=1.2, strokeDash=[4, 3], clip=True)


def _on_function(
    dots: pd.DataFrame, curve: pd.DataFrame, zones: pd.DataFrame, x: alt.X, y: alt.Y, scrub: bool
) -> list[alt.Chart]:
    grounds = alt.Chart(zones).mark_rect(opacity=0.10)
    low, high = alt.X("low:Q", scale=x["scale"]), alt.X2("high:Q")
    layers = [
        alt.Chart(curve).mark_line(strokeWidth=1.6).encode(x=x, y=y, color=pieces.GRAY),
        _slope(curve).encode(x=x, y=alt.Y("slope:Q", scale=y["scale"]), color=pieces.GRAY),
        *(
            grounds.transform_filter(f"datum.is_flat == {word}").encode(x=low, x2=high, color=alt.value(colour))
            for word, colour in (("true", "red"), ("false", "green"))
        ),
    ]
    shown = alt.Chart(dots).transform_filter(pieces.at_slider()) if scrub else alt.Chart(dots)
    size = alt.Size("share:Q", scale=alt.Scale(domain=[0, 1], range=[2, LARGEST_DOT]), legend=None)
    tips = [alt.Tooltip("z:Q", title="input z, about", format=".2f"), alt.Tooltip("share:Q", format=".1%")]
    bars = shown.mark_rect(opacity=0.55).encode(
        x=low, x2=high, y=alt.Y("bottom:Q", scale=y["scale"]), y2=alt.Y2("bar:Q"), color=pieces.GRAY, tooltip=tips
    )
    circles = shown.mark_circle(opacity=0.9)
    live = circles.transform_filter("!datum.is_flat").encode(x=x, y=y, size=size, tooltip=tips)
    flat = circles.transform_filter("datum.is_flat").encode(x=x, y=y, size=size, color=pieces.RED, tooltip=tips)
    layers += [bars, live, flat, _not_numbers(dots, scrub)]
    if scrub:
        layers.append(pieces.epochs_seen(dots, 8, 6))
    return layers


def _not_numbers(dots: pd.DataFrame, scrub: bool) -> alt.Chart:
    """What share of the inputs is not a number, written across the plot at the epochs where there is any."""
    gone = dots.drop_duplicates("epoch")
    gone = gone[gone["unmeasured"] > 0]
    gone = gone.assign(words=["✕ " + pieces.percent(share) + " not numbers" for share in gone["unmeasured"]])
    text = pieces.words(gone[["epoch", "until", "words"]], align="left", baseline="top", fontWeight="bold")
    shown = text.transform_filter(pieces.at_slider()) if scrub else text
    return shown.encode(x=alt.value(8), y=alt.value(24), color=pieces.RED)


def through_training(table: pd.DataFrame, zones: pd.DataFrame, planned: int, height: int = 280) -> Chart:
    """Where a layer's inputs lie at every epoch. table: epoch, until, low, high, share; zones: low, high, is_flat,
    drawn as dashed borders and named at the right."""
    x_scale = alt.Scale(domain=[0, planned + 1], nice=False)
    y_scale = alt.Scale(domain=[-BEYOND - 0.5, BEYOND + 3], nice=False)
    axis = pieces.above("input of the unit, z", values=[-6, -3, 0, 3, 6], labelExpr=END_LABELS, grid=False)
    x = alt.X("epoch:Q", scale=x_scale, axis=pieces.below("epoch", tickMinStep=1, format="d"))
    y = alt.Y("low:Q", scale=y_scale, axis=axis)
    scale = alt.Scale(domain=[0, MOST_IN_CELL], range="ramp", interpolate="lab", clamp=True)
    tips = [
        alt.Tooltip("epoch:Q", format=",d"),
        alt.Tooltip("low:Q", title="input from", format=".1f"),
        alt.Tooltip("high:Q", title="to", format=".1f"),
        alt.Tooltip("share:Q", format=".1%"),
    ]
    cells = alt.Chart(table[table["unmeasured"] < 1]).mark_rect(strokeWidth=0.7)
    gone = table[table["unmeasured"] > 0].drop_duplicates("epoch")
    crosses = alt.Chart(gone).mark_text(text="✕", fontSize=11, align="left")
    share_gone = alt.Tooltip("unmeasured:Q", title="not numbers", format=".1%")
    colour, seam = alt.Color("share:Q", scale=scale, legend=None), alt.Stroke("share:Q", scale=scale, legend=None)
    key = ("0\u202f%", "20\u202f%", "40\u202f% or more")
    key_x, key_y = (0.0, 0.36 * planned), (BEYOND + 1.3, BEYOND + 1.9)
    layered = pieces.layered(
        cells.encode(x=x, x2=alt.X2("until:Q"), y=y, y2=alt.Y2("high:Q"), color=colour, stroke=seam, tooltip=tips),
        crosses.encode(x=x, y=alt.value(alt.expr("height / 2")), color=pieces.RED, tooltip=[tips[0], share_gone]),
        *_borders(zones, y_scale),
        *pieces.ramp_key(key, key_x, key_y, x_scale, y_scale),
        height=height,
    )
    return layered.resolve_scale(color="independent", stroke="independent")


def _borders(zones: pd.DataFrame, y_scale: alt.Scale) -> list[alt.Chart]:
    reach = BEYOND + 0.5
    zones = zones.assign(low=zones["low"].clip(lower=-reach), high=zones["high"].clip(upper=reach))
    zones = zones.assign(middle=(zones["low"] + zones["high"]) / 2)
    inner = alt.Chart(zones[zones["low"] > -reach]).mark_rule(strokeDash=[3, 3], strokeWidth=1)
    base = alt.Chart(zones)
    words = [("true", "flat", "red"), ("false", "live", "green")]
    return [
        inner.encode(y=alt.Y("low:Q", scale=y_scale), color=pieces.GRAY),
        *(
            base.transform_filter(f"datum.is_flat == {is_flat}")
            .mark_text(text=text, align="left", dx=8, fontSize=pieces.NOTE)
            .encode(x=pieces.RIGHT_EDGE, y=alt.Y("middle:Q", scale=y_scale), color=alt.value(colour))
            for is_flat, text, colour in words
        ),
    ]
