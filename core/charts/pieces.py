"""Pieces that many charts share: axes in our manner, epoch sliders that the browser moves alone, notes and bands."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import altair as alt
import pandas as pd
from altair import utils

LINE = 2.4
NOTE = 12
NEVER = 2_000_000_000
"""An epoch after every other: the newest picture stays until a newer one comes."""

RAMP = alt.Scale(domain=[0, 1], range="ramp", interpolate="lab", clamp=True)
"""A share: 0 is the page's own colour, 1 the full colour of the ramp."""

SHAPES = ["circle", "square", "triangle-up", "diamond"]
MOST_COLOURS = 4
"""Class colours that stay apart for every eye; each goes with its shape."""

GRAY, RED, GREEN, ORANGE = (alt.ColorValue(word) for word in ("gray", "red", "green", "orange"))
"""Colour words that the browser replaces by the theme's colours; they work in `encoding.color` alone."""
RIGHT_EDGE, BOTTOM_EDGE = alt.XValue(alt.expr("width")), alt.YValue(alt.expr("height"))

Chart = alt.LayerChart
CANVAS = {"embedOptions": {"renderer": "canvas"}}
"""For charts with more marks than an SVG should hold; and drawn as SVG, the clip of a chart that was laid out in a
narrow place first stays empty (measured)."""


def above(title: str, **others: Any) -> alt.Axis:
    """A y axis whose title lies above the plot, horizontally: "↑ cross-entropy"."""
    place: dict[str, Any] = {"titleAngle": 0, "titleAnchor": "end", "titleAlign": "left", "titleBaseline": "bottom"}
    settings = {**place, "titleX": -4, "titleY": -10, "minExtent": 46, "domain": False, "ticks": False, **others}
    return alt.Axis(title=f"↑ {title}", **_all_ticks(settings))


def below(title: str, **others: Any) -> alt.Axis:
    """An x axis whose title stands at its right end: "epoch →"."""
    settings = {"titleAnchor": "end", "grid": False, "ticks": False, "labelFlush": False, **others}
    return alt.Axis(title=f"{title} →", **_all_ticks(settings))


def _all_ticks(settings: dict[str, Any]) -> dict[str, Any]:
    """Vega drops every second of the wanted ticks where the plot is low, unless it is told their number."""
    return {"tickCount": len(settings["values"]), **settings} if settings.get("values") else settings


def words(table: pd.DataFrame, **mark: Any) -> alt.Chart:
    """Text marks that say the column `words`, in the size of notes."""
    return alt.Chart(table).mark_text(**{"fontSize": NOTE, **mark}).encode(text=alt.Text("words:N"))


@dataclass(frozen=True)
class Note:
    """A few words in a plot, at a place in the units of its axes. kind: what the colour scale calls them; dx, dy, size:
    pixels; seen: from 0, which only keeps their room free, to 1."""

    x: float
    y: float
    words: str
    kind: str = "note"
    align: str = "center"
    baseline: str = "middle"
    dx: float = 0
    dy: float = 0
    size: float = NOTE
    weight: str = "normal"
    seen: float = 1


def noted(notes: Sequence[Note], x: alt.X, y: alt.Y, colour: alt.Color | alt.ColorValue | None = None) -> alt.Chart:
    """All notes of a plot in one layer: how each is set comes with the data, so that the browser has one layer to put
    together (each costs it 3 ms, measured) and the specification stays the same whatever is said. In ink without a
    colour."""
    table = pd.DataFrame([asdict(note) for note in notes] or [asdict(Note(0, 0, ""))])
    table = table.rename(columns={"x": "note_x", "y": "note_y"})
    each: dict[str, Any] = {name: alt.expr(f"datum.{name}") for name in ("align", "baseline", "dx", "dy")}
    look = {"fontSize": "size", "fontWeight": "weight", "opacity": "seen"}
    each |= {name: alt.expr(f"datum.{field}") for name, field in look.items()}
    text = alt.Chart(table).mark_text(**each)
    of = {} if colour is None else {"color": colour}
    return text.encode(x=at_field(x, "note_x"), y=at_field(y, "note_y"), text=alt.Text("words:N"), **of)


def haloed(text: alt.Chart) -> tuple[alt.Chart, alt.Chart]:
    """Room of the page's colour around the letters of words, and the words. The room lies over rules and bands, which
    would strike the words, and under what was measured, which nothing may cover."""
    room = text.copy(deep=False)
    room.mark, room.encoding = text.mark.copy(deep=False), text.encoding.copy(deep=False)
    room.mark.style, room.encoding.color = "halo", alt.Undefined
    return room, text


def at_field(axis: Any, field: str) -> Any:
    """The same axis and scale for another field."""
    other = axis.copy()
    other.shorthand = f"{field}:Q"
    return other


def share_y(title: str, field: str, top: float = 1.0) -> alt.Y:
    """Shares from 0 to 100 %."""
    scale = alt.Scale(domain=[0, top], nice=False)
    return alt.Y(f"{field}:Q", scale=scale, axis=above(title, format="%", values=[0, 0.25, 0.5, 0.75, 1]))


