"""Where the table begins, which rows are names, and what stands above, below and between."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from core.data.reading.cells import MISSING_AMONG_NUMBERS, is_number
from core.data.reading.dates import is_date
from core.data.reading.header import are_numbers, is_typed, judge_header
from core.data.reading.model import Refusal

JUDGED_ROWS = 2_000  # below the first row that tell names from data: more cost time and change nothing (our choice)
COMMENT = ("#", "%", "//", "--", "!")


TOTAL = re.compile(
    r"\W*(grand[ -]?total|sub-?total|total|totals|sum|summe|gesamt|gesamtsumme|insgesamt|somme|totale|suma|"
    r"average|averages|avg|mean|durchschnitt|mittelwert|moyenne|overall|count|min|max|median)\b\W*.{0,30}",
    re.I,
)


@dataclass
class Layout:
    """width: cells per row. start: index of the first data row in the sample. names: the header's cells or None.
    header_rows: indices of the rows that make the names."""

    width: int
    start: int
    names: list[str] | None
    header_rows: tuple[int, ...]
    evidence: str
    sure: bool
    above: list[int] = field(default_factory=list)  # indices of preamble rows
    row_labels: bool = False  # the header lacks a name for the first column, as R writes it


def is_blank(row: list[str]) -> bool:
    """Whether a record is a line without content."""
    return len(row) == 0 or len(row) == 1 and not row[0].strip()


def is_rule(row: list[str]) -> bool:
    """A drawn line such as '---+---' or '|---|:--:|'."""
    joined = "".join(row).strip()
    return len(joined) > 3 and not joined.strip("-=+:| ") and ("--" in joined or "==" in joined)


def find_layout(rows: list[list[str]], lines: list[int], header: bool | None) -> Layout:
    """The layout of the sampled records. Raises Refusal when header and rows cannot be brought together."""
    width = _width(rows)
    first = _first_row(rows, width)
    above = [place for place in range(first) if not is_blank(rows[place])]
    layout = _named(rows, first, width, header)
    layout.above = above
    if above and header is not False:
        _check_row_above(rows, lines, above[-1], first, layout, header)
    return layout


def _width(rows: list[list[str]]) -> int:
    """Cells per row: the usual number, less what only a delimiter at the end of the lines below the header adds."""
    width = _usual_width(rows)
    head = next((row for row in rows if len(row) == width - 1 and all(cell.strip() for cell in row)), None)
    full = [row for row in rows if len(row) == width]
    if head is not None and width > 2 and all(not row[-1].strip() for row in full):
        return width - 1
    return width


def _usual_width(rows: list[list[str]]) -> int:
    widths = Counter(
        len(row) for row in rows if not is_blank(row) and not _is_comment(row) and not (len(row) == 1 and is_rule(row))
    )
    if not widths:
        widths = Counter(len(row) for row in rows if not is_blank(row))
    if len(widths) == 1:
        return next(iter(widths))
    most = max(widths.values())
    best = [w for w, n in widths.items() if n == most]
    if len(best) > 1:  # a tie: the width the first row agrees with, else the wider
        first = next(len(row) for row in rows if not is_blank(row))
        return first if first in best and first > 1 else max(best)
    if best[0] == 1:  # notes may outnumber a small table
        wide = {w: n for w, n in widths.items() if w > 1 and n >= 2}
        return max(wide, key=lambda w: (wide[w], w)) if wide else 1
    return best[0]


def _is_comment(row: list[str]) -> bool:
    return row[0].lstrip().startswith("#") if row else False


def _first_row(rows: list[list[str]], width: int) -> int:
    """Index of the first row that belongs to the table: of its width, not a comment, not a title padded with blanks."""
    for place, row in enumerate(rows):
        if len(row) != width or is_blank(row) or is_rule(row):
            continue
        if _is_comment(row) and not _comment_is_header(rows, place, width):
            continue
        if width >= 2 and _is_title(row, rows, place, width):
            continue
        return place
    return next(place for place, row in enumerate(rows) if not is_blank(row))


def _comment_is_header(rows: list[list[str]], place: int, width: int) -> bool:
    """'#id,name' directly above the data is the header when no other row could be."""
    below = next((row for row in rows[place + 1 :] if not is_blank(row)), None)
    if below is None or _is_comment(below) or len(below) != width or width < 2:
        return False
    return any(is_number(a) or is_date(a) for a in below) and not any(is_number(c) for c in rows[place])


def _is_title(row: list[str], rows: list[list[str]], place: int, width: int) -> bool:
    """A title or a note in a spreadsheet's export: one cell filled, while a fuller row follows."""
    filled = sum(bool(cell.strip()) for cell in row)
    if filled > max(1, width // 3) or filled == width:
        return False
    for below in rows[place + 1 : place + 12]:
        if len(below) == width and sum(bool(cell.strip()) for cell in below) == width:
            return filled == 0 or width >= 3 or filled == 1 and not rows[place][1].strip()
    return False


def _check_row_above(rows, lines, above: int, first: int, layout: Layout, header: bool | None) -> None:
    """The last row above may be a header of another width than the rows: then names would shift."""
    row, width = rows[above], layout.width
    if _is_comment(row) or len(row) < 2 or any(is_blank(rows[p]) for p in range(above + 1, first)):
        return
    names_like = not any(is_number(cell) or is_date(cell) for cell in row)
    names_like = names_like and sum(bool(cell.strip()) for cell in row) > width / 2
    if not names_like or layout.names is not None and layout.sure:
        return
    if len(row) == width - 1 and width >= 3 and layout.names is None and all(cell.strip() for cell in row):
        labels = [r[0] for r in rows[first:] if len(r) == width]
        if len(set(labels)) == len(labels) and len(labels) > 1:
            layout.names, layout.header_rows, layout.row_labels, layout.sure = ["", *row], (above,), True, False
            layout.start, layout.evidence = first, "the line above has one name less than the rows have cells"
            layout.above.remove(above)
            return
    if len(row) > width / 2 and layout.names is None:
        raise Refusal(
            f"Line {lines[above]} has {len(row)} names, but the rows below have {width} cells, so names and "
            f"cells cannot "
            f"be matched. Add the missing names, or remove the cells without a name.",
            lines[above],
        )


def _named(rows: list[list[str]], first: int, width: int, header: bool | None) -> Layout:
    row = rows[first]
    body = [r for r in rows[first + 1 :] if len(r) == width and not is_blank(r) and not is_rule(r)]
    if header is None:
        is_header, evidence, sure = judge_header(row, body[:JUDGED_ROWS])
    else:
        is_header, evidence, sure = header, "chosen by hand", True
    if not is_header:
        return Layout(width, first, None, (), evidence, sure)
    names, used = list(row), [first]
    if header is None or header:
        names, used = _second_header_rows(rows, first, width, names)
    if _is_comment(row):
        names[0] = names[0].lstrip().lstrip("#").strip()
    return Layout(width, used[-1] + 1, names, tuple(used), evidence, sure)


def _second_header_rows(rows, first: int, width: int, names: list[str]) -> tuple[list[str], list[int]]:
    """Names spread over two or three rows: the rows after the first hold words where all rows below hold numbers."""
    used = [first]
    for place in (first + 1, first + 2):
        if place + 2 >= len(rows) or len(rows[place]) != width:
            break
        body = [r for r in rows[place + 1 :] if len(r) == width]
        row = rows[place]
        firm = [c for c in range(width) if are_numbers([r[c] for r in body])]
        words = [c for c in firm if row[c].strip() not in MISSING_AMONG_NUMBERS and not is_typed(row[c])]
        if len(body) < 2 or len(words) < max(1, 0.6 * len(firm)) or any(is_typed(cell) for cell in row if cell.strip()):
            break
        if row == rows[first]:
            break
        above = ""
        filled: list[str] = []
        for name in names:
            above = name.strip() or above
            filled.append(above if any(not n.strip() for n in names) and row[len(filled)].strip() else name.strip())
        names = [" ".join(part for part in (a, b.strip()) if part) for a, b in zip(filled, row, strict=True)]
        used.append(place)
    return names, used
