"""What is measured step by step inside a recurrent layer: the gradient of its states on the way back through time, its
gates, and both for single rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

DRIVE = "drive"
"""Name of the pre-activation of all gates together: its gradient says which steps the weights learn from."""
CARRIERS = ("state", "cell")
"""What carries the past from step to step: their gradients are the ones that vanish or explode through time."""
UNITS_SEEN, STEPS_SEEN = 16, 120
"""Units of a layer and steps of a sequence that are kept of single rows, evenly picked (our choice: a picture has no
room for more, and a record stays within a few megabytes)."""


class Unrolled(Protocol):
    """A recurrent layer after a walk. seen: the state, the cell and each gate of every step, [R, batch, units], by
    reference; drive: [R, steps, batch, gates], None where nothing was kept. flats: by name in `seen`, (centre, reach):
    its function is flat where its value is further than `reach` from `centre`. is_watched: keep also where nothing is
    to be learned from the walk."""

    seen: dict[str, list[Tensor]]
    drive: Tensor | None
    is_watched: bool

    @property
    def flats(self) -> dict[str, tuple[float, float]]: ...


@dataclass(frozen=True)
class TimeValues:
    """One quantity of one layer by step of the sequence, float64 [R, steps]. gradient: RMS over rows and units of the
    mean loss's derivative by it; mean: over rows and units; std: RMS over units of their spread over rows (0: every
    sequence looks alike); saturated_share: of rows x units in the flat part of the function. None: not measured."""

    layer: int
    quantity: str
    gradient: np.ndarray | None
    mean: np.ndarray | None = None
    std: np.ndarray | None = None
    saturated_share: np.ndarray | None = None


@dataclass(frozen=True)
class RowValues:
    """One quantity of one layer for single rows of one replica: float32 [rows, steps kept, units kept]."""

    layer: int
    quantity: str
    values: np.ndarray


def keep_gradients(layer: Unrolled) -> None:
    """Before the backward pass: gradients of every state and of the drive are to be kept."""
    if layer.drive is not None and layer.drive.requires_grad:
        layer.drive.retain_grad()
        for name in CARRIERS:
            for each in layer.seen.get(name, ()):
                each.retain_grad()


@dataclass(frozen=True)
class Kept:
    """One step of training by reference: what `layer` had seen, before the next walk replaces it."""

    layer: int
    seen: dict[str, list[Tensor]]
    drive: Tensor
    flats: dict[str, tuple[float, float]]


def kept(number: int, layer: Unrolled) -> Kept | None:
    """What layer `number` (from 1) saw in the walk that was just made; None where it kept nothing."""
    return None if layer.drive is None else Kept(number, layer.seen, layer.drive, layer.flats)


@torch.no_grad()
def time_values(step: Kept) -> list[TimeValues]:
    """Everything measured of one layer, once its backward pass is through."""
    found = [TimeValues(step.layer, DRIVE, _sizes(None if step.drive.grad is None else step.drive.grad))]
    for name, steps in step.seen.items():
        values = torch.stack(steps, 1)  # [R, steps, rows, units]
        gradients = [each.grad for each in steps] if name in CARRIERS else []
        whole = [each for each in gradients if each is not None]
        known = _sizes(torch.stack(whole, 1)) if gradients and len(whole) == len(steps) else None
        middle = values.mean(2, keepdim=True)
        spread = (values - middle).square().mean((2, 3)).sqrt()  # torch's own variance takes six times as long here
        flat = _flat(values, step.flats.get(name))
        found.append(TimeValues(step.layer, name, known, _host(middle.mean((2, 3))), _host(spread), flat))
    return found


@torch.no_grad()
def row_values(number: int, layer: Unrolled, replica: int) -> list[RowValues]:
    """The states and gates of every row of the walk that was just made, by one replica."""
    found = []
    for name, steps in layer.seen.items():
        picked = [steps[place][replica] for place in evenly(len(steps), STEPS_SEEN)]
        values = torch.stack(picked, 1)
        units = torch.as_tensor(evenly(values.shape[2], UNITS_SEEN))
        found.append(RowValues(number, name, values[:, :, units].float().cpu().numpy()))
    return found


def evenly(count: int, most: int) -> Sequence[int]:
    """At most `most` of 0 … count − 1, first and last among them."""
    if count <= most:
        return range(count)
    return np.linspace(0, count - 1, most).round().astype(int).tolist()


def _sizes(gradient: Tensor | None) -> np.ndarray | None:
    """RMS over rows and units in float64: squares of what has vanished would leave float32. [R, steps, rows, units]."""
    if gradient is None:
        return None
    of_steps = gradient.flatten(2)
    return _host(torch.linalg.vector_norm(of_steps, dim=2, dtype=torch.float64) / of_steps.shape[2] ** 0.5)


def _flat(values: Tensor, flat: tuple[float, float] | None) -> np.ndarray | None:
    if flat is None:
        return None
    return _host(((values - flat[0]).abs() > flat[1]).double().mean((2, 3)))


def _host(values: Tensor) -> np.ndarray:
    return values.double().cpu().numpy()
