"""Small curves for lists of runs, all on one scale: with free scales a run that stands still looks as if it learned."""

import math
from collections.abc import Sequence

TOP = 2.5
"""Upper end of the common scale of losses (our choice: a little over ln 10)."""
MOST = 60
"""Points of a small curve (our choice: it is 120 pixels wide)."""


def sparkline(losses: Sequence[float | None], top: float = TOP, most: int = MOST) -> list[float]:
    """A curve for a table's cell: at most `most` values, first and last among them, cut to 0..top. What is not a number
    stands at the top; what was not measured is left out."""
    known = [value for value in losses if value is not None]
    if len(known) > most:
        known = [known[round(place * (len(known) - 1) / (most - 1))] for place in range(most)]
    return [_cut(value, top) for value in known]


def _cut(value: float, top: float) -> float:
    return top if math.isnan(value) else float(min(max(value, 0.0), top))
