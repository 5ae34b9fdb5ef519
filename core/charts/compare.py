"""Arms of a study side by side: a dot per seed, the score through training, the gradient by layer. Arms have a colour,
a shape and a dash; from the fifth on they are drawn in ink, and from the ninth on told apart by their names alone."""

import json
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from core.charts.axes import Chart, dodged, epoch_x, in_words, layer_ticks, ratio_labels, ratio_ticks
from core.charts.gradients import HEALTHY, LAST, Rows
from core.charts.names import safe_names
from core.charts.pieces import GRAY, GREEN, LINE, NOTE, above, apart, at_field, below, layered

COLOURED = 4
SHAPES = ("circle", "square", "triangle-up", "diamond", "circle", "cross", "triangle-down", "triangle-right")
DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (1, 0), (12, 4), (1, 3), (12, 3, 1, 3, 1, 3))
"""The first four in colour, the others in ink."""
NUMBERS = list(range(1, len(SHAPES) + 1))
INSIDE, BESIDE = 28, 45
"""Letters of an arm's name that a chart shows at a line, and beside its dots."""
NEAR = 0.03
"""Share of the axis within which a median lies at the line of guessing."""
LOWEST = -15
"""log10 of the smallest share of the gradient that has a height of its own: a dead arm would squeeze the others."""
LETTERS = 15
"""Letters of a line beside a plot: two lines hold most names, and a phone still has room for the plot (our choice)."""


def dots(
    table: pd.DataFrame, arms: Sequence[str], guess: float | None = None, share: bool = True, most_lines: int = 4
) -> Chart:
    """One dot per seed on an axis from 0 to 1, a thick line from the lowest to the highest, the median in bold. table:
    arm, seed, value, words, median, low, high, median_words, is_better. most_lines: of a name, which is cut there."""
    names = dict(zip(arms, safe_names(arms, BESIDE), strict=True))
    shown = table.assign(row=table["arm"].map({arm: len(names) - n for n, arm in enumerate(names)}))
    shown = shown.assign(name=shown["arm"].map(names))
    domain = [0.0, 1.0] if share else [min(-0.1, float(table["low"].min()) if len(table) else 0.0), 1.0]
    axis = below("validation accuracy" if share else "validation R²", grid=True, domain=False, tickCount=5)
    if share:
        axis.format = "%"
    x = alt.X("value:Q", scale=alt.Scale(domain=domain, nice=False), axis=axis)
    rows = {len(names) - n: _in_lines(name, most_lines) for n, name in enumerate(names.values())}
    y_axis = alt.Axis(title=None, domain=False, ticks=False, grid=False, values=list(rows), labelExpr=_expression(rows))
    y = alt.Y("row:Q", scale=alt.Scale(domain=[0.4, len(names) + 0.7], nice=False, zero=False), axis=y_axis)
    tips = [alt.Tooltip("name:N", title="arm"), alt.Tooltip("seed:Q"), alt.Tooltip("words:N", title="validation")]
    whole = alt.Chart(shown.drop_duplicates("row"))
    layers = [
        *_guess(guess),
        whole.mark_rule(strokeWidth=5, opacity=0.35).encode(x=at_field(x, "low"), x2=alt.X2("high:Q"), y=y),
    ]
    for sign, colour in (("", GREEN), ("!", GRAY)):
        of = alt.Chart(shown).transform_filter(f"{sign}datum.is_better").mark_circle(size=80, opacity=0.9)
        layers.append(of.encode(x=x, y=y, color=colour, tooltip=tips))
    near = "false" if guess is None else f"abs(datum.median - {guess}) < {NEAR * (domain[1] - domain[0])}"
    said = {"baseline": "bottom", "dy": -9, "fontSize": NOTE, "fontWeight": "bold"}
    for where, beside in ((f"!({near})", {}), (near, {"align": "left", "dx": 5})):  # clear of the line of guessing
        mark: dict[str, Any] = {**said, **beside}
        text = whole.transform_filter(where).mark_text(**mark)
        layers.append(text.encode(x=at_field(x, "median"), y=y, text=alt.Text("median_words:N")))
    lines = max(map(len, rows.values()), default=1)
    return layered(*layers, height=60 + max(46, 16 + 14 * lines) * max(1, len(names)))


