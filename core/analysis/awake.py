"""The Activations page in words: is every layer awake, and if not, which one sleeps and since when."""

import math

import numpy as np
import pandas as pd

from core.analysis.activations import (
    HEALTHY_SHARE,
    SICK_SHARE,
    LayerFacts,
    Measure,
    Worst,
    by_depth,
    held_no_numbers,
    judged,
    layers,
    measured_layers,
    shares,
    unit_map,
    worst,
)
from core.analysis.functions import zones
from core.analysis.record import Record
from core.analysis.wording import (
    FIRM,
    NOT_A_NUMBER,
    THIN,
    Headline,
    Tone,
    Verdict,
    Vital,
    count,
    epoch_name,
    firm,
    large,
    percent,
    ratio,
    ratio_in_words,
)
from core.diagnosis.words import layers as in_words

HEALTHY = f"healthy under{FIRM}{HEALTHY_SHARE:.0%}".replace("%", f"{THIN}%")
HEALTHY_SIGNAL = (0.1, 10.0)
"""Spread over rows of the last hidden layer ÷ that of the first: within a factor of ten (our choice; He et al. 2015
keep it at 1)."""
FADED = 1e-2
"""Spread over rows of some layer ÷ that of layer 1 under which what tells rows apart is said to be lost on the way
(our choice: two healthy bands below 1)."""
ALWAYS = 0.99
"""A unit that is flat for this share of the rows counts as always flat (our choice)."""
LARGE = 10.0
"""A column of a larger size (root mean square) is named where layer 1 is saturated: a standardised one has size 1,
however far a single row reaches (our choice, the doctor's threshold for the size of the inputs)."""
ENDS = {"tanh": "+1 or \u22121", "sigmoid": "0 or 1"}
"""What a saturated unit answers."""


def told_of_layers(record: Record) -> dict[int, tuple[str, Tone]]:
    """By layer, in words and tone, the share of it that is saturated or dead at its newest epoch."""
    told: dict[int, tuple[str, Tone]] = {}
    for measure in ("dead", "saturated"):
        newest = shares(record, measure).groupby("layer").tail(1)
        for layer, share in zip(newest["layer"], newest["median"], strict=True):
            told[int(layer)] = (f"{percent(share)} {measure}" if share == share else NOT_A_NUMBER, _tone(share))
    return told


def _tone(share: float) -> Tone:
    return "green" if share < HEALTHY_SHARE else "gray" if share < SICK_SHARE else "red"


def headline(record: Record) -> Headline:
    """The page's sentence: a layer without numbers, a sick layer, one to watch, or all awake."""
    ran_away = first_broken(record)
    if ran_away is not None:
        epoch, name = ran_away
        return Headline(
            "The numbers ran away at ", epoch_name(epoch), f": {firm(name)} holds values that are no numbers.", "red"
        )
    found = _found(record)
    if not found:
        return _without_measure(record)
    told = max(found, key=lambda one: one.share)
    if told.share >= HEALTHY_SHARE:
        return _asleep(record, told)
    words = " and ".join(
        f"{_up_to(one.share)} is {one.measure}" if one.share > 0 else f"no unit is {one.measure}" for one in found
    )
    faded = _faded(record)
    if faded is not None:
        layer, left = faded[0], ratio_in_words(faded[1])
        note = f"Of the difference between rows in {record.layers[0]}, {left} is left there. {_capital(words)}."
        return Headline("Every layer is awake, but ", firm("the signal fades"), f" on its way to {layer}.", "red", note)
    note = f"At {epoch_name(told.epoch)}, the largest share is in {told.layer.name}." if told.share > 0 else ""
    return Headline("Every layer is ", "awake", f": {words}.", "green", note)


def _faded(record: Record) -> tuple[str, float] | None:
    """The layer whose outputs differ least between rows, and by how much less than those of layer 1; None where enough
    is left everywhere."""
    told = _spreads(record)
    if len(told) < 2:
        return None
    least = told.loc[told["spread"].idxmin()]
    left = 10 ** float(least["spread"])
    return (str(least["name"]), left) if left < FADED else None


