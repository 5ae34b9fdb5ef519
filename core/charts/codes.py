"""Rows given back beside the originals, the bottleneck as a map, errors by row."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from core.charts import pieces
from core.charts.axes import Chart
from core.charts.names import safe_names
from core.charts.pictures import values_png

SYMBOLS = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-left", "triangle-right"]
BINS = 30
EDGES = (0.5, 99.5)
"""Percentiles between which a map reaches (our choice)."""


def pictures(
    given: np.ndarray, back: np.ndarray, epochs: Sequence[int], rows: Sequence[int], planned: int, mode: str
) -> Chart:
    """Pictures above, what is given back below, at the epoch of the slider. given: [n, side, side]; back: [E, n, side,
    side]; one scale of grey for all."""
    low, high = (float(edge) for edge in np.percentile(given, (1, 99)))
    above = pd.DataFrame({"place": range(len(given)), "url": [_url(each, low, high, mode) for each in given]})
    below = pd.DataFrame(
        [
            {"epoch": epoch, "place": place, "row": rows[place], "url": _url(each, low, high, mode)}
            for epoch, pictured in zip(epochs, back, strict=True)
            for place, each in enumerate(pictured)
        ]
    )
    x = alt.X("left:Q", scale=alt.Scale(domain=[0, len(given)], nice=False), axis=None)

    def drawn(table: pd.DataFrame, top: float) -> alt.Chart:
        table = table.assign(left=table["place"] + 0.04, right=table["place"] + 0.96, low=top, high=top + 0.94)
        y = alt.Y("low:Q", scale=alt.Scale(domain=[0, 2], nice=False, reverse=True), axis=None)
        return (
            alt.Chart(table)
            .mark_image(aspect=False)
            .encode(x=x, x2=alt.X2("right:Q"), y=y, y2=alt.Y2("high:Q"), url=alt.Url("url:N"))
        )

    return pieces.layered(
        drawn(above, 0.0),
        drawn(pieces.held(below), 1.04).transform_filter(pieces.at_slider()),
        pieces.epochs_seen(below, 4, alt.expr("height - 4")),
        height=230,
        slider_to=planned,
    )


def columns(table: pd.DataFrame, planned: int, height: int = 320) -> Chart:
    """Column by column: what entered (gray line) and what is given back (ink dot) for every kept row. table: epoch,
    row, column, given, back."""
    names = list(dict.fromkeys(table["column"]))
    titles = dict(zip(names, safe_names(names, 18), strict=True))
    table = pieces.held(table.assign(name=table["column"].map(titles)))
    x = alt.X(
        "name:N", sort=list(titles.values()), axis=alt.Axis(title=None, labelAngle=-40, ticks=False, labelOverlap=False)
    )
    y = alt.Y("given:Q", axis=pieces.above("prepared value", tickCount=5), scale=alt.Scale(zero=False))
    base = alt.Chart(table).transform_filter(pieces.at_slider())
    tips = [
        alt.Tooltip("row:Q", format=",d"),
        alt.Tooltip("given:Q", format=".2f"),
        alt.Tooltip("back:Q", format=".2f", title="given back"),
    ]
    return pieces.layered(
        base.mark_rule(opacity=0.35).encode(x=x, y=y, y2=alt.Y2("back:Q"), color=pieces.GRAY),
        base.mark_tick(thickness=2, size=14).encode(x=x, y=y, color=pieces.GRAY, tooltip=tips),
        base.mark_circle(size=36, opacity=0.9).encode(x=x, y=alt.Y("back:Q"), tooltip=tips),
        pieces.epochs_seen(table, 8, 4),
        height=height,
        slider_to=planned,
    )


def code_map(table: pd.DataFrame, classes: Sequence[str], width: int, planned: int, height: int = 380) -> Chart:
    """The bottleneck as a map, coloured by a label that the network never saw. table: epoch, x, y, row, name, error.
    width: numbers of the bottleneck."""
    names = safe_names(classes, 24) or ["rows"]
    table = pieces.held(table.assign(name=table["name"].map(dict(zip(classes, names, strict=True))).fillna("rows")))
    across, up = ("number 1", "number 2") if width == 2 else ("widest direction", "second widest")
    up = "class" if width == 1 else up
    ticks: dict[str, Any] = {"labels": False} if width == 1 else {"tickCount": 5}
    x = alt.X("x:Q", scale=_reach(table["x"]), axis=pieces.below("the number" if width == 1 else across, tickCount=5))
    y = alt.Y("y:Q", scale=_reach(table["y"]), axis=pieces.above(up, **ticks))
    many, base = len(names) > len(SYMBOLS), alt.Chart(table).transform_filter(pieces.at_slider())
    key = alt.Legend(title=None, orient="top", symbolOpacity=1)
    colour = alt.Color("name:N", scale=alt.Scale(domain=names, range="category"), legend=None if many else key)
    tips = [
        alt.Tooltip("name:N", title="label"),
        alt.Tooltip("row:Q", format=",d"),
        alt.Tooltip("error:Q", format=".2f"),
    ]
    if many:
        text = base.transform_calculate(words="slice(datum.name, 0, 3)").mark_text(fontSize=11, fontWeight="bold")
        marks = text.encode(x=x, y=y, color=colour, text=alt.Text("words:N"), tooltip=tips)
    else:
        shape = alt.Shape("name:N", scale=alt.Scale(domain=names, range=SYMBOLS[: len(names)]), legend=key)
        dots = base.mark_point(filled=True, size=46, opacity=0.85)
        marks = dots.encode(x=x, y=y, color=colour, shape=shape, tooltip=tips)
    return pieces.layered(marks, pieces.epochs_seen(table, 8, 8), height=height, slider_to=planned)


def errors(values: np.ndarray, unusual: float, height: int = 250) -> Chart:
    """How the errors of rows are spread; those above `unusual` in red, the last bar with all beyond. values: one per
    row."""
    finite = values[np.isfinite(values)]
    reach = max(1e-9, min(float(finite.max(initial=0)), 2 * unusual))
    counts, edges = np.histogram(finite.clip(max=reach), BINS, range=(0, reach))
    table = pd.DataFrame({"from": edges[:-1], "to": edges[1:], "rows": counts, "odd": edges[:-1] >= unusual})
    table = table[table["rows"] > 0]
    x = alt.X("from:Q", axis=pieces.below("mean squared error of a row", tickCount=6), scale=alt.Scale(nice=False))
    y = alt.Y("rows:Q", stack=None, axis=pieces.above("rows", tickMinStep=1, tickCount=5, format="d"))
    tips = [alt.Tooltip("from:Q", format=".2f"), alt.Tooltip("to:Q", format=".2f"), alt.Tooltip("rows:Q", format="d")]
    base = alt.Chart(table)
    usual, odd = (base.transform_filter(f"{sign}datum.odd").mark_bar(binSpacing=1) for sign in ("!", ""))
    bars: list[tuple[alt.Chart, dict[str, Any]]] = [(usual, {}), (odd, {"color": pieces.RED})]
    mark = pd.DataFrame({"at": [unusual], "words": ["3 × the usual"]})
    return pieces.layered(
        *(bar.encode(x=x, x2=alt.X2("to:Q"), y=y, y2=alt.Y2Datum(0), tooltip=tips, **colour) for bar, colour in bars),
        alt.Chart(mark).mark_rule(strokeDash=[3, 3]).encode(x=alt.X("at:Q"), color=pieces.GRAY),
        pieces.words(mark, align="left", baseline="top", dx=5).encode(
            x=alt.X("at:Q"), y=alt.YValue(0), color=pieces.GRAY
        ),
        height=height,
    )


def _reach(values: pd.Series) -> alt.Scale:
    """Nearly all values; the few far beyond stand at the edge, or nobody would see the others apart."""
    finite = values[np.isfinite(values)]
    low, high = (float(edge) for edge in np.percentile(finite, EDGES)) if len(finite) else (0.0, 1.0)
    room = 0.08 * (high - low) or 1.0
    return alt.Scale(domain=[low - room, high + room], nice=False, zero=False, clamp=True)


def _url(picture: np.ndarray, low: float, high: float, mode: str) -> str:
    share = np.clip((np.nan_to_num(picture, nan=low) - low) / max(high - low, 1e-12), 0, 1)
    seen = np.rint(share * 253).astype(np.uint8)
    broken = np.where(np.isfinite(picture), 0, 255).astype(np.uint8)
    return values_png(seen.tobytes(), broken.tobytes(), picture.shape[1], mode)
