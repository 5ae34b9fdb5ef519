"""Sizes of numbers: the gradient's length step by step, and how large a layer's numbers are through training."""

import altair as alt
import numpy as np
import pandas as pd

from core.charts.axes import Chart, epoch_x, hover, in_words, power_words
from core.charts.pieces import CANVAS, NOTE, RED, above, below, layered


def steps(table: pd.DataFrame, last_step: int, height: int = 240) -> Chart:
    """Norm of the whole gradient step by step, log axis; ✕ at the first that is not a number. table: step, epoch,
    median, low, high, broken. last_step: the last one planned."""
    shown = table[table["median"] > 0].copy()
    for name in ("median", "low", "high"):
        shown[f"log_{name}"] = np.log10(shown[name].where(shown[name] > 0, shown["median"]))
    scale = alt.Scale(domain=[0, max(1, last_step)], nice=False)
    x = alt.X("step:Q", scale=scale, axis=below("step", format=",d", tickCount=6))
    words = in_words(_half_powers(), "''")
    axis = above("length of the gradient", tickMinStep=0.5, tickCount=5, labelExpr=words)
    tall = alt.Scale(zero=False, nice=True)
    base = alt.Chart(shown)
    tips = [
        alt.Tooltip("step:Q", format=",d"),
        alt.Tooltip("epoch:Q", format=",d"),
        alt.Tooltip("median:Q", title="length (norm)", format=".3~g"),
    ]
    band = base.mark_area(opacity=0.16)
    return layered(
        band.encode(x=x, y=alt.Y("log_low:Q", scale=tall, axis=axis), y2=alt.Y2("log_high:Q")),
        base.mark_line(strokeWidth=1.2).encode(x=x, y=alt.Y("log_median:Q", scale=tall, axis=axis)),
        *_lost(table[table["broken"]], x, last_step),
        hover(base, x, tips),
        height=height,
    )


def _half_powers() -> dict[float, str]:
    """Words for every power of ten and for the half way between two, which is a factor of three."""
    found: dict[float, str] = {}
    for n in range(-12, 39):
        found[n] = power_words(n)
        found[n + 0.5] = f"{3 * 10.0**n:.2g}" if -3 <= n <= 2 else f"3 × {power_words(n)}"
    return found


def _lost(table: pd.DataFrame, x: alt.X, last_step: int) -> list[alt.Chart]:
    """✕ at the first step whose gradient was no number, named on the side that is free."""
    at = int(table["step"].iloc[0]) if len(table) else 0
    is_late = at > 0.5 * last_step
    said = f"not a number at step {at:,}" if len(table) else ""
    lost = pd.DataFrame({"step": [at], "cross": ["✕" if len(table) else ""]})
    lost = lost.assign(before=said if is_late else "", after="" if is_late else said)
    base, y = alt.Chart(lost), alt.YValue(alt.expr("height / 2"))
    before, after = (
        base.mark_text(align="right", dx=-12, fontSize=NOTE),
        base.mark_text(align="left", dx=12, fontSize=NOTE),
    )
    return [
        base.mark_text(fontSize=16, fontWeight="bold").encode(x=x, y=y, text=alt.Text("cross:N"), color=RED),
        before.encode(x=x, y=y, text=alt.Text("before:N"), color=RED),
        after.encode(x=x, y=y, text=alt.Text("after:N"), color=RED),
    ]


def sizes(table: pd.DataFrame, planned: int, span: tuple[int, int], height: int = 260) -> Chart:
    """How large the numbers of a layer are, through training: one column of cells per epoch, the ramp by their share.
    table: epoch, until, low, high (log10 of the size), share, words. span: of the log10 axis. What is exactly 0 is the
    row at the bottom."""
    low, high = span
    cells = table.assign(left=table["epoch"] - 0.5, right=table["until"] - 0.5)
    cells["bottom"] = cells["low"].clip(low - 1.5, high)
    cells["top"] = cells["high"].clip(low - 0.5, high)
    ticks = {n: power_words(n) for n in range(low, high + 1, max(1, round((high - low) / 6)))} | {low - 1: "0"}
    axis = above("size", values=list(ticks), labelExpr=in_words(ticks))
    y = alt.Y("bottom:Q", scale=alt.Scale(domain=[low - 1.5, high], nice=False, zero=False), axis=axis)
    ramp = alt.Scale(domain=[0, 0.25], range="ramp", interpolate="lab", clamp=True)
    tips = [
        alt.Tooltip("epoch:Q", format=",d"),
        alt.Tooltip("words:N", title="size"),
        alt.Tooltip("share:Q", format=".1%", title="share of them"),
    ]
    colour, stroke = (channel("share:Q", scale=ramp, legend=None) for channel in (alt.Color, alt.Stroke))
    rects = alt.Chart(cells).mark_rect(strokeWidth=0.7)
    chart = rects.encode(
        x=epoch_x(planned, "left", pad=0.5),
        x2=alt.X2("right:Q"),
        y=y,
        y2=alt.Y2("top:Q"),
        color=colour,
        stroke=stroke,
        tooltip=tips,
    )
    return chart.properties(height=height, usermeta=CANVAS)
