"""What is written into a chart of both splits: levels, rules, what is still to come, what was lost."""

from typing import Any, Protocol

import altair as alt
import numpy as np
import pandas as pd

from core.charts.pieces import NOTE, above

LABEL = 12
RIGHT, ASIDE = (0.78, 1.0), (0.14, 0.44)
"""Where the name of a level may stand: shares of the epochs that it covers at the right end, and further left."""
CROWDED = 0.07
"""A curve so near, as a share of the axis, runs through the name (our choice: a line of text and its gap)."""


class Lines(Protocol):
    """What the charts read of core.analysis.lines.Curves."""

    lines: pd.DataFrame
    rules: pd.DataFrame
    levels: pd.DataFrame
    marks: pd.DataFrame
    ends: pd.DataFrame
    title: str
    planned: int
    latest: int
    domain: tuple[float, float]
    share: bool
    is_live: bool
    over: str
    broken_from: int | None
    memorising: int | None


def at_field(x: alt.X, field: str) -> alt.X:
    """The same axis and scale for another field."""
    other = x.copy()
    other.shorthand = f"{field}:Q"
    return other


def y_axis(curves: Lines, scale: alt.Scale, field: str) -> alt.Y:
    settings: dict[str, Any] = {"tickCount": 6, **({"format": "%"} if curves.share else {})}
    if scale.type == "log":
        settings = {"values": _decades(*scale.domain), "format": "~g"}
    return alt.Y(f"{field}:Q", scale=scale, axis=above(curves.title, **settings))


def waiting(curves: Lines, x: alt.X) -> list[alt.Chart]:
    """The part of the epochs that is still to come, shaded; in red and named where there are no numbers any more."""
    is_lost = curves.broken_from is not None
    start = (curves.broken_from or 0) - 1 if is_lost else curves.latest
    end = curves.planned if (curves.is_live or is_lost) else start
    wide = end - start > 0.15 * curves.planned
    words = "" if is_lost or not wide else "still to come"
    from_, middle = max(0, start), (max(0, start) + end) / 2
    table = pd.DataFrame({"start": [from_], "end": [end], "words": [words], "middle": [middle], "lost": [is_lost]})
    base = alt.Chart(table)
    shades = [
        base.transform_filter(f"{sign}datum.lost")
        .mark_rect(opacity=0.09)
        .encode(x=at_field(x, "start"), x2=alt.X2("end:Q"), color=alt.ColorValue(colour))
        for sign, colour in (("", "red"), ("!", "gray"))
    ]
    named = base.mark_text(fontSize=NOTE).encode(
        x=at_field(x, "middle"),
        y=alt.YValue(alt.expr("height * 0.5")),
        text=alt.Text("words:N"),
        color=alt.ColorValue("gray"),
    )
    return [*shades, named]


def levels(curves: Lines, x: alt.X, scale: alt.Scale) -> list[alt.Chart]:
    """What it is compared with, dashed; named above the line unless that is the top, at its right end unless a curve
    runs there and leaves more room further left."""
    low, high = curves.domain
    table = _kept(curves.levels, "value")
    table = table[(table["value"] >= low) & (table["value"] <= high)].sort_values("value").reset_index(drop=True)
    shown = table.assign(value_at=table["value"], under=table["value"] + 0.09 * (high - low) > high)
    shown["aside"] = [_is_crowded(curves, float(value)) for value in shown["value"]]
    empty = pd.DataFrame({"value_at": [high], "words": [""], "under": [False], "aside": [False]})
    base = alt.Chart(shown if len(shown) else empty)
    y = y_axis(curves, scale, "value_at")
    texts = []
    for under, dy in ((True, 5), (False, -5)):
        for aside, place in ((False, alt.XValue("width")), (True, alt.XValue(alt.expr(f"width * {ASIDE[1]}")))):
            kept = base.transform_filter(f"datum.under == {str(under).lower()} && datum.aside == {str(aside).lower()}")
            text = kept.mark_text(align="right", baseline="top" if under else "bottom", dx=-3, dy=dy, fontSize=NOTE)
            texts.append(text.encode(x=place, y=y, text=alt.Text("words:N"), color=alt.ColorValue("gray")))
    rule = base.transform_filter("datum.words != ''").mark_rule(strokeDash=[3, 3], strokeWidth=1.2)
    return [rule.encode(y=y, color=alt.ColorValue("gray")), *texts]


def _is_crowded(curves: Lines, value: float) -> bool:
    """Whether a curve runs through the name at the right end of a level, and less so further left."""
    right, left = (_room(curves, value, place) for place in (RIGHT, ASIDE))
    return right < CROWDED and left > right


