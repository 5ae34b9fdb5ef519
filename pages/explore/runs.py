"""Runs: every run with its state, score and curve; open, rename, stop, delete, take along, or change one thing."""

import streamlit as st

from pages.shared import layout, loading, runs

PAGE_ROWS = 200

if not loading.recent_runs(1):
    layout.no_run("Every run is listed here with its score and its curve.")
    st.stop()

heading, controls = st.container(), st.container(horizontal=True, vertical_alignment="bottom")
wanted = controls.text_input(
    "Search",
    key="runs-search",
    placeholder="Search by name or state",
    width=260,
    icon=":material/search:",
    label_visibility="collapsed",
)
listed = [run for run in loading.recent_runs(PAGE_ROWS) if runs.matches(run, wanted)]

with heading:
    layout.sentence(runs.headline(listed))


judged = runs.is_judged(listed)


@st.fragment(run_every=loading.POLL_S if any(not run.is_over for run in listed) or not judged else None)
def table() -> None:
    """The list; it follows runs that are under way, and looks at a few at a time what is wrong with them."""
    now = [run for run in loading.recent_runs(PAGE_ROWS) if runs.matches(run, wanted)]
    if not now:
        st.caption(f"No run's name or state holds “{layout.plain(wanted.strip())}”.")
        return
    chosen = runs.ticked(now)
    if not judged and runs.is_judged(now):
        st.rerun()
    if chosen:
        runs.actions(chosen)
    else:
        st.caption("Select a row to open it, take it along or change one thing.")


table()
