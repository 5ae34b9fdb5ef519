"""Gradients: how much of the gradient each layer receives, how far it moves, and where numbers broke first."""

import math

import numpy as np
import pandas as pd

from core.analysis.flow import Flow, flow, newest, reach
from core.analysis.pooling import kept_epochs, pooled
from core.analysis.progress import progress
from core.analysis.record import Record
from core.analysis.wording import (
    NOT_A_NUMBER,
    Headline,
    Tone,
    Verdict,
    Vital,
    count,
    epoch_name,
    firm,
    loss,
    power,
    ratio_in_words,
    two_digits,
)

FACTOR = (0.5, 2.0)
"""Healthy change of the gradient's size from a layer to the one before it (He et al. 2015: 1 is ideal; our margin)."""
STILL = 1e-5
"""Update over weight under which a layer is called without movement (DeepDiagnosis, ICSE 2022)."""
MOVEMENT = (1e-4, 1e-2)
"""Healthy update over weight: around Karpathy's 1e-3, a decade to each side."""
TONES: dict[Verdict, Tone] = {"good": "green", "watch": "gray", "bad": "red", "plain": ""}
UNJUDGED = 3
"""First epochs that are not judged: adaptive optimizers begin with large steps."""


def movement(record: Record) -> pd.DataFrame:
    """Update over weight by layer: layer, name, median, low, high (log10 over replicas of the median epoch after the
    first UNJUDGED, where there are that many). NaN where a layer moved, but never by a number."""
    table = record.frame("layers", ["epoch", "replica", "layer", "update_ratio"])
    broken = record.broken("layers", "update_ratio")
    lost = table.loc[broken, "layer"]
    table = table[~broken].dropna()
    table = table[table["epoch"] > (UNJUDGED if record.latest > 2 * UNJUDGED else 0)]
    table = table.groupby(["replica", "layer"], sort=True)["update_ratio"].median().reset_index()
    with np.errstate(divide="ignore"):
        table["log"] = np.log10(table["update_ratio"]).clip(lower=-30)
    result = pooled(table, "log", ["layer"])
    gone = pd.DataFrame({"layer": sorted(set(lost) - set(result["layer"]))})
    result = pd.concat([result, gone], ignore_index=True).sort_values("layer") if len(gone) else result
    result["name"] = result["layer"].map(dict(enumerate(record.layers, start=1)))
    result["words"] = [_moved(value) for value in result["median"]]
    return result


def _moved(log: float) -> str:
    if math.isnan(log):
        return NOT_A_NUMBER
    return power(10.0**log) if log > -30 else "0"


def steps(record: Record, most: int = 600) -> pd.DataFrame:
    """Norm of the whole gradient step by step: step, epoch, median, low, high, broken (no finite number in any replica;
    only the first such step is kept). Thinned so that no peak is lost."""
    table = record.frame("steps", ["epoch", "replica", "step", "gradient_norm"])
    bad = record.broken("steps", "gradient_norm").groupby(table["step"]).all()
    lost = bad.index[bad][:1]
    result = pooled(table, "gradient_norm", ["step"])
    result["epoch"] = result["step"].map(table.groupby("step")["epoch"].first())
    curves = result.set_index("step")[["low", "high"]]
    result["broken"] = result["step"].isin(lost)
    kept = result["step"].isin(kept_epochs(curves, most)) & result["median"].map(np.isfinite)
    return result[kept | result["broken"]]


def still_layers(record: Record) -> tuple[int, int]:
    """How many layers are without movement, and of how many."""
    table = movement(record)
    return int((table["median"] < np.log10(STILL)).sum()), int(table["median"].notna().sum())


def headline(record: Record) -> Headline:
    """How much of the gradient reaches the layer that is worst off."""
    broken = first_culprit(record)
    if broken is not None:
        return broken
    now = newest(record)
    if now is None:
        alone = len(record.layers) == 1
        return Headline("There is one layer: its gradient has no way to go." if alone else "Nothing is measured yet.")
    who = now.worst_layer[:1].upper() + now.worst_layer[1:]
    tone = TONES[now.verdict]
    note = _since_words(record, now)
    if now.verdict == "good":
        spread = flow(record)
        spread = spread.loc[spread["epoch"] == spread["epoch"].max(), "median"]
        low, high = (two_digits(10.0**value) for value in (spread.min(), spread.max()))
        said = firm(f"{low} to {high} times")
        return Headline("Every layer receives ", said, " the gradient that leaves the output layer.", tone, note)
    if now.worst < 1:
        said = ratio_in_words(now.worst)
        return Headline(f"{who} receives ", said, " of the gradient that leaves the output layer.", tone, note)
    said = ratio_in_words(now.worst)
    said = said if said.endswith("times") else firm(f"{said} times")
    return Headline(f"{who} receives ", said, " the gradient that leaves the output layer.", tone, note)


