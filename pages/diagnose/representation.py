"""Representation: what do the layers do to the data, and after which of them is a straight cut enough?"""

from core.analysis import seeing
from core.analysis.record import Record
from core.store import Run
from pages.shared import layout, loading, picturing, representing
from pages.shared.making import maker


def draw(run: Run, record: Record) -> None:
    """The decision surface over epochs, and below it one further look at a time."""
    made = maker("representation", run)
    told = representing.answer(run, "probes") if run.is_over else None
    found = made("probes", lambda: seeing.probes(told, record)) if told else None
    drawn = picturing.boundary(run, record, made)
    layout.sentence(seeing.headline(record, found))
    layout.ended(run)
    layout.vitals(seeing.vitals(record, found, drawn))
    picturing.card(run, record, drawn, made)
    representing.further(run, record, found, made)


run = layout.strip()
if run is None:
    layout.no_run("This page shows what the network answers where, and how its layers bend the data apart.")
else:
    layout.live(run, draw, loading.DIAGNOSE_S)
