"""Outputs: how sure is the network, how often is it right, and which rows does it get wrong?"""

import streamlit as st

from core.analysis import codes as given_back
from core.analysis import verdict
from core.analysis.answers import history, typical_replica
from core.analysis.record import Record
from core.store import Run
from pages.shared import codes, layout, loading, probabilities, targets, tryit, values
from pages.shared.making import maker


def draw(run: Run, record: Record) -> None:
    """The answers to the validation rows, as probabilities or as values."""
    made = maker("outputs", run)
    if record.meta.get("bottleneck"):
        layout.sentence(made("headline", lambda: given_back.headline(record)))
        layout.ended(run)
        layout.vitals(made("vitals", lambda: given_back.vitals(record)))
        codes.draw(run, record, made)
        return
    value = targets.looked_at(run, record)
    layout.sentence(made(f"headline {value}", lambda: verdict.headline(record, value)))
    layout.ended(run)
    layout.vitals(made(f"vitals {value}", lambda: verdict.vitals(record, value)))
    seen = history(record, typical_replica(record))
    if seen is None:
        st.caption("The first answers appear with the first epoch.")
    elif record.is_classification:
        probabilities.draw(run, record, seen, made)
    else:
        values.draw(run, record, seen, made, value)
    if run.is_over:
        tryit.card(run)


run = layout.strip()
if run is None:
    layout.no_run("This page shows how sure the network is of its answers, and how often it is right.")
else:
    layout.live(run, draw, loading.DIAGNOSE_S)
