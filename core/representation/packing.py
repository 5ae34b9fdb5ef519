"""Numbers as a browser gets them: 16 bits each, run by run, so that a picture of fifty epochs is light. A run is what
shares a scale: a column of rows, or one tensor of a network."""

import base64
from collections.abc import Iterable
from typing import Any

import numpy as np

CODES = 65_534
"""Steps from a run's lowest number to its highest: each number is off by at most 1/131,068 of that span, far less than
a pixel or a shade. The code above stands for what is no number."""


def packed(runs: Iterable[np.ndarray]) -> dict[str, Any]:
    """counts, low, step of each run of numbers, and data: their codes as base64, little-endian. A number is low +
    step × code."""
    counts, lows, steps, codes = [], [], [], []
    for run in runs:
        values = np.asarray(run, dtype=np.float64).reshape(-1)
        known = values[np.isfinite(values)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
        step = (high - low) / CODES
        code = np.round((values - low) / step) if step > 0 else np.zeros(len(values))
        codes.append(np.where(np.isfinite(values), code, CODES + 1).astype("<u2"))
        counts.append(len(values))
        lows.append(low)
        steps.append(step)
    data = base64.b64encode(np.concatenate(codes).tobytes()).decode()
    return {"counts": counts, "low": lows, "step": steps, "data": data}


def columns(rows: np.ndarray) -> dict[str, Any]:
    """Rows [rows, columns], column after column."""
    return packed(rows.T)
