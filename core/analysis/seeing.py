"""What the Representation page says first: after which layer a line is enough, in numbers."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.analysis.boundary import Boundary
from core.analysis.record import Record
from core.analysis.wording import Headline, Vital, epoch_name, firm, percent, plural, score

PARTED = 0.995
"""Share of the training rows that a linear probe gets right from which a line parts the classes (our choice)."""
ENOUGH = 0.9
"""Share of new rows that a line gets right at the input from which no layer need add anything (our choice)."""
GAIN = 0.02
"""A smaller rise from one layer to the next is none (our choice: a few rows)."""


@dataclass(frozen=True)
class Probes:
    """Linear probes on every layer, layer 0 being the input. table: epoch, layer, split, score, name. method: the probe
    in words. rows: training rows that it was fitted on. of: classes that they are asked for, empty for values; untold:
    whether the network itself was never told them."""

    table: pd.DataFrame
    method: str
    rows: int
    of: tuple[str, ...]
    untold: bool

    def newest(self, split: str) -> dict[int, float]:
        """Layer → score at the newest epoch."""
        own = self.table[self.table["split"] == split]
        last = own[own["epoch"] == own["epoch"].max()] if len(own) else own
        return {int(layer): float(value) for layer, value in zip(last["layer"], last["score"], strict=True)}


def probes(answer: dict[str, Any] | None, record: Record) -> Probes | None:
    """The runner's answer to the question "probes", None where there is none."""
    if not answer or "scores" not in answer:
        return None
    names = ["input", *record.layers]
    table = pd.DataFrame(answer["scores"], columns=["epoch", "layer", "split", "score"])
    table["score"] = table["score"].astype(float)
    table["name"] = [names[layer] if layer < len(names) else f"layer {layer}" for layer in table["layer"]]
    of = tuple(str(name) for name in answer["of"])
    return Probes(table, str(answer["method"]), int(answer["rows"]), of, bool(of) and not record.is_classification)


def headline(record: Record, found: Probes | None) -> Headline:
    """From which layer on a line, or a plane for a regression, is enough; without probes how often it is right."""
    train = {} if found is None else found.newest("train")
    hidden = [layer for layer in train if 0 < layer < len(record.layers)]
    if not hidden:
        return _without_probes(record)
    assert found is not None
    if found.untold:
        return _untold(record, found, hidden)
    if not record.is_classification:
        return _values(train, hidden)
    held = found.newest("validation")
    if train[0] >= PARTED and held.get(0, 1.0) < PARTED - GAIN:
        return _held_out(train, held, hidden)
    return _classes(train, hidden)


def _untold(record: Record, found: Probes, hidden: list[int]) -> Headline:
    held = found.newest("validation") or found.newest("train")
    narrow = min(hidden, key=lambda layer: int(record.meta["layers"][layer - 1]["units"]))
    note = "The share of rows (validation rows if any) that the best straight cut puts on the right side."
    before = "From its bottleneck a line still tells the class, which it never saw, of "
    after = f" of the rows, {percent(held[0])} at the input."
    return Headline(before, percent(held[narrow]), after, "blue", note)


def _held_out(train: dict[int, float], held: dict[int, float], hidden: list[int]) -> Headline:
    """Where so many numbers enter that a line parts the training rows anyhow, others tell more (Cover 1965: a line
    parts any labels of as many rows as there are numbers)."""
    best = max(hidden, key=lambda layer: held[layer])
    gain = held[best] - held[0]
    note = (
        f"A line parts the training rows at the input already ({percent(train[0])}), as it does with many numbers and "
        "few rows; so this counts validation rows."
    )
    if gain < GAIN:
        before = "A line gets as many new rows right at the input as after any layer: "
        after, tone = f", {percent(held[best])} after layer {best}.", "blue" if held[0] >= ENOUGH else "red"
        return Headline(before, percent(held[0]), after, tone, note)  # type: ignore[arg-type]
    return Headline(f"After layer {best} a line gets ", percent(held[best]),
                    f" of new rows right, {percent(held[0])} at the input.", "blue", note)  # fmt: skip


