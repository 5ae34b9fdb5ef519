"""Handing a run or a study in: checked, within a person's quota, then queued for the runner."""

from collections.abc import Sequence
from typing import Any

from core.data.target import LEAST_ROWS
from core.experiment import Experiment, parse
from core.refusal import Problem, Refusal
from core.running import limits
from core.running.limits import Shape
from core.settings import Settings, settings
from core.store import Store


def submit(
    store: Store,
    owner: str,
    experiment: Experiment | dict[str, Any],
    name: str = "",
    study: str | None = None,
    position: int | None = None,
    shape: Shape | None = None,
    chosen: Settings | None = None,
) -> str:
    """Queue a run; gives its id. Raises Refusal with every problem. shape: of the data, where it is known already."""
    chosen = chosen or settings()
    valid, found = _parsed(experiment)
    if valid is not None:
        found = problems(store, owner, valid, shape, chosen)
    found += _quota(store, owner, chosen)
    if found or valid is None:
        raise Refusal(*found)
    return store.queue(owner, valid.model_dump(mode="json"), name or valid.name, study, position)


def submit_study(
    store: Store,
    owner: str,
    study: str,
    arms: Sequence[tuple[str, Experiment]],
    name: str = "",
    first: int = 0,
    chosen: Settings | None = None,
) -> list[str]:
    """Queue every arm (label, experiment) of a study as a run, or none; gives their ids. Raises Refusal with every
    problem of every arm. first: place of the first arm, where the study has arms already."""
    chosen = chosen or settings()
    found = [problem for _, arm in arms for problem in problems(store, owner, arm, None, chosen)]
    found += _quota(store, owner, chosen, len(arms))
    if found:
        raise Refusal(*dict.fromkeys(found))
    return [
        store.queue(owner, arm.model_dump(mode="json"), f"{name} · {label}" if name else label, study, first + place)
        for place, (label, arm) in enumerate(arms)
    ]


def stop_study(store: Store, owner: str, study: str) -> int:
    """Ask every run of a study that is not over to stop; gives how many were asked."""
    runs = store.runs(owner, states=("queued", "running"), study=study, brief=True)
    return sum(store.request(run.id, owner, "stop") for run in runs)


def _parsed(experiment: Experiment | dict[str, Any]) -> tuple[Experiment | None, list[Problem]]:
    return (experiment, []) if isinstance(experiment, Experiment) else parse(experiment)


def problems(
    store: Store, owner: str, experiment: Experiment, shape: Shape | None = None, chosen: Settings | None = None
) -> list[Problem]:
    """What would be refused of an experiment whoever asks, and whenever: its table, and what it may use."""
    return [*_data_problems(store, owner, experiment), *limits.problems(experiment, shape, chosen or settings())]


def _data_problems(store: Store, owner: str, experiment: Experiment) -> list[Problem]:
    data = experiment.data
    if data.kind == "file":
        return [Problem("data.kind", "files are read on the command line only. Upload the table instead.")]
    if data.kind != "table":
        return []
    stored = store.table(data.table, owner)
    if stored is None:
        return [Problem("data.table", "there is no such table any more. Upload it again, or choose another.")]
    rows = int(stored.details.get("rows", LEAST_ROWS))
    if rows < LEAST_ROWS:
        return [Problem("data.table", f"it has {rows:,} rows; training needs at least {LEAST_ROWS}: add rows")]
    return []


def _quota(store: Store, owner: str, chosen: Settings, more: int = 1) -> list[Problem]:
    used = store.usage(owner)
    found = []
    if used.waiting + more > chosen.waiting_runs:
        most = "the most allowed" if more == 1 else f"{more:,} more are over the {chosen.waiting_runs:,} allowed"
        words = f"{used.waiting:,} of your runs wait already, {most}. Wait for one to start, or stop one."
        found.append(Problem("", words))
    if used.runs + more > chosen.kept_runs:
        most = "the most allowed" if more == 1 else f"{more:,} more are over the {chosen.kept_runs:,} allowed"
        found.append(Problem("", f"You keep {used.runs:,} runs, {most}. Delete some of them first."))
    return found
