"""Whole records made by formula, so that what analysis says and charts draw can be checked without any training."""

from typing import Any

import numpy as np
import pyarrow as pa

from core.analysis.record import Record
from core.recording.schemas import SCHEMAS


def meta(
    depth: int = 12, units: int = 64, classes: int = 10, epochs: int = 40, replicas: int = 1, **others: Any
) -> dict:
    """What a run of a plain network says about itself."""
    kind = others.pop("activation", "sigmoid")
    names = [*(f"layer {n}" for n in range(1, depth + 1)), "output"]
    layers = [
        {
            "layer": n + 1,
            "name": name,
            "units": classes if name == "output" else units,
            "inputs": units,
            "activation": "output" if name == "output" else kind,
            "activation_parameters": {},
            "parameters": units * units,
        }
        for n, name in enumerate(names)
    ]
    return {
        "task": "classification",
        "classes": [str(n) for n in range(classes)],
        "inputs": [f"pixel {n}" for n in range(64)],
        "targets": [],
        "rows": {"train": 1257, "validation": 270, "test": 270},
        "layers": layers,
        "parameters": 50_570,
        "epochs": epochs,
        "steps_per_epoch": 40,
        "replicas": replicas,
        "seeds": list(range(replicas)),
        "loss": "cross_entropy",
        "score": "accuracy",
        "loss_of_guessing": float(np.log(classes)),
        "notes": [],
        **others,
    }


