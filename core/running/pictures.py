"""A few pictures of a run's table in its own numbers, for a page on which new ones are painted."""

from typing import Any

import numpy as np

from core.experiment import parse
from core.refusal import Problem, Refusal
from core.running.loading import PreparedCache

MOST_SHOWN = 30
"""Validation pictures that a page can begin with (our choice)."""


def pictures(payload: dict[str, Any], data: PreparedCache) -> dict[str, Any]:
    """payload: run (an id). JSON: columns in the order of the pixels, row by row; height, width; low, high: of the
    training rows; rows [{label, values}], validation pictures, none where there are no such rows. Raises Refusal where
    a row is no picture of one channel."""
    owner = str(payload.get("owner", ""))
    run = data.store.run(str(payload.get("run", "")), owner)
    if run is None:
        raise Refusal(Problem("run", "there is no such run any more"))
    experiment, problems = parse(run.experiment)
    if experiment is None:
        raise Refusal(*problems)
    splits = data.get(experiment, owner).splits
    if len(splits.shape) != 3 or splits.shape[0] != 1:
        raise Refusal(Problem("run", "the rows of this run are no pictures"))
    centre, spread = (
        (0.0, 1.0) if splits.centre is None or splits.spread is None else (splits.centre[0], splits.spread[0])
    )
    own = (splits.inputs[0].astype(np.float64) * spread + centre).round(4) + 0.0  # float32 has no more digits
    train, rows = own[splits.train[0]], splits.validation[0]
    picked = rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST_SHOWN)).round().astype(int)] if len(rows) else rows
    names = splits.class_names
    return {
        "columns": list(splits.input_names),
        "height": splits.shape[1],
        "width": splits.shape[2],
        "low": float(train.min()),
        "high": float(train.max()),
        "rows": [
            {"label": names[int(splits.targets[row])] if names else None, "values": own[row].tolist()} for row in picked
        ],
    }
