"""Charts of mistakes between classes: the matrix, the commonest pairs, the share right of every class."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from core.charts import pieces
from core.charts.names import safe_names
from core.charts.pieces import RAMP, Chart

FULL = 0.52
"""Cells with at least this share carry the page's own colour as text, emptier ones the full colour of the ramp."""
MADE_UP = {-1: "not a number", -2: "all others"}


def confusion(table: pd.DataFrame, names: Sequence[str], height: int | None = None) -> Chart:
    """Rows are true classes, columns answers, colour the share of the row. table: true, answer, count, share. Numbers
    under 0 are made-up classes."""
    true, answer = _order(table["true"]), _order(table["answer"])
    words = _words(names, [*true, *answer])
    across = {number: place for place, number in enumerate(answer)}
    down = {number: len(true) - 1 - place for place, number in enumerate(true)}
    table = table.assign(x=table["answer"].map(across), y=table["true"].map(down))
    table["name"], table["said"] = table["true"].map(words), table["answer"].map(words)
    table = table.assign(
        left=table["x"] - 0.48, right=table["x"] + 0.48, bottom=table["y"] - 0.48, top=table["y"] + 0.48
    )
    table["contrast"] = (table["share"].fillna(0) < FULL).astype(int)
    x_scale = alt.Scale(domain=[-0.5, len(answer) - 0.5], nice=False)
    y_scale = alt.Scale(domain=[-0.5, len(true) - 0.5], nice=False)
    x, y = alt.X("left:Q", scale=x_scale, axis=None), alt.Y("bottom:Q", scale=y_scale, axis=None)
    colour = alt.Color("share:Q", scale=RAMP, legend=None)
    cells = alt.Chart(table).mark_rect(cornerRadius=3)
    drawn = cells.encode(x=x, x2=alt.X2("right:Q"), y=y, y2=alt.Y2("top:Q"), color=colour, tooltip=_tips())
    layers = [drawn, *_numbers(table, len(true), x_scale, y_scale), *_names(table, len(answer), x_scale, y_scale)]
    height = height or 60 + max(200, min(46, 420 // len(true) + 14) * len(true))
    return pieces.layered(*layers, height=height).resolve_scale(color="independent")


def _order(numbers: pd.Series) -> list[int]:
    present = sorted(set(numbers.tolist()))
    return [*(n for n in present if n >= 0), *sorted(n for n in present if n < 0)]


def _words(names: Sequence[str], numbers: Sequence[int]) -> dict[int, str]:
    own = [number for number in dict.fromkeys(numbers) if number >= 0]
    return {**dict(zip(own, safe_names([names[n] for n in own], 14), strict=True)), **MADE_UP}


def _tips() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("name:N", title="true class"),
        alt.Tooltip("said:N", title="answer"),
        alt.Tooltip("count:Q", title="rows", format=",d"),
        alt.Tooltip("share:Q", title="of the true class", format=".1%"),
    ]


def _numbers(table: pd.DataFrame, rows: int, x_scale: alt.Scale, y_scale: alt.Scale) -> list[alt.Chart]:
    """Counts large and shares small, in the ramp's other end. Over six classes counts alone, and no zeros."""
    x, y = alt.X("x:Q", scale=x_scale), alt.Y("y:Q", scale=y_scale)
    colour = alt.Color("contrast:Q", scale=RAMP, legend=None)
    few = rows <= 6
    base = alt.Chart(table if few else table[table["count"] > 0])
    size, dy = (16, -7) if few else (12, 0)
    counts = base.mark_text(fontSize=size, fontWeight="bold", dy=dy)
    layers = [counts.encode(x=x, y=y, text=alt.Text("count:Q", format=",d"), color=colour)]
    if few:
        shares = alt.Chart(table.dropna(subset=["share"])).mark_text(fontSize=12, dy=11)
        words = alt.Text("percent:N")
        texts = shares.transform_calculate(percent="format(100 * datum.share, '.0f') + '\u202f%'")
        layers.append(texts.encode(x=x, y=y, text=words, color=colour))
    return layers


def _names(table: pd.DataFrame, columns: int, x_scale: alt.Scale, y_scale: alt.Scale) -> list[alt.Chart]:
    rows = table.drop_duplicates("true")[["y", "name"]]
    heads = table.drop_duplicates("answer")[["x", "said"]]
    longest = max(map(len, heads["said"]), default=0)
    slanted = longest * columns > 52
    lift = -26 - (int(4.8 * longest) if slanted else 0)
    head = {"angle": 315, "align": "left"} if slanted else {"align": "center"}
    title = pd.DataFrame({"words": ["answer →"]})
    return [
        alt.Chart(rows)
        .mark_text(align="right", dx=-8, fontSize=pieces.NOTE)
        .encode(x=alt.XValue(0), y=alt.Y("y:Q", scale=y_scale), text=alt.Text("name:N")),
        alt.Chart(heads)
        .mark_text(baseline="bottom", dy=-6, fontSize=pieces.NOTE, **head)
        .encode(x=alt.X("x:Q", scale=x_scale), y=alt.YValue(0), text=alt.Text("said:N")),
        alt.Chart(title)
        .mark_text(align="right", baseline="bottom", dy=lift, fontSize=pieces.NOTE)
        .encode(x=pieces.RIGHT_EDGE, y=alt.YValue(0), text=alt.Text("words:N"), color=pieces.GRAY),
    ]


def pairs(table: pd.DataFrame, names: Sequence[str], slots: int | None = None) -> Chart:
    """The commonest mistakes, a bar each. table: true, answer, count, share. slots: room for so many bars, so that a
    live chart keeps its height."""
    slots = slots or max(1, len(table))
    words = _words(names, [*table["true"], *table["answer"]])
    table = table.assign(name=table["true"].map(words), said=table["answer"].map(words), y=range(len(table)))
    table["pair"] = table["name"] + " taken for " + table["said"]
    table = table.assign(low=table["y"] - 0.3, high=table["y"] + 0.3, zero=0)
    y_scale = alt.Scale(domain=[slots - 0.4, -0.6], nice=False)
    scale = alt.Scale(nice=False, zero=True)
    x = alt.X("zero:Q", scale=scale, axis=pieces.below("rows", tickMinStep=1, format="d", grid=False))
    base = alt.Chart(table)
    y = alt.Y("low:Q", scale=y_scale, axis=None)
    bars = base.mark_rect(cornerRadius=2)
    at = alt.Y("y:Q", scale=y_scale)
    return pieces.layered(
        bars.encode(x=x, x2=alt.X2("count:Q"), y=y, y2=alt.Y2("high:Q"), color=pieces.RED, tooltip=_tips()),
        base.mark_text(align="right", dx=-8, fontSize=pieces.NOTE).encode(
            x=alt.XValue(0), y=at, text=alt.Text("pair:N")
        ),
        base.mark_text(align="left", dx=6, fontSize=pieces.NOTE, fontWeight="bold").encode(
            x=alt.X("count:Q", scale=scale), y=at, text=alt.Text("count:Q", format=",d")
        ),
        height=64 + 26 * slots,
    )


def recall(table: pd.DataFrame, names: Sequence[str]) -> Chart:
    """Share right of every class, with its 95 % interval. table: class, rows, right, recall, low, high, precision."""
    words = _words(names, table["class"].tolist())
    table = table.assign(name=table["class"].map(words), y=range(len(table)))
    scale = alt.Scale(domain=[0, 1], nice=False)
    y_scale = alt.Scale(domain=[len(table) - 0.5, -0.5], nice=False)
    x = alt.X("recall:Q", scale=scale, axis=pieces.below("share of its rows answered right", format="%", grid=True))
    y = alt.Y("y:Q", scale=y_scale, axis=None)
    tips = [
        alt.Tooltip("name:N", title="class"),
        alt.Tooltip("rows:Q", format=",d"),
        alt.Tooltip("recall:Q", format=".1%"),
        alt.Tooltip("low:Q", title="95 % interval from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
        alt.Tooltip("precision:Q", format=".1%"),
    ]
    base = alt.Chart(table)
    return pieces.layered(
        base.mark_circle(size=90, opacity=1).encode(x=x, y=y, color=pieces.ORANGE, tooltip=tips),
        base.mark_rule(strokeWidth=1.6, opacity=0.8).encode(
            x=alt.X("low:Q", scale=scale), x2=alt.X2("high:Q"), y=y, color=pieces.ORANGE, tooltip=tips
        ),
        base.mark_text(align="right", dx=-8, fontSize=pieces.NOTE).encode(
            x=alt.XValue(0), y=y, text=alt.Text("name:N")
        ),
        height=72 + 30 * max(1, len(table)),
    )
