"""From columns of text to typed columns. A type is taken only when every cell agrees; the rest stays text, and that is
said."""

from __future__ import annotations

import math
import re

import pyarrow as pa

from core.data.reading import dates as date_formats
from core.data.reading.cells import (
    MISSING_AMONG_WORDS,
    affixes,
    is_number,
    truth_pair,
)
from core.data.reading.fast import fast_numbers
from core.data.reading.model import Refusal
from core.data.reading.numbers import Numbers, lost_by_reading, numbers, why_code
from core.data.reading.survey import Context, Survey, as_text, line_of, quoted, say_missing_of, short, survey
from core.data.reading.temporal import compact_dates, date_column
from core.data.reading.words import missing_words, say_words, word_type
from core.data.table import ColumnType, Table

MIXED_SHARE = 0.5  # of the filled cells are numbers: the words among them are worth a warning
TRIED = 50_000  # different values that are tried before all are (our choice)
SPELLED_TRUTH = dict.fromkeys(("true", "yes", "y", "t", "1", "on", "ja", "oui"), True) | dict.fromkeys(
    ("false", "no", "n", "f", "0", "off", "nein", "non"), False
)


def typed(names: list[str], columns: list[pa.ChunkedArray], context: Context) -> Table:
    """The table of typed columns. Columns whose cells prove the decimal mark come first and decide for the rest."""
    done: dict[str, tuple[pa.Array, ColumnType]] = {}
    surveys: dict[str, Survey] = {}
    for name, column in zip(names, columns, strict=True):
        fast = fast_numbers(name, column, context)
        if fast is None:
            surveys[name] = survey(name, column, context)
        else:
            done[name] = fast
    _decide_for_file(surveys, context)
    for name, seen in surveys.items():
        done[name] = _column(seen, context)
    arrays = [done[name][0] for name in names]
    return Table.of(pa.table(arrays, names=names), {name: done[name][1] for name in names})


def _decide_for_file(surveys: dict[str, Survey], context: Context) -> None:
    """The decimal mark and the order of day and month that some columns prove, for those that do not."""
    proven = context.proven
    for seen in surveys.values():
        cells = seen.filled[:20_000]
        if (
            cells
            and any(c.isdigit() for c in cells[0])
            and (found := numbers(cells, None, context.delimiter))
            and found.style.sure
        ):
            proven.add(found.style.decimal)
        dated = date_formats.dates(cells[:20_000], None, compact=False) if cells else None
        if dated is not None and not dated.ambiguous and dated.order in ("dmy", "mdy"):
            context.day_first = dated.order == "dmy"
    if context.choices.decimal is not None:
        context.decimal = context.choices.decimal
    elif len(proven) == 2:
        context.findings.warn(
            "Some columns write decimals with a comma, others with a point; each was read in its own way."
        )
        context.decimal = None
    else:
        context.decimal = next(iter(proven), None)
    if context.day_first is None and (context.decimal == "," or context.delimiter == ";"):
        context.day_first = True if context.decimal == "," else None


def _column(seen: Survey, context: Context) -> tuple[pa.Array, ColumnType]:
    wanted = context.choices.types.get(seen.name)
    if wanted is not None:
        return _wanted(seen, wanted, context)
    if not seen.filled and not all(value in MISSING_AMONG_WORDS for value in seen.values):
        return _words(seen, context)
    if not seen.filled:
        _empty(seen, context)
        return pa.nulls(len(seen.indices), pa.string()), "text"
    pair = truth_pair({value.lower() for value in seen.filled})
    levels = [value for value in seen.values if value in seen.missing - MISSING_AMONG_WORDS]  # yes, no, unknown
    if pair is not None and not levels:
        return _booleans(seen, pair, context), "boolean"
    found = numbers(seen.filled, context.decimal, context.delimiter)
    if found is not None:
        return _number_column(seen, found, context)
    dated = date_column(seen, context)
    if dated is not None:
        return dated, "date"
    return _words(seen, context)


def _empty(seen: Survey, context: Context) -> None:
    spelled = [value for value in seen.values if value]
    if spelled:
        context.findings.warn(
            f"Column '{short(seen.name)}' holds nothing but {quoted(spelled)}, read as missing.", column=seen.name
        )
    else:
        context.findings.warn(f"Column '{short(seen.name)}' is empty.", column=seen.name)


def _booleans(seen: Survey, pair: tuple[str, str], context: Context) -> pa.Array:
    say_missing_of(seen, context)
    if pair[0] not in ("true", "yes"):
        context.findings.note(
            f"Column '{short(seen.name)}': '{pair[0]}' and '{pair[1]}' were read as yes and no.", column=seen.name
        )
    return seen.taken({value: value.lower() == pair[0] for value in seen.filled}, pa.bool_())


def _number_column(seen: Survey, found: Numbers, context: Context) -> tuple[pa.Array, ColumnType]:
    code = why_code(seen.filled, seen.name)
    if code is None and found.whole and all(re.fullmatch(r"[0-9]{8}", cell) for cell in seen.filled):
        dated = compact_dates(seen, context)
        if dated is not None:
            return dated, "date"
    if code is not None:
        say = context.findings.warn if code[1] else context.findings.note
        say(f"Column '{short(seen.name)}' stays text: {code[0]}.", line_of(seen, context, set(seen.filled)), seen.name)
        say_missing_of(seen, context)
        return as_text(seen, seen.missing), word_type(seen, seen.filled)
    _say_number(seen, found, context)
    say_missing_of(seen, context)
    whole = found.whole and all(abs(value) <= 2**63 - 1 for value in found.values.values())
    return seen.taken(found.values, pa.int64() if whole else pa.float64()), "number"


