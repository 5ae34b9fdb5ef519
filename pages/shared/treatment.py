"""Treat until healthy: a budget, one button, and the path that was taken, as long as it is."""

import pandas as pd
import streamlit as st

from core.analysis.treatment import Path, headline
from core.analysis.wording import score
from core.diagnosis.diagnose import Diagnosis
from core.refusal import Refusal
from core.running import treatment
from core.store import Run
from pages.shared import judging, layout, loading, session, studies, viewer
from pages.shared.making import maker

ENDED = {"healthy": ("healthy", "check", "green"), "spent": ("budget spent", "hourglass_bottom", "gray")}


def card(found: Diagnosis, run: Run) -> None:
    """Offered where something is wrong and the run is over; shown wherever one was begun."""
    there = treatment.runs(loading.store(), viewer.owner(), run.id)
    if not there and not (run.is_over and found.causes):
        return
    with layout.card("Treat until healthy", "remedies one after another; what helps is kept", key="treatment"):
        busy = any(not one.is_over for one in there)
        _form(run, busy, len(there))

        @st.fragment(run_every=loading.POLL_S if busy else None)
        def fragment() -> None:
            now = treatment.runs(loading.store(), viewer.owner(), run.id)
            if busy and all(one.is_over for one in now):
                st.rerun()
            _drawn(run, now)

        if there:
            fragment()


def _form(run: Run, busy: bool, done: int) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        usual = max(treatment.USUAL_BUDGET, done + 1)
        budget = int(st.number_input("Trainings at most", 2, treatment.MOST, usual, key="treat-budget", width=170))
        if busy:
            st.button("End it", key="treat-end", icon=":material/stop:", on_click=_end, args=(run.id,))
        else:
            word = "Go on" if done else "Treat until healthy"
            st.button(word, key="treat", icon=":material/healing:", on_click=_begin, args=(run, budget))
    if not done:
        st.caption(
            "Each training is one remedy with three seeds on the same budget of epochs. It goes on when you leave."
        )


def _begin(run: Run, budget: int) -> None:
    try:
        treatment.begin(loading.store(), viewer.owner(), run, budget)
    except Refusal as refusal:
        layout.refused(refusal)


def _end(run_id: str) -> None:
    treatment.end(loading.store(), viewer.owner(), run_id)


def _drawn(run: Run, there: list[Run]) -> None:
    budget = treatment.budget_of(loading.store(), viewer.owner(), run.id)
    over = [one for one in there if one.is_over]
    made = maker("treatment", run)
    name = f"{[one.id for one in over]} {budget} {judging.thresholds().model_dump_json()}"
    found = made(name, lambda: treatment.path_of(loading.store(), viewer.owner(), run, over))
    if len(over) < len(there):
        studies.progress(treatment.study_of(run.id), there, "treatment")
    if not found.tried:
        return
    said = headline(found, budget)
    st.markdown(f"**{layout.plain(said.text)}**")
    st.caption(layout.plain(said.note))
    st.dataframe(_table(found), hide_index=True, key="treatment-path")
    if found.ending in ENDED:
        word, icon, colour = ENDED[found.ending]
        st.badge(word, icon=f":material/{icon}:", color=colour)
    if any(one.kept for one in found.tried[1:]) and st.button("Take what was kept as the draft", key="treat-keep"):
        tree = found.best.model_dump(mode="json")
        session.change({**tree, "name": f"{run.name}, treated"[:200]})
        st.switch_page("build/train.py")


def _table(found: Path) -> pd.DataFrame:
    rows = [
        {
            "": str(one.number),
            "Tried": layout.plain(one.label),
            "Against": one.symptom,
            "Symptom": "" if not one.symptom else "gone" if one.is_gone else "still there",
            "Score, median": "none" if one.score is None else score(one.score, found.is_share, 1),
            "Kept": "start" if not one.number else "yes" if one.kept else "no",
            "Wrong after it": ", ".join(one.causes) or "nothing that we can see",
        }
        for one in found.tried
    ]
    return pd.DataFrame(rows)