def slider(planned: int, name: str = "shown") -> alt.Parameter:
    """The epoch slider under a chart. It starts at the planned end, where the newest recorded epoch is shown."""
    last = max(1, planned)
    return alt.param(name=name, value=last, bind=alt.binding_range(min=0, max=last, step=1, name="epoch"))


def at_slider(name: str = "shown") -> str:
    """The filter that keeps the rows of the epoch at the slider; data need `until` (see held)."""
    return f"datum.epoch <= {name} && {name} < datum.until"


def held(table: pd.DataFrame, epochs: Sequence[int] | None = None) -> pd.DataFrame:
    """Adds `until`: each kept epoch is shown until the next kept one, the newest for ever. `epochs` names the kept
    ones where some of them have no row."""
    kept = sorted(set(epochs if epochs is not None else table["epoch"].tolist()))
    following = dict(zip(kept, [*kept[1:], NEVER], strict=True)) if kept else {}
    return table.assign(until=table["epoch"].map(following).astype("int64"))


def epochs_seen(table: pd.DataFrame, x: float | alt.ExprRef, y: float | alt.ExprRef) -> alt.Chart:
    """The note "epoch 14" in the plot at pixel x, y (its top left corner), true to the data rather than to the
    slider."""
    seen = held(pd.DataFrame({"epoch": sorted(table["epoch"].unique())}))
    seen["words"] = "epoch " + seen["epoch"].map("{:,}".format)
    base = alt.Chart(seen).transform_filter(at_slider()).mark_text(align="left", baseline="top", fontSize=NOTE)
    return base.encode(text=alt.Text("words:N"), x=alt.XValue(x), y=alt.YValue(y), color=GRAY)


class Layered(alt.LayerChart):
    """Altair's chart of layers, put together as it is given. Altair's own copies all layers whenever such a chart is
    made or copied (measured: half of the time of a chart of thirty layers), to move data, sizes and parameters up."""

    def __init__(self, layer: Sequence[alt.Chart] = (), **properties: Any) -> None:
        super(alt.LayerChart, self).__init__(layer=list(layer), **properties)


def layered(*marks: alt.Chart, height: int, slider_to: int | None = None, **properties: Any) -> Layered:
    """All marks in one view, the first at the bottom; with `slider_to` an epoch slider up to that epoch, and a canvas,
    because with filters the browser would otherwise make an SVG node of every mark. What can be picked in a layer is
    said at the top, where Streamlit looks for it."""
    params: list[Any] = []
    if slider_to is not None:
        params.append(slider(slider_to).param)
        properties["usermeta"] = CANVAS
    layers = list(marks)
    for place, mark in enumerate(layers):
        if not utils.is_undefined(mark.params):
            layers[place] = mark.copy(deep=False)
            layers[place].name, layers[place].params = f"view_{place}", alt.Undefined
            views = [layers[place].name]
            params += [alt.TopLevelSelectionParameter(**each.to_dict(), views=views) for each in mark.params]
    if params:
        properties["params"] = params
    return Layered(layers, height=height, **properties)


def still_to_come(last: int, planned: int) -> list[alt.Chart]:
    """The part of the epoch axis that has no data yet, shaded and named; nothing to see once the last epoch is
    there."""
    waits = planned - last > 0.12 * planned
    table = pd.DataFrame({"from": [min(last, planned)], "to": [planned], "words": ["still to come" if waits else ""]})
    base = alt.Chart(table)
    x, x2 = alt.X("from:Q"), alt.X2("to:Q")
    shade = base.mark_rect(opacity=0.08).encode(x=x, x2=x2, color=GRAY)
    name = words(table, align="right", baseline="top", dx=-6, dy=20)
    return [shade, name.encode(x=alt.X("to:Q"), y=alt.YValue(0), color=GRAY)]


def healthy_band(low: float, high: float, scale: alt.Scale, note_dy: float = -4) -> list[alt.Chart]:
    """The green band across the plot between two values of y, with its name at the right on top of it."""
    table = pd.DataFrame({"low": [low], "high": [high], "words": ["healthy"]})
    band = alt.Chart(table).mark_rect(opacity=0.14)
    name = words(table, align="right", baseline="bottom", dx=-4, dy=note_dy)
    return [
        band.encode(y=alt.Y("low:Q", scale=scale), y2=alt.Y2("high:Q"), color=GREEN),
        name.encode(x=RIGHT_EDGE, y=alt.Y("high:Q", scale=scale), color=GREEN),
    ]


def healthy_through(
    lines: pd.DataFrame, low: float, high: float, x: alt.X, y: alt.Y, planned: int, room: float
) -> list[alt.Chart]:
    """The green band between two values of y through all epochs, named where no line runs: on top of it at the right,
    else at the left, else inside it. lines: epoch, median. room: what a line of text takes of y."""
    band = alt.Chart(pd.DataFrame({"low": [low], "high": [high]})).mark_rect(opacity=0.14)
    struck = lines[lines["median"].between(high - room / 3, high + room)]["epoch"]
    on_top: dict[str, Any] = {"y": high, "words": "healthy", "baseline": "bottom", "dy": -4}
    right = Note(x=planned, align="right", dx=-4, **on_top)
    name = right
    if (struck > 0.8 * planned).any():
        inside = replace(right, y=(low + high) / 2, baseline="middle", dy=0)
        name = inside if (struck < 0.2 * planned).any() else Note(x=0, align="left", dx=4, **on_top)
    return [band.encode(y=at_field(y, "low"), y2=alt.Y2("high:Q"), color=GREEN), noted([name], x, y, GREEN)]


