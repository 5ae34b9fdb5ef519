"""Charts of calibration: share right against confidence, and both through training."""

import altair as alt
import pandas as pd

from core.charts import pieces
from core.charts.axes import dodged, epoch_x
from core.charts.pieces import Chart

MARGIN = 0.10
"""Half height of the band around the diagonal: within ten points it is called as right as it is sure (our choice)."""


def reliability(bins: pd.DataFrame, classes: int, height: int = 260) -> Chart:
    """Dots by confidence: area = rows, whisker = 95 % interval. bins: confidence, share, count, right, share_low,
    share_high. The x axis starts at 1 ÷ classes, the least confidence there is."""
    start = _floor(1 / max(classes, 2))
    scale = alt.Scale(domain=[start, 1], nice=False)
    y_scale = alt.Scale(domain=[0, 1.02], nice=False)
    x = alt.X("confidence:Q", scale=scale, axis=pieces.below("mean confidence", format="%", tickCount=6))
    y = pieces.share_y("share right", "share", 1.02)
    tips = [
        alt.Tooltip("confidence:Q", title="mean confidence", format=".1%"),
        alt.Tooltip("share:Q", title="share right", format=".1%"),
        alt.Tooltip("right:Q", title="rows right", format=",d"),
        alt.Tooltip("count:Q", title="of rows", format=",d"),
        alt.Tooltip("share_low:Q", title="95 % interval from", format=".1%"),
        alt.Tooltip("share_high:Q", title="to", format=".1%"),
    ]
    base = alt.Chart(bins)
    size = alt.Size("count:Q", scale=alt.Scale(range=[30, 420], domainMin=0, nice=False), legend=None)
    whiskers = base.mark_rule(strokeWidth=1.6, opacity=0.8).encode(
        x=x, y=alt.Y("share_low:Q", scale=y_scale), y2=alt.Y2("share_high:Q"), color=pieces.ORANGE, tooltip=tips
    )
    dots = base.mark_circle(opacity=1).encode(x=x, y=y, size=size, color=pieces.ORANGE, tooltip=tips)
    return pieces.layered(dots, *_diagonal(start, scale, y_scale), whiskers, dots, height=height)


def _diagonal(start: float, scale: alt.Scale, y_scale: alt.Scale) -> list[alt.Chart]:
    ends = [start, start + MARGIN, 1 - MARGIN, 1.0]
    line = pd.DataFrame(
        {"x": ends, "low": [max(0, at - MARGIN) for at in ends], "high": [min(1, at + MARGIN) for at in ends]}
    )
    base = alt.Chart(line)
    x = alt.X("x:Q", scale=scale)
    band = base.mark_area(opacity=0.14).encode(
        x=x, y=alt.Y("low:Q", scale=y_scale), y2=alt.Y2("high:Q"), color=pieces.GREEN
    )
    rule = base.mark_line(strokeDash=[3, 3], strokeWidth=1.4).encode(
        x=x, y=alt.Y("x:Q", scale=y_scale), color=pieces.GRAY
    )
    shy = pieces.words(pd.DataFrame({"words": ["too shy"]}), align="left", baseline="top", dx=8, dy=10)
    sure = pieces.words(pd.DataFrame({"words": ["too sure"]}), align="right", baseline="bottom", dx=-8, dy=-8)
    return [
        band,
        rule,
        shy.encode(x=alt.XValue(0), y=alt.YValue(0), color=pieces.GRAY),
        sure.encode(x=pieces.RIGHT_EDGE, y=pieces.BOTTOM_EDGE, color=pieces.GRAY),
    ]


def _floor(share: float) -> float:
    """The tenth at or under a share."""
    return int(share * 10 + 1e-9) / 10


def over_epochs(table: pd.DataFrame, planned: int, height: int = 260) -> Chart:
    """How sure and how right, through training; red where it is surer than right. table: epoch, confidence, share,
    ece."""
    table = pieces.thinned(table)
    scale = alt.Scale(domain=[0, 1.05], nice=False)
    x = epoch_x(planned)
    known = table.dropna(subset=["confidence"])
    base = alt.Chart(known.assign(least=known[["confidence", "share"]].min(axis=1)))
    tips = [
        alt.Tooltip("epoch:Q", format=",d"),
        alt.Tooltip("confidence:Q", title="mean confidence", format=".1%"),
        alt.Tooltip("share:Q", title="share right", format=".1%"),
        alt.Tooltip("ece:Q", title="calibration error (ECE)", format=".3f"),
    ]
    too_sure = base.mark_area(opacity=0.14).encode(
        x=x, y=alt.Y("least:Q", scale=scale), y2=alt.Y2("confidence:Q"), color=pieces.RED
    )
    right, last = pieces.share_y("share of rows", "share", 1.05), known.tail(1)
    marks = [
        base.mark_line(strokeWidth=pieces.LINE).encode(x=x, y=right, color=pieces.ORANGE),
        *pieces.still_to_come(int(table["epoch"].max()), planned),
        too_sure,
        base.mark_line(strokeWidth=1.6, strokeDash=[5, 3]).encode(x=x, y=alt.Y("confidence:Q", scale=scale)),
        base.mark_point(size=160, opacity=0).encode(x=x, y=alt.Y("share:Q", scale=scale), tooltip=tips),
        *_ends(last, x, scale, height),
    ]
    return pieces.layered(*marks, height=height)


def _ends(last: pd.DataFrame, x: alt.X, scale: alt.Scale, height: int) -> list[alt.Chart]:
    """Names and last values at the ends of both lines, each as its line is drawn: dashed in ink, whole in colour."""
    ends = list(zip(last["confidence"], last["share"], strict=True))
    places = [dodged(end, 0, 1.05, pieces.apart(height)) for end in ends]
    told = last.assign(
        sure=[f"- - sure {pieces.percent(sure)}" for sure, _ in ends],
        right=[f"right {pieces.percent(right)}" for _, right in ends],
        sure_at=[sure for sure, _ in places],
        right_at=[right for _, right in places],
    )
    text = alt.Chart(told).mark_text(align="left", dx=8, fontSize=pieces.NOTE)
    return [
        text.encode(x=x, y=alt.Y("sure_at:Q", scale=scale), text=alt.Text("sure:N")),
        text.encode(x=x, y=alt.Y("right_at:Q", scale=scale), text=alt.Text("right:N"), color=pieces.ORANGE),
    ]
