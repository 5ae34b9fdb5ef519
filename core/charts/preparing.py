"""How rows are divided and made ready: rows of each part, their classes, their place in time; columns before, after."""

from typing import Any

import altair as alt
import pandas as pd

from core.charts.names import safe_name
from core.charts.pieces import GRAY, above, below, layered, words

PARTS = {"train": "blue", "validation": "orange", "test": "violet"}
DAY = 86_400_000
"""Milliseconds, in which a browser counts time."""


def _part_colour(legend: bool = False) -> alt.Color:
    scale = alt.Scale(domain=list(PARTS), range=list(PARTS.values()))
    key = alt.Legend(title=None, orient="top", symbolOpacity=1) if legend else None
    return alt.Color("part:N", scale=scale, legend=key)


def _part_axis() -> alt.Y:
    return alt.Y("part:N", sort=list(PARTS), axis=alt.Axis(title=None, domain=False, ticks=False))


def rows(table: pd.DataFrame, height: int = 160) -> Any:
    """table: part, rows."""
    whole = max(1, int(table["rows"].sum()))
    said = table.assign(words=[f"{n:,}  ·  {n / whole:.0%}" for n in table["rows"]])
    x = alt.X("rows:Q", axis=None, scale=alt.Scale(domain=[0, float(said["rows"].max()) * 1.4 + 1]))
    bars = alt.Chart(said).mark_bar(height={"band": 0.6}, cornerRadiusEnd=2)
    bars = bars.encode(x=x, y=_part_axis(), color=_part_colour())
    texts = words(said, align="left", dx=6).encode(x=x, y=_part_axis(), color=GRAY)
    return layered(bars, texts, height=height)


def classes(table: pd.DataFrame, height: int = 220) -> Any:
    """Shares of the classes in each part. table: part, label, rows."""
    labels = [safe_name(label) for label in dict.fromkeys(table["label"])]
    drawn = table.assign(label=[safe_name(label) for label in table["label"]])
    x = alt.X("rows:Q", stack="normalize", axis=below("share of the part", format="%", tickCount=4))
    key = alt.Legend(title=None, orient="top", symbolOpacity=1)
    colour = alt.Color("label:N", sort=labels, scale=alt.Scale(domain=labels, range="category"), legend=key)
    tips = [alt.Tooltip("part:N"), alt.Tooltip("label:N", title="class"), alt.Tooltip("rows:Q", format=",")]
    bars = alt.Chart(drawn).mark_bar(height={"band": 0.6})
    return bars.encode(x=x, y=_part_axis(), color=colour, tooltip=tips).properties(height=height)


def moments(bars: pd.DataFrame, column: str, is_date: bool, height: int = 220) -> Any:
    """Where in time each part lies. bars: low, high (days since 1970, or numbers), part, rows."""
    drawn = bars.assign(zero=0)
    kind = "T" if is_date else "Q"
    if is_date:
        drawn = drawn.assign(low=drawn["low"] * DAY, high=drawn["high"] * DAY)
    scale = alt.Scale(type="utc", nice=False) if is_date else alt.Scale(zero=False, nice=False)
    x = alt.X(f"low:{kind}", scale=scale, axis=below(safe_name(column), tickCount=6))
    y = alt.Y("rows:Q", axis=above("rows", tickCount=3))
    marks = alt.Chart(drawn).mark_rect(opacity=0.85)
    marks = marks.encode(x=x, x2=alt.X2("high"), y=y, y2=alt.Y2("zero:Q"), color=_part_colour(legend=True))
    return marks.properties(height=height)


def histogram(bars: list[tuple[float, float, int]], height: int = 90) -> Any:
    """A column's values: (low, high, rows)."""
    drawn = pd.DataFrame(bars, columns=["low", "high", "rows"]).assign(zero=0)
    low, high = (float(drawn["low"].min()), float(drawn["high"].max())) if len(drawn) else (0.0, 1.0)
    scale = alt.Scale(domain=[low, high if high > low else low + 1], nice=False)
    x = alt.X("low:Q", scale=scale, axis=alt.Axis(title=None, grid=False, ticks=False, tickCount=4, format="~s"))
    tips = [
        alt.Tooltip("low:Q", title="from", format=".4~g"),
        alt.Tooltip("high:Q", title="to", format=".4~g"),
        alt.Tooltip("rows:Q", format=","),
    ]
    marks = (
        alt.Chart(drawn)
        .mark_rect()
        .encode(x=x, x2=alt.X2("high:Q"), y=alt.Y("rows:Q", axis=None), y2=alt.Y2("zero:Q"), tooltip=tips)
    )
    return marks.properties(height=height)
