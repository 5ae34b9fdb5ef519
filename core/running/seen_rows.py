"""What pages ask about single rows: where a layer puts them, who their neighbours are, which inputs count."""

import time
from typing import Any

import numpy as np

from core.refusal import Problem, Refusal
from core.running.loading import PreparedCache
from core.running.seen import Answer, finite, seen

MAP_ROWS = 300
"""Rows on a map, evenly picked from training and validation (our choice: t-SNE of one epoch takes half a second)."""
MAP_EPOCHS = {"pca": 16, "tsne": 5}
MATTER_ROWS = 400
MOST_COLUMNS = 400
MAP_S = 7.0


def layer_map(payload: Answer, data: PreparedCache) -> Answer:
    """Rows as a layer sees them. payload: run, layer (1 for the first, 0 the input), method (pca, tsne). JSON: epochs,
    places [epoch][row][2], told [epoch][row] (class or value), sure [epoch][row], shares [epoch][row][class] or null,
    target, labels (names of the classes that target counts), split, row [rows], neighbours [row][6] (places in these
    lists). Of an autoencoder told is the mean squared error of a row given back, and the classes are those that it
    never saw. Raises Refusal."""
    from core.representation.maps import maps, neighbours
    from core.representation.probes import asked_of

    one = seen(payload, data)
    method, layer = str(payload.get("method", "pca")), int(payload.get("layer", 1))
    if method not in MAP_EPOCHS or not 0 <= layer <= len(one.network.blocks):
        raise Refusal(Problem("layer", "there is no such map: choose a layer of this network, and pca or tsne"))
    rows, split = _picked(one.ready.splits)
    outputs, read, epochs = [], [], []
    until = time.monotonic() + MAP_S
    for epoch in one.picked(MAP_EPOCHS[method]):
        values, answers = _looked(one, epoch, rows, layer)
        if np.isfinite(values).all() and time.monotonic() < until:
            outputs.append(values)
            read.append(answers)
            epochs.append(epoch)
    if not outputs:
        raise Refusal(Problem("run", "the outputs of this layer are not numbers: there is nothing to map"))
    splits = one.ready.splits
    is_classes = splits.task == "classification"
    return finite(
        {
            "epochs": epochs,
            "places": [np.round(places, 3).tolist() for places in maps(outputs, method)],  # type: ignore[arg-type]
            "told": [(a.argmax(1) if is_classes else np.round(a[:, 0], 4)).tolist() for a in read],
            "sure": [np.round(a.max(1), 4).tolist() if is_classes else None for a in read],
            "shares": [np.round(a, 4).tolist() for a in read] if is_classes and read[0].shape[1] <= 20 else None,
            "target": _targets(asked_of(splits), rows, read[-1]),
            "labels": list(asked_of(splits).class_names),
            "split": split,
            "row": splits.rows[rows].tolist(),
            "neighbours": neighbours(outputs[-1]).tolist(),
            "values": np.round(splits.inputs[0][rows].reshape(len(rows), -1)[:, :1024], 3).tolist(),
        }
    )


def inputs(payload: Answer, data: PreparedCache) -> Answer:
    """Which columns matter. payload: run. JSON: columns [{name, score, spread, loss, part}]: the fall of the score and
    the rise of the loss when shuffled, and the column's share of all attributions, null for an autoencoder, which gives
    no single answer; patches: of an image the place of every pixel among the columns, else null; pixels: mean
    attribution of every feature; split, rows, off: largest gap of completeness. Raises Refusal."""
    from core.representation.inputs import affordable, attributions, groups, patches, permutation
    from core.representation.probes import picked

    one = seen(payload, data)
    splits = one.ready.splits
    network = one.at(one.epochs[-1])
    split = "validation" if len(splits.validation[0]) else "train"
    tiled = patches(splits.shape) if len(splits.shape) == 3 else None
    grouped = groups(splits.input_names)[:MOST_COLUMNS]
    if tiled is not None:
        grouped = [(f"patch {k + 1}", np.flatnonzero(tiled == k).tolist()) for k in range(int(tiled.max()) + 1)]
    rows = picked(getattr(splits, split)[0], min(MATTER_ROWS, affordable(network, splits, len(grouped))))
    shuffled = permutation(network, splits, rows, one.experiment.loss, [own for _, own in grouped])
    size, gap = np.full(splits.features, np.nan), 0.0
    if splits.bottleneck is None:
        found = attributions(network, splits, rows)
        size = np.abs(found["values"]).mean(0)
        gap = float(np.abs(found["values"].sum(1) - found["whole"]).max()) if len(rows) else 0.0
    parts = [float(size[own].sum() / max(float(size.sum()), 1e-12)) for _, own in grouped]
    named = zip(grouped, shuffled, parts, strict=True)
    columns = [{"name": name, **told, "part": part} for (name, _), told, part in named]
    tiles = None if tiled is None else tiled.tolist()
    told = {"columns": columns, "patches": tiles, "pixels": size.tolist()}
    return finite({**told, "split": split, "rows": len(rows), "off": gap})


def _looked(one: Any, epoch: int, rows: np.ndarray, layer: int) -> tuple[np.ndarray, np.ndarray]:
    """What a layer makes of the rows, and the answers to them."""
    import torch

    splits = one.ready.splits
    x = torch.from_numpy(np.ascontiguousarray(splits.inputs[0][rows], dtype=np.float32))
    with torch.inference_mode():
        walk = one.at(epoch).walk(x)
        answers = one.experiment.loss.answers(walk[-1], splits.task).double().numpy()
    if splits.task == "regression":
        answers = answers * np.array(splits.target_std) + np.array(splits.target_mean)
    if splits.bottleneck is not None:
        answers = ((answers - splits.targets[rows]) ** 2).mean(1, keepdims=True)
    place = 0 if layer == 0 else one.network.blocks[layer - 1].output
    return walk[place].reshape(len(rows), -1).double().numpy(), answers


def _picked(splits: Any) -> tuple[np.ndarray, list[str]]:
    from core.representation.probes import picked

    train, held = splits.train[0], splits.validation[0]
    few = min(len(held), MAP_ROWS // 3)
    parts = [picked(train, MAP_ROWS - few), picked(held, few)] if few else [picked(train, MAP_ROWS)]
    return np.concatenate(parts), ["train"] * len(parts[0]) + ["validation"] * (len(parts[1]) if few else 0)


def _targets(splits: Any, rows: np.ndarray, read: np.ndarray) -> list[float]:
    if splits.task == "regression" and splits.bottleneck is not None:
        return [float(error) for error in read[:, 0]]
    targets = splits.targets[rows].reshape(len(rows), -1)[:, 0].astype(float)
    if splits.task == "regression":
        targets = targets * splits.target_std[0] + splits.target_mean[0]
    return [float(value) for value in targets]
