"""The loss around a network's weights: a slice as a map with the ways that trainings took, the loss along a straight
line between two networks, and the sharpest curvature through training."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from core.charts import pieces
from core.charts.axes import epoch_x
from core.charts.names import safe_names
from core.charts.pictures import values_png
from core.charts.pieces import Chart

BANDS = 22
"""Steps of the map's shade, so that its edges read as lines of equal loss."""
FINER = 6


def banded(loss: np.ndarray) -> np.ndarray:
    """uint8 [rows · FINER, columns · FINER], top row first: the logarithm of the loss in BANDS steps, lowest 0. Cells
    without a number are as high as the highest."""
    safe = np.where(np.isfinite(loss), loss, np.nanmax(np.where(np.isfinite(loss), loss, np.nan)))
    height = np.log(np.maximum(safe - safe.min(), 0) + 0.02 * max(float(np.median(safe) - safe.min()), 1e-9))
    fine = _stretched(_stretched(height, 0), 1)
    low, high = float(fine.min()), float(fine.max())
    step = np.floor((fine - low) / max(high - low, 1e-12) * BANDS).clip(0, BANDS - 1) / (BANDS - 1)
    return np.rint(step[::-1] * 255).astype(np.uint8)


def slices(
    loss: np.ndarray,
    a: Sequence[float],
    b: Sequence[float],
    paths: pd.DataFrame,
    names: Sequence[str],
    directions: tuple[str, str],
    mode: str,
    height: int = 460,
) -> Chart:
    """loss: [len(b), len(a)]; paths: a, b, epoch, run (place in names), loss where it is known."""
    picture = banded(loss)
    url = values_png(picture.tobytes(), bytes(picture.size), picture.shape[1], mode)
    half_a, half_b = (a[1] - a[0]) / 2, (b[1] - b[0]) / 2
    frame = [a[0] - half_a, a[-1] + half_a, b[0] - half_b, b[-1] + half_b]
    x_scale, y_scale = alt.Scale(domain=frame[:2], nice=False), alt.Scale(domain=frame[2:], nice=False)
    x = alt.X("a:Q", scale=x_scale, axis=pieces.below(directions[0], tickCount=5))
    y = alt.Y("b:Q", scale=y_scale, axis=pieces.above(directions[1], tickCount=5, grid=False))
    table = pd.DataFrame({"url": [url], "a": frame[0], "a2": frame[1], "b": frame[2], "b2": frame[3]})
    image = (
        alt.Chart(table)
        .mark_image(aspect=False, clip=True)
        .encode(x=x, x2=alt.X2("a2:Q"), y=y, y2=alt.Y2("b2:Q"), url=alt.Url("url:N"))
    )
    called = safe_names(names, 26)
    drawn = paths.assign(name=[called[int(run)] for run in paths["run"]])
    several = len(called) > 1
    colour = (
        alt.Color(
            "name:N", scale=alt.Scale(domain=called, range="category"), legend=alt.Legend(title=None, orient="top")
        )
        if several
        else alt.ColorValue("blue")
    )
    tips = [alt.Tooltip("name:N"), alt.Tooltip("epoch:Q", format=",d")]
    base = alt.Chart(drawn)
    ends = base.transform_filter("datum.is_end")
    return pieces.layered(
        image,
        base.mark_line(strokeWidth=2.4, clip=True).encode(
            x=x, y=y, order=alt.Order("epoch:Q"), detail=alt.Detail("name:N"), color=colour
        ),
        base.mark_point(filled=True, size=22, opacity=1, clip=True).encode(x=x, y=y, color=colour, tooltip=tips),
        ends.mark_point(shape="diamond", filled=True, size=130, opacity=1).encode(x=x, y=y, color=colour, tooltip=tips),
        pieces.words(drawn[drawn["is_end"]].assign(words="end"), dx=9, align="left").encode(x=x, y=y),
        pieces.words(drawn[drawn["is_start"]].assign(words="start"), dx=9, align="left").encode(x=x, y=y),
        height=height,
    )


def between(table: pd.DataFrame, names: tuple[str, str], height: int = 300) -> Chart:
    """The loss along the straight line from one network (0) to another (1). table: at, split, loss."""
    called = safe_names(names, 22)
    x_axis = pieces.below("share of the way", values=[0, 0.25, 0.5, 0.75, 1], format="~g")
    x = alt.X("at:Q", scale=alt.Scale(domain=[-0.25, 1.25], nice=False), axis=x_axis)
    y = alt.Y("loss:Q", scale=alt.Scale(zero=True), axis=pieces.above("loss", tickCount=5))
    scale = alt.Scale(domain=["train", "validation"], range=["blue", "orange"])
    colour = alt.Color("split:N", scale=scale, legend=alt.Legend(title=None, orient="top"))
    ends = pd.DataFrame({"at": [0.0, 1.0], "words": called})
    rule = alt.Chart(ends).mark_rule(strokeDash=[3, 3], strokeWidth=1).encode(x=x, color=pieces.GRAY)
    note = pieces.words(ends, baseline="top", dy=4).encode(x=x, y=alt.YValue(0), color=pieces.GRAY)
    tips = [alt.Tooltip("split:N"), alt.Tooltip("at:Q", format=".2f"), alt.Tooltip("loss:Q", format=".4~g")]
    lines = alt.Chart(table).mark_line(strokeWidth=pieces.LINE).encode(x=x, y=y, color=colour, tooltip=tips)
    return pieces.layered(rule, lines, note, height=height)


def sharp(table: pd.DataFrame, limit: float | None, planned: int, height: int = 300) -> Chart:
    """The largest eigenvalue through training. table: epoch, value; limit: 2 ÷ learning rate, above which plain
    gradient descent cannot settle; None where that says nothing."""
    x = epoch_x(planned)
    y = alt.Y("value:Q", scale=alt.Scale(zero=True), axis=pieces.above("largest eigenvalue", tickCount=5, format="~s"))
    tips = [alt.Tooltip("epoch:Q", format=",d"), alt.Tooltip("value:Q", format=".3~g")]
    base = alt.Chart(table.dropna())
    marks = [
        base.mark_line(strokeWidth=pieces.LINE).encode(x=x, y=y, color=alt.ColorValue("blue")),
        base.mark_point(filled=True, size=46, opacity=1).encode(x=x, y=y, color=alt.ColorValue("blue"), tooltip=tips),
    ]
    if limit is not None:
        rule = pd.DataFrame({"value": [limit], "words": ["2 ÷ learning rate"]})
        marks.append(alt.Chart(rule).mark_rule(strokeDash=[3, 3]).encode(y=y, color=pieces.GRAY))
        text = pieces.words(rule, align="right", baseline="bottom", dx=-4, dy=-3)
        marks.append(text.encode(x=pieces.RIGHT_EDGE, y=y, color=pieces.GRAY))
    return pieces.layered(*marks, height=height)


def _stretched(values: np.ndarray, axis: int) -> np.ndarray:
    """FINER times as many points along an axis, between which it runs straight."""
    count = values.shape[axis]
    at = np.linspace(0, count - 1, count * FINER)
    low = np.minimum(at.astype(int), count - 2)
    share = (at - low).reshape([-1 if k == axis else 1 for k in range(2)])
    return values.take(low, axis) * (1 - share) + values.take(low + 1, axis) * share
