"""Charts of one prediction: shares by class, or a value among those of the training rows."""

import altair as alt
import pandas as pd

from core.charts import pieces
from core.charts.names import safe_names
from core.charts.pieces import Chart

ROW = 26
"""Pixels of one class (our choice: a line of text with air)."""
ROOM = 0.09
"""Share of the axis that a number behind a bar takes: one that the line of a guess would strike stands behind it."""
FRAME = 92
"""Pixels that the axis and the note above take from a chart's height."""


def shares(table: pd.DataFrame) -> Chart:
    """A bar per class from 0 to 100 %, the answer in full ink; a dashed line is a guess. table: name, share,
    is_answer, guess."""
    is_struck = (table["share"] <= table["guess"]) & (table["share"] > table["guess"] - ROOM)
    shown = table.assign(
        name=safe_names(table["name"], 28),
        words=table["share"].map(pieces.percent),
        end=table["guess"].where(is_struck, table["share"]),
    )
    y = alt.Y("name:N", sort=None, axis=alt.Axis(title=None, domain=False, ticks=False, labelLimit=190))
    axis = pieces.below("probability", format="%", values=[0, 0.25, 0.5, 0.75, 1])
    x = alt.X("share:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)
    tips = [alt.Tooltip("name:N", title="class"), alt.Tooltip("share:Q", title="probability", format=".2%")]
    base = alt.Chart(shown)
    strength = alt.Opacity("is_answer:N", scale=alt.Scale(domain=[False, True], range=[0.35, 0.9]), legend=None)
    bars = base.mark_bar(height=14).encode(x=x, y=y, opacity=strength, tooltip=tips)
    weight = alt.expr("datum.is_answer ? 'bold' : 'normal'")
    numbers = pieces.words(shown, align="left", dx=5, fontWeight=weight).encode(x=pieces.at_field(x, "end"), y=y)
    guess = alt.Chart(shown.head(1)).mark_rule(strokeDash=[3, 3]).encode(x=alt.X("guess:Q"), color=pieces.GRAY)
    note = pieces.words(shown.head(1).assign(words="a guess"), align="left", baseline="bottom", dx=3, dy=-3)
    marks = [bars, numbers, guess, note.encode(x=alt.X("guess:Q"), y=alt.YValue(0), color=pieces.GRAY)]
    return pieces.layered(*marks, height=ROW * max(2, len(shown)) + FRAME)


def value(table: pd.DataFrame, name: str, height: int = 140) -> Chart:
    """The answer on a line, with the mean of the training rows and one standard deviation about it in gray. table:
    value, mean, low, high."""
    row = table.iloc[0]
    reach = max(abs(row["value"] - row["mean"]), 2 * (row["high"] - row["mean"])) * 1.15 or 1.0
    scale = alt.Scale(domain=[row["mean"] - reach, row["mean"] + reach], nice=False)
    x = alt.X("value:Q", scale=scale, axis=pieces.below(safe_names([name])[0], tickCount=6))
    base, middle = alt.Chart(table), alt.YValue(alt.expr("height / 2"))
    band = base.mark_rect(opacity=0.16).encode(x=alt.X("low:Q", scale=scale), x2=alt.X2("high:Q"), color=pieces.GRAY)
    mean = base.mark_rule(strokeDash=[3, 3]).encode(x=alt.X("mean:Q", scale=scale), color=pieces.GRAY)
    said = pieces.words(table.assign(words="mean of the training rows ± 1 deviation"), baseline="bottom", dy=-3)
    tips = [alt.Tooltip("value:Q", format=",.4~g"), alt.Tooltip("mean:Q", title="training mean", format=",.4~g")]
    dot = base.mark_point(filled=True, size=130, opacity=1).encode(x=x, y=middle, tooltip=tips)
    number = pieces.words(table.assign(words=f"{row['value']:,.4g}"), fontWeight="bold", dy=-18)
    return pieces.layered(
        *(band, mean, dot, number.encode(x=x, y=middle)),
        said.encode(x=alt.X("mean:Q", scale=scale), y=alt.YValue(0), color=pieces.GRAY),
        height=height,
    )
