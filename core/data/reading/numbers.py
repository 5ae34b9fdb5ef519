"""Columns of numbers: which marks they use, which are codes that must stay text, what cannot be kept exactly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from core.data.reading.cells import BLANKS, EXPONENT, GROUPED, INFINITE, affixes, is_address, plain_number

LONGEST = 400  # characters of a number: float64 ends at 309 digits
RARE_SHARE = 0.01  # of the cells: so few leading zeros may be slips and not codes (our choice)
LONG_BEFORE = 9  # digits before the point from which those behind it may tell moments or ids apart (our choice)
EXACT_LIMIT = 2**53  # integers beyond it are not exact in float64 (IEEE 754)
STYLES = (("", "."), ("", ","), (",", "."), (".", ","), (" ", "."), (" ", ","), ("'", "."), ("'", ","), ("_", "."))
_PLAIN = {
    ".": re.compile(rf"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+){EXPONENT}"),
    ",": re.compile(rf"[+-]?(?:[0-9]+,?[0-9]*|,[0-9]+){EXPONENT}"),
}
_THREE = {",": re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}"), ".": re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")}


@dataclass(frozen=True)
class Style:
    """thousands and decimal mark of a column; ambiguous: the other reading of the same cells is possible too."""

    thousands: str
    decimal: str
    ambiguous: bool = False
    sure: bool = False  # the cells themselves prove the decimal mark


@dataclass(frozen=True)
class Numbers:
    """values per distinct cell. whole: all are integers. unit: what stood beside them. style: how they were written."""

    values: dict[str, float | int]
    whole: bool
    style: Style
    unit: str = ""


def number_style(cells: list[str], hint: str | None, delimiter: str) -> Style | None:
    """The one way of writing numbers that all cells share; hint is the file's decimal mark where known."""
    cells = [cell for cell in cells if cell not in INFINITE]
    if any(len(cell) > LONGEST for cell in cells):
        return None
    fitting = [style for style in STYLES if all(_fits(cell, *style) for cell in cells)]
    if not fitting:
        return None
    if cells and all(is_address(cell) for cell in cells):
        return None
    if ("", ".") in fitting:
        return _point(cells, fitting, hint, delimiter)
    if ("", ",") in fitting and (",", ".") in fitting:
        return _comma(cells, hint, delimiter)
    thousands, decimal = fitting[0]
    marked = any(decimal in cell for cell in cells)
    return Style(thousands, decimal, sure=marked or thousands in (".", ","))


def _point(cells, fitting, hint, delimiter) -> Style:
    dotted = [cell for cell in cells if "." in cell]
    if not dotted:
        return Style("", ".")
    if (".", ",") in fitting and all(_THREE["."].fullmatch(cell) for cell in dotted):
        if hint == ",":
            return Style(".", ",", ambiguous=True)
        return Style("", ".", ambiguous=hint is None and delimiter == ";")
    return Style("", ".", sure=True)


def _comma(cells, hint, delimiter) -> Style:
    """'1,234' is one thousand or one and a bit: every comma stands before exactly three digits."""
    if hint is not None:
        return Style("", ",", ambiguous=True) if hint == "," else Style(",", ".", ambiguous=False)
    if delimiter == ",":
        return Style(",", ".")
    return Style("", ",", ambiguous=True) if delimiter == ";" else Style(",", ".", ambiguous=True)


def _fits(cell: str, thousands: str, decimal: str) -> bool:
    if _PLAIN[decimal].fullmatch(cell):
        return True
    pattern = GROUPED.get(thousands + decimal)
    return bool(pattern and pattern[0].fullmatch(cell))


def numbers(cells: list[str], hint: str | None, delimiter: str) -> Numbers | None:
    """All cells as numbers with one style and at most one unit, or None."""
    style = number_style(cells, hint, delimiter)
    if style is not None:
        return _converted({cell: cell for cell in cells}, style, "")
    bare = {}
    for cell in cells:
        found = affixes(cell)
        if found is None:
            return None
        bare[cell] = found
    units = {unit for _, unit in bare.values() if unit}
    if len(units) > 1:
        return None
    if units and any(not unit and number.strip("0.,-") for number, unit in bare.values()):
        return None  # 45 % and 0.5: the bare one may be of another unit
    style = number_style([number for number, _ in bare.values()], hint, delimiter)
    if style is None:
        return None
    return _converted({cell: number for cell, (number, _) in bare.items()}, style, units.pop() if units else "()")


