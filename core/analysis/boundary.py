"""The answers of a network all over a plane, epoch by epoch: decoded from a record or from the runner's answer."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.analysis.record import Record

NO_ANSWER = 255


@dataclass(frozen=True)
class Boundary:
    """plane: kind, names, low, high, note, side, values. epochs ascending; answers, sure: bytes of each (see kind
    "frames"); curves: of each, [side, outputs], empty where the plane is none of a line. points: x, y, target, split,
    row; told: [epochs, points] the class or value that each gets, NaN where none."""

    plane: dict[str, Any]
    epochs: tuple[int, ...]
    answers: tuple[bytes, ...]
    sure: tuple[bytes, ...]
    curves: tuple[np.ndarray, ...]
    points: pd.DataFrame
    told: np.ndarray
    classes: tuple[str, ...]
    is_classification: bool
    target: str = "target"
    """Of a regression: what is answered."""

    @property
    def side(self) -> int:
        """Cells along a picture."""
        return int(self.plane["side"])

    @property
    def is_line(self) -> bool:
        """One input only."""
        return bool(self.plane["kind"] == "line")

    def wrong(self) -> pd.DataFrame:
        """The points that are told another class than theirs: epoch, x, y, told."""
        if not self.is_classification:
            return pd.DataFrame({"epoch": [], "x": [], "y": [], "told": []})
        place, point = np.nonzero(self.told != self.points["target"].to_numpy()[None, :])
        found = self.points.iloc[point]
        names = [self._name(value) for value in self.told[place, point]]
        epochs = np.array(self.epochs, np.int32)[place]
        return pd.DataFrame({"epoch": epochs, "x": found["x"].values, "y": found["y"].values, "told": names})

    def _name(self, value: float) -> str:
        return self.classes[int(value)] if np.isfinite(value) and value < len(self.classes) else "not a number"


def from_record(record: Record) -> Boundary | None:
    """What the run painted while it trained; None where it painted nothing (yet)."""
    points, frames = record.table("points"), record.table("frames")
    if not points.num_rows or not frames.num_rows:
        return None
    return _boundary(record, points.to_pylist(), frames.to_pylist(), 0)


def from_answer(record: Record, answer: dict[str, Any], target: int = 0) -> Boundary:
    """What the runner painted for the question "boundary". target: number of the one of several that was asked for."""
    frames = [
        {**frame, "answers": base64.b64decode(frame["answers"]), "sure": base64.b64decode(frame["sure"])}
        for frame in answer["frames"]
    ]
    return _boundary(record, answer["points"], frames, target)


def _boundary(
    record: Record, points: Sequence[dict[str, Any]], frames: Sequence[dict[str, Any]], target: int
) -> Boundary:
    frames = sorted({frame["epoch"]: frame for frame in frames}.values(), key=lambda frame: frame["epoch"])
    given = points[0]["plane"]
    plane = json.loads(given) if isinstance(given, str) else given
    rows = [
        pd.DataFrame({**{name: row[name] for name in ("x", "y", "target", "row")}, "split": row["split"]})
        for row in points
    ]
    side = plane["side"]
    has_curve = plane["kind"] == "line"
    return Boundary(
        plane=plane,
        epochs=tuple(int(frame["epoch"]) for frame in frames),
        answers=tuple(frame["answers"] for frame in frames),
        sure=tuple(frame["sure"] for frame in frames),
        curves=tuple(np.array(f["curve"], dtype=float).reshape(side, -1) for f in frames) if has_curve else (),
        points=pd.concat(rows, ignore_index=True),
        told=np.array([frame["points"] for frame in frames], dtype=float),
        classes=tuple(str(name) for name in record.meta.get("classes") or ()),
        is_classification=record.is_classification,
        target=str((record.meta.get("targets") or ["target"])[target]),
    )