def table(kind: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows of one kind; what is left out is null."""
    return pa.Table.from_pylist(rows, schema=SCHEMAS[kind])


def baselines(score: float, loss: float, linear: tuple[float, float] = (0.9, 0.3)) -> pa.Table:
    """Guessing and a linear model on the validation rows."""
    return table(
        "baselines",
        [
            {"name": "guess", "split": "validation", "loss": loss, "score": score},
            {"name": "linear", "split": "validation", "loss": linear[1], "score": linear[0]},
        ],
    )


def epochs(train: np.ndarray, validation: np.ndarray, scores: np.ndarray | None = None) -> pa.Table:
    """train, validation: [replicas, epochs] losses; scores: [2, replicas, epochs]."""
    rows = []
    for replica in range(train.shape[0]):
        for epoch in range(train.shape[1]):
            shown = scores[:, replica, epoch] if scores is not None else (None, None)
            rows.append(
                {
                    "epoch": epoch,
                    "replica": replica,
                    "batch_loss": float(train[replica, epoch]) if epoch else None,
                    "train_loss": float(train[replica, epoch]),
                    "validation_loss": float(validation[replica, epoch]),
                    "train_score": shown[0],
                    "validation_score": shown[1],
                    "learning_rate": 0.1,
                    "weight_decay": 0.0,
                    "gradient_norm": 1.0,
                    "clipped_share": 0.0,
                    "seconds": 0.05,
                    "recording_seconds": 0.002,
                    "active": True,
                }
            )
    return table("epochs", rows)


def layers(
    log_ratio: np.ndarray, update: np.ndarray, dead: np.ndarray | None = None, weight: np.ndarray | None = None
) -> pa.Table:
    """All [replicas, epochs, layers]: log10 of the gradient over the output's, log10 of update ÷ weight, share. The
    output layer has no function that could saturate or die: its shares are null, as they are recorded."""
    rows = []
    for replica, epoch, layer in np.ndindex(*log_ratio.shape):
        size = 0.02 * 10.0 ** log_ratio[replica, epoch, layer]
        is_output = layer == log_ratio.shape[2] - 1
        rows.append(
            {
                "epoch": epoch,
                "replica": replica,
                "layer": layer + 1,
                "weight_gradient_rms": float(size if weight is None else weight[replica, epoch, layer]),
                "weight_gradient_norm": float(size * 64),
                "output_gradient_rms": float(size),
                "update_ratio": float(10.0 ** update[replica, epoch, layer]),
                "weight_norm": 8.0,
                "weight_rms": 0.125,
                "activation_mean": 0.5,
                "activation_std": 0.2,
                "unit_std": 0.1,
                "preactivation_mean": 0.0,
                "preactivation_std": 1.0,
                "saturated_share": None if dead is not None or is_output else 0.02,
                "dead_share": None if dead is None or is_output else float(dead[replica, epoch, layer]),
                "frozen_share": None,
                "zero_gradient_share": 0.0,
                "nan_count": 0,
                "infinite_count": 0,
            }
        )
    return table("layers", rows)


def overfitting(state: str = "finished", until: int = 80, replicas: int = 5) -> Record:
    """Best at epoch 2 of 80, then validation rises from 0.28 to 0.65; two classes, five seeds."""
    rng, t = np.random.default_rng(1), np.arange(81)
    train = 0.69 * np.exp(-t / 11.0) * (1 + 0.05 * rng.normal(size=(replicas, 1))) + 0.003
    train[:, 0] = 0.9
    rise = 0.28 + 0.37 * (1 - np.exp(-np.clip(t - 2, 0, None) / 45.0))
    validation = rise * (1 + 0.04 * rng.normal(size=(replicas, 1))) + 0.015 * rng.normal(size=(replicas, 81))
    validation[:, :3] = [[0.88, 0.42, 0.275]]
    accuracy = np.stack([1 - 0.3 * np.exp(-t / 8.0) + 0 * train, 0.91 - 0.07 * (1 - np.exp(-t / 10.0)) + 0 * train])
    accuracy += 0.006 * rng.normal(size=accuracy.shape)
    accuracy[:, :, 0] = 0.5
    accuracy = accuracy.clip(0, 1)
    cut = slice(0, until + 1)
    tables = {
        "epochs": epochs(train[:, cut], validation[:, cut], accuracy[:, :, cut]),
        "baselines": baselines(0.627, 0.66),
    }
    if state == "finished":
        tables["tests"] = table(
            "tests",
            [
                {"replica": r, "epoch": 2, "split": "test", "loss": 0.3, "score": 0.9, "rows": 72}
                for r in range(replicas)
            ],
        )
    return Record(meta(2, classes=2, epochs=80, replicas=replicas, activation="relu"), state, tables)


def vanishing(state: str = "finished", until: int = 40, replicas: int = 1) -> Record:
    """Twelve sigmoid layers: each passes on 0.22 of the gradient, and the loss stays at ln 10."""
    rng, t = np.random.default_rng(2), np.arange(until + 1)
    train = np.full((replicas, until + 1), np.log(10)) + 0.002 * rng.normal(size=(replicas, until + 1))
    train[:, 0] = 2.41
    depth = np.arange(13)
    steep = -0.58 - 0.08 * (1 - np.exp(-t / 10.0))
    ratio = steep[None, :, None] * (12 - depth)[None, None, :] + 0.0 * train[:, :, None]
    ratio[:, :, 11] = -0.25
    update = -2.2 + 0.55 * (depth - 12)[None, None, :] + 0.1 * rng.normal(size=ratio.shape)
    score = np.full((2, replicas, until + 1), 0.101)
    tables = {
        "epochs": epochs(train, train + 0.001, score),
        "layers": layers(ratio, update),
        "baselines": baselines(0.101, float(np.log(10)), (0.96, 0.2)),
        "steps": steps(replicas, until, 13),
    }
    return Record(meta(epochs=40, replicas=replicas), state, tables)


def healthy(state: str = "finished", until: int = 40, replicas: int = 3) -> Record:
    """Twelve ReLU layers with He initialisation on digits: 98 % right."""
    rng, t = np.random.default_rng(3), np.arange(41)
    wobble = 1 + 0.05 * rng.normal(size=(replicas, 41))
    train = 2.2 * np.exp(-t / 2.4) * wobble + 0.02
    validation = 2.2 * np.exp(-t / 2.5) * wobble + 0.085 + 0.01 * rng.normal(size=(replicas, 41)) * (t > 3)
    train[:, 0], validation[:, 0] = 4.3, 4.28
    score = np.stack([1 - 0.9 * np.exp(-t / 2.0) + 0 * train, 0.978 - 0.88 * np.exp(-t / 2.2) + 0 * train]).clip(0, 1)
    depth = np.arange(13)
    ratio = 0.35 - 0.04 * depth + 0.15 * rng.normal(size=(replicas, 41, 1)) + 0.04 * rng.normal(size=(replicas, 41, 13))
    ratio[:, :, 12] = 0
    update = -2.6 + 0.1 * rng.normal(size=ratio.shape)
    dead = (0.04 + 0.02 * rng.normal(size=ratio.shape)).clip(0, 1)
    dead[:, :, 11] = 0.12
    cut = slice(0, until + 1)
    tables = {
        "epochs": epochs(train[:, cut], validation[:, cut], score[:, :, cut]),
        "layers": layers(ratio[:, cut], update[:, cut], dead[:, cut]),
        "baselines": baselines(0.101, float(np.log(10)), (0.96, 0.2)),
        "steps": steps(replicas, until, 13),
    }
    return Record(meta(epochs=40, replicas=replicas, activation="relu"), state, tables)


def diverged() -> Record:
    """Six ReLU layers, far too hot: from epoch 4 on the loss is not a number."""
    train = np.array([[3.1, 2.45, 2.36, 2.33, np.nan]])
    ratio = np.zeros((1, 5, 7))
    ratio[0, 4, 2:] = np.nan
    events = [
        {"epoch": 4, "replica": 0, "step": 131, "layer": 3, "event": "first_infinite", "quantity": "weights"},
        {"epoch": 4, "replica": 0, "step": 132, "layer": 2, "event": "first_nan", "quantity": "gradients"},
        {
            "epoch": 4,
            "replica": 0,
            "step": 160,
            "event": "diverged",
            "message": "every loss of epoch 4 was not a number",
        },
    ]
    seen = layers(ratio, -2.0 + 0 * ratio, 0.3 + 0 * ratio).to_pylist()
    for row in seen:
        row["nan_count"] = 64 if row["epoch"] == 4 and row["layer"] >= 3 else 0
    tables = {
        "epochs": epochs(train, train, np.full((2, 1, 5), 0.1)),
        "layers": table("layers", seen),
        "events": table("events", events),
        "baselines": baselines(0.101, float(np.log(10))),
    }
    return Record(meta(6, epochs=20, activation="relu"), "failed", tables)


def regression() -> Record:
    """A plane with noise: R² 0.9, still learning."""
    rng, t = np.random.default_rng(5), np.arange(61)
    train = 0.1 + 0.9 * np.exp(-t / 25.0) + 0.004 * rng.normal(size=(1, 61))
    validation = 0.12 + 0.9 * np.exp(-t / 25.0) + 0.006 * rng.normal(size=(1, 61))
    score = 1 - np.stack([train, validation])
    made = meta(2, units=16, classes=1, epochs=60, activation="tanh")
    made |= {"task": "regression", "classes": [], "loss": "squared_error", "score": "r2", "loss_of_guessing": None}
    tables = {"epochs": epochs(train, validation, score), "baselines": baselines(0.0, 1.01, (0.88, 0.13))}
    return Record(made, "finished", tables)


def steps(replicas: int, until: int, depth: int) -> pa.Table:
    """Forty steps an epoch; one step has a spike of 300."""
    rng, rows = np.random.default_rng(6), []
    for replica in range(replicas):
        for step in range(1, until * 40 + 1, max(1, until * 40 // 2000)):
            norm = float(np.exp(0.4 * rng.normal()) * (300 if step == 401 else 1))
            layer = (norm * 10.0 ** -np.arange(depth, 0, -1.0)).tolist()
            rows.append(
                {"epoch": (step - 1) // 40 + 1, "replica": replica, "step": step, "batch_loss": 2.3}
                | {"gradient_norm": norm, "layer_gradient_norms": layer}
            )
    return table("steps", rows)
