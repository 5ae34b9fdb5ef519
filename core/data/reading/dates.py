"""Dates and times as people write them, each format exact or not at all."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

TIME = (
    r"(?:[T ]\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
)
MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "jan january januar janvier enero",
            "feb february februar février febrero",
            "mar march märz mrz mars marzo",
            "apr april avril abril",
            "may mai mayo",
            "jun june juni juin junio",
            "jul july juli juillet julio",
            "aug august août agosto",
            "sep sept september septembre septiembre",
            "oct october okt oktober octobre octubre",
            "nov november novembre noviembre",
            "dec december dez dezember décembre diciembre",
        ],
        1,
    )
    for name in names.split()
}
WEEKDAY = r"(?:(?:Mon|Tue|Tues|Wed|Thu|Thur|Thurs|Fri|Sat|Sun)[a-z]*,?\s+)?"
YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}}){TIME}")
YEAR_LAST = re.compile(
    rf"(?P<first>\d{{1,2}})(?P<mark>[-/.])(?P<second_part>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}|\d{{2}}),?{TIME}"
)
DAY_NAME = re.compile(
    rf"{WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?[ -]?(?P<name>[^\W\d_]{{3,10}})\.?,?[ "
    rf"-]?(?P<year>\d{{4}}|\d{{2}}),?{TIME}"
)
NAME_DAY = re.compile(
    rf"{WEEKDAY}(?P<name>[^\W\d_]{{3,10}})\.?[ -](?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?[ -](?P<year>\d{{4}}),?{TIME}"
)
COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:T(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?P<zone>Z)?)?"
)
YEAR_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})")
CLOCK = re.compile(r"-?\d{1,3}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[AaPp]\.?[Mm]\.?)?(?:Z|[+-]\d{2}:?\d{2})?")
PIVOT = 69  # two-digit years: 69-99 are 19xx, 00-68 are 20xx (POSIX strptime)


@dataclass(frozen=True)
class Dates:
    """values per distinct cell (naive, UTC where a zone was named); order: 'ymd', 'dmy', 'mdy' or 'named'.
    ambiguous: both day-first and month-first fit every cell."""

    values: dict[str, datetime]
    order: str
    ambiguous: bool = False
    zones: int = 0
    short_years: bool = False
    finer: bool = False  # finer than a microsecond: cut
    guessed: bool = False  # both orders fit, and what is known of the file decided


def dates(cells: list[str], day_first: bool | None, compact: bool) -> Dates | None:
    """All cells as dates, or None when one is none. day_first decides where both fit; compact allows 20240131."""
    if not cells or re.search(r"\d", cells[0]) is None:
        return None
    if all(YEAR_LAST.fullmatch(cell) for cell in cells):
        return _year_last(cells, day_first)
    kinds: list[tuple[str, tuple[re.Pattern, ...]]] = [
        ("ymd", (YEAR_FIRST,)),
        ("named", (DAY_NAME, NAME_DAY)),
        ("ymd", (YEAR_MONTH,)),
    ]
    if compact:
        kinds.append(("ymd", (COMPACT,)))
    for order, patterns in kinds:
        found = _all(cells, patterns, order)
        if found is not None:
            return None if patterns == (YEAR_MONTH,) and _are_seasons(cells) else found
    return None


def _are_seasons(cells: list[str]) -> bool:
    """2001-02, 2002-03 …: the second number is always the year after the first, so these are seasons and no months."""
    return len(cells) > 1 and all(int(cell[5:]) == (int(cell[:4]) + 1) % 100 for cell in cells)


def is_date(cell: str) -> bool:
    """Whether one cell alone reads as a date or a date with time."""
    return dates([cell], None, compact=False) is not None and not YEAR_MONTH.fullmatch(cell)


def is_clock(cell: str) -> bool:
    """Whether one cell is a time of day or a duration without a date."""
    return CLOCK.fullmatch(cell) is not None


def _year_last(cells: list[str], day_first: bool | None) -> Dates | None:
    day, month = _all(cells, (YEAR_LAST,), "dmy"), _all(cells, (YEAR_LAST,), "mdy")
    if day is None or month is None:
        return day or month
    if day.values == month.values:
        return day
    if all(re.fullmatch(r"[0-9]+\.[0-9]+\..*", cell) for cell in cells):
        return day  # with dots the day comes first: DIN 1355, and no country writes the month first with dots
    chosen = day if day_first else month
    return replace(chosen, ambiguous=day_first is None, guessed=day_first is not None)


def _all(cells: list[str], patterns: tuple[re.Pattern, ...], order: str) -> Dates | None:
    values, zones, short, finer = {}, 0, False, False
    for cell in cells:
        match = next((m for m in (p.fullmatch(cell) for p in patterns) if m), None)
        value = _value(match, order) if match else None
        if match is None or value is None:
            return None
        parts = match.groupdict()
        zones += bool(parts.get("zone"))
        short |= len(parts["year"]) == 2
        finer |= len((parts.get("fraction") or "")[6:].rstrip("0")) > 0
        values[cell] = value
    return Dates(values, order, zones=zones, short_years=short, finer=finer)


def _value(match: re.Match, order: str) -> datetime | None:
    parts = match.groupdict()
    year, month, day = int(parts["year"]), parts.get("month"), parts.get("day")
    if "first" in parts:
        day, month = (
            (parts["first"], parts["second_part"]) if order == "dmy" else (parts["second_part"], parts["first"])
        )
    elif "name" in parts:
        month = MONTHS.get(parts["name"].lower())
        if month is None:
            return None
    if len(parts["year"]) == 2:
        year += 1900 if year >= PIVOT else 2000
    try:
        return _at_time(datetime(year, int(month or 1), int(day or 1)), parts)
    except (ValueError, OverflowError):
        return None


def _at_time(date: datetime, parts: dict) -> datetime:
    if not parts.get("hour"):
        return date
    hour, half = int(parts["hour"]), (parts.get("half") or "").lower().replace(".", "")
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("12-hour clock")
        hour = hour % 12 + (12 if half == "pm" else 0)
    micro = int((parts.get("fraction") or "0").ljust(6, "0")[:6])
    moment = date.replace(
        hour=hour, minute=int(parts["minute"]), second=int(parts.get("second") or 0), microsecond=micro
    )
    zone = parts.get("zone")
    if not zone or zone[0] not in "+-":
        return moment
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) * (-1 if zone[0] == "-" else 1)
    return moment.replace(tzinfo=timezone(offset)).astimezone(UTC).replace(tzinfo=None)
