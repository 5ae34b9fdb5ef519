"""Whether a row holds names or data, judged against the rows below it."""

from __future__ import annotations

import re
from itertools import pairwise

from core.data.reading.cells import MISSING_AMONG_NUMBERS, affixes, is_number
from core.data.reading.dates import is_clock, is_date


def is_typed(cell: str) -> bool:
    cell = cell.strip()
    return is_number(cell) or is_date(cell) or is_clock(cell) or (affixes(cell) is not None)


def are_numbers(cells: list[str]) -> bool:
    filled = [c.strip() for c in cells if c.strip() not in MISSING_AMONG_NUMBERS]
    return len(filled) >= 1 and sum(is_typed(c) for c in filled) >= 0.9 * len(filled)


FIRST_YEAR, LAST_YEAR = 1800, 2100
SMALL_BODY = 20  # rows below which a name that comes back once is no chance (our choice)


def judge_header(row: list[str], body: list[list[str]]) -> tuple[bool, str, bool]:
    """(whether the row holds names, evidence, sure) by comparing it with the rows below."""
    cells = [cell.strip() for cell in row]
    typed = [place for place, cell in enumerate(cells) if cell and is_typed(cell)]
    if typed:
        return _header_with_numbers(cells, typed, body)
    if not body:
        return True, "the only row holds words", False
    body = [r for r in body if r != row] or body
    columns = [[r[place].strip() for r in body] for place in range(len(cells))]
    for more in (0, 1, 2):  # names may go on for a row or two
        contrast = [
            place
            for place, cell in enumerate(cells)
            if cell
            and cell not in MISSING_AMONG_NUMBERS
            and (not more or len(body) >= more + 2)
            and are_numbers(columns[place][more:])
        ]
        if contrast:
            return True, f"'{cells[contrast[0]][:40]}' stands above numbers or dates", True
    truth = [
        place
        for place in range(len(cells))
        if {c.lower() for c in columns[place] if c} <= {"true", "false"} and any(columns[place])
    ]
    if truth:
        is_name = cells[truth[0]].lower() not in ("true", "false", "")
        return is_name, "true and false stand below a name" if is_name else "the first row holds true or false", True
    return _header_of_words(cells, columns)


def _header_with_numbers(cells: list[str], typed: list[int], body: list[list[str]]) -> tuple[bool, str, bool]:
    if body and (counted := _counted(cells, typed, body[0])):
        sure = len(typed) < len(cells) and (len(typed) >= 3 or counted[0] > FIRST_YEAR)
        return True, f"the first row counts {counted[0]}, {counted[1]}… as names", sure
    dates_as_names = [p for p in typed if is_date(cells[p])]
    if (
        len(dates_as_names) >= 2
        and len(dates_as_names) == len(typed)
        and body
        and not any(is_date(r[dates_as_names[0]].strip()) for r in body)
    ):
        return True, "the first row holds dates above values", True
    words = [p for p, cell in enumerate(cells) if cell and p not in typed]
    above = [p for p in words if body and are_numbers([r[p] for r in body])]
    if above and len(above) >= len(typed):
        return True, f"'{cells[above[0]][:40]}' stands above numbers", False
    return False, f"the first row holds '{cells[typed[0]][:40]}', a value and not a name", False


def _counted(cells: list[str], typed: list[int], below: list[str]) -> list[int] | None:
    """Names that count: 0, 1, 2… or years in equal steps, while the row below does not go on counting."""
    if len(typed) < 2 or not all(re.fullmatch(r"[0-9]{1,4}", cells[place]) for place in typed):
        return None
    numbers = [int(cells[place]) for place in typed]
    steps = {b - a for a, b in pairwise(numbers)}
    years = all(FIRST_YEAR <= number <= LAST_YEAR for number in numbers)
    if len(steps) != 1 or steps == {0} or not years and (numbers[0] > 1 or steps != {1} or len(numbers) < 3):
        return None
    following = [below[place].strip() for place in typed]
    goes_on = all(
        re.fullmatch(r"[0-9]{1,4}", cell) and int(cell) - number in (0, len(numbers), *steps)
        for cell, number in zip(following, numbers, strict=True)
    )
    return None if goes_on else numbers