def _spreads(record: Record) -> pd.DataFrame:
    """The newest spread of every hidden layer relative to layer 1 (log10); layers without a number left out."""
    told = by_depth(record)
    told = told[told["epoch"] == told["epoch"].max()] if len(told) else told
    return told.dropna(subset="spread") if len(told) else told


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _up_to(share: float) -> str:
    """at most 4 %, under 1 %."""
    said = percent(share)
    return f"under{said[1:]}" if said.startswith("<") else f"at most {said}"


def vitals(record: Record) -> list[Vital]:
    """The worst layer, how many layers are over the healthy share, units that never answer, and how much of the
    signal reaches the last hidden layer; since when there is nothing to measure, where the numbers ran away. Empty
    before anything was recorded."""
    ran_away = first_broken(record)
    if ran_away is not None:
        return [Vital("The numbers ran away at", epoch_name(ran_away[0]), firm(f"in {ran_away[1]}"), "bad")]
    found = _found(record)
    if not found:
        return [signal] if (signal := _signal(record)) else []
    told = max(found, key=lambda one: one.share)
    culprit = _culprit(record, told)
    numbers = [
        _share(told),
        _sick_layers(record, told.measure),
        _asleep_units(record, told.measure),
        Vital("Largest column", culprit[1], f"healthy: about{FIRM}3", "bad") if culprit else _signal(record),
    ]
    return [number for number in numbers if number is not None]


def first_broken(record: Record) -> tuple[int, str] | None:
    """Epoch and name of the first layer that held NaN or infinity in every replica; None where none did."""
    table = record.frame("layers", ["epoch", "replica", "layer", "nan_count", "infinite_count"])
    table["broken"] = held_no_numbers(table)
    if not table["broken"].any():
        return None
    all_broken = table.groupby(["epoch", "layer"], sort=True)["broken"].all()
    if not all_broken.any():
        return None
    epoch, layer = all_broken[all_broken].index[0]
    return int(epoch), record.layers[int(layer) - 1]


def _found(record: Record) -> list[Worst]:
    measures: tuple[Measure, ...] = ("saturated", "dead")
    return [told for measure in measures if (told := worst(record, measure)) is not None]


def _without_measure(record: Record) -> Headline:
    hidden = [layer for layer in layers(record) if layer.hidden]
    if not record.table("layers").num_rows:
        return Headline("Nothing is measured yet.")
    if any(layer.kind == "step" for layer in hidden):
        note = "A step is flat on both sides: what lies before it receives no gradient."
        return Headline("No gradient passes ", "a step", ": its slope is 0 everywhere.", "red", note)
    if not hidden and len(layers(record)) > 1:
        note = "Gates and states may be flat at some steps and not at others: that is shown in Through time."
        return Headline("What goes on in a recurrent layer is seen ", "step by step", ".", "", note)
    if not hidden:
        return Headline("Nothing here can saturate or die: ", "there is no hidden layer", ".")
    note = "Below: how far the layers' outputs spread, and whether the difference between rows survives."
    return Headline(
        "Nothing here can saturate or die: ", "no function is flat on both sides, or 0 on one", ".", "", note
    )


def _asleep(record: Record, told: Worst) -> Headline:
    share, alike = percent(told.share), _alike(record, told)
    name, whose = (told.layer.name, "its") if len(alike) == 1 else (in_words(alike), "their")
    is_sick = told.share >= SICK_SHARE
    if told.measure == "saturated":
        ends = ENDS.get(told.layer.kind, "one of two values")
        after = f" of {name} is saturated: {whose} units answer {ends} to almost every row." if told.share > 0.9 else ""
        note = f"A unit in the flat part of {told.layer.called} passes almost no gradient."
    else:
        after = f" of {name} is dead: these units answer 0 to every row." if is_sick else ""
        note = "A dead unit receives no gradient; only a change in the layers before it can wake it."
    watch = "" if is_sick else f" Healthy is under {percent(HEALTHY_SHARE)}."
    since = ""
    if is_sick:
        since = (
            " It has been so since the start."
            if told.since <= 1
            else f" It has been so since {epoch_name(told.since)}."
        )
    after = after or f" of {name} is {told.measure}.{watch}"
    return Headline("", share, after, "red" if is_sick else "gray", note + since + _blamed(record, told))


