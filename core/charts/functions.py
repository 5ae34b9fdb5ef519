"""Charts of units on their own function: dots on the curve, and the function alone."""

import altair as alt
import pandas as pd

from core.charts import pieces
from core.charts.pieces import Chart

BEYOND = 6.0
"""Inputs beyond ±BEYOND are gathered in the outermost dots."""
LARGEST_DOT = 1_000
"""Pixels² of a dot that gathers every grain of the layer."""
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
            grounds.transform_filter(f"datum.is_flat == {word}").encode(x=left, x2=right, color=alt.ColorValue(colour))
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
            grounds.transform_filter(f"datum.is_flat == {word}").encode(x=low, x2=high, color=alt.ColorValue(colour))
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
    return shown.encode(x=alt.XValue(8), y=alt.YValue(24), color=pieces.RED)
