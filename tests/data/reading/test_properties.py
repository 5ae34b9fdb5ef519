"""What holds for every file: written tables come back, damage never gets a traceback, choices win."""

import csv
import io
import random
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from compare import rows_of
from corpus import CASES

from core.data.reading import ReadingChoices, ReadingLimits, read
from core.data.reading.model import Refusal
from core.data.reading.records import Dialect, RecordParser, all_records
from core.data.table import Table

MUTANTS = 2_000
SLOWEST_S = 10.0
CELL = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff"), max_size=8)
ROWS = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=2, max_size=8)
)


def written(rows, delimiter, newline, quoting=csv.QUOTE_MINIMAL):
    sink = io.StringIO(newline="")
    csv.writer(sink, delimiter=delimiter, lineterminator=newline, quoting=quoting).writerows(rows)
    return sink.getvalue()


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=ROWS,
    delimiter=st.sampled_from(",;\t|"),
    newline=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_records_come_back_as_they_were_written(rows, delimiter, newline, quoting):
    found = all_records(written(rows, delimiter, newline, quoting), Dialect(delimiter))
    assert found.rows == rows
    assert not found.stray


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=ROWS, size=st.integers(1, 30))
def test_blocks_of_any_size_give_the_same_records(rows, size):
    text = written([[cell + "\n" + cell for cell in row] for row in rows], ",", "\n")
    parser, found = RecordParser(Dialect(",")), []
    for start in range(0, len(text), size):
        found += parser.feed(text[start : start + size], start + size >= len(text)).rows
    assert found == all_records(text, Dialect(",")).rows


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    values=st.lists(
        st.tuples(
            st.integers(-(2**53), 2**53),
            st.floats(allow_nan=False, allow_infinity=False),
            st.sampled_from(["red", "blue", "dark, green", 'a "b"']),
        ),
        min_size=3,
        max_size=20,
    ),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_a_written_table_comes_back_or_is_told(values, delimiter, encoding):
    rows = [["count", "measure", "colour"], *[[str(a), repr(b), c] for a, b, c in values]]
    reading = read(written(rows, delimiter, "\n").encode(encoding))
    if reading.outcome == "refused":
        return
    assert reading.table.data.column_names == rows[0]
    if reading.outcome == "loaded":
        assert rows_of(reading.table.data) == values


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=st.binary(max_size=300))
def test_any_bytes_get_an_answer(content):
    reading = read(content)
    assert (reading.table is None) == (reading.outcome == "refused")
    assert reading.outcome != "refused" or reading.refusal


def mutated(content: bytes, other: bytes, rng: random.Random) -> bytes:
    kind = rng.randrange(5)
    content = content[:20_000]
    if kind == 0 and content:
        at = rng.randrange(len(content))
        return content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :]
    lines = content.splitlines(keepends=True)
    if kind == 1 and lines:
        del lines[rng.randrange(len(lines))]
        return b"".join(lines)
    if kind == 2:
        return content[: len(content) // 2] + other[len(other) // 2 :][:20_000]
    if kind == 3 and lines:
        rng.shuffle(lines)
        return b"".join(lines)
    at = rng.randrange(len(content) + 1)
    return (
        content[:at] + rng.choice([b'"', b",", b"\n", b"\r", b"\x00", b";", b"'", b"\\", b"\xe9", b"#"]) + content[at:]
    )


def test_two_thousand_mutants_never_bring_it_down():
    rng = random.Random(20240131)
    slowest = 0.0
    for _ in range(MUTANTS):
        content = mutated(rng.choice(CASES).data, rng.choice(CASES).data, rng)
        start = time.monotonic()
        reading = read(content)
        slowest = max(slowest, time.monotonic() - start)
        assert (reading.table is None) == (reading.outcome == "refused"), content
        if reading.table is not None:
            names = reading.table.data.column_names
            assert len(set(names)) == len(names)
            assert reading.table.rows == reading.rows > 0
    assert slowest < SLOWEST_S


@pytest.mark.parametrize("case", [c for c in CASES if c.outcome in ("loaded", "warned")][::3], ids=lambda c: c.name)
def test_parquet_keeps_the_table(case):
    table = read(case.data).table
    again = Table.from_parquet(table.to_parquet())
    assert again.columns == table.columns
    assert again.data.equals(table.data)


def test_a_foreign_parquet_file_is_refused():
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(pa.table({"a": [1]}), sink)
    with pytest.raises(ValueError, match="not written by Layerscope"):
        Table.from_parquet(sink.getvalue())


def test_choices_win_over_guesses():
    """RELIABILITY.md B17: whatever was guessed can be changed."""
    content = "a;b\n1,5;x\n2,5;y\n".encode("cp1252")
    assert read(content, ReadingChoices(delimiter=",")).delimiter.value == ","
    assert read(content, ReadingChoices(header=False)).rows == 3
    assert read(content, ReadingChoices(types={"a": "text"})).columns[0].type == "text"
    assert read(b"a,b\n1,2\n3,x\n4,5\n", ReadingChoices(types={"b": "number"})).table.data["b"].to_pylist() == [
        2,
        None,
        5,
    ]
    assert read(b"d,n\n03/04/2024,1\n", ReadingChoices(types={"d": "date"})).columns[0].type == "date"
    assert read(b"junk\na,b\n1,2\n3,4\n", ReadingChoices(skip_rows=1)).outcome == "loaded"
    assert read(b"c,n\nNA,1\nDE,2\n-,3\n", ReadingChoices(missing=("-",))).table.data["c"].to_pylist() == [
        "NA",
        "DE",
        None,
    ]
    assert read(b"a;b\n1.234;x\n2.345;y\n", ReadingChoices(decimal=",")).table.data["a"].to_pylist() == [
        1234,
        2345,
    ]
    assert read("é,b\n1,2\n".encode("latin-1"), ReadingChoices(encoding="latin-1")).table.data.column_names[0] == "é"
    assert "no encoding called" in read(content, ReadingChoices(encoding="klingon")).refusal
    assert "boolean" in read(b"a,b\np,1\nq,2\n", ReadingChoices(types={"a": "boolean"})).refusal


def test_limits_are_named():
    assert "limit" in read(b"a,b\n1,2\n", limits=ReadingLimits(max_bytes=5)).refusal
    assert "limit is 2" in read(b"a,b,c\n1,2,3\n4,5,6\n", limits=ReadingLimits(max_columns=2)).refusal


def test_a_giant_cell_is_refused_with_its_line():
    parser = RecordParser(Dialect(","), longest_cell=100)
    with pytest.raises(Refusal) as refused:
        parser.feed('a,b\n1,"' + "x" * 200, last=False)
    assert refused.value.message.line == 2


def test_what_was_guessed_is_told_with_evidence():
    reading = read(b"name;x\nAnn;1,5\nBob;2,75\n")
    for guess in (
        reading.encoding,
        reading.delimiter,
        reading.quote,
        reading.decimal,
        reading.thousands,
        reading.header,
    ):
        assert guess.evidence
    assert reading.decimal.value == ","
    assert reading.first_rows[0] == ("name", "x")
