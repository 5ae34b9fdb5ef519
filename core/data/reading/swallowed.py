"""Rows that an open quote made part of a cell: told by what stands on the lines of that cell."""

from __future__ import annotations

from core.data.reading.header import are_numbers
from core.data.reading.model import Findings
from core.data.reading.source import also

LONG_RECORD = 50  # lines above which one record is doubted whatever it holds (our choice)


def holds_rows(row: list[str], delimiter: str, firm: list[bool]) -> bool:
    """Whether the lines of a record, split without regard to quotes, hold numbers where the table does.
    firm: columns that hold numbers in the sample."""
    lines = [line.split(delimiter) for line in delimiter.join(row).split("\n")]
    numeric = [place for place, is_firm in enumerate(firm) if is_firm]
    return bool(numeric) and all(
        len(line) == len(firm) and all(are_numbers([line[place]]) for place in numeric) for line in lines
    )


def doubt_quoted_rows(swallowed: list[int], spans: list[tuple[int, int]], findings: Findings) -> None:
    """swallowed: lines of records that hold rows. spans: (line, lines it spans) of records longer than a line."""
    if swallowed:
        findings.warn(
            f"Line {swallowed[0]}{also(swallowed)}: a quoted cell goes on over the line's end, and each of its lines "
            "would be a row of its own without the quotes. If rows are lost there, close the quote on its line.",
            swallowed[0],
        )
    long = [(line, count) for line, count in spans if count > LONG_RECORD]
    if long:
        findings.warn(
            f"Line {long[0][0]}: one record spans {long[0][1]} lines; a quote may be missing there.", long[0][0]
        )
