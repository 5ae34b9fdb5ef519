"""Sentences and charts of a run, made once for all who look at it."""

import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import altair as alt
import streamlit as st

from core.charts.ready import ready
from core.store import Run

Made = Callable[[str, Callable[[], Any]], Any]
"""Makes the named thing of a page once for all viewers; see maker."""


REST = 4.0
"""A page of a live run rests so many times as long as its pictures took to make (our choice: making them then takes a
fifth of a core at most, however busy the machine is)."""


GIVEN_UP_S = 1.5
"""Whoever began to make a page's pictures and is not through after so long has closed the page, or looks at others of
its pictures now (our choice)."""


@dataclass
class _Picture:
    """A picture of one kind, of which sequence of the run, how long it took; and the one before it."""

    making: threading.Lock = field(default_factory=threading.Lock)
    sequence: int = -1
    newest: Any = None
    before: Any = None
    took: float = 0.0


@dataclass
class _Page:
    """All pictures of a page of a run. Whoever finds them old makes all of them anew, from one sequence; the others are
    shown those of the sequence before until all are there: sentence and charts of a page never speak of different
    epochs."""

    pictures: defaultdict[str, _Picture] = field(default_factory=lambda: defaultdict(_Picture))
    lock: threading.Lock = field(default_factory=threading.Lock)
    sequence: int = -1
    previous: int = -1
    began: float = -math.inf

    def begin(self, sequence: int) -> bool:
        """Whether the caller makes all pictures anew: there is news, and the page has rested."""
        with self.lock:
            rest = (1 + REST) * sum(each.took for each in list(self.pictures.values()))  # since it began
            rest = rest if self.is_whole() else max(rest, GIVEN_UP_S)
            is_new = sequence > self.sequence and time.monotonic() - self.began >= rest
            if is_new:
                self.previous, self.sequence, self.began = self.sequence, sequence, time.monotonic()
            return is_new

    def shown(self, picture: _Picture) -> Any:
        """What who did not make it is shown."""
        return picture.newest if self.is_whole() or picture.sequence < self.sequence else picture.before

    def is_whole(self) -> bool:
        """Whether all pictures that are still looked at are of the newest sequence that somebody began with."""
        return all(each.sequence >= self.sequence for each in list(self.pictures.values()) if not self.is_left(each))

    def is_left(self, picture: _Picture) -> bool:
        """Whether it was left out the last time: nobody who made the page looked at it, or it is not there yet."""
        return picture.sequence < max(0, self.previous)


@st.cache_resource(max_entries=256, show_spinner=False)
def _page(page: str, run_id: str, state: str) -> _Page:
    return _Page()


def maker(page: str, looked_at: Run) -> Made:
    """A function that makes the named thing of a page (a sentence, a chart) once for all viewers of this state of the
    run: made("loss", lambda: charts.loss(numbers.losses(record))). While one viewer makes the next pictures of a live
    run, the others are shown those before: they need not wait."""
    kept = _page(page, looked_at.id, looked_at.state)
    is_mine = looked_at.is_over or kept.begin(looked_at.sequence)

    def made(name: str, make: Callable[[], Any]) -> Any:
        picture = kept.pictures[name]
        if not is_mine and not kept.is_left(picture):
            return kept.shown(picture)
        with picture.making:
            if picture.sequence < looked_at.sequence and (is_mine or kept.is_left(picture)):
                start = time.monotonic()
                drawn = make()
                drawn = ready(drawn) if isinstance(drawn, alt.TopLevelMixin) else drawn
                picture.before = picture.newest if picture.sequence >= 0 else drawn
                picture.newest, picture.sequence = drawn, looked_at.sequence
                picture.took = time.monotonic() - start
        return picture.newest

    return made
