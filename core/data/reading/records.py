"""Lines to records, strictly: every cell exact, every fault with its line. RFC 4180 and the variants people write."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field

from core.data.reading.model import Refusal

SPACES = " "  # this delimiter stands for a run of spaces or tabs


@dataclass(frozen=True)
class Dialect:
    """delimiter: '' for one column, ' ' for runs of blanks. quote: '' for none. escape: a backslash, or '' for doubled
    quotes. padded: blanks after a delimiter belong to the layout, not to the cell."""

    delimiter: str
    quote: str = '"'
    escape: str = ""
    padded: bool = False


@dataclass
class Records:
    """Records found so far: rows of cells, the line each starts on, and what was odd about some."""

    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    stray: list[int] = field(default_factory=list)  # lines with quotes inside or after a quoted cell, taken literally
    long_cells: list[tuple[int, int]] = field(default_factory=list)  # (line, lines it spans)
    suspects: list[int] = field(default_factory=list)  # rows whose every line would be a row of its own without quotes


class Unfinished(Exception):  # noqa: N818
    """A quoted cell goes on beyond the lines at hand. start: index of the line it began on."""


class RecordParser:
    """Feed it text in blocks; it gives records. Lines end with \\n or \\r\\n (a file of \\r alone is turned before)."""

    def __init__(self, dialect: Dialect, first_line: int = 1, longest_cell: int = 16_000_000):
        self.dialect, self.line, self.longest = dialect, first_line, longest_cell
        self.rest: list[str] = []  # pieces of text whose record is not complete
        self.rest_size = 0
        self.open = False  # the rest begins with a record whose quote is open

    def feed(self, text: str, last: bool) -> Records:
        """Records that this text completes. Raises Refusal for a quote that never closes."""
        self.rest.append(text)
        self.rest_size += len(text)
        waiting = "\n" not in text or self.open and self.dialect.quote not in text
        if waiting and not last:
            self._check_size()
            return Records()
        lines = "".join(self.rest).split("\n")
        tail = lines.pop()
        if last and tail:
            lines.append(tail)
            tail = ""
        found, used = self._parse(lines, last)
        self.open = bool(lines) and used < len(lines)
        self.line += used
        self.rest = ["\n".join([*lines[used:], tail])]
        self.rest_size = len(self.rest[0])
        self._check_size()
        return found

    def _check_size(self) -> None:
        if self.rest_size > self.longest:
            raise Refusal(
                f"Line {self.line}: one record is longer than {self.longest:,} characters. "
                "A quote may be open that never closes, or the file is not a table.",
                self.line,
            )

    def _parse(self, lines: list[str], last: bool) -> tuple[Records, int]:
        dialect = self.dialect
        found = Records()
        joined_has_quote = dialect.quote and any(dialect.quote in line for line in lines)
        if not joined_has_quote and dialect.delimiter not in ("", SPACES) and not dialect.padded and not dialect.escape:
            delimiter = dialect.delimiter
            found.rows = [(line[:-1] if line[-1:] == "\r" else line).split(delimiter) for line in lines]
            found.lines = list(range(self.line, self.line + len(lines)))
            return found, len(lines)
        rows = self._at_once(lines)
        if rows is not None:
            found.rows, found.lines = rows, list(range(self.line, self.line + len(lines)))
            return found, len(lines)
        place = 0
        while place < len(lines):
            try:
                cells, after = self._record(lines, place, found)
            except Unfinished:
                if not last:
                    break
                number = self.line + place
                raise Refusal(
                    f"Line {number}: a quote opens here and never closes, so everything after it would become one "
                    "cell. Close it, or double it if it belongs to the text.",
                    number,
                ) from None
            found.rows.append(cells)
            found.lines.append(self.line + place)
            if after - place > 1:
                found.long_cells.append((self.line + place, after - place))
                if self._may_be_rows(lines[place:after], len(cells)):
                    found.suspects.append(len(found.rows) - 1)
            place = after
        return found, place

    def _may_be_rows(self, lines: list[str], width: int) -> bool:
        delimiter = self.dialect.delimiter
        return width > 1 and bool(delimiter) and all(line.count(delimiter) == width - 1 for line in lines)

    def _at_once(self, lines: list[str]) -> list[list[str]] | None:
        """All lines by the standard library's parser, which agrees with ours on sound records and is faster; None where
        a record is not sound or goes on over a line's end."""
        dialect = self.dialect
        if len(dialect.delimiter) != 1 or dialect.delimiter == SPACES or dialect.padded or dialect.escape:
            return None
        if not dialect.quote:
            return None
        try:
            rows = list(csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True))
        except csv.Error:
            return None
        return [row or [""] for row in rows] if len(rows) == len(lines) else None

    def _record(self, lines: list[str], place: int, found: Records) -> tuple[list[str], int]:
        line, dialect = lines[place], self.dialect
        bare = line[:-1] if line.endswith("\r") else line
        if not dialect.quote or dialect.quote not in line:
            return self._plain(bare), place + 1
        if dialect.delimiter == SPACES:
            return self._blanks(bare), place + 1
        if len(dialect.delimiter) == 1 and not dialect.padded and not dialect.escape:
            try:  # the standard library agrees with us on a sound record of one line, and is faster
                return next(
                    csv.reader((bare,), delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
                ), place + 1
            except csv.Error:
                pass
        return self._quoted(lines, place, found)

    def _plain(self, line: str) -> list[str]:
        dialect = self.dialect
        if dialect.delimiter == "":
            return [self._unescaped(line)]
        if dialect.delimiter == SPACES:
            return line.split()
        if dialect.escape and dialect.escape in line:
            cells = re.split(rf"(?<!\\){re.escape(dialect.delimiter)}", line)
        else:
            cells = line.split(dialect.delimiter)
        cells = [cell.strip(" ") for cell in cells] if dialect.padded else cells
        return [self._unescaped(cell) for cell in cells]

    def _unescaped(self, cell: str) -> str:
        if not self.dialect.escape or "\\" not in cell:
            return cell
        return re.sub(rf"\\([\\{re.escape(self.dialect.quote + self.dialect.delimiter)}])", r"\1", cell)

    def _blanks(self, line: str) -> list[str]:
        mark = re.escape(self.dialect.quote)
        return [a if b == "" else b for a, b in re.findall(rf"{mark}([^{mark}]*){mark}(?=\s|$)|(\S+)", line)]

    def _quoted(self, lines: list[str], place: int, found: Records) -> tuple[list[str], int]:
        """One record that holds quotes; may take further lines. Linear in its length."""
        quote, delimiter, padded = self.dialect.quote, self.dialect.delimiter, self.dialect.padded
        text, at, position, cells = lines[place], place, 0, []
        while True:
            end = len(text) - text.endswith("\r")
            while padded and position < end and text[position] == " ":
                position += 1
            if not text.startswith(quote, position):
                stop = text.find(delimiter, position, end) if delimiter else -1
                stop = end if stop < 0 else stop
                cell = text[position:stop]
                cells.append(self._unescaped(cell.rstrip(" ") if padded else cell))
            else:
                cell, text, at, stop = self._inside(lines, text, at, position + 1)
                end = len(text) - text.endswith("\r")
                after = stop
                while padded and after < end and text[after] == " ":
                    after += 1
                if after != end and not (delimiter and text.startswith(delimiter, after)):
                    return self._stray(lines, place, at, found)
                cells.append(cell)
                stop = after
            if stop >= end:
                return cells, at + 1
            position = stop + len(delimiter)

    def _inside(self, lines: list[str], text: str, at: int, position: int) -> tuple[str, str, int, int]:
        """(cell, line it ends on, index of that line, position after its closing quote)."""
        quote, escape = self.dialect.quote, self.dialect.escape
        marks = re.compile(f"[{re.escape(quote + escape)}]")
        pieces: list[str] = []
        while True:
            match = marks.search(text, position)
            if match is None:
                at += 1
                if at >= len(lines):
                    raise Unfinished
                pieces.append(text[position:] + "\n")
                text, position = lines[at], 0
                continue
            mark = match.start()
            pieces.append(text[position:mark])
            if escape and text[mark] == escape:
                pieces.append(text[mark + 1 : mark + 2])
                position = mark + 2
            elif text.startswith(quote, mark + 1):
                pieces.append(quote)
                position = mark + 2
            else:
                return "".join(pieces), text, at, mark + 1

    def _stray(self, lines: list[str], place: int, at: int, found: Records) -> tuple[list[str], int]:
        """A quote in the wrong place: within one line the cells can still be told apart, beyond it they cannot."""
        number = self.line + place
        if at != place:
            raise Refusal(
                f"Line {number}: a quote opens here and does not close before line {self.line + at}, where "
                f"text follows "
                "the closing quote. Close it, or double it if it belongs to the text.",
                number,
            )
        quote, delimiter = re.escape(self.dialect.quote), re.escape(self.dialect.delimiter or "\n")
        line = lines[place].removesuffix("\r")
        cells, position = [], 0
        pattern = re.compile(rf"{quote}(.*?){quote}(?={delimiter}|$)|((?:(?!{delimiter}).)*)")
        while True:
            match = pattern.match(line, position)
            assert match is not None  # the second half of the pattern fits anything
            cells.append(match[1].replace(self.dialect.quote * 2, self.dialect.quote) if match[2] is None else match[2])
            if match.end() >= len(line):
                break
            position = match.end() + len(self.dialect.delimiter)
        found.stray.append(number)
        return cells, place + 1


def all_records(text: str, dialect: Dialect, first_line: int = 1) -> Records:
    """Every record of a text. Raises Refusal for a quote that never closes."""
    return RecordParser(dialect, first_line).feed(text, last=True)
