"""The gradient's way down: what each layer receives, relative to the output layer."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.analysis.pooling import evenly, pooled, thinned
from core.analysis.record import Record
from core.analysis.wording import NOT_A_NUMBER, Verdict, Vital, ratio, ratio_in_words

Of = Literal["outputs", "weights"]
COLUMN = {"outputs": "output_gradient_rms", "weights": "weight_gradient_rms"}

HEALTHY = (0.1, 10.0)
"""Gradient of a layer over that of the output layer: within a tenth and ten times (our choice; healthy He and Glorot
networks of 20 layers stay within a factor of 8)."""
VANISHED = 1e-3
"""First over output from which it is called vanished (AUTOTRAINER, ICSE 2021)."""
EXPLODED = 70.0
"""First over output from which it is called exploded (AUTOTRAINER, ICSE 2021)."""
MOST_POINTS = 4_500


def flow(record: Record, of: Of = "outputs") -> pd.DataFrame:
    """Gradient of each layer over that of the output layer, per epoch: epoch, layer, name, median, low, high (log10,
    over replicas; −inf where nothing arrives), rms (median), broken (replicas whose layer is not a number). Not to be
    changed: it is kept for all who ask."""
    return record.once(f"flow of {of}", lambda: _flow(record, of))


def _flow(record: Record, of: Of) -> pd.DataFrame:
    table = record.frame("layers", ["epoch", "replica", "layer", COLUMN[of]])
    table["broken"] = record.broken("layers", COLUMN[of])
    table = table.rename(columns={COLUMN[of]: "rms"})
    table = table[table["rms"].notna() | table["broken"]]
    table = _beside_output(table, len(record.layers))
    with np.errstate(divide="ignore", invalid="ignore"):
        table["log"] = np.log10(table["rms"] / table["output"])
    result = over_replicas(table, "layer", "rms")
    result["name"] = result["layer"].map(dict(enumerate(record.layers, start=1)))
    return result


def _beside_output(table: pd.DataFrame, last: int) -> pd.DataFrame:
    """Adds `output`: the size at the output layer (number `last`) of the same epoch and replica. Rows that have none
    are left out. By hand, because pandas' merge takes a fifth of a live page's look (measured)."""
    looks = table["epoch"].to_numpy(dtype=np.int64) * 2**31 + table["replica"].to_numpy(dtype=np.int64)
    is_output = table["layer"].to_numpy() == last
    known, places = np.unique(looks[is_output], return_index=True)
    if not len(known):
        return table.assign(output=np.nan)[:0]
    nearest = np.minimum(np.searchsorted(known, looks), len(known) - 1)
    output = table["rms"].to_numpy()[is_output][places][nearest]
    return table.assign(output=output)[known[nearest] == looks].reset_index(drop=True)


def over_replicas(table: pd.DataFrame, at: str, size: str) -> pd.DataFrame:
    """Gradients of all replicas pooled. table: epoch, `at`, log (log10 of a ratio, −inf where nothing arrives), `size`,
    broken. Gives epoch, `at`, median, low, high (of log), broken (how many), rms (median size)."""
    by, numbers = ["epoch", at], ["median", "low", "high"]
    result = pooled(table.assign(log=table["log"].replace(-np.inf, -99.0)), "log", by)
    result[numbers] = result[numbers].mask(result[numbers] <= -90, -np.inf)
    result["rms"] = pooled(table, size, by)["median"]
    return result


def in_words(logs: Iterable[float]) -> list[str]:
    """Ratios given as log10, in words."""
    return [ratio_in_words(10.0**log) if log == log else NOT_A_NUMBER for log in logs]


def profile(table: pd.DataFrame, earlier: int = 4) -> pd.DataFrame:
    """A flow at every epoch, or at so many evenly picked ones that at most MOST_POINTS rows remain, with its ratios in
    words. `is_faint` marks a few epochs, evenly picked, that stand behind the one that is looked at."""
    kept = _kept(table)
    faint = set(evenly(kept, earlier + 1))
    table = table[table["epoch"].isin(set(kept))]
    return worded(table.assign(is_faint=table["epoch"].isin(faint)))


def heat(table: pd.DataFrame) -> pd.DataFrame:
    """A flow as at most MOST_POINTS cells, with its ratios in words and `until`, the next kept epoch."""
    kept = _kept(table)
    ends = dict(zip(kept, [*kept[1:], kept[-1] + 1], strict=True)) if kept else {}
    table = table[table["epoch"].isin(ends)]
    return worded(table.assign(until=table["epoch"].map(ends)))


def first_over_output(table: pd.DataFrame) -> pd.DataFrame:
    """Layer 1 over the output layer through training: the rows of a flow that a curve needs, with words."""
    return worded(thinned(table[table["layer"] == 1].assign(curve="first"), "curve"))


def domain(table: pd.DataFrame) -> tuple[int, int]:
    """Of the axis of a flow's profile: −10 to 2, or wider by whole thousands where the flow needs it."""
    logs = table[["low", "high"]].to_numpy(dtype=float)
    logs = logs[np.isfinite(logs)]
    low, high = (float(logs.min()), float(logs.max())) if len(logs) else (0.0, 0.0)
    return min(-10, 3 * math.floor(max(low, -30) / 3)), max(2, 3 * math.ceil(min(high, 30) / 3) if high > 2 else 2)


