"""Remedies of a finding, each with a button that trains the changed network."""

from collections.abc import Callable

import streamlit as st

from core.diagnosis.finding import Finding, Remedy
from core.experiment import parse
from core.refusal import Refusal
from core.store import Run
from pages.shared import say, session


def offer(cause: Finding, run: Run, most: int = 9, prove: Callable[[Finding, Remedy, Run], None] | None = None) -> None:
    """The remedies in the order to try them: what changes, the price, a button that trains it, or that proves it."""
    for number, remedy in enumerate(cause.remedies[:most], 1):
        with st.container(horizontal=True, horizontal_alignment="distribute", wrap=False):
            with st.container(gap=None):
                st.markdown(f"**{number}.** {say.plain(remedy.label)}")
                st.caption(say.plain(remedy.price))
            kind = "primary" if number == 1 else "secondary"
            key = f"try-{cause.id}-{remedy.id}"
            if st.button("Try", key=key, icon=":material/play_arrow:", type=kind):
                train(remedy, run) if prove is None else prove(cause, remedy, run)


def train(remedy: Remedy, run: Run) -> None:
    """Trains the changed experiment as a run of its own and shows it."""
    experiment, _ = parse(run.experiment)
    assert experiment is not None, "a stored experiment was valid when it was stored"
    changed = remedy.applied(experiment).model_dump(mode="json")
    changed["name"] = f"{run.name}, {remedy.label}"[:200]
    try:
        session.start(changed)
    except Refusal as refusal:
        say.refused(refusal)
    else:
        session.replace_draft(changed)
        st.switch_page("build/train.py")