def holding(low: float, high: float, scale: alt.Scale) -> alt.Chart:
    """Nothing to see: holds the y axis open from low to high, so that it stays the same at every epoch of a slider
    while the specification does not depend on the data."""
    table = pd.DataFrame({"reach": [low, high]})
    return alt.Chart(table).mark_point(opacity=0).encode(y=alt.Y("reach:Q", scale=scale))


def apart(height: int) -> float:
    """How far line-end labels stay apart in a chart of this height, as a share of its domain: a line of text."""
    return 15 / max(80, height - 90)


def ramp_key(
    said: tuple[str, str, str],
    x: tuple[float, float],
    y: tuple[float, float],
    x_scale: alt.Scale,
    y_scale: alt.Scale,
) -> list[Any]:
    """The key of the ramp inside the plot, in the plot's own coordinates, named at both ends and in the middle. A
    legend would shift the plot against its neighbour."""
    step = (x[1] - x[0]) / 20
    cells = pd.DataFrame({"share": [number / 19 for number in range(20)], "low": y[0], "high": y[1]})
    cells["left"] = [x[0] + number * step for number in range(20)]
    cells["right"] = cells["left"] + step
    named = pd.DataFrame({"at": [x[0], (x[0] + x[1]) / 2, x[1]], "words": said, "high": y[1]})
    strip = (
        alt.Chart(cells)
        .mark_rect(strokeWidth=0.7)
        .encode(
            x=alt.X("left:Q", scale=x_scale),
            x2=alt.X2("right:Q"),
            y=alt.Y("low:Q", scale=y_scale),
            y2=alt.Y2("high:Q"),
            color=alt.Color("share:Q", scale=RAMP, legend=None),
        )
    )
    at: dict[str, Any] = {"x": alt.X("at:Q", scale=x_scale), "y": alt.Y("high:Q", scale=y_scale)}
    return [strip, words(named, baseline="bottom", dy=-3, fontSize=11).encode(**at, color=GRAY)]


def rows_of(layers: Sequence[int]) -> dict[int, int]:
    """Place of each layer on an axis without gaps, the first at the bottom."""
    return {layer: place for place, layer in enumerate(sorted(set(layers)))}


def row_names(table: pd.DataFrame, scale: alt.Scale, most: int = 14) -> alt.Chart:
    """Names left of their rows, thinned to `most`, first and last among them. table: middle, name."""
    rows = table.drop_duplicates("middle").sort_values("middle")
    step = max(1, -(-(len(rows) - 1) // (most - 1)))
    kept = rows.iloc[
        [n for n in range(len(rows)) if n == len(rows) - 1 or (n % step == 0 and len(rows) - 1 - n >= step)]
    ]
    text = alt.Chart(kept[["middle", "name"]]).mark_text(align="right", dx=-8, fontSize=NOTE)
    return text.encode(x=alt.XValue(0), y=alt.Y("middle:Q", scale=scale), text=alt.Text("name:N"))


def thinned(table: pd.DataFrame, most: int = 500) -> pd.DataFrame:
    """At most `most` epochs of a curve, first and last among them."""
    epochs = sorted(table["epoch"].unique())
    if len(epochs) <= most:
        return table
    step = (len(epochs) - 1) / (most - 1)
    kept = {epochs[round(number * step)] for number in range(most)}
    return table[table["epoch"].isin(kept)]


def until_next(table: pd.DataFrame) -> pd.DataFrame:
    """Adds `until` for cells along the epoch axis: the next epoch that has data, one further for the newest."""
    epochs = sorted(table["epoch"].unique())
    ends = dict(zip(epochs, [*epochs[1:], (epochs or [0])[-1] + 1], strict=True))
    return table.assign(until=table["epoch"].map(ends))


def crosses(table: pd.DataFrame, x: alt.X, y: Any) -> alt.Chart:
    """✕ in red where a value is not a number: such epochs are marked, never left out. table: epoch, name, broken."""
    tips = [
        alt.Tooltip("epoch:Q", format=",d"),
        alt.Tooltip("name:N", title="layer"),
        alt.Tooltip("broken:Q", title="seeds with NaN or infinity"),
    ]
    return alt.Chart(table).mark_text(text="✕", fontSize=11).encode(x=x, y=y, color=RED, tooltip=tips)


def percent(share: float) -> str:
    """ "84 %" with a thin gap; a share that is not 0 or 1 never reads as 0 or 100."""
    whole = round(100 * share)
    if whole in (0, 100) and 0 < share < 1:
        return "< 1\u202f%" if whole == 0 else "> 99\u202f%"
    return f"{whole}\u202f%"
