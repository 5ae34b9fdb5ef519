"""The limited process: hostile files are answered in time and memory, and one bad file never ends a call.
RELIABILITY.md B20."""

import gzip
import json
import time
from pathlib import Path

import pytest

from core.data.reading import LimitedReader, ReadingLimits, limited, read, read_limited
from core.data.reading.command import read_command

SHARED = Path(__file__).parents[3] / "assets"
MOST_S, MOST_BYTES = 10.0, 500_000_000


def bomb() -> bytes:
    """2 MB that unpack to 2 GB: the same 10 MB of zeros 200 times over, which gzip allows."""
    return gzip.compress(bytes(10_000_000)) * 200


HOSTILE = {
    "gzip bomb": bomb,
    "a line of 5 MB": lambda: b"x" * 5_000_000,
    "a row of 5 MB": lambda: b"a,b\n1," + b"x" * 5_000_000 + b"\n2,y\n",
    "a million commas": lambda: b"," * 1_000_000,
    "a million quotes": lambda: b'"' * 1_000_000,
    "a million quotes and one": lambda: b"a,b\n1," + b'"' * 1_000_001,
    "five million digits": lambda: b"a,b\n1," + b"9" * 5_000_000 + b"\n2,3\n",
    "an open quote before 5 MB": lambda: b'a,b\n1,"x\n' + b"1,2\n" * 1_250_000,
    "empty cells only": lambda: (b"," * 100 + b"\n") * 10_000,
    "long rows": lambda: b"a,b\n" + b"1,2,3,4,5\n" * 200_000,
}


@pytest.fixture(scope="module")
def reader():
    with LimitedReader() as limited:
        yield limited


def peak(pid: int) -> int:
    text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(text.split("VmHWM:")[1].split()[0]) * 1024


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_answered_within_bounds(reader, name):
    content = HOSTILE[name]()
    start = time.monotonic()
    reading = reader.read(content)
    assert time.monotonic() - start < MOST_S
    assert reading.outcome in ("refused", "warned") or name == "a row of 5 MB"
    assert reading.messages or reading.outcome == "loaded"
    if reader.child is not None:
        assert peak(reader.child.pid) < MOST_BYTES


def test_it_reads_as_the_plain_reader_does(reader):
    content = (SHARED / "penguins.csv").read_bytes()
    shares = []
    limited, plain = reader.read(content, progress=shares.append), read(content)
    assert limited.table.data.equals(plain.table.data)
    assert (limited.columns, limited.messages, limited.header) == (plain.columns, plain.messages, plain.header)
    assert shares[-1] == 1.0


def test_the_deadline_ends_it_and_the_next_file_is_read():
    big = ("a,b\n" + "".join(f"{i},w{i}\n" for i in range(300_000))).encode()
    with LimitedReader(ReadingLimits(deadline_s=0.1)) as hurried:
        assert "limit of" in hurried.read(big).refusal
        hurried.limits = ReadingLimits()
        assert hurried.read(b"a,b\n1,2\n3,4\n").outcome == "loaded"


def test_time_that_others_had_the_processor_does_not_count(monkeypatch):
    """A busy machine is no fault of the file; only a far later moment on the clock ends a reading that does no work."""
    worked = iter([0.0] + [0.05] * 100_000)
    monkeypatch.setattr(limited, "_worked", lambda pid: next(worked))
    monkeypatch.setattr(limited, "WAIT", 1_000)
    big = ("a,b\n" + "".join(f"{i},w{i}\n" for i in range(300_000))).encode()
    assert read_limited(big, limits=ReadingLimits(deadline_s=0.1)).outcome == "loaded"
    monkeypatch.setattr(limited, "WAIT", 1)
    assert "limit of" in read_limited(big, limits=ReadingLimits(deadline_s=0.1)).refusal


def test_the_memory_limit_ends_it():
    big = ("a,b\n" + "".join(f"{i},word{i}\n" for i in range(500_000))).encode()
    reading = read_limited(big, limits=ReadingLimits(memory_bytes=110_000_000))
    assert reading.outcome == "refused"
    assert "memory" in reading.refusal or "down" in reading.refusal


def test_a_killed_process_is_an_answer(reader):
    reader.read(b"a,b\n1,2\n3,4\n")
    reader.child.kill()
    reader.child.wait()
    assert reader.read(b"a,b\n1,2\n3,4\n").outcome == "loaded"


def test_the_command_gives_one_object_per_file(tmp_path):
    good, bad, empty = tmp_path / "good.csv", tmp_path / "bad.csv", tmp_path / "empty.csv"
    good.write_bytes((SHARED / "penguins.csv").read_bytes())
    bad.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20))
    empty.write_bytes(b"")
    other = tmp_path / "sub"
    other.mkdir()
    (other / "good.csv").write_text("a,b\n1,2\n3,4\n")
    files = [str(good), str(bad), str(empty), str(tmp_path / "none.csv"), str(tmp_path), str(other / "good.csv")]
    answers = read_command(files, str(tmp_path / "out"))
    assert [answer["file"] for answer in answers] == files
    assert [answer["outcome"] for answer in answers] == ["loaded", "refused", "refused", "refused", "refused", "loaded"]
    first = answers[0]
    assert set(first) == {
        "file",
        "outcome",
        "rows",
        "columns",
        "delimiter",
        "encoding",
        "header",
        "messages",
        "target",
        "task",
        "saved",
    }
    assert (first["target"], first["task"], first["rows"], first["header"]) == ("species", "classification", 344, True)
    assert first["columns"][0] == {"name": "species", "type": "category", "missing": 0}
    assert Path(first["saved"]).exists() and first["saved"] != answers[5]["saved"]
    assert answers[1]["saved"] is None
    json.dumps(answers)


def test_without_a_folder_nothing_is_saved(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("a,b\n1,2\n3,4\n")
    (answer,) = read_command([str(file)], None)
    assert answer["saved"] is None and answer["outcome"] == "loaded"
