"""Bytes to a typed table and a report of all that was guessed. Pure: reads its input, touches nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.data.reading.body import Body
from core.data.reading.dialect import Found, delimiter_name, find_dialect, padded_columns
from core.data.reading.encoding import Encoding
from core.data.reading.header import are_numbers
from core.data.reading.layout import Layout, find_layout, is_blank
from core.data.reading.model import (
    DEFAULT_CHOICES,
    DEFAULT_LIMITS,
    Findings,
    Guess,
    Message,
    Reading,
    ReadingChoices,
    ReadingLimits,
    Refusal,
)
from core.data.reading.names import column_names
from core.data.reading.records import SPACES, Dialect, RecordParser, Records
from core.data.reading.source import Opened, Text, also, opened_text
from core.data.reading.swallowed import doubt_quoted_rows, holds_rows
from core.data.reading.tail import cut_tail, refuse_second_header
from core.data.reading.types import Context, typed

SHOWN_ROWS, SHOWN_CELLS, SHOWN_CHARACTERS = 6, 50, 200


def read(
    data: bytes | Path,
    choices: ReadingChoices = DEFAULT_CHOICES,
    limits: ReadingLimits = DEFAULT_LIMITS,
    progress: Callable[[float], None] | None = None,
) -> Reading:
    """The table in a file, or the reasons why there is none. Never raises for what a file contains."""
    findings = Findings()
    try:
        with Opened(data, limits) as content:
            return _read(content, choices, limits, findings, progress or (lambda share: None))
    except Refusal as refusal:
        return findings.refused(refusal.message)
    except MemoryError:
        return findings.refused(
            Message("refusal", "The file needs more memory than this server can spare. Load fewer rows or columns.")
        )
    except OSError as error:
        return findings.refused(Message("refusal", f"The file cannot be opened: {error.strerror or error}."))


def _read(content, choices, limits, findings: Findings, progress) -> Reading:
    text = opened_text(content, choices, findings)
    sample, complete = text.sample()
    if not sample.strip():
        raise Refusal("The file is empty: it holds no text but blanks and line ends.")
    found, sample = _dialect(text, sample, complete, choices, findings)
    records = _sample_records(sample, complete, found.dialect, text.skip_lines)
    found, records = _unpadded(found, records, sample, complete, text.skip_lines)
    findings.facts |= {
        "delimiter": Guess(found.dialect.delimiter, found.evidence),
        "quote": Guess(found.dialect.quote, _quote_evidence(found.dialect)),
        "first_rows": _shown(records.rows),
    }
    layout = find_layout(records.rows, records.lines, choices.header)
    _check_layout(layout, records, limits, findings)
    columns, lines = _body(text, found.dialect, layout, records, limits, findings, progress)
    if not columns.num_rows:
        raise Refusal(
            "The file holds a header and no data rows." if layout.names else "The file holds no data rows.", 1
        )
    if not any(pc.any(pc.match_substring_regex(column, r"\S")).as_py() for column in columns.columns):
        raise Refusal("The file holds delimiters and no data: every cell is empty.", 1)
    columns, lines = cut_tail(columns, lines, findings, records.rows)
    refuse_second_header(columns, lines)
    kept = _kept(columns, layout, findings)
    names = [name for name, keep in zip(column_names(layout, findings, records, kept), kept, strict=True) if keep]
    columns = [column for column, keep in zip(columns.columns, kept, strict=True) if keep]
    context = Context(choices, findings, found.dialect.delimiter, lines)
    table = typed(names, columns, context)
    findings.facts |= {
        "decimal": Guess(
            context.decimal or ".", "written so in the numbers" if context.decimal else "no number shows one"
        ),
        "thousands": Guess(
            " ".join(sorted(context.thousands)) or None, "seen in numbers" if context.thousands else "none seen"
        ),
    }
    _say_size(table, findings)
    progress(1.0)
    return findings.loaded(table)


def _dialect(text: Text, sample: str, complete: bool, choices: ReadingChoices, findings: Findings) -> tuple[Found, str]:
    if choices.skip_rows:
        text.skip_lines = choices.skip_rows
        sample, complete = text.sample()
    found = find_dialect(sample, complete, choices.delimiter, choices.quote)
    if found.sep_line:
        text.skip_lines += 1
        sample = sample.split("\n", 1)[1] if "\n" in sample else ""
        findings.note(f"The first line names the delimiter: {delimiter_name(found.dialect.delimiter)}.", 1)
    if found.rival is not None:
        used, other = delimiter_name(found.dialect.delimiter), delimiter_name(found.rival)
        findings.warn(
            f"Cells can be separated by {used} or by {other}: {used} was used. Choose {other} if that is wrong."
        )
    if (
        found.dialect.delimiter == ""
        and choices.delimiter is None
        and (unwrapped := _unwrapped(text, sample, complete))
    ):
        inner = find_dialect(unwrapped, complete, None, choices.quote)
        if inner.dialect.delimiter:
            text.data, text.encoding, text.skip_lines = unwrapped.encode(), Encoding("utf-8", 0, "", True), 0
            findings.warn("Every line is one quoted cell; the quotes around the lines were taken off.")
            return inner, unwrapped
    return found, sample


def _unwrapped(text: Text, sample: str, complete: bool) -> str | None:
    """Lines that were quoted as a whole, by a double export, without those quotes; None when they were not."""
    lines = sample.replace("\r\n", "\n").strip("\n").split("\n")
    if not complete or len(lines) < 2 or not all(len(line) > 1 and line[0] == line[-1] == '"' for line in lines):
        return None
    return "\n".join(line[1:-1].replace('""', '"') for line in lines) + "\n"


def _sample_records(sample: str, complete: bool, dialect: Dialect, skipped: int) -> Records:
    first = skipped + 1
    records = RecordParser(dialect, first).feed(sample, last=complete)
    if not records.rows or all(is_blank(row) for row in records.rows):
        raise Refusal(
            "The file holds one line longer than a quarter of a million characters, which is no table."
            if sample.strip()
            else "The file is empty.",
            first,
        )
    return records


def _unpadded(found: Found, records: Records, sample: str, complete: bool, skipped: int) -> tuple[Found, Records]:
    """', ' as a delimiter: where a blank follows every comma, it belongs to the layout."""
    if found.dialect.padded or found.dialect.delimiter in ("", SPACES) or not padded_columns(records.rows):
        return found, records
    dialect = replace(found.dialect, padded=True)
    return replace(
        found, dialect=dialect, evidence=found.evidence + "; a blank follows every delimiter"
    ), _sample_records(sample, complete, dialect, skipped)


def _quote_evidence(dialect: Dialect) -> str:
    if not dialect.quote:
        return "quotes are ordinary characters"
    return "a backslash stands before quotes inside a cell" if dialect.escape else "quotes inside a cell are doubled"


def _check_layout(layout: Layout, records: Records, limits: ReadingLimits, findings: Findings) -> None:
    if layout.width > limits.max_columns:
        raise Refusal(f"The table has {layout.width:,} columns; the limit is {limits.max_columns:,}.", records.lines[0])
    findings.facts["header"] = Guess(layout.names is not None, layout.evidence)
    _refuse_table_above(layout, records)
    if layout.above:
        lines = [records.lines[place] for place in layout.above]
        text = ", ".join(cell for cell in records.rows[layout.above[0]] if cell.strip())[:80]
        findings.warn(f"Line {lines[0]}{also(lines)} above the table was left out: '{text}'.", lines[0])
    line = (
        records.lines[layout.header_rows[0]]
        if layout.header_rows
        else records.lines[min(layout.start, len(records.lines) - 1)]
    )
    if layout.names is None and layout.evidence != "chosen by hand":
        findings.warn(
            f"Line {line} was read as data, not as names: {layout.evidence}. The columns are called "
            f"column_1, column_2, …",
            line,
        )
    elif (
        layout.names is not None
        and not layout.sure
        and not layout.row_labels
        and any(not is_blank(row) for row in records.rows[layout.start :])
    ):
        findings.warn(f"Line {line} was taken for the names: {layout.evidence}. Say so if it is data.", line)
    if len(layout.header_rows) > 1:
        findings.warn(f"The names stand on {len(layout.header_rows)} rows from line {line} on; they were joined.", line)


def _refuse_table_above(layout: Layout, records: Records) -> None:
    """Rows above the table that are a table of their own."""
    above = [(records.lines[p], _without_blank_end(records.rows[p])) for p in layout.above]
    above = [(line, row) for line, row in above if len(row) > 1]
    for width in {len(row) for _, row in above}:
        rows = [row for _, row in above if len(row) == width]
        numeric = any(are_numbers([row[c] for row in rows[1:]]) for c in range(width))
        if (
            width >= 3
            and len(rows) >= 2
            and numeric
            or width == 2
            and len(rows) >= 3
            and numeric
            and _is_names(rows[0])
        ):
            first = next(line for line, row in above if len(row) == width)
            raise Refusal(
                f"Line {first}: a table with {width} columns stands above another one with {layout.width}. "
                f"Save each table in "
                "a file of its own.",
                first,
            )


def _without_blank_end(row: list[str]) -> list[str]:
    filled = [place for place, cell in enumerate(row) if cell.strip()]
    return row[: filled[-1] + 1] if filled else []


def _is_names(row: list[str]) -> bool:
    return all(re.fullmatch(r"[A-Za-z_][\w ]{0,30}", cell.strip()) for cell in row)


def _body(
    text: Text, dialect: Dialect, layout: Layout, sample: Records, limits, findings, progress
) -> tuple[pa.Table, np.ndarray]:
    rows = [r for r in sample.rows[layout.start :] if len(r) == layout.width][:500]
    rows = [row for row in rows if not row[0].startswith("#")] or rows
    firm = [bool(rows) and are_numbers([r[c] for r in rows]) for c in range(layout.width)]
    header = sample.rows[layout.header_rows[0]] if layout.header_rows and not layout.row_labels else None
    body = Body(layout.width, header, firm)
    parser = RecordParser(dialect, text.skip_lines + 1, limits.max_cell_characters)
    start, stray, spans, swallowed = layout.start, [], [], []
    for piece, share in text.blocks():
        records = parser.feed(piece, share >= 1.0)
        if records.rows[start:]:
            body.add(records.rows[start:], records.lines[start:])
        start = max(0, start - len(records.rows))
        stray += records.stray
        spans += records.long_cells
        swallowed += [
            records.lines[p] for p in records.suspects if holds_rows(records.rows[p], dialect.delimiter, firm)
        ]
        progress(0.8 * share)
    if stray:
        findings.warn(
            f"Line {stray[0]}{also(stray)}: a quote stands inside a quoted cell without being doubled; it "
            f"was kept as text.",
            stray[0],
        )
    doubt_quoted_rows(swallowed, spans, findings)
    return body.finish(findings)


def _kept(columns: pa.Table, layout: Layout, findings: Findings) -> list[bool]:
    """Columns without name and without any cell are no columns: delimiters at the end of each line leave them."""
    kept = []
    for place, column in enumerate(columns.columns):
        nameless = layout.names is None or not layout.names[place].strip()
        kept.append(not nameless or pc.any(pc.match_substring_regex(column, r"\S")).as_py())
    for place, keep in enumerate(kept):
        inside = any(kept[:place]) and any(kept[place + 1 :])
        kept[place] = keep or inside
    dropped = [place + 1 for place, keep in enumerate(kept) if not keep]
    if dropped:
        findings.warn(
            f"Column {dropped[0]}{also(dropped, 'columns')} has no name and no cell; left out.", column=dropped[0]
        )
    return kept


def _say_size(table, findings: Findings) -> None:
    if len(table.columns) == 1:
        findings.warn(
            "The table has one column only, so there is nothing to learn from. Choose the delimiter if "
            "cells were not separated."
        )
    if table.rows == 1:
        findings.warn("The table has one row only.")


def _shown(rows: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    shown = [row for row in rows[: 4 * SHOWN_ROWS] if not is_blank(row)][:SHOWN_ROWS]
    return tuple(tuple(cell[:SHOWN_CHARACTERS] for cell in row[:SHOWN_CELLS]) for row in shown)
