"""Arrow rows as numpy columns, one replica at a time. Nulls are told apart from NaN."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa


class Columns:
    """Rows of one kind and one replica."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._numbers: dict[str, np.ndarray] = {}
        self._known: dict[str, np.ndarray] = {}

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __contains__(self, name: str) -> bool:
        return name in self._table.column_names

    def numbers(self, name: str) -> np.ndarray:
        """float64 [rows]; null and an absent column are NaN."""
        if name not in self._numbers:
            self._numbers[name] = self._converted(name)
        return self._numbers[name]

    def known(self, name: str) -> np.ndarray:
        """bool [rows]: where there is a value, NaN and infinity included."""
        if name not in self:
            return np.zeros(len(self), bool)
        if name not in self._known:
            self._known[name] = self._table[name].is_valid().to_numpy(zero_copy_only=False)
        return self._known[name]

    def words(self, name: str) -> list[str]:
        """The words of a column."""
        return [str(word) for word in self._table[name].to_pylist()]

    def cell(self, name: str, row: int) -> np.ndarray:
        """The numbers of one list cell."""
        values = self._table[name][row].values
        return np.zeros(0) if values is None else np.asarray(values.to_numpy(zero_copy_only=False), dtype=float)

    def rows(self) -> list[dict[str, Any]]:
        """All rows as dictionaries."""
        return self._as_rows

    @cached_property
    def _as_rows(self) -> list[dict[str, Any]]:
        return [dict(row) for row in self._table.to_pylist()]

    def _converted(self, name: str) -> np.ndarray:
        if name not in self:
            return np.full(len(self), np.nan)
        column = self._table[name]
        if pa.types.is_boolean(column.type):
            column = column.cast(pa.int8())
        return np.asarray(column.to_numpy(zero_copy_only=False), dtype=float)


def by_replica(table: pa.Table) -> Mapping[int | None, Columns]:
    """The table's rows per replica; None holds all rows of a kind that knows no replicas."""
    if "replica" not in table.column_names:
        return {None: Columns(table)} if table.num_rows else {}
    replica = table["replica"].to_numpy(zero_copy_only=False)
    found = np.unique(replica)
    if len(found) == 1:
        return {int(found[0]): Columns(table)}
    whole = table.combine_chunks()  # else each taking puts all pieces together anew
    return {int(r): Columns(whole.take(pa.array(np.flatnonzero(replica == r)))) for r in found}
