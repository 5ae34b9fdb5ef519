"""Rows between the classes, epoch by epoch: the triangle of three classes, the line of two, the top two of more."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from core.charts import pieces
from core.charts.names import safe_names
from core.charts.pieces import MOST_COLOURS, SHAPES, Chart

HALF_ROOT_3 = float(np.sqrt(3) / 2)
ABOVE, UNDER = 24, 36
"""Pixels within the plot for the corners' names: what lies outside is cut where the height decides the size."""


def simplex(table: pd.DataFrame, names: Sequence[str], planned: int, height: int = 420) -> Chart:
    """Three classes: every row between the corners, one corner a class. table: epoch, row, true, answer, p0, p1,
    p2."""
    table = pieces.held(table)
    words = safe_names(names, 18)
    table = table.assign(
        x=table["p1"] + table["p2"] / 2,
        y=HALF_ROOT_3 * table["p2"],
        name=[words[number] for number in table["true"]],
        said=[words[number] for number in table["answer"]],
    )
    pixels = f"min(width - 20, (height - {ABOVE + UNDER}) / {HALF_ROOT_3})"
    middle = f"({HALF_ROOT_3 / 2} + {(ABOVE - UNDER) / 2} / {pixels})"
    x_scale = alt.Scale(**_around("0.5", f"width / {pixels} / 2"), nice=False, zero=False)
    y_scale = alt.Scale(**_around(middle, f"height / {pixels} / 2"), nice=False, zero=False)
    x, y = alt.X("x:Q", scale=x_scale, axis=None), alt.Y("y:Q", scale=y_scale, axis=None)
    tips = [*_tips(), *(alt.Tooltip(f"p{n}:Q", title=f"probability of class {n + 1}", format=".1%") for n in range(3))]
    colour, shape = _of_class()
    points = alt.Chart(table).transform_filter(pieces.at_slider()).mark_point(filled=True, size=62, opacity=0.85)
    corners = pd.DataFrame({"x": [0.0, 1.0, 0.5], "y": [0.0, 0.0, HALF_ROOT_3], "true": [0, 1, 2], "name": words})
    layers = [
        *_simplex_lines(x, y),
        points.encode(x=x, y=y, color=colour, shape=shape, tooltip=tips),
        *_corner_names(corners, x, y, colour, shape),
        pieces.epochs_seen(table, 0, 0),
    ]
    return pieces.layered(*layers, height=height, slider_to=planned)


def _around(middle: str, reach: str) -> dict[str, Any]:
    """A domain whose unit has as many pixels across as upwards, at any size of the chart."""
    return {"domainMin": alt.ExprRef(f"{middle} - {reach}"), "domainMax": alt.ExprRef(f"{middle} + {reach}")}


def _simplex_lines(x: alt.X, y: alt.Y) -> list[alt.Chart]:
    outline = pd.DataFrame({"x": [0, 1, 0.5, 0], "y": [0, 0, HALF_ROOT_3, 0], "order": range(4)})
    middle = (0.5, HALF_ROOT_3 / 3)
    ends = [(0.5, 0.0), (0.25, HALF_ROOT_3 / 2), (0.75, HALF_ROOT_3 / 2)]
    borders = pd.DataFrame(
        [(n, *point) for n, end in enumerate(ends) for point in (middle, end)], columns=["line", "x", "y"]
    )
    return [
        alt.Chart(outline).mark_line(strokeWidth=1.2).encode(x=x, y=y, order=alt.Order("order:Q"), color=pieces.GRAY),
        alt.Chart(borders)
        .mark_line(strokeWidth=1, strokeDash=[3, 3])
        .encode(x=x, y=y, detail=alt.Detail("line:N"), color=pieces.GRAY),
    ]


def _corner_names(corners: pd.DataFrame, x: alt.X, y: alt.Y, colour: alt.Color, shape: alt.Shape) -> list[alt.Chart]:
    """Each name with its class's mark before it; the lower ones reach inwards."""
    base, letters = alt.Chart(corners), "6.1 * length(datum.name)"
    places: list[tuple[dict[str, Any], str]] = [
        ({"align": "left", "dx": 8, "dy": 20}, "0"),
        ({"align": "right", "dx": 6, "dy": 20}, f"-({letters} + 4)"),
        ({"align": "center", "dy": -16}, f"-({letters} / 2 + 9)"),
    ]
    layers = []
    for corner, (place, before) in enumerate(places):
        at = base.transform_filter(f"datum.true == {corner}")
        text = at.mark_text(**place, baseline="middle", fontSize=13, fontWeight="bold")
        mark = at.mark_point(filled=True, size=36, xOffset=alt.expr(before), yOffset=place["dy"], opacity=1)
        layers += [
            text.encode(x=x, y=y, text=alt.Text("name:N")),
            mark.encode(x=x, y=y, color=colour, shape=shape),
        ]
    return layers


