"""What a convolutional network has learned to look for: its filters, its maps of one picture, the pictures that excite
one map most, and how much each channel tells of the class."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.choices.modules import Block, PlainNetwork
from core.data.splits import Splits

MOST_FILTERS, MOST_INPUTS = 32, 8
"""Filters of a layer that are shown, and inputs of each (our choice: they fit beside one another)."""
MOST_MAPS = 64
TOLD_ROWS = 600
"""Validation pictures on which channels are judged, at most (our choice: an answer in a second)."""
EXCITING = 9
AT_ONCE = 100


def convolutions(network: PlainNetwork) -> list[tuple[int, Block]]:
    """The layers whose outputs are pictures, with their numbers as a person counts them."""
    return [(number, block) for number, block in enumerate(network.blocks, 1) if block.axis == -3]


def filters(network: PlainNetwork) -> list[dict[str, Any]]:
    """Of each convolution: layer, channels, inputs, and kernels [filters][inputs][side][side] of the first few."""
    parts, found = list(network.parts.values()), []
    for number, block in convolutions(network):
        part = parts[block.linear]
        assert isinstance(part, nn.Conv2d)
        shown = part.weight.detach()[:MOST_FILTERS, :MOST_INPUTS]
        size = {"layer": number, "channels": part.out_channels, "inputs": part.in_channels, "shape": list(block.shape)}
        found.append({**size, "kernels": _rounded(shown)})
    return found


@torch.inference_mode()
def telling(network: PlainNetwork, splits: Splits, rows: np.ndarray) -> list[dict[str, Any]]:
    """Of each convolution: layer, and of each channel what its peak tells of the target (share of its variance between
    classes, or squared correlation with the value, 0 to 1; null where it is the same in every picture), the mean of its
    peak, and the share of pictures in which it fires at all (null where the function has no silent side). The same for
    the pictures' own pixels is in layer 0: the best of them."""
    rows = _some(rows, TOLD_ROWS)
    targets = splits.targets[rows]
    peaks = _peaks(network, splits, rows)
    pixels = splits.inputs[0][rows].astype(np.float64)
    found = [{"layer": 0, "told": _numbers(told(pixels, targets)), "peak": [], "fires": []}]
    for number, block in convolutions(network):
        values = peaks[number]
        can_die = block.chosen is not None and block.chosen.can_die
        found.append(
            {
                "layer": number,
                "told": _numbers(told(values, targets)),
                "peak": _numbers(values.mean(0)),
                "fires": _numbers((values > 0).mean(0)) if can_die else [],
            }
        )
    return found


@torch.inference_mode()
def maps(network: PlainNetwork, splits: Splits, row: int, layer: int) -> dict[str, Any]:
    """One picture, as the network sees it, and what a layer makes of it: picture [height][width], maps
    [channels][height][width], outputs of the last layer."""
    x = torch.from_numpy(splits.inputs[0][[row]])
    walk = network.walk(x)
    block = dict(convolutions(network))[layer]
    shown = walk[block.output][0, :MOST_MAPS]
    return {
        "picture": _rounded(x.view(splits.shape).mean(0)),
        "maps": _rounded(shown),
        "channels": int(walk[block.output].shape[1]),
        "outputs": walk[-1],
    }


@torch.inference_mode()
def exciting(
    network: PlainNetwork, splits: Splits, rows: np.ndarray, layer: int, channel: int, most: int = EXCITING
) -> list[dict[str, Any]]:
    """The pictures in which a channel's map reaches highest: row (number into the splits), peak, at (row and column of
    the peak, as shares of the map), picture; the strongest first."""
    block = dict(convolutions(network))[layer]
    rows = _some(rows, 4 * TOLD_ROWS)
    seen = [_output(network, splits, part, block)[:, channel] for part in _parts(rows)]
    whole = torch.cat(seen)
    peaks, places = whole.flatten(1).max(1)
    order = torch.argsort(peaks, descending=True, stable=True)[:most].tolist()
    height, width = whole.shape[1:]
    found = []
    for place in order:
        at = int(places[place])
        picture = torch.from_numpy(splits.inputs[0][rows[place]]).view(splits.shape).mean(0)
        where = [(at // width + 0.5) / height, (at % width + 0.5) / width]
        found.append({"row": int(rows[place]), "peak": float(peaks[place]), "at": where, "picture": _rounded(picture)})
    return found


def told(values: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Share of each column's variance that lies between classes (eta squared), or its squared correlation with a value;
    NaN where a column does not vary. values: [rows, columns]; targets: [rows] classes or [rows, 1] values."""
    spread = ((values - values.mean(0)) ** 2).sum(0)
    if targets.ndim == 1:
        groups = [values[targets == one] for one in np.unique(targets)]
        between = sum(len(group) * (group.mean(0) - values.mean(0)) ** 2 for group in groups)
    else:
        wanted = targets[:, 0].astype(np.float64) - targets[:, 0].mean()
        between = (wanted @ (values - values.mean(0))) ** 2 / max(float(wanted @ wanted), 1e-30)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(spread > 1e-12, between / spread, np.nan)


def _peaks(network: PlainNetwork, splits: Splits, rows: np.ndarray) -> dict[int, np.ndarray]:
    """Of each convolution the largest value of every channel in every picture, float64 [rows, channels]."""
    found: dict[int, list[Tensor]] = {number: [] for number, _ in convolutions(network)}
    for part in _parts(rows):
        walk = network.walk(torch.from_numpy(splits.inputs[0][part]))
        for number, block in convolutions(network):
            found[number].append(walk[block.output].amax((2, 3)))
    return {number: torch.cat(each).double().numpy() for number, each in found.items()}


def _output(network: PlainNetwork, splits: Splits, rows: np.ndarray, block: Block) -> Tensor:
    return network.walk(torch.from_numpy(splits.inputs[0][rows]))[block.output]


def _parts(rows: np.ndarray) -> list[np.ndarray]:
    return [rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE)]


def _some(rows: np.ndarray, most: int) -> np.ndarray:
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).round().astype(int)]


def _rounded(values: Tensor) -> Any:
    """Nested lists of numbers of four digits: a page needs no more."""
    return np.vectorize(lambda one: float(f"{one:.4g}"))(values.numpy()).tolist()


def _numbers(values: np.ndarray) -> list[float | None]:
    return [float(f"{one:.4g}") if np.isfinite(one) else None for one in values.tolist()]
