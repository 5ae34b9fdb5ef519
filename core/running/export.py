"""Records as files: CSV that a spreadsheet opens without running it, JSON, Parquet."""

import csv
import io
import json
import math
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pyarrow as pa

Format = Literal["csv", "json", "parquet"]
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Text that begins so is run by spreadsheets (OWASP, CSV injection; the line feed is theirs too)."""


def exported(table: "pa.Table", form: Format) -> bytes:
    """A table as a file. CSV: see `to_csv`; JSON: one object per row, numbers that JSON lacks as words."""
    if form == "csv":
        return to_csv(table)
    if form == "json":
        return json.dumps(plain(table.to_pylist()), indent=1, allow_nan=False).encode()
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def to_csv(table: "pa.Table") -> bytes:
    """UTF-8, a header, CRLF. Missing cells are empty, lists are JSON; text that a spreadsheet would run is quoted."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([safe_cell(name) for name in table.column_names])
    for batch in table.to_batches(max_chunksize=10_000):
        columns = [column.to_pylist() for column in batch.columns]
        writer.writerows([_csv_cell(cell) for cell in row] for row in zip(*columns, strict=True))
    return text.getvalue().encode()


def safe_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula: a single quote before it where needed."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def plain(tree: Any) -> Any:
    """The same tree with words for the numbers that JSON lacks: "NaN", "Infinity", "-Infinity"."""
    if isinstance(tree, dict):
        return {key: plain(value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [plain(value) for value in tree]
    if isinstance(tree, float) and not math.isfinite(tree):
        return "NaN" if math.isnan(tree) else "Infinity" if tree > 0 else "-Infinity"
    return tree


def _csv_cell(cell: Any) -> Any:
    if isinstance(cell, str):
        return safe_cell(cell)
    if isinstance(cell, list):
        return json.dumps(plain(cell))
    return cell
