"""What a trained network says of new rows, ready to be shown: the cells that are asked for, shares by class, a value
among the training rows, and one line per row."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd

from core.analysis.wording import Headline, firm, percent, two_digits

MOST_BARS = 12
"""Classes drawn one by one; of more, the likeliest and the rest together (our choice: what a card holds)."""
OTHERS = "all others"
MOST_NAMED = 3
"""Targets whose values a sentence says (our choice)."""


@dataclass(frozen=True)
class Cell:
    """A column that a person fills in. usual: what training fills in where it is missing. levels: of a category, None
    stands for missing. has_hour: a date's hour counts too."""

    column: str
    kind: Literal["number", "boolean", "date", "category"]
    usual: Any
    levels: tuple[str | None, ...] = ()
    has_hour: bool = False


def cells(fitted: Mapping[str, Any]) -> list[Cell]:
    """The columns that the network reads, each once. fitted: see Fitted.describe()."""
    found: dict[str, Cell] = {}
    for entry in fitted["numbers"]:
        if entry["part"] is None:
            found[entry["column"]] = Cell(entry["column"], "number", float(f"{entry['fill']:.4g}"))
        elif entry["column"] not in found:
            found[entry["column"]] = _date(fitted, entry["column"])
    for entry in fitted["flags"]:
        found[entry["column"]] = Cell(entry["column"], "boolean", entry["fill"] == 1)
    for entry in [*fitted["categories"], *fitted.get("embedded", ())]:
        levels = [*entry["levels"], *entry["rare"]]
        words = tuple(level for level in levels if level is not None)
        found[entry["column"]] = Cell(entry["column"], "category", words[0] if words else None, (*words, None))
    return list(found.values())


def headline(answer: Mapping[str, Any], usual: Mapping[str, Any] | None = None) -> Headline:
    """The answer to the first row in a sentence; usual: mean and std of the target in training, where it has any."""
    said, shares = answer["predictions"][0], answer["answers"][0]
    if said is None:
        return Headline("The network's answer to this row is ", "not a number", ".", "red")
    if answer["task"] == "classification":
        guess = f"A guess would be {percent(1 / len(shares))} sure."
        return Headline("It says ", f"{said}, {percent(max(shares))} sure", ".", "", guess)
    if isinstance(said, Mapping):
        named = [f"{name} {_value(each)}" for name, each in said.items()]
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        return Headline("It says ", ", ".join(map(firm, named[:MOST_NAMED])) + more, ".")
    return Headline("It says ", firm(_value(said)), ".", "", _among(said, usual))


def shares(answer: Mapping[str, Any]) -> pd.DataFrame:
    """The first row's probabilities: name, share, is_answer, guess (1 ÷ classes). Classes in their own order, of many
    the likeliest and then the rest together."""
    table = pd.DataFrame({"name": answer["classes"], "share": answer["answers"][0]})
    table["is_answer"] = table["name"] == answer["predictions"][0]
    table["guess"] = 1 / len(table)
    if len(table) <= MOST_BARS:
        return table
    ranked = table.sort_values("share", ascending=False, kind="stable")
    first, rest = ranked.head(MOST_BARS - 1), ranked.iloc[MOST_BARS - 1 :]
    last = {"name": OTHERS, "share": rest["share"].sum(), "is_answer": False, "guess": table["guess"].iloc[0]}
    return pd.concat([first, pd.DataFrame([last])], ignore_index=True)


def values(answer: Mapping[str, Any], target: Mapping[str, Any]) -> list[tuple[str, pd.DataFrame]]:
    """A regression's answers beside the training rows, of every target its name and a table of one row: value, mean,
    low and high (one standard deviation about it). target: see Fitted.describe()."""
    means, stds = (np.atleast_1d(target[name]) for name in ("mean", "std"))
    told = zip(answer["targets"], answer["answers"][0], means, stds, strict=True)
    return [
        (name, pd.DataFrame([{"value": said, "mean": mean, "low": mean - std, "high": mean + std}]))
        for name, said, mean, std in told
    ]


def answers(answer: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """One line per row: prediction (of every target), probability of every class, what was done to the row, and the row
    as given."""
    targets = answer["targets"]
    columns = ["prediction"] if len(targets) == 1 else [f"prediction of {name}" for name in targets]
    table = pd.DataFrame({columns[0]: answer["predictions"]})
    for place, name in enumerate(columns if len(columns) > 1 else ()):
        table[name] = [None if one is None else one[place] for one in answer["answers"]]
    for place, name in enumerate(answer["classes"]):
        table[f"probability of {name}"] = [None if one is None else one[place] for one in answer["answers"]]
    table["notes"] = ["; ".join(notes) for notes in answer["notes"]]
    given = pd.DataFrame(list(rows))
    given.columns = [f"{name} (given)" if name in table.columns else name for name in given.columns]
    return pd.concat([table, given], axis=1)


def _value(said: float) -> str:
    return two_digits(said) if abs(said) < 100 else f"{said:,.0f}"


def _date(fitted: Mapping[str, Any], column: str) -> Cell:
    entries = {entry["part"]: entry for entry in fitted["numbers"] if entry["column"] == column}
    days = next(iter(entries.values()))["first_day"]
    if "days" in entries:
        days += entries["days"]["fill"]
    usual = datetime(1970, 1, 1) + timedelta(days=math.floor(days))
    if "hour" in entries:
        usual += timedelta(hours=round(entries["hour"]["fill"]) % 24)
    return Cell(column, "date", usual, has_hour="hour" in entries)


def _among(said: float, usual: Mapping[str, Any] | None) -> str:
    if not usual or not usual.get("std") or usual["std"] == 1 and usual.get("mean") == 0:
        return ""
    away = (said - usual["mean"]) / usual["std"]
    if abs(away) < 0.1:
        return "That is about the mean of the training rows."
    side = "above" if away > 0 else "below"
    return f"That is {two_digits(abs(away))} standard deviations {side} the mean of the training rows."
