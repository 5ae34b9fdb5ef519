"""A run while it trains: one sentence, four numbers, and every layer at this epoch. The sentence changes its wording
only when its verdict changes, so that the page does not flicker."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.analysis.activations import HEALTHY_SHARE, SICK_SHARE, Measure, judged, measured_layers, shares
from core.analysis.curves import headline as ended_headline
from core.analysis.flow import HEALTHY, flow, in_words, newest, reach
from core.analysis.gradients import MOVEMENT, STILL, first_culprit, training_loss
from core.analysis.progress import Progress, progress
from core.analysis.record import Record
from core.analysis.wording import (
    FIRM,
    NOT_A_NUMBER,
    Headline,
    Verdict,
    Vital,
    count,
    duration,
    firm,
    loss,
    percent,
    plural,
    power,
    ratio_in_words,
    score,
)

EARLY = 3
"""Epochs before which nothing is judged (our choice)."""


@dataclass(frozen=True)
class Strips:
    """One dot per layer in three strips, and what the third one is. dots: strip (gradient, update, share), layer, name,
    value (log10, log10, 0 to 1), words, healthy, verdict."""

    dots: pd.DataFrame
    names: list[str]
    third: str


def headline(record: Record) -> Headline:
    """Is it learning, standing still, memorising or running away?"""
    seen = progress(record)
    if not record.is_live:
        return ended_headline(record)
    if seen.latest < 1:
        return Headline("The first epoch is on its way.")
    broken = first_culprit(record)
    if seen.diverged_at is not None or broken is not None:
        return broken or ended_headline(record)
    if seen.latest < EARLY:
        return Headline("It has begun: ", firm(plural(seen.latest, "epoch")), " done.", "", _first(seen))
    if seen.is_stuck:
        return _standing(record, seen)
    if seen.is_overfitting:
        return ended_headline(record)
    return _learning(record, seen)


def _first(seen: Progress) -> str:
    if seen.guess_loss is None or not math.isfinite(seen.first_loss):
        return ""
    return f"Before the first step the loss was {loss(seen.first_loss)}; a guess scores {loss(seen.guess_loss)}."


def _standing(record: Record, seen: Progress) -> Headline:
    now = newest(record)
    said = f"{percent(seen.validation_score)} right" if record.is_classification else "no better than a guess"
    note = ""
    if now is not None and now.verdict == "bad" and now.worst < 1:
        note = (
            f"{now.worst_layer[:1].upper()}{now.worst_layer[1:]} receives {ratio_in_words(now.worst)} of the gradient."
        )
    return Headline("It is not learning: ", firm(said), f" after {plural(seen.latest, 'epoch')}, a guess.", "red", note)


def _learning(record: Record, seen: Progress) -> Headline:
    value = seen.validation_score if math.isfinite(seen.validation_score) else seen.train_score
    said = score(value, record.is_classification)
    phrase = firm(f"{said} right") if record.is_classification else firm(f"R² {said}")
    still = _still(record)
    moves = (
        "every layer moves" if still == 0 else f"{plural(still, 'layer')} {'stands' if still == 1 else 'stand'} still"
    )
    return Headline("It is learning: ", phrase, f" after {plural(seen.latest, 'epoch')}, and {moves}.", "green")


def _still(record: Record) -> int:
    table = _now(record)
    return int((table["update_ratio"] < STILL).sum())


def _now(record: Record) -> pd.DataFrame:
    """The newest epoch of every layer, medians over replicas: layer, update_ratio."""
    return record.once("now", lambda: _medians(record))


def _medians(record: Record) -> pd.DataFrame:
    table = record.frame("layers", ["epoch", "layer", "update_ratio"])
    now = table[table["epoch"] == table["epoch"].max()].drop(columns="epoch")
    return now.groupby("layer", sort=True).median().reset_index()


def _shares_now(record: Record) -> pd.DataFrame:
    """The newest shares of the third sign: see activations.shares."""
    table = shares(record, third(record))
    return table[table["epoch"] == table["epoch"].max()]


def vitals(record: Record) -> list[Vital]:
    """Validation loss, validation score, layer 1 over output, dead (or saturated) units."""
    seen = progress(record)
    if seen.latest < 0:
        return []
    return [_loss(seen), _score(record, seen), _reach(record), _share(record)]


def _loss(seen: Progress) -> Vital:
    if seen.best_epoch is None:
        return training_loss(seen.train_loss, seen.guess_loss)
    best = f"best {loss(seen.best_loss)}, epoch{FIRM}{seen.best_epoch}"
    return Vital(
        "Validation loss", loss(seen.validation_loss), best if len(best) <= 20 else f"best {loss(seen.best_loss)}"
    )


def _score(record: Record, seen: Progress) -> Vital:
    is_share = record.is_classification
    label = "Validation accuracy" if is_share else "Validation R²"
    if seen.guess_score is None:
        return Vital(label, score(seen.validation_score, is_share, 1))
    verdict: Verdict = "good" if seen.validation_score > seen.guess_score + 0.005 else "bad"
    if seen.latest < EARLY and verdict == "bad":
        verdict = "plain"
    return Vital(
        label, score(seen.validation_score, is_share, 1), f"guessing {score(seen.guess_score, is_share)}", verdict
    )


def _reach(record: Record) -> Vital:
    now = newest(record)
    if now is None:
        return Vital("Layer 1 ÷ output", "one layer" if len(record.layers) == 1 else "not yet")
    return reach(now.first)


def _share(record: Record) -> Vital:
    """The largest share of the hidden layers that have one: a mean would hide a layer that is asleep."""
    now, label = _shares_now(record), f"{third(record).capitalize()}, worst layer"
    healthy = f"healthy under{FIRM}10{FIRM}%"
    if now["median"].notna().any():
        worst = float(now["median"].max())
        return Vital(label, percent(worst), healthy, judged(worst))
    if len(now):
        return Vital(label, NOT_A_NUMBER, healthy, "bad")
    return Vital(label, "none can" if record.table("layers").num_rows else "not yet")


def third(record: Record) -> Measure:
    """What the third sign measures: dead units where some layer can have them, else saturated ones."""
    only_saturates = not measured_layers(record, "dead") and measured_layers(record, "saturated")
    return "saturated" if only_saturates else "dead"


def layers(record: Record) -> Strips:
    """Gradient, update over weight, and dead or saturated share of every layer at the newest epoch."""
    names = dict(enumerate(record.layers, start=1))
    table = flow(record)
    table = table[table["epoch"] == table["epoch"].max()]
    now, asleep = _now(record), _shares_now(record)
    parts = [
        _strip("gradient", table["layer"], table["median"], in_words(table["median"]), HEALTHY),
        _strip("update", now["layer"], _log(now["update_ratio"]), [_power(v) for v in now["update_ratio"]], MOVEMENT),
        _strip("share", asleep["layer"], asleep["median"], [_percent(v) for v in asleep["median"]], None),
    ]
    dots = pd.concat(parts, ignore_index=True)
    dots["name"] = dots["layer"].map(names)
    return Strips(dots, record.layers, f"{third(record)} units")


def _log(values: pd.Series) -> pd.Series:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log10(values.astype(float)).clip(lower=-99)


def _percent(share: float) -> str:
    return percent(share) if math.isfinite(share) else NOT_A_NUMBER


def _power(value: float) -> str:
    return power(value) if math.isfinite(value) else NOT_A_NUMBER


def _strip(
    strip: str, layer: pd.Series, value: pd.Series, words: list[str], band: tuple[float, float] | None
) -> pd.DataFrame:
    """band: healthy range of 10 ** value; without one, values are shares that are healthy under HEALTHY_SHARE."""
    numbers = value.to_numpy(dtype=float)
    if band is None:
        healthy = f"under {percent(HEALTHY_SHARE)}"
        verdict = np.where(numbers < HEALTHY_SHARE, "good", np.where(numbers < SICK_SHARE, "watch", "bad"))
    else:
        low, high = (math.log10(edge) for edge in band)
        healthy = f"{power(band[0])} to {power(band[1])}" if band == MOVEMENT else f"{band[0]:g} to {band[1]:g}"
        near = (numbers > low - 1) & (numbers < high + 1)
        verdict = np.where((numbers >= low) & (numbers <= high), "good", np.where(near, "watch", "bad"))
    verdict = np.where(np.isnan(numbers), "bad", verdict)
    columns: dict[str, Any] = {"layer": layer.to_numpy(), "value": numbers, "words": words, "verdict": verdict}
    return pd.DataFrame(columns).assign(strip=strip, healthy=healthy)


def to_watch(record: Record) -> str:
    """The layer nearest to a finding, in a sentence: 12 % of layer 12 is dead. Empty where all are in their band."""
    now = _shares_now(record)
    now = now[(now["median"] >= HEALTHY_SHARE) & (now["median"] < SICK_SHARE)]
    if not len(now):
        return ""
    worst = now.loc[now["median"].idxmax()]
    said = f"{percent(worst['median'])} of {worst['name']} is {third(record)}"
    return f"To watch: {said}; healthy is under {percent(HEALTHY_SHARE)}."


def pace(record: Record) -> str:
    """The progress line: Epoch 14 of 40 · 0.02 s per epoch · recording costs 4 %."""
    table = record.frame("epochs", ["epoch", "seconds", "recording_seconds"])
    table = table[table["epoch"] > 0]
    parts = [firm(f"Epoch {count(max(0, record.latest))} of {count(record.planned)}")]
    if len(table) and table["seconds"].sum() > 0:
        seconds = float(table["seconds"].median())
        left = seconds * max(0, record.planned - record.latest)
        parts += [firm(f"{duration(seconds)} per epoch"), firm(f"about {duration(left)} left")]
        parts.append(f"recording costs {percent(float(table['recording_seconds'].sum() / table['seconds'].sum()))}")
    return " · ".join(parts)