def _converted(bare: dict[str, str], style: Style, unit: str) -> Numbers:
    texts = {cell: plain_number(number, style.decimal, style.thousands) for cell, number in bare.items()}
    whole = all(re.fullmatch(r"[+-]?[0-9]+", text) for text in texts.values())
    convert = int if whole else lambda text: float(text.replace("∞", "inf"))
    return Numbers({cell: convert(text) for cell, text in texts.items()}, whole, style, unit)


def why_code(cells: list[str], name: str) -> tuple[str, bool] | None:
    """(why these digits are codes that must stay text, whether that is a guess worth a warning), or None."""
    zero = next((cell for cell in cells if re.fullmatch(r"0[0-9]+", cell)), None)
    if zero is not None and all(re.fullmatch(r"[0-9]+", cell) for cell in cells):
        rare = sum(cell[0] == "0" and len(cell) > 1 for cell in cells) < RARE_SHARE * len(cells)
        return f"'{zero[:30]}' has leading zeros that a number would lose", rare
    big = next(
        (cell for cell in cells if re.fullmatch(r"[+-]?[0-9]{16,}", cell) and abs(int(cell)) > EXACT_LIMIT), None
    )
    if big is not None:
        return f"'{big[:30]}' has more digits than a number keeps exactly", False
    powers = [cell for cell in cells if "e" in cell.lower() and cell not in INFINITE]
    if (
        powers
        and all(re.fullmatch(r"[0-9]+[eE][0-9]+", cell) for cell in powers)
        and all(cell.isdigit() for cell in cells if cell not in powers)
    ):
        return f"'{powers[0][:30]}' may be a code and not a power of ten", True
    if any(re.fullmatch(r"\+[0-9]{7,}", cell) for cell in cells):
        return "they look like telephone numbers", False
    if re.search(r"version|release", name, re.I) and any(re.fullmatch(r"[0-9]+\.[0-9]*0", cell) for cell in cells):
        return "a version such as 1.10 is not the number 1.1", True
    grouped = [cell for cell in cells if re.fullmatch(rf"\+[0-9]{{1,3}}(?:[{BLANKS}][0-9]{{3}})+", cell)]
    if grouped:
        return "they look like telephone numbers", False
    return None


def lost_by_reading(found: Numbers) -> list[tuple[str, bool]]:
    """What the numbers no longer show of their cells: (what, whether it may matter), each with its first cell."""
    said = []
    for test in (_rounded, _vanished, _without_zeros, _spelled_twice):
        lost = test(found)
        if lost is not None:
            said.append(lost)
    return said


def _rounded(found: Numbers) -> tuple[str, bool] | None:
    """Digits beyond what float64 keeps. They matter where much stands before the point: moments, ids."""
    if found.whole or found.unit:
        return None
    worst = None
    for cell in found.values:
        digits = re.sub(r"[eE].*|[^0-9]", "", cell).lstrip("0")
        if len(digits) <= 15:
            continue
        before = re.split(re.escape(found.style.decimal), cell)[0]
        long = len(re.sub(r"[^0-9]", "", before).lstrip("0")) >= LONG_BEFORE
        if (long or len(digits) > 17) and not _is_exact(cell, found):
            worst = cell if worst is None or long else worst
            if long:
                return f"'{cell[:40]}' has more digits than a number keeps; it is rounded to 17", True
    return (f"'{worst[:40]}' has more digits than a number keeps; it is rounded to 17", False) if worst else None


def _is_exact(cell: str, found: Numbers) -> bool:
    plain = plain_number(cell, found.style.decimal, found.style.thousands)
    return Decimal(repr(found.values[cell])) == Decimal(plain)


def _vanished(found: Numbers) -> tuple[str, bool] | None:
    for cell, value in found.values.items():
        if value == 0 and re.search(r"[1-9]", re.sub(r"[eE].*", "", cell)):
            return f"'{cell[:40]}' is too small for a number and was read as 0", True
    return None


def _without_zeros(found: Numbers) -> tuple[str, bool] | None:
    for cell in found.values:
        if re.fullmatch(r"[+-]?0[0-9]+", cell) and found.values[cell] != 0:
            return f"the zeros before '{cell[:40]}' are not kept. Set its type to text if they matter", True
    return None


def _spelled_twice(found: Numbers) -> tuple[str, bool] | None:
    """3.1 beside 3.10: one number, but two versions, chapters or codes."""
    cells = {cell for cell in found.values if re.fullmatch(r"[0-9]{1,2}\.[0-9]{1,2}", cell)}
    if len(cells) < len(found.values):
        return None
    twice = sorted(cell for cell in cells if cell.endswith("0") and cell[:-1] in cells)
    if not twice:
        return None
    return (
        f"'{twice[0][:-1]}' and '{twice[0]}' are read as one number. Set its type to text if they are versions or "
        "chapters",
        True,
    )
