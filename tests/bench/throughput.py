"""Time per sample of the engine, with nothing but norms recorded, against what people use instead."""

from typing import Any

import torch

from core.experiment import Experiment
from tests.bench.engine import engine_loop, times
from tests.bench.measuring import interleaved, row
from tests.bench.plain import loader_loop, sklearn_loop
from tests.training.made import digits

ROUNDS, EPOCHS = 15, 6


def rows() -> list[dict[str, Any]]:
    """Ratios of CPU seconds per sample: digits, 64-64-64-10 ReLU, batch 64. The engine's epochs include their
    validation, the others' have none."""
    torch.set_num_threads(1)
    chosen = Experiment().changed({"network.layers": [{"units": 64}] * 2, "training.batch_size": 64})
    splits = digits(test=0)
    took = interleaved(
        {
            "engine": times(engine_loop(chosen, splits, "bare"), EPOCHS),
            "everything": times(engine_loop(chosen, splits, "everything"), EPOCHS),
            "loader": times(loader_loop(chosen, splits), EPOCHS),
            "sklearn": times(sklearn_loop(chosen, splits), EPOCHS),
        },
        ROUNDS,
    )
    return [
        row("digits: time per sample", took, "engine", "loader", 0.45, "DataLoader loop"),
        row("digits: time per sample", took, "engine", "sklearn", 0.85, "MLPClassifier"),
        row("digits: time per sample, everything recorded", took, "everything", "loader", None, "DataLoader loop"),
        row("digits: time per sample, everything recorded", took, "everything", "sklearn", None, "MLPClassifier"),
    ]