def line(table: pd.DataFrame, names: Sequence[str], planned: int, height: int = 300) -> Chart:
    """Two classes: every row by the probability of the second, a lane for each true class. table: epoch, row, true,
    answer, p0, p1. Heights within a lane mean nothing, they keep the points apart."""
    words = safe_names(names, 18)
    table = pieces.held(table)
    spread = (table["row"].astype(float) * 0.6180339887) % 1
    table = table.assign(y=table["true"] + 0.12 + 0.76 * spread, name=[words[n] for n in table["true"]])
    table["said"] = [words[number] for number in table["answer"]]
    scale, y_scale = alt.Scale(domain=[-0.02, 1.02], nice=False), alt.Scale(domain=[0, 2.5], nice=False)
    ends = pieces.below("probability of the second class", format="%", values=[0, 0.25, 0.5, 0.75, 1])
    x, y = alt.X("p1:Q", scale=scale, axis=ends), alt.Y("y:Q", scale=y_scale, axis=None)
    tips = [*_tips(), alt.Tooltip("p1:Q", title="probability of the second class", format=".1%")]
    colour, shape = _of_class()
    points = alt.Chart(table).transform_filter(pieces.at_slider()).mark_point(filled=True, size=62, opacity=0.8)
    lanes = pd.DataFrame({"y": [0.5, 1.5], "true": [0, 1], "name": words[:2]})
    answers = pd.DataFrame({"p1": [0.25, 0.75], "y": 2.12, "name": [f"answer: {word}" for word in words[:2]]})
    border = alt.Chart(pd.DataFrame({"p1": [0.5]})).mark_rule(strokeDash=[3, 3])
    name = alt.Chart(lanes)
    mark = name.mark_point(filled=True, size=70, xOffset=-14, opacity=1)
    layers = [
        points.encode(x=x, y=y, color=colour, shape=shape, tooltip=tips),
        border.encode(x=x, color=pieces.GRAY),
        name.mark_text(align="right", dx=-24, fontSize=pieces.NOTE).encode(
            x=alt.XValue(0), y=y, text=alt.Text("name:N")
        ),
        mark.encode(x=alt.XValue(0), y=y, color=colour, shape=shape),
        pieces.epochs_seen(table, 0, 0),
        alt.Chart(answers).mark_text(fontSize=pieces.NOTE).encode(x=x, y=y, text=alt.Text("name:N"), color=pieces.GRAY),
    ]
    return pieces.layered(*layers, height=height, slider_to=planned)


def top_two(table: pd.DataFrame, names: Sequence[str], classes: int, planned: int, height: int = 340) -> Chart:
    """More than three classes: every row by its two highest probabilities; right is a green dot, wrong a red cross.
    table: epoch, row, true, answer, first, second. Left at 1 ÷ classes lie guesses, right below certainty, on the
    slope above rows torn between two classes."""
    words = safe_names(names, 18)
    table = pieces.held(table)
    table = table.assign(name=[words[n] for n in table["true"]], said=[words[n] for n in table["answer"]])
    table["right"] = table["true"] == table["answer"]
    least = 1 / classes
    scale = alt.Scale(domain=[0, 1.02], nice=False)
    y_scale = alt.Scale(domain=[-0.02, 0.56], nice=False)
    shares = {"format": "%", "values": [0, 0.25, 0.5, 0.75, 1]}
    x = alt.X("first:Q", scale=scale, axis=pieces.below("highest probability", **shares))
    y = alt.Y("second:Q", scale=y_scale, axis=pieces.above("second highest", **shares))
    tips = [
        *_tips(),
        alt.Tooltip("first:Q", title="highest probability", format=".1%"),
        alt.Tooltip("second:Q", title="second highest", format=".1%"),
    ]
    frame = pd.DataFrame({"first": [least, 0.5, 1.0], "second": [least, 0.5, 0.0], "order": range(3)})
    notes = pd.DataFrame(
        {"first": [least, 0.5, 1.0], "second": [least, 0.5, 0.0], "words": ["guess", "torn between two", "sure"]}
    )
    shown = alt.Chart(table).transform_filter(pieces.at_slider())
    right = shown.transform_filter("datum.right").mark_point(filled=True, size=46, opacity=0.6)
    wrong = shown.transform_filter("!datum.right").mark_point(
        shape="cross", filled=True, size=70, opacity=0.9, angle=45
    )
    beside = pieces.words(notes[:1], align="right", baseline="middle", dx=-6)
    over = pieces.words(notes[1:], align="left", baseline="bottom", dx=4, dy=-6)
    layers = [
        right.encode(x=x, y=y, color=pieces.GREEN, tooltip=tips),
        wrong.encode(x=x, y=y, color=pieces.RED, tooltip=tips),
        alt.Chart(frame)
        .mark_line(strokeWidth=1, strokeDash=[3, 3])
        .encode(x=x, y=y, order=alt.Order("order:Q"), color=pieces.GRAY),
        *(text.encode(x=x, y=y, color=pieces.GRAY) for text in (beside, over)),
        pieces.epochs_seen(table, 4, 2),
    ]
    return pieces.layered(*layers, height=height, slider_to=planned)


def _tips() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("row:Q", format=",d"),
        alt.Tooltip("name:N", title="true class"),
        alt.Tooltip("said:N", title="answer"),
        alt.Tooltip("epoch:Q", format=",d"),
    ]


def _of_class() -> tuple[alt.Color, alt.Shape]:
    numbers = list(range(MOST_COLOURS))
    colour = alt.Color("true:N", scale=alt.Scale(domain=numbers, range="category"), legend=None)
    return colour, alt.Shape("true:N", scale=alt.Scale(domain=numbers, range=SHAPES), legend=None)
