"""What a column of text holds: its distinct cells, where they are, and what is said of those read as missing."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.data.reading.cells import MISSING_AMONG_NUMBERS, SHEET_ERRORS
from core.data.reading.model import Findings, ReadingChoices


@dataclass
class Survey:
    """One column of text: distinct trimmed cells, the place of each row's among them, and how often each occurs."""

    name: str
    raw: pa.ChunkedArray
    values: list[str]
    indices: np.ndarray
    counts: np.ndarray
    missing: frozenset[str] = MISSING_AMONG_NUMBERS
    filled: list[str] = field(default_factory=list)

    def rows_of(self, cells: set[str]) -> np.ndarray:
        """Rows that hold one of these cells, in order."""
        return np.flatnonzero(np.isin(self.indices, [p for p, v in enumerate(self.values) if v in cells]))

    def count_of(self, cells: set[str]) -> int:
        """How many rows hold one of these cells."""
        return int(sum(self.counts[p] for p, v in enumerate(self.values) if v in cells))

    def taken(self, values: dict, kind: pa.DataType) -> pa.Array:
        """The column with every distinct cell replaced by its value; what has none is null."""
        lookup = pa.array([values.get(value) for value in self.values], kind)
        return lookup.take(pa.array(self.indices))


@dataclass
class Context:
    """What the columns share: the file's decimal mark (None: unknown), its delimiter, the line of each row."""

    choices: ReadingChoices
    findings: Findings
    delimiter: str
    lines: np.ndarray
    decimal: str | None = None
    proven: set[str] = field(default_factory=set)  # decimal marks that the cells of some column prove
    thousands: set[str] = field(default_factory=set)
    day_first: bool | None = None
    missing_in_numbers: set[str] = field(default_factory=set)


def survey(name: str, column: pa.ChunkedArray, context: Context) -> Survey:
    """Distinct cells of a column and where they are."""
    encoded = pc.dictionary_encode(pc.utf8_trim_whitespace(column)).combine_chunks()
    encoded = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) else encoded
    values = encoded.dictionary.to_pylist()
    indices = encoded.indices.to_numpy(zero_copy_only=False)
    counts = np.bincount(indices, minlength=len(values)) if len(values) else np.zeros(0, int)
    extra = context.choices.missing
    missing = MISSING_AMONG_NUMBERS if extra is None else frozenset(["", *extra])
    return Survey(name, column, values, indices, counts, missing, [v for v in values if v not in missing])


def as_text(seen: Survey, missing: frozenset[str]) -> pa.Array:
    """Cells exactly as in the file; only what counts as missing becomes null."""
    gone = np.isin(seen.indices, [place for place, value in enumerate(seen.values) if value in missing])
    raw = seen.raw.combine_chunks()
    return pc.if_else(pa.array(~gone), raw, pa.scalar(None, pa.string()))


def say_missing_of(seen: Survey, context: Context) -> None:
    say_missing(
        seen.name, {v: int(seen.counts[p]) for p, v in enumerate(seen.values) if v and v in seen.missing}, context
    )


def say_missing(name: str, spelled: dict[str, int], context: Context) -> None:
    context.missing_in_numbers |= set(spelled)
    if spelled:
        counts = ", ".join(f"{count:,} × '{spelling}'" for spelling, count in sorted(spelled.items()))
        say = context.findings.warn if SHEET_ERRORS & set(spelled) else context.findings.note
        say(f"Column '{short(name)}': {counts} read as missing.", column=name)


def line_of(seen: Survey, context: Context, cells: set[str]) -> int | None:
    rows = seen.rows_of(cells)
    return int(context.lines[rows[0]]) if len(rows) and len(context.lines) > rows[0] else None


def short(name: str) -> str:
    """A column's name fit for a message."""
    return name if len(name) <= 60 else name[:57] + "…"


def quoted(cells: list[str]) -> str:
    return ", ".join(f"'{cell[:30]}'" for cell in cells[:4])
