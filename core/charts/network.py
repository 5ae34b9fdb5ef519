"""A network before its first step: its layers as bars, coloured by the gradient they receive, the gradient's profile
aligned below, and the spread of the activations by depth."""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from core.charts.axes import Chart, in_words, layer_ticks, power_labels, ratio_labels, ratio_ticks
from core.charts.gradients import DIVERGING, HEALTHY, judged
from core.charts.pieces import GRAY, GREEN, LINE, NOTE, RED, above, layered

MANY = 18
"""Layers above which bars have no number of units under them."""
PROFILE = 0.47
"""Share of the picture's height that the profile takes, at the bottom; the bars stand above it."""
CORNER = 3
WORDS_PX = 58
"""Room for the words of the y axis ("÷ quadrillion" is the widest), the same in both pictures so that they align."""


def stack(table: pd.DataFrame, height: int = 420) -> Chart:
    """The layers from input (left) to output: bar height = log of the units, colour = gradient received; below, bar by
    bar, the gradient relative to the output on a log axis with its healthy band. table: layer (0 is the input), name,
    units, parameters, log (log10), words."""
    low, high = _domain(table["log"])
    top = low + (high - low) / PROFILE
    scale = alt.Scale(domain=[low, top], nice=False, zero=False)
    axis = alt.Axis(title=None, domain=False, ticks=False, minExtent=WORDS_PX, **ratio_labels(ratio_ticks(low, high)))
    y = alt.Y("y:Q", scale=scale, axis=axis)
    layers = [*_profile(table, (low, high, top), y), *_bars(table, (low, high, top), y)]
    return layered(*layers, height=height)


