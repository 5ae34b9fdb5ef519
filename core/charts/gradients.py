"""The gradient on its way down: profile, heat map, first over output, movement, steps, sizes."""

from collections.abc import Sequence
from typing import Literal

import altair as alt
import numpy as np
import pandas as pd

from core.charts.axes import (
    Chart,
    epoch_x,
    hover,
    layer_labels,
    power_labels,
    ratio_labels,
    ratio_ticks,
)
from core.charts.pieces import (
    CANVAS,
    GRAY,
    GREEN,
    LINE,
    NOTE,
    RED,
    above,
    apart,
    at_slider,
    below,
    healthy_through,
    held,
    layered,
)
from core.charts.ratio_key import DIVERGING, key_room, ratio_key
from core.charts.sizes import sizes, steps

__all__ = ["sizes", "steps"]

HEALTHY = (-1.0, 1.0)
"""log10 of the healthy band: a tenth to ten times the output layer's gradient."""
MOVEMENT = (-4.0, -2.0)
"""log10 of the healthy update over weight."""
MOVES = (-9, 0)
Rows = Literal["layer", "step"]
"""What the rows of a profile and a heat map are: layers, or the steps of a sequence. Time is depth."""
LAST = {"layer": "output", "step": "last step"}
BAND_WORDS = "0.1 to 10"


def _tips(of: Rows) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("epoch:Q", format=",d"),
        alt.Tooltip("name:N", title=of),
        alt.Tooltip("words:N", title=f"of the {LAST[of]}'s gradient"),
        alt.Tooltip("rms:Q", title="size (RMS)", format=".2~e"),
        alt.Tooltip("healthy:N"),
    ]


def profile(
    table: pd.DataFrame,
    names: Sequence[str],
    domain: tuple[int, int],
    planned: int,
    height: int = 420,
    of: Rows = "layer",
) -> Chart:
    """The gradient by layer at the epoch of the slider, output on top, a few other epochs as thin gray lines behind it.
    table: epoch, layer, name, median (log10 of layer over output), words, rms, is_faint. domain: of the log10 axis.
    of: what the rows are."""
    x = alt.X("shown:Q", scale=alt.Scale(domain=list(domain), nice=False), axis=_ratio_x(domain, of))
    y = _layer_y(names)
    shown = _shown(table, domain)
    base = alt.Chart(shown)
    now = base.transform_filter(at_slider())
    layers = [
        key_room(),
        *_band_x(domain, of),
        base.transform_filter("datum.is_faint")
        .mark_line(strokeWidth=1.1, opacity=0.6)
        .encode(x=x, y=y, detail=alt.Detail("epoch:N"), order=alt.Order("layer:Q"), color=GRAY),
    ]
    for sign, colour in (("", RED), ("!", GREEN)):
        line = now.transform_filter(f"{sign}datum.is_out").mark_line(strokeWidth=LINE)
        layers.append(line.encode(x=x, y=y, order=alt.Order("layer:Q"), color=colour))
    layers += _dots(now, x, y, of)
    layers += _name_of_epoch(shown, x, y, domain)
    return layered(*layers, height=height, slider_to=planned)


def _shown(table: pd.DataFrame, domain: tuple[int, int]) -> pd.DataFrame:
    """What lies beyond the axis stands at its edge; is_out: the profile of that epoch leaves its band somewhere."""
    shown = held(table.assign(shown=table["median"].clip(*domain), healthy=BAND_WORDS))
    inside = shown["median"].between(*HEALTHY)
    shown["verdict"] = np.where(shown["median"].isna(), "broken", np.where(inside, "good", "bad"))
    return shown.assign(is_out=(~inside).groupby(shown["epoch"]).transform("any").astype(bool))


def _dots(base: alt.Chart, x: alt.X, y: alt.Y, of: Rows) -> list[alt.Chart]:
    """A dot per layer, green inside the band, red outside; ✕ where there is no number."""
    found, tips = [], _tips(of)
    for verdict, colour in (("good", GREEN), ("bad", RED)):
        dots = base.transform_filter(f"datum.verdict == '{verdict}'").mark_circle(size=56, opacity=1)
        found.append(dots.encode(x=x, y=y, color=colour, tooltip=tips))
    crosses = base.transform_filter("datum.verdict == 'broken'").mark_text(text="✕", fontSize=13, fontWeight="bold")
    found.append(crosses.encode(x=alt.XValue(8), y=y, color=RED, tooltip=tips))
    return found


def _name_of_epoch(shown: pd.DataFrame, x: alt.X, y: alt.Y, domain: tuple[int, int]) -> list[alt.Chart]:
    """The epoch beside the lowest dot of its line, on the side that is free."""
    last = shown[shown["shown"].notna()].sort_values("layer").groupby("epoch").head(1)
    table = last[["layer", "shown", "epoch", "until"]].assign(words=[f"epoch {e:,}" for e in last["epoch"]])
    middle = (domain[0] + domain[1]) / 2
    base = alt.Chart(table).transform_filter(at_slider())
    sides: list[tuple[str, Literal["left", "right"], int]] = [("<", "left", 10), (">=", "right", -10)]
    return [
        base.transform_filter(f"datum.shown {sign} {middle}")
        .mark_text(align=align, baseline="middle", dx=dx, fontSize=NOTE, fontWeight="bold")
        .encode(x=x, y=y, text=alt.Text("words:N"))
        for sign, align, dx in sides
    ]


