"""Short questions that pages ask of the runner, so that the dashboard loads neither torch nor whole tables: what a
network shows before its first step, what a table is like, what a preparation does to it, what a trained network
predicts."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from core.choices.layers import levels_of
from core.choices.preparation import Preparation
from core.experiment import Experiment, parse
from core.refusal import Problem, Refusal
from core.running import filters, landscape, pictures, seen, seen_rows
from core.running.loading import PreparedCache

if TYPE_CHECKING:
    from core.data.sample import Sample

Answer = dict[str, Any]

SHOWN_ROWS = 600
"""Rows drawn in a picture of a table (our choice: more hide one another)."""
HEAD_ROWS, HEAD_COLUMNS = 100, 60
"""Cells of the table that a page shows as they are."""
PICTURED_COLUMNS = 4
"""Columns whose values go into a picture: those that tell most about the target."""
PICTURED_IMAGES, MOST_PIXELS = 10, 10_000
PICTURED_SEQUENCES = 6
SHOWN_CLASSES = 1_000
SUSPECTS, SUSPECT_COLUMNS = 500, 8
"""Suspect rows that a page looks through, and how many of their columns it shows (our choice)."""


def preview(payload: Answer, data: PreparedCache) -> Answer:
    """What one pass at initialisation shows. payload: experiment. Raises Refusal."""
    from core.training.preview import preview as passed

    experiment = _experiment(payload)
    return passed(experiment, data.get(experiment, _owner(payload)).splits)


def rates(payload: Answer, data: PreparedCache) -> Answer:
    """What a growing learning rate does to the loss. payload: experiment. Raises Refusal."""
    from core.training.range_test import range_test

    experiment = _experiment(payload)
    return range_test(experiment, data.get(experiment, _owner(payload)).splits)


def augmented(payload: Answer, data: PreparedCache) -> Answer:
    """What the network would see of a few training images. payload: experiment. Raises Refusal."""
    from core.training.shown import shown

    experiment = _experiment(payload)
    return shown(experiment.regularisation, data.get(experiment, _owner(payload)).splits)


def preparation(payload: Answer, data: PreparedCache) -> Answer:
    """How the rows are divided and what was decided on the way. payload: experiment. Raises Refusal."""
    from core.data.shown import parts, shown

    experiment = _experiment(payload)
    ready = data.get(experiment, _owner(payload))
    splits = ready.splits
    return {
        "rows": {part: len(rows) for part, rows in parts(ready).items()},
        "folds": len(splits.train),
        "features": list(splits.input_names)[:1_000],
        "feature_count": splits.features,
        "levels": list(levels_of(splits.shape)),
        "notes": list(splits.notes),
        **shown(data.sample(experiment.data, _owner(payload)), ready, experiment.split),
    }


def tables(payload: Answer, data: PreparedCache) -> Answer:
    """Small pictures of the tables named in payload["data"], a list of data choices. Raises Refusal."""
    chosen = [_experiment({"experiment": {"data": tree}}).data for tree in payload["data"]]
    return {"tables": [_picture(data.sample(choice, _owner(payload))) for choice in chosen]}


def table(payload: Answer, data: PreparedCache) -> Answer:
    """What a table is like: its profile, its first rows, a picture, and the experiment proposed for it. payload:
    experiment. Raises Refusal."""
    from core.choices.defaults import default_experiment
    from core.data.columns import usable
    from core.data.pixels import shape_of
    from core.data.profile import profile

    choice = _experiment(payload).data
    sample = data.sample(choice, _owner(payload))
    seen = profile(sample.table, sample.target)
    uses, left_out = usable(sample, np.arange(sample.table.rows), Preparation().most_levels)
    head = sample.table.data.slice(0, HEAD_ROWS).select(sample.table.data.column_names[:HEAD_COLUMNS])
    return {
        "profile": asdict(seen),
        "leaks": []
        if sample.shape is not None and len(sample.shape) == 2  # a step that tells all is what a sequence is about
        else [told.column for told in seen.explains if told.is_leak and told.column in sample.inputs],
        "head": [{k: _shown(v) for k, v in row.items()} for row in head.to_pylist()],
        "notes": list(sample.notes),
        "used": len(uses),
        "shape": list(shape_of(sample) or [len(uses)]),
        "left_out": left_out,
        "is_cut": sample.table.rows > HEAD_ROWS or len(sample.table.columns) > HEAD_COLUMNS,
        "proposed": default_experiment(choice, sample).model_dump(mode="json"),
        **_picture(sample),
    }


def predict(payload: Answer, data: PreparedCache) -> Answer:
    """What a trained network says of new rows. payload: run (an id), rows (dicts by column), replica (0 where left
    out); the answer is that of core.prediction, with replica and epoch of the weights. Raises Refusal."""
    from core.archive import preparations
    from core.data.fitted import Fitted
    from core.prediction import kept_label, predicted
    from core.recording.schemas import from_bytes

    run = data.store.run(str(payload.get("run", "")), _owner(payload))
    if run is None:
        raise Refusal(Problem("run", "there is no such run any more"))
    experiment, replica = _experiment({"experiment": run.experiment}), payload.get("replica") or 0
    weights = {(w.replica, w.label): w for w in data.store.weights(run.id, owner=run.owner)}
    batches, _ = data.store.records(run.id, "preparation", owner=run.owner)
    fitted = preparations({"preparation": from_bytes("preparation", batches)})
    if not weights or not fitted:
        why = (
            "it ended before it kept any weights" if run.is_over else "its weights are kept when it ends: wait for that"
        )
        raise Refusal(Problem("run", f"this run cannot predict: {why}"))
    found = weights.get((replica, kept_label(experiment)))
    if found is None:
        raise Refusal(Problem("replica", f"there is no training {replica!r} in this run: choose another"))
    used = Fitted.from_description(fitted[replica if len(fitted) > 1 else 0])
    answer = predicted(experiment, used, found.data, payload.get("rows") or [])
    return {**answer, "replica": replica, "epoch": found.epoch}


def clusters(payload: Answer, data: PreparedCache) -> Answer:
    """Clusters of an autoencoder's bottleneck beside clusters of the rows themselves. payload: run. Raises Refusal."""
    from core.data.clusters import clusters as divided
    from core.recording.schemas import from_bytes

    run = data.store.run(str(payload.get("run", "")), _owner(payload))
    if run is None:
        raise Refusal(Problem("run", "there is no such run any more"))
    batches, _ = data.store.records(run.id, "codes", owner=run.owner)
    told = [row for row in from_bytes("codes", batches).to_pylist() if row["codes"]]
    splits = data.get(_experiment({"experiment": run.experiment}), _owner(payload)).splits
    if not told or splits.bottleneck is None:
        return {}
    batches, _ = data.store.records(run.id, "rows", owner=run.owner)
    kept = next(row for row in from_bytes("rows", batches).to_pylist() if row["split"] == "validation")
    places = np.searchsorted(splits.rows, kept["row"])
    codes = np.array(told[-1]["codes"]).reshape(len(places), -1)
    return divided(codes, splits.inputs[0][places], None if splits.labels is None else splits.labels[places])