def _alike(record: Record, told: Worst) -> tuple[int, ...]:
    """The layers whose share is, to the percent, that of the worst one."""
    now = shares(record, told.measure)
    now = now[(now["epoch"] == told.epoch) & now["median"].notna()]
    return tuple(int(one.layer) for one in now.itertuples() if percent(one.median) == percent(told.share))


def _blamed(record: Record, told: Worst) -> str:
    """The column that saturates layer 1, in a sentence; empty where there is none to blame."""
    culprit = _culprit(record, told)
    if culprit is None:
        return ""
    flat = _flat_beyond(told.layer)
    beyond = f"; {told.layer.called} is flat beyond {flat:.1f}" if flat else ""
    return f" Column “{culprit[0]}” reaches {culprit[1]}{beyond}."


def _culprit(record: Record, told: Worst) -> tuple[str, str] | None:
    """The largest column, and how far it reaches, where it is larger than a standardised one may be and layer 1 is
    saturated."""
    largest = record.meta.get("largest_input")
    is_hit = told.measure == "saturated" and told.layer.layer == 1 and told.share >= SICK_SHARE
    if not is_hit or not largest or not largest["size"] > LARGE:
        return None
    reach = float(largest["reach"])
    return str(largest["name"]), count(reach) if reach < 1e6 else large(reach)


def _flat_beyond(layer: LayerFacts) -> float | None:
    """Distance from 0 from which on a function that is flat on both sides is flat."""
    live = [zone for zone in zones(layer.function) if not zone.is_flat] if layer.function else []
    return max(-live[0].low, live[-1].high) if live else None


def _share(told: Worst) -> Vital:
    return Vital(f"{told.measure.capitalize()}, {told.layer.name}", percent(told.share), HEALTHY, judged(told.share))


def _sick_layers(record: Record, measure: Measure) -> Vital:
    told = shares(record, measure).dropna(subset=["median"])
    newest = told[told["epoch"] == told["epoch"].max()]
    over = int((newest["median"] >= HEALTHY_SHARE).sum())
    value = firm(f"{over} of {len(measured_layers(record, measure))}")
    label = f"Layers over {HEALTHY_SHARE:.0%} {measure}".replace("%", f"{THIN}%")
    return Vital(label, value, f"healthy:{FIRM}none", judged(float(newest["median"].max())))


def _asleep_units(record: Record, measure: Measure) -> Vital | None:
    tiles = unit_map(record, "saturated" if measure == "saturated" else "silent", most=1)
    told = shares(record, "frozen").dropna(subset=["median"]) if measure == "dead" else None
    if told is not None and not told.empty:
        newest = told[told["epoch"] == told["epoch"].max()]
        top = newest.sort_values("median", ascending=False).iloc[0]
        share = float(top["median"])
        return Vital(f"Frozen, {top['name']}", percent(share), HEALTHY, judged(share))
    if tiles.empty:
        return None
    newest = tiles[tiles["epoch"] == tiles["epoch"].max()]
    weight = newest["units"] / newest["tiles"]
    always, units = float((weight * (newest["share"] >= ALWAYS)).sum()), float(weight.sum())
    value = firm(f"{count(always)} of {count(units)}")
    return Vital("Units always flat", value, f"healthy:{FIRM}none", judged(always / max(units, 1)))


def _signal(record: Record) -> Vital | None:
    told = by_depth(record)
    told = told[told["epoch"] == told["epoch"].max()] if len(told) else told
    if len(told) < 2:
        return None
    told = told.sort_values("layer")
    faded = told["spread"].notna().all() and float(told["spread"].min()) < math.log10(FADED)
    last = told.loc[told["spread"].idxmin()] if faded else told.iloc[-1]
    value = (
        10 ** float(last["spread"])
        if math.isfinite(last["spread"])
        else (0.0 if last["spread"] == -np.inf else math.nan)
    )
    low, high = HEALTHY_SIGNAL
    verdict: Verdict = "good" if low <= value <= high else "bad"
    return Vital(f"Signal, layer {int(last['layer'])} ÷ layer 1", ratio(value), f"healthy 0.1 to{FIRM}10", verdict)
