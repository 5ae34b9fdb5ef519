"""The small picture of a finding, or of a vital sign: a curve, a dot per layer, or one number against its threshold.
The threshold is drawn and named, the healthy band is drawn, what is beyond is red and a diamond."""

import textwrap
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from core.charts.axes import layer_ticks, power_labels, ratio_labels, ratio_ticks
from core.charts.pieces import GRAY, GREEN, LINE, RED, RIGHT_EDGE, above, at_field, below, haloed, layered

NOTE, LINE_HEIGHT = 11, 14
LETTERS = 24
"""Letters of a line of the axis title: so many fit a card of three on a page."""
SMALL = 150
"""Pixels of height under which fewer ticks are named."""
FRAME = 60
"""Pixels of height that title and axis take, about."""
FLUSH = 20
"""A layer's name this near to an end of the axis, in pixels, stays inside of it."""
NAME, WORDS = 0.25, 0.5
"""Shares of the width that the name of a band and that of a threshold take, about."""
SPLITS = alt.Scale(domain=["train", "validation"], range=["blue", "orange"])


def evidence(
    table: pd.DataFrame,
    form: str,
    title: str,
    *,
    is_log: bool = False,
    limit: float | None = None,
    limit_words: str = "",
    mark: int | None = None,
    band: tuple[float, float] | None = None,
    is_share: bool = False,
    is_ratio: bool = False,
    last: int = 1,
    height: int = 190,
) -> alt.LayerChart:
    """table: x, value, series (train, validation or empty), is_bad; what lies outside the band is bad too. The axis
    holds all values, the threshold and the band; is_ratio: log10 of something relative ("÷ million"), otherwise powers
    of ten."""
    if band is not None:
        table = table.assign(is_bad=table["is_bad"] | ~table["value"].between(*band))
    low, high = _domain(table, limit, band, is_log, is_share)
    scale = alt.Scale(domain=[low, high], nice=False)
    axis = above(title, **_labels(low, high, is_log, is_ratio, is_share, height < SMALL))
    axis.title = textwrap.wrap(f"↑ {title}", LETTERS) if title else None
    axis.titleY = -10 - LINE_HEIGHT * (len(axis.title or [""]) - 1)
    y = alt.Y("value:Q", scale=scale, axis=axis)
    x = _x(form, last)
    is_early = form == "curve" and len(table) > 0 and table["x"].max() < last / 3
    room = (high - low) * NOTE / max(NOTE, height - FRAME)
    ends = (0.0, float(last)) if form == "curve" else (1.0, float(last))
    drawn = [] if band is None else _band(band, y, _is_left(table, band[1], room, ends, NAME, False))
    if limit is not None:
        drawn += _limit(limit, limit_words, y, _is_left(table, limit, room, ends, WORDS, not is_early))
    drawn += _mark(mark, x)
    drawn += _gauge(table, y) if form == "gauge" else _marks(table, form, x, y, is_early)
    drawn.sort(key=_depth)
    return layered(*drawn, height=height)


def _depth(layer: alt.Chart) -> int:
    """Rules and bands lie lowest, then the room of words, then what was measured, then the words."""
    if layer.mark.type == "text":
        return 1 if layer.mark.style == "halo" else 3
    return 0 if layer.mark.type in ("rect", "rule") else 2


def _domain(
    table: pd.DataFrame, limit: float | None, band: tuple[float, float] | None, is_log: bool, is_share: bool
) -> tuple[float, float]:
    if is_share:
        return 0.0, 1.0
    known = table["value"][np.isfinite(table["value"])].tolist()
    known += [limit] * (limit is not None) + list(band or ())
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if is_log:
        return float(np.floor(low - 0.3)), float(np.ceil(high + 0.3))
    low = min(0.0, low)
    return low, high + 0.15 * max(high - low, 1e-9)


def _labels(low: float, high: float, is_log: bool, is_ratio: bool, is_share: bool, is_small: bool) -> dict[str, Any]:
    if is_share:
        return {"format": "%", "values": [0, 0.5, 1] if is_small else [0, 0.25, 0.5, 0.75, 1]}
    if not is_log:
        return {"tickCount": 2 if is_small else 4}
    ticks = ratio_ticks(low, high)
    return ratio_labels(ticks) if is_ratio else power_labels(ticks)


def _x(form: str, last: int) -> alt.X:
    if form == "gauge":
        return alt.X("x:Q", axis=None)
    if form == "layers":
        names = [f"layer {number}" for number in range(1, last)] + ["output"]
        ticks = layer_ticks(names, 6)
        words = "".join(f"datum.value == {n} ? '{name}' : " for n, name in ticks.items()) + "''"
        axis = alt.Axis(title=None, grid=False, ticks=False, values=list(ticks), labelExpr=words, labelFlush=FLUSH)
        return alt.X("x:Q", scale=alt.Scale(domain=[0.7, last + 0.3], nice=False, zero=False), axis=axis)
    axis = below("epoch", tickMinStep=1, format=",d", tickCount=4)
    return alt.X("x:Q", scale=alt.Scale(domain=[0, max(1, last)], nice=False), axis=axis)


def _is_left(
    table: pd.DataFrame, level: float, room: float, ends: tuple[float, float], share: float, is_usual: bool
) -> bool:
    """On which side words stand on a level: on the usual one, unless a line runs through it and through the other none.
    At the right the names of lines stand at their ends."""
    left, right = (_strikes(table, level, room, way, share) for way in (ends, ends[::-1]))
    named = table[table["series"] != ""].sort_values("x").groupby("series")["value"].last()
    right |= bool(((named - level).abs() < 2.5 * room).any())
    return not left and right if left != right else is_usual


