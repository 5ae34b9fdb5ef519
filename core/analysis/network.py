"""A network before its first step: what the gradient and the activations are like at initialisation."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from core.analysis.flow import EXPLODED, HEALTHY, VANISHED, change_per_layer, reach
from core.analysis.gradients import FACTOR, change
from core.analysis.wording import (
    NOT_A_NUMBER,
    Headline,
    Tone,
    Vital,
    count,
    duration,
    firm,
    percent,
    plural,
    ratio,
    ratio_in_words,
    two_digits,
)

Preview = Mapping[str, Any]
"""What core.training.preview says: layers, loss, guess_loss, parameters, features, seconds_per_step, steps, rows."""

SPREAD = (0.1, 10.0)
"""Healthy spread of a layer's output before training: within a tenth and ten (our choice; inputs have spread 1)."""


def profile(seen: Preview) -> pd.DataFrame:
    """One row per layer, input first as layer 0: layer, name, units, parameters, log (gradient over the output layer's,
    log10; NaN for the input), words, spread (of the output), spread_log, weight_log."""
    layers = list(seen["layers"])
    last = len(layers)
    outputs, weights = (_relative(layers, f"{of}_gradient_rms") for of in ("output", "weight"))
    rows = [
        {
            "layer": number,
            "name": "output" if number == last else f"layer {number}",
            "units": int(layer["units"]),
            "parameters": int(layer["parameters"]),
            "log": outputs[number - 1],
            "weight_log": weights[number - 1],
            "spread": _number(layer.get("activation_std")),
            "saturated": _number(layer.get("saturated_share")),
            "dead": _number(layer.get("dead_share")),
        }
        for number, layer in enumerate(layers, start=1)
    ]
    first = {"layer": 0, "name": "input", "units": int(seen.get("features") or 0), "parameters": 0}
    table = pd.DataFrame([first, *rows])
    with np.errstate(divide="ignore", invalid="ignore"):
        table["spread_log"] = np.log10(table["spread"])
    table["words"] = [ratio_in_words(10.0**log) if log == log else NOT_A_NUMBER for log in table["log"]]
    return table


def _relative(layers: list[Mapping[str, Any]], column: str) -> list[float]:
    """log10 of each layer's value over the last layer's; −inf for 0, NaN where either is no number."""
    values = np.array([_number(layer.get(column)) for layer in layers], dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return [float(value) for value in np.log10(values / values[-1])]


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def headline(seen: Preview) -> Headline:
    """What layer 1, or the layer worst off, receives before the first step."""
    table = profile(seen)
    layers = table[table["layer"] > 0]
    if len(layers) == 1:
        return Headline("One layer, no hidden units: it draws ", firm("a straight line"), ".", "", _size(seen))
    worst = layers.loc[layers["log"].abs().fillna(np.inf).idxmax()]
    received = 10.0 ** float(worst["log"])
    if math.isnan(received):
        return Headline("Before the first step the gradient is ", NOT_A_NUMBER, ".", "red", _size(seen))
    if HEALTHY[0] <= received <= HEALTHY[1]:
        said = firm("every layer")
        return Headline("Before the first step, ", said, " receives a healthy gradient.", "green", _size(seen))
    tone: Tone = "gray" if VANISHED <= received <= EXPLODED else "red"
    said = ratio_in_words(received)
    if received < 1:
        return Headline(f"Before the first step, {worst['name']} receives ", said, " of the output’s gradient.", tone)
    said = said if said.endswith("times") else firm(f"{said} times")
    return Headline(f"Before the first step, {worst['name']} receives ", said, " the output’s gradient.", tone)


def _size(seen: Preview) -> str:
    hidden = len(seen["layers"]) - 1
    return f"{plural(hidden, 'hidden layer')}, {plural(int(seen['parameters']), 'parameter')}."


def vitals(seen: Preview) -> list[Vital]:
    """Layer 1 over output, change per layer, parameters, and what an epoch (or a step) takes."""
    table = profile(seen)
    layers = table[table["layer"] > 0]
    first = 10.0 ** float(layers["log"].iloc[0])
    factor = change_per_layer(layers["layer"].to_numpy(), layers["log"].to_numpy())
    rows = f"{count(seen['rows'])} training rows"
    return [reach(first), change(factor), Vital("Parameters", count(seen["parameters"]), rows), _takes(seen)]


def _takes(seen: Preview) -> Vital:
    seconds = _number(seen.get("seconds_per_step"))
    if not math.isfinite(seconds):
        return Vital("One step takes", "not measured")
    steps = seen.get("steps")
    if steps:
        return Vital("One epoch takes", firm(f"about {duration(seconds * int(steps))}"), "on this machine")
    return Vital("One step takes", firm(f"about {duration(seconds)}"), "on this machine")


def table(seen: Preview) -> pd.DataFrame:
    """One row per layer as a person reads it: layer, inputs and units, parameters, gradient received, spread, and the
    share of its units that sleep from the start (empty where a function cannot)."""
    layers = profile(seen).query("layer > 0")
    asleep = layers["dead"].fillna(layers["saturated"])
    return pd.DataFrame(
        {
            "Layer": layers["name"],
            "Shape": [f"{one['inputs']:,} → {one['units']:,}" for one in seen["layers"]],
            "Parameters": [count(number) for number in layers["parameters"]],
            "Gradient ÷ output": [ratio(10.0**log) for log in layers["log"]],
            "Spread": [two_digits(value) for value in layers["spread"]],
            "Dead or saturated": ["" if math.isnan(share) else percent(share) for share in asleep],
        }
    )


def advice(seen: Preview) -> str:
    """One sentence on what would mend the preview; empty where it is healthy."""
    layers = profile(seen).query("layer > 0")
    factor = change_per_layer(layers["layer"].to_numpy(), layers["log"].to_numpy())
    if math.isnan(factor) or FACTOR[0] <= factor <= FACTOR[1]:
        return ""
    if factor < FACTOR[0]:
        return f"Each layer passes on {two_digits(factor)} of the gradient: try ReLU with He, or normalisation."
    return (
        f"Each layer multiplies the gradient by {two_digits(factor)}: try a smaller initialisation, or normalisation."
    )
