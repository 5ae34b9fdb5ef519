"""What became of processes: why one ended, in words, and which runs have none any more."""

import signal
import time
from collections.abc import Collection

from core.running.process import is_alive
from core.store import Run, RunnerInfo, Store
from core.store.model import State

SILENCE_SECONDS = 8.0
"""A process on another machine that says nothing for so long is gone (workers speak every second; 10 s is promised)."""
START_SECONDS = 8.0
"""How long a claimed run, or a runner, may take until its process names itself (a fresh interpreter: about 0.5 s)."""
UNRECORDED = 3
"""Exit code of a worker that could not write its record any more."""


def settle(store: Store, own: Collection[str] | None = None) -> list[str]:
    """End the runs that are called running but have no process; gives their ids. Anybody may call this at any time.

    own: from the runner, the runs whose processes it waits for itself: it will know better why they ended. From others
    these are all runs that a living runner has started."""
    gone = [run for run in store.running() if not is_executed(run)]
    if gone and own is None:
        runner = store.runner()
        if runner is not None and is_runner_alive(runner):
            gone = [run for run in gone if run.runner != runner.token]
    gone = [run for run in gone if run.id not in (own or ())]
    words = "The process that executed it is gone; what was recorded until then is kept."
    return [run.id for run in gone if _end(store, run, "interrupted", words)]


def is_executed(run: Run) -> bool:
    """Whether a living process executes the run, as far as can be seen from here."""
    silent_s = time.time() - (run.heartbeat or 0.0)
    if run.process is None:
        return abs(silent_s) < START_SECONDS
    alive = is_alive(run.process)
    return abs(silent_s) < SILENCE_SECONDS if alive is None else alive


def is_runner_alive(runner: RunnerInfo) -> bool:
    """Whether the holder of the lease lives, or is just starting."""
    silent_s = time.time() - runner.heartbeat
    if runner.process is None:
        return abs(silent_s) < START_SECONDS
    alive = is_alive(runner.process)
    return abs(silent_s) < SILENCE_SECONDS if alive is None else alive


def end_by_exit(store: Store, run: Run, code: int, killed_because: str | None = None) -> bool:
    """End a run whose worker has ended. code: its exit code, or minus the signal's number. False if it had ended well.

    killed_because: why we ended the process ourselves."""
    if run.request == "stop":
        return _end(store, run, "stopped", killed_because)
    return _end(store, run, "failed", killed_because or reason(code))


def reason(code: int) -> str:
    """Why a process ended, in a sentence. code: exit code, or minus the signal's number."""
    if code < 0:
        name = f"signal {-code} ({_signal_name(-code)})"
        more = "; out of memory is a common cause" if -code == signal.SIGKILL else ""
        return f"The worker process was ended by {name}{more}. What was recorded until then is kept."
    if code == UNRECORDED:
        return "What was measured could not be written to the store for long: the disk is full, or the store is busy."
    if code == 0:
        return "The worker process ended without saying how. Its log has the details."
    return f"The worker process ended by itself with code {code}. Its log has the details."


def _end(store: Store, run: Run, state: State, words: str | None) -> bool:
    return store.finish(run.id, state, words)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
