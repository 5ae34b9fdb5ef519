"""Which weights are kept: the best of every replica, and how long ago that was."""

from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from core.training.replicas import Replicas


@dataclass
class Kept:
    """The weights of one replica at the end of an epoch, as its network's row [P] and running statistics."""

    epoch: int
    loss: float
    row: Tensor
    buffers: dict[str, Tensor]


@dataclass
class Keeper:
    """The best weights of the replicas of one program. patience: epochs without an improvement of more than
    `least_gain` after which a replica is to stop; None: never."""

    patience: int | None = None
    least_gain: float = 0.0
    best: dict[int, Kept] = field(default_factory=dict)
    still: dict[int, Kept] = field(default_factory=dict)
    """Weights of replicas that stand still, at the moment they stopped."""
    _reference: dict[int, tuple[int, float]] = field(default_factory=dict)

    def look(self, epoch: int, losses: np.ndarray, network: Replicas) -> list[int]:
        """Keeps what is better; gives the places whose patience has run out. losses: [R] of this epoch."""
        tired = []
        for place, loss in enumerate(losses):
            if place in self.still:
                continue
            if np.isfinite(loss) and (place not in self.best or loss < self.best[place].loss):
                self.best[place] = kept(epoch, float(loss), network, place)
            since, reference = self._reference.get(place, (epoch, float("inf")))
            if loss < reference - self.least_gain or place not in self._reference:
                self._reference[place] = (epoch, float(loss) if np.isfinite(loss) else float("inf"))
            elif self.patience is not None and epoch - since >= self.patience:
                tired.append(place)
        return tired

    def stop(self, place: int, epoch: int, loss: float, network: Replicas) -> None:
        """Remembers the weights of a replica that stands still from now on (its running statistics would move on)."""
        self.still[place] = kept(epoch, loss, network, place)

    def last(self, place: int, epoch: int, network: Replicas) -> Kept:
        """The weights with which a replica ends."""
        return self.still.get(place) or kept(epoch, float("nan"), network, place)


def kept(epoch: int, loss: float, network: Replicas, place: int) -> Kept:
    """A copy of one replica's weights as they are."""
    return Kept(epoch, loss, network.weights[place].detach().clone(), network.buffers(place))


def put_back(network: Replicas, place: int, weights: Kept) -> None:
    """Gives a replica earlier weights and running statistics."""
    network.weights[place].copy_(weights.row)
    network.set_buffers(place, weights.buffers)
