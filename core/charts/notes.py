"""What is written into a chart of both splits: what it is compared with, what happened, what is still to come, what was
lost. All of it is data, so that the chart stays the same whatever is said."""

from collections import Counter
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd

from core.charts.pieces import Note

RIGHT, ASIDE = (0.78, 1.0), (0.14, 0.44)
"""Where the name of a level may stand: shares of the epochs that it covers at the right end, and further left."""
ABOVE, BELOW = 0.042, -0.042
"""How far up from its level the middle of a name stands, as a share of the axis: 5 pixels and half a line of text."""
FREE = 0.04
"""A line that comes nearer to the middle of a name, as a share of the axis, runs through it (our choice: half a line of
text and a gap)."""
WIDEST = 0.5
"""Share of the epochs that a level's name may cover on a phone."""
MOST_RULES = 2
"""Rules that are named on one side of the chart; each name has a line of its own."""
EARLY = 0.15
"""Share of the epochs, and of the height from the top, that the names of two lines and a note take up."""
LINE_OF_TEXT = 16
"""Pixels."""


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


class Plot:
    """The area of a chart in the units of its axes. low, high: ends of the y axis."""

    def __init__(self, curves: Lines, low: float, high: float, log: bool) -> None:
        self.curves = curves
        self.low, self.high = low, high
        self.log = log

    def up(self, share: float) -> float:
        """The value so far up the y axis: 0 at its lower end, 1 at its upper one."""
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + share * (self.high - self.low)

    def height_of(self, value: float) -> float:
        """How far up a value lies."""
        if self.log:
            return float(np.log(value / self.low) / np.log(self.high / self.low)) if value > 0 else -1.0
        return (value - self.low) / (self.high - self.low)

    @cached_property
    def levels(self) -> pd.DataFrame:
        """What the lines are compared with, as far as it lies on the axis, from below."""
        table = self.curves.levels
        table = table[np.isfinite(table["value"].astype(float))]
        return table[table["value"].between(self.low, self.curves.domain[1])].sort_values("value")


def shades(curves: Lines) -> pd.DataFrame:
    """The part of the epochs that is still to come, or that has no numbers any more: start, end, kind."""
    is_lost = curves.broken_from is not None
    start = max(0, (curves.broken_from or 0) - 1 if is_lost else curves.latest)
    end = curves.planned if (curves.is_live or is_lost) else start
    return pd.DataFrame({"start": [start], "end": [end], "kind": ["bad" if is_lost else "note"]})


def still_to_come(plot: Plot) -> list[Note]:
    """The name of that part, where it is wide enough."""
    start, end, kind = shades(plot.curves).iloc[0]
    if kind == "bad" or end - start <= 0.15 * plot.curves.planned:
        return []
    return [Note((start + end) / 2, plot.up(0.5), "still to come")]


def dashes(plot: Plot) -> pd.DataFrame:
    """Dashed lines: one across for each level, one upright for each thing that happened: from_x, to_x, from_y, to_y."""
    across = [(0.0, float(plot.curves.planned), value, value) for value in plot.levels["value"]]
    upright = [(epoch, epoch, plot.low, plot.high) for epoch in plot.curves.rules["epoch"].astype(float)]
    return pd.DataFrame([*across, *upright], columns=["from_x", "to_x", "from_y", "to_y"], dtype=float)


def levels(plot: Plot) -> list[Note]:
    """What each level is: above its line unless that is the top or other notes stand there, at its right end; where a
    line runs through the name, below or further left."""
    notes = []
    highest = 0.91 if plot.curves.rules.empty and not plot.curves.over else 0.7
    heights = [plot.height_of(float(value)) for value in plot.levels["value"]]
    for value, words, height in zip(plot.levels["value"], plot.levels["words"], heights, strict=True):
        others = [other for other in heights if other != height]
        sides = [BELOW] if height > highest else [ABOVE] if height < 2 * ABOVE else [ABOVE, BELOW]
        spots = [(place, side) for place in (RIGHT, ASIDE) for side in sides]
        rooms = [_room(plot, height + side, place, others) for place, side in spots]
        chosen = next((n for n, room in enumerate(rooms) if room >= FREE), int(np.argmax(rooms)))
        place, side = spots[chosen]
        baseline, dy = ("top", 5) if side == BELOW else ("bottom", -5)
        at = plot.curves.planned * place[1]
        notes.append(Note(at, float(value), words, align="right", baseline=baseline, dx=-3, dy=dy))
    return notes


