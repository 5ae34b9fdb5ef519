"""Schedules: what becomes of the learning rate while it trains. Each gives a share of the chosen rate at every step."""

import math
from typing import ClassVar, Literal

from pydantic import ConfigDict, Field

from core.choices.base import Choice, one_of, registry


class Schedule(Choice):
    """The learning rate through training."""

    follows_loss: ClassVar[bool] = False
    """Reacts to the validation loss of each replica, so that replicas come to have different rates."""

    def factor(self, step: int, steps: int, per_epoch: int) -> float:
        """Share of the chosen rate at update `step` (0 is the first) of `steps` in all, `per_epoch` in an epoch."""
        return 1.0


class Constant(Schedule):
    """The same rate from the first step to the last."""

    model_config = ConfigDict(title="Constant")
    kind: Literal["constant"] = "constant"


class StepDecay(Schedule):
    """The rate falls to a share of itself every so many epochs."""

    model_config = ConfigDict(title="Step")
    kind: Literal["step"] = "step"
    every: int = Field(10, ge=1, le=1_000_000, title="Every", description="Epochs between two falls")
    share: float = Field(0.5, gt=0, le=1, title="Falls to", description="Share of the rate that is left each time")

    def factor(self, step: int, steps: int, per_epoch: int) -> float:
        return self.share ** (step // per_epoch // self.every)


class Exponential(Schedule):
    """The rate falls by the same share in every epoch."""

    model_config = ConfigDict(title="Exponential")
    kind: Literal["exponential"] = "exponential"
    share: float = Field(0.95, gt=0, le=1, title="Falls to", description="Share of the rate left after each epoch")

    def factor(self, step: int, steps: int, per_epoch: int) -> float:
        return self.share ** (step // per_epoch)


class Cosine(Schedule):
    """Half a cosine from the full rate to the lowest: slow at first, fast in the middle, gentle at the end."""

    model_config = ConfigDict(title="Cosine")
    kind: Literal["cosine"] = "cosine"
    lowest: float = Field(0.0, ge=0, le=1, title="Lowest", description="Share of the rate at the end")

    def factor(self, step: int, steps: int, per_epoch: int) -> float:
        return _between(1.0, self.lowest, step / max(1, steps))


class WarmUp(Schedule):
    """The rate grows from next to nothing, so that first steps on fresh weights do no harm; then it stays or falls."""

    model_config = ConfigDict(title="Warm-up")
    kind: Literal["warm_up"] = "warm_up"
    warm: float = Field(0.1, gt=0, lt=1, title="Warm-up", description="Share of all steps in which the rate grows")
    after: Literal["cosine", "constant"] = Field("cosine", title="Afterwards")

    def factor(self, step: int, steps: int, per_epoch: int) -> float:
        warm = max(1, round(self.warm * steps))
        if step < warm:
            return (step + 1) / warm
        return 1.0 if self.after == "constant" else _between(1.0, 0.0, (step - warm) / max(1, steps - warm))


class OneCycle(Schedule):
    """Up to the chosen rate and far below where it began, once: large steps only in the middle (Smith 2018)."""

    model_config = ConfigDict(title="One cycle")
    kind: Literal["one_cycle"] = "one_cycle"
    rise: float = Field(0.3, gt=0, lt=1, title="Rise", description="Share of all steps in which the rate grows")
    first: float = Field(25.0, ge=1, le=1e6, title="Start", description="The rate begins at the chosen one ÷ this")
    last: float = Field(1e4, ge=1, le=1e12, title="End", description="… and ends at where it began ÷ this")

    def factor(self, step: int, steps: int, per_epoch: int) -> float:
        top, end = self.rise * steps - 1, max(1, steps - 1)
        start = 1 / self.first
        if step <= top:
            return _between(start, 1.0, step / top if top > 0 else 1.0)
        return _between(1.0, start / self.last, min(1.0, (step - top) / max(1e-9, end - top)))


class Plateau(Schedule):
    """The rate falls when the validation loss has not fallen for a while, for each seed by itself."""

    model_config = ConfigDict(title="Reduce on plateau")
    follows_loss: ClassVar[bool] = True
    kind: Literal["plateau"] = "plateau"
    patience: int = Field(5, ge=0, le=100_000, title="Patience", description="Epochs to wait for a lower loss")
    share: float = Field(0.3, gt=0, lt=1, title="Falls to", description="Share of the rate that is left each time")
    least_gain: float = Field(
        1e-4, ge=0, lt=1, title="Least gain", description="A smaller fall, as a share of the lowest loss, is none"
    )


def _between(start: float, end: float, share: float) -> float:
    """On half a cosine from `start` to `end`."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


SCHEDULES = registry(Constant, StepDecay, Exponential, Cosine, WarmUp, OneCycle, Plateau)
AnySchedule = one_of(SCHEDULES, usual="constant")
