"""Runs that were handed to the runner, followed from the command line until they are over; Ctrl-C stops them all."""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from core.refusal import Problem, Refusal
from core.running.ensure import dismiss, ensure_runner
from core.running.submit import stop_study
from core.settings import Settings
from core.store import Run, Store

POLL_SECONDS = 0.1
STOP_SECONDS = 30.0
"""How long runs may take to stop (the runner ends by force what has not after a few seconds)."""
Tell = Callable[[Sequence[Run]], None]
"""Hears now and then how far the runs of a study are."""


@contextmanager
def runner_at_work(store: Store, chosen: Settings) -> Iterator[None]:
    """A runner while this lasts: the one that is alive, or one that is started now and ended afterwards. Being ended
    from outside is taken like Ctrl-C."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _wake(store, chosen)
        yield
    finally:
        dismiss(store)
        signal.signal(signal.SIGTERM, before)


@contextmanager
def stopped_together(store: Store, owner: str, study: str, stop: Callable[[], object] | None = None) -> Iterator[None]:
    """On Ctrl-C all runs of a study are stopped, then it is raised on. stop: how, where asking each is not enough."""
    try:
        yield
    except KeyboardInterrupt:
        stop() if stop is not None else stop_study(store, owner, study)
        end = time.monotonic() + STOP_SECONDS
        while time.monotonic() < end and any(not run.is_over for run in runs_of(store, owner, study)):
            time.sleep(POLL_SECONDS)
        raise


def followed(store: Store, owner: str, study: str, chosen: Settings, tell: Tell | None = None) -> list[Run]:
    """Waits until all runs of a study are over; gives them in order."""
    while True:
        runs = runs_of(store, owner, study)
        if tell is not None:
            tell(runs)
        if all(run.is_over for run in runs):
            return runs
        _wake(store, chosen)
        time.sleep(POLL_SECONDS)


def runs_of(store: Store, owner: str, study: str) -> list[Run]:
    """The runs of a study (brief), in order."""
    found = store.runs(owner, study=study, brief=True)
    return sorted(found, key=lambda run: (run.position or 0, run.created))


def _wake(store: Store, chosen: Settings) -> None:
    state = ensure_runner(store, chosen)
    if not (state.is_alive or state.is_starting or chosen.start_runner):
        words = "no runner is alive, and LAYERSCOPE_START_RUNNER forbids to start one: run `python -m core runner`"
        raise Refusal(Problem("", words))
