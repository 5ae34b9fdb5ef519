"""The list of runs: what its rows say, and what can be done with the selected ones."""

import math
from collections import Counter
from datetime import datetime

import pandas as pd
import streamlit as st

from core.analysis.wording import Headline, duration, plural
from core.charts.runs import TOP, sparkline
from core.store import Run
from pages.shared import judging, loading, session, viewer
from pages.shared.download import archive_button
from pages.shared.say import plain, state

ROW_PX, TALLEST_PX = 35, 600
TICKED = "runs-ticked"
NOT_JUDGED = "not judged yet"
NAMED = 8
"""Runs that are named before they are deleted; more are counted."""
COLUMNS = {
    "run": st.column_config.TextColumn("Run", width=210),
    "state": st.column_config.TextColumn("State"),
    "epoch": st.column_config.TextColumn("Epochs"),
    "score": st.column_config.ProgressColumn(
        "Accuracy or R², validation",
        help="Of the weights that are kept: the best epoch's with early stopping, else the last",
        min_value=0,
        max_value=100,
        format="%.0f\u202f%%",
    ),
    "found": st.column_config.TextColumn("Findings", width=190),
    "curve": st.column_config.LineChartColumn(f"Loss, 0 to {TOP}", width=120, help="Validation", y_min=0, y_max=TOP),
    "took": st.column_config.TextColumn("Took"),
    "started": st.column_config.DatetimeColumn("Queued", format="D MMM, HH:mm"),
}


def matches(run: Run, wanted: str) -> bool:
    """Whether a run is meant by the search."""
    return all(word in f"{run.name} {run.state} {state(run)}".lower() for word in wanted.lower().split())


def headline(runs: list[Run]) -> Headline:
    """How many runs, and how many of them are under way or failed."""
    busy = sum(not run.is_over for run in runs)
    states = Counter(state(run) for run in runs)
    failed = [f"{states[word]} {word}" for word in ("failed", "diverged", "interrupted") if states[word]]
    phrase = ", ".join([f"{busy} under way"] * bool(busy) + failed)
    before = f"{len(runs)} run{'' if len(runs) == 1 else 's'}" + (", " if phrase else ".")
    return Headline(before, phrase, "." if phrase else "", "red" if failed else "blue", "")


def table(runs: list[Run]) -> pd.DataFrame:
    """One row per run, in the order given."""
    found = judging.found(runs)
    return pd.DataFrame([_row(run, found.get(run.id, "")) for run in runs], columns=list(COLUMNS))


def _row(run: Run, found: str) -> dict[str, object]:
    score = ((run.summary or {}).get("validation_score") or {}).get("median")
    took = (run.ended or run.heartbeat or 0) - run.started if run.started else None
    return {
        "run": _called(run),
        "state": _state(run),
        "epoch": f"{run.epoch} of {run.epochs}",
        "score": 100 * max(0.0, score) if score is not None and math.isfinite(score) else None,
        "found": found or (NOT_JUDGED if run.is_over and run.sequence else ""),
        "curve": sparkline(run.curve),
        "took": duration(took) if took is not None else "",
        "started": datetime.fromtimestamp(run.created),
    }


def _called(run: Run) -> str:
    """The run's name; of a study's arm the arm first, for the studies' names are alike, and long ones are cut."""
    study, dot, arm = (run.name or "run").rpartition(" · ")
    return f"{arm} · {study}" if run.study and dot else run.name or "run"


def _state(run: Run) -> str:
    """The state in a word or two: also what was asked of a run under way."""
    if run.state == "queued" and run.place:
        return f"queued, {run.place} ahead"
    return state(run)


def _key(name: str, runs: list[Run]) -> str:
    """The browser keeps what is ticked by the number of the row: another list must be another table."""
    return f"{name}-{hash(tuple(run.id for run in runs))}"


def ticked(runs: list[Run]) -> list[Run]:
    """The list, and which of its runs are ticked. A tick stays with its run when others come and go."""
    kept = st.session_state.get(TICKED, set())
    picked = st.dataframe(
        table(runs),
        hide_index=True,
        key=_key("runs-table", runs),
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": [row for row, run in enumerate(runs) if run.id in kept]}},
        column_config=COLUMNS,
        height=min(ROW_PX * (len(runs) + 1) + 3, TALLEST_PX),
    )
    chosen = [runs[row] for row in picked.selection.rows if row < len(runs)]
    st.session_state[TICKED] = {run.id for run in chosen}
    return chosen


def is_judged(runs: list[Run]) -> bool:
    """Whether all of them were looked at that are over and recorded something; looks at some more."""
    found = judging.found(runs)
    return all(found[run.id] or not run.is_over or not run.sequence for run in runs)


def listed(runs: list[Run]) -> None:
    """The newest runs; a click on a row opens its curves."""
    shown = [name for name in COLUMNS if name not in ("epoch", "took", "started")]
    picked = st.dataframe(
        table(runs)[shown],
        hide_index=True,
        key=_key("recent-runs", runs),
        on_select="rerun",
        selection_mode="single-row",
        column_config=COLUMNS,
    )
    if picked.selection.rows and picked.selection.rows[0] < len(runs):
        open_run(runs[picked.selection.rows[0]])


def open_run(run: Run) -> None:
    """Looks at a run: where it trains while it does, else at what came of it."""
    session.select_run(run.id)
    st.switch_page("diagnose/findings.py" if run.is_over else "build/train.py")


def actions(chosen: list[Run]) -> None:
    """What can be done with the selected runs."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(chosen) == 1:
            _one(chosen[0])
        waiting = [run for run in chosen if not run.is_over]
        if waiting:
            st.button("Stop", icon=":material/stop:", on_click=_stop, args=(waiting,))
        with st.popover("Delete", icon=":material/delete:", type="tertiary"):
            st.markdown(f"Delete {plural(len(chosen), 'run')} with all that was recorded, weights too?")
            names = [f"- {plain(run.name or 'run')}, {run.epoch:,} epochs" for run in chosen[:NAMED]]
            more = [f"- and {len(chosen) - NAMED:,} more"] if len(chosen) > NAMED else []
            st.markdown("\n".join([*names, *more]))
            st.button("Delete for good", type="primary", on_click=_delete, args=(chosen,))


def _one(run: Run) -> None:
    if st.button("Open", type="primary", icon=":material/open_in_new:"):
        open_run(run)
    if st.button("Change one thing", icon=":material/edit:"):
        whole = loading.run(run.id)
        if whole is not None:
            session.change(whole.experiment)
            st.switch_page("build/train.py")
    with st.popover("Rename", icon=":material/label:", type="tertiary"), st.form(f"naming-{run.id}", border=False):
        st.text_input("Name", run.name, max_chars=200, key=f"name-{run.id}")
        st.form_submit_button("Save", key=f"rename-{run.id}", on_click=_rename, args=(run,))
    archive_button(run)


def _rename(run: Run) -> None:
    name = str(st.session_state[f"name-{run.id}"]).strip()
    if name:
        loading.store().rename(run.id, viewer.owner(), name)
    else:
        st.toast("A run needs a name: it keeps the one that it has.", icon=":material/label:")


def _stop(runs: list[Run]) -> None:
    for run in runs:
        loading.request(run.id, "stop")


def _delete(runs: list[Run]) -> None:
    for run in runs:
        loading.store().delete(run.id, viewer.owner())
        if session.run_id() == run.id:
            session.forget_run()
