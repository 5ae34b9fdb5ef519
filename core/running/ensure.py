"""The dashboard's part in running: see to it that one runner is alive, and say so when there is none."""

import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from core.running.environment import ROOT, absolute, clean_environment, handed, log_file, open_log, stamp
from core.running.watch import is_runner_alive
from core.settings import Settings, settings
from core.store import RunnerInfo, Store, StoreError

LOOK_SECONDS = 1.0
"""A page asks on every rerun; the store is asked at most once in this time."""
SEEN_SECONDS = 10.0
"""How often the dashboard notes that it is there."""
PATIENCE_SECONDS = 180.0
"""How long a runner of ours may take to its first beat: on a machine under load it takes long, and another one started
beside it would take longer still."""
DASHBOARD = "dashboard"
"""Under this name a dashboard notes that it is there; an idle runner stays while it does."""

_lock = threading.Lock()
_last: dict[str, tuple[float, "RunnerState"]] = {}
_noted: dict[str, float] = {}
_children: dict[str, tuple["subprocess.Popen[bytes]", float]] = {}
"""By store the runner that this process started, and when."""


@dataclass(frozen=True)
class RunnerState:
    """Whether runs can start. details: what the runner says of itself, such as its devices."""

    is_alive: bool
    is_starting: bool = False
    details: dict[str, Any] = field(default_factory=dict)


def ensure_runner(store: Store, chosen: Settings | None = None) -> RunnerState:
    """Start a runner if none is alive, never a second one. Quick: asks the store once a second at most.

    Where settings forbid starting one (it is a service of its own), only looks. Raises StoreError."""
    with _lock:
        looked, state = _last.get(store.url, (0.0, None))
        if state is not None and time.monotonic() - looked < LOOK_SECONDS:
            return state
        chosen = chosen or settings()
        state = _state(store, chosen) or (_start(store, chosen) if chosen.start_runner else RunnerState(is_alive=False))
        _last[store.url] = time.monotonic(), state
        _note(store)
        return state


def dismiss(store: Store) -> None:
    """End the runner that this process started, unless somebody's runs still train or wait."""
    with _lock:
        child, _ = _children.pop(store.url, (None, 0.0))
        _last.pop(store.url, None)
    if child is None or child.poll() is not None or store.running() or store.waiting()[0]:
        return
    child.terminate()
    child.wait()


def _state(store: Store, chosen: Settings) -> RunnerState | None:
    """The runner's state, None where none is alive."""
    is_on_its_way = _is_on_its_way(store)
    runner = store.runner()
    if runner is None or not is_runner_alive(runner):
        return RunnerState(is_alive=False, is_starting=True) if is_on_its_way else None
    if chosen.start_runner and runner.details.get("stamp", stamp()) < stamp():
        store.end_lease(runner.token)  # an older program's; it ends within a second, its runs go on
        return None
    return _described(runner)


def _is_on_its_way(store: Store) -> bool:
    """Whether a runner that we started lives and may still take its time."""
    if store.url not in _children:
        return False
    child, started = _children[store.url]
    if child.poll() is None:
        return time.monotonic() - started < PATIENCE_SECONDS
    del _children[store.url]
    return False


def _described(runner: RunnerInfo) -> RunnerState:
    is_starting = runner.process is None or not runner.details.get("ready", False)
    return RunnerState(is_alive=not is_starting, is_starting=is_starting, details=runner.details)


def _start(store: Store, chosen: Settings) -> RunnerState:
    """Take the lease on behalf of a new runner, then start it. Who does not get the lease starts nothing."""
    token = store.take_lease(is_runner_alive)
    if token is not None:
        try:
            child = _spawn(handed(store.url, absolute(chosen), token=token), chosen)
            _children[store.url] = child, time.monotonic()
        except OSError:
            store.end_lease(token)
            raise StoreError(
                "No runner could be started: the machine is out of room. Runs wait until it can."
            ) from None
    return RunnerState(is_alive=False, is_starting=True)


def _spawn(told: bytes, chosen: Settings) -> "subprocess.Popen[bytes]":
    with open_log(log_file(chosen, "runner")) as log:
        child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "core", "runner", "--handed"],
            cwd=ROOT,
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    assert child.stdin is not None
    child.stdin.write(told)
    child.stdin.close()
    return child


def _note(store: Store) -> None:
    if time.monotonic() - _noted.get(store.url, -SEEN_SECONDS) >= SEEN_SECONDS:
        store.note(DASHBOARD)
        _noted[store.url] = time.monotonic()
