"""One forward and backward pass that leaves no trace: what the network is like before its first step."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.choices.outputs import Loss
from core.recording.measured import Measured
from core.recording.recorder import Recorder
from core.training.replicas import Replicas
from core.training.watching import watched

PROBE_ROWS = 1_024
"""Training rows that the state before the first step is measured on (our choice; layers then differ by seed, not by
row)."""


@dataclass(frozen=True)
class Probed:
    """loss: float64 [R] mean over the rows."""

    loss: np.ndarray
    measured: Measured


def probe(network: Replicas, x: Tensor, targets: Tensor, loss: Loss, has_histograms: bool = True) -> Probed:
    """Everything a recorder measures, for one batch x [R, rows, features] with targets [R, rows, ...], without dropout
    and with the batch's own statistics in batch normalisation. Weights, running statistics and random streams stay as
    they are; gradients are zero afterwards."""
    recorder = Recorder(watched(network), has_histograms)
    recorder.start_epoch(1, 0, is_detailed=True)
    network.set_mode("probe")
    network.gradients.zero_()
    walk = network.walk(x)
    losses = loss.per_row(walk[-1].flatten(0, 1), targets.flatten(0, 1))
    recorder.before_backward(walk)
    losses.backward(torch.full_like(losses, 1 / x.shape[1]))
    recorder.after_backward()
    means = losses.detach().view(x.shape[:2]).double().mean(1).cpu().numpy()
    measured = recorder.fetch(means[None])
    network.gradients.zero_()
    network.set_mode("train")
    return Probed(means, measured)