def _room(curves: Lines, value: float, place: tuple[float, float]) -> float:
    """How near a curve comes to the level within a part of the epochs (shares of all), as a share of the axis."""
    first, last = (share * curves.planned for share in place)
    near = curves.lines[curves.lines["epoch"].between(first, last)]["median"].dropna()
    low, high = curves.domain
    return float((near - value).abs().min() / (high - low)) if len(near) else 1.0


def _kept(table: pd.DataFrame, column: str) -> pd.DataFrame:
    return table[np.isfinite(table[column].astype(float))] if len(table) else table


def rules(curves: Lines, x: alt.X) -> list[alt.Chart]:
    """Dashed vertical rules with their notes at the top: best epoch, early stopping. The note goes to the free side."""
    table = curves.rules.reset_index(drop=True)
    left = table["epoch"] > 0.7 * curves.planned
    table = table.assign(left=left, line=table.groupby(left).cumcount())
    if not len(table):
        table = pd.DataFrame({"epoch": [0], "words": [""], "left": [False], "line": [0]})
    base = alt.Chart(table)
    at = at_field(x, "epoch")
    rule = base.transform_filter("datum.words != ''").mark_rule(strokeDash=[3, 3], strokeWidth=1)
    notes = []
    for is_left, dx in ((False, 6), (True, -6)):
        for line in (0, 1):
            text = base.transform_filter(f"datum.left == {str(is_left).lower()} && datum.line == {line}").mark_text(
                align="right" if is_left else "left", baseline="top", dx=dx, dy=2 + 16 * line, fontSize=NOTE
            )
            notes.append(text.encode(x=at, y=alt.YValue(0), text=alt.Text("words:N"), color=alt.ColorValue("gray")))
    return [rule.encode(x=at, color=alt.ColorValue("gray")), *notes, *_over(curves, at)]


def _over(curves: Lines, at: alt.X) -> list[alt.Chart]:
    """The note about a line that starts above the axis: beside the line, under the note of a rule near it."""
    first = curves.rules["epoch"].min() if len(curves.rules) else curves.planned
    near = first < 0.3 * curves.planned
    start = float(first) if near else 0.012 * curves.planned
    table = pd.DataFrame({"epoch": [start], "over": [curves.over], "under": [near]})
    drawn = []
    for sign, dy in (("", 20), ("!", 2)):
        base = alt.Chart(table).transform_filter(f"{sign}datum.under")
        text = base.mark_text(align="left", baseline="top", dx=6, dy=dy, fontSize=NOTE)
        drawn.append(text.encode(x=at, y=alt.YValue(0), text=alt.Text("over:N"), color=alt.ColorValue("gray")))
    return drawn


def broken(curves: Lines, x: alt.X) -> list[alt.Chart]:
    """✕ at the first epoch without numbers, in the half of the plot where the lines do not end."""
    at, said = curves.broken_from, "not a number from here on"
    is_left = at is not None and at > 0.6 * curves.planned
    low, high = curves.domain
    ends_high = len(curves.ends) > 0 and float(curves.ends["value"].mean()) > (low + high) / 2
    found = []
    for is_below, height in ((True, 0.78), (False, 0.28)):
        shown = at is not None and is_below == ends_high
        words = {"left": said if shown and is_left else "", "right": said if shown and not is_left else ""}
        table = pd.DataFrame(
            {"epoch": [at or 0], "cross": ["✕" if shown else ""], **{k: [v] for k, v in words.items()}}
        )
        base, y, red = alt.Chart(table), alt.YValue(alt.expr(f"height * {height}")), alt.ColorValue("red")
        right = base.mark_text(align="left", dx=14, fontSize=LABEL, fontWeight="bold")
        left = base.mark_text(align="right", dx=-14, fontSize=LABEL, fontWeight="bold")
        found += [
            base.mark_text(fontSize=18, fontWeight="bold").encode(x=x, y=y, text=alt.Text("cross:N"), color=red),
            left.encode(x=x, y=y, text=alt.Text("left:N"), color=red),
            right.encode(x=x, y=y, text=alt.Text("right:N"), color=red),
        ]
    return found


def _decades(low: float, high: float) -> list[float]:
    """Ticks of a logarithmic axis: powers of ten, with 2 and 5 between where there are few."""
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    steps = (1,) if last - first > 3 else (1, 2, 5)
    ticks = [round(step * 10.0**n, 12) for n in range(first, last + 1) for step in steps]
    return [tick for tick in ticks if low <= tick <= high]
