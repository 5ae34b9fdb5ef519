"""A chart of both splits through training: lines with bands, what they are compared with, their names."""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from core.charts import notes
from core.charts.axes import Chart, dodged, epoch_x, hover
from core.charts.notes import Lines, Plot
from core.charts.pieces import CANVAS, GRAY, LINE, Note, above, apart, at_field, haloed, layered, noted

KINDS = alt.Scale(
    domain=["train", "validation", "test", "note", "bad"], range=["blue", "orange", "violet", "gray", "red"]
)
LONGEST = "validation 0.65"
"""The longest label that usually stands at a line's end: its room is kept free from the first epoch on."""
FEW = 6
"""Epochs that are drawn as dots too."""
WORD = 0.25
"""Share of the epochs that a word takes up."""
LOG_ROOM = 1.5
"""A logarithmic axis reaches so much further up, so that notes have room above the lines."""


def chart(curves: Lines, height: int, log: bool) -> Chart:
    """Everything together. As few layers as can be: the browser puts each of them together before it draws."""
    low, high = curves.domain
    plot = Plot(curves, _floor(curves) if log else low, LOG_ROOM * high if log else high, log)
    x, y = epoch_x(curves.planned), _y(plot)
    colour = alt.Color("kind:N", scale=KINDS, legend=None)
    lines = curves.lines.assign(kind=curves.lines["split"])
    if log:
        lines = lines.assign(**{name: lines[name].clip(lower=plot.low) for name in ("median", "low", "high")})
    room, words = haloed(noted(_said(lines, plot, height), x, y, colour))
    drawn = [
        _shades(curves, x, colour),
        _areas(lines, plot, x, y, colour),
        _dashes(plot, x, y),
        room,
        _lines(lines, x, y, colour),
        _nearest(curves, x),
        _points(lines, plot, x, y, colour),
        words,
    ]
    return layered(*drawn, height=height, usermeta=CANVAS)


def _floor(curves: Lines) -> float:
    """Lowest value of a logarithmic axis: the decade under what was measured; while live a thousandth of the top."""
    positive = curves.lines.loc[curves.lines["low"] > 0, "low"]
    lowest = float(positive.min()) if len(positive) and not curves.is_live else curves.domain[1] / 1000
    return float(10.0 ** np.floor(np.log10(max(lowest, 1e-12))))


def _y(plot: Plot) -> alt.Y:
    ends: dict[str, Any] = {"domain": [plot.low, plot.high], "nice": False}
    scale = alt.Scale(type="log", **ends) if plot.log else alt.Scale(**ends, zero=False)
    settings: dict[str, Any] = {"tickCount": 6, **({"format": "%"} if plot.curves.share else {})}
    if plot.log:
        settings = {"values": _decades(plot.low, plot.high), "format": "~g"}
    return alt.Y("median:Q", scale=scale, axis=above(plot.curves.title, **settings))


def _decades(low: float, high: float) -> list[float]:
    """Ticks of a logarithmic axis: powers of ten, with 2 and 5 between where there are few."""
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    steps = (1,) if last - first > 3 else (1, 2, 5)
    ticks = [round(step * 10.0**n, 12) for n in range(first, last + 1) for step in steps]
    return [tick for tick in ticks if low <= tick <= high]


def _shades(curves: Lines, x: alt.X, colour: alt.Color) -> alt.Chart:
    base = alt.Chart(notes.shades(curves)).mark_rect(opacity=0.09)
    return base.encode(x=at_field(x, "start"), x2=alt.X2("end:Q"), color=colour)


def _areas(lines: pd.DataFrame, plot: Plot, x: alt.X, y: alt.Y, colour: alt.Color) -> alt.Chart:
    """The bands from the lowest to the highest replica, and in red what was memorised. A band has all its epochs, also
    those at which the replicas agree: it would be drawn across them otherwise."""
    bands = lines.dropna(subset="median")[["epoch", "kind", "low", "high"]]
    bands = bands if (bands["low"] < bands["high"]).any() else bands[:0]
    base = alt.Chart(_stacked(bands, _memorised(lines, plot)))
    area = base.mark_area(opacity=alt.expr("datum.kind == 'bad' ? 0.11 : 0.16"), clip=True)
    return area.encode(x=x, y=at_field(y, "low"), y2=alt.Y2("high:Q"), color=colour)


def _memorised(lines: pd.DataFrame, plot: Plot) -> pd.DataFrame:
    """The area between the lines where validation is above training after the best epoch: epoch, low, high, kind."""
    since = plot.curves.memorising
    if since is None:
        return pd.DataFrame(columns=["epoch", "low", "high", "kind"])
    wide = _by_split(lines[lines["epoch"] >= since], "median").dropna(subset=["train"])
    high = wide["validation"].where(wide["validation"] > wide["train"], wide["train"])
    return pd.DataFrame({"epoch": wide["epoch"], "low": wide["train"], "high": high, "kind": "bad"})


def _stacked(*tables: pd.DataFrame) -> pd.DataFrame:
    """The rows of all; an empty table has no say in what the columns are."""
    kept = [table for table in tables if len(table)] or [tables[0]]
    return pd.concat(kept, ignore_index=True)


