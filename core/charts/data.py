"""Pictures of a table before anything is learned: a small one for its card, a large one by its strongest columns, its
classes or its target, and rows that are images."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from core.charts.names import safe_name
from core.charts.pieces import GRAY, above, below, layered

COLOURED = 4
"""Classes told apart by colour and shape; from the fifth on colours are no longer safe, so the rest is gray."""
SHAPES = ["circle", "square", "triangle-up", "diamond", "cross"]
OTHERS = "other classes"
PAPER, INK = 0.04, 1.0


def points(table: pd.DataFrame, names: tuple[str, str], is_classes: bool, height: int = 320) -> Any:
    """Rows by two columns. table: x, y, label (a class, or a value)."""
    x = alt.X("x:Q", scale=alt.Scale(zero=False, nice=True), axis=below(safe_name(names[0]), tickCount=6))
    y = alt.Y("y:Q", scale=alt.Scale(zero=False, nice=True), axis=above(safe_name(names[1]), tickCount=6))
    base = alt.Chart(_grouped(table) if is_classes else table)
    size = 42 if len(table) < 700 else 22
    tips = [
        alt.Tooltip("x:Q", title=safe_name(names[0]), format=".3~g"),
        alt.Tooltip("y:Q", title=safe_name(names[1]), format=".3~g"),
        alt.Tooltip("label:N" if is_classes else "label:Q", title="target"),
    ]
    marks = base.mark_point(filled=True, size=size, opacity=0.8).encode(x=x, y=y, tooltip=tips)
    return _coloured(marks, table, is_classes, legend=True).properties(height=height)


def tile(table: pd.DataFrame, is_classes: bool, height: int = 110) -> Any:
    """The same as a thumbnail without axes."""
    hidden = alt.Axis(labels=False, ticks=False, grid=False, domain=False, title=None)
    scale = alt.Scale(zero=False, nice=False, padding=6)
    base = alt.Chart(_grouped(table) if is_classes else table)
    marks = base.mark_point(filled=True, size=9, opacity=0.75)
    marks = marks.encode(x=alt.X("x:Q", scale=scale, axis=hidden), y=alt.Y("y:Q", scale=scale, axis=hidden))
    return _coloured(marks, table, is_classes, legend=False).properties(height=height)


def images(pixels: np.ndarray, labels: Sequence[object], height: int = 110, columns: int = 5) -> Any:
    """Rows that are square images, the first of each kind given. pixels: [images, side, side]."""
    count, side = len(pixels), pixels.shape[1]
    gap = side + 1
    lines = -(-count // columns)
    low, high = float(pixels.min()), float(pixels.max())
    rows = [
        (
            c + gap * (n % columns),
            r + gap * (n // columns),
            (pixels[n, r, c] - low) / max(high - low, 1e-9),
            str(labels[n]),
        )
        for n in range(count)
        for r in range(side)
        for c in range(side)
        if pixels[n, r, c] > low
    ]
    table = pd.DataFrame(rows, columns=["x", "y", "ink", "label"])
    hidden = alt.Axis(labels=False, ticks=False, grid=False, domain=False, title=None)
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, gap * columns - 1], nice=False), axis=hidden)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[gap * lines - 1, 0], nice=False), axis=hidden)
    table = table.assign(right=table["x"] + 1, bottom=table["y"] + 1)
    colour = alt.Color("ink:Q", scale=alt.Scale(domain=[0, 1], range="ramp", interpolate="lab"), legend=None)
    return (
        alt.Chart(table)
        .mark_rect()
        .encode(x=x, x2=alt.X2("right:Q"), y=y, y2=alt.Y2("bottom:Q"), color=colour)
        .properties(height=height)
    )


def classes(table: pd.DataFrame, most: int = 12, height: int = 320) -> Any:
    """Rows of each class. table: label, rows, share, largest first."""
    shown = table.head(most).assign(label=[safe_name(label) for label in table["label"].head(most)])
    shown["words"] = [f"{rows:,}  ·  {share:.0%}" for rows, share in zip(shown["rows"], shown["share"], strict=True)]
    y = alt.Y("label:N", sort=None, axis=alt.Axis(title=None, domain=False, ticks=False, labelLimit=140))
    x = alt.X("rows:Q", axis=below("rows", tickCount=4), scale=alt.Scale(domain=[0, float(shown["rows"].max()) * 1.35]))
    base = alt.Chart(shown)
    bars = base.mark_bar(height={"band": 0.62}, cornerRadiusEnd=2).encode(x=x, y=y)
    texts = base.mark_text(align="left", dx=6, fontSize=12).encode(x=x, y=y, text=alt.Text("words:N"), color=GRAY)
    return layered(bars, texts, height=height)


def values(table: pd.DataFrame, name: str, height: int = 320, bins: int = 24) -> Any:
    """How the target of a regression is spread. table: value."""
    counts, edges = np.histogram(table["value"], bins=bins) if len(table) else (np.array([]), np.array([0.0, 1.0]))
    drawn = pd.DataFrame(
        {"low": edges[:-1][: len(counts)], "high": edges[1:][: len(counts)], "rows": counts, "from": 0}
    )
    x = alt.X(
        "low:Q",
        scale=alt.Scale(domain=[float(edges[0]), float(edges[-1])], nice=False),
        axis=below(safe_name(name), tickCount=6),
    )
    y = alt.Y("rows:Q", axis=above("rows", tickCount=4))
    tips = [
        alt.Tooltip("low:Q", title="from", format=".4~g"),
        alt.Tooltip("high:Q", title="to", format=".4~g"),
        alt.Tooltip("rows:Q"),
    ]
    bars = (
        alt.Chart(drawn).mark_rect(stroke=None).encode(x=x, x2=alt.X2("high:Q"), y=y, y2=alt.Y2("from:Q"), tooltip=tips)
    )
    return bars.properties(height=height)


def _grouped(table: pd.DataFrame) -> pd.DataFrame:
    """Labels that a chart can show; beyond COLOURED classes the rarer ones are one group."""
    order = list(dict.fromkeys(table["label"].value_counts().index)) if len(table) else []
    kept = order if len(order) <= COLOURED + 1 else order[:COLOURED]
    names = {label: safe_name(label) for label in kept}
    return table.assign(label=[names.get(label, OTHERS) for label in table["label"]])


def _coloured(marks: alt.Chart, table: pd.DataFrame, is_classes: bool, legend: bool) -> alt.Chart:
    key = alt.Legend(title=None, orient="top", symbolOpacity=1) if legend else None
    if not is_classes:
        ramp = alt.Scale(range="ramp", interpolate="lab", zero=False)
        return marks.encode(color=alt.Color("label:Q", scale=ramp, legend=alt.Legend(title=None) if legend else None))
    named = sorted(set(_grouped(table)["label"]) - {OTHERS})
    domain = [*named, OTHERS] if OTHERS in set(_grouped(table)["label"]) else named
    return marks.encode(
        color=alt.Color("label:N", scale=alt.Scale(domain=domain, range="category"), legend=key),
        shape=alt.Shape("label:N", scale=alt.Scale(domain=domain, range=SHAPES), legend=key),
    )
