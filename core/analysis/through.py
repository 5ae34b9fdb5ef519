"""Through time: how much of the gradient is left at every step of a sequence on its way back from the last one."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.analysis.flow import (
    EXPLODED,
    HEALTHY,
    MOST_POINTS,
    VANISHED,
    change_per_layer,
    in_words,
    over_replicas,
)
from core.analysis.pooling import evenly, thinned
from core.analysis.progress import progress
from core.analysis.record import Record
from core.analysis.wording import (
    NOT_A_NUMBER,
    Headline,
    Tone,
    Verdict,
    Vital,
    epoch_name,
    firm,
    percent,
    plural,
    ratio,
    ratio_in_words,
    two_digits,
)

REACH = 0.01
"""Share of the last step's gradient below which a step hardly teaches any more (our choice: a hundredth)."""
SATURATED = 0.5
"""Share of a gate's values in its flat part from which it is called stuck (DeepDiagnosis, ICSE 2022: over half)."""
WORDS = {
    "state": "state",
    "cell": "cell",
    "drive": "drive of the weights",
    "input": "input gate",
    "forget": "forget gate",
    "output": "output gate",
    "reset": "reset gate",
    "update": "update gate",
    "candidate": "candidate",
}
"""Quantities of kind "times" as a person reads them."""
GATES = ("input", "forget", "output", "reset", "update")
"""Those that open and close: 0 is shut, 1 is open."""


def layers(record: Record) -> list[int]:
    """Numbers of the layers that were seen step by step."""
    return sorted(int(layer) for layer in set(record.table("times").column("layer").to_pylist()))


def memory(record: Record, layer: int) -> str:
    """What carries the past in this layer: the cell of an LSTM, else the state."""
    return "cell" if "cell" in quantities(record, layer) else "state"


def carriers(record: Record, layer: int) -> list[str]:
    """Quantities whose gradient was measured at every step, the memory first."""
    found = quantities(record, layer)
    return [name for name in ("cell", "state", "drive") if name in found]


def quantities(record: Record, layer: int) -> list[str]:
    """What was seen of a layer, in the order in which it was recorded."""
    table = record.table("times").select(["layer", "quantity"])
    pairs = zip(table.column("layer").to_pylist(), table.column("quantity").to_pylist(), strict=True)
    return list(dict.fromkeys(quantity for at, quantity in pairs if at == layer))


def flow(record: Record, layer: int, quantity: str) -> pd.DataFrame:
    """The gradient at every step over that of the last one, per epoch: epoch, layer (the step, from 1), name, median,
    low, high (log10, over replicas; −inf where nothing arrives), rms (median), broken (replicas without a number).
    Steps stand where charts of the gradient by layer have layers: time is depth. Where each step answers, what reaches
    a step is divided by the answers given from there on: 1 stays at every step where nothing fades. Not to be changed:
    it is kept for all who ask."""
    return record.once(f"flow of {quantity} of {layer}", lambda: _flow(record, layer, quantity))


def _flow(record: Record, layer: int, quantity: str) -> pd.DataFrame:
    table = _unfolded(record, layer, quantity, "gradient")
    last = int(table["step"].max()) if len(table) else 0
    ends = table.loc[table["step"] == last, ["epoch", "replica", "value"]].rename(columns={"value": "end"})
    table = table.merge(ends, on=["epoch", "replica"])
    with np.errstate(divide="ignore", invalid="ignore"):
        table["log"] = np.log10(table["value"] / table["end"] / _answers(table["step"], last, record.meta))
    table["broken"] = ~np.isfinite(table["value"])
    result = over_replicas(table, "step", "value")
    result["name"] = [f"step {step}" for step in result["step"]]
    return result.rename(columns={"step": "layer"})


def _answers(step: Any, last: int, meta: Mapping[str, Any]) -> Any:
    """How many answers are given from a step (1 to `last`) on: one, at the end, unless each step answers."""
    return 1 if meta.get("reads_ahead", True) else last - step + 1


def of_arms(arms: Sequence[tuple[str, Sequence[Record]]]) -> pd.DataFrame:
    """The newest gradient of the first recurrent layer's memory by step, median over the seeds of each arm: arm, place
    (0 is the last step), layer (the step), name, median (log10), words. Without arms whose steps were not seen."""
    parts = []
    for name, records in arms:
        for record in records:
            seen = layers(record)
            table = flow(record, seen[0], memory(record, seen[0])) if seen else pd.DataFrame()
            if len(table):
                now = table[table["epoch"] == table["epoch"].max()]
                parts.append(now.assign(arm=name, place=now["layer"] - int(now["layer"].max())))
    if not parts:
        return pd.DataFrame(columns=["arm", "place", "layer", "name", "median", "words"])
    grouped = pd.concat(parts, ignore_index=True).groupby(["arm", "place"], sort=True)
    found = grouped.agg(median=("median", "median"), layer=("layer", "first"), name=("name", "first")).reset_index()
    return found.assign(words=in_words(found["median"]))