def _with_value(name: str, value: str, most: int) -> list[str]:
    """A name with the value after it, in at most so many lines; of a long name the beginning."""
    lines = textwrap.wrap(f"{name} {value}", LETTERS)
    if len(lines) <= most:
        return lines
    *kept, last = _in_lines(name, most)
    return [*kept, f"{last.rstrip('…')[: LETTERS - len(value) - 2].rstrip()}… {value}"]


def _in_lines(name: str, most: int) -> list[str]:
    """A name in lines for which a phone has room; of more than `most` the rest is left out."""
    lines = textwrap.wrap(name, LETTERS) or [""]
    if len(lines) > most:
        last = lines[most - 1]
        lines = [*lines[: most - 1], f"{last if len(last) < LETTERS else last[:-1].rstrip()}…"]
    return lines


def _expression(rows: dict[int, list[str]]) -> str:
    """The label expression of rows with names in lines."""
    return "".join(f"datum.value == {row} ? {json.dumps(lines)} : " for row, lines in rows.items()) + "''"


def _guess(guess: float | None) -> list[alt.Chart]:
    table = pd.DataFrame({"guess": [guess if guess is not None else 0.0], "words": ["guessing"]})
    if guess is None:
        return []
    base = alt.Chart(table)
    text = base.mark_text(align="left", baseline="bottom", dx=4, dy=-2, fontSize=11)
    return [
        base.mark_rule(strokeDash=[3, 3], strokeWidth=1.2).encode(x=alt.X("guess:Q"), color=GRAY),
        text.encode(x=alt.X("guess:Q"), y=alt.YValue("height"), text=alt.Text("words:N"), color=GRAY),
    ]


def curves(
    table: pd.DataFrame,
    arms: Sequence[str],
    planned: int,
    guess: float | None = None,
    share: bool = True,
    height: int = 340,
    title: str | None = None,
) -> Chart:
    """The validation score of each arm through training: line = median seed, band = lowest to highest. table: arm,
    epoch, median, low, high, words."""
    shown = _numbered(table, arms)
    lowest = float(shown["low"].min()) if len(shown) else 0.0
    scale = alt.Scale(domain=[0.0, 1.02] if share else [max(-1.0, min(-0.1, lowest)), 1.02], nice=False)
    said = title or ("validation accuracy" if share else "validation R²")
    axis = above(said, tickCount=5, **({"format": "%"} if share else {}))
    x, y = epoch_x(planned), alt.Y("median:Q", scale=scale, axis=axis)
    tips = [
        alt.Tooltip("epoch:Q", format=",d"),
        alt.Tooltip("name:N", title="arm"),
        alt.Tooltip("words:N", title="median"),
    ]
    touch = alt.Chart(shown).mark_circle(size=120, opacity=0).encode(x=x, y=y, tooltip=tips)
    bands = [
        base.mark_area(opacity=0.16).encode(
            x=x, y=at_field(y, "low"), y2=alt.Y2("high:Q"), detail=alt.Detail("arm:N"), **looks("color")
        )
        for base, looks in _looks(shown)
    ]
    drawn = [*_level(guess, y), *bands, *_lines(shown, x, y), touch, *_ends(shown, planned, y, scale, height)]
    return layered(*drawn, height=height)


