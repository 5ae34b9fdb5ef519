"""Checks as a table to draw: those that share the first one's unit, on one axis."""

import math
from collections.abc import Sequence

import pandas as pd

from core.lessons.lesson import Check, in_words

UNITS = {"share": "share", "points": "points", "ratio": "times", "number": "", "count": "", "seconds": "seconds"}
LOG_FROM = 50.0
"""Largest ÷ smallest value from which on the axis is logarithmic (our choice)."""
ROOM = 0.12
"""Share of the axis that is left free beyond the outermost value (our choice)."""
COLUMNS = ["row", "says", "wanted", "seed", "value", "words", "bound", "edge", "holds"]


def drawn(checks: Sequence[Check]) -> tuple[pd.DataFrame, str, bool]:
    """The table for charts.lessons.checks, the axis's unit, and whether the axis is logarithmic. What is not finite is
    drawn at the end of the axis."""
    shown = [check for check in checks if check.kind == checks[0].kind] if checks else []
    numbers = [n for check in shown for n in (*check.values, check.bound) if math.isfinite(n)]
    is_log = bool(numbers) and min(numbers) > 0 and max(numbers) / min(numbers) >= LOG_FROM
    low, high = _domain(numbers, shown[0].kind if shown else "number", is_log)
    rows = [
        {
            "row": row,
            "says": check.says,
            "wanted": check.wanted,
            "seed": seed,
            "value": min(max(value, low), high) if not math.isnan(value) else low,
            "words": in_words(value, check.kind),
            "bound": check.bound,
            "edge": high if check.least is not None else low,
            "holds": holds,
        }
        for row, check in enumerate(shown)
        for seed, (value, holds) in enumerate(zip(check.values, check.holds, strict=True), 1)
    ]
    return pd.DataFrame(rows, columns=COLUMNS), UNITS[shown[0].kind] if shown else "", is_log


def _domain(numbers: Sequence[float], kind: str, is_log: bool) -> tuple[float, float]:
    if kind == "share" and not is_log:
        return 0.0, max(1.0, *numbers)
    if not numbers:
        return 0.0, 1.0
    low, high = min(numbers), max(numbers)
    if is_log:
        return low / 3, high * 3
    room = ROOM * (high - low) or 1.0
    return min(0.0, low - room if low < 0 else low), high + room
