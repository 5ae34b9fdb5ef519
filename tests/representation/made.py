"""A few small trained networks, each trained once for all tests of what they see."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import torch

from core.data.prepare import Prepared, prepare
from core.experiment import Experiment
from core.recording.sink import MemorySink
from core.representation.boundary import painter
from core.representation.checkpoints import put_row
from core.representation.plane import Plane
from core.representation.stage import stage
from core.running.planes import usual_plane
from core.training.loop import train
from core.training.program import network_of

TREES: dict[str, dict[str, Any]] = {
    "bullseye": {
        "data": {"kind": "bullseye", "rows": 200},
        "network": {"layers": [{"units": 3, "activation": "tanh"}]},
        "optimizer": {"kind": "adam", "learning_rate": 0.05},
        "training": {"epochs": 30},
    },
    "iris": {
        "data": "iris",
        "network": {"layers": [{"units": 8, "normalisation": "batch", "dropout": 0.1}, {"units": 8, "skip": True}]},
        "training": {"epochs": 6},
    },
    "bumpy": {"data": {"kind": "bumpy", "rows": 200}, "loss": "squared_error", "training": {"epochs": 5}},
    "sine": {"data": {"kind": "sine", "rows": 100}, "loss": "squared_error", "training": {"epochs": 5}},
    "binary": {"data": {"kind": "moons", "rows": 120}, "loss": "binary_cross_entropy", "training": {"epochs": 4}},
}


@dataclass(frozen=True)
class Trained:
    """An experiment, its data, its plane and its record."""

    experiment: Experiment
    ready: Prepared
    plane: Plane
    sink: MemorySink

    def exported(self, epoch: int | None = None) -> torch.nn.Module:
        """The plain torch.nn network: as saved at the end, or as recorded at an epoch."""
        network = network_of(self.experiment, self.ready.splits, 0).eval()
        if epoch is None:
            import safetensors.torch

            network.load_state_dict(safetensors.torch.load(self.sink.weights[0, "last"][1]))
        else:
            table = self.sink.table("checkpoints").to_pylist()
            put_row(network, next(row["weights"] for row in table if row["epoch"] == epoch))
        return network


@cache
def trained(name: str) -> Trained:
    """The network of this name, trained once."""
    experiment = Experiment.model_validate(TREES[name])
    ready = prepare(experiment.data.load(None), experiment.split, experiment.preparation, 1)
    plane, sink = usual_plane(experiment, ready, lambda _: None), MemorySink()
    train(experiment, ready.splits, sink, plane=plane)
    return Trained(experiment, ready, plane, sink)


def staged(one: Trained) -> dict[str, Any]:
    """What the browser gets to draw this network itself."""
    splits, epochs = one.ready.splits, sorted(one.sink.table("checkpoints").column("epoch").to_pylist())
    paint = painter(one.plane, splits, one.experiment.loss, 2)
    return stage(one.exported, epochs, paint, one.experiment.loss, splits.input_names)
