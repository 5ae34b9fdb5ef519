"""The runner: one process per deployment that starts a worker for every queued run, watches them, answers questions."""

import os
import select
import signal
import sys
import time
from contextlib import suppress
from types import FrameType
from typing import Any

from core import devices
from core.running.ensure import DASHBOARD
from core.running.environment import clean_logs, forget_secrets, stamp
from core.running.executor import Ended, Executor, LocalExecutor
from core.running.previews import Previews
from core.running.process import this_process
from core.running.warm import rehearse, warm_store, warm_up
from core.running.watch import end_by_exit, is_runner_alive, settle
from core.running.worker import BUSY_SECONDS
from core.settings import Settings
from core.store import Run, Store, StoreError

QUICK_SECONDS = 0.02
"""Between looks at the store while something happened lately: what a click waits for."""
IDLE_SECONDS = 0.2
QUICK_FOR_SECONDS = 120.0
BEAT_SECONDS = 1.0
WATCH_SECONDS = 0.5
CLEAN_SECONDS = 60.0
NEED_SECONDS = 2.0
"""Between looks whether the runner is still of use."""
STOP_SECONDS = 3.0
"""How long a worker may take to stop before it is ended."""
OVERTIME_SECONDS = 10.0
"""How far over its time limit a worker may be before it is ended."""


