"""What pages ask about the filters of a convolutional network: answered from the weights that the run recorded at
several epochs, on the first replica's rows."""

from typing import TYPE_CHECKING, Any

import numpy as np

from core.analysis.filters import values_in_words
from core.refusal import Problem, Refusal
from core.running.loading import PreparedCache
from core.running.seen import Answer, Seen, finite, seen

if TYPE_CHECKING:
    from core.choices.modules import PlainNetwork

SHOWN_ROWS = 200
"""Validation pictures that can be picked on a page (our choice)."""


def filters(payload: Answer, data: PreparedCache) -> Answer:
    """The kernels of every convolution, and what its channels tell of the target on the validation pictures. payload:
    run, epoch (the newest where left out). JSON: epoch, epochs, layers, telling, rows [{row, label}] that can be asked
    for. Raises Refusal."""
    from core.representation import filters as looked

    one, epoch, network = _pictured(payload, data)
    rows = one.ready.splits.validation[0]
    return finite(
        {
            "epoch": epoch,
            "epochs": one.epochs,
            "layers": looked.filters(network),
            "telling": looked.telling(network, one.ready.splits, rows),
            "rows": [{"row": int(row), "label": _label(one, row)} for row in _spread(rows)],
        }
    )


def maps(payload: Answer, data: PreparedCache) -> Answer:
    """What a layer makes of one validation picture. payload: run, epoch, layer, row (a number from `filters`). JSON:
    picture, maps, channels, label, names, answers (are_shares: probabilities, else values in their own units). Raises
    Refusal."""
    from core.representation import filters as looked

    one, epoch, network = _pictured(payload, data)
    splits = one.ready.splits
    row = _known(payload, "row", splits.validation[0])
    found = looked.maps(network, splits, row, _layer(payload, network))
    answers = one.experiment.loss.answers(found.pop("outputs"), splits.task)[0].double().tolist()
    if splits.task == "regression":
        answers = (np.array(answers) * splits.target_std + splits.target_mean).tolist()
    names = list(splits.class_names) or list(splits.target_names)
    told = {"label": _label(one, row), "names": names, "answers": answers, "are_shares": splits.classes > 0}
    return finite({"epoch": epoch, **found, **told})


def exciting(payload: Answer, data: PreparedCache) -> Answer:
    """The validation pictures that excite one map most. payload: run, epoch, layer, channel (from 0). JSON: pictures
    [{row, peak, at, picture, label, value}], target, among: of a regression the values of all validation pictures.
    Raises Refusal."""
    from core.representation import filters as looked

    one, epoch, network = _pictured(payload, data)
    splits, layer = one.ready.splits, _layer(payload, network)
    block = dict(looked.convolutions(network))[layer]
    channel = _known(payload, "channel", np.arange(block.units))
    found = looked.exciting(network, splits, splits.validation[0], layer, channel)
    pictures = [{**each, "label": _label(one, each["row"]), "value": _value(one, each["row"])} for each in found]
    among = [] if splits.classes else [_value(one, row) for row in splits.validation[0]]
    return finite({"epoch": epoch, "pictures": pictures, "target": splits.target_names[0], "among": among})


def _pictured(payload: Answer, data: PreparedCache) -> "tuple[Seen, int, PlainNetwork]":
    """The run, the epoch that is looked at, and its network. Raises Refusal where there are no filters."""
    from core.representation.filters import convolutions

    one = seen(payload, data)
    if not convolutions(one.network):
        raise Refusal(Problem("run", "this network has no convolution: there are no filters to look at"))
    asked = payload.get("epoch")
    known = [epoch for epoch in one.epochs if not isinstance(asked, int) or epoch <= asked] or one.epochs[:1]
    return one, known[-1], one.at(known[-1])


def _layer(payload: Answer, network: "PlainNetwork") -> int:
    from core.representation.filters import convolutions

    return _known(payload, "layer", np.array([number for number, _ in convolutions(network)]))


def _known(payload: Answer, name: str, allowed: np.ndarray) -> int:
    given: Any = payload.get(name)
    if not isinstance(given, int) or given not in allowed.tolist():
        raise Refusal(Problem(name, f"there is no {name} {str(given)[:20]!r} to look at in this run"))
    return given


def _label(one: Seen, row: int) -> str:
    target = one.ready.splits.targets[row]
    if one.ready.splits.task == "classification":
        return one.ready.splits.class_names[int(target)]
    values = target * np.array(one.ready.splits.target_std) + one.ready.splits.target_mean
    return values_in_words(one.ready.splits.target_names, values.tolist())


def _value(one: Seen, row: int) -> float | None:
    """The value of the first target in its own unit; None for a class."""
    splits = one.ready.splits
    return None if splits.classes else float(splits.targets[row, 0]) * splits.target_std[0] + splits.target_mean[0]


def _spread(rows: np.ndarray) -> np.ndarray:
    return rows if len(rows) <= SHOWN_ROWS else rows[np.linspace(0, len(rows) - 1, SHOWN_ROWS).round().astype(int)]
