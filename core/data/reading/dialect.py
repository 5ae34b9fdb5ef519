"""Which character separates the cells and which quotes them: every candidate is tried, the tidiest table wins.

The score follows van den Burg, Nazábal and Sutton 2019 (consistency = pattern score x type score, as in CleverCSV),
with our own strict parser, so that a candidate whose quotes do not close can be told from one whose do."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from core.data.reading.cells import MISSING_AMONG_NUMBERS, affixes, is_number
from core.data.reading.dates import is_clock, is_date
from core.data.reading.model import Refusal
from core.data.reading.records import SPACES, Dialect, Records, all_records

SAMPLE_ROWS = 300
# Delimiters and how ready we are to believe in them. Our choice: the usual four are far commoner.
PRIORS = {
    ",": 1.0,
    ";": 1.0,
    "\t": 1.0,
    "|": 1.0,
    "||": 0.95,
    "::": 0.9,
    ";;": 0.9,
    "^": 0.8,
    "~": 0.8,
    "\x01": 0.9,
    "\x1f": 0.9,
    "\x1e": 0.9,
    "¦": 0.8,
    "§": 0.8,
    "¬": 0.8,
    "@": 0.6,
    "#": 0.6,
    "&": 0.6,
    "*": 0.5,
    "!": 0.5,
    ":": 0.55,
    SPACES: 0.6,
}
NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", SPACES: "blank", "": "none", ":": "colon"}
LEAST_SHARE = 0.5  # of the rows must agree on a width
SURE_SHARE = 0.9  # for a delimiter that also lives in text (blank, colon…)
USUAL = (",", ";", "\t", "|", "||", "::", ";;", "\x01", "\x1f")


@dataclass(frozen=True)
class Found:
    """A dialect with the evidence, and how many characters of a `sep=` line stand before the table."""

    dialect: Dialect
    evidence: str
    sep_line: bool = False
    rival: str | None = None


@dataclass(frozen=True)
class _Trial:
    dialect: Dialect
    score: float
    width: int
    share: float
    rows: int
    broken: bool


def find_dialect(sample: str, complete: bool, delimiter: str | None = None, quote: str | None = None) -> Found:
    """The dialect of a text sample (its first quarter megabyte). complete: the sample is the whole file.
    delimiter, quote: fixed by hand. Never fails: a text without delimiter is one column."""
    lines = sample.split("\n")
    if not complete and len(lines) > 1:
        lines = lines[:-1]
    sep = re.fullmatch(r'"?sep=(.|\\t)"?\r?', lines[0].strip(" ,;"), re.I) if lines else None
    sep = sep or (re.fullmatch(r"sep=([,;\t|])\r?", lines[0], re.I) if lines else None)
    if sep:
        lines = lines[1:]
        delimiter = delimiter if delimiter is not None else sep[1].replace("\\t", "\t")
    body = "\n".join(lines)
    if delimiter is not None:
        dialect = _best_quoting(body, delimiter, quote)
        return Found(dialect, "the line 'sep=' at the top says so" if sep else "chosen by hand", sep is not None)
    trials = sorted((t for t in _trials(body, quote) if t.width > 1), key=lambda t: -t.score)
    if not trials or _is_decimal_column(body, trials[0]):
        return Found(_best_quoting(body, "", quote), "no character splits the lines into the same number of cells")
    best = trials[0]
    dialect = _best_quoting(body, best.dialect.delimiter, quote)
    rival = next((t for t in trials[1:] if t.score > 0.9 * best.score and t.dialect.delimiter in USUAL), None)
    evidence = f"{best.share:.0%} of {best.rows} sampled rows have {best.width} cells"
    return Found(dialect, evidence, rival=rival.dialect.delimiter if rival else None)


def delimiter_name(delimiter: str) -> str:
    """How to call a delimiter in a message."""
    return NAMES.get(delimiter, f"'{delimiter}'")


def _trials(body: str, quote: str | None):
    text = _head(body)
    for delimiter, prior in PRIORS.items():
        if delimiter not in text and not (delimiter == SPACES and "\t" in text):
            continue
        if len(delimiter) == 1 and delimiter * 2 in PRIORS and 2 * text.count(delimiter * 2) == text.count(delimiter):
            continue  # never seen alone: '||' separates, '|' does not
        if delimiter == ":" and re.search(r"\d:\d\d", text):
            continue
        if delimiter == SPACES and not re.search(r"\S[ \t]+\S", text):
            continue
        trial = _trial(text, Dialect(delimiter, '"' if quote is None else quote), prior)
        if trial is not None:
            yield trial


def _head(body: str) -> str:
    """At most 200,000 characters, whole lines."""
    return body if len(body) <= 200_000 else body[:200_000].rpartition("\n")[0] or body[:200_000]


def _parse(text: str, dialect: Dialect) -> tuple[Records, bool]:
    """Records of the sample and whether a quote stayed open; then the rest is read without quotes."""
    try:
        return all_records(text, dialect), False
    except Refusal as refusal:
        line = refusal.message.line or 1
        closed = text.split("\n")[: line - 1]
        try:
            records = all_records("\n".join(closed), dialect)
        except Refusal:
            records = Records()
        rest = all_records("\n".join(text.split("\n")[line - 1 :]), Dialect(dialect.delimiter, ""))
        return Records(records.rows + rest.rows, records.lines + rest.lines, records.stray), True


def _trial(text: str, dialect: Dialect, prior: float) -> _Trial | None:
    records, broken = _parse(text, dialect)
    rows = [row for row in records.rows[:SAMPLE_ROWS] if row and any(cell.strip() for cell in row)]
    rows = [
        row
        for row in rows
        if not (len(row) == 1 and (row[0].lstrip('"').startswith("#") or not row[0].strip("-=+|: ")))
    ]
    widths = Counter(len(row) for row in rows)
    wide = Counter({w: n for w, n in widths.items() if w > 1})
    if not wide:
        return None
    width, count = max(wide.items(), key=lambda item: (item[1], item[0]))
    share = count / len(rows)
    needed = LEAST_SHARE if dialect.delimiter in USUAL else SURE_SHARE
    if share < needed and not _table_below(rows, width) or dialect.delimiter not in USUAL and len(rows) < 2:
        return None
    agreeing = [row for row in rows if len(row) == width]
    kind = sum(_kind(cell, dialect.delimiter) for row in agreeing for cell in row) / (count * width)
    if dialect.delimiter not in USUAL and kind < 0.6:
        return None
    score = prior * max(share, 0.4) * kind**2 * (1 - 0.5 / width) * (0.7 if broken else 1)
    return _Trial(dialect, score, width, share, len(rows), broken)


def _table_below(rows: list[list[str]], width: int) -> bool:
    """A preamble may outweigh a small table: the rows from the first of that width on all have it."""
    first = next(place for place, row in enumerate(rows) if len(row) == width)
    below = rows[first:]
    return len(below) >= 2 and sum(len(row) == width for row in below) >= 0.7 * len(below)


def _kind(cell: str, delimiter: str) -> float:
    """How much a cell looks like one value: 1 for numbers, dates, blanks; less for words; little with delimiters."""
    cell = cell.strip()
    if cell in MISSING_AMONG_NUMBERS or is_number(cell):
        return 1.0
    if any(mark in cell for mark in (";", "\t", "|") if mark != delimiter):
        return 0.3
    if affixes(cell) or is_date(cell) or is_clock(cell):
        return 1.0
    if "," in cell and delimiter != ",":
        return 0.8 if re.search(r",\s", cell) or len(cell) > 30 else 0.35
    if re.fullmatch(r"[\w.@%+-]+", cell):
        return 0.92
    if re.fullmatch(r"[\w .'’&()/:%+#?!°\"-]{1,60}", cell):
        return 0.85 if cell.count('"') % 2 == 0 else 0.4
    return 0.7


def _is_decimal_column(body: str, best: _Trial) -> bool:
    """'price', '1,5', '2,75': the name has no comma and every line below is one decimal number."""
    if best.dialect.delimiter != "," or best.width != 2:
        return False
    lines = [line.strip() for line in body.split("\n") if line.strip()]
    below = lines[1:]
    return bool(below) and "," not in lines[0] and all(re.fullmatch(r"-?\d+,\d+|-?\d+", line) for line in below)


def _best_quoting(body: str, delimiter: str, quote: str | None) -> Dialect:
    """Quote, escape and padding that leave the fewest faults for this delimiter."""
    text = _head(body)
    if delimiter == SPACES:
        return Dialect(SPACES, '"' if quote is None else quote)
    options = [Dialect(delimiter, '"' if quote is None else quote)]
    mark = options[0].quote
    if mark and "\\" + mark in text:
        options.append(Dialect(delimiter, mark, escape="\\"))
    if (
        delimiter
        and mark
        and re.search(rf"{re.escape(delimiter)} +{re.escape(mark)}|{re.escape(mark)} +{re.escape(delimiter)}", text)
    ):
        options += [Dialect(delimiter, mark, option.escape, padded=True) for option in list(options)]
    if quote is None and _single_quoted(text, delimiter):
        options.append(Dialect(delimiter, "'"))
        if "\\'" in text:
            options.append(Dialect(delimiter, "'", escape="\\"))
    return min(options, key=lambda option: _faults(text, option))


def _single_quoted(text: str, delimiter: str) -> bool:
    around = re.escape(delimiter) if delimiter else "\n"
    opened = len(re.findall(rf"(?:^|{around})'", text, re.M))
    closed = len(re.findall(rf"'(?={around}|\r?$)", text, re.M))
    return opened >= 2 and opened == closed and '"' not in text


def _faults(text: str, dialect: Dialect) -> float:
    """Open quotes, stray quotes, rows of an odd width, and cells that still wear their quotes."""
    records, broken = _parse(text, dialect)
    rows = [row for row in records.rows if any(cell.strip() for cell in row)]
    widths = Counter(len(row) for row in rows)
    odd = len(rows) - max(widths.values(), default=0)
    worn = sum(
        1
        for row in rows
        for cell in row
        if len(cell) > 1 and cell.strip()[:1] in "'\"" and cell.strip()[-1:] == cell.strip()[:1]
    )
    return 50 * broken + 5 * len(records.stray) + odd + worn + 0.1 * bool(dialect.escape) + 0.1 * dialect.padded


def padded_columns(rows: list[list[str]]) -> bool:
    """Whether a blank follows every delimiter (', '), so that blanks belong to the layout."""
    cells = [cell for row in rows for cell in row[1:] if cell.strip()]
    return len(cells) >= 2 and all(cell[0] == " " for cell in cells)
