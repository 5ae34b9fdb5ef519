"""Rows: which ones are hard, and whose label looks wrong?"""

import streamlit as st

from core.analysis import cartography
from core.analysis.answers import history, typical_replica
from core.analysis.record import Record
from core.store import Run
from pages.shared import hard_rows, layout, loading
from pages.shared.making import maker


def draw(run: Run, record: Record) -> None:
    """The map of rows and the hard ones; after the run, suspect labels from a model that has not seen them."""
    made = maker("rows", run)
    seen = history(record, typical_replica(record)) if record.is_classification else None
    if seen is not None:
        table = made("table", lambda: cartography.rows(seen))
        layout.sentence(made("headline", lambda: cartography.headline(table)))
        layout.ended(run)
        hard_rows.map_card(table, list(seen.classes), run, made)
    elif record.is_classification:
        st.title("The first answers appear with the first epoch.", anchor=False)
    else:
        st.title("Which values look wrong?", anchor=False)
    hard_rows.suspects_card(run)


run = layout.strip()
if run is None:
    layout.no_run("This page maps rows by how hard they were to learn, and lists labels that look wrong.")
else:
    layout.live(run, draw, loading.DIAGNOSE_S)