def _ratio_x(domain: tuple[int, int], of: Rows) -> alt.Axis:
    return below(f"gradient relative to {LAST[of]}", **ratio_labels(ratio_ticks(*domain)), domain=True)


def _layer_y(names: Sequence[str], field: str = "layer") -> alt.Y:
    scale = alt.Scale(domain=[0.5, len(names) + 0.5], nice=False, zero=False)
    axis = alt.Axis(title=None, domain=False, ticks=False, grid=False, minExtent=46, **layer_labels(names))
    return alt.Y(f"{field}:Q", scale=scale, axis=axis)


def _band_x(domain: tuple[int, int], of: Rows) -> list[alt.Chart]:
    """The healthy band from top to bottom, named above the plot."""
    table = pd.DataFrame({"low": [HEALTHY[0]], "high": [HEALTHY[1]], "middle": [0.0], "words": ["healthy"]})
    scale = alt.Scale(domain=list(domain), nice=False)
    base, axis = alt.Chart(table), _ratio_x(domain, of)
    return [
        base.mark_rect(opacity=0.14).encode(x=alt.X("low:Q", scale=scale, axis=axis), x2=alt.X2("high:Q"), color=GREEN),
        base.mark_text(baseline="bottom", dy=-6, fontSize=NOTE).encode(
            x=alt.X("middle:Q", scale=scale, axis=axis), y=alt.YValue(0), text=alt.Text("words:N"), color=GREEN
        ),
    ]


def heat(
    table: pd.DataFrame,
    names: Sequence[str],
    planned: int,
    height: int = 420,
    pick: bool = False,
    key: bool = True,
    of: Rows = "layer",
) -> Chart:
    """The gradient by layer and epoch: blue has faded, red has grown. table: epoch, until, layer, name, median (log10),
    words, rms, broken. pick: a click on a row selects the layer (parameter "picked"). key: the colours' key above. of:
    what the rows are."""
    cells = table.assign(
        left=table["epoch"] - 0.5,
        right=table["until"] - 0.5,
        low=table["layer"] - 0.45,
        high=table["layer"] + 0.45,
        healthy=BAND_WORDS,
        shown=table["median"].clip(-99, 99),
    )
    x, y, tips = epoch_x(planned, "left", pad=0.5), _layer_y(names, "low"), _tips(of)
    base = alt.Chart(cells)
    colour = alt.Color("shown:Q", scale=DIVERGING, legend=None)
    rects = base.transform_filter("isValid(datum.shown)").mark_rect(strokeWidth=0.7)
    rects = rects.encode(
        x=x,
        x2=alt.X2("right:Q"),
        y=y,
        y2=alt.Y2("high:Q"),
        color=colour,
        stroke=alt.Stroke("shown:Q", scale=DIVERGING, legend=None),
        tooltip=tips,
    )
    crosses = base.transform_filter("datum.broken > 0").mark_text(text="✕", fontSize=11)
    waiting = pd.DataFrame({"from_epoch": [cells["right"].max() if len(cells) else -0.5], "to_epoch": [planned + 0.5]})
    to_come = alt.Chart(waiting).mark_rect(opacity=0.07)
    x_wait = epoch_x(planned, "from_epoch", pad=0.5)
    layers = [
        rects,
        to_come.encode(x=x_wait, x2=alt.X2("to_epoch:Q"), color=GRAY),
        crosses.encode(x=epoch_x(planned, "epoch", pad=0.5), y=_layer_y(names), color=RED, tooltip=tips),
    ]
    layers += ratio_key(planned) if key else []
    if pick:
        layers[0] = rects.add_params(alt.selection_point(name="picked", fields=["layer"], on="click"))
    return layered(*layers, height=height, usermeta=CANVAS)


