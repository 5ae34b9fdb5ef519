"""The plane in which a network's answers are drawn: two columns exactly, two chosen ones of many with the others at
their median, or the first two principal components. One column is a line. A plane knows the way from its coordinates
to the numbers that enter the network, and the place of every row in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from core.choices.layers import levels_of
from core.data.fitted import Fitted
from core.data.splits import Splits

Kind = Literal["line", "columns", "principal"]
Coordinates = np.ndarray
"""[n, 1 or 2] in the units that the axes show."""

MARGIN = 0.08
"""What a picture shows beyond the outermost rows, as a share of their span (our choice)."""
PCA_ROWS = 600
"""Rows on which principal components are found, evenly picked (our choice: milliseconds at any width)."""


@dataclass(frozen=True)
class Plane:
    """names, low, high: of the one or two axes. note: what is done with all other columns, "" where there are none.
    fill: [n, axes] → float32 [n, features] ready for the network. place: [rows of the splits, axes]."""

    kind: Kind
    names: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    note: str
    fill: Callable[[Coordinates], np.ndarray]
    place: np.ndarray

    @property
    def axes(self) -> int:
        """1 for a line, else 2."""
        return len(self.names)

    def grid(self, side: int) -> Coordinates:
        """Middles of side × side cells, the top row first and each from left to right; of a line side points from end
        to end."""
        if self.axes == 1:
            return np.linspace(self.low[0], self.high[0], side)[:, None]
        middles = (np.arange(side) + 0.5) / side
        across = self.low[0] + middles * (self.high[0] - self.low[0])
        up = self.high[1] - middles * (self.high[1] - self.low[1])
        return np.stack([np.tile(across, side), np.repeat(up, side)], axis=1)

    def describe(self) -> dict[str, Any]:
        """JSON: kind, names, low, high, note."""
        return {
            "kind": self.kind,
            "names": list(self.names),
            "low": list(self.low),
            "high": list(self.high),
            "note": self.note,
        }


def ready_plane(splits: Splits) -> Plane:
    """Without a way back to the table: one or two prepared numbers as they are, else principal components."""
    inputs = splits.inputs[0].reshape(len(splits.inputs[0]), -1)
    if inputs.shape[1] > 2:
        return principal_plane(splits)
    names = tuple(splits.input_names[: inputs.shape[1]])
    return _plane("line" if len(names) == 1 else "columns", names, "", lambda at: at.astype(np.float32), inputs)


def principal_plane(splits: Splits) -> Plane:
    """The first two principal components of the training rows as prepared. The note says how much they show."""
    inputs = splits.inputs[0].reshape(len(splits.inputs[0]), -1).astype(np.float64)
    known, levels = splits.train[0], len(levels_of(splits.shape))
    if levels:  # numbers of levels are names, not sizes: one of them stands for all
        inputs[:, -levels:] = np.floor(np.median(inputs[known][:, -levels:], axis=0))
    picked = inputs[known[np.unique(np.linspace(0, len(known) - 1, PCA_ROWS).astype(int))]]
    centre = picked.mean(0)
    axes, share = components(picked - centre)
    note = f"the plane of the first two principal components, which hold {share:.0%} of the spread of the inputs"
    note += "; embedded categories stand still" if levels else ""

    def fill(at: Coordinates) -> np.ndarray:
        return (centre + at @ axes).astype(np.float32)

    names = ("component 1", "component 2")
    return _plane("principal", names, note, fill, (inputs - centre) @ axes.T)


def column_plane(
    splits: Splits,
    step: Fitted,
    values: Mapping[str, np.ndarray],
    derived: Callable[[Mapping[str, np.ndarray]], Mapping[str, np.ndarray]] | None = None,
) -> Plane:
    """One or two number columns in their own units. values: of these columns, [rows of the splits] each; derived: the
    columns of the table that follow from them, where others than themselves enter the network. All other features
    stand at their median over the training rows."""
    names = tuple(values)
    place = np.stack([values[name] for name in names], axis=1)
    moving = list(derived(values)) if derived else list(names)
    part = _only(step, moving)
    where = [step.features.index(name) for name in part.features]
    base = np.median(splits.inputs[0][splits.train[0]], axis=0).astype(np.float32)
    held = splits.features - len(where)

    def fill(at: Coordinates) -> np.ndarray:
        raw = dict(zip(names, at.T, strict=True))
        ready = np.tile(base, (len(at), 1))
        ready[:, where] = part.apply(_table(derived(raw) if derived else raw))
        return ready

    note = f"the plane of {names[0]} and {names[-1]}; the other inputs stand at their median" if held else ""
    return _plane("line" if len(names) == 1 else "columns", names, note, fill, place)


def components(centred: np.ndarray) -> tuple[np.ndarray, float]:
    """The first two principal directions [2, features] of centred rows [rows, features], each turned so that its
    largest entry is positive, and the share of the spread that they hold."""
    few = len(centred) < centred.shape[1]
    gram = centred @ centred.T if few else centred.T @ centred
    sizes, vectors = np.linalg.eigh(gram)
    found = vectors[:, ::-1][:, :2].T
    axes = found @ centred if few else found
    axes = axes / np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-12)
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    share = float(sizes[::-1][:2].sum() / max(sizes.sum(), 1e-12))
    return axes * np.where(signs == 0, 1, signs)[:, None], share


def _plane(kind: Kind, names: Sequence[str], note: str, fill: Callable[..., np.ndarray], place: np.ndarray) -> Plane:
    low, high = np.nanmin(place, axis=0).astype(float), np.nanmax(place, axis=0).astype(float)
    span = np.where(high > low, high - low, 1.0)
    low, high = low - MARGIN * span, high + MARGIN * span
    return Plane(kind, tuple(names), tuple(low.tolist()), tuple(high.tolist()), note, fill, place)


def _only(step: Fitted, columns: Sequence[str]) -> Fitted:
    """The part of a preparation that reads these number columns."""
    part = replace(
        step,
        numbers=[entry for entry in step.numbers if entry["column"] in columns and entry["part"] is None],
        flags=[entry for entry in step.flags if entry["column"] in columns],
        categories=[],
        embedded=[],
        marks=[],
        neighbours=[],
    )
    return replace(part, features=part.own_features)


def _table(columns: Mapping[str, np.ndarray]) -> Any:
    import pyarrow as pa

    from core.data.sample import as_table

    return as_table(pa.table({name: pa.array(np.asarray(column, np.float64)) for name, column in columns.items()}))
