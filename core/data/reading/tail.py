"""The end of a table and what hides inside it: totals, empty rows, a second header."""

from __future__ import annotations

import functools
import math
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.data.reading.cells import MISSING_AMONG_NUMBERS, is_number
from core.data.reading.layout import TOTAL
from core.data.reading.model import Findings, Refusal
from core.data.reading.numbers import numbers

NUMBER = r"^\s*-?[0-9][0-9.,]*\s*$"
NOTE = re.compile(
    r"\s*(?:[*†‡©]|\(c\)|(?:sources?|notes?|quellen?|hinweise?|anmerkung(?:en)?|fuentes?|fontes?|notas?|bron)\s*:)",
    re.I,
)
"""How a footnote begins."""
NOTE_ROWS = 20  # rows of notes under a table, at most (our choice)
TOTAL_INSIDE = r"^\W*(grand[ -]?|sub[ -]?)?totals?\W*$|^\W*zwischensumme\W*$|^\W*sous-total\W*$"
CLOSE = 1e-6  # a total printed with the digits of its parts (our choice: relative, plus half a unit of the last digit)


def cut_tail(columns: pa.Table, lines: np.ndarray, findings: Findings, sample) -> tuple[pa.Table, np.ndarray]:
    """Leave out empty rows at the end and rows that sum the ones above; both are said."""
    empty = 0
    while empty < columns.num_rows - 1 and not any(cell.strip() for cell in _row(columns, -1 - empty)):
        empty += 1
    if empty:
        findings.warn(
            f"Line {lines[-empty]}: {empty} rows of empty cells at the end were left out.", int(lines[-empty])
        )
        columns, lines = columns.slice(0, columns.num_rows - empty), lines[:-empty]
    columns, lines = _without_notes(columns, lines, findings)
    while columns.num_rows > 2:
        row = _row(columns, -1)
        if _sums_without_name(columns, row):
            findings.warn(
                f"Line {lines[-1]}: the last row has no name and sums the rows above; it was left out.", int(lines[-1])
            )
            columns, lines = columns.slice(0, columns.num_rows - 1), lines[:-1]
            continue
        label = next((cell.strip() for cell in row if cell.strip()), "")
        if not TOTAL.fullmatch(label) or not _is_new(columns, label):
            break
        if not _sums(columns, row):
            findings.warn(
                f"Line {lines[-1]}: the last row is called '{label[:40]}' but does not sum the rows above; "
                f"it was kept.",
                int(lines[-1]),
            )
            break
        findings.warn(f"Line {lines[-1]}: the row '{label[:40]}' sums the rows above and was left out.", int(lines[-1]))
        columns, lines = columns.slice(0, columns.num_rows - 1), lines[:-1]
    _say_totals_inside(columns, lines, findings)
    return columns, lines


def _say_totals_inside(columns: pa.Table, lines: np.ndarray, findings: Findings) -> None:
    """Rows among the others whose first cell calls them a total: they may count what stands above them once more."""
    labels = columns.column(0)
    found = np.flatnonzero(pc.match_substring_regex(labels, TOTAL_INSIDE, ignore_case=True).to_numpy())
    if 0 < len(found) < columns.num_rows / 2:
        line, label = int(lines[found[0]]), str(labels[int(found[0])].as_py()).strip()
        many = f"{len(found):,} rows are" if len(found) > 1 else "one row is"
        findings.warn(f"Line {line}: {many} called '{label[:40]}' among the others; if it sums them, remove it.", line)


def _without_notes(columns: pa.Table, lines: np.ndarray, findings: Findings) -> tuple[pa.Table, np.ndarray]:
    """Without footnotes that a spreadsheet filled up with empty cells: the last rows have words in their first cell
    alone, as no other row has, and begin as notes do or under an empty row."""
    count = 0
    while count < min(NOTE_ROWS + 1, columns.num_rows - 2) and not any(map(str.strip, _row(columns, -1 - count)[1:])):
        count += 1
    notes = [_row(columns, place)[0].strip() for place in range(columns.num_rows - count, columns.num_rows)]
    if not 0 < count <= NOTE_ROWS or columns.num_columns < 2 or any(is_number(note) for note in notes):
        return columns, lines
    above = columns.slice(0, columns.num_rows - count)
    others = (pc.equal(pc.utf8_trim_whitespace(column), "") for column in above.columns[1:])
    if not (notes[0] == "" or NOTE.match(notes[0])) or pc.any(functools.reduce(pc.and_, others)).as_py():
        return columns, lines
    for note, line in zip(notes, lines[-count:], strict=True):
        if note:
            findings.warn(f"Line {line} below the table was left out: '{note[:60]}'.", int(line))
    return above, lines[:-count]


