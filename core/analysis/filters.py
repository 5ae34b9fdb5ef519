"""What a convolutional network looks for, in words and tables: what its channels tell of the class layer by layer,
which of them are silent or saturated, and the pictures behind that."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.analysis.record import Record
from core.analysis.wording import Headline, Verdict, Vital, count, percent, plural

Answer = Mapping[str, Any]
MOST_NAMED = 3
"""Values of one picture that a sentence says (our choice)."""
RISE = 0.05
"""A smaller rise of what channels tell is none (our choice)."""
HEALTHY_SHARE = 0.10
"""Under a tenth of a layer's channels silent is called healthy (our choice, as on the Activations page)."""
SATURATED_FROM = 0.5
"""A channel counts as saturated from half of all rows and positions on (our choice)."""


@dataclass(frozen=True)
class Picture:
    """Numbers as a picture. values: [height, width]; title: what stands under it; at: (row, column) as shares of the
    picture where something is marked, None where nothing is."""

    values: np.ndarray
    title: str
    at: tuple[float, float] | None = None


def is_pictured(meta: Mapping[str, Any]) -> bool:
    """Whether a run's network has filters to look at."""
    return any(layer.get("kind") == "convolution" for layer in meta.get("layers") or [])


def convolutions(record: Record) -> list[dict[str, Any]]:
    """What the record says of every convolution: layer, name, units (channels), activation, shape."""
    return [dict(layer) for layer in record.meta.get("layers") or [] if layer.get("kind") == "convolution"]