def _domain(logs: pd.Series) -> tuple[int, int]:
    """Of the profile: from ÷ billion to × 1,000, or wider by whole thousands."""
    known = logs[np.isfinite(logs)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    return min(-9, 3 * int(np.floor(max(low, -30) / 3))), max(3, 3 * int(np.ceil(min(high, 30) / 3)))


def _at(y: alt.Y, field: str) -> alt.Y:
    other = y.copy()
    other.shorthand = f"{field}:Q"
    return other


def _x(table: pd.DataFrame, field: str = "layer") -> alt.X:
    last = int(table["layer"].max())
    names = layer_ticks([str(name) for name in table["name"].iloc[1:]], most=7)
    scale = alt.Scale(domain=[-0.6, last + 0.6], nice=False, zero=False)
    axis = alt.Axis(
        title=None, ticks=False, grid=False, labelFlush=False, values=list(names), labelExpr=in_words(names)
    )
    return alt.X(f"{field}:Q", scale=scale, axis=axis)


def _bars(table: pd.DataFrame, domain: tuple[float, float, float], y: alt.Y) -> list[alt.Chart]:
    """A bar per layer above the profile, its units under it; the input as a dashed outline."""
    low, high, top = domain
    whole = top - low
    bottom, ceiling = high + 0.17 * whole, top - 0.09 * whole
    tall = np.log2(1 + table["units"].clip(lower=1).astype(float))
    tall = (ceiling - bottom) * (0.08 + 0.92 * tall / max(float(tall.max()), 5.0))
    wide = min(0.37, 0.055 * len(table)) if len(table) <= MANY else 0.46
    bars = table.assign(bar_left=table["layer"] - wide, bar_right=table["layer"] + wide)
    bars["bar_low"], bars["bar_high"] = (ceiling + bottom - tall) / 2, (ceiling + bottom + tall) / 2
    bars["shown"] = bars["log"].clip(-99, 99)
    bars["units_words"] = [f"{units:,}" if len(table) <= MANY else "" for units in bars["units"]]
    base = alt.Chart(bars)
    x, y_low = _x(table, "bar_left"), _at(y, "bar_low")
    tips = [
        alt.Tooltip("name:N", title="layer"),
        alt.Tooltip("units:Q", format=","),
        alt.Tooltip("parameters:Q", format=","),
        alt.Tooltip("words:N", title="of the output's gradient"),
    ]
    dashed = base.transform_filter("datum.layer == 0").mark_rect(filled=False, strokeDash=[3, 2], cornerRadius=CORNER)
    known = base.transform_filter("datum.layer > 0 && isValid(datum.shown)").mark_rect(cornerRadius=CORNER)
    broken = base.transform_filter("datum.layer > 0 && !isValid(datum.shown)").mark_rect(cornerRadius=CORNER)
    units = base.mark_text(baseline="top", dy=6, fontSize=11)
    colour = alt.Color("shown:Q", scale=DIVERGING, legend=None)
    shape: dict[str, Any] = {
        "x": x,
        "x2": alt.X2("bar_right:Q"),
        "y": y_low,
        "y2": alt.Y2("bar_high:Q"),
        "tooltip": tips,
    }
    return [
        dashed.encode(color=GRAY, **{**shape, "tooltip": tips[:2]}),
        known.encode(color=colour, **shape),
        broken.encode(color=RED, **shape),
        units.encode(x=_x(table), y=y_low, text=alt.Text("units_words:N"), color=GRAY),
        *_words(table, y, (top, high + 0.05 * whole)),
    ]


def _words(table: pd.DataFrame, y: alt.Y, places: tuple[float, float]) -> list[alt.Chart]:
    """Input and output named above the bars, the way of the gradient between them, the profile's title."""
    last = int(table["layer"].max())
    middle = "← the gradient travels this way" if last > 3 else "← gradient"
    named: list[tuple[float, str]] = [(0, "input"), (last / 2, middle if last > 1 else ""), (last, "output")]
    top = pd.DataFrame([{"word_x": at, "words": words, "word_y": places[0]} for at, words in named])
    text = alt.Chart(top).mark_text(baseline="top", fontSize=NOTE)
    title = alt.Chart(pd.DataFrame({"title_y": [places[1]], "words": ["↑ gradient, relative to output"]}))
    return [
        text.encode(x=_x(table, "word_x"), y=_at(y, "word_y"), text=alt.Text("words:N"), color=GRAY),
        title.mark_text(align="left", fontSize=NOTE, dx=-4).encode(
            x=alt.XValue(0), y=_at(y, "title_y"), text=alt.Text("words:N"), color=GRAY
        ),
    ]


def _profile(table: pd.DataFrame, domain: tuple[float, float, float], y: alt.Y) -> list[alt.Chart]:
    """The gradient by layer with its band; green inside, red outside; ✕ where it is not a number."""
    low, high, _ = domain
    layers = table[table["layer"] > 0].copy()
    layers["line"] = layers["log"].clip(low, high)
    inside = layers["log"].between(*HEALTHY)
    layers["verdict"] = np.where(layers["log"].isna(), "broken", np.where(inside, "good", "bad"))
    layers = layers.assign(is_out=bool((~inside).any()), healthy="0.1 to 10")
    base, x = alt.Chart(layers), _x(table)
    tips = [
        alt.Tooltip("name:N", title="layer"),
        alt.Tooltip("words:N", title="of the output's gradient"),
        alt.Tooltip("healthy:N"),
    ]
    found = [*_band(y)]
    for sign, colour in (("", RED), ("!", GREEN)):
        line = base.transform_filter(f"{sign}datum.is_out").mark_line(strokeWidth=LINE)
        found.append(line.encode(x=x, y=_at(y, "line"), color=colour))
    for verdict, colour in (("good", GREEN), ("bad", RED)):
        dots = base.transform_filter(f"datum.verdict == '{verdict}'").mark_circle(size=52, opacity=1)
        found.append(dots.encode(x=x, y=_at(y, "line"), color=colour, tooltip=tips))
    cross = base.transform_filter("datum.verdict == 'broken'").transform_calculate(cross_y=f"{low}")
    found.append(
        cross.mark_text(text="✕", fontSize=13, fontWeight="bold", dy=-8).encode(
            x=x, y=_at(y, "cross_y"), color=RED, tooltip=tips
        )
    )
    return found


def _band(y: alt.Y) -> list[alt.Chart]:
    table = pd.DataFrame({"band": [HEALTHY[0]], "band_high": [HEALTHY[1]], "words": ["healthy"]})
    base = alt.Chart(table)
    text = base.mark_text(align="left", baseline="bottom", dx=5, dy=-3, fontSize=NOTE)
    return [
        base.mark_rect(opacity=0.14).encode(y=_at(y, "band"), y2=alt.Y2("band_high:Q"), color=GREEN),
        text.encode(x=alt.XValue(0), y=_at(y, "band"), text=alt.Text("words:N"), color=GREEN),
    ]


def spread(table: pd.DataFrame, height: int = 200) -> Chart:
    """Spread of each layer's output over units and rows, on a log axis, with its healthy band. table: layer, name,
    spread, spread_log."""
    low, high = -6, 3
    layers = table[(table["layer"] > 0) & table["spread_log"].notna()].copy()
    layers["line"] = layers["spread_log"].clip(low, high)
    inside = layers["spread_log"].between(*HEALTHY)
    layers["verdict"] = np.where(inside, "good", "bad")
    layers["healthy"] = "0.1 to 10"
    ticks = power_labels([-6, -4, -2, 0, 2])
    scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    y = alt.Y("y:Q", scale=scale, axis=above("spread of the activations", minExtent=WORDS_PX, **ticks))
    base, x = alt.Chart(layers), _x(table)
    tips = [
        alt.Tooltip("name:N", title="layer"),
        alt.Tooltip("spread:Q", title="standard deviation", format=".2~g"),
        alt.Tooltip("healthy:N"),
    ]
    line = base.mark_line(strokeWidth=LINE).encode(x=x, y=_at(y, "line"))
    return layered(*_band(y), line, *judged(base, x, _at(y, "line"), tips), height=height)
