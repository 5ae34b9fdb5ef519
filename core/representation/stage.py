"""What the browser needs to draw a small network itself: its modules, its weights at every epoch, points of the plane
and rows as they enter it, and directions in which to look at wide layers."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from core.choices.modules import PlainNetwork, Sine, Skip
from core.data.splits import Splits
from core.refusal import Problem, Refusal
from core.representation.boundary import Painter
from core.representation.checkpoints import tensors
from core.representation.packing import columns, packed
from core.representation.plane import Plane
from core.representation.projection import axes
from core.representation.swift import FUNCTIONS

if TYPE_CHECKING:
    from core.choices.losses import Loss

MOST_WEIGHTS = 20_000
"""Of a network that the browser walks through (our choice: a frame within 20 ms)."""
MOST_NUMBERS = 50_000
"""Weights of all epochs together (130 KiB as they are sent)."""
MOST_INPUT_NUMBERS = 60_000
"""Numbers of the lattice (160 KiB where it is sent as it is)."""
WALK_WORK = 4e6
"""Multiplications of one walk over the lattice (our choice: some milliseconds in a browser)."""
SIDES = (41, 35, 29, 23)
LINE_SIDE = 201
STRAIGHT = 1e-5
"""Largest part of the inputs' size by which a lattice may leave a straight map: that of rounding (our choice)."""
PLOTTED = {nn.LeakyReLU: "negative_slope", nn.ELU: "alpha", nn.Softplus: "beta", Sine: "frequency"}