def _say_number(seen: Survey, found: Numbers, context: Context) -> None:
    name, findings, style = short(seen.name), context.findings, found.style
    example = next(
        (cell for cell in seen.filled if found.unit.strip("()") in cell and not cell.isdigit()), seen.filled[0]
    )[:40]
    value = found.values.get(example, next(iter(found.values.values())))
    if style.ambiguous:
        findings.warn(
            f"Column '{name}': '{example}' was read as {value:.12g}, with '{style.decimal}' as the decimal "
            f"mark; it could also be "
            "the mark of the thousands. Choose the decimal mark if that is wrong.",
            column=seen.name,
        )
    elif style.thousands:
        blank = style.thousands == " " and any(" " in cell.strip() for cell in seen.filled)
        say = findings.warn if style.thousands == "_" or blank else findings.note
        say(
            f"Column '{name}': '{style.thousands}' was read as the mark of the thousands "
            f"('{example}' is {value:.12g}).",
            column=seen.name,
        )
    if found.unit == "()":
        findings.warn(
            f"Column '{name}': '{example}' was read as {value:.12g}, a minus sign in another way of writing.",
            column=seen.name,
        )
    elif found.unit:
        findings.warn(
            f"Column '{name}': the numbers are in '{found.unit}' ('{example}' was read as {value:.12g}).",
            column=seen.name,
        )
    if style.thousands:
        context.thousands.add(style.thousands)
    infinite = {cell for cell, value in found.values.items() if isinstance(value, float) and math.isinf(value)}
    if infinite:
        findings.warn(
            f"Column '{name}': {seen.count_of(infinite)} cells are infinite or too large for a number, such as "
            f"'{sorted(infinite)[0][:40]}'.",
            line_of(seen, context, infinite),
            seen.name,
        )
    for what, matters in lost_by_reading(found):
        (findings.warn if matters else findings.note)(f"Column '{name}': {what}.", column=seen.name)


def _words(seen: Survey, context: Context) -> tuple[pa.Array, ColumnType]:
    _say_mixed(seen, context)
    missing, kept = missing_words(seen, context.choices.missing)
    say_words(seen, missing, kept, context)
    filled = [value for value in seen.values if value not in missing]
    clocks = bool(filled) and all(date_formats.is_clock(value) for value in filled[:1000])
    if clocks:
        context.findings.warn(
            f"Column '{short(seen.name)}' holds times without a date, such as '{filled[0][:20]}'; they stay text.",
            column=seen.name,
        )
    return as_text(seen, missing), "text" if clocks else word_type(seen, filled)


def _say_mixed(seen: Survey, context: Context) -> None:
    """Numbers or dates with something else among them: the choice is stated, with the line of the first exception."""
    total = max(1, seen.count_of(set(seen.filled)))
    for kind, test in (("numbers", _is_measured), ("dates", date_formats.is_date)):
        tried = seen.filled[:TRIED]
        fitting = {value for value in tried if test(value)}
        if seen.count_of(fitting) < MIXED_SHARE * seen.count_of(set(tried)):
            continue
        fitting |= {value for value in seen.filled[TRIED:] if test(value)}
        count = seen.count_of(fitting)
        if fitting and count >= MIXED_SHARE * total and not any(re.fullmatch(r"0[0-9]+", value) for value in fitting):
            others = [value for value in seen.filled if value not in fitting]
            line = line_of(seen, context, set(others[:1000]) or set(seen.filled[:1]))
            first = f" (first on line {line})" if line else ""
            said = (
                f"{count:,} {kind} and {total - count:,} other cells such as {quoted(others[:3])}{first}"
                if others
                else f"{kind} written in several ways, such as {quoted(seen.filled[:3])}"
            )
            context.findings.warn(
                f"Column '{short(seen.name)}' stays text: it holds {said}. Set its type to change that.",
                line,
                seen.name,
            )
            return


def _is_measured(cell: str) -> bool:
    return is_number(cell) or affixes(cell) is not None


def _wanted(seen: Survey, wanted: ColumnType, context: Context) -> tuple[pa.Array, ColumnType]:
    """A type chosen by hand: cells that do not fit it become missing, and are counted."""
    if wanted in ("category", "text", "id"):
        missing, _ = missing_words(seen, context.choices.missing)
        return as_text(seen, missing), wanted
    values: dict = {}
    for cell in seen.filled:
        value = _one(cell, wanted, context)
        if value is not None:
            values[cell] = value
    if not values and seen.filled:
        raise Refusal(
            f"No cell of column '{short(seen.name)}' can be read as {wanted}, such as '{seen.filled[0][:40]}'.",
            column=seen.name,
        )
    lost = set(seen.filled) - set(values)
    if lost:
        context.findings.warn(
            f"Column '{short(seen.name)}': {seen.count_of(lost):,} cells such as {quoted(sorted(lost)[:3])} are no "
            f"{wanted} and count as missing.",
            line_of(seen, context, lost),
            seen.name,
        )
    whole = all(isinstance(v, int) and abs(v) < 2**63 for v in values.values())
    kinds = {"boolean": pa.bool_(), "date": pa.timestamp("us"), "number": pa.int64() if whole else pa.float64()}
    return seen.taken(values, kinds[wanted]), wanted


def _one(cell: str, wanted: ColumnType, context: Context):
    if wanted == "number":
        number = numbers([cell], context.decimal, context.delimiter)
        return number.values[cell] if number else None
    if wanted == "date":
        date = date_formats.dates([cell], context.day_first, compact=True)
        return date.values[cell] if date else None
    return SPELLED_TRUTH.get(cell.lower())
