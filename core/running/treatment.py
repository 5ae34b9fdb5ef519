"""Treatments in the store: each is a study of its own whose next run is queued when the last one has ended, so that it
goes on when nobody looks."""

import sys
from dataclasses import asdict
from typing import Any

from core.analysis.treatment import Path, headline, path
from core.diagnosis.thresholds import DEFAULT, Thresholds
from core.experiment import Experiment, parse
from core.refusal import Refusal
from core.running.process import this_process
from core.running.recorded import recorded
from core.running.submit import stop_study, submit
from core.settings import Settings
from core.store import Run, Store

PREFIX = "treat-"
USUAL_BUDGET = 8
"""Trainings of a treatment unless a person says otherwise (our choice: two or three causes with a few remedies)."""
MOST = 40
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
    store.remember(owner, study_of(run_id), {"budget": max(1, done)})
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
    """A whole treatment in this process; progress on stderr. JSON: ending, said, tried, kept (an experiment)."""
    from core.running.worker import execute

    store.remember(owner, study_of(root.id), {"budget": budget})
    while (found := path_of(store, owner, root)).step is not None:
        place = len(runs(store, owner, root.id))
        print(f"training {place + 1} of at most {budget}: {found.label}", file=sys.stderr, flush=True)
        tree = found.step.model_dump(mode="json")
        run_id = store.queue(owner, tree, found.label, study_of(root.id), place, process=this_process())
        execute(store, run_id, chosen)
    said, tried = headline(found, budget), [asdict(one) for one in found.tried]
    kept = found.best.model_dump(mode="json")
    return {"ending": found.ending, "said": f"{said.text} {said.note}", "tried": tried, "kept": kept}


def _experiment(run: Run) -> Experiment:
    known, problems = parse(run.experiment)
    if known is None:
        raise Refusal(*problems)
    return known
