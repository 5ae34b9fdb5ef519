"""The names of the columns: as in the file, made unique where they are not, and said."""

from __future__ import annotations

import unicodedata

from core.data.reading.layout import Layout
from core.data.reading.model import Findings
from core.data.reading.records import Records


def column_names(layout: Layout, findings: Findings, records: Records, kept: list[bool]) -> list[str]:
    """Unique names of all columns. kept: those that stay; nothing is said of the others."""
    if layout.names is None:
        return [f"column_{place}" for place in range(1, layout.width + 1)]
    line = records.lines[layout.header_rows[0]]
    given = [name.strip().strip("\ufeff") for name in layout.names]
    names, taken, changed, blank = [], set(given), [], []
    seen: set[str] = set()
    for place, name in enumerate(given, 1):
        new = name
        if not name:
            new = _free(f"column_{place}", taken, start=None)
            if kept[place - 1]:
                blank.append(place)
        elif name in seen:
            new = _free(name, taken, start=2)
            changed.append((name, new))
        seen.add(name)
        taken.add(new)
        names.append(new)
    _say(layout, findings, names, changed, blank, line)
    _say_alike(names, findings, line)
    return names


def _say_alike(names: list[str], findings: Findings, line: int) -> None:
    """Names that nobody can tell apart on a screen: they differ in marks without width, or in how an accent is kept."""
    seen: dict[str, str] = {}
    for name in names:
        shown = unicodedata.normalize("NFKC", "".join(c for c in name if unicodedata.category(c) != "Cf"))
        if seen.setdefault(shown, name) != name:
            findings.warn(f"Line {line}: two columns look alike, as '{shown[:40]}', but are written differently.", line)
            return


def _free(name: str, taken: set[str], start: int | None) -> str:
    if start is None and name not in taken:
        return name
    number = start or 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def _say(layout: Layout, findings: Findings, names, changed, blank, line: int) -> None:
    if changed:
        shown = ", ".join(f"'{old[:40]}' → '{new[:44]}'" for old, new in changed[:5])
        findings.warn(f"Line {line}: column names occur twice and were changed: {shown}.", line)
    if layout.row_labels:
        findings.warn(
            f"Line {line} has one name less than the rows have cells; the first column, without a name, is "
            f"'{names[0]}'.",
            line,
        )
    elif blank:
        shown = ", ".join(f"'{names[place - 1]}'" for place in blank[:5])
        findings.warn(f"Line {line}: columns without a name were called {shown}.", line)