def first_over_output(table: pd.DataFrame, planned: int, domain: tuple[int, int], height: int = 240) -> Chart:
    """Layer 1 over the output layer through training; ✕ where it is not a number. table: epoch, median, low, high
    (log10), words, broken."""
    low, high = domain
    shown = table.assign(**{name: table[name].clip(low, high) for name in ("median", "low", "high")})
    last = float(table["median"].iloc[-1]) if len(table) else 0.0
    out = not HEALTHY[0] <= last <= HEALTHY[1]
    axis = above("layer 1 ÷ output", **ratio_labels(ratio_ticks(low, high)))
    scale = alt.Scale(domain=[low, high], nice=False)
    x, base = epoch_x(planned), alt.Chart(shown.assign(is_out=out, healthy=BAND_WORDS))
    tips = [
        alt.Tooltip("epoch:Q", format=",d"),
        alt.Tooltip("words:N", title="layer 1 ÷ output"),
        alt.Tooltip("healthy:N"),
    ]
    y = alt.Y("median:Q", scale=scale, axis=axis)
    layers = healthy_through(shown, *HEALTHY, x, y, planned, (high - low) * apart(height))
    for sign, colour in (("", RED), ("!", GREEN)):
        of = base.transform_filter(f"{sign}datum.is_out")
        area = of.mark_area(opacity=0.16).encode(
            x=x, y=alt.Y("low:Q", scale=scale, axis=axis), y2=alt.Y2("high:Q"), color=colour
        )
        layers += [area, of.mark_line(strokeWidth=LINE).encode(x=x, y=y, color=colour)]
    lost = base.transform_filter("datum.broken > 0 && !isValid(datum.median)").mark_text(text="✕", fontSize=11)
    layers += [lost.encode(x=x, y=alt.YValue(alt.expr("height / 2")), color=RED, tooltip=tips), hover(base, x, tips)]
    return layered(*layers, height=height)


def _band_y(low: float, high: float, scale: alt.Scale, axis: alt.Axis) -> list[alt.Chart]:
    """The healthy band across the plot, named above its right end."""
    table = pd.DataFrame({"band": [low], "band_high": [high], "healthy_words": ["healthy"]})
    base, y = alt.Chart(table), alt.Y("band:Q", scale=scale, axis=axis)
    text = base.mark_text(align="right", baseline="bottom", dx=-2, dy=-3, fontSize=NOTE)
    top = alt.Y("band_high:Q", scale=scale, axis=axis)
    return [
        base.mark_rect(opacity=0.14).encode(y=y, y2=alt.Y2("band_high:Q"), color=GREEN),
        text.encode(x=alt.XValue("width"), y=top, text=alt.Text("healthy_words:N"), color=GREEN),
    ]


def movement(table: pd.DataFrame, names: Sequence[str], height: int = 240) -> Chart:
    """How far each layer moves: update over weight, lollipops on a log axis. table: layer, name, median, low, high
    (log10), words."""
    low, high = MOVES
    shown = table.assign(
        **{name: table[name].fillna(low).clip(low, high) for name in ("median", "low", "high")},
        floor=low,
        healthy="10⁻⁴ to 10⁻²",
        verdict=np.where(table["median"].between(*MOVEMENT), "good", np.where(table["median"] < -5, "bad", "watch")),
    )
    shown.loc[table["median"].isna(), "verdict"] = "bad"
    scale = alt.Scale(domain=[low, high], nice=False)
    axis = above("update ÷ weight, median of epochs", **power_labels([-8, -6, -4, -2, 0]))
    x = _layer_x(names)
    base, y = alt.Chart(shown), alt.Y("median:Q", scale=scale, axis=axis)
    tips = [
        alt.Tooltip("name:N", title="layer"),
        alt.Tooltip("words:N", title="update ÷ weight"),
        alt.Tooltip("healthy:N"),
    ]
    stem = alt.Y("floor:Q", scale=scale, axis=axis)
    layers = [
        *_band_y(*MOVEMENT, scale, axis),
        base.mark_rule(strokeWidth=1, opacity=0.5).encode(x=x, y=stem, y2=alt.Y2("median:Q"), color=GRAY),
        base.mark_rule(strokeWidth=4, opacity=0.3).encode(
            x=x, y=alt.Y("low:Q", scale=scale, axis=axis), y2=alt.Y2("high:Q")
        ),
        *judged(base, x, y, tips),
    ]
    return layered(*layers, height=height)


def judged(base: alt.Chart, x: alt.X, y: alt.Y, tips: list[alt.Tooltip], size: int = 60) -> list[alt.Chart]:
    """A dot per row by its field `verdict`: green circle inside its band, gray diamond to watch, red ✕ out of it."""
    marks = {
        "good": (base.transform_filter("datum.verdict == 'good'").mark_point(filled=True, opacity=1, size=size), GREEN),
        "watch": (
            base.transform_filter("datum.verdict == 'watch'").mark_point(
                shape="diamond", filled=True, opacity=1, size=size + 10
            ),
            GRAY,
        ),
    }
    found = [mark.encode(x=x, y=y, color=colour, tooltip=tips) for mark, colour in marks.values()]
    cross = base.transform_filter("datum.verdict == 'bad'").mark_text(text="✕", fontSize=13, fontWeight="bold")
    return [*found, cross.encode(x=x, y=y, color=RED, tooltip=tips)]


def _layer_x(names: Sequence[str]) -> alt.X:
    scale = alt.Scale(domain=[0.5, len(names) + 0.5], nice=False, zero=False)
    axis = alt.Axis(title=None, ticks=False, grid=False, labelFlush=False, **layer_labels(names, most=6))
    return alt.X("layer:Q", scale=scale, axis=axis)
