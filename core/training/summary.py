"""How a run ended, in a few numbers that fit into JSON."""

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["finished", "stopped", "failed"]


@dataclass(frozen=True)
class Values:
    """One number per replica and their median; None where a number is not finite or there is none."""

    median: float | None
    each: list[float | None]

    @staticmethod
    def of(numbers: Iterable[float]) -> "Values":
        """The values of all replicas; the median is over those that are finite."""
        each = [float(number) if math.isfinite(number) else None for number in numbers]
        known = [number for number in each if number is not None]
        return Values(statistics.median(known) if known else None, each)


@dataclass(frozen=True)
class Summary:
    """outcome, and reason where it failed. epochs, steps: done in full. best_epoch: of the lowest validation loss;
    kept_epoch: of the weights that are kept. validation_*, test_*: with the kept weights; best_validation_loss: the
    lowest. score: accuracy or R². recording_share: of all seconds, spent on recording."""

    outcome: Outcome
    reason: str | None
    epochs: int
    steps: int
    replicas: int
    parameters: int
    best_epoch: list[int | None]
    kept_epoch: list[int]
    train_loss: Values
    train_score: Values
    validation_loss: Values
    validation_score: Values
    best_validation_loss: Values
    test_loss: Values
    test_score: Values
    seconds: float
    seconds_per_epoch: float | None
    recording_share: float
    device: str
