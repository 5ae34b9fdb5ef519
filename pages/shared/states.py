"""The states of a page: no run, in line, starting, live, and ended early. A finished run has none: it is drawn."""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from core.analysis.record import Record
from core.store import Run, StoreError
from pages.shared import judging, loading, pace, pretraining, remedies, say, session, strip
from pages.shared.say import plain

MOST_REMEDIES = 3
"""Remedies beside what happened; all of them are on the Findings page (our choice: they fit beside it)."""
WHAT_HAPPENED = {
    "failed": "It failed",
    "diverged": "It stopped itself",
    "interrupted": "It was interrupted",
    "stopped": "It was stopped",
}


def no_run(shows: str) -> None:
    """The state of a page for which no run is picked: none is there, none is chosen, or the address names one that is
    not there."""
    runs = loading.recent_runs(1)
    if session.run_id():
        st.title("There is no such run here", anchor=False)
        st.markdown("The address names a run that was deleted, that belongs to somebody else, or that never was.")
    else:
        st.title("Which run?" if runs else "No run yet", anchor=False)
        st.markdown(shows)
    if runs:
        strip.picker(None)
    with st.container(horizontal=True):
        if st.button("Open a network that fails", type="primary", icon=":material/bug_report:"):
            st.switch_page("start/start.py")
        if st.button("Build a network", icon=":material/account_tree:"):
            st.switch_page("build/network.py")


def no_store(error: StoreError) -> None:
    """The state of every page while the store cannot be read or written."""
    st.title("Layerscope cannot use its store", anchor=False)
    st.markdown(f":red[✕] {plain(str(error))}")
    st.markdown(
        "Whoever runs this installation can mend it: the settings `LAYERSCOPE_HOME` and `LAYERSCOPE_STORE` say where "
        "the store is. Then load this page again."
    )


def waiting(run: Run) -> None:
    """The states before the first epoch: in line, starting, or ended without one."""
    if run.is_over:
        _without_epochs(run)
    elif run.state == "queued":
        ahead = run.place or 0
        st.title("Next in line" if ahead == 0 else f"{ahead} run{'s' if ahead > 1 else ''} ahead in line", anchor=False)
        st.markdown(":gray[You may close this page: the run does not need it.]")
        st.button("Cancel", icon=":material/close:", on_click=loading.request, args=(run.id, "stop"))
    else:
        _starting(run)


def _starting(run: Run) -> None:
    """Before the first epoch; layers that are pretrained are watched meanwhile."""
    seen = loading.record(run)
    if not pretraining.was(seen):
        st.title("The first epoch is on its way", anchor=False)
        st.markdown(":gray[The first picture appears after one epoch.]")
        st.skeleton(height=380)
        return
    st.title("Its layers learn, one after the other", anchor=False)
    pretraining.card(run, seen)
    st.button("Stop", icon=":material/stop:", key="stop", on_click=loading.request, args=(run.id, "stop"))


def _without_epochs(run: Run) -> None:
    title = "It was cancelled" if run.state == "stopped" else WHAT_HAPPENED.get(say.state(run), "It ended")
    st.title(f"{title} before the first epoch", anchor=False)
    if run.reason:
        st.markdown(f":gray[{plain(run.reason)}]")
    st.markdown("Nothing was recorded. The choices that led to it are kept: change one and train again.")
    _change_one_thing(run, "primary")


def live(looked_at: Run, draw: Callable[[Run, Record], None], every_s: float = loading.POLL_S) -> None:
    """Draws a run's page: again every so many seconds while it runs (more where many look), once when it is over."""
    if looked_at.is_over:
        _drawn(looked_at, loading.record(looked_at), draw)
        return

    every_s, look = (every_s, loading.snapshot) if looked_at.epoch else (loading.SOON_S, loading.first_look)

    @st.fragment(run_every=pace.between(every_s))
    def fragment() -> None:
        pace.between(every_s)  # this viewer is still there
        loading.wake_runner()  # the one who would notice that a run has died may have died too
        seen = look(looked_at.id)
        if seen is None or (
            _stands(seen[0]) != _stands(looked_at) and _stands(loading.run(looked_at.id)) != _stands(looked_at)
        ):
            st.rerun()
        _drawn(*seen, draw)

    fragment()


def _stands(run: Run | None) -> tuple[str, str, bool] | None:
    """What, when it changes, changes more of the page than its live part. A snapshot may be a moment behind."""
    return None if run is None else (run.state, run.request, run.epoch > 0)


def _drawn(run: Run, seen: Record, draw: Callable[[Run, Record], None]) -> None:
    if seen.epochs:
        draw(run, seen)
    else:
        waiting(run)


def ended(run: Run, has_remedies: bool = True) -> None:
    """What happened to a run that did not finish, and when; what is kept; beside it what to try, unless the page itself
    says so (has_remedies)."""
    if run.state not in WHAT_HAPPENED:
        return
    causes = judging.diagnosis(run, loading.record(run)).causes
    with st.container(border=True, key="ended"):
        left, right = st.columns([1, 1], gap="large")
        with left, st.container(gap="xsmall"):
            st.markdown(f"**{WHAT_HAPPENED[say.state(run)]} at epoch {run.epoch:,} of {run.epochs:,}**")
            reason = (run.reason or "").strip(" .")
            if reason and run.state != "stopped":
                st.markdown(plain(f"{reason[:1].upper()}{reason[1:]}."))
            if "is kept" not in reason:
                st.caption("What was recorded until then is kept and shown on every page.")
        with right:
            if causes and has_remedies:
                st.markdown("**What to try**")
                remedies.offer(causes[0], run, MOST_REMEDIES)
            elif not causes:
                _change_one_thing(run)


def _change_one_thing(run: Run, kind: Literal["primary", "secondary"] = "secondary") -> None:
    """Takes the run's choices to the editor."""
    if st.button("Change one thing", type=kind, icon=":material/edit:", key="change-one-thing"):
        session.change(run.experiment)
        st.switch_page("build/train.py")
