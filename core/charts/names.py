"""Names that came from a person, made safe for charts. Fields are always called c0, c1, … : a dot, a bracket, a quote
or a backslash in a field's name blanks a chart without any error. What a person wrote appears as a title only."""

import unicodedata
from collections.abc import Iterable

import pandas as pd

LONGEST = 40
"""Characters of a title: at 300 the plot is squeezed to nothing (measured)."""

UNNAMED = "(unnamed)"

ILLEGAL = frozenset(
    {
        *("__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__", "__proto__", "constructor"),
        *("hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf"),
    }
)
"""Names of JavaScript's Object.prototype: as a tooltip's title they stop the whole chart."""

BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u200b")
"""Marks without a glyph that turn the text around them, or hide."""


def safe_name(name: object, longest: int = LONGEST) -> str:
    """A title that any chart can show: no control characters, single spaces, at most `longest` characters, never empty,
    never a name that JavaScript objects already have."""
    kept = "".join(" " if _is_gap(letter) else letter for letter in str(name) if letter not in BIDI)
    clean = " ".join(kept.split())
    if len(clean) > longest:
        clean = clean[: longest - 1].rstrip() + "…"
    if not clean:
        return UNNAMED
    return f"{clean}_" if clean in ILLEGAL else clean


def safe_names(names: Iterable[object], longest: int = LONGEST) -> list[str]:
    """Safe names of which no two are alike: a repeated one gets " (2)"."""
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        short, number = safe_name(name, longest), 2
        unique = short
        while unique in taken:
            unique, number = f"{short} ({number})", number + 1
        taken.add(unique)
        found.append(unique)
    return found


def renamed(table: pd.DataFrame, longest: int = LONGEST) -> tuple[pd.DataFrame, dict[str, str]]:
    """The table with columns c0, c1, … in place of what they were called, and the title of each."""
    fields = [f"c{number}" for number in range(table.shape[1])]
    titles = dict(zip(fields, safe_names(table.columns, longest), strict=True))
    return table.set_axis(fields, axis=1), titles


def alt_text(says: str, longest: int = 60) -> str:
    """A chart's takeaway for a screen reader: at most `longest` characters, cut between words."""
    clean = safe_name(says, longest=10_000)
    if len(clean) <= longest:
        return clean
    return clean[: longest - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def _is_gap(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") or letter.isspace()
