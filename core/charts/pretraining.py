"""Layer-wise pretraining: what each layer gives back of what enters it, one layer after the other."""

import altair as alt
import pandas as pd

from core.charts.axes import Chart
from core.charts.pieces import GRAY, LINE, NOTE, above, below, layered

MOST_NAMES = 12
"""Layers whose numbers are written into the chart."""


def layers(table: pd.DataFrame, height: int = 220) -> Chart:
    """table: layer, epoch, turn, median, low, high. A stroke per layer, a rule where the next one begins."""
    starts = table.loc[table["epoch"] == 1, ["layer", "turn"]]
    every = -(-len(starts) // MOST_NAMES)
    starts = starts.assign(words=[f"layer {n}" if (n - 1) % every == 0 else "" for n in starts["layer"]])
    scale = alt.Scale(domain=[min(0.0, float(table["low"].min())), 1], nice=False)
    axis = above("given back", format="%", tickCount=5)
    x = alt.X("turn:Q", scale=alt.Scale(nice=False), axis=below("epoch, layer after layer", format="d", tickMinStep=1))
    y, low = (alt.Y(f"{field}:Q", scale=scale, axis=axis) for field in ("median", "low"))
    base = alt.Chart(table).encode(x=x, detail=alt.Detail("layer:N"))
    tips = [
        alt.Tooltip("layer:Q", format="d"),
        alt.Tooltip("epoch:Q", format="d"),
        alt.Tooltip("median:Q", format=".1%", title="given back"),
        alt.Tooltip("spread:Q", format=".2f", title="spread of its units"),
    ]
    begun = alt.Chart(starts).encode(x=x)
    return layered(
        begun.mark_rule(strokeDash=[3, 3]).encode(color=GRAY),
        begun.mark_text(align="left", baseline="bottom", dx=4, dy=-4, fontSize=NOTE).encode(
            y=alt.YValue(height - 60), text=alt.Text("words:N"), color=GRAY
        ),
        base.mark_area(opacity=0.16).encode(y=low, y2=alt.Y2("high:Q")),
        base.mark_line(strokeWidth=LINE).encode(y=y),
        base.mark_circle(size=40, opacity=1).encode(y=y, tooltip=tips),
        height=height,
    )
