"""The learning rates of a program while it trains: what the schedule makes of the chosen rate at every step, what the
validation loss of each replica does to it, and what a person changes on the way."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from torch.optim import Optimizer

from core.choices.schedules import Plateau, Schedule


@dataclass
class Rates:
    """base: the chosen rate. steps: planned in all; per_epoch: of one epoch. shares: of each replica, what the
    validation loss has left of the rate."""

    optimizer: Optimizer
    schedule: Schedule
    base: float
    steps: int
    per_epoch: int
    shares: np.ndarray
    _best: dict[int, float] = field(default_factory=dict)
    _waited: dict[int, int] = field(default_factory=dict)

    @property
    def moves(self) -> bool:
        """Whether the rate changes by itself from step to step."""
        return type(self.schedule).factor is not Schedule.factor

    def apply(self, step: int) -> None:
        """Sets the rates for update `step`, 0 for the first."""
        factor = self.schedule.factor(min(step, self.steps - 1), self.steps, self.per_epoch)
        for place, group in enumerate(self.optimizer.param_groups):
            group["lr"] = self.base * factor * float(self.shares[place if self.schedule.follows_loss else 0])

    def of(self, place: int) -> float:
        """The rate of one replica now."""
        groups = self.optimizer.param_groups
        return float(groups[place if self.schedule.follows_loss else 0]["lr"])

    def look(self, losses: np.ndarray, active: Iterable[int]) -> list[int]:
        """After an epoch: lowers the rate of the replicas whose loss has not fallen for long enough, and gives their
        places. losses: [R]. What torch's ReduceLROnPlateau does, for each replica by itself."""
        if not isinstance(self.schedule, Plateau):
            return []
        tired = []
        for place in active:
            loss, best = float(losses[place]), self._best.get(place, float("inf"))
            if loss < best * (1 - self.schedule.least_gain):
                self._best[place], self._waited[place] = loss, 0
                continue
            self._waited[place] = self._waited.get(place, 0) + 1
            if self._waited[place] > self.schedule.patience:
                self.shares[place] *= self.schedule.share
                self._waited[place] = 0
                tired.append(int(place))
        return tired
