"""Where the units of each layer sit: saturated, dead or frozen, on which part of their function, and how spread
out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from core.analysis.pooling import evenly, pooled
from core.analysis.record import Record
from core.analysis.wording import Verdict
from core.choices.activations import ACTIVATIONS, Activation

Measure = Literal["saturated", "dead", "frozen"]
TileMeasure = Literal["saturated", "silent"]

DEFINITIONS: dict[Measure, str] = {
    "saturated": "Share of unit × training row in the flat part of the function: its slope there is under 5 % of its "
    "maximum, so almost no gradient passes.",
    "dead": "Share of units that answered 0 to every training row of the epoch.",
    "frozen": "Share of units that received no gradient in any step of the epoch. Every dead unit is frozen.",
}
HEALTHY_SHARE = 0.10
"""Under a tenth of a layer saturated or dead is called healthy: our choice (a few silent units cost nothing)."""
QUIET = 0.01
"""Share under which there is nothing to see of a measure (our choice)."""
SICK_SHARE = 0.50
"""From half of a layer on it is called sick: the bound of SageMaker Debugger's DeadRelu and SaturatedActivation
rules."""
MOST_TILES = 64
TILE_COLUMNS = ["epoch", "layer", "name", "tile", "left", "right", "share", "unit", "units", "tiles", "is_dead"]
MOST_POINTS = 3_500


@dataclass(frozen=True)
class LayerFacts:
    """A layer as charts name it. hidden is false for the output layer, whose function belongs to the loss."""

    layer: int
    name: str
    units: int
    kind: str
    function: Activation | None

    @property
    def hidden(self) -> bool:
        return self.function is not None

    @property
    def called(self) -> str:
        """What its function is called within a sentence: tanh, hard sigmoid, ReLU."""
        title = ACTIVATIONS[self.kind].title() if self.kind in ACTIVATIONS else self.kind.replace("_", " ")
        return title if any(letter.isupper() for letter in title[1:]) else title.lower()


def judged(share: float) -> Verdict:
    """What a saturated, dead or frozen share of a layer comes to."""
    return "good" if share < HEALTHY_SHARE else "bad" if share >= SICK_SHARE else "watch"


def layers(record: Record) -> list[LayerFacts]:
    """Every layer from 1 to the output."""
    return record.once("layer facts", lambda: [_facts(layer) for layer in record.meta.get("layers") or []])


def measured_layers(record: Record, measure: Measure | TileMeasure) -> list[LayerFacts]:
    """The layers for which a measure has a meaning: saturated where the function is flat on both sides, the others
    where it is exactly zero on one side."""
    wanted = "saturates" if measure == "saturated" else "can_die"
    return [layer for layer in layers(record) if layer.function is not None and getattr(layer.function, wanted)]


def shares(record: Record, measure: Measure) -> pd.DataFrame:
    """One row per epoch and layer that has the measure: epoch, layer, name, median, low, high (over replicas, 0 to 1,
    NaN where no replica has a number), broken (replicas whose layer held NaN or infinity in that epoch)."""
    return record.once(f"{measure} shares", lambda: _shares(record, measure))


def _shares(record: Record, measure: Measure) -> pd.DataFrame:
    wanted = [layer.layer for layer in measured_layers(record, measure)]
    table = _frame(record, ["epoch", "layer", f"{measure}_share", "nan_count", "infinite_count"])
    table = table[table["layer"].isin(wanted) & ~((table["epoch"] == 0) & table[f"{measure}_share"].isna())]
    table["broken"] = held_no_numbers(table)
    table[f"{measure}_share"] = table[f"{measure}_share"].where(~table["broken"])  # NaN > 0 is false: not a dead unit
    return _named(pooled(table, f"{measure}_share", ["epoch", "layer"]), record)


def is_quiet(record: Record, measure: Measure) -> bool:
    """Whether the share stayed under QUIET in every layer at every epoch and replica: there is nothing to draw."""
    table = shares(record, measure)
    return len(table) > 0 and not (table["broken"] > 0).any() and bool((table["high"] < QUIET).all())


def by_depth(record: Record) -> pd.DataFrame:
    """Mean and spread of each hidden layer's outputs, median over replicas, at thinned epochs: epoch, layer, name,
    mean, std, low and high (mean ∓ std), unit_std (spread of a unit over rows), spread (log10 of unit_std ÷ that of
    layer 1)."""
    return record.once("spread by depth", lambda: _by_depth(record))


def _by_depth(record: Record) -> pd.DataFrame:
    table = _frame(record, ["epoch", "layer", "activation_mean", "activation_std", "unit_std"])
    hidden = [layer.layer for layer in layers(record) if layer.hidden]
    table = table[table["layer"].isin(hidden)]
    table = table[_picked(table["epoch"], max(2, MOST_POINTS // max(len(hidden), 1)))]
    by = ["epoch", "layer"]
    told = pooled(table, "unit_std", by)[by]
    for name, column in (("mean", "activation_mean"), ("std", "activation_std"), ("unit_std", "unit_std")):
        told[name] = pooled(table, column, by)["median"]
    told["low"], told["high"] = told["mean"] - told["std"], told["mean"] + told["std"]
    first = told[told["layer"] == 1].set_index("epoch")["unit_std"].reindex(told["epoch"]).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        told["spread"] = np.log10(told["unit_std"].to_numpy() / first)
    return _named(told, record)


def unit_map(record: Record, measure: TileMeasure, replica: int = 0, most: int = MOST_POINTS) -> pd.DataFrame:
    """One tile per unit, the highest share first: epoch, layer, name, tile, left, right (0 to 1 across the row),
    share (of the rows; NaN counts as such), unit (its number; -1 where tiles are quantiles), units (recorded), tiles,
    is_dead (silent for every row). Of more than MOST_TILES units every tile is a quantile of the shares. Silent is
    the share of rows answered with 0 or less."""
    table = record.tables.get("units")
    if table is None or table.num_rows == 0:
        return pd.DataFrame(columns=TILE_COLUMNS)
    column = "saturated_share" if measure == "saturated" else "active_share"
    tiles = {layer.layer: min(layer.units, MOST_TILES) for layer in measured_layers(record, measure)}
    rows = table.select(["epoch", "replica", "layer"]).to_pandas()
    rows = rows[(rows["replica"] == replica) & rows["layer"].isin(tiles)]
    rows = rows[_picked(rows["epoch"], max(1, most // max(sum(tiles.values()), 1)))]
    if rows.empty:
        return pd.DataFrame(columns=TILE_COLUMNS)
    units, shares = (table[name].take(pa.array(rows.index)).to_pylist() for name in ("unit", column))
    broken = _broken_layers(record, replica)
    parts = []
    for epoch, layer, unit, share in zip(rows["epoch"], rows["layer"], units, shares, strict=True):
        share = np.array(share, dtype=float) if (epoch, layer) not in broken else np.full(len(unit), np.nan)
        parts.append(_tiles(epoch, layer, np.array(unit), share if measure == "saturated" else 1 - share))
    told = pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
    return _named(told.assign(is_dead=(told["share"] >= 1) & (measure == "silent")), record)


@dataclass(frozen=True)
class Worst:
    """The layer with the largest share of a measure at the newest epoch that has numbers."""

    measure: Measure
    epoch: int
    layer: LayerFacts
    share: float
    since: int
    """First epoch from which on the share never fell under SICK_SHARE again (its own epoch where it is below)."""


def worst(record: Record, measure: Measure) -> Worst | None:
    """None where no layer has the measure, or nothing was recorded yet."""
    return record.once(f"worst {measure}", lambda: _worst(record, measure))


def _worst(record: Record, measure: Measure) -> Worst | None:
    told = shares(record, measure).dropna(subset=["median"])
    if told.empty:
        return None
    epoch = int(told["epoch"].max())
    top = told[told["epoch"] == epoch].sort_values(["median", "layer"], ascending=[False, True]).iloc[0]
    layer = next(one for one in layers(record) if one.layer == top["layer"])
    through = told[told["layer"] == top["layer"]]
    below = through[through["median"] < SICK_SHARE]["epoch"]
    after = through[through["epoch"] > (below.max() if len(below) else -1)]["epoch"]
    return Worst(measure, epoch, layer, float(top["median"]), int(after.min()) if len(after) else epoch)


def held_no_numbers(table: pd.DataFrame) -> pd.Series:
    """True for the rows of layers that held NaN or infinity. table: nan_count, infinite_count."""
    return (table["nan_count"].fillna(0) + table["infinite_count"].fillna(0)) > 0


def _broken_layers(record: Record, replica: int) -> set[tuple[int, int]]:
    """Epoch and layer where something was NaN or infinite: NaN > 0 is false, which must not read as a silent unit."""
    table = _frame(record, ["epoch", "replica", "layer", "nan_count", "infinite_count"])
    bad = (table["replica"] == replica) & held_no_numbers(table)
    return set(zip(table["epoch"][bad].tolist(), table["layer"][bad].tolist(), strict=True))


def _tiles(epoch: int, layer: int, units: np.ndarray, share: np.ndarray) -> dict[str, np.ndarray]:
    """The tiles of one layer at one epoch, the highest share first."""
    order = np.lexsort((units, -share))
    share, units = share[order], units[order]
    count = len(share)
    if count > MOST_TILES:
        steps = (np.arange(MOST_TILES) + 0.5) / MOST_TILES
        share, units = share[(steps * count).astype(int)], np.full(MOST_TILES, -1)
    tiles = len(share)
    place = np.arange(tiles)
    same = {"epoch": epoch, "layer": layer, "units": count, "tiles": tiles}
    across = {"tile": place, "left": place / max(tiles, 1), "right": (place + 1) / max(tiles, 1)}
    return {**{name: np.full(tiles, value) for name, value in same.items()}, **across, "share": share, "unit": units}


def _facts(layer: Mapping[str, Any]) -> LayerFacts:
    kind = str(layer["activation"])
    choice = ACTIVATIONS.get(kind)
    function = choice(**(layer.get("activation_parameters") or {})) if choice else None
    number = int(layer["layer"])
    return LayerFacts(number, str(layer.get("name") or f"layer {number}"), int(layer["units"]), kind, function)


def _frame(record: Record, columns: list[str]) -> pd.DataFrame:
    table = record.tables.get("layers")
    if table is None:
        return pd.DataFrame({column: pd.Series(dtype=float) for column in columns})
    assert isinstance(table, pa.Table)
    return table.select(columns).to_pandas()


def _picked(epochs: pd.Series, most: int) -> pd.Series:
    """True for the rows of at most `most` evenly picked epochs."""
    return epochs.isin(evenly(np.unique(epochs).tolist(), most))


def _named(table: pd.DataFrame, record: Record) -> pd.DataFrame:
    if table.empty:
        return table
    names = {layer.layer: layer.name for layer in layers(record)}
    return table.assign(name=table["layer"].map(names))
