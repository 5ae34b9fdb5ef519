"""Arms of a study as lines over the choices that vary, for parallel coordinates."""

from collections.abc import Sequence

import pandas as pd

from core.analysis.compare import Arm, dots

LEAST_CHOICES, LEAST_ARMS = 2, 4
"""Choices that vary and arms from which on the picture says more than the table (our choice)."""


def varied(arms: Sequence[Arm]) -> list[str]:
    """Choices that vary between the arms; empty where there are too few of them, or too few arms."""
    names = list(dict.fromkeys(name for arm in arms for name in arm.changes))
    return names if len(names) >= LEAST_CHOICES and len(arms) >= LEAST_ARMS else []


def coordinates(arms: Sequence[Arm], score: str) -> pd.DataFrame:
    """One row per arm and axis, the score's last: arm, axis, place (0 to 1: numbers by their rank among the values that
    occur, words in the order in which they occur), words, score (rank of the arm's median, 0 worst to 1 best)."""
    table = dots(arms)
    medians = table.groupby("arm", sort=False)["median"].first()
    said = table.groupby("arm", sort=False)["median_words"].first()
    ranks = medians.rank(method="dense")
    best = max(1.0, float(ranks.max()) - 1)
    low, high = float(medians.min()), float(medians.max())
    rows = []
    for choice in varied(arms):
        places = _places([arm.changes.get(choice, "–") for arm in arms])
        rows += [(arm.name, choice, places[arm.changes.get(choice, "–")], arm.changes.get(choice, "–")) for arm in arms]
    for arm in medians.index:
        place = (medians[arm] - low) / (high - low) if high > low else 0.5
        rows.append((arm, score, float(place), said[arm]))
    found = pd.DataFrame(rows, columns=["arm", "axis", "place", "words"])
    found["score"] = (found["arm"].map(ranks) - 1) / best
    return found.dropna(subset="score").sort_values("score", kind="stable").reset_index(drop=True)


def _places(values: Sequence[str]) -> dict[str, float]:
    """Where each value lies on its axis."""
    distinct = list(dict.fromkeys(values))
    numbers = {value: _number(value) for value in distinct}
    if all(number is not None for number in numbers.values()):
        distinct.sort(key=lambda value: numbers[value] or 0.0)
    return {value: place / max(1, len(distinct) - 1) for place, value in enumerate(distinct)}


def _number(value: str) -> float | None:
    try:
        return float(value.replace(",", ""))
    except ValueError:
        return None
