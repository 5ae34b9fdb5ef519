"""Records to columns of text: every row accounted for, those that do not fit set aside with their line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from core.data.reading.cells import MISSING_AMONG_NUMBERS, is_number
from core.data.reading.layout import TOTAL, is_blank, is_rule
from core.data.reading.model import Findings, Refusal

SHOWN_LINES = 5
MOST_ODD = 20_000
FOOTER = re.compile(
    r"\W*(source|quelle|fuente|note|notes|anmerkung|nota|remark|legend|generated|created|exported|copyright|©|"
    r"end of|eof|"
    r"data from|data source|retrieved|downloaded|updated|last update|report|page|stand|licen[cs]e|\(?\d+ "
    r"(rows|records|lines))",
    re.I,
)


@dataclass
class Body:
    """Collects the rows of a table of `width` columns. Call add for each batch, then finish once."""

    width: int
    names: list[str] | None
    firm: list[bool]  # columns that hold numbers in the sample
    batches: list[pa.RecordBatch] = field(default_factory=list)
    line_parts: list[np.ndarray] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    comments: list[int] = field(default_factory=list)
    blanks: list[int] = field(default_factory=list)
    padded: list[tuple[int, list[str]]] = field(default_factory=list)
    too_long: list[tuple[int, int]] = field(default_factory=list)
    trimmed: list[int] = field(default_factory=list)
    sections: list[int] = field(default_factory=list)
    rules: list[int] = field(default_factory=list)
    respelled: list[tuple[int, str]] = field(default_factory=list)
    pending: list[tuple[int, list[str]]] = field(default_factory=list)  # rows that do not fit, until a good one follows
    last_line: int = 0

    def add(self, rows: list[list[str]], lines: list[int]) -> None:
        """Take a batch. Raises Refusal when too much does not fit."""
        fits = set(map(len, rows)) == {self.width} and self.width > 1
        if (
            not fits
            or (self.names and self.names in rows)
            or any(row[0][:1] == "#" for row in rows)
            or self.pending
            or any(is_rule(row) for row in rows[:3])
        ):
            rows, lines = self._sorted(rows, lines)
        if rows:
            arrays = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
            self.batches.append(pa.RecordBatch.from_arrays(arrays, [str(place) for place in range(self.width)]))
            self.line_parts.append(np.asarray(lines, np.int32))
            self.last_line = lines[-1]

    def _sorted(self, rows, lines):
        kept: list[list[str]] = []
        kept_lines: list[int] = []
        for row, line in zip(rows, lines, strict=True):
            if is_blank(row):
                self._blank(row, line)
            elif row == self.names:
                self.repeated.append(line)
            elif is_rule(row) and self.width > 1:
                self.rules.append(line)
            elif row[0].startswith("#") and self._is_comment(row):
                self.comments.append(line)
            elif len(row) == self.width:
                self._flush(kept, kept_lines)
                kept.append(row)
                kept_lines.append(line)
            elif len(row) > self.width and not any(cell.strip() for cell in row[self.width :]):
                self._flush(kept, kept_lines)
                self.trimmed.append(line)
                kept.append(row[: self.width])
                kept_lines.append(line)
            else:
                self.pending.append((line, row))
                if len(self.pending) > MOST_ODD:
                    raise Refusal(f"Line {self.pending[0][0]}: thousands of rows do not have {self.width} cells.", line)
        return kept, kept_lines

    def _blank(self, row: list[str], line: int) -> None:
        self.blanks.append(line)
        if self.width == 1:
            self.pending.append((line, [""]))

    def _is_comment(self, row: list[str]) -> bool:
        if len(row) != self.width:
            return True
        if row[0].strip() in MISSING_AMONG_NUMBERS:
            return False
        return self.firm[0] or len(row[0]) > 1 and row[0][1] == " "

    def _flush(self, kept: list, kept_lines: list) -> None:
        """A good row follows: what did not fit before it stands inside the table."""
        for line, row in self.pending:
            other = self._other_delimiter(row)
            if other:
                self.respelled.append((line, other))
                kept.append(row[0].split(other))
                kept_lines.append(line)
            elif len(row) > self.width:
                self.too_long.append((line, len(row)))
            elif (
                self.width >= 3
                and len(row) == 1
                and (self.firm[0] and not is_number(row[0]) or TOTAL.fullmatch(row[0]))
            ):
                self.sections.append(line)
            else:
                if self.width > 1:
                    self.padded.append((line, row))
                kept.append(row + [""] * (self.width - len(row)))
                kept_lines.append(line)
        self.pending.clear()

    def _other_delimiter(self, row: list[str]) -> str | None:
        """The delimiter of a row that was written with another one than the table and is whole with it."""
        if len(row) != 1 or self.width < 2:
            return None
        return next((mark for mark in ",;\t|" if row[0].count(mark) == self.width - 1), None)

    def finish(self, findings: Findings) -> tuple[pa.Table, np.ndarray]:
        """(text columns named '0', '1'…, line of every row). Says or refuses what did not fit."""
        self._end(findings)
        self._judge_ragged()
        self._say(findings)
        schema = pa.schema([(str(place), pa.string()) for place in range(self.width)])
        lines = np.concatenate(self.line_parts) if self.line_parts else np.zeros(0, np.int32)
        return pa.Table.from_batches(self.batches, schema), lines

    def _end(self, findings: Findings) -> None:
        """Rows after the last one that fits: footers are left out and said, short rows are filled, tables refused."""
        if self.width == 1:
            self.pending = []
        rows = list(self.pending)
        kept: list[list[str]] = []
        kept_lines: list[int] = []
        self._refuse_second_table(rows)
        for line, row in rows:
            if len(row) < self.width and not self._other_delimiter(row) and self._is_footer(line, row):
                text = ", ".join(cell for cell in row if cell.strip())
                findings.warn(f"Line {line} below the table was left out: '{text[:80]}'.", line)
                continue
            self.pending = [(line, row)]
            self._flush(kept, kept_lines)
        self.pending = []
        if kept:
            arrays = [pa.array(column, pa.string()) for column in zip(*kept, strict=True)]
            self.batches.append(pa.RecordBatch.from_arrays(arrays, [str(place) for place in range(self.width)]))
            self.line_parts.append(np.asarray(kept_lines, np.int32))

    def _is_footer(self, line: int, row: list[str]) -> bool:
        first = next((cell.strip() for cell in row if cell.strip()), "")
        if TOTAL.fullmatch(first) or FOOTER.match(first):
            return True
        if len(row) == 1:
            return self.width >= 3 or " " in first or ":" in first or self._after_blank(line)
        return self._after_blank(line)

    def _after_blank(self, line: int) -> bool:
        return any(self.last_line < blank < line for blank in self.blanks)

    def _refuse_second_table(self, rows: list[tuple[int, list[str]]]) -> None:
        widths = [len(row) for _, row in rows if len(row) > 1]
        for width in set(widths):
            first = next((line for line, row in rows if len(row) == width), 0)
            starts_anew = self._after_blank(first) or any(not is_number(c) for c in dict(rows)[first])
            if widths.count(width) >= 2 and starts_anew and (width > 2 or self.width == 2 or self._after_blank(first)):
                raise Refusal(
                    f"Line {first}: a second table with {width} columns starts here, the one above has {self.width}. "
                    "Save each table in a file of its own.",
                    first,
                )

    def _judge_ragged(self) -> None:
        if self.too_long:
            line, cells = self.too_long[0]
            raise Refusal(
                f"Line {line} has {cells} cells, the table has {self.width} "
                f"columns{_also([n for n, _ in self.too_long])}. Cells "
                "would stand under the wrong names. Quote the text that holds the delimiter, or remove the "
                "extra cells.",
                line,
                self.width + 1,
            )
        for line, row in self.padded:
            wrong = [
                p
                for p, cell in enumerate(row)
                if self.firm[p] and not is_number(cell) and cell.strip() not in MISSING_AMONG_NUMBERS
            ]
            if wrong:
                raise Refusal(
                    f"Line {line} has {len(row)} of {self.width} cells and they do not stand under their names: "
                    f"'{row[wrong[0]][:40]}' would be in a column of numbers. Add the missing cell.",
                    line,
                    wrong[0] + 1,
                )
        total = sum(len(part) for part in self.line_parts)
        if self.padded and len(self.padded) > 0.5 * total:
            raise Refusal(
                f"Line {self.padded[0][0]}: more than half of the rows do not have {self.width} cells.",
                self.padded[0][0],
            )

    def _say(self, findings: Findings) -> None:
        if self.padded:
            line, row = self.padded[0]
            numbers = [number for number, _ in self.padded]
            findings.warn(
                f"Line {line} has {len(row)} of {self.width} cells{_also(numbers)}; the cells at its end "
                f"count as missing.",
                line,
            )
        if self.trimmed and len(self.trimmed) < sum(len(part) for part in self.line_parts):
            findings.warn(
                f"Line {self.trimmed[0]} ends with empty cells beyond the last column{_also(self.trimmed)}; "
                f"they were dropped.",
                self.trimmed[0],
            )
        elif self.trimmed:
            findings.note("Every row ends with a delimiter; the empty cells after it were dropped.")
        if self.repeated:
            findings.warn(
                f"Line {self.repeated[0]} repeats the header{_also(self.repeated)}; left out.", self.repeated[0]
            )
        if self.rules:
            findings.warn(f"Line {self.rules[0]} is a drawn line{_also(self.rules)}; left out.", self.rules[0])
        if self.respelled:
            lines = [line for line, _ in self.respelled]
            findings.warn(
                f"Line {lines[0]} is delimited by '{self.respelled[0][1]}', not like the "
                f"rest{_also(lines)}; it was read so.",
                lines[0],
            )
        if self.comments:
            findings.warn(
                f"Line {self.comments[0]} starts with '#'{_also(self.comments)} and was left out as a comment.",
                self.comments[0],
            )
        if self.sections:
            findings.warn(
                f"Line {self.sections[0]} has one cell only, no row of the table{_also(self.sections)}; left out.",
                self.sections[0],
            )
        inner = [line for line in self.blanks if line < self.last_line]
        if inner and self.width == 1:
            findings.warn(f"Line {inner[0]} is empty{_also(inner)}: read as a missing value.", inner[0])
        elif inner and not any(self.firm):
            findings.warn(
                f"Line {inner[0]} is empty{_also(inner)}; skipped. If another table begins below it, save each in a "
                "file of its own.",
                inner[0],
            )
        elif inner:
            findings.note(f"Line {inner[0]} is empty{_also(inner)}; skipped.", inner[0])


def _also(lines: list[int]) -> str:
    """' (also lines 5, 9 and 3 more)' after the first of several lines."""
    rest = lines[1:]
    if not rest:
        return ""
    shown = ", ".join(str(line) for line in rest[:SHOWN_LINES])
    more = f" and {len(rest) - SHOWN_LINES:,} more" if len(rest) > SHOWN_LINES else ""
    return f" (also line{'s' if len(rest) > 1 else ''} {shown}{more})"
