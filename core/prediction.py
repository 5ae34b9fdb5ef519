"""What a trained network says of new rows: prepared as in training, passed through torch, read as its loss does."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from core.data.fitted import Fitted, target_columns
from core.data.incoming import incoming, kinds_of
from core.experiment import Experiment
from core.refusal import Problem, Refusal

if TYPE_CHECKING:
    import numpy as np

MOST_ROWS = 10_000
"""Rows of one question (our choice: an answer within a second, and a few megabytes)."""
MOST_ANSWERS = 1_000_000
"""Rows times classes of one question (our choice, for the same reason)."""
FILLS = {"mean": "the mean", "most_frequent": "the most frequent value", "constant": ""}
"""How training filled missing numbers; every other choice keeps the median for rows that come later."""


def kept_label(experiment: Experiment) -> str:
    """The weights that a run ends with: with early stopping those of the best epoch, else the last ones."""
    return "last" if experiment.training.early_stopping is None else "best"


def predicted(
    experiment: Experiment,
    fitted: Fitted,
    weights: bytes,
    rows: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """JSON: task, targets (columns), classes; of each row prediction (a class, the value, or the values by column where
    several are predicted; None where it is not a number), answers (probabilities by class, or values by target) and
    notes; unused columns. weights: safetensors. Raises
    Refusal."""
    if experiment.network.kind == "autoencoder":
        why = "an autoencoder gives rows back and predicts nothing: the program in its archive does so with new rows"
        raise Refusal(Problem("run", why))
    _refuse(rows, fitted)
    taken = incoming(rows, fitted, FILLS.get(experiment.preparation.missing, "the median"))
    answers = _answers(experiment, fitted, weights, fitted.apply(taken.table)).tolist()
    classes, targets = fitted.target.get("classes") or [], target_columns(fitted.target)
    known = [all(map(math.isfinite, answer)) for answer in answers]
    for said, is_known in zip(taken.notes, known, strict=True):
        said += ["the network's answer is not a number"] * (not is_known)
    best = [_read(answer, classes, targets) for answer in answers]
    return {
        "task": fitted.target["task"],
        "targets": targets,
        "classes": classes,
        "predictions": [one if ok else None for one, ok in zip(best, known, strict=True)],
        "answers": [answer if ok else None for answer, ok in zip(answers, known, strict=True)],
        "notes": taken.notes,
        "unused": taken.unused,
    }


def _read(answer: Sequence[float], classes: Sequence[str], targets: Sequence[str]) -> Any:
    """What a row's answer comes to."""
    if classes:
        return classes[int(max(range(len(answer)), key=answer.__getitem__))]
    return answer[0] if len(targets) == 1 else dict(zip(targets, answer, strict=True))


def _refuse(rows: Sequence[Mapping[str, Any]], fitted: Fitted) -> None:
    if not rows:
        raise Refusal(Problem("rows", "there is no row to predict: give at least one"))
    if not all(isinstance(row, Mapping) for row in rows):
        raise Refusal(Problem("rows", "a row must say the value of each column by its name"))
    classes = max(1, len(fitted.target.get("classes") or []))
    most = min(MOST_ROWS, MOST_ANSWERS // classes)
    if len(rows) > most:
        raise Refusal(Problem("rows", f"{len(rows):,} rows are more than the {most:,} of one question: ask in parts"))
    wanted = kinds_of(fitted)
    if not any(name in row for row in rows for name in wanted):
        shown = ", ".join(repr(name[:40]) for name in list(wanted)[:5]) + (" …" if len(wanted) > 5 else "")
        raise Refusal(Problem("rows", f"no column is one that the network reads. It reads {shown}"))


def _answers(experiment: Experiment, fitted: Fitted, weights: bytes, ready: "np.ndarray") -> Any:
    """Probabilities [rows, classes], or values in their own units [rows, targets], float64."""
    import torch
    from safetensors.torch import load

    state, target = load(weights), fitted.target
    is_classes = target["task"] == "classification"
    outputs = len(state["parts.output_linear.bias"]) if is_classes else len(target_columns(target))
    network = experiment.network.build(fitted.row or ready.shape[1:], outputs, torch.Generator())
    network.load_state_dict(state)
    network.eval()
    with torch.inference_mode():
        answers = experiment.loss.answers(network(torch.from_numpy(ready)), target["task"]).double()
    if is_classes:
        return answers
    mean, std = (torch.tensor(target[name], dtype=torch.float64) for name in ("mean", "std"))
    return answers * std + mean
