"""A study trained for the command line: its arms are queued, and the runner trains as many at the same time as the
machine bears, as for the dashboard."""

import uuid
from collections.abc import Callable
from typing import Any

from core.experiment import Experiment
from core.refusal import Problem, Refusal
from core.running.following import Tell, followed, stopped_together
from core.running.loading import prepared
from core.running.own_table import with_stored_table
from core.running.submit import submit_study
from core.settings import Settings
from core.store import Run, Store
from core.studies import Study, expand


def train_arms(
    study: Study,
    store: Store,
    owner: str,
    chosen: Settings,
    tell: Tell | None = None,
    study_id: str | None = None,
    say: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Train every arm; gives the study's id (a new one unless given) and, per arm, its label, run, state, reason,
    scores of every seed and best validation losses. Raises Refusal with every problem of every arm before anything is
    trained. tell: hears how far the runs are. say: is told each warning of reading a file."""
    stored = with_stored_table(study.experiment, store, owner, chosen, say)
    arms = expand(study.model_copy(update={"experiment": stored}))
    _check(arms, store, owner, chosen)
    study_id = study_id or uuid.uuid4().hex
    with stopped_together(store, owner, study_id):
        ids = submit_study(store, owner, study_id, arms, study.name, chosen=chosen)
        runs = {run.id: run for run in followed(store, owner, study_id, chosen, tell)}
    told = [_told(label, run_id, runs.get(run_id)) for (label, _), run_id in zip(arms, ids, strict=True)]
    return {"study": study_id, "name": study.name, "arms": told}


def _check(arms: list[tuple[str, Experiment]], store: Store, owner: str, chosen: Settings) -> None:
    from core.training.checks import check

    found: list[Problem] = []
    for label, experiment in arms:
        try:
            check(experiment, prepared(experiment, store, owner, chosen).splits, experiment.training.device)
        except Refusal as refusal:
            found += [Problem(problem.path, f"{label}: {problem.message}") for problem in refusal.problems]
    if found:
        raise Refusal(*found)


def _told(label: str, run_id: str, run: Run | None) -> dict[str, Any]:
    """What came of an arm. run: None where somebody deleted it meanwhile."""
    summary = (run.summary if run is not None else None) or {}
    best = summary.get("best_validation_loss") or {}
    return {
        "label": label,
        "run": run_id,
        "state": "deleted" if run is None else run.state,
        "reason": None if run is None else run.reason,
        "scores": (summary.get("validation_score") or {}).get("each", []),
        "best_validation_loss": best.get("median"),
        "best_validation_losses": best.get("each", []),
        "seconds": summary.get("seconds"),
    }