def suspects(payload: Answer, data: PreparedCache) -> Answer:
    """Rows whose label looks wrong, the worst first, with their first cells. payload: experiment. Raises Refusal."""
    from core.data.suspects import suspects as judged

    experiment = _experiment(payload)
    splits = data.get(experiment, _owner(payload)).splits
    sample = data.sample(experiment.data, _owner(payload))
    found = judged(splits)
    shown = found.suspects[:SUSPECTS]
    cells = sample.table.data.select(
        [n for n in sample.table.data.column_names if n not in sample.targets][:SUSPECT_COLUMNS]
    )
    rows = cells.take([suspect.row for suspect in shown]).to_pylist()
    names = splits.class_names

    def said(value: float) -> Any:
        return names[int(value)] if names else float(f"{value:.5g}")

    return {
        "rows": found.rows,
        "suspects": [
            {
                "row": one.row,
                **({"target": splits.target_names[one.target]} if sample.also else {}),
                "given": said(one.given),
                "suggested": said(one.suggested),
                "sure": round(one.sure, 4),
            }
            | {f"· {name}": _shown(cell) for name, cell in row.items()}
            for one, row in zip(shown, rows, strict=True)
        ],
    }


QUESTIONS: dict[str, Callable[[Answer, PreparedCache], Answer]] = {
    "preview": preview,
    "rates": rates,
    "augmented": augmented,
    "preparation": preparation,
    "tables": tables,
    "table": table,
    "predict": predict,
    "pictures": pictures.pictures,
    "suspects": suspects,
    "clusters": clusters,
    "boundary": seen.boundary,
    "stage": seen.stage,
    "probes": seen.probes,
    "filters": filters.filters,
    "maps": filters.maps,
    "exciting": filters.exciting,
    "map": seen_rows.layer_map,
    "inputs": seen_rows.inputs,
    "surface": landscape.surface,
    "line": landscape.line,
    "sharpness": landscape.sharpness,
}


