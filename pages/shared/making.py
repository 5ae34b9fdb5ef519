"""Sentences and charts of a run, made once for all who look at it."""

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


@dataclass
class _Newest:
    """The newest picture of one kind of a run: of which sequence, and whether the next one is being made."""

    making: threading.Lock = field(default_factory=threading.Lock)
    sequence: int = -1
    picture: Any = None
    at: float = 0.0
    took: float = 0.0

    def may_wait(self, seconds: float) -> bool:
        """Whether the picture there is will do: the next one is being made, or this one is younger than `seconds`."""
        return self.sequence >= 0 and (self.making.locked() or time.monotonic() - self.at < seconds)


@st.cache_resource(max_entries=256, show_spinner=False)
def _pictures(page: str, run_id: str, state: str) -> defaultdict[str, _Newest]:
    return defaultdict(_Newest)


def maker(page: str, looked_at: Run) -> Made:
    """A function that makes the named thing of a page (a sentence, a chart) once for all viewers of this state of the
    run: made("loss", lambda: charts.loss(numbers.losses(record))). While one viewer makes the next picture of a live
    run, the others are shown the one before it: they need not wait."""

    pictures = _pictures(page, looked_at.id, looked_at.state)

    def made(name: str, make: Callable[[], Any]) -> Any:
        newest = pictures[name]
        rest = 0.0 if looked_at.is_over else REST * sum(each.took for each in list(pictures.values()))
        if newest.may_wait(rest):
            return newest.picture
        with newest.making:
            if newest.sequence < looked_at.sequence:
                start = time.monotonic()
                picture = make()
                newest.picture = ready(picture) if isinstance(picture, alt.TopLevelMixin) else picture
                newest.sequence, newest.at = looked_at.sequence, time.monotonic()
                newest.took = newest.at - start
        return newest.picture

    return made