def _header_of_words(cells: list[str], columns: list[list[str]]) -> tuple[bool, str, bool]:
    """Words above words. A name does not come back as a value, and it does not look like the values."""
    alike = [place for place, cell in enumerate(cells) if _looks_like_the_rest(cell, columns[place])]
    if alike:
        return False, f"'{cells[alike[0]][:40]}' of the first row is written like the values below it", False
    again = [place for place, cell in enumerate(cells) if cell and cell in columns[place]]
    often = any(columns[place].count(cells[place]) > 1 for place in again)
    if len(again) > 1 or again and (often or len(columns[0]) < SMALL_BODY):
        return False, f"'{cells[again[0]][:40]}' of the first row comes back below as a value", False
    if len(set(cells)) < len(cells) and len(columns[0]) > 2:
        return True, "the first row holds words, some of them twice", False
    like_names = sum(bool(re.fullmatch(r"[a-z][\w .()/-]*|[A-Z]+(_[A-Z0-9]+)*|.*_.*", cell)) for cell in cells)
    different = sum(_shapes_differ(cell, column) for cell, column in zip(cells, columns, strict=True))
    known = sum(
        cell.lower().strip("_ .#") in COMMON_NAMES
        or any(part in COMMON_NAMES for part in re.split(r"[\W_]+", cell.lower()))
        for cell in cells
    )
    if any(len(cell.split()) > 3 and cell[-1] in ".!?" for cell in cells if cell):
        return True, "the first row holds sentences", False
    sure = different > 0 or known > 0 or like_names == len(cells) and len(columns[0]) > 2
    return True, "the first row holds words that do not come back below", sure


COMMON_NAMES = frozenset(
    """id name names first last firstname lastname surname city country state region town address street zip email
    mail phone date time day month year type kind class label target category group title description
    comment comments note notes text value key code status gender sex age color colour size product item
    brand model department team company language url link author user species animal fruit food nom ville
    pays prénom stadt land ort straße vorname nachname nombre ciudad país apellido cidade nome imię miasto
    kraj word question answer message source from to subject job role position species island letter number
    a b c d e f x y z col1 col2 column1 col_1 名前 都市 姓名 城市 имя город""".split()  # noqa: SIM905
)


def _looks_like_the_rest(cell: str, column: list[str]) -> bool:
    """An address of mail or web, or a code of letters and digits, above others of exactly the same shape."""
    filled = [value for value in column if value]
    if len(filled) < 2 or not cell or cell in filled:
        return False
    for pattern in (r"[^@\s]+@[^@\s]+\.[a-z]{2,}", r"https?://\S+"):
        if re.fullmatch(pattern, cell, re.I):
            return all(re.fullmatch(pattern, value, re.I) for value in filled)
    is_code = re.search(r"[0-9]{2}", cell) is not None
    return is_code and len(cell) >= 3 and all(_outline(value) == _outline(cell) for value in filled)


def _outline(cell: str) -> str:
    """The cell with every letter and digit replaced by its kind: 'AB-12' is 'AA-99'."""
    return re.sub(r"[0-9]", "9", re.sub(r"[a-zß-öø-ÿ]", "a", re.sub(r"[A-ZÀ-ÖØ-Þ]", "A", cell)))


def _shapes_differ(cell: str, column: list[str]) -> bool:
    """Values that all share a shape (case, digits, length) which the name above lacks."""
    filled = [value for value in column if value]
    if len(filled) < 2 or not cell:
        return False
    shapes = {_shape(value) for value in filled}
    lengths = {len(value) for value in filled}
    if len(shapes) == 1 and _shape(cell) not in shapes:
        return True
    return len(lengths) == 1 and len(filled) >= 3 and len(cell) not in lengths


def _shape(cell: str) -> str:
    shape = re.sub(r"[A-ZÀ-ÖØ-Þ]+", "A", re.sub(r"[a-zß-öø-ÿ]+", "a", cell))
    return re.sub(r"[0-9]+", "9", shape)
