"""Treatments in the store: each is a study of its own whose next run is queued when the last one has ended, so that it
goes on when nobody looks."""

import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core.analysis.treatment import Path, headline, path
from core.diagnosis.thresholds import DEFAULT, Thresholds
from core.experiment import Experiment, parse
from core.refusal import Refusal
from core.running.recorded import recorded
from core.running.submit import stop_study, submit
from core.settings import Settings
from core.store import Run, Store

PREFIX = "treat-"
USUAL_BUDGET = 8
"""Trainings of a treatment unless a person says otherwise (our choice: two or three causes with a few remedies)."""
MOST = 40
NEXT_SECONDS = 10.0
"""How long the next training of a treatment may take to be queued (a diagnosis takes under a second)."""
LOST = ("stopped", "interrupted")
"""States of a training that says nothing; it is tried anew."""


def study_of(run_id: str) -> str:
    """The study that holds the treatment of a run."""
    return f"{PREFIX}{run_id}"


def begin(store: Store, owner: str, run: Run, budget: int, chosen: Settings | None = None) -> None:
    """Begins a treatment, or goes on with it under a larger budget. Raises Refusal."""
    store.remember(owner, study_of(run.id), {"budget": budget})
    advance(store, owner, run, chosen)


def budget_of(store: Store, owner: str, run_id: str) -> int:
    """Trainings that the treatment of this run may take; 0 where there is none."""
    return int((store.recall(owner, study_of(run_id)) or {}).get("budget", 0))


def end(store: Store, owner: str, run_id: str) -> None:
    """Nothing more is tried, and what trains now is stopped."""
    done = sum(one.is_over and one.state not in LOST for one in runs(store, owner, run_id))
    store.remember(owner, study_of(run_id), {"budget": done})
    stop_study(store, owner, study_of(run_id))


def advance(store: Store, owner: str, run: Run, chosen: Settings | None = None) -> str | None:
    """Queues the next training if one is due; gives its id. Raises Refusal."""
    there = runs(store, owner, run.id)
    if any(not one.is_over for one in there):
        return None
    found = path_of(store, owner, run, there)
    if found.step is None:
        return None
    name = f"{run.name or 'run'} · {found.label}"[:200]
    return submit(store, owner, found.step, name, study_of(run.id), len(there), None, chosen)


def path_of(store: Store, owner: str, run: Run, there: list[Run] | None = None) -> Path:
    """What was tried until now."""
    there = runs(store, owner, run.id) if there is None else there
    trained = [(_experiment(one), recorded(store, one)) for one in there if one.is_over and one.state not in LOST]
    return path(_experiment(run), trained, budget_of(store, owner, run.id), thresholds_of(store, owner))


def runs(store: Store, owner: str, run_id: str) -> list[Run]:
    """The trainings of a treatment, in order."""
    return sorted(store.runs(owner, study=study_of(run_id)), key=lambda one: (one.position or 0, one.created))


def thresholds_of(store: Store, owner: str) -> Thresholds:
    """A person's own thresholds."""
    try:
        return Thresholds.model_validate(store.recall(owner, "thresholds") or {})
    except ValueError:
        return DEFAULT


def go_on(store: Store, owner: str, study: str | None, chosen: Settings) -> None:
    """To be called when a run has ended: the next training of its treatment, if it belongs to one. What cannot be
    queued (a full quota) ends the treatment; its page says how far it came."""
    if study is None or not study.startswith(PREFIX):
        return
    root = store.run(study.removeprefix(PREFIX), owner)
    if root is None:
        return
    try:
        advance(store, owner, root, chosen)
    except Refusal:
        return


def treat_here(store: Store, owner: str, root: Run, budget: int, chosen: Settings) -> dict[str, Any]:
    """A whole treatment, trained by the runner and followed until its end; each training is named on stderr. JSON:
    ending, said, tried, kept (an experiment). Raises Refusal; KeyboardInterrupt, on Ctrl-C, once it is ended."""
    from core.running.following import followed, stopped_together

    def tell(there: Sequence[Run]) -> None:
        for place in range(len(named), len(there)):
            named.append(there[place].id)
            print(f"training {place + 1} of at most {budget}: {there[place].name}", file=sys.stderr, flush=True)

    named: list[str] = []
    with stopped_together(store, owner, study_of(root.id), lambda: end(store, owner, root.id)):
        begin(store, owner, root, budget, chosen)
        followed(store, owner, study_of(root.id), chosen, tell)
        while (found := path_of(store, owner, root)).step is not None:
            _wait_for_next(store, owner, root, chosen)
            followed(store, owner, study_of(root.id), chosen, tell)
    said, tried = headline(found, budget), [asdict(one) for one in found.tried]
    kept = found.best.model_dump(mode="json")
    return {"ending": found.ending, "said": f"{said.text} {said.note}", "tried": tried, "kept": kept}


def _wait_for_next(store: Store, owner: str, root: Run, chosen: Settings) -> None:
    """The worker that ended the last training queues the next one; should it be gone, that is done here."""
    end = time.monotonic() + NEXT_SECONDS
    while time.monotonic() < end:
        if any(not one.is_over for one in runs(store, owner, root.id)):
            return
        time.sleep(0.1)
    advance(store, owner, root, chosen)


def _experiment(run: Run) -> Experiment:
    known, problems = parse(run.experiment)
    if known is None:
        raise Refusal(*problems)
    return known
