"""What a band over seeds costs: ten replicas with everything recorded against one plain model."""

from typing import Any

import torch

from core.experiment import Experiment
from tests.bench.engine import engine_loop, times
from tests.bench.measuring import interleaved, row
from tests.bench.plain import fast_loop
from tests.training.made import classes

ROUNDS, EPOCHS = 15, 8


def rows() -> list[dict[str, Any]]:
    """Ratios of CPU seconds: 20-64-64-2 ReLU, batch 64, 1,440 training rows."""
    torch.set_num_threads(1)
    chosen = Experiment().changed({"network.layers": [{"units": 64}] * 2, "training.batch_size": 64})
    splits = classes(2_000, 20, 2)
    took = interleaved(
        {
            "one": times(fast_loop(chosen, splits), EPOCHS),
            "ten": times(engine_loop(chosen, splits, "everything", range(10)), EPOCHS),
            "ten_bare": times(engine_loop(chosen, splits, "bare", range(10)), EPOCHS),
            "ten_norms": times(engine_loop(chosen, splits, "norms", range(10)), EPOCHS),
        },
        ROUNDS,
    )
    return [
        row("10 seeds of 20-64-64-2 with all statistics", took, "ten", "one", 3.5, "one plain model"),
        row("10 seeds of 20-64-64-2, norms only", took, "ten_norms", "one", None, "one plain model"),
        row("10 seeds of 20-64-64-2, nothing recorded", took, "ten_bare", "one", None, "one plain model"),
    ]
