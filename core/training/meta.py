"""What is being trained, as JSON: written once, before the first step."""

import math
from typing import Any

import numpy as np
import torch

from core.data.splits import Splits
from core.experiment import Experiment
from core.recording.schemas import ROWS_KEPT
from core.training.program import TRAIN_ROWS, Program
from core.training.seeds import seeds


def meta(experiment: Experiment, splits: Splits, programs: list[Program], replicas: int) -> dict[str, Any]:
    """What a page needs to know of a run that its record does not say."""
    order = programs[0].order
    return {
        "task": splits.task,
        "classes": list(splits.class_names),
        "inputs": list(splits.input_names),
        "shape": list(splits.shape),
        "asked_steps": splits.asked_steps,
        "reads_ahead": experiment.network.reads_ahead,
        "targets": [] if splits.bottleneck else list(splits.target_names),
        "bottleneck": splits.bottleneck,
        "labels": list(splits.label_names),
        "target_mean": [] if splits.bottleneck else list(splits.target_mean),
        "target_std": [] if splits.bottleneck else list(splits.target_std),
        "rows": {part: min(len(rows) for rows in getattr(splits, part)) for part in ("train", "validation", "test")},
        "layers": _layers(experiment, programs[0]),
        "parameters": programs[0].network.parameters,
        "epochs": experiment.training.epochs,
        "steps_per_epoch": order.steps,
        "batch": order.batch,
        "replicas": replicas,
        "seeds": seeds(experiment.training.seed, replicas),
        "folds": len(splits.train) if len(splits.train) > 1 else None,
        "programs": [program.numbers for program in programs],
        "device": str(programs[0].device),
        "torch": torch.__version__,
        "loss": experiment.loss.kind,
        "score": "accuracy" if splits.task == "classification" else "r2",
        "loss_of_guessing": loss_of_guessing(experiment, splits),
        "largest_input": largest_input(splits),
        "notes": [*splits.notes, *_notes(experiment, splits, programs[0])],
    }


def loss_of_guessing(experiment: Experiment, splits: Splits) -> float | None:
    """The mean training loss of an answer that knows nothing: of classes, outputs that are all 0 (ln K for
    cross-entropy); of values, their mean, or their median where the loss is least there."""
    targets = splits.targets[np.unique(np.concatenate(splits.train))[: 2**16]]
    if splits.task == "classification":
        outputs = torch.zeros(len(targets), experiment.loss.units(splits.classes))
        loss = float(experiment.loss.per_row(outputs, torch.as_tensor(targets)).double().mean())
    else:
        middle = (np.median if experiment.loss.guesses_median else np.mean)(targets.astype(np.float64), axis=0)
        loss = float(experiment.loss.of_answers(np.broadcast_to(middle, targets.shape), targets).mean())
    return loss if math.isfinite(loss) else None


def largest_input(splits: Splits) -> dict[str, Any] | None:
    """The column whose values are largest in the training rows, as it enters the network: its name, size (root mean
    square; 1 is standardised) and reach (largest distance from 0), of at most 65,536 rows. None for pictures and
    sequences, where a single number of a row says little."""
    if len(splits.shape) > 1 or len(splits.input_names) != splits.features:
        return None
    rows = splits.inputs[0][splits.train[0][: 2**16]]
    size = np.sqrt(np.square(rows, dtype=np.float64).mean(axis=0))
    at = int(np.argmax(size))
    return {"name": splits.input_names[at], "size": float(size[at]), "reach": float(np.abs(rows[:, at]).max())}


def _layers(experiment: Experiment, program: Program) -> list[dict[str, Any]]:
    chosen = [*(layer for _, layer in experiment.network.counted), None]
    described = []
    for number, (block, layer) in enumerate(zip(program.network.blocks, chosen, strict=True), 1):
        own = {part for part in (block.linear, block.normalisation, block.activation) if part is not None}
        columns = program.network.columns.items()
        activation = None if block.chosen is None else block.chosen.model_dump(mode="json")
        described.append(
            {
                "layer": number,
                "name": block.name,
                "kind": "dense" if layer is None else layer.kind,
                "shape": list(block.shape),
                "units": block.units,
                "inputs": block.inputs,
                "activation": "output" if activation is None else activation.pop("kind"),
                "activation_parameters": activation or {},
                "parameters": sum(columns.stop - columns.start for (part, _), columns in columns if part in own),
                "normalisation": "none" if layer is None else layer.get("normalisation", "none"),
                "dropout": 0.0 if layer is None else layer.get("dropout", 0.0),
                "skip": block.skip is not None,
            }
        )
    return described


def _notes(experiment: Experiment, splits: Splits, program: Program) -> list[str]:
    notes = []
    order, batch = program.order, experiment.training.batch_size
    if experiment.optimizer.whole_batch:
        notes.append(f"{experiment.optimizer.title()} takes all {order.rows:,} training rows in every step")
    elif batch > order.rows:
        notes.append(f"a batch holds all {order.rows:,} training rows: {batch:,} were asked for")
    if experiment.training.precision == "bfloat16" and program.device.type != "cuda":
        notes.append("bfloat16 needs a CUDA device: layers multiply in float32 here")
    if order.left_out:
        notes.append("the last batch of an epoch would have one row, which batch normalisation cannot use: left out")
    if len({len(part) for part in splits.train}) > 1:
        notes.append(f"every epoch of every fold has {order.rows:,} rows, as many as the smallest fold")
    narrow = [
        str(number)
        for number, ((_, layer), block) in enumerate(
            zip(experiment.network.counted, program.network.blocks, strict=False), 1
        )
        if layer.get("skip") and block.skip is None
    ]
    if narrow:
        notes.append(f"no skip around layer {', '.join(narrow)}: its input is not as wide as its output")
    if experiment.network.has_modes and order.rows > TRAIN_ROWS:
        notes.append(f"the training loss is measured on {TRAIN_ROWS:,} of {order.rows:,} training rows")
    if splits.asked_steps and experiment.network.reads_ahead:
        said = "leakage: every step is asked what follows it, and this network sees the whole sequence first"
        notes.append(f"{said}: read out each step of a recurrent network")
    validation = max(len(part) for part in splits.validation)
    if validation > ROWS_KEPT:
        notes.append(f"answers are recorded for {ROWS_KEPT:,} of {validation:,} validation rows")
    if not validation:
        notes.append("there are no validation rows: the best weights are those of the lowest training loss")
    return notes
