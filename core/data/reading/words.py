"""Columns of words: which spellings mean missing, and whether the column holds categories, text or ids."""

from __future__ import annotations

import re

from core.data.reading.cells import MISSING_AMONG_WORDS, MISSING_ANYWHERE
from core.data.table import ColumnType

FEW_LEVELS = 20  # distinct values that are categories in a table of any size (our choice)
LEVEL_SHARE = 0.5  # distinct values per row above which words are text
MOST_LEVELS = 5_000
LONG_TEXT = 60  # characters on average
NEARLY_UNIQUE = 0.95
CODE = re.compile(r"(?=.*[0-9])[\w./:#@+-]{3,64}")


def missing_words(seen, chosen: tuple[str, ...] | None) -> tuple[frozenset[str], frozenset[str]]:
    """(spellings read as missing, spellings kept although they often mean missing) of a column of words."""
    if chosen is not None:
        return frozenset(["", *chosen]), frozenset()
    words = [value for value in seen.values if value not in MISSING_AMONG_WORDS]
    if "NA" in seen.values and len(words) >= 2 and all(re.fullmatch(r"[A-Z]{2}", word) for word in words):
        return MISSING_AMONG_WORDS - {"NA"}, frozenset(["NA"])
    if "+" in seen.values:  # plus and minus, as of a strand or a charge
        return MISSING_AMONG_WORDS - {"-"}, frozenset()
    return MISSING_AMONG_WORDS, frozenset()


def say_words(seen, missing: frozenset[str], kept: frozenset[str], context) -> None:
    """What was taken for missing among words, and spellings that differ only in blanks."""
    name = seen.name if len(seen.name) <= 60 else seen.name[:57] + "…"
    counts = {value: int(seen.counts[place]) for place, value in enumerate(seen.values) if value}
    for word in sorted(kept):
        context.findings.warn(
            f"Column '{name}': {counts[word]:,} × '{word}' were kept as a code (of a country, perhaps), not "
            f"read as missing.",
            column=seen.name,
        )
    spelled = {word: count for word, count in counts.items() if word in missing}
    doubtful = [
        word
        for word in spelled
        if word in MISSING_ANYWHERE
        and word not in context.missing_in_numbers
        and re.fullmatch(r"[A-Za-z]+", word)
        or word not in MISSING_ANYWHERE
        and word not in ("?", "??")
    ]
    if spelled:
        said = ", ".join(f"{count:,} × '{word}'" for word, count in sorted(spelled.items()))
        say = context.findings.warn if doubtful else context.findings.note
        say(f"Column '{name}': {said} read as missing.", column=seen.name)
    lone = [value for value in seen.values if value.count('"') % 2 and '"' in (value[0], value[-1])]
    if lone and len(lone) <= max(1, 0.2 * len(seen.values)):
        context.findings.warn(f"Column '{name}': '{lone[0][:40]}' holds a lone quote; it was kept.", column=seen.name)
    trimmed = {value for value in seen.values if value}
    if len(trimmed) <= MOST_LEVELS:
        raw = {cell for cell in seen.raw.unique().to_pylist() if cell.strip()}
        if len(raw) > len(trimmed):
            context.findings.warn(
                f"Column '{name}' holds values that differ only in blanks around them; they were kept apart.",
                column=seen.name,
            )


def word_type(seen, filled: list[str]) -> ColumnType:
    """category for few or repeated levels, id for nearly unique codes, else text."""
    chosen = set(filled)
    rows = (
        int(sum(seen.counts[place] for place, value in enumerate(seen.values) if value in chosen))
        if len(filled) < 2000
        else len(seen.indices)
    )
    distinct = len(filled)
    if not rows:
        return "text"
    if (
        distinct > 5
        and distinct >= NEARLY_UNIQUE * rows
        and sum(bool(CODE.fullmatch(v)) for v in filled[:500]) >= 0.95 * min(distinct, 500)
    ):
        return "id"
    length = sum(map(len, filled[:2000])) / min(distinct, 2000)
    if length > LONG_TEXT:
        return "text"
    if distinct <= FEW_LEVELS or distinct <= min(LEVEL_SHARE * rows, MOST_LEVELS):
        return "category"
    return "text"
