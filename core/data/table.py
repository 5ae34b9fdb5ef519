"""Data as loaded: an Arrow table with a stated type for every column."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

ColumnType = Literal["number", "category", "boolean", "date", "text", "id"]

METADATA_KEY = b"layerscope.column_types"
HEAD_ROWS = 100
"""First rows, which are a group of their own in a Parquet file: whoever looks at them alone reads nothing else."""


@dataclass(frozen=True)
class Column:
    """One column as the reader understood it. missing: number of missing cells."""

    name: str
    type: ColumnType
    missing: int


@dataclass(frozen=True)
class Table:
    """Data as loaded. Column names are unique and in the file's order; missing cells are null.

    number → int64 or float64, boolean → bool, date → timestamp[us] without zone (UTC where the file named one),
    category, text and id → string.
    """

    data: pa.Table
    columns: tuple[Column, ...]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.data.num_rows

    @classmethod
    def of(cls, data: pa.Table, types: dict[str, ColumnType]) -> Table:
        """A table from Arrow data and the type of each column. names must be unique."""
        assert len(set(data.column_names)) == data.num_columns, "column names repeat"
        columns = tuple(
            Column(name, types[name], data.column(place).null_count) for place, name in enumerate(data.column_names)
        )
        return cls(data, columns)

    def to_parquet(self) -> bytes:
        """The table as a Parquet file; column types travel in the schema's metadata."""
        sink = io.BytesIO()
        self.write_parquet(sink)
        return sink.getvalue()

    def write_parquet(self, where) -> None:
        """Write the Parquet file to a path or a binary file."""
        import pyarrow.parquet as pq

        kinds = json.dumps([column.type for column in self.columns]).encode()
        content = self.data.replace_schema_metadata({METADATA_KEY: kinds})
        with pq.ParquetWriter(where, content.schema, compression="zstd") as writer:
            writer.write_table(content.slice(0, HEAD_ROWS))
            if content.num_rows > HEAD_ROWS:
                writer.write_table(content.slice(HEAD_ROWS))

    @classmethod
    def from_parquet(cls, content: bytes) -> Table:
        """The table that `to_parquet` wrote. Raises ValueError for a Parquet file of somebody else's."""
        return cls.read_parquet(pa.BufferReader(content))

    @classmethod
    def read_parquet(cls, where) -> Table:
        """The same from a path or a binary file."""
        import pyarrow.parquet as pq

        data = pq.read_table(where)
        kinds = (data.schema.metadata or {}).get(METADATA_KEY)
        if kinds is None:
            raise ValueError("this Parquet file was not written by Layerscope: its column types are not stated")
        return cls.of(data.replace_schema_metadata(None), dict(zip(data.column_names, json.loads(kinds), strict=True)))
