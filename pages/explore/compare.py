"""Compare: runs or the arms of a study on the same axes, with what differs between them and nothing else."""

import streamlit as st

from pages.shared import arms, layout, loading, studies, study_form

study = studies.pick()
runs = studies.picked(study)
if not runs:
    layout.no_run("This page puts runs side by side: what differs between them, their scores, and why.")
else:
    busy = any(not run.is_over for run in runs)

    @st.fragment(run_every=loading.POLL_S if busy else None)
    def live() -> None:
        """The comparison; while it runs, with how far it is."""
        now = studies.picked(study)
        if busy and all(run.is_over for run in now):
            st.rerun()
        if busy:
            studies.progress(study, now, "compare")
        arms.draw(now)

    live()

with st.expander("New study", icon=":material/add:", expanded=not runs):
    study_form.draw()