def _picture(sample: "Sample") -> Answer:
    """Rows evenly drawn from a table: [columns, rows] of numbers by the columns that tell most, and the target of each;
    for a table of pixels some images too."""
    from core.data.columns import labels, numbers
    from core.data.pixels import side
    from core.data.strongest import spread_out, strengths

    rows = (
        np.unique(np.linspace(0, sample.table.rows - 1, SHOWN_ROWS).astype(int)) if sample.table.rows else np.array([])
    )
    kinds = {column.name: column.type for column in sample.table.columns}
    names = [name for name in sample.inputs if kinds[name] in ("number", "boolean")]
    is_classes = sample.task == "classification"
    more = {name: _finite(numbers(sample.table, name)[rows]) for name in sample.also}
    target = labels(sample.table, sample.target) if is_classes else numbers(sample.table, sample.target)
    place = {name: number for number, name in enumerate(sample.classes)}
    codes = np.array([place.get(label, -1) for label in target[rows].tolist()]) if is_classes else target[rows]
    values = np.array([numbers(sample.table, name)[rows] for name in names]).reshape(len(names), len(rows))
    strength = strengths(values, codes, is_classes)
    shown = spread_out(values, strength, PICTURED_COLUMNS)
    length = side(sample)
    return {
        "rows": sample.table.rows,
        "columns": len(sample.table.columns),
        "inputs": len(sample.inputs),
        "target": sample.target,
        "more_targets": more,
        "task": sample.task,
        "classes": list(sample.classes)[:SHOWN_CLASSES],
        "class_count": len(sample.classes),
        "class_rows": _class_rows(target) if is_classes else [],
        "names": [names[number] for number in shown],
        "strength": [float(strength[number]) for number in shown],
        "values": [_finite(values[number]) for number in shown],
        "targets": [_shown(value) for value in target[rows].tolist()],
        "images": _images(sample, values, target[rows], length) if length else None,
        "sequences": _sequences(sample, target) if sample.shape is not None and len(sample.shape) == 2 else None,
    }


def _class_rows(target: np.ndarray) -> list[tuple[str, int]]:
    """Rows of each class, the largest first."""
    found, counts = np.unique(np.array([t for t in target.tolist() if t is not None], dtype=str), return_counts=True)
    order = np.argsort(-counts, kind="stable")[:SHOWN_CLASSES]
    return [(str(found[k])[:200], int(counts[k])) for k in order]


def _images(sample: "Sample", values: np.ndarray, target: np.ndarray, length: int) -> Answer | None:
    """One image of each class, the first ten classes."""
    if length * length > MOST_PIXELS:
        return None
    rows = [np.flatnonzero(target == name)[:1] for name in sample.classes[:PICTURED_IMAGES]]
    picked = np.concatenate(rows).astype(int)
    return {"side": length, "labels": target[picked].tolist(), "pixels": [_finite(values[:, row]) for row in picked]}


def _sequences(sample: "Sample", target: np.ndarray) -> Answer:
    """A few rows that are sequences: as many of each class as can be, in turn; of values, from the lowest to the
    highest. rows: [values [steps]] of each."""
    from core.data.columns import numbers

    assert sample.shape is not None
    steps, count = sample.shape
    if sample.task == "classification":
        turns = [np.flatnonzero(target == name)[:PICTURED_SEQUENCES] for name in sample.classes]
        picked = [int(of[turn]) for turn in range(PICTURED_SEQUENCES) for of in turns if turn < len(of)]
        picked = sorted(picked[:PICTURED_SEQUENCES], key=lambda row: str(target[row]))
    else:
        known = np.flatnonzero(np.isfinite(target.astype(float)))
        order = known[np.argsort(target[known].astype(float))]
        picked = [int(order[place]) for place in np.linspace(0, len(order) - 1, PICTURED_SEQUENCES).round().astype(int)]
    columns = np.stack([numbers(sample.table, name)[picked] for name in sample.inputs], axis=1)
    values = columns.reshape(len(picked), steps, count)
    return {
        "steps": steps,
        "names": [name.rsplit(" ", 1)[0] for name in sample.inputs[:count]],
        "labels": [_shown(target[row]) for row in picked],
        "rows": [[_finite(of[:, place]) for place in range(count)] for of in values],
    }


def _finite(values: np.ndarray) -> list[float | None]:
    return [float(f"{value:.5g}") if np.isfinite(value) else None for value in values.tolist()]


def _shown(value: Any) -> Any:
    """A cell as JSON: numbers, booleans and text as they are, NaN as null, everything else as text."""
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int)) else str(value)[:200]


def _experiment(payload: Answer) -> Experiment:
    given = payload.get("experiment")
    tree = json.loads(given) if isinstance(given, str) else given
    valid, found = parse(tree)
    if valid is None:
        raise Refusal(*found)
    return valid


def _owner(payload: Answer) -> str:
    return str(payload.get("owner", ""))
