"""A few training images beside what becomes of them."""

from typing import Any

import altair as alt
import pandas as pd

from core.charts.pieces import Chart

SIDE = 56
"""Pixels of a screen for an image."""


def pictures(seen: dict[str, Any]) -> Chart:
    """seen: images [rows][versions][height × width] of numbers, the first version as it came; height, width."""
    height, width = seen["height"], seen["width"]
    rows = [
        {"row": row, "version": version, "x": at % width, "y": at // width, "value": value}
        for row, versions in enumerate(seen["images"])
        for version, pixels in enumerate(versions)
        for at, value in enumerate(pixels)
    ]
    table = pd.DataFrame(rows)
    columns = len(seen["images"][0]) if seen["images"] else 1
    table["left"] = table["version"] * (width + 1) + table["x"]
    table["up"] = table["row"] * (height + 1) + table["y"]
    table["right"], table["down"] = table["left"] + 1, table["up"] + 1
    across = alt.Scale(domain=[0, columns * (width + 1)], nice=False)
    downward = alt.Scale(domain=[len(seen["images"]) * (height + 1), 0], nice=False)
    ramp = alt.Scale(range="ramp", domain=[seen["low"], seen["high"]], clamp=True, interpolate="lab")
    colour = alt.Color("value:Q", scale=ramp, legend=None)
    return (
        alt.Chart(table)
        .mark_rect(strokeWidth=0)
        .encode(
            x=alt.X("left:Q", scale=across, axis=None),
            x2=alt.X2("right:Q"),
            y=alt.Y("up:Q", scale=downward, axis=None),
            y2=alt.Y2("down:Q"),
            color=colour,
        )
        .properties(height=SIDE * max(1, len(seen["images"])))
    )
