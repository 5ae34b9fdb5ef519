"""Representation: what do the layers do to the data, and after which of them is a straight cut enough?"""

import streamlit as st

from core.analysis import seeing
from core.analysis.record import Record
from core.analysis.seeing import Probes
from core.store import Run
from pages.shared import layout, loading, picturing, representing
from pages.shared.making import maker


def draw(run: Run, record: Record) -> None:
    """The decision surface over epochs, and below it one further look at a time. A deep network's probes take the
    runner seconds: until they are there the page is headed by what the record says."""
    made = maker("representation", run)
    says = st.empty()
    layout.ended(run)
    numbers = st.empty()
    drawn = picturing.boundary(run, record, made)

    def head(found: Probes | None) -> None:
        with says.container():
            layout.sentence(seeing.headline(record, found))
        with numbers.container():
            layout.vitals(seeing.vitals(record, found, drawn))

    probed = f"probed-{run.id}"
    if run.is_over and probed not in st.session_state:
        head(None)
    picturing.card(run, record, drawn, made)
    told = representing.answer(run, "probes") if run.is_over else None
    found = made("probes", lambda: seeing.probes(told, record)) if told else None
    head(found)
    st.session_state[probed] = True
    representing.further(run, record, found, made)


run = layout.strip()
if run is None:
    layout.no_run("This page shows what the network answers where, and how its layers bend the data apart.")
else:
    layout.live(run, draw, loading.DIAGNOSE_S)