def _room(plot: Plot, height: float, place: tuple[float, float], others: list[float]) -> float:
    """How near a curve or another level comes to a height within a part of the epochs (shares of all); heights are
    shares of the axis. An upright line within that part is better than a curve, and worse than nothing."""
    lines = plot.curves.lines.dropna(subset="median")
    near = [abs(other - height) for other in others]
    ends = [share * plot.curves.planned for share in place]
    marks = plot.curves.marks[plot.curves.marks["epoch"].between(ends[1] - WIDEST * plot.curves.planned, ends[1])]
    near += [abs(plot.height_of(float(value)) - height) for value in marks["value"]]
    if plot.curves.rules["epoch"].between(ends[0], ends[1] - 1e-9).any():
        near.append(FREE / 2)
    for _, line in lines.groupby("split"):
        at = np.linspace(max(ends[0], line["epoch"].iloc[0]), min(ends[1], line["epoch"].iloc[-1]), 40)
        if at[0] <= at[-1]:
            passed = np.interp(at, line["epoch"], [plot.height_of(each) for each in line["median"]]) - height
            near.append(0.0 if passed.min() < 0 < passed.max() else float(np.abs(passed).min()))
    return min(near, default=1.0)


def happened(plot: Plot) -> list[Note]:
    """What each upright line is (best epoch, early stopping, a change), at the top on the side that is free."""
    notes, named = [], {"left": 0, "right": 0}
    rules = plot.curves.rules
    for epoch, words, side in zip(rules["epoch"], rules["words"], _sides(plot), strict=True):
        if named[side] < MOST_RULES:
            dx, dy = (-6 if side == "right" else 6), 2 + LINE_OF_TEXT * named[side]
            notes.append(Note(float(epoch), plot.high, words, align=side, baseline="top", dx=dx, dy=dy))
        named[side] += 1
    return notes


def over(plot: Plot) -> list[Note]:
    """That a line starts above the axis: beside the line, under the notes of rules. Not said as long as the names of
    the lines stand there."""
    curves = plot.curves
    highest = max((plot.height_of(value) for value in curves.ends["value"]), default=0.0)
    if not curves.over or (curves.latest < EARLY * curves.planned and highest > 1 - EARLY):
        return []
    first = float(curves.rules["epoch"].min()) if len(curves.rules) else float(curves.planned)
    at = first if first < 0.3 * curves.planned else 0.012 * curves.planned
    rows = max(Counter(_sides(plot)).values(), default=0)
    dy = 2 + LINE_OF_TEXT * min(rows, MOST_RULES)
    return [Note(at, plot.high, curves.over, align="left", baseline="top", dx=6, dy=dy)]


def _sides(plot: Plot) -> list[str]:
    """On which side of each upright line its name stands."""
    return ["right" if epoch > 0.7 * plot.curves.planned else "left" for epoch in plot.curves.rules["epoch"]]


def broken(plot: Plot) -> list[Note]:
    """✕ at the first epoch without numbers, clear of levels, best in the half of the plot where the lines do not
    end."""
    at, said = plot.curves.broken_from, "not a number from here on"
    if at is None:
        return []
    ends = plot.curves.ends["value"]
    places = (0.22, 0.36, 0.64, 0.78) if len(ends) and plot.height_of(float(ends.mean())) > 0.5 else (0.72, 0.58, 0.36)
    levels = [plot.height_of(float(value)) for value in plot.levels["value"]]
    y = plot.up(next((p for p in places if all(abs(level - p) > 3 * FREE for level in levels)), places[0]))
    align, dx = ("right", -14) if at > 0.6 * plot.curves.planned else ("left", 14)
    return [
        Note(at, y, "✕", "bad", size=18, weight="bold"),
        Note(at, y, said, "bad", align=align, dx=dx, weight="bold"),
    ]