def losses(
    table: pd.DataFrame, arms: Sequence[str], planned: int, height: int = 280, title: str = "validation loss"
) -> Chart:
    """The validation loss of each arm through training: line = median seed, band = lowest to highest, from 0 to a
    little above the first losses; what lies above is cut. table: arm, epoch, median, low, high, words."""
    shown = _numbered(table, arms)
    first = shown[shown["epoch"] == shown["epoch"].min()]["median"]
    first = first[np.isfinite(first)]
    top = 1.25 * float(first.median()) if len(first) and first.median() > 0 else 1.0
    for column in ("median", "low", "high"):
        shown[column] = shown[column].clip(0, top)
    scale = alt.Scale(domain=[0.0, top], nice=False)
    x, y = epoch_x(planned), alt.Y("median:Q", scale=scale, axis=above(title, tickCount=5))
    tips = [alt.Tooltip("epoch:Q", format=",d"), alt.Tooltip("name:N", title="arm"), alt.Tooltip("words:N")]
    touch = alt.Chart(shown).mark_circle(size=120, opacity=0).encode(x=x, y=y, tooltip=tips)
    bands = [
        base.mark_area(opacity=0.16).encode(
            x=x, y=at_field(y, "low"), y2=alt.Y2("high:Q"), detail=alt.Detail("arm:N"), **looks("color")
        )
        for base, looks in _looks(shown)
    ]
    return layered(*bands, *_lines(shown, x, y), touch, *_ends(shown, planned, y, scale, height), height=height)


def _places(deepest: int, of: Rows) -> dict[int, str]:
    """Names of some places, counted from the last, where all arms have as many: "layer 1", "5", "9", "output"."""
    names = [f"{of} {number}" for number in range(1, 1 - deepest)] + [LAST[of]]
    return {number + deepest - 1: name for number, name in layer_ticks(names, 5).items()}


def _looks(shown: pd.DataFrame) -> list[tuple[alt.Chart, Callable[..., dict[str, Any]]]]:
    """The coloured arms with what tells them apart, and, where there are any, those beyond, in ink."""
    channels = {"color": _colour, "strokeDash": _dash, "shape": _shape}
    base = alt.Chart(shown)
    coloured = (
        base.transform_filter(f"datum.number <= {COLOURED}"),
        lambda *names: {name: channels[name]() for name in names},
    )
    if not (shown["number"] > COLOURED).any():
        return [coloured]
    inked = (
        base.transform_filter(f"datum.number > {COLOURED}"),
        lambda *names: {name: channels[name]() for name in names if name != "color"},
    )
    return [coloured, inked]