def _by_split(lines: pd.DataFrame, value: str) -> pd.DataFrame:
    """One row per epoch, the named value of both splits."""
    splits = [lines.loc[lines["split"] == name].set_index("epoch")[value] for name in ("train", "validation")]
    return pd.concat(splits, axis=1, keys=["train", "validation"]).sort_index().reset_index()


def _dashes(plot: Plot, x: alt.X, y: alt.Y) -> alt.Chart:
    rule = alt.Chart(notes.dashes(plot)).mark_rule(strokeDash=[3, 3], strokeWidth=1)
    ends = {"x2": alt.X2("to_x:Q"), "y2": alt.Y2("to_y:Q")}
    return rule.encode(x=at_field(x, "from_x"), y=at_field(y, "from_y"), **ends, color=GRAY)


def _lines(lines: pd.DataFrame, x: alt.X, y: alt.Y, colour: alt.Color) -> alt.Chart:
    """Training, and over it validation, a little thicker."""
    width = alt.expr(f"datum.kind == 'train' ? 2 : {LINE}")
    line = alt.Chart(lines[["epoch", "median", "kind"]].dropna()).mark_line(strokeWidth=width, clip=True)
    return line.encode(x=x, y=y, color=colour)


def _points(lines: pd.DataFrame, plot: Plot, x: alt.X, y: alt.Y, colour: alt.Color) -> alt.Chart:
    """Dots on lines of a few epochs, which would be short strokes or nothing at all; and the test split's one mark, a
    diamond at the epoch of the kept weights."""
    seen = lines[lines["median"].between(plot.low, plot.high)]
    dots = seen if lines["epoch"].nunique() <= FEW else seen[:0]
    dots = dots.assign(words=dots["split"] + " " + dots["shown"], shape="circle", size=44)
    test = plot.curves.marks.rename(columns={"value": "median"}).assign(kind="test", shape="diamond", size=110)
    columns = ["epoch", "median", "kind", "words", "shape", "size"]
    base = alt.Chart(_stacked(dots[columns], test[columns]))
    mark = base.mark_point(shape=alt.expr("datum.shape"), size=alt.expr("datum.size"), filled=True, opacity=1)
    tips = [
        alt.Tooltip("words:N", title="measured"),
        alt.Tooltip("epoch:Q", format=",d", title="with weights of epoch"),
    ]
    return mark.encode(x=x, y=y, color=colour, tooltip=tips)


def _nearest(curves: Lines, x: alt.X) -> alt.Chart:
    """The rule at the epoch under the pointer, with both values."""
    wide = _by_split(curves.lines.assign(shown=curves.lines["shown"].fillna("")), "shown").fillna("not measured")
    tips = [alt.Tooltip("epoch:Q", format=",d"), alt.Tooltip("train:N"), alt.Tooltip("validation:N")]
    return hover(alt.Chart(wide), x, tips)


def _said(lines: pd.DataFrame, plot: Plot, height: int) -> list[Note]:
    """Everything that is written into the plot."""
    return [
        *notes.still_to_come(plot),
        *_memorising(lines, plot),
        *notes.levels(plot),
        *notes.happened(plot),
        *notes.over(plot),
        *notes.broken(plot),
        *_ends(plot, height),
    ]


def _memorising(lines: pd.DataFrame, plot: Plot) -> list[Note]:
    """The word "memorising": two thirds of the way, between the lines, if there is room for it."""
    inside = _memorised(lines, plot)
    if len(inside) < 3 or np.ptp(inside["epoch"]) < WORD * plot.curves.planned:
        return []
    place = inside.iloc[round(0.62 * (len(inside) - 1))]
    below, above_ = plot.height_of(place["low"]), min(plot.height_of(place["high"]), 1.0)
    if above_ - below < 0.16:
        return []
    middle = (below + above_) / 2
    if any(abs(plot.height_of(level) - middle) < 0.06 for level in plot.levels["value"]):
        middle -= 0.09
    return [Note(float(place["epoch"]), plot.up(middle), "memorising", "bad")]


def _ends(plot: Plot, height: int) -> list[Note]:
    """Names and last values at the ends of the lines, and room for them from the first epoch on."""
    curves, table = plot.curves, plot.curves.ends
    if len(curves.marks) and len(table):
        last = table["epoch"].max()
        sign = "◆ " if curves.marks["epoch"].iloc[0] < last else ""
        test = curves.marks.assign(split="test", epoch=last, words=sign + curves.marks["words"])
        table = _stacked(table, test)
    heights = dodged([plot.height_of(value) for value in table["value"]], 0.0, 1.0, apart(height))
    named = zip(table["epoch"], heights, table["words"], table["split"], strict=True)
    room = Note(curves.planned, plot.up(0.9), LONGEST, "note", "left", dx=8, weight="bold", seen=0)
    return [room, *(Note(at, plot.up(up), words, kind, "left", dx=8, weight="bold") for at, up, words, kind in named)]