def _kept(table: pd.DataFrame) -> list[int]:
    epochs = [int(epoch) for epoch in np.unique(table["epoch"])]
    return evenly(epochs, max(2, MOST_POINTS // max(1, table["layer"].nunique())))


def worded(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a flow with their ratios in words: a whole flow of a long run has too many to do so unasked (50,000
    take 0.2 s, measured)."""
    return table.assign(words=in_words(table["median"]))


@dataclass(frozen=True)
class Flow:
    """The newest gradient in numbers: layer 1 over output, the layer furthest from 1 and its ratio, the factor from a
    layer to the one before it (NaN under three layers), and since when layer 1 has been out of its band."""

    first: float
    worst_layer: str
    worst: float
    factor: float
    since: int | None
    layers: int

    @property
    def verdict(self) -> Verdict:
        """Of the layer that is worst off."""
        return judged(self.worst)


def judged(part: float) -> Verdict:
    """Of a layer's gradient over the output layer's. bad: vanished or exploded. watch: outside the healthy band."""
    if not VANISHED <= part <= EXPLODED:  # so is what is not a number
        return "bad"
    return "good" if HEALTHY[0] <= part <= HEALTHY[1] else "watch"


def reach(first: float) -> Vital:
    """The first layer's gradient over the output layer's."""
    return Vital("Layer 1 ÷ output", ratio(first), f"healthy {HEALTHY[0]:g} to {HEALTHY[1]:g}", judged(first))


def newest(record: Record) -> Flow | None:
    """The newest gradient in numbers; None before the first epoch, or with a single layer."""
    table = flow(record)
    if not len(table) or table["layer"].max() < 2:
        return None
    epoch = table["epoch"].max()
    now = table[table["epoch"] == epoch].sort_values("layer")
    sizes = now["median"].abs().where(now["broken"] == 0, np.inf).fillna(np.inf)
    worst = now.loc[sizes.idxmax()]
    first = now.iloc[0]
    return Flow(
        first=_ratio(first["median"]),
        worst_layer=str(worst["name"]),
        worst=_ratio(worst["median"]),
        factor=change_per_layer(now["layer"].to_numpy(), now["median"].to_numpy()),
        since=_since(table[table["layer"] == first["layer"]]),
        layers=len(now),
    )


def _ratio(log: float) -> float:
    return float(10.0**log) if not np.isnan(log) else float("nan")


def change_per_layer(layers: np.ndarray, logs: np.ndarray) -> float:
    """What the gradient is multiplied by from a layer to the one before it: 10 to minus the slope of its log10 against
    depth, by least squares over all layers with a finite value. NaN under three layers."""
    known = np.isfinite(logs)
    if known.sum() < 3:
        return float("nan")
    slope = np.polyfit(layers[known], logs[known], 1)[0]
    return float(10.0**-slope)


def _since(first: pd.DataFrame) -> int | None:
    """First epoch from which on layer 1 stayed outside the healthy band; None where it is inside now."""
    low, high = np.log10(HEALTHY[0]), np.log10(HEALTHY[1])
    outside = ~first["median"].between(low, high)
    if not len(first) or not outside.iloc[-1]:
        return None
    inside = first.loc[~outside, "epoch"]
    return int(first.loc[first["epoch"] > inside.max(), "epoch"].min()) if len(inside) else int(first["epoch"].min())
