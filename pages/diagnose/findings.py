"""Findings: what is wrong, where, since when, and what to try."""

from core.analysis.record import Record
from core.store import Run
from pages.shared import doctor, judging, layout, loading, thresholds, treatment


def draw(run: Run, record: Record) -> None:
    """The verdict, each cause with its consequences and remedies, what to watch, and what is clear."""
    found = judging.diagnosis(run, record)
    layout.sentence(doctor.headline(found))
    layout.ended(run, has_remedies=False)
    for cause in found.causes:
        doctor.cause_card(cause, found, run, record)
    doctor.signs(run, record)
    treatment.card(found, run)
    doctor.unsaid(found, record)
    doctor.watch(found, record)
    doctor.clear(found)


run = layout.strip()
if run is None:
    layout.no_run("This page names what is wrong with a run, shows the evidence and offers remedies.")
else:
    layout.live(run, draw, loading.DIAGNOSE_S)
    thresholds.editor()
