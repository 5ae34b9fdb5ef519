"""What the diagnosis says of runs: of one that is looked at, of many in lists, by the thresholds of whoever looks."""

import time
from collections.abc import Sequence

import streamlit as st
from pydantic import ValidationError

from core.analysis.record import Record
from core.diagnosis.diagnose import Diagnosis, diagnose
from core.diagnosis.thresholds import DEFAULT, Thresholds
from core.experiment import parse
from core.store import Run
from pages.shared import loading, viewer
from pages.shared.making import maker

FOUND_S = 0.3
"""How long a list of runs may wait for their findings (our choice: a page of 0.5 s leaves it that)."""


def diagnosis(looked_at: Run, seen: Record) -> Diagnosis:
    """What is wrong with a run, as far as it has been recorded."""
    known, _ = parse(looked_at.experiment)
    assert known is not None, "a stored experiment was valid when it was stored"
    chosen = thresholds()
    return maker("diagnosis", looked_at)(chosen.model_dump_json(), lambda: diagnose(known, seen, chosen))


def thresholds() -> Thresholds:
    """This person's thresholds of the diagnosis: the usual ones, but for those that were changed."""
    kept = loading.store().recall(viewer.owner(), "thresholds")
    try:
        return Thresholds.model_validate(kept or {})
    except ValidationError:
        return DEFAULT


def keep_thresholds(changed: dict[str, float]) -> None:
    """Judges with these from now on; {}: with the usual ones."""
    loading.store().remember(viewer.owner(), "thresholds", changed)


@st.cache_resource(show_spinner=False)
def _known_findings() -> dict[tuple[str, int], str]:
    """By run and revision: what was found, in words. A run that has ended is judged once."""
    return {}


def found(runs: Sequence[Run]) -> dict[str, str]:
    """By run, what is wrong with it: "the gradient vanishes", or "none". What is not judged yet is judged now, as far
    as FOUND_S allows; the rest is empty until the next look."""
    known, until = _known_findings(), time.monotonic() + FOUND_S
    for one in runs:
        key = one.id, one.sequence
        if not one.is_over or not one.sequence or key in known or time.monotonic() > until:
            continue
        whole = loading.run(one.id)
        known[key] = _in_short(diagnosis(whole, loading.record(whole))) if whole is not None else "none"
    return {one.id: known.get((one.id, one.sequence), "") for one in runs}


def _in_short(found: Diagnosis) -> str:
    """The causes; where there are none what is to watch."""
    causes, watched = (
        ", ".join(one.title[:1].lower() + one.title[1:] for one in each) for each in (found.causes, found.watch)
    )
    return causes or (f"to watch: {watched}" if watched else "none")


def marks(run_id: str | None) -> dict[str, str]:
    """By page name, the mark that the menu carries because the selected run has trouble there."""
    looked_at = loading.run(run_id)
    if looked_at is None or not looked_at.sequence:
        return {}
    found = diagnosis(looked_at, loading.record(looked_at))
    dots: dict[str, str] = {finding.page: ":red[●]" for finding in found.findings if finding.page != "data"}
    return {**dots, "findings": f":red-badge[{len(found.causes)}]"} if found.causes else dots
