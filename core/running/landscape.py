"""What pages ask about the loss around a run's weights: a slice with the way that training took, a straight line to
another run, the sharpest curvature through training."""

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from core.refusal import Problem, Refusal
from core.running.loading import PreparedCache
from core.running.seen import Answer, Seen, finite, seen

if TYPE_CHECKING:
    from torch import Tensor

SIDE = 41
"""Points along a slice (the promise is 0.8 s for 64-128x3-10)."""
SLICE_S = 3.0
"""Seconds of one slice; slower networks get a coarser one (our choice)."""
COARSER = (41, 31, 21, 15, 11)
MOST_RUNS = 8
SHARP_EPOCHS = 14
SHARP_S = 5.0
LINE_POINTS = 41


def surface(payload: Answer, data: PreparedCache) -> Answer:
    """A slice of the loss. payload: run; directions: "path" (the plane in which its weights moved) or "random"; others:
    ids of runs of the same network on the same data, whose paths lie in the slice too. JSON: a, b (coordinates), loss
    [b][a], paths [{run, name, epochs, a, b}], off (share of the paths' spread that is not shown), rows. Raises
    Refusal."""
    from core.representation import surface as slices

    one = seen(payload, data)
    all_runs = [one, *_others(one, payload, data)]
    x, y = _rows(one)
    centre = one.rows[one.epochs[-1]]
    if payload.get("directions") == "random":
        axes = slices.random_directions(one.at(one.epochs[-1]), seed=0)
        ends = np.linspace(-1, 1, _side(one, x))
        a = b = ends
        paths, off = [np.zeros((1, 2))], 0.0
        all_runs = all_runs[:1]
    else:
        stacked = [np.stack([own.rows[epoch] for epoch in own.epochs]) for own in all_runs]
        pooled = np.concatenate([*stacked[1:], stacked[0]])
        axes, at, off = slices.path_directions(pooled)
        cuts = np.cumsum([len(rows) for rows in [*stacked[1:], stacked[0]]])[:-1]
        pieces = np.split(at, cuts)
        paths = [pieces[-1], *pieces[:-1]]
        a, b = slices.span(at, _side(one, x))
    found = slices.grid(one.network, centre, axes, (a, b), (x, y), one.experiment.loss)
    told = [_path(own, path) for own, path in zip(all_runs, paths, strict=True)]
    return finite({"a": a.tolist(), "b": b.tolist(), "loss": found.tolist(), "paths": told, "off": off, "rows": len(x)})


def line(payload: Answer, data: PreparedCache) -> Answer:
    """The loss on the straight line from a run's last weights (0) to another's (1). payload: run, other. JSON: at,
    train, validation (null where there are no rows), names. Raises Refusal."""
    from core.representation import surface as slices

    one = seen(payload, data)
    (other,) = _others(one, {**payload, "others": [payload.get("other")]}, data)
    start, end = one.rows[one.epochs[-1]], other.rows[other.epochs[-1]]
    at = np.linspace(-0.25, 1.25, LINE_POINTS)
    found: dict[str, Any] = {"at": at.tolist(), "names": [one.run.name, other.run.name]}
    for split in ("train", "validation"):
        x, y = _rows(one, split)
        rows = [start + t * (end - start) for t in at]
        losses = slices.losses(one.network, rows, x, y, one.experiment.loss).tolist() if len(x) else None
        found[split] = losses
    return finite(found)


def sharpness(payload: Answer, data: PreparedCache) -> Answer:
    """The largest eigenvalue of the Hessian at a few epochs. payload: run. JSON: epochs, values, rows.
    Raises Refusal."""
    from core.representation.surface import sharpness as sharpest

    one = seen(payload, data)
    x, y = _rows(one)
    until = time.monotonic() + SHARP_S
    found: dict[int, float] = {}
    for epoch in [one.epochs[-1], *one.picked(SHARP_EPOCHS)[:-1]]:
        if found and time.monotonic() > until:
            break
        found[epoch] = sharpest(one.at(epoch), x, y, one.experiment.loss)
    return finite({"epochs": sorted(found), "values": [found[epoch] for epoch in sorted(found)], "rows": len(x)})


def _others(one: Seen, payload: Answer, data: PreparedCache) -> list[Seen]:
    """Other runs whose weights can lie in the same picture."""
    found = []
    for run_id in [str(other) for other in payload.get("others") or []][: MOST_RUNS - 1]:
        other = seen(payload, data, run_id)
        if len(other.rows[other.epochs[-1]]) != len(one.rows[one.epochs[-1]]) or not _alike(one, other):
            said = f"{other.run.name!r} has another network, other rows or another loss: only like runs share a surface"
            raise Refusal(Problem("others", said))
        found.append(other)
    return found


def _alike(one: Seen, other: Seen) -> bool:
    parts = ("data", "network", "preparation", "split", "loss")
    return all(getattr(one.experiment, part) == getattr(other.experiment, part) for part in parts)


def _rows(one: Seen, split: str = "train") -> "tuple[Tensor, Tensor]":
    import torch

    from core.representation.probes import picked
    from core.representation.surface import ROWS

    rows = picked(getattr(one.ready.splits, split)[0], ROWS)
    inputs = np.ascontiguousarray(one.ready.splits.inputs[0][rows], dtype=np.float32)
    return torch.from_numpy(inputs), torch.from_numpy(one.ready.splits.targets[rows])


def _side(one: Seen, x: "Tensor") -> int:
    """Points along a slice, by what one look at these rows takes: what convolutions and steps cost no size tells."""
    import torch

    took = []
    with torch.inference_mode():
        for _ in range(3):
            start = time.perf_counter()
            one.network(x)
            took.append(time.perf_counter() - start)
    return next((side for side in COARSER if side * side * min(took) <= SLICE_S), COARSER[-1])


def _path(own: Seen, path: np.ndarray) -> dict[str, Any]:
    epochs = own.epochs[-len(path) :]
    return {
        "run": own.run.id,
        "name": own.run.name,
        "epochs": epochs,
        "a": path[:, 0].tolist(),
        "b": path[:, 1].tolist(),
    }