class Runner:
    """Looks, starts, watches, until it is told to end or has been of no use for long."""

    def __init__(self, store: Store, chosen: Settings, token: str, executor: Executor | None = None) -> None:
        self._store = store
        self._settings = chosen
        self._token = token
        self._previews = Previews(store, chosen, self._before_fork)
        self._workers_store = Store.connect(store.url, BUSY_SECONDS)
        self._executor = executor or LocalExecutor(self._workers_store, chosen, self._before_fork)
        self._details: dict[str, Any] = {"ready": False, "capacity": self._executor.capacity(), "stamp": stamp()}
        self._is_ending = False
        self._active = time.monotonic()
        self._due: dict[str, float] = {}
        self._stopping: dict[str, float] = {}
        self._running: dict[str, float] = {}
        self._unsettled: dict[str, tuple[Ended, str | None]] = {}
        self._killed: dict[str, str] = {}

    def serve(self) -> None:
        """Work until ended. Runs go on without a runner; the next one takes them over."""
        self._active = time.monotonic()
        try:
            while not self._is_ending:
                self._patiently()
                self._wait()
        finally:
            self._previews.close()
            self._end()

    def prepare(self) -> None:
        """Load what workers need and say which devices there are: a second or two."""
        self._listen()
        self._beat()
        if hasattr(os, "fork"):
            devices.hide()
        look = devices.Look(os.environ)
        warm_up()
        self._beat()
        rehearse(self._settings)
        self._listen()  # a run, and the rehearsal is one, takes signals for itself
        warm_store(self._workers_store)
        found = [{"name": "cpu", "title": "Processor"}, *look.found(self._goes_on)]
        self._previews.start()
        self._details |= {"ready": True, "devices": found}
        self._beat()

    def _goes_on(self) -> bool:
        if self._is_due("beat", BEAT_SECONDS):
            self._beat()
        return not self._is_ending

    def _listen(self) -> None:
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)

    def _patiently(self) -> None:
        """One round; a store that is out of reach is waited for."""
        try:
            self._round()
        except (StoreError, OSError) as error:
            with suppress(OSError):  # the log may lie on the same full disk
                print(f"Tried again soon: {error}", file=sys.stderr, flush=True)
            time.sleep(1.0)

    def _round(self) -> None:
        self._settle_ended()
        self._previews.look()
        run_waits, question_waits = self._store.waiting()
        if question_waits and not self._previews.is_busy:
            self._answer()
        if run_waits:
            self._start_runs()
        if self._is_due("beat", BEAT_SECONDS):
            self._beat()
        if self._is_due("watch", WATCH_SECONDS):
            self._watch()
        if self._is_due("clean", CLEAN_SECONDS):
            self._store.clean_requests()
            clean_logs(self._settings, self._executor.executing())
        if self._is_due("need", NEED_SECONDS):
            self._is_ending |= self._is_useless()

    def _wait(self) -> None:
        is_quick = time.monotonic() - self._active < QUICK_FOR_SECONDS
        pause = QUICK_SECONDS if is_quick else IDLE_SECONDS
        descriptor = self._previews.answer_descriptor()
        if descriptor is None:
            time.sleep(pause)
        else:
            select.select([descriptor], [], [], pause)

    def _start_runs(self) -> None:
        room = self._executor.capacity() - len(self._store.running())
        while room > 0:
            run = self._store.claim(self._token)
            if run is None:
                return
            self._active = time.monotonic()
            room -= 1
            try:
                self._executor.submit(run)
            except OSError:
                self._store.finish(run.id, "failed", "No process could be started for it: the machine is out of room.")

    def _answer(self) -> None:
        question = self._store.take_request()
        if question is not None:
            self._active = time.monotonic()
            self._previews.ask(question)

    def _settle_ended(self) -> None:
        """Give every worker that ended its run's end; what the store refuses now is tried again in the next round."""
        for ended in self._executor.ended():
            self._unsettled[ended.run_id] = ended, self._killed.pop(ended.run_id, None)
        if not self._unsettled:
            return
        self._active = time.monotonic()
        running = {run.id: run for run in self._store.running()}
        for run_id, (ended, because) in list(self._unsettled.items()):
            if run_id in running:
                end_by_exit(self._store, running[run_id], ended.code, because)
            del self._unsettled[run_id]

    def _watch(self) -> None:
        """End runs whose process is gone, and processes whose run should have ended."""
        settle(self._store, own=[*self._executor.executing(), *self._unsettled])
        now = time.monotonic()
        running = {run.id: run for run in self._store.running()}
        self._stopping = {k: v for k, v in self._stopping.items() if k in running}
        self._running = {k: v for k, v in self._running.items() if k in running}
        for run in running.values():
            because = self._overdue(run, now)
            if because is not None and self._executor.cancel(run.id):
                self._killed[run.id] = because

    def _overdue(self, run: Run, now: float) -> str | None:
        """Why a run's process has to be ended by force."""
        if run.request == "stop":
            if now - self._stopping.setdefault(run.id, now) <= STOP_SECONDS:
                return None
            if not run.curve:
                return "It was still being prepared when it was asked to stop, and was ended."
            return "It did not react to being stopped and was ended."
        allowed_s = self._settings.wall_seconds + OVERTIME_SECONDS
        if now - self._running.setdefault(run.id, now) > allowed_s:  # our clock: the machine's may be set
            return f"It took longer than the {self._settings.wall_seconds:,g} seconds that a run may take here."
        return None

    def _beat(self) -> None:
        is_ours = self._store.db.is_there() and self._store.hold_lease(self._token, this_process(), self._details)
        self._is_ending |= not is_ours  # the store is gone, or another runner has taken over, as after a sleep

    def _is_useless(self) -> bool:
        """No work, and no dashboard, for the time that settings give."""
        idle_s = self._settings.idle_seconds
        if idle_s == 0 or time.monotonic() - self._active < idle_s or self._store.running():
            return False
        seen = self._store.seen(DASHBOARD)
        return seen is None or time.time() - seen > idle_s

    def _is_due(self, what: str, every_s: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + every_s
        return True

    def _before_fork(self) -> list[int]:
        self._store.close()
        self._workers_store.close()
        return self._previews.descriptors()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._is_ending = True

    def _end(self) -> None:
        try:
            self._store.end_lease(self._token)
        except StoreError:
            return  # the lease lapses by itself
        finally:
            self._before_fork()


def run_runner(store: Store, chosen: Settings, token: str | None = None) -> int:
    """Become the runner and serve; at once 0 where another one is alive."""
    token = token or store.take_lease(is_runner_alive)
    if token is None:
        print("A runner is at work already.", file=sys.stderr)
        return 0
    forget_secrets()
    runner = Runner(store, chosen, token)
    runner.prepare()
    runner.serve()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # taking torch apart piece by piece takes seconds and serves nobody
