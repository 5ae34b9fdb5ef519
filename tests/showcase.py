"""Records the two runs that the Start page shows: `python -m tests.showcase` writes assets/showcase.json."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.analysis import flow
from core.analysis.record import Record
from core.data.prepare import prepare
from core.experiment import Experiment
from core.recording.sink import MemorySink
from core.training.loop import train

PLACE = Path(__file__).parents[1] / "assets" / "showcase.json"
EPOCHS = 40


def experiment(activation: str, initialisation: str) -> Experiment:
    """Twelve hidden layers of 64 units on the digits."""
    layers = [{"units": 64, "activation": activation}] * 12
    network = {"kind": "dense", "layers": layers, "initialisation": initialisation}
    optimizer = {"kind": "momentum", "learning_rate": 0.02}
    training = {"epochs": EPOCHS, "batch_size": 64, "seed": 1}
    return Experiment.model_validate(
        {"data": "digits", "network": network, "optimizer": optimizer, "training": training}
    )


def recorded(title: str, says: str, chosen: Experiment) -> dict[str, Any]:
    """One run: how it ended, and the gradient of every layer at every epoch."""
    sink = MemorySink()
    splits = prepare(chosen.data.load(None), chosen.split, chosen.preparation).splits
    train(chosen, splits, sink, lambda: "go")
    record = Record(meta=sink.meta, state="finished", tables=sink.tables())
    table = flow.heat(flow.flow(record))[["epoch", "until", "layer", "name", "median", "words", "rms", "broken"]]
    table["median"], table["rms"] = table["median"].round(3), [float(f"{rms:.3g}") for rms in table["rms"]]
    scores = record.frame("epochs", ["epoch", "validation_score"])
    accuracy = float(scores.loc[scores["epoch"] == EPOCHS, "validation_score"].median())
    return {
        "title": title,
        "says": says,
        "epochs": EPOCHS,
        "accuracy": round(accuracy, 4),
        "layers": record.layers,
        "gradients": {name: [_plain(v) for v in column] for name, column in table.items()},
    }


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def both() -> list[dict[str, Any]]:
    """The two runs."""
    return [
        recorded(
            "12 sigmoid layers",
            "Blue: less than a millionth of the gradient arrives. Those layers cannot learn.",
            experiment("sigmoid", "glorot_normal"),
        ),
        recorded(
            "12 ReLU layers, He initialisation",
            "No colour: every layer receives about as much as the output layer. All of them learn.",
            experiment("relu", "he_normal"),
        ),
    ]


if __name__ == "__main__":
    torch.set_num_threads(1)
    PLACE.write_text(json.dumps(both(), separators=(",", ":")) + "\n", encoding="utf-8")
