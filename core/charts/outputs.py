"""Charts of the Outputs page for classes: how sure, how torn, one row's way to its answer, rows between the
classes."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from core.charts import pieces
from core.charts.axes import dodged, epoch_x
from core.charts.names import safe_names
from core.charts.pieces import MOST_COLOURS, SHAPES, Chart


def confidence(table: pd.DataFrame, height: int = 240) -> Chart:
    """Right answers up, wrong ones down, by confidence. table: low, high, right, wrong (rows)."""
    start = round(float(table["low"].min()), 1)
    edges = [round(0.1 * number, 1) for number in range(round(10 * start), 11)]
    y_scale = alt.Scale(nice=False, padding=18)
    x_scale = alt.Scale(domain=[start, 1], nice=False)
    table = table.assign(down=-table["wrong"], left=table["low"] + 0.006, edge=table["high"] - 0.006, zero=0)
    table["range"] = [f"{low:.0%} to {high:.0%}" for low, high in zip(table["low"], table["high"], strict=True)]
    tips = [
        alt.Tooltip("range:N", title="confidence"),
        alt.Tooltip("right:Q", title="rows right", format=",d"),
        alt.Tooltip("wrong:Q", title="rows wrong", format=",d"),
    ]
    count = "datum.value < 0 ? format(-datum.value, ',d') : format(datum.value, ',d')"
    axis = pieces.above("rows", labelExpr=count, tickMinStep=1, tickCount=5)
    x = alt.X("left:Q", scale=x_scale, axis=pieces.below("confidence", format="%", values=edges))
    base = alt.Chart(table)

    def bars(field: str, colour: Any) -> alt.Chart:
        y = alt.Y(f"{field}:Q", scale=y_scale, axis=axis)
        rects = base.mark_rect(cornerRadius=2)
        return rects.encode(x=x, x2=alt.X2("edge:Q"), y=y, y2=alt.Y2("zero:Q"), color=colour, tooltip=tips)

    def counts(field: str, shown: str, colour: Any, dy: int) -> alt.Chart:
        some = base.transform_filter(f"datum.{shown} > 0").transform_calculate(middle="(datum.low + datum.high) / 2")
        at = {"x": alt.X("middle:Q", scale=x_scale), "y": alt.Y(f"{field}:Q", scale=y_scale)}
        number = alt.Text(f"{shown}:Q", format=",d")
        return some.mark_text(dy=dy, fontSize=pieces.NOTE).encode(**at, text=number, color=colour)

    signs = pd.DataFrame({"words": ["✓ right", "✕ wrong"], "y": [0, 0]})
    sign = alt.Chart(signs)
    y0 = alt.Y("y:Q", scale=y_scale)
    right = sign.transform_filter("datum.words[0] == '✓'").mark_text(align="left", dx=8, dy=-9, fontSize=pieces.NOTE)
    wrong = sign.transform_filter("datum.words[0] == '✕'").mark_text(align="left", dx=8, dy=9, fontSize=pieces.NOTE)
    return pieces.layered(
        bars("right", pieces.GREEN),
        bars("down", pieces.RED),
        counts("right", "right", pieces.GREEN, -8),
        counts("down", "wrong", pieces.RED, 9),
        sign.mark_rule(strokeWidth=1).encode(y=y0, color=pieces.GRAY),
        right.encode(x=pieces.RIGHT_EDGE, y=y0, text=alt.Text("words:N"), color=pieces.GREEN),
        wrong.encode(x=pieces.RIGHT_EDGE, y=y0, text=alt.Text("words:N"), color=pieces.RED),
        height=height,
    )


def entropy(table: pd.DataFrame, planned: int, classes: int, height: int = 260) -> Chart:
    """Mean entropy of right and of wrong answers through training. table: epoch, group, median, low, high, rows. ln K
    is what an even guess has."""
    table = pieces.thinned(table)
    most = float(np.log(max(classes, 2)))
    scale = alt.Scale(domain=[0, most * 1.12], nice=False)
    x = epoch_x(planned)
    y = alt.Y("median:Q", scale=scale, axis=pieces.above("entropy of the answers, nats", tickCount=5))
    known = table[(table["group"] != "all")].dropna(subset=["median"])
    colour = alt.Color("group:N", scale=alt.Scale(domain=["right", "wrong"], range=["green", "red"]), legend=None)
    last = known.groupby("group").tail(1)
    last = last.assign(place=dodged(last["median"].tolist(), 0, most * 1.12, pieces.apart(height)))
    last["words"] = last["group"].map({"right": "✓ right", "wrong": "✕ wrong"})
    tips = [
        alt.Tooltip("epoch:Q", format=",d"),
        alt.Tooltip("group:N", title="answers"),
        alt.Tooltip("median:Q", title="mean entropy, nats", format=".3f"),
        alt.Tooltip("rows:Q", title="rows", format=",.0f"),
    ]
    base, guess = alt.Chart(known), alt.Chart(pd.DataFrame({"y": [most], "words": [f"knows nothing: ln {classes}"]}))
    marks = [
        base.mark_line(strokeWidth=pieces.LINE).encode(x=x, y=y, color=colour),
        *pieces.still_to_come(int(table["epoch"].max()), planned),
        base.mark_area(opacity=0.16).encode(x=x, y=alt.Y("low:Q", scale=scale), y2=alt.Y2("high:Q"), color=colour),
        guess.mark_rule(strokeDash=[3, 3], strokeWidth=1).encode(y=alt.Y("y:Q", scale=scale), color=pieces.GRAY),
        guess.mark_text(align="left", baseline="bottom", dx=4, dy=-3, fontSize=pieces.NOTE).encode(
            x=alt.XValue(0), y=alt.Y("y:Q", scale=scale), text=alt.Text("words:N"), color=pieces.GRAY
        ),
        base.mark_point(size=160, opacity=0).encode(x=x, y=y, tooltip=tips),
        alt.Chart(last)
        .mark_text(align="left", dx=8, fontSize=pieces.NOTE)
        .encode(x=x, y=alt.Y("place:Q", scale=scale), text=alt.Text("words:N"), color=colour),
    ]
    return pieces.layered(*marks, height=height)


def one_row(table: pd.DataFrame, names: Sequence[str], planned: int, height: int = 260) -> Chart:
    """One row's probabilities through training as areas up to 100 %. table: epoch, class (under 0: all others),
    probability, measured. At most MOST_COLOURS different classes."""
    table = pieces.thinned(table).sort_values(["epoch", "class"])
    order = [number for number in sorted(table["class"].unique()) if number >= 0]
    rank = {number: place for place, number in enumerate([*order, *([n for n in table["class"].unique() if n < 0])])}
    words = dict(zip(order, safe_names([names[number] for number in order], 18), strict=True))
    table = table.assign(rank=table["class"].map(rank), label=table["class"].map(words).fillna("all others"))
    known = table[table["measured"]]
    stacked = known.sort_values(["epoch", "rank"]).copy()
    stacked["top"] = stacked.groupby("epoch")["probability"].cumsum().clip(upper=1)
    stacked["bottom"] = (stacked["top"] - stacked["probability"]).clip(lower=0)
    scale = alt.Scale(domain=[0, 1], nice=False)
    x, y = epoch_x(planned), pieces.share_y("probability", "bottom")
    colour = alt.Color("rank:N", scale=alt.Scale(domain=list(range(MOST_COLOURS)), range="category"), legend=None)
    tips = [
        alt.Tooltip("epoch:Q", format=",d"),
        alt.Tooltip("label:N", title="class"),
        alt.Tooltip("probability:Q", format=".1%"),
    ]
    last = stacked[stacked["epoch"] == stacked["epoch"].max()]
    last = last.assign(place=dodged(((last["top"] + last["bottom"]) / 2).tolist(), 0, 1, pieces.apart(height)))
    shares = last["probability"].map(pieces.percent)
    ends = alt.Chart(last.assign(words=last["label"] + " · " + shares))
    at = {"x": x, "y": alt.Y("place:Q", scale=scale)}
    shape = alt.Shape("rank:N", scale=alt.Scale(domain=list(range(MOST_COLOURS)), range=SHAPES), legend=None)
    base, point = (
        alt.Chart(stacked),
        ends.transform_filter("datum.class >= 0").mark_point(filled=True, size=70, xOffset=12),
    )
    areas = base.transform_filter("datum.class >= 0").mark_area(opacity=0.85)
    others = base.transform_filter("datum.class < 0").mark_area(opacity=0.3)
    return pieces.layered(
        areas.encode(x=x, y=y, y2=alt.Y2("top:Q"), color=colour, tooltip=tips),
        others.encode(x=x, y=y, y2=alt.Y2("top:Q"), color=pieces.GRAY, tooltip=tips),
        *pieces.still_to_come(int(table["epoch"].max()), planned),
        point.encode(**at, color=colour, shape=shape, opacity=alt.OpacityValue(1)),
        ends.mark_text(align="left", dx=22, fontSize=pieces.NOTE).encode(**at, text=alt.Text("words:N")),
        alt.Chart(table[~table["measured"]].drop_duplicates("epoch"))
        .mark_text(text="✕", fontSize=11)
        .encode(x=x, y=alt.YValue(4), color=pieces.RED, tooltip=tips[:1]),
        height=height,
    )


def first_loss(losses: Sequence[float], guess: float, now: float | None, height: int = 130) -> Chart:
    """Loss before the first step against that of an even guess, on one axis from 0: a dot per replica. `now`: the
    newest loss, for comparison."""
    known = sorted(loss for loss in losses if np.isfinite(loss))
    reach = max([guess * 2, *known]) * 1.05
    scale = alt.Scale(domain=[0, reach], nice=False)
    y_scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("loss:Q", scale=scale, axis=pieces.below("loss", tickCount=5))
    y = alt.Y("y:Q", scale=y_scale, axis=None)
    table = pd.DataFrame({"loss": known, "y": 0.4, "words": [f"{loss:.3f}" for loss in known]})
    dots, middle = alt.Chart(table), alt.Chart(table.iloc[[(len(known) - 1) // 2]] if known else table)
    rule = alt.Chart(pd.DataFrame({"loss": [guess], "y": [1.0], "words": [f"an even guess {guess:.3f}"]}))
    bold = middle.mark_text(baseline="top", dy=9, fontSize=pieces.NOTE, fontWeight="bold")
    layers = [
        dots.mark_circle(size=110, opacity=0.8).encode(x=x, y=y, tooltip=alt.Tooltip("words:N", title="first loss")),
        bold.encode(x=x, y=y, text=alt.Text("words:N")),
        rule.mark_rule(strokeDash=[3, 3], strokeWidth=1).encode(x=x, color=pieces.GRAY),
        rule.mark_text(align="left", baseline="top", dx=6, fontSize=pieces.NOTE).encode(
            x=x, y=y, text=alt.Text("words:N"), color=pieces.GRAY
        ),
    ]
    if now is not None and np.isfinite(now):
        newest = alt.Chart(pd.DataFrame({"loss": [min(now, reach)], "y": [0.4], "words": [f"now {now:.3g}"]}))
        layers.append(newest.mark_point(size=100, strokeWidth=1.6).encode(x=x, y=y))
        layers.append(
            newest.mark_text(baseline="top", dy=9, fontSize=pieces.NOTE).encode(x=x, y=y, text=alt.Text("words:N"))
        )
    return pieces.layered(*layers, height=height)
