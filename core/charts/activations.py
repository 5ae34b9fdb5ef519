"""Charts of the Activations page: shares through training, the unit map, mean and spread by depth."""

import altair as alt
import pandas as pd

from core.charts import pieces
from core.charts.axes import dodged, epoch_x
from core.charts.pieces import RAMP, Chart

MOST_LINES = 4


def shares(table: pd.DataFrame, word: str, planned: int, healthy: float, height: int = 260) -> Chart:
    """Share of each layer through training. table: epoch, layer, name, median, low, high, broken (replicas with NaN
    or infinity). Up to MOST_LINES layers are lines with their range over replicas, more a heat map."""
    if table["layer"].nunique() > MOST_LINES:
        return _share_map(pieces.thinned(table, 3_500 // table["layer"].nunique()), word, planned, height)
    return _share_lines(pieces.thinned(table), word, planned, healthy, height)


def _share_tips(word: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("epoch:Q", format=",d"),
        alt.Tooltip("name:N", title="layer"),
        alt.Tooltip("median:Q", title=f"{word} share", format=".1%"),
        alt.Tooltip("low:Q", title="lowest seed", format=".1%"),
        alt.Tooltip("high:Q", title="highest seed", format=".1%"),
    ]


def _share_lines(table: pd.DataFrame, word: str, planned: int, healthy: float, height: int) -> Chart:
    scale = alt.Scale(domain=[0, 1.05], nice=False)
    known = table.dropna(subset=["median"])
    last = known.groupby("layer").tail(1)
    last = last.assign(place=dodged(last["median"].tolist(), 0, 1.05, pieces.apart(height)))
    x, y = epoch_x(planned), pieces.share_y(f"{word} share", "median", 1.05)
    base = alt.Chart(known)
    words = alt.Chart(last).mark_text(align="left", dx=8, fontSize=pieces.NOTE)
    marks = [
        base.mark_line(strokeWidth=pieces.LINE).encode(x=x, y=y, detail=alt.Detail("layer:N")),
        *pieces.still_to_come(int(table["epoch"].max()), planned),
        *pieces.healthy_through(known, 0, healthy, x, y, planned, 1.05 * pieces.apart(height)),
        base.mark_area(opacity=0.16).encode(
            x=x, y=alt.Y("low:Q", scale=scale), y2=alt.Y2("high:Q"), detail=alt.Detail("layer:N")
        ),
        base.mark_point(size=160, opacity=0).encode(x=x, y=y, tooltip=_share_tips(word)),
        words.encode(x=x, y=alt.Y("place:Q", scale=scale), text=alt.Text("name:N")),
        pieces.crosses(table[(table["broken"] > 0) | table["median"].isna()], x, alt.YValue(4)),
    ]
    return pieces.layered(*marks, height=height)


def _share_map(table: pd.DataFrame, word: str, planned: int, height: int) -> Chart:
    rows = pieces.rows_of(table["layer"].tolist())
    middle = table["layer"].map(rows)
    table = pieces.until_next(table).assign(middle=middle, bottom=middle - 0.45, top=middle + 0.45)
    x_scale = alt.Scale(domain=[0, planned + 1], nice=False)
    ticks = pieces.below("epoch", tickMinStep=1, format="d", labelExpr=f"datum.value > {planned} ? '' : datum.label")
    room = max(1.2, 0.2 * len(rows))
    y_scale = alt.Scale(domain=[-0.5, len(rows) - 0.5 + room], nice=False)
    x = alt.X("epoch:Q", scale=x_scale, axis=ticks)
    y = alt.Y("bottom:Q", scale=y_scale, axis=None)
    colour, seam = alt.Color("median:Q", scale=RAMP, legend=None), alt.Stroke("median:Q", scale=RAMP, legend=None)
    cells = alt.Chart(table.dropna(subset=["median"])).mark_rect(strokeWidth=0.7)
    key_y = (len(rows) - 0.5 + 0.25 * room, len(rows) - 0.5 + 0.5 * room)
    key = ("0\u202f%", "50\u202f%", f"100\u202f% {word}")
    height = max(height, min(460, 110 + 15 * len(rows)))
    return pieces.layered(
        cells.encode(
            x=x, x2=alt.X2("until:Q"), y=y, y2=alt.Y2("top:Q"), color=colour, stroke=seam, tooltip=_share_tips(word)
        ),
        pieces.crosses(table[(table["broken"] > 0) | table["median"].isna()], x, alt.Y("middle:Q", scale=y_scale)),
        pieces.row_names(table, y_scale),
        *pieces.ramp_key(key, (0, 0.4 * planned), key_y, x_scale, y_scale),
        height=height,
    )


def unit_map(table: pd.DataFrame, word: str, order: str, planned: int, scrub: bool = True) -> Chart:
    """One tile per unit, a row per layer. table: epoch, layer, name, tile, left, right, share, unit (-1: a quantile),
    units, tiles, is_dead. word: what the share is of, "of rows"; order: how tiles are sorted, "units, most saturated
    first". A dead unit is red and lies low."""
    rows = pieces.rows_of(table["layer"].tolist())
    table = pieces.held(table if scrub else table[table["epoch"] == table["epoch"].max()])
    middle, gap = table["layer"].map(rows), 0.08 / table["tiles"].clip(lower=8)
    tall = table["is_dead"].map({True: 0.3, False: 0.84})
    table = table.assign(middle=middle, bottom=middle - 0.42, top=middle - 0.42 + tall)
    table = table.assign(left=table["left"] + gap, right=table["right"] - gap)
    table["who"] = [_who(unit, units) for unit, units in zip(table["unit"], table["units"], strict=True)]
    x_scale = alt.Scale(domain=[0, 1], nice=False)
    room = max(0.8, 0.14 * len(rows))
    y_scale = alt.Scale(domain=[-0.5, len(rows) - 0.5 + room], nice=False)
    shown = alt.Chart(table).transform_filter(pieces.at_slider()) if scrub else alt.Chart(table)
    key_y = (len(rows) - 0.5 + 0.22 * room, len(rows) - 0.5 + 0.45 * room)
    key = ("0\u202f%", "50\u202f%", f"100\u202f% {word}")
    layers = [
        *_tiles(shown, word, order, x_scale, y_scale),
        pieces.row_names(table, y_scale, 20),
        *pieces.ramp_key(key, (0, 0.36), key_y, x_scale, y_scale),
    ]
    layers += _dead_key(bool(table["is_dead"].any()), key_y, x_scale, y_scale)
    height = 90 + min(300, max(80, 26 * len(rows)))
    if not scrub:
        return pieces.layered(*layers, height=height)
    return pieces.layered(*layers, height=height, slider_to=planned)


def _tiles(shown: alt.Chart, word: str, order: str, x_scale: alt.Scale, y_scale: alt.Scale) -> list[alt.Chart]:
    x = alt.X("left:Q", scale=x_scale, axis=pieces.below(order, labels=False))
    y = alt.Y("bottom:Q", scale=y_scale, axis=None)
    tips = [
        alt.Tooltip("name:N", title="layer"),
        alt.Tooltip("who:N", title="unit"),
        alt.Tooltip("share:Q", title=f"share {word}", format=".1%"),
        alt.Tooltip("epoch:Q", format=",d"),
    ]
    known = shown.transform_filter("isValid(datum.share)")
    live = known.transform_filter("!datum.is_dead").mark_rect(cornerRadius=2)
    dead = known.transform_filter("datum.is_dead").mark_rect(cornerRadius=2)
    none = shown.transform_filter("!isValid(datum.share)").mark_text(text="✕", fontSize=11)
    place = {"x": x, "x2": alt.X2("right:Q"), "y": y, "y2": alt.Y2("top:Q"), "tooltip": tips}
    return [
        live.encode(**place, color=alt.Color("share:Q", scale=RAMP, legend=None)),
        dead.encode(**place, color=pieces.RED),
        none.encode(x=x, y=alt.Y("middle:Q", scale=y_scale), color=pieces.RED, tooltip=tips[:2]),
    ]


def _dead_key(is_met: bool, key_y: tuple[float, float], x_scale: alt.Scale, y_scale: alt.Scale) -> list[alt.Chart]:
    place = {"left": [0.62], "right": [0.65], "low": [key_y[0]], "high": [key_y[1]]}
    base = alt.Chart(pd.DataFrame({**place, "words": ["dead"]}).head(int(is_met)))
    y = alt.Y("low:Q", scale=y_scale)
    return [
        base.mark_rect(cornerRadius=2).encode(
            x=alt.X("left:Q", scale=x_scale), x2=alt.X2("right:Q"), y=y, y2=alt.Y2("high:Q"), color=pieces.RED
        ),
        base.mark_text(align="left", baseline="bottom", dx=6, fontSize=11).encode(
            x=alt.X("right:Q", scale=x_scale), y=y, text=alt.Text("words:N"), color=pieces.RED
        ),
    ]


def _who(unit: int, units: int) -> str:
    return f"unit {unit + 1}" if unit >= 0 else f"one of 64 quantiles of {units:,} units"


def spread(table: pd.DataFrame, planned: int, height: int = 260, scrub: bool = True) -> Chart:
    """Mean and spread of each hidden layer's outputs by depth, input left, output right. table: epoch, layer, name,
    mean, low, high, std, unit_std. A dot at the mean, a line from mean − spread to mean + spread."""
    table = pieces.held(table if scrub else table[table["epoch"] == table["epoch"].max()])
    reach = [float(table["low"].min()), float(table["high"].max())] if table["mean"].notna().any() else [-1.0, 1.0]
    scale = alt.Scale(nice=False, padding=6)
    x = alt.X("layer:O", axis=_layer_axis(table))
    shown = alt.Chart(table).transform_filter(pieces.at_slider()) if scrub else alt.Chart(table)
    tips = [
        alt.Tooltip("name:N", title="layer"),
        alt.Tooltip("mean:Q", format=".3~g"),
        alt.Tooltip("std:Q", title="spread over units and rows", format=".3~g"),
        alt.Tooltip("unit_std:Q", title="spread of a unit over rows", format=".3~g"),
        alt.Tooltip("epoch:Q", format=",d"),
    ]
    y = alt.Y("mean:Q", scale=scale, axis=pieces.above("output of the layer: mean ± spread", tickCount=5))
    low = alt.Y("low:Q", scale=scale)
    zero = alt.Chart(pd.DataFrame({"y": [0]})).mark_rule(strokeDash=[3, 3])
    layers = [
        shown.mark_circle(size=90).encode(x=x, y=y, tooltip=tips),
        shown.mark_rule(strokeWidth=5, opacity=0.35).encode(x=x, y=low, y2=alt.Y2("high:Q"), tooltip=tips),
        zero.encode(y=alt.Y("y:Q", scale=scale), color=pieces.GRAY),
        pieces.holding(reach[0], reach[1], scale),
        _no_number(shown, "mean", x),
    ]
    if not scrub:
        return pieces.layered(*layers, height=height)
    return pieces.layered(
        *layers, pieces.epochs_seen(table, alt.expr("width - 64"), -16), height=height, slider_to=planned
    )


def _no_number(shown: alt.Chart, field: str, x: alt.X) -> alt.Chart:
    """✕ at layers whose value is not a number, or for a collapsed layer has no logarithm."""
    crosses = shown.transform_filter(f"!isValid(datum.{field})").mark_text(text="✕", fontSize=12, fontWeight="bold")
    return crosses.encode(
        x=x,
        y=alt.YValue(alt.expr("height / 2")),
        color=pieces.RED,
        tooltip=[alt.Tooltip("name:N"), alt.Tooltip("epoch:Q")],
    )


def _nothing(silent: alt.Chart, x: alt.X, tips: list[alt.Tooltip]) -> list[alt.Chart]:
    """Layers that answer the same to every row: 0 has no logarithm, so it stands below all the others."""
    y = alt.YValue(alt.expr("height - 8"))
    return [
        silent.mark_point(shape="diamond", size=90, filled=True, opacity=1).encode(
            x=x, y=y, color=pieces.RED, tooltip=tips
        ),
        silent.mark_text(text="0", align="left", dx=9, fontSize=pieces.NOTE).encode(x=x, y=y, color=pieces.RED),
    ]


def _layer_axis(table: pd.DataFrame) -> alt.Axis:
    count = table["layer"].nunique()
    step = max(1, -(-count // 12))
    last = int(table["layer"].max()) if count else 1
    label = "datum.value == 1 ? 'layer 1' : datum.value"
    regular = [number for number in range(1, last, step) if last - number >= step]
    return pieces.below("layer", labelExpr=label, values=[*regular, last], labelAngle=0)


def signal(table: pd.DataFrame, planned: int, height: int = 260, scrub: bool = True) -> Chart:
    """How much of the difference between rows is left at each layer, relative to layer 1. table: epoch, layer, name,
    spread (log10 of a unit's spread over rows ÷ that of layer 1), unit_std. Healthy is between a tenth and ten
    times."""
    table = pieces.held(table if scrub else table[table["epoch"] == table["epoch"].max()])
    table = table.assign(spread=table["spread"].where(table["spread"].abs() < float("inf")))
    known = table["spread"].dropna()
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    scale = alt.Scale(nice=False, padding=6)
    axis = pieces.above("spread ÷ layer 1’s", values=list(range(-18, 10, 3)), labelExpr=_POWERS)
    x = alt.X("layer:O", axis=_layer_axis(table))
    y = alt.Y("spread:Q", scale=scale, axis=axis)
    shown = alt.Chart(table).transform_filter(pieces.at_slider()) if scrub else alt.Chart(table)
    tips = [
        alt.Tooltip("name:N", title="layer"),
        alt.Tooltip("unit_std:Q", title="spread of a unit over rows", format=".3~g"),
        alt.Tooltip("epoch:Q", format=",d"),
    ]
    layers = [
        shown.mark_line(strokeWidth=pieces.LINE).encode(x=x, y=y),
        *pieces.healthy_band(-1, 1, scale, 14),
        pieces.holding(min(low, -3.0) - bool((table["unit_std"] == 0).any()), high, scale),  # room for 0 below them
        _no_number(shown.transform_filter("datum.unit_std !== 0"), "spread", x),
        *_nothing(shown.transform_filter("datum.unit_std === 0"), x, tips),
        shown.transform_filter("abs(datum.spread) <= 1").mark_circle(size=70, opacity=1).encode(x=x, y=y, tooltip=tips),
        shown.transform_filter("abs(datum.spread) > 1")
        .mark_point(shape="diamond", size=90, filled=True, opacity=1)
        .encode(x=x, y=y, color=pieces.RED, tooltip=tips),
    ]
    if not scrub:
        return pieces.layered(*layers, height=height)
    seen = pieces.epochs_seen(table, alt.expr("width - 64"), -16)
    return pieces.layered(*layers, seen, height=height, slider_to=planned)


_POWERS = (
    "datum.value == 0 ? 'same' : datum.value == 3 ? '× 1,000' : datum.value == -3 ? '÷ 1,000' : "
    "datum.value == -6 ? '÷ million' : datum.value == -9 ? '÷ billion' : "
    "datum.value == -12 ? '÷ trillion' : ''"
)
