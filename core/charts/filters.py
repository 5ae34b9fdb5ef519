"""Pictures side by side: filters, maps, and the pictures that excite them; channels by how often they fire."""

from collections.abc import Sequence
from typing import Any, Protocol

import altair as alt
import numpy as np
import pandas as pd

from core.charts.axes import Chart
from core.charts.names import safe_name
from core.charts.pieces import GRAY, GREEN, NOTE, RED, above, below, layered

GAP, TEXT = 0.12, 0.24
"""Between pictures, and for the words under one, in sides of a picture (our choice)."""


class Pictured(Protocol):
    """values: [height, width]."""

    @property
    def values(self) -> np.ndarray: ...
    @property
    def title(self) -> str: ...
    @property
    def at(self) -> tuple[float, float] | None: ...


def pictures(
    shown: Sequence[Pictured], columns: int, tile: int = 72, is_signed: bool = False, is_each: bool = False
) -> Chart | None:
    """Pictures in lines of `columns`, squares of at most `tile` pixels that shrink with the page. is_signed: colours
    part below and above 0; is_each: every picture has a scale of its own, else one for all. None for no pictures."""
    if not shown:
        return None
    lines = -(-len(shown) // columns)
    width, height = columns * (1 + GAP) - GAP, lines * (1 + GAP + TEXT)
    table = pd.concat([_cells(each, n, columns, is_signed, is_each) for n, each in enumerate(shown)])
    if not is_each:
        table["ink"] = _scaled(table["value"].to_numpy(), is_signed)
    side = f"min(width / {width:.4f}, height / {height:.4f})"
    x = alt.Scale(domain=[0, width], nice=False, zero=False, range=[0, alt.ExprRef(f"{side} * {width:.4f}")])
    y = alt.Scale(domain=[0, height], nice=False, zero=False, range=[0, alt.ExprRef(f"{side} * {height:.4f}")])
    low = -1 if is_signed else 0
    scale = alt.Scale(domain=[low, 1], range="diverging" if is_signed else "ramp", interpolate="lab")
    colour = alt.Color("ink:Q", scale=scale, legend=None)
    cells = alt.Chart(table).mark_rect(strokeWidth=0)
    layers = [
        cells.encode(
            x=_hidden("x:Q", x, alt.X),
            x2=alt.X2("right:Q"),
            y=_hidden("y:Q", y, alt.Y),
            y2=alt.Y2("bottom:Q"),
            color=colour,
            tooltip=[alt.Tooltip("title:N", title="picture"), alt.Tooltip("value:Q", format=".3~g")],
        ),
        *_titles(shown, columns, x, y),
        *_marks(shown, columns, x, y),
    ]
    return layered(*layers, height=round(lines * (1 + GAP + TEXT) * tile))


def _corner(number: int, columns: int) -> tuple[float, float]:
    return number % columns * (1 + GAP), number // columns * (1 + GAP + TEXT)


def _cells(each: Pictured, number: int, columns: int, is_signed: bool, is_each: bool) -> pd.DataFrame:
    """One row per pixel: its square, its value and, where each picture has its own scale, its ink."""
    left, top = _corner(number, columns)
    height, width = each.values.shape
    side = max(height, width)
    rows, across = np.divmod(np.arange(height * width), width)
    values = np.nan_to_num(each.values.ravel())
    table = pd.DataFrame({"x": left + across / side, "y": top + rows / side, "value": values})
    table["right"], table["bottom"] = table["x"] + 1 / side, table["y"] + 1 / side
    table["title"] = safe_name(each.title)
    if is_each:
        table["ink"] = _scaled(values, is_signed)
    return table


def _scaled(values: np.ndarray, is_signed: bool) -> np.ndarray:
    """0 to 1, or −1 to 1 about 0."""
    if is_signed:
        return values / max(float(np.abs(values).max(initial=0)), 1e-12)
    low, high = float(values.min(initial=0)), float(values.max(initial=0))
    return (values - low) / max(high - low, 1e-12)


def _titles(shown: Sequence[Pictured], columns: int, x: alt.Scale, y: alt.Scale) -> list[alt.Chart]:
    places = [_corner(n, columns) for n in range(len(shown))]
    table = pd.DataFrame(
        {
            "x": [left + 0.5 for left, _ in places],
            "y": [top + 1.03 for _, top in places],
            "words": [safe_name(each.title, 12) for each in shown],
        }
    )
    text = alt.Chart(table).mark_text(baseline="top", fontSize=NOTE)
    return [text.encode(x=_hidden("x:Q", x, alt.X), y=_hidden("y:Q", y, alt.Y), text=alt.Text("words:N"), color=GRAY)]


def _marks(shown: Sequence[Pictured], columns: int, x: alt.Scale, y: alt.Scale) -> list[alt.Chart]:
    """A ring where a picture excites most."""
    rows = []
    for number, each in enumerate(shown):
        if each.at is not None:
            left, top = _corner(number, columns)
            rows.append({"x": left + each.at[1], "y": top + each.at[0]})
    if not rows:
        return []
    rings = alt.Chart(pd.DataFrame(rows)).mark_point(size=260, strokeWidth=2, filled=False, opacity=1)
    return [rings.encode(x=_hidden("x:Q", x, alt.X), y=_hidden("y:Q", y, alt.Y), color=GREEN)]


def _hidden(field: str, scale: alt.Scale, channel: Any) -> Any:
    return channel(field, scale=scale, axis=None)


def channels(table: pd.DataFrame, column: str, title: str, height: int = 240) -> Chart:
    """Every channel by a share, one line of dots per layer, silent ones red. table: layer, name, channel, and `column`
    with shares."""
    shown = table.dropna(subset=[column]).assign(share=table[column])
    is_silent = shown["share"] == 0 if column == "fires" else shown["share"] >= 0.5
    shown["verdict"] = np.where(is_silent, "bad", "good")
    order = list(dict.fromkeys(shown["name"]))
    base = alt.Chart(shown)
    x = alt.X("share:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=below(title, format="%", tickCount=5))
    y = alt.Y("name:N", sort=order, axis=alt.Axis(title=None, domain=False, ticks=False))
    tips = [alt.Tooltip("name:N", title="layer"), alt.Tooltip("channel:Q"), alt.Tooltip("share:Q", format=".1%")]
    layers = []
    for verdict, colour in (("good", GREEN), ("bad", RED)):
        dots = base.transform_filter(f"datum.verdict == '{verdict}'").mark_tick(thickness=2, opacity=0.8)
        layers.append(dots.encode(x=x, y=y, color=colour, tooltip=tips))
    return layered(*layers, height=max(90, min(height, 60 + 40 * len(order))))


def telling(table: pd.DataFrame, height: int = 220) -> Chart:
    """What channels tell of the target by layer: the median as a line, the best channel above it. table: layer, name,
    told, best."""
    order = list(table["name"])
    base = alt.Chart(table)
    x = alt.X("name:N", sort=order, axis=alt.Axis(title=None, labelAngle=0, ticks=False))
    y_axis = above("told of the target", format="%", tickCount=5)
    y = alt.Y("told:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=y_axis)
    tips = [
        alt.Tooltip("name:N", title="layer"),
        alt.Tooltip("told:Q", title="median channel", format=".0%"),
        alt.Tooltip("best:Q", title="best channel", format=".0%"),
        alt.Tooltip("channels:Q"),
    ]
    spans = base.mark_rule(strokeWidth=2, opacity=0.35).encode(x=x, y=y, y2=alt.Y2("best:Q"), color=GREEN, tooltip=tips)
    line = base.mark_line(strokeWidth=2).encode(x=x, y=y, color=GREEN)
    dots = base.mark_circle(size=60, opacity=1).encode(x=x, y=y, color=GREEN, tooltip=tips)
    return layered(spans, line, dots, height=height)
