"""Plain numbers without surprises, checked by regular expressions and converted by Arrow, for columns of any length."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from core.data.reading.cells import MISSING_AMONG_NUMBERS
from core.data.reading.survey import Context, say_missing
from core.data.table import ColumnType

FAST = r"^-?(?:[0-9]{1,15}|[0-9]{1,15}\.[0-9]{1,17}(?:[eE][+-]?[0-9]{1,2})?|[0-9]{1,15}[eE]-[0-9]{1,2})$"


FAST_COMMA = r"^-?(?:[0-9]{1,15}|[0-9]{1,15},[0-9]{1,17})$"


SLOW = r"^-?0[0-9]"


def fast_numbers(name: str, column: pa.ChunkedArray, context: Context) -> tuple[pa.Array, ColumnType] | None:
    """Plain numbers without surprises, checked and converted by Arrow. None leaves the column to the careful way."""
    choices = context.choices
    if name in choices.types or choices.missing is not None or re.search(r"version|release", name, re.I):
        return None
    head = column.slice(0, 1000)
    mark = "," if pc.any(pc.match_substring_regex(head, r"^-?[0-9]+,[0-9]+$")).as_py() else "."
    if (
        choices.decimal not in (None, mark)
        or not pc.all(pc.match_substring_regex(head, f"{_fast(mark)}|^[^0-9]*$")).as_py()
    ):
        return None
    plain = pc.match_substring_regex(column, _fast(mark))
    others = pc.filter(column, pc.invert(plain))
    spelled = {cell.strip() for cell in pc.unique(others).to_pylist()[:200]} if len(others) else set()
    if (
        len(others) == len(column)
        or not spelled <= MISSING_AMONG_NUMBERS
        or pc.any(pc.match_substring_regex(column, SLOW)).as_py()
    ):
        return None
    marked = pc.any(pc.match_substring_regex(column, rf"[0-9]([{mark}]|e)")).as_py()
    if marked and (context.delimiter != "," or mark == ",") and not _is_sure(column, mark):
        return None  # 1.234 everywhere: thousands or decimals, the careful way decides
    if marked and (_has_more_digits(column) or _may_be_versions(head)):
        return None
    kind = pa.float64() if marked else pa.int64()
    column = pc.replace_substring(column, ",", ".") if mark == "," else column
    result = pc.cast(pc.if_else(plain, column, pa.scalar(None, pa.string())), kind)
    if not marked and _may_be_days(name, result):
        return None
    say_missing(name, {s: pc.sum(pc.equal(pc.utf8_trim_whitespace(others), s)).as_py() for s in spelled if s}, context)
    if marked:
        context.proven.add(mark)
    return result, "number"


def _fast(mark: str) -> str:
    return FAST if mark == "." else FAST_COMMA


def _is_sure(column: pa.ChunkedArray, mark: str) -> bool:
    """Some number shows that the mark is no mark of the thousands: other than three digits after it, or 0 before."""
    return pc.any(pc.match_substring_regex(column, rf"^-?0[{mark}]|[{mark}]([0-9]{{1,2}}|[0-9]{{4,}})$|[eE]")).as_py()


def _has_more_digits(column: pa.ChunkedArray) -> bool:
    """A moment such as 1700000000.123456789 has more digits than a number keeps, and all of them may matter."""
    if (pc.max(pc.utf8_length(column)).as_py() or 0) < 18:
        return False
    return pc.any(pc.match_substring_regex(column, r"^-?[1-9][0-9]{8,}[.,][0-9]{3,}")).as_py()


def _may_be_versions(head: pa.ChunkedArray) -> bool:
    """3.9 and 3.10 in one column: as numbers 3.10 and 3.1 are one."""
    if not pc.all(pc.match_substring_regex(head, r"^([0-9]{1,2}\.[0-9]{1,2}|[^0-9]*)$")).as_py():
        return False
    return (
        pc.any(pc.match_substring_regex(head, r"\.[0-9]$")).as_py()
        and pc.any(pc.match_substring_regex(head, r"\.[0-9]0$")).as_py()
    )


def _may_be_days(name: str, result) -> bool:
    """Eight digits such as 20240131 between 1800 and 2100."""
    ends = pc.min_max(result).as_py()
    return ends["min"] is not None and ends["min"] >= 18000101 and ends["max"] <= 21001231
