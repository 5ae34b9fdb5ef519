"""What a network answers where: the decision surface over a plane, a surface of values, or curves over one input; the
rows on top, wrong ones crossed out, an epoch slider below that the browser moves alone."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from core.charts import pieces
from core.charts.names import safe_name, safe_names
from core.charts.pieces import Chart

SYMBOLS = [*pieces.SHAPES, "cross", "triangle-down", "triangle-right", "triangle-left"]


def surface(
    frames: pd.DataFrame,
    points: pd.DataFrame,
    wrong: pd.DataFrame,
    plane: dict[str, Any],
    classes: Sequence[str],
    target: str,
    planned: int,
    height: int = 560,
) -> Chart:
    """frames: epoch, url (pictures that fill the plane); points: x, y, target, split, row; wrong: epoch, x, y, told;
    plane: names, low, high, values. classes: empty for a regression."""
    x, y = _axes(plane)
    image = _image(frames, plane, x, y)
    dots = _classes(points, classes, x, y) if classes else _values(points, plane, target, x, y)
    marks = [image, *dots, *_wrong(wrong, frames, x, y), pieces.epochs_seen(frames, 8, 8)]
    return pieces.layered(*marks, height=height, slider_to=planned)


def curves(
    table: pd.DataFrame,
    points: pd.DataFrame,
    plane: dict[str, Any],
    classes: Sequence[str],
    target: str,
    planned: int,
    height: int = 440,
) -> Chart:
    """One input: table: epoch, x, value, name (of the class, or of the target); points as above."""
    x_axis = pieces.below(safe_name(plane["names"][0]), tickCount=6)
    x = alt.X("x:Q", scale=alt.Scale(domain=[plane["low"][0], plane["high"][0]], nice=False), axis=x_axis)
    low, high = (0.0, 1.0) if classes else plane["values"]
    pad = 0.12 * (high - low or 1)
    title = "probability" if classes else safe_name(target)
    scale = alt.Scale(domain=[low - pad, high + pad], nice=False)
    y = alt.Y("value:Q", scale=scale, axis=pieces.above(title, tickCount=5))
    names = safe_names(classes) if classes else ["network"]
    table = pieces.held(table)
    tips = [alt.Tooltip("x:Q", format=".3~g"), alt.Tooltip("value:Q", format=".3~g")]
    line = alt.Chart(table).transform_filter(pieces.at_slider()).mark_line(strokeWidth=pieces.LINE, clip=True)
    colour = (
        alt.Color(
            "name:N", scale=alt.Scale(domain=names, range="category"), legend=alt.Legend(title=None, orient="top")
        )
        if classes
        else alt.ColorValue("primary")
    )
    drawn = points.assign(value=_strip(points["target"], len(classes)) if classes else points["target"])
    dots = drawn.assign(name=[names[int(t)] for t in drawn["target"]] if classes else "rows")
    rows = alt.Chart(dots).mark_point(filled=True, size=26, opacity=0.6)
    tint: Any = colour if classes else _split_colour()
    tip = [
        alt.Tooltip("split:N"),
        alt.Tooltip("row:Q", title="row", format=",d"),
        alt.Tooltip("target:Q", format=".3~g"),
    ]
    return pieces.layered(
        rows.encode(x=x, y=y, color=tint, tooltip=tip),
        line.encode(x=x, y=y, color=colour, detail=alt.Detail("name:N"), tooltip=tips),
        pieces.epochs_seen(table, 8, 8),
        height=height,
        slider_to=planned,
    )


def _strip(targets: pd.Series, classes: int) -> np.ndarray:
    """Rows of the last class stand at 1, all others at 0, a little apart so that they do not hide one another."""
    shake = (np.arange(len(targets)) * 0.618) % 1 * 0.06
    top = (targets.to_numpy() == classes - 1).astype(float)
    return np.where(top == 1, 1.02 + shake, -0.02 - shake)


def _axes(plane: dict[str, Any]) -> tuple[alt.X, alt.Y]:
    names, low, high = safe_names(plane["names"]), plane["low"], plane["high"]
    across = pieces.below(names[0], tickCount=5, format=".4~g")
    up = pieces.above(names[1], tickCount=5, format=".4~g", grid=False)
    return (
        alt.X("x:Q", scale=alt.Scale(domain=[low[0], high[0]], nice=False), axis=across),
        alt.Y("y:Q", scale=alt.Scale(domain=[low[1], high[1]], nice=False), axis=up),
    )


def _image(frames: pd.DataFrame, plane: dict[str, Any], x: alt.X, y: alt.Y) -> alt.Chart:
    low, high = plane["low"], plane["high"]
    table = pieces.held(frames.assign(x=low[0], x2=high[0], y=low[1], y2=high[1]))
    base = alt.Chart(table).transform_filter(pieces.at_slider()).mark_image(aspect=False, clip=True)
    return base.encode(x=x, x2=alt.X2("x2:Q"), y=y, y2=alt.Y2("y2:Q"), url=alt.Url("url:N"))


def _classes(points: pd.DataFrame, classes: Sequence[str], x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Up to eight classes by colour and shape; more as their own names."""
    names = safe_names(classes, 24)
    table = points.dropna(subset=["x", "y"]).assign(name=[names[int(code)] for code in points.dropna()["target"]])
    key = alt.Legend(title=None, orient="top", symbolOpacity=1, symbolStrokeWidth=2)
    many = len(names) > len(SYMBOLS)
    colour = alt.Color("name:N", scale=alt.Scale(domain=names, range="category"), legend=None if many else key)
    tips = [
        alt.Tooltip("name:N", title="class"),
        alt.Tooltip("split:N", title="split"),
        alt.Tooltip("row:Q", title="row", format=",d"),
    ]
    if many:
        short = table.assign(words=table["name"].str.slice(0, 3))
        text = pieces.words(short, fontSize=11, fontWeight="bold", clip=True)
        return [text.encode(x=x, y=y, color=colour, tooltip=tips)]
    shape = alt.Shape("name:N", scale=alt.Scale(domain=names, range=SYMBOLS[: len(names)]), legend=key)
    size = 44 if len(table) < 250 else 30
    train = alt.Chart(table[table["split"] == "train"]).mark_point(filled=True, size=size, opacity=0.9, clip=True)
    other = alt.Chart(table[table["split"] != "train"]).mark_point(filled=False, size=size + 6, clip=True)
    return [mark.encode(x=x, y=y, color=colour, shape=shape, tooltip=tips) for mark in (train, other)]


