"""Reading in a process of its own, with a deadline and a memory limit: a hostile file costs that process only.

Parent and child speak JSON lines over the child's stdin and a pipe. The child serves many files one after the other
and is replaced when it was killed or has grown."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from core.data.reading.model import (
    DEFAULT_CHOICES,
    DEFAULT_LIMITS,
    Guess,
    Message,
    Reading,
    ReadingChoices,
    ReadingLimits,
)
from core.data.table import Column, Table

ROOT = Path(__file__).resolve().parents[3]
WAIT = 6  # how often longer than its work a reading may take on a busy machine (our choice)
CHECK_S = 0.05  # how often the child's memory is looked at
GROWN_BYTES = 400_000_000  # a child that holds more after its work is replaced, so that memory goes back
START_S = 60  # a busy machine may take long to start Python
GUESSES = ("encoding", "delimiter", "quote", "decimal", "thousands", "header")


def read_limited(
    data: bytes | Path,
    choices: ReadingChoices = DEFAULT_CHOICES,
    limits: ReadingLimits = DEFAULT_LIMITS,
    progress: Callable[[float], None] | None = None,
    save_to: Path | None = None,
    propose: bool = False,
) -> Reading:
    """As `read`, in a limited process. With save_to the table is written there as Parquet and not loaded here."""
    with LimitedReader(limits) as reader:
        return reader.read(data, choices, progress, save_to, propose)


class LimitedReader:
    """A limited process that reads one file after the other. Use as a context manager, from one thread."""

    def __init__(self, limits: ReadingLimits = DEFAULT_LIMITS):
        self.limits, self.answers, self.buffer = limits, -1, b""
        self.child: subprocess.Popen | None = None

    def __enter__(self) -> LimitedReader:
        return self

    def __exit__(self, *error) -> None:
        self._stop()

    def read(
        self,
        data: bytes | Path,
        choices: ReadingChoices = DEFAULT_CHOICES,
        progress: Callable[[float], None] | None = None,
        save_to: Path | None = None,
        propose: bool = False,
    ) -> Reading:
        """The reading of one file; always an answer, also when the process had to be ended."""
        with tempfile.TemporaryDirectory(prefix="layerscope-reading-") as folder:
            where = Path(folder) / "table.parquet" if save_to is None else save_to
            path = data if isinstance(data, Path) else Path(folder) / "file"
            if not isinstance(data, Path):
                path.write_bytes(data)
            order = {
                "path": str(path.absolute()),
                "choices": choices.model_dump(),
                "limits": asdict(self.limits),
                "save": str(where.absolute()),
                "propose": propose,
            }
            answer = self._asked(order, _size(path), progress)
            reading = _from_json(answer)
            if reading.outcome != "refused" and save_to is None:
                return Reading(**{**vars(reading), "table": Table.read_parquet(where), "saved": None})
            return reading

    def _asked(self, order: dict, size: int, progress) -> dict:
        seconds = self.limits.deadline_for(size)
        for _ in range(2):  # an idle child may have been ended by somebody else
            child = self._started()
            if child is None or child.stdin is None:
                continue
            try:
                child.stdin.write(json.dumps(order).encode() + b"\n")
                child.stdin.flush()
                return self._answer(child.pid, seconds, progress)
            except (BrokenPipeError, ConnectionResetError):
                self._stop()
            except BaseException:  # the caller gave up half-way: what the child still says belongs to nobody
                self._stop()
                raise
        return _refusal("The reading process could not be started.")

    def _answer(self, pid: int, seconds: float, progress) -> dict:
        worked, latest = _worked(pid), time.monotonic() + WAIT * seconds
        while True:
            while b"\n" in self.buffer:
                line, self.buffer = self.buffer.split(b"\n", 1)
                answer = json.loads(line)
                if "progress" not in answer:
                    if _memory(pid) > GROWN_BYTES:
                        self._stop()
                    return answer
                if progress is not None:
                    progress(answer["progress"])
            if _worked(pid) - worked > seconds or time.monotonic() > latest:
                self._stop()
                return _refusal(
                    f"Reading took longer than the limit of {seconds:.0f} seconds. Load a part of the file."
                )
            if _memory(pid) > self.limits.memory_bytes:
                self._stop()
                return _refusal(
                    f"Reading needs more than the limit of {self.limits.memory_bytes / 1e6:,.0f} MB of "
                    f"memory. Load a part of the file."
                )
            if select.select([self.answers], [], [], CHECK_S)[0]:
                piece = os.read(self.answers, 65_536)
                if not piece:
                    self._stop()
                    return _refusal(
                        "The file brought the reading process down. It may be damaged; export it again as CSV."
                    )
                self.buffer += piece

    def _started(self) -> subprocess.Popen | None:
        """The child, started where there is none; None when it does not come up."""
        if self.child is not None and self.child.poll() is None:
            return self.child
        self._stop()
        self.answers, theirs = os.pipe()
        environment = {
            key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV") if key in os.environ
        }
        environment |= {"PYTHONPATH": str(ROOT), "ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1"}
        self.child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "core.data.reading.child", str(theirs), str(self.limits.memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs,),
            env=environment,
            cwd=tempfile.gettempdir(),
            start_new_session=True,
        )
        os.close(theirs)
        self.buffer = b""
        if not select.select([self.answers], [], [], START_S)[0] or not os.read(self.answers, 6):
            self._stop()
        return self.child

    def _stop(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.wait()
            if self.child.stdin is not None:
                with contextlib.suppress(OSError):
                    self.child.stdin.close()
            self.child = None
        if self.answers >= 0:
            os.close(self.answers)
            self.answers = -1
        self.buffer = b""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _worked(pid: int) -> float:
    """Seconds that a process has had a processor; those on the clock where the system does not tell."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return time.monotonic()


def _memory(pid: int) -> int:
    """Bytes of resident memory; 0 where the system does not tell."""
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


def _refusal(text: str) -> dict:
    return {"outcome": "refused", "messages": [{"level": "refusal", "text": text}]}


def to_json(reading: Reading) -> dict:
    """A reading without its table, for the pipe."""
    plain = {
        "outcome": reading.outcome,
        "rows": reading.rows,
        "saved": reading.saved,
        "proposal": reading.proposal,
        "first_rows": reading.first_rows,
        "messages": [asdict(message) for message in reading.messages],
        "columns": [asdict(column) for column in reading.columns],
    }
    return plain | {name: asdict(getattr(reading, name)) for name in GUESSES}


def _from_json(plain: dict) -> Reading:
    guesses = {name: Guess(**plain[name]) for name in GUESSES if name in plain}
    return Reading(
        plain["outcome"],
        None,
        tuple(Message(**m) for m in plain["messages"]),
        rows=plain.get("rows", 0),
        columns=tuple(Column(**c) for c in plain.get("columns", ())),
        saved=plain.get("saved"),
        proposal=plain.get("proposal"),
        first_rows=tuple(tuple(row) for row in plain.get("first_rows", ())),
        **guesses,
    )