def _classes(train: dict[int, float], hidden: list[int]) -> Headline:
    start, best = train[0], max(hidden, key=lambda layer: train[layer])
    at_input = f"{percent(start)} at the input"
    note = "The share of the training rows that the best straight cut after a layer puts on the right side."
    if start >= PARTED:
        return Headline("A line parts the classes ", "at the input already", f": {percent(start)}.", "green", note)
    first = next((layer for layer in hidden if train[layer] >= PARTED), None)
    if first is not None:
        before = f"A line parts the classes after {firm(f'layer {first}')}: "
        return Headline(before, percent(train[first]), f", against {at_input}.", "green", note)
    if train[best] - start < GAIN:
        before = "No layer brings the classes apart: a line gets "
        return Headline(before, percent(train[best]), f" after {firm(f'layer {best}')}, {at_input}.", "red", note)
    before = f"After {firm(f'layer {best}')} a line gets "
    return Headline(before, percent(train[best]), f" right, {at_input}.", "blue", note)


def _values(train: dict[int, float], hidden: list[int]) -> Headline:
    best = max(hidden, key=lambda layer: train[layer])
    tone = "green" if train[best] - train[0] >= GAIN else "blue"
    note = "R² of the best straight line through the outputs of a layer, on the training rows."
    before = f"After layer {best} a straight line explains "
    shown = percent(max(0.0, train[best]))
    return Headline(before, shown, f" of the target, {percent(max(0.0, train[0]))} at the input.", tone, note)  # type: ignore[arg-type]


def _without_probes(record: Record) -> Headline:
    epochs = record.frame("epochs", ["epoch", "validation_score", "train_score"])
    last = epochs[epochs["epoch"] == record.latest]
    reached = float(last["validation_score"].median()) if len(last) else math.nan
    split = "validation" if math.isfinite(reached) else "training"
    reached = reached if math.isfinite(reached) else float(last["train_score"].median())
    if not record.is_classification:
        return Headline("Its surface explains ", score(reached, False), f" of the {split} values’ spread (R²).", "blue")
    return Headline("Its boundary puts ", percent(reached), f" of the {split} rows on the right side.", "blue")


def vitals(record: Record, found: Probes | None, drawn: Boundary | None) -> list[Vital]:
    """A probe at the input and after the last hidden layer, the network itself, and the rows drawn."""
    train = {} if found is None else found.newest("train")
    held = {} if found is None else found.newest("validation")
    is_classes = found is not None and bool(found.of)
    last = len(record.layers) - 1
    numbers = [
        Vital("Line at the input", score(train.get(0, math.nan), is_classes), _held(held, 0, is_classes)),
        Vital("Line after the last layer", score(train.get(last, math.nan), is_classes), _held(held, last, is_classes)),
    ]
    known = numbers if train and last > 0 else []
    return [*known, _own(record), *([] if record.meta.get("bottleneck") else [_drawn(drawn)])]


def _held(held: dict[int, float], layer: int, is_classes: bool) -> str:
    value = held.get(layer, math.nan)
    return f"validation {score(value, is_classes)}" if math.isfinite(value) else ""


def _own(record: Record) -> Vital:
    epochs = record.frame("epochs", ["epoch", "validation_score", "train_score"])
    last = epochs[epochs["epoch"] == record.latest]
    train, held = float(last["train_score"].median()), float(last["validation_score"].median())
    pill = f"validation {score(held, record.is_classification)}" if math.isfinite(held) else ""
    return Vital("The network itself", score(train, record.is_classification), pill)


def _drawn(drawn: Boundary | None) -> Vital:
    if drawn is None:
        return Vital("Epochs in pictures", "0", "not recorded")
    if not drawn.is_classification:
        return Vital("Epochs in pictures", str(len(drawn.epochs)), f"{len(drawn.points):,} rows drawn")
    wrong = int(np.sum(drawn.told[-1] != drawn.points["target"].to_numpy()))
    return Vital(
        "Drawn rows that are wrong", f"{wrong:,}", f"of {len(drawn.points):,} drawn", "good" if not wrong else "plain"
    )


def what_is_drawn(drawn: Boundary) -> str:
    """The gray note above the picture."""
    shade = "colour: the answer · strength: how sure · none: undecided" if drawn.is_classification else "colour: value"
    if drawn.is_line:
        shade = "lines: what it answers · dots: rows"
    note = drawn.plane["note"]
    seen = f"{plural(len(drawn.epochs), 'epoch')}, the newest {epoch_name(drawn.epochs[-1])}"
    return f"{shade}{f' · {note}' if note else ''} · {seen}"