def _strikes(table: pd.DataFrame, level: float, room: float, ends: tuple[float, float], share: float) -> bool:
    """Whether a line runs through words that stand on a level and take `room` above it and `share` of the axis, from
    the first of its ends towards the second."""
    at = np.linspace(ends[0], ends[0] + share * (ends[1] - ends[0]), 40)
    for _, line in table[np.isfinite(table["value"])].groupby("series"):
        line = line.sort_values("x")
        met = np.interp(at, line["x"], line["value"], left=np.nan, right=np.nan)
        if ((met > level - 0.2 * room) & (met < level + 1.4 * room)).any():
            return True
    return False


def _band(band: tuple[float, float], y: alt.Y, is_left: bool) -> list[alt.Chart]:
    """The healthy range, named at its upper edge on the side where no line is."""
    base = alt.Chart(pd.DataFrame({"low": [band[0]], "high": [band[1]], "words": ["healthy"]}))
    beside: dict[str, Any] = {"align": "left", "dx": 4} if is_left else {"align": "right", "dx": -4}
    text = base.mark_text(**beside, baseline="bottom", dy=-3, fontSize=NOTE)
    return [
        base.mark_rect(opacity=0.14).encode(y=at_field(y, "low"), y2=alt.Y2("high:Q"), color=GREEN),
        *haloed(text.encode(x=_side(is_left), y=at_field(y, "high"), text=alt.Text("words:N"), color=GREEN)),
    ]


def _side(is_left: bool) -> alt.XValue:
    return alt.XValue(0) if is_left else RIGHT_EDGE


def _limit(limit: float, words: str, y: alt.Y, is_left: bool) -> list[alt.Chart]:
    """The threshold, named at the side on which no line is."""
    base = alt.Chart(pd.DataFrame({"limit": [limit], "words": [words]}))
    beside: dict[str, Any] = {"align": "left", "dx": 4} if is_left else {"align": "right", "dx": -4}
    text = base.mark_text(baseline="bottom", dy=-3, fontSize=NOTE, **beside)
    return [
        base.mark_rule(strokeDash=[3, 3], strokeWidth=1.4).encode(y=at_field(y, "limit"), color=GRAY),
        *haloed(text.encode(x=_side(is_left), y=at_field(y, "limit"), text=alt.Text("words:N"), color=GRAY)),
    ]


def _mark(mark: int | None, x: alt.X) -> list[alt.Chart]:
    if mark is None:
        return []
    base = alt.Chart(pd.DataFrame({"mark": [mark], "words": [f"epoch {mark:,}"]}))
    at = at_field(x, "mark")
    text = base.mark_text(align="left", baseline="top", dx=4, fontSize=NOTE)
    return [
        base.mark_rule(strokeDash=[3, 3], strokeWidth=1.4).encode(x=at, color=RED),
        *haloed(text.encode(x=at, y=alt.YValue(0), text=alt.Text("words:N"), color=RED)),
    ]


def _marks(table: pd.DataFrame, form: str, x: alt.X, y: alt.Y, is_early: bool) -> list[alt.Chart]:
    tips = [alt.Tooltip("x:Q", title="layer" if form == "layers" else "epoch", format=",d")]
    tips += [alt.Tooltip("value:Q", format=".3~g")]
    split = sorted(set(table["series"]) - {""})
    base = alt.Chart(table)
    if split:
        colour = alt.Color("series:N", scale=SPLITS, legend=None)
        lines = [base.mark_line(strokeWidth=LINE).encode(x=x, y=y, color=colour)]
        if table["x"].nunique() == 1:  # of one point no line is drawn
            lines.append(base.mark_circle(size=40, opacity=1).encode(x=x, y=y, color=colour))
        return [*lines, *_names(table, split, x, y, is_early)]
    line = base.mark_line(strokeWidth=1.4 if form == "layers" else LINE).encode(x=x, y=y)
    fine, bad = (base.transform_filter(f"{sign}datum.is_bad") for sign in ("!", ""))
    if form == "layers":
        return [
            line,
            fine.mark_circle(size=46, opacity=1).encode(x=x, y=y, tooltip=tips),
            bad.mark_point(size=52, filled=True, opacity=1, shape="diamond").encode(x=x, y=y, color=RED, tooltip=tips),
        ]
    return [line, bad.mark_circle(size=22, opacity=1).encode(x=x, y=y, color=RED, tooltip=tips)]


def _names(table: pd.DataFrame, split: Sequence[str], x: alt.X, y: alt.Y, is_early: bool) -> list[alt.Chart]:
    """The splits' names at the ends of their lines, inside the plot: left of the ends, or right of early ones."""
    ends = table[table["series"].isin(split)].sort_values("x").groupby("series", as_index=False).last()
    ends = ends.sort_values("value").assign(rank=range(len(ends)))
    lower, upper = (alt.Chart(ends[ends["rank"] == rank]) for rank in (0, 1))
    beside: dict[str, Any] = {"align": "left", "dx": 4} if is_early else {"align": "right"}
    said = {"text": alt.Text("series:N"), "color": alt.Color("series:N", scale=SPLITS, legend=None)}
    return [
        *haloed(lower.mark_text(baseline="top", dy=5, fontSize=NOTE, **beside).encode(x=x, y=y, **said)),
        *haloed(upper.mark_text(baseline="bottom", dy=-5, fontSize=NOTE, **beside).encode(x=x, y=y, **said)),
    ]


def _gauge(table: pd.DataFrame, y: alt.Y) -> list[alt.Chart]:
    """One number as a diamond in the middle of the plot."""
    base = alt.Chart(table)
    middle = alt.XValue(alt.expr("width / 2"))
    dot = base.mark_point(size=90, filled=True, opacity=1, shape="diamond")
    return [dot.encode(x=middle, y=y, color=RED, tooltip=[alt.Tooltip("value:Q", format=".3~g")])]
