"""A table before anything is learned from it, as the runner described it (core/running/questions.py): a sentence, four
numbers, and the frames that its pictures are drawn from."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from core.analysis.wording import Headline, Vital, count, percent

Described = Mapping[str, Any]

FEW_ROWS = 100
"""Below so many rows a validation score moves by points from luck alone (our choice)."""
IMBALANCED = 10.0
"""Largest over smallest class from which accuracy misleads (SageMaker Debugger's ClassImbalance rule)."""


def headline(table: Described) -> Headline:
    """How many rows and inputs, and what is asked; before that, a column that gives the answer away."""
    used = table.get("used", table["inputs"])
    size = f"{count(table['rows'])} rows, {count(used)} input{'' if used == 1 else 's'}: "
    leaks = table.get("leaks", ())
    if leaks:
        many = f"{len(leaks)} columns give" if len(leaks) > 1 else "one column gives"
        note = "A network that reads it learns nothing else. Leave it out unless it is known before the answer is."
        return Headline(size, f"{many} the answer away", ".", "red", note)
    if table["task"] == "classification":
        asked = f"which of {count(table.get('class_count', len(table['classes'])))} classes?"
        return Headline(size, asked, note="A network answers with a probability for each.")
    if table.get("more_targets"):
        asked = f"how much, of {len(target_names(table))} targets?"
        return Headline(size, asked, note="A network answers with a number for each, in its own unit.")
    return Headline(size, "how much?", note="A network answers with a number, in the target's own unit.")


def suspicious(table: Described, decided: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What to know before a score is believed, each with its weight: "bad" for leakage, "watch" for the rest.
    decided: what the preparation said, with notes."""
    told = {entry["column"]: entry["share"] for entry in table["profile"]["explains"]}
    target, asked = table["target"], target_names(table)
    found = [
        ("bad", f"Leakage: '{name}' alone explains {percent(told.get(name, 1.0))} of '{target}'.")
        for name in table["leaks"]
    ]
    notes = decided.get("notes", ())
    found += [("bad", _sentence(note)) for note in notes if note.startswith("leakage")]
    found += [("watch", _sentence(note)) for note in notes if note.startswith(("unbalanced", "one row only", "only "))]
    repeated = table["profile"]["repeated_rows"]
    if repeated:
        rows = "1 row occurs" if repeated == 1 else f"{count(repeated)} rows occur"
        found.append(("watch", f"{rows} more than once: a copy in validation is no news to the network."))
    for column in table["profile"]["columns"]:
        remarks = [r["text"] for r in column["remarks"] if not (r["kind"] == "copy" and column["name"] in asked)]
        found += [("watch", f"'{column['name']}': {text}") for text in remarks]
    return found + [("watch", remark["text"]) for remark in table["profile"]["remarks"]]


def _sentence(note: str) -> str:
    return note[:1].upper() + note[1:] + ("" if note.endswith((".", "?")) else ".")


def vitals(table: Described) -> list[Vital]:
    """Rows, inputs, missing cells, and the balance of classes or the spread of the target."""
    columns = table["profile"]["columns"]
    missing = sum(column["missing"] for column in columns)
    cells = max(1, table["rows"] * len(columns))
    repeated = table["profile"]["repeated_rows"]
    few = table["rows"] < FEW_ROWS
    numbers = [
        Vital(
            "Rows",
            count(table["rows"]),
            "few" if few else f"{count(repeated)} repeated",
            "watch" if few else "plain",
        ),
        Vital("Inputs", count(table.get("used", table["inputs"])), f"of {count(table['columns'])} columns"),
        Vital("Missing cells", count(missing), percent(missing / cells, 1), "watch" if missing else "good"),
    ]
    return [*numbers, _balance(table) if table["task"] == "classification" else _spread(table)]


def classes(table: Described) -> pd.DataFrame:
    """Rows of each class: label, rows, share; the largest first."""
    frame = pd.DataFrame(table["class_rows"], columns=["label", "rows"])
    return frame.assign(share=frame["rows"] / max(1, frame["rows"].sum()))


def target_names(table: Described) -> list[str]:
    """The columns that are predicted."""
    return [table["target"], *table.get("more_targets", ())]


def targets(table: Described, name: str | None = None) -> pd.DataFrame:
    """A target of every described row of a regression, the first where none is named: value."""
    values = table["more_targets"][name] if name in table.get("more_targets", ()) else table["targets"]
    return pd.DataFrame({"value": pd.to_numeric(pd.Series(values), errors="coerce")}).dropna()


def points(table: Described) -> pd.DataFrame:
    """The rows by the two inputs that tell most about the target: x, y, and label or value. With one input, y is the
    target itself."""
    values = np.array([[np.nan if v is None else v for v in column] for column in table["values"]], dtype=float)
    if not len(values):
        return pd.DataFrame({"x": [], "y": [], "label": []})
    first, second = strongest(table)
    target = pd.Series(table["targets"])
    frame = pd.DataFrame({"x": values[first], "label": target})
    frame["y"] = values[second] if second is not None else pd.to_numeric(target, errors="coerce")
    return frame.dropna()


def has_places(table: Described) -> bool:
    """Whether rows have a place in a picture: an input that is a number."""
    return len(table["names"]) > 0


def axes(table: Described) -> tuple[str, str]:
    """The names of what `points` draws across and up, where rows have places."""
    first, second = strongest(table)
    return table["names"][first], (table["names"][second] if second is not None else table["target"])


def images(table: Described) -> tuple[np.ndarray, list[Any]] | None:
    """One image of each class, [images, side, side], and their labels, where the inputs are pixels. None otherwise."""
    found = table.get("images")
    if not found:
        return None
    return np.array(found["pixels"], dtype=float).reshape(-1, found["side"], found["side"]), found["labels"]


def sequences(table: Described) -> pd.DataFrame | None:
    """A few rows that are sequences, one above the other: place (0 is the lowest), label, step (from 1), name of the
    value, value, shown (place + the value on a scale from 0 to 0.8 that all rows share). None where they are none."""
    found = table.get("sequences")
    if not found:
        return None
    steps, frames = np.arange(1, found["steps"] + 1), []
    for row, (label, values) in enumerate(zip(found["labels"], found["rows"], strict=True)):
        said = f"{label:.3g}" if isinstance(label, float) else str(label)
        for name, of in zip(found["names"], values, strict=True):
            place = len(found["rows"]) - 1 - row
            frames.append(pd.DataFrame({"place": place, "label": said, "step": steps, "name": name, "value": of}))
    frame = pd.concat(frames, ignore_index=True).astype({"value": float}).dropna()
    low = frame.groupby("name")["value"].transform("min")
    spread = (frame.groupby("name")["value"].transform("max") - low).replace(0, 1)
    return frame.assign(shown=frame["place"] + 0.8 * (frame["value"] - low) / spread)


def pairs(table: Described) -> tuple[pd.DataFrame, list[str]]:
    """Every two of the strongest columns: across, up (numbers of columns), x, y, label; and the columns' names."""
    values = np.array([[np.nan if v is None else v for v in column] for column in table["values"]], dtype=float)
    frames = [
        pd.DataFrame({"across": i, "up": j, "x": values[i], "y": values[j], "label": table["targets"]})
        for j in range(len(values))
        for i in range(j)
    ]
    return (pd.concat(frames).dropna() if frames else pd.DataFrame()), list(table["names"])


def strongest(table: Described) -> tuple[int, int | None]:
    """Numbers of the two pictured inputs; None where there is one."""
    return 0, (1 if len(table["names"]) > 1 else None)


def columns(table: Described) -> pd.DataFrame:
    """One row per column: name, type, missing share, distinct values, range, shape (rows per bin), and what is odd."""
    return pd.DataFrame([_column(column, table) for column in table["profile"]["columns"]])


def _column(column: Mapping[str, Any], table: Described) -> dict[str, Any]:
    shape = [bar[2] for bar in column["bars"]] or [level[1] for level in column["levels"]]
    remarks = [remark["text"] for remark in column["remarks"]]
    if column["name"] in table["leaks"]:
        remarks.insert(0, "Spells out the target almost alone: leave it out unless it is known beforehand.")
    role = "target" if column["name"] in target_names(table) else ""
    return {
        "column": column["name"],
        "role": role,
        "type": column["type"],
        "missing": column["missing_share"],
        "distinct": column["distinct"],
        "smallest": _end(column, "minimum"),
        "median": _end(column, "median"),
        "largest": _end(column, "maximum"),
        "shape": shape,
        "to know": " ".join(remarks),
    }


def _end(column: Mapping[str, Any], name: str) -> str:
    """A number or a day in words; nothing for other types."""
    value = column[name]
    if value is None:
        return ""
    if column["type"] == "date":
        return str(np.datetime64(int(value), "s").astype("datetime64[D]"))
    return f"{value:,.5g}" if abs(value) < 1e6 else f"{value:.4g}"


def _balance(table: Described) -> Vital:
    shares = classes(table)
    if not len(shares):
        return Vital("Classes", "0")
    ratio = float(shares["rows"].max() / max(1, shares["rows"].min()))
    fits = ratio < IMBALANCED
    return Vital(
        "Majority class",
        percent(float(shares["share"].max())),
        "balanced" if ratio < 2 else f"{ratio:.0f} to 1",
        "good" if fits else "bad",
    )


def _spread(table: Described) -> Vital:
    values = targets(table)["value"]
    if not len(values):
        return Vital("Target", "no values")
    return Vital("Target, median", f"{values.median():,.4g}", f"{values.min():,.4g} to {values.max():,.4g}")
