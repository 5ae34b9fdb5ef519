"""Where runs are executed: an interface, and the processes of this machine behind it."""

import gc
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.devices import shown
from core.running.environment import ROOT, become_background, clean_environment, handed, log_file, open_log
from core.settings import Settings
from core.store import Run, Store


@dataclass(frozen=True)
class Ended:
    """A worker process that has ended. code: its exit code, or minus the number of the signal that ended it."""

    run_id: str
    code: int


class Executor(Protocol):
    """Starts runs somewhere and says which have ended. The run itself speaks through the store."""

    def capacity(self) -> int:
        """How many runs may be executed at the same time."""

    def submit(self, run: Run) -> None:
        """Start a claimed run."""

    def cancel(self, run_id: str) -> bool:
        """End a run's process at once. False where it is not one of ours."""

    def executing(self) -> list[str]:
        """The runs that were submitted and whose end `ended` has not told yet."""

    def ended(self) -> list[Ended]:
        """Those that ended since the last call."""


class LocalExecutor:
    """One process of this machine per run: forked from a warm process where that can be, else a fresh interpreter. A
    fork whose run takes a CUDA device becomes a fresh interpreter by itself."""

    def __init__(
        self,
        store: Store,
        chosen: Settings,
        before_fork: Callable[[], Iterable[int]],
    ) -> None:
        """store: as workers use it. before_fork: closes what must not live through a fork; gives the descriptors that
        the child must close."""
        self._store = store
        self._settings = chosen
        self._before_fork = before_fork
        self._forked: dict[int, str] = {}
        self._fresh: dict[str, subprocess.Popen[bytes]] = {}

    def capacity(self) -> int:
        """How many runs may be executed at the same time."""
        return self._settings.concurrent_runs

    def submit(self, run: Run) -> None:
        """Start a claimed run in a process of its own."""
        log = log_file(self._settings, run.id)
        if hasattr(os, "fork"):
            self._forked[self._fork(run.id, log)] = run.id
        else:
            self._fresh[run.id] = self._spawn(run.id, log)

    def cancel(self, run_id: str) -> bool:
        """Kill a run's process group. Only children that were not waited for are touched: no number is reused yet."""
        pids = [pid for pid, owner in self._forked.items() if owner == run_id]
        if run_id in self._fresh and self._fresh[run_id].poll() is None:
            pids.append(self._fresh[run_id].pid)
        for pid in pids:
            kill_group(pid)
        return bool(pids)

    def executing(self) -> list[str]:
        """The runs whose processes are ours."""
        return [*self._forked.values(), *self._fresh]

    def ended(self) -> list[Ended]:
        """Workers that ended since the last call; their numbers are free again after it."""
        found = [Ended(self._forked.pop(pid), code) for pid, code in reaped(list(self._forked))]
        for run_id, child in list(self._fresh.items()):
            code = child.poll()
            if code is not None:
                del self._fresh[run_id]
                found.append(Ended(run_id, code))
        return found

    def _fork(self, run_id: str, log: Path) -> int:
        def work() -> int:
            become_background(log)
            from core.running.worker import work_in_background

            return work_in_background(self._store, run_id, self._settings)

        self._store.close()
        return forked(work, self._before_fork())

    def _spawn(self, run_id: str, log: Path) -> subprocess.Popen[bytes]:
        with open_log(log) as file:
            child = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "core.running.worker"],
                cwd=ROOT,
                env=shown(clean_environment()),
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        assert child.stdin is not None
        child.stdin.write(handed(self._store.url, self._settings, run=run_id))
        child.stdin.close()
        return child


def complain() -> None:
    """Write the error at hand to the log, where there is room for it."""
    with suppress(OSError):
        traceback.print_exc()


def forked(work: Callable[[], int], to_close: Iterable[int]) -> int:
    """Do `work` in a copy of this process, which then ends with the code that `work` gives; the copy's number."""
    sys.stdout.flush()
    sys.stderr.flush()
    gc.freeze()  # pages of what is loaded stay shared
    pid = os.fork()
    if pid:
        gc.unfreeze()
        return pid
    code = 1
    try:
        for descriptor in to_close:
            os.close(descriptor)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        code = work()
    except BaseException:
        complain()
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def reaped(pids: list[int]) -> list[tuple[int, int]]:
    """Those of our children that have ended, each with its exit code or minus its signal."""
    found = []
    for pid in pids:
        try:
            ended, status = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            found.append((pid, 0))
            continue
        if ended:
            found.append((pid, os.waitstatus_to_exitcode(status)))
    return found


def kill_group(pid: int) -> None:
    """End a process and whatever it started, at once."""
    for end in (os.killpg, os.kill) if hasattr(os, "killpg") else (os.kill,):
        try:
            end(pid, signal.SIGKILL)
            return
        except (ProcessLookupError, PermissionError):
            continue
