"""What pages ask about how a trained network sees its data: answered from the weights that the run recorded at several
epochs, on the first replica's rows as they were prepared for it."""

import base64
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from core.experiment import Experiment, parse
from core.refusal import Problem, Refusal
from core.running.loading import PreparedCache, table_reader
from core.running.planes import chosen_plane, usual_plane
from core.store import Run

if TYPE_CHECKING:
    from core.choices.modules import PlainNetwork
    from core.data.prepare import Prepared
    from core.representation.plane import Plane

Answer = dict[str, Any]

SIDE = 100
"""Cells along a picture that is painted when a page asks."""

PROBED_EPOCHS = 9
"""Epochs at which every layer is probed, the newest first (our choice)."""
PROBING_S = 4.0
"""Seconds after which earlier epochs are left out, so that the answer comes in time."""


@dataclass(frozen=True)
class Seen:
    """A run with its data, a network to put weights into, in evaluation mode, and rows of weights by epoch."""

    run: Run
    experiment: Experiment
    ready: "Prepared"
    network: "PlainNetwork"
    rows: dict[int, np.ndarray]
    target: int = 0
    """Of several the one that is looked at: it stands first among the targets and among the outputs."""

    @property
    def epochs(self) -> list[int]:
        """Epochs whose weights are known, ascending."""
        return sorted(self.rows)

    def at(self, epoch: int) -> "PlainNetwork":
        """The network with the weights of this epoch; the same object each time."""
        from core.representation.checkpoints import put_row
        from core.representation.targets import swap_weights

        put_row(self.network, self.rows[epoch])
        swap_weights(self.network, self.target)
        return self.network

    def picked(self, most: int) -> list[int]:
        """At most so many epochs, evenly, first and last among them."""
        places = np.unique(np.linspace(0, len(self.epochs) - 1, most).round().astype(int))
        return [self.epochs[place] for place in places]


def seen(payload: Answer, data: PreparedCache, run_id: str | None = None) -> Seen:
    """What is known of the run named in payload["run"]; of several targets payload["target"] is put first. Raises
    Refusal where it recorded no weights."""
    from core.representation.targets import known, outputs_swapped, put_first
    from core.training.program import network_of

    owner = str(payload.get("owner", ""))
    run = data.store.run(str(run_id or payload.get("run", "")), owner)
    if run is None:
        raise Refusal(Problem("run", "there is no such run any more"))
    experiment, found = parse(run.experiment)
    if experiment is None:
        raise Refusal(*found)
    rows = weights(data, run)
    if not rows:
        raise Refusal(Problem("run", "this run recorded no weights: a network of more than a million keeps none"))
    ready = data.get(experiment, owner)
    target, network = known(ready.splits, payload.get("target")), network_of(experiment, ready.splits, 0)
    if target:
        network = outputs_swapped(network, len(ready.splits.target_names), target)
        ready = replace(ready, splits=put_first(ready.splits, target))
    return Seen(run, experiment, ready, network.eval(), rows, target)


def weights(data: PreparedCache, run: Run) -> dict[int, np.ndarray]:
    """The recorded rows of weights of the first replica, by epoch."""
    from core.recording.schemas import from_bytes

    batches, _ = data.store.records(run.id, "checkpoints", owner=run.owner)
    table = from_bytes("checkpoints", batches)
    kept = table.column("weights")
    return {epoch: kept[k].values.to_numpy() for k, epoch in enumerate(table.column("epoch").to_pylist())}


def boundary(payload: Answer, data: PreparedCache) -> Answer:
    """The answers all over a plane at every epoch with weights. payload: run; columns (two names) for another plane
    than the usual one. Gives points and frames like the records of these kinds, bytes as base64. Raises Refusal."""
    from core.representation.boundary import painter

    one = seen(payload, data)
    if one.ready.splits.bottleneck is not None:
        raise Refusal(Problem("network", "an autoencoder answers with whole rows, not with one value at a place"))
    paint = painter(_plane(one, payload, data), one.ready.splits, one.experiment.loss, SIDE)
    frames = [{"epoch": epoch, **paint.paint(one.at(epoch))} for epoch in one.epochs]
    for frame in frames:
        for name in ("answers", "sure"):
            frame[name] = base64.b64encode(frame[name]).decode()
    return {"points": paint.describe(), "frames": finite(frames)}


def stage(payload: Answer, data: PreparedCache) -> Answer:
    """What the browser needs to draw the network, its units and its bent space. payload: as for `boundary`. Raises
    Refusal where it cannot."""
    from core.representation.boundary import painter
    from core.representation.stage import stage as staged

    one = seen(payload, data)
    paint = painter(_plane(one, payload, data), one.ready.splits, one.experiment.loss, 2)
    return finite(staged(one.at, one.epochs, paint, one.experiment.loss, one.ready.splits.input_names))


def probes(payload: Answer, data: PreparedCache) -> Answer:
    """A linear probe on every layer at a few epochs. payload: run. JSON: scores [epoch, layer, split, score], method,
    rows, of: the classes' names, empty where values are read. Raises Refusal."""
    from core.representation.probes import METHODS, ROWS, asked_of
    from core.representation.probes import probes as probed

    one = seen(payload, data)
    splits, until = asked_of(one.ready.splits), time.monotonic() + PROBING_S
    scores: list[list[Any]] = []
    for epoch in [one.epochs[-1], *one.picked(PROBED_EPOCHS)[:-1][::-1]]:
        if scores and time.monotonic() > until:
            break
        scores += [[epoch, *row.values()] for row in probed(one.at(epoch), splits)]
    rows = min(ROWS, len(splits.train[0]))
    return {
        "scores": finite(sorted(scores)),
        "method": METHODS[splits.task],
        "rows": rows,
        "of": list(splits.class_names),
    }


def _plane(one: Seen, payload: Answer, data: PreparedCache) -> "Plane":
    columns = payload.get("columns")
    if not columns:
        return usual_plane(one.experiment, one.ready, table_reader(data.store, one.run.owner))
    return chosen_plane(data.sample(one.experiment.data, one.run.owner), one.ready, [str(name) for name in columns])


def finite(tree: Any) -> Any:
    """The same tree with None for the numbers that JSON lacks."""
    if isinstance(tree, dict):
        return {key: finite(value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [finite(value) for value in tree]
    if isinstance(tree, float) and not np.isfinite(tree):
        return None
    return tree
