"""What recurrent cells that show their inside cost: everything recorded against torch's own nn.RNN and nn.GRU in a fast
plain loop, and against the same cell unobserved; the LSTM's price against torch's in one piece; five seeds."""

from typing import Any

import torch

from core.data.prepare import prepare
from core.experiment import Experiment
from tests.bench.engine import engine_loop, times
from tests.bench.measuring import interleaved, row
from tests.bench.plain import fast_loop

ROUNDS, EPOCHS = 9, 2
STEPS, UNITS = 20, 32
ASKED = {"elman": 1.25, "gru": 1.25}
"""Everything recorded ÷ torch's own cell, at most."""
OWN = {"lstm": 1.15}
"""Everything recorded ÷ the same cell unobserved, at most."""


def rows() -> list[dict[str, Any]]:
    """Ratios of CPU seconds: 1,200 training sequences of 20 steps, 32 units, batch 64, fused Adam."""
    torch.set_num_threads(1)
    found = []
    for kind in ("elman", "gru", "lstm"):
        chosen = Experiment().changed(
            {
                "data": {"kind": "frequencies", "rows": 2_000, "length": STEPS},
                "network": {"kind": "recurrent", "layers": [{"kind": kind, "units": UNITS}]},
                "training.batch_size": 64,
            }
        )
        splits = prepare(chosen.data.load(), chosen.split, chosen.preparation).splits
        contestants = {"plain": times(fast_loop(chosen, splits), EPOCHS)}
        for what in ("bare", "everything"):
            contestants[what] = times(engine_loop(chosen, splits, what), EPOCHS)
        contestants["five"] = times(engine_loop(chosen, splits, "everything", range(5)), EPOCHS)
        took = interleaved(contestants, ROUNDS)
        torch_own = f"fast plain loop with torch.nn's own {kind}"
        found += [
            row(f"{kind}, 20 steps: everything recorded", took, "everything", "plain", ASKED.get(kind), torch_own),
            row(
                f"{kind}, 20 steps: everything recorded",
                took,
                "everything",
                "bare",
                OWN.get(kind),
                "the same cell unobserved",
            ),
            row(f"{kind}, 20 steps: five seeds, everything recorded", took, "five", "everything", None, "one seed"),
        ]
    return found
