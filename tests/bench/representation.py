"""What pictures of a network cost: a decision surface at 50 epochs, a slice of the loss, what a page is sent, and the
share of a run's time."""

import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from core.charts.pictures import classes_png
from core.data.prepare import Prepared, prepare
from core.experiment import Experiment
from core.recording.sink import MemorySink
from core.representation import surface
from core.representation.boundary import painter
from core.representation.checkpoints import put_row, to_row
from core.representation.stage import stage
from core.running.planes import usual_plane
from core.running.seen import finite
from core.training import picturing
from core.training.loop import train
from core.training.program import network_of
from tests.training.made import digits

ROUNDS = 7


def rows() -> list[dict[str, Any]]:
    """Processor seconds of this process, one thread; medians over rounds."""
    torch.set_num_threads(1)
    return [*_boundary(), *_sent(), *_surface(), *_share()]


def _boundary() -> list[dict[str, Any]]:
    experiment = Experiment.model_validate({"data": {"kind": "spirals", "rows": 400}})
    ready = _ready(experiment)
    network = network_of(experiment, ready.splits, 0).eval()
    random = np.random.default_rng(0)
    kept = [to_row(network) + 0.05 * random.normal(size=len(to_row(network))).astype(np.float32) for _ in range(50)]
    paint = painter(usual_plane(experiment, ready, lambda _: None), ready.splits, experiment.loss, 100)  # type: ignore

    def painted() -> list[dict[str, Any]]:
        found = []
        for row in kept:
            put_row(network, row)
            found.append(paint.paint(network))
        return found

    frames = painted()
    size = sum(len(classes_png(frame["answers"], frame["sure"], 100, "light")) for frame in frames)
    wrong = sum(np.sum(np.array(frame["points"]) >= 0) for frame in frames) * 12 * 0.25
    name = "boundary 100 x 100 at 50 epochs, 2-32-32-2"
    return [
        _line(f"{name}: painted, ms", 1e3 * _median(painted), 60),
        _line(f"{name}: sent as pictures, KiB", size / 1024, 400),
        _line(f"{name}: crosses when a quarter of the rows is wrong, KiB", wrong / 1024, None),
    ]


def _sent() -> list[dict[str, Any]]:
    """What the browser gets to draw units and bent space itself, at 50 epochs with weights."""
    found = []
    for name, data in (("2-32-32-2", {"kind": "spirals", "rows": 400}), ("digits", {"kind": "digits"})):
        experiment = Experiment.model_validate({"data": data})
        ready = _ready(experiment)
        network = network_of(experiment, ready.splits, 0).eval()
        plane, start = usual_plane(experiment, ready, lambda _: None), to_row(network)  # type: ignore[arg-type]

        def at(epoch: int, network: Any = network, start: np.ndarray = start) -> Any:
            noise = np.random.default_rng(epoch).normal(size=len(start)).astype(np.float32)
            put_row(network, start + 0.05 * noise)
            return network

        paint = painter(plane, ready.splits, experiment.loss, 2)
        told = finite(stage(at, range(50), paint, experiment.loss, ready.splits.input_names))
        epochs = len(told["epochs"])
        size = len(json.dumps(told)) / 1024
        found.append(_line(f"units and bent space of {name} at {epochs} of 50 epochs: sent, KiB", size, 400))
    return found


def _surface() -> list[dict[str, Any]]:
    experiment = Experiment().changed({"network.layers": [{"units": 128}] * 3})
    splits = digits(test=0)
    network = network_of(experiment, splits, 0).eval()
    own = splits.train[0][:256]
    x, y = torch.tensor(splits.inputs[0][own]), torch.tensor(splits.targets[own])
    directions, at = surface.random_directions(network, 0), np.linspace(-1, 1, 41)
    centre = to_row(network)
    took = _median(lambda: surface.grid(network, centre, directions, (at, at), (x, y), experiment.loss))
    sharp = _median(lambda: surface.sharpness(network, x, y, experiment.loss))
    return [
        _line("loss surface 41 x 41, 256 rows, 64-128x3-10, s", took, 0.8),
        _line("sharpness of one epoch, same network and rows, s", sharp, None),
    ]


def _share() -> list[dict[str, Any]]:
    """Pictures and weights against the whole run at its default length, by the clock that they run on."""
    found = []
    trees = {"spirals, 100 epochs": {"data": "spirals", "training": {"epochs": 100}}, "digits": {"data": "digits"}}
    for name, tree in trees.items():
        experiment = Experiment.model_validate(tree)
        ready, spent = _ready(experiment), [0.0]
        look = picturing.Pictures.look

        def timed(self: Any, *given: Any, spent: list[float] = spent, look: Any = look, **more: Any) -> None:
            start = time.process_time()
            look(self, *given, **more)
            spent[0] += time.process_time() - start

        shares = []
        picturing.Pictures.look = timed  # type: ignore[method-assign]
        try:
            for _ in range(3):
                spent[0], start = 0.0, time.process_time()
                train(experiment, ready.splits, MemorySink(), plane=usual_plane(experiment, ready, lambda _: None))  # type: ignore
                shares.append(spent[0] / (time.process_time() - start))
        finally:
            picturing.Pictures.look = look  # type: ignore[method-assign]
        found.append(_line(f"pictures' share of a run, {name}, %", 100 * statistics.median(shares), 3))
    return found


def _ready(experiment: Experiment) -> Prepared:
    return prepare(experiment.data.load(None), experiment.split, experiment.preparation, 1)


def _median(call: Callable[[], object]) -> float:
    call()
    took = []
    for _ in range(ROUNDS):
        start = time.process_time()
        call()
        took.append(time.process_time() - start)
    return statistics.median(took)


def _line(what: str, measured: float, at_most: float | None) -> dict[str, Any]:
    return {"what": what, "measured": measured, "at_most": at_most, "note": "CPU, one thread"}
