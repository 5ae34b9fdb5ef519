"""Sentences and charts of a run, made once for all who look at it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import altair as alt
import streamlit as st

from core.charts.ready import ready
from core.store import Run

Made = Callable[[str, Callable[[], Any]], Any]
"""Makes the named thing of a page once for all viewers; see maker."""


@st.cache_resource(max_entries=256, show_spinner=False)
def _made(page: str, name: str, run_id: str, sequence: int, state: str, _make: Callable[[], Any]) -> Any:
    made = _make()
    return ready(made) if isinstance(made, alt.TopLevelMixin) else made


@dataclass
class _Newest:
    """The newest picture of one kind of a live run: of which sequence, and whether the next one is being made."""

    making: threading.Lock
    sequence: int = -1
    picture: Any = None


@st.cache_resource(max_entries=1024, show_spinner=False)
def _newest(page: str, name: str, run_id: str, state: str) -> _Newest:
    return _Newest(threading.Lock())


def maker(page: str, looked_at: Run) -> Made:
    """A function that makes the named thing of a page (a sentence, a chart) once for all viewers of this state of the
    run: made("loss", lambda: charts.loss(numbers.losses(record))). While one viewer of a live run makes the next
    picture, the others are shown the one before it: they need not wait."""

    def now(name: str, make: Callable[[], Any]) -> Any:
        return _made(page, name, looked_at.id, looked_at.sequence, looked_at.state, make)

    def live(name: str, make: Callable[[], Any]) -> Any:
        newest = _newest(page, name, looked_at.id, looked_at.state)
        if newest.sequence >= 0 and newest.making.locked():
            return newest.picture
        with newest.making:
            if newest.sequence < looked_at.sequence:
                newest.picture, newest.sequence = now(name, make), looked_at.sequence
        return newest.picture

    return now if looked_at.is_over else live