def _values(points: pd.DataFrame, plane: dict[str, Any], target: str, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Rows on the surface's own ramp, with a thin edge: where one vanishes in its ground the network is right."""
    low, high = plane["values"]
    scale = alt.Scale(domain=[low, high], range="ramp", interpolate="lab", clamp=True)
    key = alt.Legend(title=safe_name(target), orient="top", gradientLength=180, titleOrient="left")
    colour = alt.Color("target:Q", scale=scale, legend=key)
    tips = [alt.Tooltip("target:Q", title=safe_name(target), format=".3~g"), alt.Tooltip("split:N", title="split")]
    base = alt.Chart(points.dropna(subset=["x", "y"]))
    edge = base.mark_point(filled=False, size=44, strokeWidth=0.8, opacity=0.8, clip=True).encode(x=x, y=y)
    return [
        base.mark_point(filled=True, size=40, opacity=1, clip=True).encode(x=x, y=y, color=colour, tooltip=tips),
        edge,
    ]


def _wrong(wrong: pd.DataFrame, frames: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    table = pieces.held(wrong, frames["epoch"].tolist()).dropna()
    base = (
        alt.Chart(table)
        .transform_filter(pieces.at_slider())
        .mark_point(shape="M-1,-1L1,1M-1,1L1,-1", size=70, strokeWidth=2.2, filled=False, clip=True)
    )
    return [base.encode(x=x, y=y, color=pieces.RED, tooltip=[alt.Tooltip("told:N", title="wrong: it says")])]


def _class_colour(names: Sequence[str]) -> alt.Color:
    scale = alt.Scale(domain=list(names), range="category")
    return alt.Color("name:N", scale=scale, legend=alt.Legend(title=None, orient="top"))


def _split_colour() -> alt.Color:
    scale = alt.Scale(domain=["train", "validation"], range=["blue", "orange"])
    return alt.Color("split:N", scale=scale, legend=alt.Legend(title=None, orient="top"))
