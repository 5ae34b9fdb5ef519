"""What cannot be trained at all, said before anything is built. Bad choices are allowed: they teach."""

import torch

from core import devices
from core.data.splits import Splits
from core.experiment import Experiment
from core.refusal import Problem, Refusal
from core.training import disturbing

CUDA_WORK = 2e8
"""Floating-point operations of one step (6 × parameters × rows × replicas) above which "auto" takes a CUDA device
(measured, an H100 against one processor core, three equal layers: at 3e7 an epoch takes 1.1 to 1.2 of the core's time,
at 7e7 0.75, at 1.2e8 0.5 to 0.7, at 4e8 0.3, at 2e9 0.03; our choice: where half is gained, for a worker with a device
takes seconds to start)."""


def check(experiment: Experiment, splits: Splits, device: str) -> None:
    """Raises Refusal with every problem."""
    problems = [
        *experiment.network.problems(splits.shape, splits.task),
        *_about_task(experiment, splits),
        *_about_rows(experiment, splits),
        *_about_device(device),
        *disturbing.problems(experiment.regularisation, splits),
    ]
    if problems:
        raise Refusal(*problems)


def device_for(chosen: str, work: float) -> torch.device:
    """The device that `chosen` stands for, "auto" by the `work` of one step. Call `check` first. Convolutions on a CUDA
    device then multiply in float32 as all else does: torch lets them round what they multiply to 10 bits (TF32)."""
    if chosen == "auto":
        chosen = "cuda" if work >= CUDA_WORK and torch.cuda.is_available() else "cpu"
    if chosen.startswith("cuda"):
        torch.backends.cudnn.allow_tf32 = False
    return torch.device(chosen)


def _about_task(experiment: Experiment, splits: Splits) -> list[Problem]:
    if splits.task in experiment.loss.tasks:
        return _about_weights(experiment, splits)
    other = "squared error, absolute error or Huber loss" if splits.task == "regression" else "cross-entropy"
    said = f"{experiment.loss.title()} does not fit a {splits.task}: choose {other}"
    return [Problem("loss.kind", said)]


def _about_weights(experiment: Experiment, splits: Splits) -> list[Problem]:
    weights = experiment.loss.weight_of_classes()
    if not weights or len(weights) == splits.classes and max(weights) > 0:
        return []
    said = f"{len(weights)} class weights are given, and there are {splits.classes} classes: give one for each, or none"
    if len(weights) == splits.classes:
        said = "every class weight is 0, so that no row counts: give at least one class more"
    return [Problem("loss.class_weights", said)]


def _about_rows(experiment: Experiment, splits: Splits) -> list[Problem]:
    rows = min(len(part) for part in splits.train)
    if not rows:
        return [Problem("split", "no row is left to train on: give less to validation and test, or add rows")]
    by_batch = [
        n for n, (_, layer) in enumerate(experiment.network.counted, 1) if layer.get("normalisation") == "batch"
    ]
    if by_batch and min(rows, experiment.training.batch_size) == 1:
        where = ", ".join(str(number) for number in by_batch)
        said = (
            f"batch normalisation (layer {where}) needs at least two rows in a batch, and a batch has one here: "
            "choose a batch size of 2 or more, or layer normalisation"
        )
        return [Problem("training.batch_size", said)]
    return []


def _about_device(device: str) -> list[Problem]:
    if not device.startswith("cuda"):
        return []
    count = devices.count()
    if int(device.partition(":")[2] or 0) < count:
        return []
    there = "none" if not count else ", ".join(f"cuda:{i}" for i in range(count))
    return [Problem("training.device", f"there is no device {device} here (CUDA devices: {there}): choose cpu or auto")]