def _row(columns: pa.Table, place: int) -> list[str]:
    place = place % columns.num_rows
    return [columns.column(c)[place].as_py() for c in range(columns.num_columns)]


def _is_new(columns: pa.Table, label: str) -> bool:
    first = pc.utf8_trim_whitespace(columns.column(0))
    return pc.sum(pc.equal(first, label)).as_py() <= 1


def _sums_without_name(columns: pa.Table, row: list[str]) -> bool:
    """The first cell is blank where no other row's is, and every number of the row is the sum of its column."""
    if row[0].strip() or not any(is_number(cell.strip()) for cell in row[1:]):
        return False
    above = pc.utf8_trim_whitespace(columns.column(0).slice(0, columns.num_rows - 1))
    if pc.any(pc.equal(above, "")).as_py():
        return False
    filled = [place for place, cell in enumerate(row) if cell.strip()]
    return all(is_number(row[place].strip()) and _is_sum(columns, place, row[place].strip()) for place in filled)


def _is_sum(columns: pa.Table, place: int, cell: str) -> bool:
    above = columns.column(place).slice(0, columns.num_rows - 1).to_pylist()
    above = [v.strip() for v in above if v.strip() not in MISSING_AMONG_NUMBERS]
    found = numbers([*dict.fromkeys(above), cell], None, ",") if len(above) > 1 else None
    return found is not None and _close(found.values[cell], math.fsum(found.values[v] for v in above))


def _sums(columns: pa.Table, row: list[str]) -> bool:
    """A number of the row is the sum or mean of its column, or most of its other cells are empty."""
    others = [cell for cell in row[1:] if cell.strip()]
    if len(others) <= (len(row) - 1) / 2:
        return True
    for place, cell in enumerate(row):
        if not is_number(cell.strip()):
            continue
        above = [v.strip() for v in columns.column(place).slice(0, columns.num_rows - 1).to_pylist()]
        above = [v for v in above if v not in MISSING_AMONG_NUMBERS]
        found = numbers([*dict.fromkeys(above), cell.strip()], None, ",") if above else None
        if found is None:
            continue
        values, total = [found.values[v] for v in above], found.values[cell.strip()]
        if (
            any(
                _close(total, x) for x in (math.fsum(values), math.fsum(values) / len(values), max(values), min(values))
            )
            and len(values) > 1
        ):
            return True
    return False


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= CLOSE * abs(b) + 0.005


def refuse_second_header(columns: pa.Table, lines: np.ndarray) -> None:
    """A row of words where every column of numbers holds one: a second table with other names begins there."""
    words = None
    count = 0
    if columns.num_rows < 4 or columns.num_columns < 2 or columns.num_columns > 500:
        return
    for place in range(columns.num_columns):
        column = columns.column(place)
        head = pc.match_substring_regex(column.slice(0, 50), NUMBER)
        if pc.sum(head).as_py() < 2:
            continue
        fits = pc.match_substring_regex(column, NUMBER)
        share = pc.mean(pc.cast(fits, pa.float64())).as_py()
        if share == 1.0:
            return
        if share < 0.5:
            continue
        wordy = pc.match_substring_regex(column, r"^\s*[^\W\d_][^\d]*$")
        blank = pc.is_in(pc.utf8_trim_whitespace(column), value_set=pa.array(sorted(MISSING_AMONG_NUMBERS)))
        wordy = pc.and_(wordy, pc.invert(blank)).to_numpy()
        words = wordy if words is None else words & wordy
        count += 1
    if words is None or not words.any():
        return
    place = int(np.flatnonzero(words)[0])
    row = _row(columns, place)
    if any(is_number(cell) for cell in row) or len(set(row)) < len(row) or not all(cell.strip() for cell in row):
        return
    if count >= 2 or place > 0 and lines[place] - lines[place - 1] > 1:
        raise Refusal(
            f"Line {lines[place]} looks like the header of a second table: '{', '.join(row)[:80]}'. Save "
            f"each table in a "
            "file of its own.",
            int(lines[place]),
        )
