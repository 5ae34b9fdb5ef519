"""How often the pages of a live run look again: less often where many look, so that a class on one server does not
bring it to its knees."""

import time
import uuid

import streamlit as st

UPDATES = 10.0
"""Looks a second that the live pages of a server aim at together (our choice: 10 ms each: a tenth of a core)."""
YOUNG_S = 15.0
"""Who has looked within this time is still there."""


@st.cache_resource(show_spinner=False)
def _looks() -> dict[str, float]:
    return {}


def between(least: float) -> float:
    """Seconds from this look of a viewer to the next: `least`, or more where many are looking."""
    looks, now = _looks(), time.monotonic()
    looks[st.session_state.setdefault("looks-as", uuid.uuid4().hex)] = now
    for who, at in list(looks.items()):
        if now - at > YOUNG_S:
            looks.pop(who, None)
    return max(least, len(looks) / UPDATES)