def channels(record: Record) -> pd.DataFrame:
    """Every channel of every convolution at the newest epoch that measured them: layer, name, channel, fires (share of
    rows and positions above 0, NaN where that says nothing), saturated (share, or NaN), mean, std."""
    table = record.frame("units")
    names = {int(layer["layer"]): str(layer["name"]) for layer in convolutions(record)}
    own = table[(table["replica"] == 0) & table["layer"].isin(list(names))] if len(table) else table
    if not len(own):
        return pd.DataFrame(columns=["layer", "name", "channel", "fires", "saturated", "mean", "std"])
    rows = []
    for row in own[own["epoch"] == own["epoch"].max()].itertuples():
        size = len(row.unit)
        rows.append(
            pd.DataFrame(
                {
                    "layer": row.layer,
                    "name": names[int(row.layer)],
                    "channel": np.asarray(row.unit) + 1,
                    "fires": _column(row.active_share, size),
                    "saturated": _column(row.saturated_share, size),
                    "mean": _column(row.mean, size),
                    "std": _column(row.std, size),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def telling(answer: Answer | None, record: Record) -> pd.DataFrame:
    """What channels tell of the target, layer by layer: layer (0: the best pixel), name, told (median over channels,
    0 to 1), best, channels."""
    names = {int(layer["layer"]): str(layer["name"]) for layer in convolutions(record)}
    rows = []
    for each in (answer or {}).get("telling") or []:
        known = np.array([value for value in each["told"] if value is not None], dtype=float)
        if len(known):
            number = int(each["layer"])
            middle = float(np.median(known))
            row = {"layer": number, "name": names.get(number, "pixels"), "told": middle, "best": float(known.max())}
            rows.append({**row, "channels": len(each["told"])})
    return pd.DataFrame(rows, columns=["layer", "name", "told", "best", "channels"])


def headline(record: Record, answer: Answer | None, target: str = "") -> Headline:
    """Whether deeper channels tell more of the target, or which of them are silent. target: the name of the one that is
    looked at, where there are several."""
    seen, told = channels(record), telling(answer, record)
    silent = int((seen["fires"] == 0).sum())
    if silent > HEALTHY_SHARE * max(1, len(seen)):
        note = (
            "A silent channel passes on nothing and learns nothing. Dead units of ReLU do not come back by themselves."
        )
        before = f"{silent} of {count(len(seen))} channels "
        return Headline(before, "never fire", " for any training picture.", "red", note)
    told = told[told["layer"] > 0]
    if not len(told):
        return Headline(f"{plural(len(seen), 'channel')} look at every picture." if len(seen) else "Filters")
    return _by_depth(told, "class" if record.is_classification else f"target “{target}”" if target else "target")


def _by_depth(told: pd.DataFrame, what: str) -> Headline:
    first, last = told.iloc[0], told.iloc[-1]
    note = (
        f"How much a channel's peak tells of the {what}: the share of its variance that the {what} explains, median "
        "over the layer's channels, on validation pictures."
    )
    if what == "class":
        note += " Edges tell little, parts more, whole objects nearly all."
    start = f"{percent(first['told'])} in {first['name']}"
    if len(told) == 1:
        return Headline("A channel tells ", percent(first["told"]), f" of the {what} in {first['name']}.", "blue", note)
    if last["told"] - first["told"] >= RISE:
        before = f"Deeper channels tell more of the {what}: "
        return Headline(before, f"{percent(last['told'])} in {last['name']}", f", {start}.", "green", note)
    before = f"Depth adds nothing here: a channel tells {start} of the {what}, "
    return Headline(before, percent(last["told"]), f" in {last['name']}.", "red", note)


def vitals(record: Record, answer: Answer | None) -> list[Vital]:
    """Channels, silent and saturated ones, and what the last convolution tells."""
    seen, told = channels(record), telling(answer, record)
    found = convolutions(record)
    numbers = [Vital("Convolutions", str(len(found)), f"{sum(int(each['units']) for each in found)} channels")]
    known = seen["fires"].notna().sum()
    if known:
        silent = int((seen["fires"] == 0).sum())
        verdict: Verdict = "good" if silent <= HEALTHY_SHARE * known else "bad"
        numbers.append(Vital("Silent channels", str(silent), f"of {known}", verdict))
    flat = seen["saturated"].notna().sum()
    if flat:
        full = int((seen["saturated"] >= SATURATED_FROM).sum())
        numbers.append(Vital("Saturated channels", str(full), f"of {flat}", "good" if not full else "bad"))
    deep = told[told["layer"] > 0]
    if len(deep):
        numbers.append(
            Vital(
                "Told by the last",
                percent(float(deep["told"].iloc[-1])),
                f"best {percent(float(deep['best'].iloc[-1]))}",
            )
        )
    newest = record.latest
    return [*numbers, Vital("Looked at", f"epoch {(answer or {}).get('epoch', newest):,}", "newest weights kept")][:4]


def kernels(answer: Answer, layer: int) -> tuple[list[Picture], int]:
    """The filters of a layer as pictures, filter by filter, and how many inputs of each are shown side by side."""
    told = next(each for each in answer["layers"] if each["layer"] == layer)
    values = np.array(told["kernels"], dtype=float)
    filters, inputs = values.shape[:2]
    if inputs == 1:
        return [Picture(values[f, 0], str(f + 1)) for f in range(filters)], 1
    return [Picture(values[f, i], f"{f + 1}.{i + 1}") for f in range(filters) for i in range(inputs)], inputs


def picture(answer: Answer) -> Picture:
    """The picture itself, as the network sees it."""
    return Picture(np.array(answer["picture"], dtype=float), "the picture")


def maps(answer: Answer) -> list[Picture]:
    """The maps that a layer makes of a picture, by channel."""
    return [Picture(np.array(each, dtype=float), str(number)) for number, each in enumerate(answer["maps"], 1)]


def exciting(answer: Answer) -> list[Picture]:
    """The pictures that excite a map most, each with the place that does."""
    return [
        Picture(np.array(each["picture"], dtype=float), _caption(each), (each["at"][0], each["at"][1]))
        for each in answer["pictures"]
    ]


def _caption(picture: Answer) -> str:
    """A picture's class, or the value of the target that is looked at."""
    return str(picture["label"]) if picture["value"] is None else f"{picture['value']:.3g}"


def answer_in_words(answer: Answer) -> str:
    """What the network says of the picture, and what it is."""
    names, values = list(answer["names"]), [math.nan if v is None else float(v) for v in answer["answers"]]
    if not answer["are_shares"]:
        return f"It is {answer['label']}; the network says {values_in_words(names, values)}."
    best = int(np.nanargmax(values)) if not all(math.isnan(v) for v in values) else 0
    return f"It is {answer['label']}; the network says {names[best]}, {percent(values[best])} sure."


def agreement(answer: Answer) -> str:
    """How many of the pictures that excite a map most are of one class; of values, how far theirs lie apart."""
    known = [each["value"] for each in answer["pictures"] if each["value"] is not None]
    if known:
        ends = [f"from {min(each):.3g} to {max(each):.3g}" for each in (known, answer["among"])]
        return f"Their {answer['target']} runs {ends[0]}, that of all validation pictures {ends[1]}."
    labels = [str(each["label"]) for each in answer["pictures"]]
    if not labels:
        return "There is no validation picture."
    common = max(set(labels), key=labels.count)
    return f"{labels.count(common)} of {len(labels)} are of one class: {common}."


def values_in_words(names: Sequence[str], values: Sequence[float]) -> str:
    """ "0.31", or "across 0.31, up 0.7" where there are several."""
    if len(values) == 1:
        return f"{values[0]:.4g}"
    shown = [f"{name} {value:.4g}" for name, value in zip(names, values, strict=True)]
    more = f" and {len(shown) - MOST_NAMED} more" if len(shown) > MOST_NAMED else ""
    return ", ".join(shown[:MOST_NAMED]) + more


def strongest(answer: Answer) -> int:
    """The channel (from 0) whose map reaches highest for the picture."""
    return int(np.argmax([np.max(each) for each in answer["maps"]]))


def _column(values: Any, size: int) -> np.ndarray:
    return np.full(size, np.nan) if values is None or not len(values) else np.asarray(values, dtype=float)
