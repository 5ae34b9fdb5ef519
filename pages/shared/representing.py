"""The further looks of the Representation page, one at a time, so that nothing is computed that nobody looks at."""

from typing import Any

from core.analysis.record import Record
from core.analysis.seeing import Probes
from core.archive import preparations
from core.store import Run
from pages.shared import loading
from pages.shared.loading import Made

Answer = dict[str, Any]


def answer(run: Run, kind: str, **more: Any) -> Answer | None:
    """What the runner says of a run, None where it says nothing (yet). The record's length is part of the question, so
    that a live run is asked anew."""
    found = loading.ask(kind, run=run.id, sequence=run.sequence, **more)
    return None if "problems" in found else found


def number_columns(record: Record) -> list[str]:
    """Columns that enter the network as one number each, or as yes and no."""
    fitted = preparations(record.tables)
    if not fitted:
        return []
    own = [entry["column"] for entry in fitted[0]["numbers"] if entry["part"] is None]
    return own + [flag["column"] for flag in fitted[0]["flags"]]


def further(run: Run, record: Record, found: Probes | None, made: Made) -> None:
    """The looks below the main picture."""
