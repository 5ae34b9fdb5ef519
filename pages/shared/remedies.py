"""Remedies of a finding, each with a button that trains the changed network."""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from core.diagnosis.finding import Finding, Remedy
from core.experiment import parse
from core.refusal import Refusal
from core.store import Run
from pages.shared import say, session

Button = Callable[[Finding, Remedy, Run, bool], None]


def train_button(cause: Finding, remedy: Remedy, run: Run, is_first: bool) -> None:
    """Trains the changed network at once."""
    if try_button(cause, remedy, is_first):
        train(remedy, run)


def try_button(cause: Finding, remedy: Remedy, is_first: bool, disabled: bool = False) -> bool:
    """The button of a remedy that was not tried yet; whether it was pressed."""
    kind: Literal["primary", "secondary"] = "primary" if is_first else "secondary"
    key = f"try-{cause.id}-{remedy.id}"
    tried = "Tried: what came of it stands under Proof" if disabled else None
    return st.button("Try", key=key, icon=":material/play_arrow:", type=kind, disabled=disabled, help=tried)


def offer(
    cause: Finding,
    run: Run,
    most: int = 9,
    button: Button = train_button,
    price: Callable[[Remedy], str] = lambda remedy: remedy.price,
) -> None:
    """The remedies in the order to try them: what changes, the price, and a button."""
    for number, remedy in enumerate(cause.remedies[:most], 1):
        with st.container(horizontal=True, horizontal_alignment="distribute", wrap=False):
            with st.container(gap=None):
                st.markdown(f"**{number}.** {say.plain(remedy.label)}")
                st.caption(say.plain(price(remedy)))
            button(cause, remedy, run, number == 1)


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
