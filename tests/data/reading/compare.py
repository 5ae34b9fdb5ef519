"""Whether a table equals the right one: numbers as numbers, dates as moments, text to the letter."""

import math
from datetime import date, datetime


def plain(value):
    """A cell in a form that two readers can be compared in."""
    if value is None or isinstance(value, float) and math.isnan(value) or value == "":
        return None
    if hasattr(value, "item"):
        return plain(value.item())
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime()
    if type(value).__name__ == "NaTType":
        return None
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, (int, float)):
        return ("number", float(value) if abs(value) < 2**53 else value)
    if isinstance(value, datetime):
        return ("date", value.replace(tzinfo=None))
    if isinstance(value, date):
        return ("date", datetime(value.year, value.month, value.day))
    return ("text", str(value))


def same_rows(rows, right) -> bool:
    """Cell by cell."""
    return len(rows) == len(right) and all(
        len(a) == len(b) and all(plain(x) == plain(y) for x, y in zip(a, b)) for a, b in zip(rows, right)
    )


def rows_of(table) -> list[tuple]:
    """Rows of an Arrow table."""
    columns = [table.column(place).to_pylist() for place in range(table.num_columns)]
    return list(zip(*columns)) if columns else []
