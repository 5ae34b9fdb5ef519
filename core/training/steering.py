"""What a person does to a run while it trains: pause, go on, one step or one epoch at a time, other numbers. Everything
that is done becomes an event."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from core.choices.orders import Advance, Change, Order
from core.recording.outbox import Outbox
from core.training.program import Program

GRACE_SECONDS = 0.4
"""For so long after a stop an epoch may go on: one that is short ends whole, and what is kept are the weights that were
measured (our choice; a stop may take a second)."""
POLL_SECONDS = 0.05
"""How often, at most, a person's wishes are asked for between two steps: Stop acts at once for a person."""


@dataclass
class Steering:
    """Asked before every step. control: go, pause or stop; orders: what was ordered since it was last asked."""

    control: Callable[[], str]
    orders: Callable[[], Sequence[Order]]
    programs: list[Program]
    outbox: Outbox
    epoch: int = 0
    """The last one that is done."""
    paused_seconds: float = 0.0
    _granted: Literal["step", "epoch"] | None = None
    _is_paused: bool = False
    _asked: float = field(default=-float("inf"))
    _stop_heard: float | None = None

    def may_go_on(self) -> bool:
        """Waits here while the run is paused; False: stop."""
        now = time.perf_counter()
        if self._stop_heard is not None:
            return now - self._stop_heard < GRACE_SECONDS
        if self._granted == "step":
            self._tell_step()
            return self._wait(now) != "stop"
        if now - self._asked < POLL_SECONDS:
            return True
        self._asked = now
        word = self.control()
        self._obey()
        if word == "pause" and self._granted is None:
            return self._wait(now) != "stop"
        if word != "pause" and self._is_paused:
            self._resume()
        if word == "stop":
            self._stop_heard = now
        return True

    @property
    def is_stopping(self) -> bool:
        """Whether a stop was heard that lets the epoch end."""
        return self._stop_heard is not None

    def end_epoch(self, epoch: int) -> None:
        """An epoch is done and handed over: whoever asked for one waits again before the next step."""
        self.epoch = epoch
        if self._granted == "epoch":
            self._granted, self._asked = None, -float("inf")

    def _wait(self, since: float) -> str:
        self._granted = None
        if not self._is_paused:
            self._is_paused = True
            self._tell("paused", "paused as asked")
        self.outbox.flush(self.epoch)
        word = self.control()
        while word == "pause" and not self._obey():
            time.sleep(POLL_SECONDS)
            word = self.control()
        self.paused_seconds += time.perf_counter() - since
        if word != "pause":
            self._resume()
        return word

    def _resume(self) -> None:
        self._is_paused, self._granted = False, None
        self._tell("resumed", "went on")

    def _obey(self) -> bool:
        """Does what was ordered; whether the run may take a step or an epoch although it is paused."""
        found = self.orders()
        for order in found:
            if isinstance(order, Change):
                self._change(order)
            elif isinstance(order, Advance) and (self._is_paused or self._granted):
                self._granted = order.by
        if found:
            self.outbox.flush(self.epoch)
        return self._granted is not None

    def _change(self, order: Change) -> None:
        for name in ("learning_rate", "weight_decay", "dropout"):
            value = getattr(order, name)
            if value is None:
                continue
            before = [getattr(program, f"set_{name}")(value) for program in self.programs][0]
            if before is not None and before != value:
                said = f"{name.replace('_', ' ')} {before:.4g} → {value:.4g}"
                self._tell("changed", said, name, value)

    def _tell_step(self) -> None:
        program = next((p for p in self.programs if p.last_losses is not None), self.programs[0])
        losses = program.last_losses
        loss = float("nan") if losses is None else float(losses.detach().mean())
        self._tell("stepped", f"one step: step {program.steps_done:,}, loss of its batch {loss:.4g}", "loss", loss)

    def _tell(self, event: str, said: str, quantity: str | None = None, value: float | None = None) -> None:
        self.outbox.event(self.epoch, 0, event, said, self.programs[0].steps_done, None, quantity, value)
