"""What a network is like before its first step: the gradient's way down and the spread on the way up, from one pass
over a few training rows."""

import math
import time
from typing import Any

import numpy as np
import torch

from core.data.splits import Splits
from core.experiment import Experiment
from core.recording.measured import Measured
from core.recording.unrolled import CARRIERS
from core.training.checks import check
from core.training.meta import loss_of_guessing
from core.training.packing import packed
from core.training.probing import probe
from core.training.program import Program, batch_of

PREVIEW_ROWS = 256
COLUMNS = (
    "output_gradient_rms",
    "weight_gradient_rms",
    "activation_mean",
    "activation_std",
    "unit_std",
    "preactivation_std",
    "saturated_share",
    "dead_share",
)
"""Columns of kind "layers" that a preview tells."""
TIMED_STEPS = 2
MOST_TIMED = 1_000_000
"""Parameters of all replicas up to which they are timed together; above, one is timed and counted for each (our
choice: a preview answers in a blink)."""


def preview(experiment: Experiment, splits: Splits, rows: int = PREVIEW_ROWS) -> dict[str, Any]:
    """One forward and one backward pass of the first seed at its initialisation, over `rows` evenly picked training
    rows; always on the CPU. JSON: layers [{layer, units, inputs, parameters, *COLUMNS}] (None: not measured, or not
    finite), loss, guess_loss (of outputs that are all 0), parameters, features, shape, reads_ahead, seconds_per_step
    (measured, all replicas), steps (per epoch), rows (of training). Raises Refusal."""
    splits = experiment.network.asked(splits)
    check(experiment, splits, experiment.training.device)
    replicas = len(splits.train) if len(splits.train) > 1 else experiment.training.replicas
    program = Program(experiment, splits, [0], torch.device("cpu"))
    numbers = program.order.first(rows)
    probed = probe(program.network, program.rows.inputs(numbers), program.rows.targets(numbers), experiment.loss, False)
    return {
        "layers": _layers(program, probed.measured),
        "times": _times(probed.measured),
        "loss": _number(probed.loss[0]),
        "guess_loss": loss_of_guessing(experiment, splits),
        "parameters": program.network.parameters,
        "features": splits.features,
        "shape": list(splits.shape),
        "reads_ahead": experiment.network.reads_ahead,
        "seconds_per_step": _seconds_per_step(experiment, splits, program, replicas),
        "steps": program.order.steps,
        "rows": program.order.rows,
    }


def _layers(program: Program, measured: Measured) -> list[dict[str, Any]]:
    layers = []
    for number, block in enumerate(program.network.blocks):
        own = {block.linear, block.normalisation, block.activation}
        counts = [columns.stop - columns.start for (part, _), columns in program.network.columns.items() if part in own]
        row = {"layer": number + 1, "units": block.units, "inputs": block.inputs, "parameters": sum(counts)}
        layers.append(row | {name: _number(measured.layers[name][0, number]) for name in COLUMNS})
    return layers


def _times(measured: Measured) -> list[dict[str, Any]]:
    """The gradient at every step of the sequence, of what carries the past in each recurrent layer."""
    return [
        {
            "layer": of.layer,
            "quantity": of.quantity,
            "gradient": [_number(value) for value in of.gradient[0].tolist()],
        }
        for of in measured.times
        if of.quantity in CARRIERS and of.gradient is not None
    ]


def _number(value: np.floating | float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _seconds_per_step(experiment: Experiment, splits: Splits, program: Program, replicas: int) -> float:
    """Of one step of all replicas, without recording: the quickest of a few. It changes the program's weights."""
    plain = program.network.to_module(0)
    together = packed(plain, batch_of(experiment, splits), replicas, experiment.optimizer.together)[0]
    if len(together) > 1 and len(together) * program.network.parameters <= MOST_TIMED:
        program = Program(experiment, splits, together, torch.device("cpu"))
    program.recorder = None
    numbers = program.order.first(program.order.batch)
    x, targets = program.rows.inputs(numbers), program.rows.targets(numbers)
    took = []
    for _ in range(TIMED_STEPS):
        start = time.perf_counter()
        program.step(x, targets)
        took.append(time.perf_counter() - start)
    return min(took) * replicas / len(program.numbers)
