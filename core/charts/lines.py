"""The parts of a chart of both splits through training: lines with bands, what they are compared with, their names."""

import altair as alt
import numpy as np
import pandas as pd

from core.charts.axes import Chart, dodged, epoch_x, hover
from core.charts.notes import LABEL, Lines, at_field, broken, levels, rules, waiting, y_axis
from core.charts.pieces import CANVAS, LINE, NOTE, apart, layered

SPLITS = alt.Scale(domain=["train", "validation", "test"], range=["blue", "orange", "violet"])
LONGEST = "validation 0.65"
"""The longest label that usually stands at a line's end: its room is kept free from the first epoch on."""
FEW = 6
LOG_ROOM = 1.5
"""A logarithmic axis reaches so much further up, so that notes have room above the lines."""


def chart(curves: Lines, height: int, log: bool) -> Chart:
    """Everything together: one flat list of layers, so that all share their scales."""
    scale = _scale(curves, log)
    x = epoch_x(curves.planned)
    table = _clipped(curves, log).dropna(subset="median")
    table = table.assign(few=table["epoch"].nunique() <= FEW)
    layers = [
        *waiting(curves, x),
        _bands(table, curves, x, scale),
        *_memorising(curves, x, scale, log),
        *levels(curves, x, scale),
        *rules(curves, x),
        *_lines(table, curves, x, scale),
        *_nearest(curves, x),
        *broken(curves, x),
        *_ends(curves, x, scale, log, height),
        *_test(curves, x, scale),
    ]
    return layered(*layers, height=height, usermeta=CANVAS)


def _scale(curves: Lines, log: bool) -> alt.Scale:
    low, high = curves.domain
    if log:
        return alt.Scale(type="log", domain=[_floor(curves), LOG_ROOM * high], nice=False)
    return alt.Scale(domain=[low, high], nice=False, zero=False)


def _floor(curves: Lines) -> float:
    """Lowest value of a logarithmic axis: the decade under what was measured; while live a thousandth of the top."""
    positive = curves.lines.loc[curves.lines["low"] > 0, "low"]
    lowest = float(positive.min()) if len(positive) and not curves.is_live else curves.domain[1] / 1000
    return float(10.0 ** np.floor(np.log10(max(lowest, 1e-12))))


def _clipped(curves: Lines, log: bool) -> pd.DataFrame:
    """The lines with values under a logarithmic axis at its floor."""
    if not log:
        return curves.lines
    floor = _floor(curves)
    return curves.lines.assign(**{name: curves.lines[name].clip(lower=floor) for name in ("median", "low", "high")})


def _bands(table: pd.DataFrame, curves: Lines, x: alt.X, scale: alt.Scale) -> alt.Chart:
    return (
        alt.Chart(table)
        .mark_area(opacity=0.16, clip=True)
        .encode(
            x=x,
            y=y_axis(curves, scale, "low"),
            y2=alt.Y2("high:Q"),
            color=alt.Color("split:N", scale=SPLITS, legend=None),
        )
    )


def _wide(curves: Lines, log: bool) -> pd.DataFrame:
    lines = _clipped(curves, log)
    table = lines.pivot_table(index="epoch", columns="split", values="median", dropna=False)
    return table.reindex(columns=["train", "validation"]).reset_index()


def _memorising(curves: Lines, x: alt.X, scale: alt.Scale, log: bool) -> list[alt.Chart]:
    """The area between the lines where validation is above training after the best epoch."""
    table = _wide(curves, log)
    since = curves.memorising if curves.memorising is not None else np.inf
    inside = (table["epoch"] >= since) & (table["validation"] > table["train"])
    table["top"] = table["validation"].where(inside, table["train"])
    table = table.dropna(subset=["train", "top"])
    note = _widest(table, since, curves.domain[1], list(curves.levels["value"]))
    area = (
        alt.Chart(table)
        .mark_area(opacity=0.11, clip=True)
        .encode(x=x, y=y_axis(curves, scale, "train"), y2=alt.Y2("top:Q"), color=alt.ColorValue("red"))
    )
    words = (
        alt.Chart(note)
        .mark_text(fontSize=NOTE)
        .encode(
            x=at_field(x, "epoch"),
            y=y_axis(curves, scale, "middle"),
            text=alt.Text("words:N"),
            color=alt.ColorValue("red"),
        )
    )
    return [area, words]


