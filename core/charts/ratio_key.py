"""The colours of a ratio, from ÷ million to × million, and their key above a heat map over epochs."""

from typing import Literal

import altair as alt
import pandas as pd

from core.charts.axes import epoch_x
from core.charts.pieces import GRAY

REACH = 6
"""The colours go from ÷ million to × million, in every run."""
DIVERGING = alt.Scale(domain=[-REACH, REACH], range="diverging", interpolate="lab", clamp=True)
KEY_ROOM = 40
"""Pixels that the key takes above the plot."""


def ratio_key(planned: int) -> list[alt.Chart]:
    """The colours' key above the plot, in pixels: a legend would shift the plot against the profile."""
    left, right = -0.5, -0.5 + 0.5 * (max(1, planned) + 1)
    steps = 24
    width = (right - left) / steps
    cells = pd.DataFrame({"key": [-REACH + (n + 0.5) * 2 * REACH / steps for n in range(steps)]})
    cells["key_left"] = [left + n * width for n in range(steps)]
    cells["key_right"] = cells["key_left"] + width
    strip = alt.Chart(cells).mark_rect(strokeWidth=0.7)
    colour = alt.Color("key:Q", scale=DIVERGING, legend=None)
    stroke = alt.Stroke("key:Q", scale=DIVERGING, legend=None)
    x = epoch_x(planned, "key_left", pad=0.5)
    low, high = alt.YValue(-KEY_ROOM + 17), alt.Y2Value(-KEY_ROOM + 26)
    found = [strip.encode(x=x, x2=alt.X2("key_right:Q"), y=low, y2=high, color=colour, stroke=stroke)]
    aligned: list[tuple[float, Literal["left", "center", "right"], str]] = [
        (left, "left", "÷ million"),
        ((left + right) / 2, "center", "same"),
        (right, "right", "× million"),
    ]
    for at, align, words in aligned:
        text = alt.Chart(pd.DataFrame({f"at_{align}": [at], "words": [words]}))
        mark = text.mark_text(align=align, baseline="bottom", fontSize=11)
        x, y = epoch_x(planned, f"at_{align}", pad=0.5), alt.YValue(-KEY_ROOM + 14)
        found.append(mark.encode(x=x, y=y, text=alt.Text("words:N"), color=GRAY))
    return found


def key_room() -> alt.Chart:
    """Nothing to see: keeps as much room above the profile as the key takes above the heat map, so that rows align."""
    text = alt.Chart(pd.DataFrame({"room": ["×"]})).mark_text(baseline="bottom", fontSize=11, opacity=0)
    return text.encode(x=alt.XValue(0), y=alt.YValue(-KEY_ROOM + 14), text=alt.Text("room:N"))
