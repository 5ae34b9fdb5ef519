"""What a worker is told while it trains: go on, pause or stop, and why."""

import os
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from core.choices.orders import AnyOrder, Order
from core.running.sink import StoreSink
from core.settings import Settings
from core.store import Store, StoreError

Word = Literal["go", "stop", "pause"]
_ENDING = (signal.SIGTERM, signal.SIGINT)
ASK_SECONDS = 0.05
"""How often the store is asked; an answer costs 0.1 ms."""


class Control:
    """Asked by the engine between steps. `cause` says afterwards why it said stop."""

    def __init__(
        self, store: Store, run_id: str, sink: StoreSink, chosen: Settings, until: float | None = None
    ) -> None:
        """until: on the monotonic clock, when the run's time is over; its whole time from now where left out."""
        self.cause: Literal["owner", "limit", "signal", "gone"] | None = None
        self._store = store
        self._run_id = run_id
        self._sink = sink
        self.until = time.monotonic() + chosen.wall_seconds if until is None else until
        self._asked = 0.0
        self._word: Word = "go"
        self._wish: Word = "go"
        self._signalled = False
        self._heard = 0

    def __call__(self) -> Word:
        """Go on, pause or stop."""
        now = time.monotonic()
        if now - self._asked >= ASK_SECONDS:
            self._asked = now
            self._word = self._look(now)
        return self._word

    def orders(self) -> Sequence[Order]:
        """What the owner has ordered since it was last asked; what cannot be is left out."""
        try:
            found, self._heard = self._store.orders(self._run_id, self._heard)
        except StoreError:
            return []
        return [order for order in map(_valid, found) if order is not None]

    def listen(self) -> None:
        """Take SIGTERM and SIGINT as a wish to end, not as a blow."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        if sys.platform != "win32":
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)

    def hold(self) -> None:
        """From now on such a wish waits, also for the program that this process becomes, until that listens."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)

    def hand_on(self) -> None:
        """A wish that came before it could wait is made again."""
        if self._signalled:
            os.kill(os.getpid(), signal.SIGTERM)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signalled = True

    def _look(self, now: float) -> Word:
        if self.cause is None:
            self.cause = self._reason_to_stop(now)
        return "stop" if self.cause is not None else self._wish

    def _reason_to_stop(self, now: float) -> Literal["owner", "limit", "signal", "gone"] | None:
        if self._signalled:
            return "signal"
        if now > self.until:
            return "limit"
        try:
            asked = self._store.asked(self._run_id)
        except StoreError:
            return None  # the store is out of reach for a moment: the sink decides how long that is borne
        self._wish = asked or "stop"
        if asked is None or self._sink.is_gone:
            return "gone"
        return "owner" if asked == "stop" else None


def _valid(tree: dict[str, Any]) -> Order | None:
    try:
        order: Order = TypeAdapter(AnyOrder).validate_python(tree)
    except ValidationError:  # a page checks before it sends; a stranger's words change nothing
        return None
    return order
