"""A varied number against the score: training and validation, line = median seed, band = lowest to highest."""

import altair as alt
import pandas as pd

from core.charts.axes import Chart, dodged
from core.charts.names import safe_name
from core.charts.pieces import LINE, NOTE, above, below, layered

LOG_FROM = 20.0
"""Largest ÷ smallest value from which on the axis is logarithmic (our choice)."""
COLOURS = alt.Scale(domain=["train", "validation"], range=["blue", "orange"])


def curve(table: pd.DataFrame, choice: str, share: bool = True, height: int = 320) -> Chart:
    """table: value, split, median, low, high, words. choice: what was varied."""
    lowest = float(table["low"].min()) if len(table) else 0.0
    domain = [0.0, 1.02] if share else [max(-1.0, min(-0.1, lowest)), 1.02]
    axis = above("accuracy" if share else "R²", tickCount=5, **({"format": "%"} if share else {}))
    scale = alt.Scale(domain=domain, nice=False, clamp=True)
    y, low = (alt.Y(f"{field}:Q", scale=scale, axis=axis) for field in ("median", "low"))
    x = alt.X("value:Q", scale=_scale(table), axis=below(safe_name(choice).lower(), values=_ticks(table), format="~g"))
    colour = alt.Color("split:N", scale=COLOURS, legend=None)
    base = alt.Chart(table)
    tips = [alt.Tooltip("value:Q", title=safe_name(choice)), alt.Tooltip("split:N"), alt.Tooltip("words:N")]
    last = table.sort_values("value").groupby("split").tail(1)
    ends = alt.Chart(last.assign(end_at=dodged(list(last["median"]), domain[0], domain[1])))
    at = alt.Y("end_at:Q", scale=scale, axis=axis)
    return layered(
        base.mark_area(opacity=0.16).encode(x=x, y=low, y2=alt.Y2("high:Q"), color=colour),
        base.mark_line(strokeWidth=LINE).encode(x=x, y=y, color=colour),
        base.mark_circle(size=60, opacity=1).encode(x=x, y=y, color=colour, tooltip=tips),
        ends.mark_text(align="left", dx=10, fontSize=NOTE, fontWeight="bold").encode(
            x=x, y=at, text=alt.Text("split:N"), color=colour
        ),
        height=height,
    )


def _scale(table: pd.DataFrame) -> alt.Scale:
    least, most = (float(table["value"].min()), float(table["value"].max())) if len(table) else (0.0, 1.0)
    if least > 0 and most / least >= LOG_FROM:
        return alt.Scale(type="log", nice=False)
    return alt.Scale(domain=[min(0.0, least), most], nice=False)


def _ticks(table: pd.DataFrame) -> list[float]:
    return sorted({float(value) for value in table["value"]})
