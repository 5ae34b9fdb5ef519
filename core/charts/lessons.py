"""What a lesson measured, beside what its claim wants: a dot per seed on its side of the bound, or not."""

from typing import Any

import altair as alt
import pandas as pd

from core.charts.axes import Chart
from core.charts.names import safe_name
from core.charts.pieces import GRAY, GREEN, NOTE, RED, below, layered

ROW = 58
"""Pixels of a measured quantity: its name, and its dots under it."""
LONGEST = 60


def checks(table: pd.DataFrame, unit: str, is_log: bool) -> Chart:
    """One row per measured quantity: the side that the claim wants in green, the bound as a rule, a dot per seed.
    table: row (0 is the first), says, wanted, seed, value, words, bound, edge (where the green side ends), holds."""
    shown = table.assign(says=[safe_name(says, LONGEST) for says in table["says"]])
    low, high = (
        float(table[["value", "bound", "edge"]].min().min()),
        float(table[["value", "bound", "edge"]].max().max()),
    )
    scale = alt.Scale(type="log" if is_log else "linear", domain=[low, high], nice=False, zero=False, clamp=True)
    axis = below(unit, tickCount=5, format="%" if unit == "share" else "~g", grid=False)
    x = alt.X("value:Q", scale=scale, axis=axis)
    bound, edge = (alt.X(f"{field}:Q", scale=scale, axis=axis) for field in ("bound", "edge"))
    rows = int(table["row"].max()) + 1
    y = _y("row", rows)
    base, whole = alt.Chart(shown), alt.Chart(shown.drop_duplicates("row"))
    tips = [alt.Tooltip("says:N", title="measured"), alt.Tooltip("seed:Q"), alt.Tooltip("words:N", title="value")]
    text = whole.mark_text(align="left", baseline="bottom", dy=-14, fontSize=NOTE)
    wanted = whole.mark_text(align="right", baseline="bottom", dy=-14, fontSize=NOTE)
    return layered(
        whole.mark_bar(height=20, opacity=0.16).encode(x=bound, x2=alt.X2("edge:Q"), y=y, color=GREEN),
        whole.mark_tick(thickness=2, height=24).encode(x=bound, y=y, color=GREEN),
        text.encode(x=alt.XValue(0), y=y, text=alt.Text("says:N")),
        wanted.encode(x=alt.XValue("width"), y=y, text=alt.Text("wanted:N"), color=GRAY),
        _dots(base, "datum.holds", "circle", GREEN, x, y, tips),
        _dots(base, "!datum.holds", "cross", RED, x, y, tips),
        whole.mark_point(opacity=0, size=0).encode(x=edge, y=y),
        height=ROW * rows,
    )


def _dots(base: alt.Chart, of: str, shape: str, colour: Any, x: alt.X, y: alt.Y, tips: list[alt.Tooltip]) -> alt.Chart:
    marks = base.transform_filter(of).mark_point(filled=True, size=90, opacity=0.9, shape=shape)
    return marks.encode(x=x, y=y, color=colour, tooltip=tips)


def _y(field: str, rows: int) -> alt.Y:
    return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[rows - 0.65, -0.65], nice=False, zero=False), axis=None)
