"""The strongest columns two by two, all in one view: each cell with its own scales, coloured by the target."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from core.charts.data import _coloured, _grouped
from core.charts.names import safe_name
from core.charts.pieces import BOTTOM_EDGE, GRAY, NOTE, layered, words

INSET = 0.07
"""Empty share at the edges of a cell."""
TOP = 0.86
"""Where a cell ends and the name of its column stands."""


def matrix(pairs: pd.DataFrame, names: Sequence[str], is_classes: bool, side: int = 150) -> Any:
    """pairs: across, up (numbers into `names`), x, y, label. None where there are no two columns."""
    if len(names) < 2 or not len(pairs):
        return None
    cells = len(names) - 1
    placed = pairs.assign(
        px=pairs["across"] + _within(pairs, "across", "x"),
        py=cells - pairs["up"] + TOP * _within(pairs, "up", "y"),
        c0=[safe_name(names[i]) for i in pairs["across"]],
        c1=[safe_name(names[i]) for i in pairs["up"]],
    )
    hidden = alt.Axis(labels=False, ticks=False, grid=False, domain=False, title=None)
    x = alt.Scale(domain=[0, cells], nice=False)
    y = alt.Scale(domain=[-0.18, cells], nice=False)
    frames = pd.DataFrame(
        [(i + 0.02, i + 0.98, cells - j + 0.02, cells - j + TOP) for j in range(1, cells + 1) for i in range(j)],
        columns=["left", "right", "low", "high"],
    )
    box = alt.Chart(frames).mark_rect(fillOpacity=0, strokeOpacity=0.5, strokeWidth=1)
    box = box.encode(
        x=alt.X("left:Q", scale=x, axis=hidden),
        x2=alt.X2("right:Q"),
        y=alt.Y("low:Q", scale=y, axis=hidden),
        y2=alt.Y2("high:Q"),
        stroke=alt.StrokeValue("gray"),
        color=GRAY,
    )
    tips = [
        alt.Tooltip("c0:N", title="across"),
        alt.Tooltip("x:Q", title="its value", format=".4~g"),
        alt.Tooltip("c1:N", title="up"),
        alt.Tooltip("y:Q", title="its value ", format=".4~g"),
        alt.Tooltip("label:N" if is_classes else "label:Q", title="target"),
    ]
    grouped = _grouped(placed) if is_classes else placed
    marks = alt.Chart(grouped).mark_point(filled=True, size=14, opacity=0.75)
    marks = marks.encode(x=alt.X("px:Q", scale=x, axis=hidden), y=alt.Y("py:Q", scale=y, axis=hidden), tooltip=tips)
    below = pd.DataFrame({"x": np.arange(cells) + 0.5, "words": [safe_name(n, 24) for n in names[:-1]]})
    under = words(below, baseline="bottom").encode(x=alt.X("x:Q", scale=x, axis=hidden), y=BOTTOM_EDGE, color=GRAY)
    left = pd.DataFrame(
        {"y": cells - np.arange(1, cells + 1) + 0.99, "words": [f"↑ {safe_name(n, 24)}" for n in names[1:]]}
    )
    beside = words(left, align="left", baseline="top", dx=5, fontSize=NOTE).encode(
        x=alt.XValue(0), y=alt.Y("y:Q", scale=y, axis=hidden), color=GRAY
    )
    coloured = _coloured(marks, placed, is_classes, legend=False)
    return layered(box, coloured, under, beside, height=side * cells + 20)


def _within(pairs: pd.DataFrame, column: str, value: str) -> pd.Series:
    """Each value's place within its cell, 0 to 1."""
    groups = pairs.groupby(column)[value]
    low, span = groups.transform("min"), groups.transform("max") - groups.transform("min")
    return INSET + (1 - 2 * INSET) * (pairs[value] - low) / span.where(span > 0, 1.0)
