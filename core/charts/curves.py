"""Training and validation through training on one chart: loss, score, gap, learning rate."""

from typing import Literal

import altair as alt
import pandas as pd

from core.charts.axes import Chart, epoch_x
from core.charts.lines import FEW, Lines, chart
from core.charts.pieces import CANVAS, GRAY, GREEN, LINE, NOTE, RED, RIGHT_EDGE, above, layered

MOST_EVENTS = 4
"""Events that are named in a chart; each name has a line of its own."""

SIDES: tuple[tuple[str, Literal["left", "right"], int], ...] = (
    ("datum.is_left", "right", -6),
    ("!datum.is_left", "left", 6),
)
"""Where an event's name stands: left of its rule in the right part of the chart, else right of it."""


def loss(curves: Lines, height: int = 400, log: bool = False) -> Chart:
    """Both losses. log: a logarithmic axis, for what happens near zero."""
    return chart(curves, height, log)


def score(curves: Lines, height: int = 260) -> Chart:
    """Both scores."""
    return chart(curves, height, False)


def gap(
    table: pd.DataFrame,
    healthy: float,
    planned: int,
    domain: tuple[float, float] | None = None,
    height: int = 260,
) -> Chart:
    """Validation minus training loss, gray for each seed, the median in ink, in red where it ends out of its band.
    table: epoch, replica (−1 is the median), gap. healthy: how far from 0 the band reaches. domain: of the axis;
    without it four bands down and ten up, the same at every epoch."""
    bottom, top = domain or (-4 * healthy, 10 * healthy)
    scale = alt.Scale(domain=[bottom, top], nice=False)
    x, axis = epoch_x(planned), above("validation − training loss", tickCount=6)
    band = alt.Chart(pd.DataFrame({"low": [-healthy], "high": [healthy], "words": ["healthy"]}))
    last = table.loc[table["replica"] < 0].sort_values("epoch")["gap"].tail(1)
    dots = table["gap"].between(bottom, top) & (table["epoch"].nunique() <= FEW)
    base = alt.Chart(table.assign(out=bool((last > healthy).any()), dot=dots))
    single, middle = base.transform_filter("datum.replica >= 0"), base.transform_filter("datum.replica < 0")
    y, low = alt.Y("gap:Q", scale=scale, axis=axis), alt.Y("low:Q", scale=scale, axis=axis)
    tips = [alt.Tooltip("epoch:Q", format=",d"), alt.Tooltip("gap:Q", format=".3f", title="validation − training")]
    return layered(
        band.mark_rect(opacity=0.14).encode(y=low, y2=alt.Y2("high:Q"), color=GREEN),
        band.mark_text(align="right", baseline="bottom", dx=-4, dy=-3, fontSize=NOTE).encode(
            x=RIGHT_EDGE, y=low, text=alt.Text("words:N"), color=GREEN
        ),
        single.mark_line(strokeWidth=1.1, opacity=0.6, clip=True).encode(
            x=x, y=y, detail=alt.Detail("replica:N"), color=GRAY
        ),
        *(
            drawn.encode(x=x, y=y, tooltip=tips, **colour)
            for sign, colour in (("", {"color": RED}), ("!", {}))
            for drawn in (
                middle.transform_filter(f"{sign}datum.out").mark_line(strokeWidth=LINE, clip=True),
                middle.transform_filter(f"datum.dot && {sign}datum.out").mark_circle(size=44, opacity=1),
            )
        ),
        height=height,
        usermeta=CANVAS,
    )


def learning_rate(table: pd.DataFrame, planned: int, events: pd.DataFrame, height: int = 170) -> Chart:
    """The learning rate through training and what happened to the run. table: epoch, median, low, high. events: epoch,
    words, is_bad."""
    x = epoch_x(planned)
    scale = alt.Scale(zero=True, nice=True)
    axis = above("learning rate", tickCount=2, format=".3~g")
    base = alt.Chart(table)
    tips = [alt.Tooltip("epoch:Q", format=",d"), alt.Tooltip("median:Q", format=".3~g", title="learning rate")]
    return layered(
        base.mark_area(opacity=0.16, interpolate="step-after").encode(
            x=x, y=alt.Y("low:Q", scale=scale, axis=axis), y2=alt.Y2("high:Q")
        ),
        base.mark_line(strokeWidth=LINE, interpolate="step-after").encode(
            x=x, y=alt.Y("median:Q", scale=scale, axis=axis), tooltip=tips
        ),
        *_events(events, planned),
        height=height,
    )


def _events(events: pd.DataFrame, planned: int) -> list[alt.Chart]:
    """A dashed rule per event with its name, each on a line of its own, on the side that is free."""
    table = events.assign(
        line=range(len(events)), is_left=events["epoch"] > 0.6 * planned, kind=events["is_bad"].map({True: "bad"})
    )
    x, base = epoch_x(planned), alt.Chart(table.assign(kind=table["kind"].fillna("note")))
    colour = alt.Color("kind:N", scale=alt.Scale(domain=["bad", "note"], range=["red", "gray"]), legend=None)
    drawn = [base.mark_rule(strokeDash=[3, 3]).encode(x=x, color=colour)]
    for line in range(MOST_EVENTS):
        for side, align, dx in SIDES:
            of = base.transform_filter(f"{side} && datum.line == {line}")
            name = of.mark_text(align=align, baseline="top", dx=dx, fontSize=NOTE)
            drawn.append(name.encode(x=x, y=alt.YValue(34 + 18 * line), text=alt.Text("words:N"), color=colour))
    return drawn
