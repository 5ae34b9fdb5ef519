"""What recording costs: an epoch with everything recorded, and with norms only, against the fastest ordinary loop and
against the engine's own bare speed."""

from typing import Any

import torch

from core.choices.preparation import Preparation, Split
from core.data.prepare import prepare
from core.data.splits import Splits
from core.experiment import Experiment
from tests.bench.engine import engine_loop, times
from tests.bench.measuring import interleaved, row
from tests.bench.plain import fast_loop
from tests.training.made import digits

WORKLOADS = {
    "(a) 64-128x3-10 ReLU": {"kind": "dense", "layers": [{"units": 128}] * 3},
    "(b) 20 x 64 sigmoid": {"kind": "dense", "layers": [{"units": 64, "activation": "sigmoid"}] * 20},
    "(c) small CNN, 28 x 28": {
        "kind": "convolutional",
        "layers": [
            {"kind": "convolution", "units": 8},
            {"kind": "pooling"},
            {"kind": "convolution", "units": 16},
            {"kind": "pooling"},
            {"kind": "dense", "units": 32},
        ],
    },
    "(d) 64-1024x3-10 ReLU": {"kind": "dense", "layers": [{"units": 1_024}] * 3},
}
ROUNDS, EPOCHS = 10, 20
"""Rounds, and epochs of a small dense network in each: enough that tables leave as often as in a run, four times a
second (of five epochs they left in every round)."""


def pictures() -> Splits:
    """Generated shapes: 2,048 training rows."""
    from core.choices.pictures import Shapes

    return prepare(Shapes(rows=3_413).load(), Split(), Preparation(scaling="common")).splits


def rows() -> list[dict[str, Any]]:
    """Ratios of CPU seconds; digits, 1,438 training rows, batch 64 (CNN: 2,048 pictures, batch 128), fused Adam."""
    torch.set_num_threads(1)
    found = []
    for name, network in WORKLOADS.items():
        chosen = Experiment().changed(
            {"network": {**network, "initialisation": "glorot_uniform"}}
            | {"training.batch_size": 64 if network["kind"] == "dense" else 128}
            | {"optimizer.learning_rate": 0.001}
        )
        splits = digits(test=0) if network["kind"] == "dense" else pictures()
        epochs = EPOCHS if name[:3] in ("(a)", "(b)") else 1
        contestants = {"plain": times(fast_loop(chosen, splits), epochs)}
        for what in ("bare", "norms", "everything"):
            contestants[what] = times(engine_loop(chosen, splits, what), epochs)
        took = interleaved(contestants, ROUNDS)
        plain, own = f"fast plain loop, epochs: {epochs}", f"engine's own bare speed, epochs: {epochs}"
        found += [
            row(f"{name}: everything recorded", took, "everything", "plain", 1.15, plain),
            row(f"{name}: norms at every step only", took, "norms", "plain", 1.05, plain),
            row(f"{name}: nothing recorded", took, "bare", "plain", None, plain),
            row(f"{name}: everything recorded", took, "everything", "bare", None, own),
        ]
    return found
