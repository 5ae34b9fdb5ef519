"""Words on a page that are not ours: a person's names, letter by letter, and problems with what to do about them."""

import re
from hashlib import sha256
from typing import Any

import streamlit as st

from core.refusal import Refusal
from core.store import Run

BADGES = {
    "queued": ("gray", "schedule"),
    "running": ("blue", "graphic_eq"),
    "paused": ("gray", "pause"),
    "finished": ("gray", "check"),
    "stopping": ("gray", "stop_circle"),
    "stopped": ("gray", "stop_circle"),
    "failed": ("red", "error"),
    "diverged": ("red", "error"),
    "interrupted": ("red", "power_off"),
}
UNSAFE = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|$:~&])")
GAPS = re.compile(r"[\s\x00-\x1f\x7f\u2028\u2029]+")
FIRM = "\u00a0\u202f"
JOINER = "\u2060"
"""Takes no room. Emoji names, icons and addresses are found after escapes are resolved: only a letter in between
keeps them text."""
MARKS = [high + low for high in "\u200b\u200c\u200d\u2060" for low in "\u200b\u200c\u200d\u2060"]
"""Sixteen marks without width, one for each hexadecimal digit."""
FOUND_LATER = re.compile(r":(?=[\w+\-/])|@(?=\w)|\bwww(?=\.)", re.IGNORECASE)


def escaped(text: str) -> str:
    """A text for markdown that shows it letter by letter; firm spaces stay firm, and it may begin or end with a
    space."""
    even = GAPS.sub(lambda gap: gap[0] if set(gap[0]) <= set(FIRM) else " ", str(text))
    return UNSAFE.sub(r"\\\1", FOUND_LATER.sub(rf"\g<0>{JOINER}", even))


def plain(text: str) -> str:
    """A person's text, so that markdown shows it letter by letter."""
    return escaped(text).strip(" ")


def option(name: str, identity: str) -> str:
    """A name to pick from a list, told apart from equal names: the browser answers with the text that it shows, so two
    runs of one name would be taken for each other. What tells them apart takes no room."""
    return name + "".join(MARKS[int(digit, 16)] for digit in sha256(identity.encode()).hexdigest()[:8])


def state(run: Run) -> str:
    """The run's state in a word: also what was asked of one under way, and what a failed one came to."""
    if run.state == "running":
        return {"pause": "paused", "stop": "stopping"}.get(run.request, run.state)
    return "diverged" if run.state == "failed" and (run.reason or "").startswith("diverged") else run.state


def badge(run: Run) -> None:
    """The run's state as a badge."""
    colour, icon = BADGES[state(run)]
    st.badge(state(run), icon=f":material/{icon}:", color=colour)


def refused(refusal: Refusal) -> None:
    """Every problem of a refusal: where, what, and what to do."""
    for problem in refusal.problems:
        where = f"**{plain(problem.path)}**: " if problem.path else ""
        st.markdown(f":red[✕] {where}{plain(problem.message)}")


def problems(answer: dict[str, Any]) -> None:
    """Why there is no answer, and what to do."""
    for sentence in answer.get("problems") or ["There is no answer yet. Training works without it."]:
        st.markdown(f":red[✕] {plain(sentence)}")
