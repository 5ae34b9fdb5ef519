"""Fair comparisons: contestants take turns in rotating order, each round gives one ratio, and medians are told."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any


def interleaved(
    contestants: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = time.process_time
) -> dict[str, list[float]]:
    """CPU seconds of this process for one call of each contestant, round by round, or seconds by another `clock`; a
    first round is thrown away."""
    names = list(contestants)
    took: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds + 1):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            start = clock()
            contestants[name]()
            if turn:
                took[name].append(clock() - start)
    return took


def row(
    what: str, took: Mapping[str, list[float]], name: str, base: str, at_most: float | None, per: str
) -> dict[str, Any]:
    """One line of the table: the median ratio of `name` to `base`, its range over rounds, the ratio of their quickest
    rounds (what a quiet machine would show), and what the base is."""
    ratios = [mine / other for mine, other in zip(took[name], took[base], strict=True)]
    return {
        "what": what,
        "ratio": statistics.median(ratios),
        "quiet": min(took[name]) / min(took[base]),
        "low": min(ratios),
        "high": max(ratios),
        "at_most": at_most,
        "denominators": f"{per} ({statistics.median(took[base]) * 1e3:.1f} ms)",
    }