def _since_words(record: Record, now: Flow) -> str:
    seen = progress(record)
    if now.verdict == "good":
        return "All of them learn at a similar pace."
    when = "since the first step" if now.since is not None and now.since <= 1 else f"since {epoch_name(now.since or 0)}"
    if now.since is None:
        return "Layer 1 itself is in its band."
    if now.since == record.latest and now.since > 1:
        return "It is so in the newest epoch; in the one before it was not."
    if seen.is_stuck and seen.guess_loss:
        classes = len(record.meta.get("classes") or [])
        guess = firm(f"ln {classes}") if classes else loss(seen.guess_loss)
        return f"It has been so {when}: the loss stays at {guess}, the score of a guess."
    return f"It has been so {when}."


def first_culprit(record: Record) -> Headline | None:
    """The sentence about the first number that was none: which layer, which quantity, which step; None if all are."""
    table = record.frame("events")
    table = table[table["event"].isin(["first_nan", "first_infinite"])].sort_values(["epoch", "step"])
    if not len(table):
        return None
    first = table.iloc[0]
    kind = "not a number" if first["event"] == "first_nan" else "infinite"
    layer = first["layer"]
    names = [*record.layers[:-1], "the output layer"]
    where = f" of {names[int(layer) - 1]}" if layer == layer and 0 < layer <= len(names) else ""
    what = first["quantity"] or "numbers"
    step = f"step {count(first['step'])} ({epoch_name(int(first['epoch']))})" if first["step"] == first["step"] else ""
    at = firm(step or epoch_name(int(first["epoch"])))
    said = firm(f"{kind} at {at}")
    return Headline(f"The {what}{where} became ", said, ": everything after it is lost.", "red", "It began there.")


def broken_words(record: Record) -> str:
    """Which number was the first that was none; that there is none, otherwise."""
    broken = first_culprit(record)
    if broken is None:
        return "Every weight, gradient and output was a finite number at every recorded step."
    return broken.text.split(":")[0] + ". It began there."


def vitals(record: Record) -> list[Vital]:
    """Layer 1 over output, change per layer, layers without movement, training loss."""
    now, seen = newest(record), progress(record)
    if now is None:
        return []
    return [
        reach(now.first),
        change(now.factor),
        _moving(record),
        training_loss(seen.train_loss, seen.guess_loss),
    ]


def change(factor: float) -> Vital:
    """The change per layer with its band."""
    if math.isnan(factor):
        return Vital("Change per layer", "none", "needs three layers")
    verdict: Verdict = "good" if FACTOR[0] <= factor <= FACTOR[1] else "bad"
    return Vital("Change per layer", firm(f"× {two_digits(factor)}"), "healthy 0.5 to 2", verdict)


def _moving(record: Record) -> Vital:
    still, layers = still_layers(record)
    if not layers:
        return Vital("Layers without movement", "not measured")
    return Vital("Layers without movement", firm(f"{still} of {layers}"), "healthy: none", "bad" if still else "good")


def training_loss(value: float, guess: float | None) -> Vital:
    """The training loss against that of a guess."""
    if guess is None:
        return Vital("Training loss", loss(value))
    better = value < 0.98 * guess
    return Vital("Training loss", loss(value), f"guessing {loss(guess)}", "good" if better else "bad")


def counts(record: Record) -> pd.DataFrame:
    """Zero, NaN and infinite numbers by layer at the newest epoch: layer, zero share (median), NaN, infinite (sums)."""
    columns = ["epoch", "layer", "zero_gradient_share", "nan_count", "infinite_count"]
    table = record.frame("layers", columns)
    now = table[table["epoch"] == table["epoch"].max()].groupby("layer", sort=True)
    found = pd.DataFrame(
        {
            "exactly zero": now["zero_gradient_share"].median(),
            "not a number": now["nan_count"].sum(),
            "infinite": now["infinite_count"].sum(),
        }
    ).reset_index()
    found["layer"] = found["layer"].map(dict(enumerate(record.layers, start=1)))
    return found