def previewed(seen: Mapping[str, Any]) -> pd.DataFrame:
    """Before the first step, of the first recurrent layer's memory: as `flow` tells it, at epoch 0. Empty where the
    network reads no steps."""
    told = seen.get("times") or []
    first = min((row["layer"] for row in told), default=None)
    rows = [row for row in told if row["layer"] == first]
    row = next((r for r in rows if r["quantity"] == "cell"), rows[0] if rows else None)
    gradient = np.array([np.nan if v is None else v for v in row["gradient"]], dtype=float) if row else np.zeros(0)
    steps = np.arange(1, len(gradient) + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log10(gradient / gradient[-1] / _answers(steps, len(steps), seen)) if len(gradient) else gradient
    table = pd.DataFrame({"epoch": 0, "layer": steps, "median": logs, "rms": gradient})
    table["low"] = table["high"] = table["median"]
    table["broken"] = (~np.isfinite(gradient)).astype(int)
    table["name"] = [f"step {step}" for step in table["layer"]]
    table["words"] = in_words(table["median"])
    return table.assign(is_faint=False)


def names(record: Record, layer: int) -> list[str]:
    """step 1 … step T."""
    table = _unfolded(record, layer, memory(record, layer), "gradient")
    return [f"step {step}" for step in range(1, int(table["step"].max()) + 1)] if len(table) else []


@dataclass(frozen=True)
class Reached:
    """The newest gradient through time in numbers: step 1 over the last step, what is kept from a step to the one
    before it (NaN under three steps), how many steps back it stays above REACH, since when step 1 is out of its band,
    and how many steps there are."""

    first: float
    factor: float
    reach: int
    since: int | None
    steps: int
    epoch: int

    @property
    def verdict(self) -> Verdict:
        """bad: vanished or exploded. watch: outside the healthy band."""
        if not math.isfinite(self.first):
            return "bad"
        if VANISHED <= self.first <= EXPLODED:
            return "good" if HEALTHY[0] <= self.first <= HEALTHY[1] else "watch"
        return "bad"


def newest(record: Record, layer: int | None = None) -> Reached | None:
    """The newest gradient of a layer's memory, of the first layer unless said; None where nothing was measured."""
    seen = layers(record)
    if not seen:
        return None
    at = seen[0] if layer is None else layer
    table = flow(record, at, memory(record, at))
    if not len(table) or table["layer"].max() < 2:
        return None
    epoch = int(table["epoch"].max())
    now = table[table["epoch"] == epoch].sort_values("layer")
    logs = now["median"].to_numpy(dtype=float)
    broken = now["broken"].to_numpy() > 0
    weak = np.flatnonzero(~(logs >= np.log10(REACH)))
    first = float("nan") if broken[0] else float(10.0 ** logs[0])
    return Reached(
        first=first,
        factor=change_per_layer(now["layer"].to_numpy(), logs),
        reach=len(now) - (int(weak[-1]) + 1 if len(weak) else 0),
        since=_since(table[table["layer"] == 1]),
        steps=len(now),
        epoch=epoch,
    )


def _since(first: pd.DataFrame) -> int | None:
    low, high = np.log10(HEALTHY[0]), np.log10(HEALTHY[1])
    outside = ~first["median"].between(low, high)
    if not len(first) or not outside.iloc[-1]:
        return None
    inside = first.loc[~outside, "epoch"]
    return int(first.loc[first["epoch"] > inside.max(), "epoch"].min()) if len(inside) else int(first["epoch"].min())


def headline(record: Record) -> Headline:
    """How much of the gradient at the last step reaches the first one."""
    now = newest(record)
    if now is None:
        return Headline("Nothing is measured yet.")
    last = f"step {now.steps}"
    if not math.isfinite(now.first):
        return Headline("The gradient at step 1 is ", NOT_A_NUMBER, ": it ran away through time.", "red")
    said = ratio_in_words(now.first)
    tone: Tone = "green" if now.verdict == "good" else "red" if now.verdict == "bad" else "gray"
    if now.first > 1:
        said = said if said.endswith("times") else firm(f"{said} times")
        return Headline("The gradient at step 1 is ", said, f" that at {last}.", tone, _note(record, now))
    return Headline("The gradient at step 1 is ", said, f" of that at {last}.", tone, _note(record, now))


def _note(record: Record, now: Reached) -> str:
    seen = progress(record)
    if not record.meta.get("reads_ahead", True):
        return f"Each step answers: what reaches one is divided by the answers from there on, {now.steps} at step 1."
    if now.verdict == "good":
        return "What the first step holds can be learned."
    when = "since the first step" if now.since is not None and now.since <= 1 else f"since {epoch_name(now.since or 0)}"
    if now.first > 1:
        return f"It has been so {when}: it grows on its way back through time."
    if now.reach == now.steps:
        return f"It has been so {when}; every step still receives over {percent(REACH)}."
    reach = plural(now.reach, "step")
    stuck = " The loss stays at that of a guess." if seen.is_stuck and seen.guess_loss else ""
    return f"It has been so {when}: only the last {reach} teach the weights much.{stuck}"


def vitals(record: Record) -> list[Vital]:
    """Step 1 over the last, what a step keeps, how far back it reaches, gates that are stuck. Empty before anything."""
    now = newest(record)
    if now is None:
        return []
    band = f"healthy {HEALTHY[0]:g} to {HEALTHY[1]:g}"
    low, high = (edge ** (1 / max(1, now.steps - 1)) for edge in HEALTHY)
    kept: Verdict = "good" if low <= now.factor <= high else "bad"
    whole: Verdict = "good" if now.reach == now.steps else "watch" if now.reach > now.steps / 2 else "bad"
    return [
        Vital("Step 1 ÷ last step", ratio(now.first), band, now.verdict),
        Vital("Kept from step to step", firm(f"× {two_digits(now.factor)}"), f"healthy {low:.2f} to {high:.2f}", kept),
        Vital("Reaches back", firm(f"{now.reach} of {now.steps} steps"), f"over {percent(REACH)}", whole),
        _stuck(record),
    ]


def _stuck(record: Record) -> Vital:
    table = saturation(record)
    if not len(table):
        return Vital("Saturated", "not measured", "no function is flat")
    now = table[table["epoch"] == table["epoch"].max()]
    worst = now.loc[now["share"].idxmax()]
    share = float(worst["share"])
    verdict: Verdict = "bad" if share >= SATURATED else "watch" if share >= SATURATED / 2 else "good"
    return Vital(f"Saturated, {worst['name']}", percent(share), f"healthy under {percent(SATURATED)}", verdict)


def saturation(record: Record, layer: int | None = None) -> pd.DataFrame:
    """Share of a quantity's values in the flat part of its function, over all steps: epoch, layer, quantity, name,
    share (median over replicas). Of one layer, or of all."""
    frame = record.frame("times", ["epoch", "replica", "layer", "quantity", "saturated_share"])
    frame = frame.dropna(subset="saturated_share")
    if layer is not None:
        frame = frame[frame["layer"] == layer]
    if not len(frame):
        return pd.DataFrame(columns=["epoch", "layer", "quantity", "name", "share"])
    frame["share"] = [float(np.mean(values)) for values in frame["saturated_share"]]
    table = frame.groupby(["epoch", "layer", "quantity"], sort=True)["share"].median().reset_index()
    several = frame["layer"].nunique() > 1
    table["name"] = [
        WORDS[quantity] + (f" of layer {at}" if several else "")
        for at, quantity in zip(table["layer"], table["quantity"], strict=True)
    ]
    return thinned(table.rename(columns={"share": "median"}), "name").rename(columns={"median": "share"})


def doors(record: Record, layer: int, most: int = MOST_POINTS) -> pd.DataFrame:
    """How open each gate is at every step, mean over rows and units: epoch, step, quantity, name, value (median over
    replicas, 0 shut to 1 open)."""
    parts = [
        _unfolded(record, layer, gate, "mean").assign(quantity=gate, name=WORDS[gate])
        for gate in quantities(record, layer)
        if gate in GATES
    ]
    if not parts:
        return pd.DataFrame(columns=["epoch", "step", "quantity", "name", "value"])
    table = pd.concat(parts, ignore_index=True)
    epochs = [int(epoch) for epoch in sorted(table["epoch"].unique())]
    kept = evenly(epochs, max(2, most // max(1, len(parts) * table["step"].nunique())))
    table = table[table["epoch"].isin(set(kept))]
    return table.groupby(["epoch", "step", "quantity", "name"], sort=False)["value"].median().reset_index()


def spread(record: Record, layer: int) -> pd.DataFrame:
    """How different sequences look to the state at every step, spread over rows: epoch, step, value."""
    table = _unfolded(record, layer, "state", "std")
    return table.groupby(["epoch", "step"], sort=True)["value"].median().reset_index()


def _unfolded(record: Record, layer: int, quantity: str, column: str) -> pd.DataFrame:
    """One row per epoch, replica and step of a list column: epoch, replica, step (from 1), value."""
    frame = record.frame("times", ["epoch", "replica", "layer", "quantity", column])
    frame = frame[(frame["layer"] == layer) & (frame["quantity"] == quantity)].dropna(subset=column)
    lengths = np.array([len(values) for values in frame[column]], dtype=int)
    if not lengths.sum():
        return pd.DataFrame({"epoch": [], "replica": [], "step": [], "value": []}).astype({"step": int})
    return pd.DataFrame(
        {
            "epoch": np.repeat(frame["epoch"].to_numpy(), lengths),
            "replica": np.repeat(frame["replica"].to_numpy(), lengths),
            "step": np.concatenate([np.arange(1, length + 1) for length in lengths]),
            "value": np.concatenate(frame[column].to_list()).astype(float),
        }
    )
