"""What one epoch's recording gives: plain numpy arrays over replicas R and layers L."""

from dataclasses import dataclass, field

import numpy as np

from core.recording.unrolled import TimeValues


@dataclass(frozen=True)
class Culprit:
    """The first value of its sort that was not finite: in a step's outputs, its loss, its gradients or the weights."""

    replica: int
    step: int
    layer: int | None
    quantity: str
    is_nan: bool


@dataclass(frozen=True)
class UnitValues:
    """Every unit of one layer, [R, units]; None where it is not measured for this function."""

    mean: np.ndarray
    std: np.ndarray
    saturated_share: np.ndarray | None
    active_share: np.ndarray | None


@dataclass
class Measured:
    """One epoch. layers: column name of LAYERS → float64 [R, L]; a column that is missing was not measured.
    step_norms: [steps, R, L] norms of weight gradients; gradient_norms: [steps, R] of the whole gradient, unclipped.
    histograms: [L, 4, 1024] counts of replica 0 (quantities in the order of HISTOGRAM_QUANTITIES), or None."""

    layers: dict[str, np.ndarray] = field(default_factory=dict)
    step_norms: np.ndarray = field(default_factory=lambda: np.zeros((0, 0, 0), np.float32))
    gradient_norms: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    units: list[UnitValues] = field(default_factory=list)
    histograms: np.ndarray | None = None
    culprits: list[Culprit] = field(default_factory=list)
    times: list[TimeValues] = field(default_factory=list)


HISTOGRAM_QUANTITIES = ("weights", "gradients", "preactivations", "activations")
EXACT = ("nan_count", "infinite_count")
"""Columns of LAYERS that are whole numbers."""
EVERYWHERE = (
    "weight_gradient_rms",
    "weight_gradient_norm",
    "output_gradient_rms",
    "update_ratio",
    "weight_norm",
    "weight_rms",
    "activation_mean",
    "activation_std",
    "unit_std",
    "preactivation_mean",
    "preactivation_std",
    "frozen_share",
    "zero_gradient_share",
)
"""Columns of LAYERS that are measured in every layer: NaN in them is a finding, not a gap."""
