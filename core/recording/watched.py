"""What a recorder looks at: layers by their places in a walk, and two matrices with their columns. Our own networks and
foreign modules are both described by this, so the same functions measure both."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from core.choices.activations import FLAT_SLOPE, Activation
from core.recording.unrolled import Unrolled

FAR = 100.0
"""A pre-activation at which every function that saturates is flat."""
JUST_INSIDE = 1 - 1e-6
"""Float32 tells this from 1."""


@dataclass(frozen=True)
class WatchedLayer:
    """One layer as a person counts them.

    weights: columns of its weight; bias: columns of what shifts its pre-activation (None where nothing does).
    preactivation, activated, output: places in the walk: what enters the activation function, what it gives, and the
    layer's output (the same, unless a skip was added). can_die: exactly 0 on one side. flat: (centre, reach): the
    function is flat where its value is further than `reach` from `centre` (None: nowhere, or on one side only). units:
    features, or channels of an image; inputs: numbers that one of them sees. axis: where units stand in an output [R,
    rows, ...], counted from its end; whatever else there is (positions, steps) counts as more rows."""

    name: str
    units: int
    inputs: int
    weights: slice
    bias: slice | None
    preactivation: int
    activated: int
    output: int
    can_die: bool = False
    flat: tuple[float, float] | None = None
    axis: int = -1
    unrolled: Unrolled | None = None
    """Of a recurrent layer: its steps, states and gates."""


@dataclass(frozen=True)
class Watched:
    """Layers 1..L, and the matrices [R, P] that hold the weights and gradients of R replicas. The layers' weights come
    first and next to one another, then all biases, then the rest; `shifts` are the columns of the biases."""

    layers: tuple[WatchedLayer, ...]
    weights: Tensor
    gradients: Tensor
    shifts: slice

    @property
    def replicas(self) -> int:
        return int(self.weights.shape[0])

    @property
    def segments(self) -> list[slice]:
        """The columns of each layer's weights, then of all other parameters."""
        used = [layer.weights for layer in self.layers]
        own = sorted({(each.start, each.stop) for each in used})  # two layers may share their weights
        assert all(a[1] == b[0] for a, b in zip(own, own[1:], strict=False)) and own[0][0] == 0
        return [*used, slice(own[-1][1], int(self.weights.shape[1]))]


def flat_values(activation: Activation | None) -> tuple[float, float] | None:
    """(centre, reach): |f'| is under FLAT_SLOPE of its maximum where f is further than `reach` from `centre`, for
    rising functions that are flat on both sides of 0 alike; None for others."""
    if activation is None or not activation.saturates:
        return None
    edge = flat_beyond(activation)
    low, high, end = (float(activation.value(np.array([z]))[0]) for z in (-edge, edge, FAR))
    inside = JUST_INSIDE if high == end else 1.0  # a function that ends in a straight level is at it, not beyond
    return (low + high) / 2, inside * (high - low) / 2


def flat_beyond(activation: Activation) -> float:
    """The pre-activation's size above which |f'| is under FLAT_SLOPE of its maximum."""
    slope: Callable[[float], float] = lambda z: float(activation.slope(np.array([z]))[0])  # noqa: E731
    low, high, wanted = 0.0, FAR, FLAT_SLOPE * slope(0.0)
    assert abs(slope(-1.0) - slope(1.0)) < 1e-12 and slope(high) < wanted
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > wanted else (low, middle)
    return high