def _lines(shown: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    return [
        base.mark_line(strokeWidth=LINE).encode(x=x, y=y, detail=alt.Detail("arm:N"), **looks("color", "strokeDash"))
        for base, looks in _looks(shown)
    ]


def _numbered(table: pd.DataFrame, arms: Sequence[str]) -> pd.DataFrame:
    """Adds the arm's safe name and the number of its look, 1 to 8: those in ink take turns where there are more."""
    names = dict(zip(arms, safe_names(arms, INSIDE), strict=True))
    inked = len(SHAPES) - COLOURED
    numbers = {arm: n if n <= COLOURED else COLOURED + 1 + (n - COLOURED - 1) % inked for n, arm in enumerate(arms, 1)}
    return table.assign(name=table["arm"].map(names), number=table["arm"].map(numbers))


def _colour() -> alt.Color:
    return alt.Color("number:N", scale=alt.Scale(domain=[1, 2, 3, 4], range="category"), legend=None)


def _dash() -> alt.StrokeDash:
    dashes = [list(dash) for dash in DASHES]
    return alt.StrokeDash("number:N", scale=alt.Scale(domain=NUMBERS, range=dashes), legend=None)


def _shape() -> alt.Shape:
    return alt.Shape("number:N", scale=alt.Scale(domain=NUMBERS, range=list(SHAPES)), legend=None)


def _level(guess: float | None, y: alt.Y) -> list[alt.Chart]:
    if guess is None:
        return []
    base = alt.Chart(pd.DataFrame({"guess": [guess], "words": ["guessing"]}))
    text = base.mark_text(align="right", baseline="bottom", dx=-4, dy=-4, fontSize=NOTE)
    at = at_field(y, "guess")
    return [
        base.mark_rule(strokeDash=[3, 3], strokeWidth=1.2).encode(y=at, color=GRAY),
        text.encode(x=alt.XValue("width"), y=at, text=alt.Text("words:N"), color=GRAY),
    ]


def _ends(shown: pd.DataFrame, planned: int, y: alt.Y, scale: alt.Scale, height: int) -> list[alt.Chart]:
    """Right of the plot, at the height of each line's end: its shape in its colour, its name and last value in ink; in
    as many lines as there is room for, so that more is left of the plot."""
    ends = shown.sort_values("epoch").groupby("arm", sort=False).last().reset_index()
    low, high = scale.domain
    room = int(1 / (apart(height) * max(1, len(ends))))
    told = list(zip(ends["name"], ends["words"], strict=True))
    lines = [_with_value(*each, room) for each in told] if room > 1 else [[f"{name} {words}"] for name, words in told]
    ends["words"] = ["\n".join(each) for each in lines]
    ends["end_at"] = dodged(list(ends["median"]), low, high, apart(height), [len(each) for each in lines])
    x, at = epoch_x(planned, "end"), at_field(y, "end_at")
    ends["end"] = planned
    signs = [
        base.mark_point(filled=True, size=60, opacity=1, xOffset=12).encode(x=x, y=at, **looks("color", "shape"))
        for base, looks in _looks(ends)
    ]
    text = alt.Chart(ends).mark_text(align="left", dx=22, fontSize=NOTE, fontWeight="bold", lineBreak="\n")
    return [*signs, text.encode(x=x, y=at, text=alt.Text("words:N"))]


def profiles(table: pd.DataFrame, arms: Sequence[str], height: int = 340, of: Rows = "layer") -> Chart:
    """Why: the gradient by layer of each arm, median of seeds, relative to the output layer; or by step of the
    sequence, relative to the last. table: arm, place (0 is the output, or the last step, −1 the one before it), name,
    median (log10), words."""
    shown = _numbered(table, arms)
    known = shown["median"][np.isfinite(shown["median"])]
    low = min(-9, 3 * int(np.floor(max(float(known.min()), LOWEST) / 3))) if len(known) else -9
    high = max(3, 3 * int(np.ceil(min(float(known.max()), 30) / 3))) if len(known) else 3
    deepest = int(shown["place"].min()) if len(shown) else -1
    shown["line"] = shown["median"].clip(low, high)
    scale = alt.Scale(domain=[deepest - 0.3, 0.3], nice=False, zero=False)
    if shown.groupby("arm")["place"].min().nunique() == 1:
        ticks = _places(deepest, of)
    else:  # counted from the output, where all arms meet
        step = max(1, -deepest // 3)
        ticks = {place: f"{-place} before" for place in range(-step, deepest - 1, -step)} | {0: LAST[of]}
    axis = alt.Axis(
        title=None, ticks=False, grid=False, labelFlush=False, values=list(ticks), labelExpr=in_words(ticks)
    )
    x = alt.X("place:Q", scale=scale, axis=axis)
    y_axis = above(f"gradient, relative to {LAST[of]}", **ratio_labels(ratio_ticks(low, high)))
    y = alt.Y("line:Q", scale=alt.Scale(domain=[low, high], nice=False), axis=y_axis)
    tips = [
        alt.Tooltip("name:N", title="arm"),
        alt.Tooltip("layer:Q", title=of),
        alt.Tooltip("words:N", title=f"of the {LAST[of]}'s gradient"),
    ]
    band = alt.Chart(pd.DataFrame({"band": [HEALTHY[0]], "band_high": [HEALTHY[1]], "words": ["healthy"]}))
    text = band.mark_text(align="left", baseline="top", dx=5, dy=4, fontSize=NOTE)
    points = [
        base.mark_point(filled=True, size=46, opacity=1).encode(x=x, y=y, tooltip=tips, **looks("color", "shape"))
        for base, looks in _looks(shown)
    ]
    return layered(
        band.mark_rect(opacity=0.14).encode(y=at_field(y, "band"), y2=alt.Y2("band_high:Q"), color=GREEN),
        text.encode(x=alt.XValue(0), y=at_field(y, "band"), text=alt.Text("words:N"), color=GREEN),
        *_lines(shown, x, y),
        *points,
        height=height,
    )
