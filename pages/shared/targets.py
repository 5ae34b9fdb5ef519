"""Which of several targets is looked at: one choice for all pages of a run."""

import streamlit as st

from core.analysis.record import Record
from core.store import Run
from pages.shared import layout

MOST_BUTTONS = 5
"""Targets that are picked by a button each; of more, from a list (our choice: what a phone holds)."""


def names(record: Record) -> list[str]:
    """The targets of a regression, one at least; of an autoencoder, which answers with whole rows, a single one."""
    return [str(name) for name in record.meta.get("targets") or ["target"]]


def looked_at(run: Run, record: Record) -> int:
    """Number of the target that is looked at: 0 where there is one."""
    if record.is_classification or len(names(record)) < 2:
        return 0
    return names(record).index(st.session_state.get(_key(run), _start(record)))


def name(run: Run, record: Record) -> str:
    """Name of the target that is looked at, where there are several."""
    return names(record)[looked_at(run, record)] if asked(run, record) else ""


def asked(run: Run, record: Record) -> dict[str, int]:
    """The same as a part of a question to the runner: nothing where there is one."""
    return {} if record.is_classification or len(names(record)) < 2 else {"target": looked_at(run, record)}


def picker(run: Run, record: Record) -> None:
    """Lets a person choose; draws nothing where there is nothing to choose."""
    known = names(record)
    if record.is_classification or len(known) < 2:
        return
    start = _start(record)
    if len(known) > MOST_BUTTONS:
        st.selectbox("Target", known, known.index(start), key=_key(run), width=320)
    else:
        st.segmented_control("Target", known, default=start, key=_key(run), format_func=layout.plain, required=True)


def _start(record: Record) -> str:
    """The target that is looked at first: of the last step where every step is asked, for it has seen most."""
    return names(record)[-1 if record.meta.get("asked_steps") else 0]


def _key(run: Run) -> str:
    return f"target-{run.id}"
