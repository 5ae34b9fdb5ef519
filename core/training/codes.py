"""What an autoencoder makes of the validation rows: the numbers that stand for each, how far off it is when it gives
them back, and some of them given back in full."""

from typing import Any

import numpy as np
import torch

from core.training.program import Program

SHOWN_ROWS = 10
"""Rows that are kept in full, evenly picked (our choice: more hide one another)."""
MOST_NUMBERS = 4_096
"""Numbers of a row up to which rows are kept in full (our choice: 64 × 64 pixels)."""


@torch.inference_mode()
def codes(program: Program, middle: int) -> dict[str, Any]:
    """Columns of kind "codes" for the program's first replica; middle: number of the bottleneck among the layers.
    Empty where there are no validation rows."""
    kept = program.validation.kept[0]
    if not len(kept):
        return {}
    numbers = torch.as_tensor(kept, dtype=torch.int64).expand(len(program.numbers), -1)
    program.network.set_mode("evaluate")
    walk = program.network.walk(program.rows.inputs(numbers))
    program.network.set_mode("train")
    code = walk[program.network.blocks[middle].output][0].float().cpu().numpy()
    given, back = walk[0][0].cpu().numpy(), program.read(walk[-1])[0].float().cpu().numpy()
    errors = ((given - back) ** 2).mean(1)
    shown = np.linspace(0, len(kept) - 1, min(SHOWN_ROWS, len(kept))).round().astype(int)
    if given.shape[1] > MOST_NUMBERS:
        shown = shown[:0]
    return {
        "codes": code.ravel(),
        "errors": errors,
        "shown": shown,
        "given": given[shown].ravel(),
        "back": back[shown].ravel(),
    }
