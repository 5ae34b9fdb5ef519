"""Columns of dates: which order of day and month, and what is said of it."""

from __future__ import annotations

import re

import pyarrow as pa

from core.data.reading import dates as date_formats
from core.data.reading.survey import Context, Survey, say_missing_of, short

DATE_NAME = re.compile(r"date|day|datum|fecha|tag$|^dt|_dt|time|data$", re.I)


MOST_DATES = 2_000_000


def date_column(seen: Survey, context: Context) -> pa.Array | None:
    if len(seen.filled) > MOST_DATES:
        return None
    found = date_formats.dates(seen.filled, context.day_first, compact=False)
    if found is None:
        return None
    name, example = short(seen.name), seen.filled[0][:40]
    if found.ambiguous:
        order = "month first" if found.order == "mdy" else "day first"
        context.findings.warn(
            f"Column '{name}': '{example}' can be read with the day or the month first; read with the {order}.",
            column=seen.name,
        )
    elif found.guessed:
        order = "month first" if found.order == "mdy" else "day first"
        said = f"'{example}' was read with the {order}, as the rest of the file suggests."
        context.findings.note(f"Column '{name}': {said}", column=seen.name)
    if found.short_years:
        context.findings.warn(
            f"Column '{name}': years have two digits; '{example}' was read as {found.values[seen.filled[0]]:%Y-%m-%d}.",
            column=seen.name,
        )
    if found.zones > 0:
        mixed = found.zones < len(seen.filled)
        say = context.findings.warn if mixed else context.findings.note
        say(
            f"Column '{name}': times were converted to UTC"
            + ("; some name no zone and were taken as UTC." if mixed else "."),
            column=seen.name,
        )
    if found.finer:
        context.findings.warn(f"Column '{name}': times finer than a microsecond were cut.", column=seen.name)
    say_missing_of(seen, context)
    return seen.taken(found.values, pa.timestamp("us"))


def compact_dates(seen: Survey, context: Context) -> pa.Array | None:
    found = date_formats.dates(seen.filled, None, compact=True)
    named = DATE_NAME.search(seen.name) is not None
    if found is None or not named and len(seen.filled) < 5:
        return None
    context.findings.warn(
        f"Column '{short(seen.name)}': '{seen.filled[0]}' was read as the date "
        f"{found.values[seen.filled[0]]:%Y-%m-%d}.",
        column=seen.name,
    )
    say_missing_of(seen, context)
    return seen.taken(found.values, pa.timestamp("us"))