def _widest(table: pd.DataFrame, since: float, top: float, levels: list[float]) -> pd.DataFrame:
    """Where "memorising" is written: two thirds of the way, between the lines, if they are apart there."""
    inside = table[table["epoch"] >= since]
    empty = pd.DataFrame({"epoch": [0.0], "middle": [0.0], "words": [""]})
    if len(inside) < 3:
        return empty
    place = inside.iloc[round(0.62 * (len(inside) - 1))]
    if min(place["top"], top) - place["train"] < 0.16 * top:
        return empty
    middle = (min(place["top"], top) + place["train"]) / 2
    if any(abs(level - middle) < 0.06 * top for level in levels):
        middle -= 0.09 * top
    return pd.DataFrame({"epoch": [float(place["epoch"])], "middle": [middle], "words": ["memorising"]})


def _lines(table: pd.DataFrame, curves: Lines, x: alt.X, scale: alt.Scale) -> list[alt.Chart]:
    base = alt.Chart(table)
    drawn = []
    for split, width in (("train", 2.0), ("validation", LINE)):
        colour = alt.ColorValue("blue" if split == "train" else "orange")
        line = base.transform_filter(f"datum.split == '{split}'").mark_line(strokeWidth=width, clip=True)
        drawn.append(line.encode(x=x, y=y_axis(curves, scale, "median"), color=colour))
    return [*drawn, _few(table, x, y_axis(curves, scale, "median"))]


def _few(table: pd.DataFrame, x: alt.X, y: alt.Y) -> alt.Chart:
    """Dots on lines of a few epochs, which would be short strokes or nothing at all."""
    base = alt.Chart(table).transform_filter("datum.few")
    colour = alt.Color("split:N", scale=SPLITS, legend=None)
    return base.mark_circle(size=44, opacity=1, clip=True).encode(x=x, y=y, color=colour)


def _nearest(curves: Lines, x: alt.X) -> list[alt.Chart]:
    """The rule at the epoch under the pointer, with both values."""
    table = curves.lines.assign(shown=curves.lines["shown"].fillna(""))
    wide = table.pivot_table(index="epoch", columns="split", values="shown", aggfunc="first")
    wide = wide.reindex(columns=["train", "validation"]).fillna("not measured").reset_index()
    tips = [alt.Tooltip("epoch:Q", format=",d"), alt.Tooltip("train:N"), alt.Tooltip("validation:N")]
    return [hover(alt.Chart(wide), x, tips)]


def _ends(curves: Lines, x: alt.X, scale: alt.Scale, log: bool, height: int) -> list[alt.Chart]:
    """Names and last values at the ends of the lines, and room for them from the first epoch on."""
    low, high = curves.domain
    table = curves.ends.copy()
    if len(curves.marks) and len(table):
        last = table["epoch"].max()
        sign = "◆ " if curves.marks["epoch"].iloc[0] < last else ""
        test = curves.marks.assign(split="test", epoch=last, words=sign + curves.marks["words"])
        table = pd.concat([table, test], ignore_index=True)
    if log:
        low = _floor(curves)
        spread = dodged([np.log10(max(v, low)) for v in table["value"]], np.log10(low), np.log10(high), apart(height))
        table["at"] = 10 ** np.array(spread)
    else:
        table["at"] = dodged(list(table["value"]), low, high, apart(height))
    text = alt.Chart(table).mark_text(align="left", dx=8, fontSize=LABEL, fontWeight="bold")
    colour = alt.Color("split:N", scale=SPLITS, legend=None)
    room = alt.Chart(pd.DataFrame({"room": [curves.planned], "words": [LONGEST]}))
    return [
        text.encode(x=x, y=y_axis(curves, scale, "at"), text=alt.Text("words:N"), color=colour),
        room.mark_text(align="left", dx=8, fontSize=LABEL, fontWeight="bold", opacity=0).encode(
            x=at_field(x, "room"), y=alt.YValue(40), text=alt.Text("words:N")
        ),
    ]


def _test(curves: Lines, x: alt.X, scale: alt.Scale) -> list[alt.Chart]:
    """The test split's one mark, a diamond at the epoch of the kept weights."""
    table = curves.marks if len(curves.marks) else pd.DataFrame({"epoch": [0], "value": [0.0], "words": [""]})
    table = table.assign(test_at=table["value"])
    base = alt.Chart(table)
    mark = base.transform_filter("datum.words != ''").mark_point(shape="diamond", filled=True, size=110, opacity=1)
    y = y_axis(curves, scale, "test_at")
    tips = [alt.Tooltip("words:N", title="at the end"), alt.Tooltip("epoch:Q", format=",d", title="weights of epoch")]
    return [mark.encode(x=x, y=y, color=alt.ColorValue("violet"), tooltip=tips)]
