"""What goes into a reading and what comes out: choices, limits, messages, the reading itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.data.table import Column, ColumnType, Table

Level = Literal["note", "warning", "refusal"]
Outcome = Literal["loaded", "warned", "refused"]


class ReadingChoices(BaseModel):
    """What a person fixed by hand; None leaves the guess to the reader."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoding: str | None = Field(None, title="Encoding")
    delimiter: str | None = Field(None, title="Delimiter", description="Empty for a file of one column")
    quote: str | None = Field(
        None, max_length=1, title="Quote", description="Empty when quotes are ordinary characters"
    )
    header: bool | None = Field(None, title="First row holds the names")
    decimal: Literal[".", ","] | None = Field(None, title="Decimal mark")
    skip_rows: int | None = Field(None, ge=0, title="Lines to skip", description="Lines above the table")
    missing: tuple[str, ...] | None = Field(None, title="Spellings of missing", description="Besides the empty cell")
    types: dict[str, ColumnType] = Field({}, title="Type per column")


@dataclass(frozen=True)
class ReadingLimits:
    """What a reading may use. Our choices: the dashboard's largest upload, and what a small server can spare."""

    max_bytes: int = 250_000_000
    max_columns: int = 20_000
    max_cell_characters: int = 16_000_000
    memory_bytes: int = 1_400_000_000
    deadline_s: float | None = None

    def deadline_for(self, size: int) -> float:
        """Seconds allowed for a file of `size` bytes: 9 up to 5 MB and 1 for every further MB, where not set."""
        return self.deadline_s if self.deadline_s is not None else 9 + max(0, size - 5_000_000) / 1e6


DEFAULT_CHOICES, DEFAULT_LIMITS = ReadingChoices.model_validate({}), ReadingLimits()


@dataclass(frozen=True)
class Message:
    """One thing to know about a reading: what, where, why and what to do. line counts from 1."""

    level: Level
    text: str
    line: int | None = None
    column: str | int | None = None


@dataclass(frozen=True)
class Guess:
    """A value that was used, and in short why."""

    value: Any
    evidence: str


UNKNOWN = Guess(None, "not looked at")


@dataclass(frozen=True)
class Reading:
    """A file as understood. table is None when refused, or when the table was saved to `saved` instead."""

    outcome: Outcome
    table: Table | None = None
    messages: tuple[Message, ...] = ()
    encoding: Guess = UNKNOWN
    delimiter: Guess = UNKNOWN
    quote: Guess = UNKNOWN
    decimal: Guess = UNKNOWN
    thousands: Guess = UNKNOWN
    header: Guess = UNKNOWN
    first_rows: tuple[tuple[str, ...], ...] = ()
    rows: int = 0
    columns: tuple[Column, ...] = ()
    saved: str | None = None
    proposal: dict | None = None

    @property
    def refusal(self) -> str | None:
        """Why the file was refused, in one text; None when it was not."""
        texts = [message.text for message in self.messages if message.level == "refusal"]
        return " ".join(texts) if self.outcome == "refused" else None


class Refusal(Exception):  # noqa: N818
    """The file cannot be read as a table; carries the message a person reads."""

    def __init__(self, text: str, line: int | None = None, column: str | int | None = None):
        super().__init__(text)
        self.message = Message("refusal", text, line, column)


@dataclass
class Findings:
    """What is known so far while one file is read: grows from step to step, ends as a Reading."""

    messages: list[Message] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def note(self, text: str, line: int | None = None, column: str | int | None = None) -> None:
        self.messages.append(Message("note", text, line, column))

    def warn(self, text: str, line: int | None = None, column: str | int | None = None) -> None:
        self.messages.append(Message("warning", text, line, column))

    def refused(self, message: Message) -> Reading:
        """The reading that ends with this refusal, keeping what was found before it."""
        return replace(Reading("refused", messages=(message, *self.messages)), **self.facts)

    def loaded(self, table: Table) -> Reading:
        """The reading that ends with a table."""
        outcome: Outcome = "warned" if any(message.level == "warning" for message in self.messages) else "loaded"
        done = Reading(outcome, table, tuple(self.messages), rows=table.rows, columns=table.columns)
        return replace(done, **self.facts)
