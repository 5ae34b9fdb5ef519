"""Every kind of file that goes wrong: the right table, or the truth about it. RELIABILITY.md B1 to B17; corpus.py says
above its parts which."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from compare import rows_of, same_rows
from corpus import CASES

from core.data.reading import read


def test_the_corpus_is_large_enough():
    assert len(CASES) >= 150
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case):
    reading = read(case.data)
    texts = " ".join(message.text for message in reading.messages)
    allowed = {"told": ("warned", "refused")}.get(case.outcome, (case.outcome,))
    if case.outcome == "told" and case.rows is not None and reading.outcome == "loaded":
        allowed = ("loaded",)  # nothing was wrong with it after all: then the rows must be right
    assert reading.outcome in allowed, texts
    assert case.says.lower() in texts.lower()
    if reading.outcome == "refused":
        assert reading.table is None and texts.count(".") >= 1
        return
    if case.names is not None:
        assert tuple(reading.table.data.column_names) == case.names
    if case.rows is not None:
        assert same_rows(rows_of(reading.table.data), case.rows), rows_of(reading.table.data)[:10]
    if case.types is not None:
        assert tuple(column.type for column in reading.columns) == case.types
