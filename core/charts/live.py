"""Every layer at this epoch: three strips in one picture, a dot per layer in each, with their healthy bands."""

from typing import Protocol

import altair as alt
import numpy as np
import pandas as pd

from core.charts.axes import Chart, in_words, layer_ticks, power_words, ratio_words
from core.charts.gradients import judged
from core.charts.pieces import GRAY, GREEN, NOTE, layered

TALL = 0.62
"""Share of a strip's row that the strip itself takes; the rest holds its title."""
SPANS = {"gradient": (-3.0, 3.0), "update": (-6.0, 0.0), "share": (0.0, 1.0)}
"""Values from the lower to the upper edge of a strip; what lies beyond stands at the edge."""
BANDS = {"gradient": (-1.0, 1.0), "update": (-4.0, -2.0), "share": (0.0, 0.1)}
TICKS = {"gradient": (-2, 2), "update": (-5, -1), "share": (0, 1)}
TITLES = {"gradient": "gradient, relative to output", "update": "update ÷ weight"}
ORDER = ("gradient", "update", "share")


class Layers(Protocol):
    """What is read of core.analysis.live.Strips."""

    dots: pd.DataFrame
    names: list[str]
    third: str


def strips(layers: Layers, height: int = 380) -> Chart:
    """Gradient, update over weight, dead or saturated units: one strip each, one dot per layer."""
    x, y = _x(layers.names), alt.Y("at:Q", scale=_scale(), axis=None)
    dots = layers.dots.assign(
        at=[_at(strip, value) for strip, value in zip(layers.dots["strip"], layers.dots["value"], strict=True)]
    )
    tips = [
        alt.Tooltip("name:N", title="layer"),
        alt.Tooltip("strip:N", title="of"),
        alt.Tooltip("words:N", title="value"),
        alt.Tooltip("healthy:N"),
    ]
    drawn = [*_frame(layers, y), *judged(alt.Chart(dots), x, y, tips)]
    return layered(*drawn, height=height)


def _scale() -> alt.Scale:
    return alt.Scale(domain=[0, len(ORDER)], nice=False, zero=False)


def _at(strip: str, value: float) -> float:
    """Place of a value: strips are 1 tall, the first on top; a value beyond the span stands at its edge, one that is no
    number in the middle of the shares, whose lower edge is healthy."""
    low, high = SPANS[strip]
    bottom = len(ORDER) - 1 - ORDER.index(strip)
    if np.isnan(value):
        share = 0.5 if strip == "share" else 0.0
    else:
        share = (value - low) / (high - low) if np.isfinite(value) else float(value > 0)
    return float(bottom + 0.04 + TALL * min(max(share, 0.0), 1.0))


def _x(names: list[str]) -> alt.X:
    ticks = layer_ticks(names, most=5)
    scale = alt.Scale(domain=[0.4, len(names) + 0.6], nice=False, zero=False)
    axis = alt.Axis(
        title=None,
        ticks=False,
        grid=False,
        domain=False,
        labelFlush=False,
        values=list(ticks),
        labelExpr=in_words(ticks),
    )
    return alt.X("layer:Q", scale=scale, axis=axis)


def _words(strip: str, tick: int) -> str:
    if strip == "share":
        return f"{tick * 100}\u202f%"
    return ratio_words(tick) if strip == "gradient" else power_words(tick)


def _frame(layers: Layers, y: alt.Y) -> list[alt.Chart]:
    """Bands, their grid lines with words, and titles: all in the coordinates of the picture, so that they align."""
    bands = pd.DataFrame([{"low": _at(s, BANDS[s][0]), "high": _at(s, BANDS[s][1])} for s in ORDER])
    lines = pd.DataFrame([{"line": _at(s, t), "words": _words(s, t)} for s in ORDER for t in TICKS[s]])
    titles = pd.DataFrame(
        [{"title_at": _at(s, SPANS[s][1]) + 0.15, "words": f"↑ {TITLES.get(s, layers.third)}"} for s in ORDER]
    )
    grid, low = alt.Chart(lines), y.copy()
    low.shorthand = "low:Q"
    line, title = y.copy(), y.copy()
    line.shorthand, title.shorthand = "line:Q", "title_at:Q"
    named = grid.mark_text(align="right", dx=-8, fontSize=NOTE)
    return [
        grid.mark_rule(strokeWidth=1, opacity=0.25).encode(y=line, color=GRAY),
        alt.Chart(bands).mark_rect(opacity=0.14).encode(y=low, y2=alt.Y2("high:Q"), color=GREEN),
        named.encode(x=alt.XValue(0), y=line, text=alt.Text("words:N"), color=GRAY),
        alt.Chart(titles)
        .mark_text(align="left", dx=-4, fontSize=NOTE)
        .encode(x=alt.XValue(0), y=title, text=alt.Text("words:N"), color=GRAY),
    ]
