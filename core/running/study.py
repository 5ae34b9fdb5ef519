"""A study trained in this process, arm by arm, through the same worker code and store as the dashboard's."""

import sys
import uuid
from typing import Any

from core.experiment import Experiment
from core.refusal import Problem, Refusal
from core.running.loading import prepared
from core.running.own_table import with_stored_table
from core.running.process import this_process
from core.running.worker import execute
from core.settings import Settings
from core.store import Run, Store
from core.studies import Study, expand


def train_arms(
    study: Study, store: Store, owner: str, chosen: Settings, is_telling: bool = True, study_id: str | None = None
) -> dict[str, Any]:
    """Train every arm; gives the study's id (a new one unless given) and, per arm, its label, run, state, reason,
    scores of every seed and best validation losses. Raises Refusal with every problem of every arm before anything is
    trained."""
    stored = with_stored_table(study.experiment, store, owner, chosen, lambda text: print(text, file=sys.stderr))
    study = study.model_copy(update={"experiment": stored})
    arms = expand(study)
    _check(arms, store, owner, chosen)
    study_id, told = study_id or uuid.uuid4().hex, []
    for place, (label, experiment) in enumerate(arms):
        if is_telling:
            print(f"arm {place + 1} of {len(arms)}: {label}", file=sys.stderr, flush=True)
        name = f"{study.name} · {label}" if study.name else label
        tree = experiment.model_dump(mode="json")
        run_id = store.queue(owner, tree, name, study_id, place, process=this_process())
        execute(store, run_id, chosen)
        ended = store.run(run_id, owner)
        assert ended is not None
        told.append(_told(label, ended))
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


def _told(label: str, run: Run) -> dict[str, Any]:
    summary = run.summary or {}
    best = summary.get("best_validation_loss") or {}
    return {
        "label": label,
        "run": run.id,
        "state": run.state,
        "reason": run.reason,
        "scores": (summary.get("validation_score") or {}).get("each", []),
        "best_validation_loss": best.get("median"),
        "best_validation_losses": best.get("each", []),
        "seconds": summary.get("seconds"),
    }
