"""Axes in words: ratios that say "÷ million", powers that say 10⁻⁴, layers by name; and labels that give way."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from core.charts.pieces import GRAY, below

Chart = alt.Chart | alt.LayerChart | alt.FacetChart

SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
NAMED = {6: "million", 9: "billion", 12: "trillion", 15: "quadrillion"}


def ratio_words(exponent: int) -> str:
    """A tick of a log10 axis of ratios: same, ÷ 1,000, ÷ million, × 100."""
    if exponent == 0:
        return "same"
    size = abs(exponent)
    number = NAMED.get(size) or (f"{10**size:,}" if size < 6 else f"10{str(size).translate(SUPERSCRIPTS)}")
    return f"{'÷' if exponent < 0 else '×'}\u00a0{number}"


def power_words(exponent: int) -> str:
    """A tick of a log10 axis: 10⁻⁴, 0.1, 1, 10, 100."""
    plain = {-1: "0.1", 0: "1", 1: "10", 2: "100"}
    return plain.get(exponent, f"10{str(exponent).translate(SUPERSCRIPTS)}")


def ratio_ticks(low: float, high: float) -> list[int]:
    """Exponents to label: every third, or every second where the range is short, wider where it is long; 0 always."""
    step = 2 if high - low <= 7 else 3 if high - low <= 15 else 6 if high - low <= 30 else 12
    return [n for n in range(-60 * step, 60 * step + 1, step) if low <= n <= high]


def in_words(words: Mapping[int, str] | Mapping[float, str], otherwise: str = "''") -> str:
    """The label expression of an axis whose ticks have words; `otherwise`: an expression for all other ticks."""
    return "".join(f"datum.value == {value} ? '{text}' : " for value, text in words.items()) + otherwise


def ratio_labels(ticks: Sequence[int]) -> dict[str, Any]:
    """Axis settings for a log10 axis of ratios."""
    return {"values": list(ticks), "labelExpr": in_words({tick: ratio_words(tick) for tick in ticks})}


def power_labels(ticks: Sequence[int]) -> dict[str, Any]:
    """Axis settings for a log10 axis."""
    return {"values": list(ticks), "labelExpr": in_words({tick: power_words(tick) for tick in ticks})}


def layer_ticks(names: Sequence[str], most: int = 14) -> dict[int, str]:
    """Layers to label by number: the first, the output, and every n-th between; "layer 1", "3", "5", …, "output"."""
    count = len(names)
    step = max(1, -(-(count - 1) // max(1, most - 1)))
    if count > 4:
        step = max(2, step)
    kept = [n for n in range(1, count, step) if count - n >= step or n == 1] + [count]
    return {n: names[n - 1] if n in (1, count) else str(n) for n in dict.fromkeys(kept)}


def layer_labels(names: Sequence[str], most: int = 14) -> dict[str, Any]:
    """Axis settings for layers as numbers; the first and the last by name."""
    ticks = layer_ticks(names, most)
    return {"values": list(ticks), "labelExpr": in_words(ticks)}


def epoch_x(planned: int, field: str = "epoch", pad: float = 0.0) -> alt.X:
    """Epochs from 0 to the planned last one; `pad` widens by half a cell for pictures made of cells."""
    scale = alt.Scale(domain=[-pad, max(1, planned) + pad], nice=False)
    return alt.X(f"{field}:Q", scale=scale, axis=below("epoch", tickMinStep=1, format=",d", tickCount=8))


def hover(base: alt.Chart, x: alt.X, tips: list[alt.Tooltip]) -> alt.Chart:
    """The rule at the epoch (or step) nearest to the pointer."""
    field = str(x.shorthand).split(":")[0]
    near = alt.selection_point(
        name="near", nearest=True, on="pointerover", fields=[field], empty=False, clear="pointerout"
    )
    met = alt.ConditionalParameterValueDefnumberExprRef(param="near", empty=False, value=0.7)
    rule = base.mark_rule(strokeWidth=1).add_params(near)
    return rule.encode(x=x, opacity=alt.OpacityValue(0, condition=met), tooltip=tips, color=GRAY)


def dodged(
    values: Sequence[float], low: float, high: float, apart: float = 0.06, lines: Sequence[int] = ()
) -> list[float]:
    """Where labels of line ends go: as near to their values as they may be, at least `apart` of the domain from each
    other, all of them inside the domain. lines: of each label, one where none are given; they hang down from its
    place."""
    gap = apart * (high - low)
    order = sorted(range(len(values)), key=lambda number: values[number])
    hangs = [gap * (lines[number] - 1) if lines else 0.0 for number in order]
    placed = [min(max(values[number], low), high) for number in order]
    floor = low
    for place, hang in enumerate(hangs):
        placed[place] = max(placed[place], floor + hang)
        floor = placed[place] + gap
    limit = high
    for place in range(len(placed) - 1, -1, -1):
        placed[place] = min(placed[place], limit)
        limit = placed[place] - hangs[place] - gap
    found = [0.0] * len(values)
    for place, number in enumerate(order):
        found[number] = placed[place]
    return found
