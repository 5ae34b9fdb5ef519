"""`python -m core read`: one JSON object per file, whatever the files are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from core.data.reading.limited import LimitedReader
from core.data.reading.model import Message, Reading


def read_command(files: list[str], save: str | None) -> list[dict]:
    """One object per file, in order. save: folder for the typed tables as Parquet, made when missing."""
    return list(read_each(files, save))


def read_each(files: list[str], save: str | None) -> Iterator[dict]:
    """The same one by one, as they are done."""
    import tempfile

    taken: set[str] = set()
    with tempfile.TemporaryDirectory(prefix="layerscope-read-") as scratch, LimitedReader() as reader:
        folder = Path(save or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            where = folder / _free_name(file, taken)
            try:
                reading = reader.read(Path(file), save_to=where, propose=True)
            except Exception as error:  # one bad file never ends the call
                reading = Reading("refused", messages=(Message("refusal", f"The file cannot be read: {error}."),))
            if save is None:
                where.unlink(missing_ok=True)
            yield described(file, reading, saved=save is not None)


def described(file: str, reading: Reading, saved: bool) -> dict:
    """The object the command prints for one file."""
    known = reading.proposal or {}
    return {
        "file": file,
        "outcome": reading.outcome,
        "rows": reading.rows,
        "columns": [asdict(column) for column in reading.columns],
        "delimiter": reading.delimiter.value,
        "encoding": reading.encoding.value,
        "header": reading.header.value,
        "messages": [asdict(message) for message in reading.messages],
        "target": known.get("target"),
        "task": known.get("task"),
        "saved": reading.saved if saved else None,
    }


def _free_name(file: str, taken: set[str]) -> str:
    stem = re.sub(r"[^\w.-]+", "_", Path(file).name)[:100] or "table"
    name, number = f"{stem}.parquet", 2
    while name in taken:
        name, number = f"{stem}_{number}.parquet", number + 1
    taken.add(name)
    return name
