"""The Rows page's parts: the map of rows, the hard ones, and labels that look wrong, to look through and leave out."""

from typing import Any

import pandas as pd
import streamlit as st

from core.analysis import cartography
from core.charts import cartography as charts
from core.store import Run
from pages.shared import layout, loading, session
from pages.shared.columns import SHARE, in_percent
from pages.shared.making import Made

HEIGHT = 360


def map_card(table: pd.DataFrame, classes: list[str], run: Run, made: Made) -> None:
    """Every validation row by confidence and variability, and the hardest ones as a table."""
    left, right = st.columns(2, gap="medium")
    with left, layout.card("Every validation row", "colour and shape: easy, ambiguous, hard", READ):
        layout.chart(made("map", lambda: charts.rows(table)), "Rows by confidence and variability", "rows-map")
    with right, layout.card("The hardest rows", "by the number they have in the table as loaded"):
        hardest = made("hardest", lambda: cartography.hardest(table))
        named = hardest.assign(true=[classes[int(number)] for number in hardest["true"]])
        shown = in_percent(named, "confidence", "right")
        st.dataframe(shown, hide_index=True, column_config=COLUMNS, height=HEIGHT)
        loading.csv_button("Hard rows", named, run)
    layout.explain(
        "Up: the network gave the true class much, over all epochs. Right: it went back and forth.",
        "Nearly all rows lie at the top left: learned early, and kept.",
        "Look at hard rows first: their label may be wrong, or an input is missing. Ambiguous ones teach most.",
    )


def suspects_card(run: Run) -> None:
    """Labels that look wrong to a forest and a line that have not seen the row (confident learning)."""
    note = "by a forest and a line that were fitted on the other rows, five folds; test rows stay unseen"
    with layout.card("Labels that look wrong", note, SUSPECTS, key="suspects"):
        wanted = f"suspects-{run.id}"
        if not st.session_state.get(wanted):
            if st.button("Look for wrong labels", key="look-suspects", icon=":material/search:"):
                st.session_state[wanted] = True
                st.rerun()
            return
        parts = ("data", "split", "preparation")
        answer = loading.ask("suspects", experiment={part: run.experiment[part] for part in parts})
        if "suspects" not in answer:
            layout.problems(answer)
            return
        _listed(run, answer)


def _listed(run: Run, answer: dict[str, Any]) -> None:
    table = pd.DataFrame(answer["suspects"])
    if not len(table):
        st.markdown(f"None of {answer['rows']:,} rows: every label is one that the models believe.")
        return
    share = len(table) / max(1, answer["rows"])
    st.markdown(f"**{len(table):,} of {answer['rows']:,} rows ({share:.1%})**, the least believable first.")
    shown = table.assign(leave_out=False)
    shown = shown[["leave_out", *[name for name in shown if name != "leave_out"]]]
    fixed = [name for name in shown if name != "leave_out"]
    edited: pd.DataFrame = st.data_editor(
        shown, hide_index=True, disabled=fixed, column_config=SUSPECT_COLUMNS, height=HEIGHT, key=f"suspects-{run.id}-t"
    )
    ticked = [int(row) for row in edited.loc[edited["leave_out"], "row"]]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        word = f"Leave out {len(ticked)} rows" if ticked else "Leave out all of them"
        rows = ticked or [int(row) for row in table["row"]]
        st.button(word, key="leave-out", icon=":material/filter_alt:", on_click=_leave_out, args=(run, rows))
        loading.csv_button("Suspect labels", table, run)
        st.caption("Left out of the draft; train it to see whether it helps. Undo brings them back.")


def _leave_out(run: Run, rows: list[int]) -> None:
    """Into the draft: this run's experiment without these rows."""
    preparation = run.experiment["preparation"]
    gone = sorted({*preparation.get("leave_out", []), *rows})
    name = f"{run.name}, without {len(gone)} rows"[:200]
    session.change({**run.experiment, "preparation": {**preparation, "leave_out": gone}, "name": name})
    st.toast(f"The draft now leaves out {len(gone):,} rows. Train it on the Train page.")


COLUMNS = {
    "row": st.column_config.NumberColumn("Row", width=50),
    "true": st.column_config.TextColumn("True class", width=80),
    "confidence": st.column_config.NumberColumn("Given", format=SHARE, width=65, help="To the true class, over epochs"),
    "variability": st.column_config.NumberColumn("Moved", format="%.2f", width=60, help="Spread over epochs"),
    "right": st.column_config.NumberColumn("Right", format=SHARE, width=65, help="Share of the epochs"),
    "kind": st.column_config.TextColumn("Kind", width=80),
}
SUSPECT_COLUMNS = {
    "leave_out": st.column_config.CheckboxColumn("Leave out"),
    "row": "Row",
    "given": "Label",
    "suggested": "Believed",
    "sure": st.column_config.NumberColumn("Given to the label", format="%.2f"),
}
READ = "After dataset cartography (Swayamdipta et al. 2020). Wrong labels gather at the bottom left: never believed."
SUSPECTS = (
    "A row is listed where another class is given at least what that class's own rows get on average (confident "
    "learning, Northcutt et al. 2021), or twice what the label gets. Of a regression: values over five spreads off. "
    "Look before you leave out: rare but true rows look the same."
)