def stage(
    at: Callable[[int], PlainNetwork], epochs: Sequence[int], paint: Painter, loss: "Loss", names: Sequence[str]
) -> dict[str, Any]:
    """JSON for the browser. at: the network of an epoch; epochs: those whose weights are known; names: of the inputs.
    Raises Refusal where the network is none that it can draw."""
    network = at(epochs[-1])
    said = elsewhere(network, paint.splits)
    if said:
        raise Refusal(Problem("network", said))
    is_bent = paint.splits.task == "regression" and reading(loss) != "linear"
    if is_bent or loss.model_dump().get("output") == "sigmoid_twice":
        raise Refusal(Problem("loss", "units are drawn for outputs that are read once: values as they are, or classes"))
    described = modules(network)
    numbers = sum(tensor.numel() for tensor in network.parameters())
    if numbers > MOST_WEIGHTS or len(network.blocks) > 12:
        raise Refusal(Problem("network", f"it is drawn for networks of up to {MOST_WEIGHTS:,} weights and 12 layers"))
    chosen = [epochs[k] for k in np.unique(np.linspace(0, len(epochs) - 1, max(2, MOST_NUMBERS // numbers)).round())
              .astype(int)]  # fmt: skip
    side = _side(paint, numbers)
    rows = np.concatenate(list(paint.rows.values()))
    inputs = np.ascontiguousarray(paint.splits.inputs[0][rows], dtype=np.float32)
    weights, looks, before = [], [], None
    for epoch in chosen:
        own = at(epoch)
        weights.append(packed(tensor.detach().cpu().numpy() for tensor in tensors(own)))
        found, before = _looks(own, inputs, paint, rows, before)
        looks.append(found)
    plane = paint.plane
    return {
        "network": {**described, "inputs": inputs.shape[1], "names": list(names)[:8]},
        "epochs": chosen,
        "weights": weights,
        "axes": looks,
        "lattice": {"side": side, **_lattice(plane, side)},
        "points": {
            "rows": columns(inputs),
            "place": columns(plane.place[rows][:, [0, -1]]),
            "target": _targets(paint, rows),
            "splits": [split for split, own in paint.rows.items() for _ in own],
        },
        "plane": plane.describe(),
        "isClassification": paint.splits.task == "classification",
        "classes": list(paint.splits.class_names),
        "targets": list(paint.splits.target_names),
        "reading": reading(loss),
        "threshold": 0.5 if reading(loss) == "linear" else 0.0,
        "values": [paint.low, paint.high],
        "scale": {"mean": paint.splits.target_mean[0], "std": paint.splits.target_std[0]},
    }


def elsewhere(network: PlainNetwork, splits: Splits) -> str:
    """Why a network's units are no small maps over a plane, and where they are seen instead; "" where they are."""
    if splits.bottleneck is not None:
        return "an autoencoder answers with whole rows: they stand beside the originals on the Outputs page"
    if any(isinstance(part, nn.Conv2d) for part in network.parts.values()):
        return "units that look at pictures answer no place of a plane: their filters and maps are on the Filters page"
    if any(isinstance(part, nn.RNNBase) for part in network.parts.values()):
        return "units that read a sequence answer step by step: what they keep is on the Through time page"
    return ""


def modules(network: PlainNetwork) -> dict[str, Any]:
    """{modules, blocks}: what is done in which order, and where its numbers stand in a row of weights. Raises
    Refusal."""
    places, start = {}, 0
    for name, tensor in [*network.named_parameters(), *network.named_buffers()]:
        if tensor.is_floating_point():
            places[name] = start
            start += tensor.numel()
    told = [_module(part, f"parts.{name}", places) for name, part in network.parts.items()]
    blocks = [
        {name: getattr(b, name) for name in ("units", "inputs", "linear", "preactivation", "output")}
        for b in network.blocks
    ]
    return {"modules": told, "blocks": blocks}


def reading(loss: "Loss") -> str:
    """How the loss reads outputs: softmax, sigmoid or linear."""
    chosen = loss.model_dump()
    output = "softmax" if chosen["kind"] == "hinge" else str(chosen.get("output", "linear"))
    return next((name for name in ("softmax", "sigmoid") if output.startswith(name)), "linear")


def _module(part: nn.Module, name: str, places: dict[str, int]) -> dict[str, Any]:
    own = {key: places.get(f"{name}.{key}") for key in ("weight", "bias")}
    if type(part) is nn.Linear:
        return {"kind": "linear", "units": part.out_features, **own}
    if type(part) is nn.BatchNorm1d:
        moments = {"mean": places[f"{name}.running_mean"], "variance": places[f"{name}.running_var"]}
        return {"kind": "batch_norm", "eps": part.eps, **own, **moments}
    if type(part) is nn.LayerNorm:
        return {"kind": "layer_norm", "eps": part.eps, **own}
    if type(part) is Skip:
        return {"kind": "skip", "back": part.back}
    if type(part) is nn.Dropout:
        return {"kind": "same"}
    if type(part) in FUNCTIONS and getattr(part, "approximate", "none") == "none":
        parameter = getattr(part, PLOTTED[type(part)]) if type(part) in PLOTTED else None
        return {"kind": "activation", "name": type(part).__name__, "parameter": parameter}
    said = f"{type(part).__name__} is more than sums and a function of each: its units cannot be drawn as small maps"
    raise Refusal(Problem("network", said))


def _side(paint: Painter, numbers: int) -> int:
    width = paint.splits.features
    if paint.plane.axes == 1:
        return LINE_SIDE
    fits = [s for s in SIDES if s * s * numbers <= WALK_WORK and s * s * width <= MOST_INPUT_NUMBERS]
    return fits[0] if fits else SIDES[-1]


@torch.inference_mode()
def _looks(
    network: PlainNetwork, inputs: np.ndarray, paint: Painter, rows: np.ndarray, before: "list[np.ndarray] | None"
) -> tuple[list[dict[str, Any] | None], list[np.ndarray]]:
    """For every stop of the way through the network its axes, None where its units are drawn themselves."""
    walk = network.walk(torch.from_numpy(inputs))
    stops = [0, *(place for block in network.blocks[:-1] for place in (block.preactivation, block.output))]
    stops.append(network.blocks[-1].preactivation)
    targets = paint.splits.targets[rows]
    found: list[dict[str, Any] | None] = []
    places: list[np.ndarray] = []
    last = paint.plane.place[rows][:, [0, -1]]
    for n, place in enumerate(stops):
        values = walk[place].double().numpy()
        if n == 0 or values.shape[1] <= 3 or not np.isfinite(values).all():
            found.append(None)
            places.append(last if n == 0 or values.shape[1] < 2 else values[:, :2])
        else:
            own = axes(values, targets, paint.splits.task, before[n] if before else None)
            three = (own.mean, own.across, own.up)
            found.append({"values": packed(three), "share": round(own.share, 4)})
            places.append(own.place(values))
        last = places[-1]
    return found, places


def _lattice(plane: Plane, side: int) -> dict[str, Any]:
    """What enters the network at every cell: where all of it moves in straight lines with the plane's coordinates, the
    inputs at 0 and by how much a unit of each coordinate moves them; else every cell's inputs themselves."""
    at = plane.grid(side)
    lattice = plane.fill(at).astype(np.float64)
    given = np.concatenate([np.ones((len(at), 1)), at], axis=1)
    moves = np.linalg.lstsq(given, lattice, rcond=None)[0]
    if np.abs(given @ moves - lattice).max() <= STRAIGHT * max(1.0, float(np.abs(lattice).max())):
        return {"moves": [[float(f"{one:.9g}") for one in row] for row in moves]}
    return {"rows": columns(lattice)}


def _targets(paint: Painter, rows: np.ndarray) -> list[float]:
    targets = paint.splits.targets[rows].reshape(len(rows), -1)[:, 0].astype(float)
    if paint.splits.task == "classification":
        return [int(value) for value in targets]
    return [round(float(v) * paint.splits.target_std[0] + paint.splits.target_mean[0], 6) for v in targets]
