"""What the command line's jobs do. Each takes the parsed arguments and gives the exit code."""

import json
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.experiment import Experiment
from core.refusal import Problem, Refusal
from core.running.export import plain
from core.running.given import experiment_of, json_of, warn
from core.running.process import this_process
from core.running.progress import ProgressBar, told_progress
from core.running.watch import settle
from core.settings import help_lines
from core.settings import settings as chosen_settings
from core.store import Run, Store, open_store

REFUSED = 2
LEAST_PREFIX = 6
"""Fewest letters of a run's id that name it (our choice: one chance in 16 million to mean another)."""


def run(given: Namespace) -> int:
    """Train in this process, through the same worker code and store as the dashboard."""
    from core.running.loading import prepared
    from core.running.own_table import with_stored_table
    from core.running.worker import execute
    from core.training.checks import check

    experiment = experiment_of(given.experiment)
    chosen = chosen_settings()
    store = open_store(chosen)
    experiment = with_stored_table(experiment, store, given.owner, chosen, warn)
    ready = prepared(experiment, store, given.owner, chosen)
    check(experiment, ready.splits, experiment.training.device)
    tree = experiment.model_dump(mode="json")
    run_id = store.queue(given.owner, tree, given.name or experiment.name, process=this_process())
    bar = None if given.quiet else ProgressBar()
    execute(store, run_id, chosen, ready, None if bar is None else bar.training)
    if bar is not None:
        bar.close()
    ended = store.run(run_id, given.owner)
    assert ended is not None
    _print({"run": run_id, "state": ended.state, "reason": ended.reason, "summary": ended.summary})
    return 0 if ended.state == "finished" else 1


def study(given: Namespace) -> int:
    """Train every arm of a study, as many at the same time as the machine bears."""
    from core.running.following import runner_at_work
    from core.running.study import train_arms
    from core.studies import parse_study

    wanted, chosen = parse_study(json_of(given.study, "study")), chosen_settings()
    store = _settled_store()
    with runner_at_work(store, chosen), told_progress(given.quiet) as tell:
        results = train_arms(wanted, store, given.owner, chosen, tell, say=warn)
    _print(results)
    return 0 if all(arm["state"] == "finished" for arm in results["arms"]) else 1


def diagnose(given: Namespace) -> int:
    """What is wrong with a run."""
    from core.diagnosis.command import diagnose_json
    from core.running.recorded import recorded

    store = _settled_store()
    found = _run(store, given.run, given.owner)
    kept = store.recall(given.owner, "thresholds")
    _print_findings(diagnose_json(found.experiment, recorded(store, found), kept), given.json)
    return 0


def lessons(given: Namespace) -> int:
    """Run lessons and say what came of each: 0 where all are proved, 1 where one is not."""
    from core.lessons import LESSONS
    from core.running.following import runner_at_work
    from core.running.lessons import run_lessons

    unknown = [name for name in given.only if name not in LESSONS]
    if unknown:
        message = f"there is no lesson {unknown[0][:40]!r}. There are: {', '.join(LESSONS)}"
        raise Refusal(Problem("--only", message))
    chosen = chosen_settings()
    wanted = [LESSONS[name] for name in dict.fromkeys(given.only)] or list(LESSONS.values())
    told, store = [], _settled_store()
    with runner_at_work(store, chosen), told_progress(given.quiet) as tell:
        for one in run_lessons(wanted, store, given.owner, chosen, given.seed, tell):
            told.append(one)
            if not given.json:
                print(f"{one['verdict']:<9}  {one['id']}: {one['claim']} {one['sentence']}", flush=True)
    if given.json:
        _print(told)
    return 0 if all(one["verdict"] == "proved" for one in told) else 1


def treat(given: Namespace) -> int:
    """Try remedies one after another, until nothing is wrong or the budget is spent."""
    from core.running.following import runner_at_work
    from core.running.treatment import treat_here

    store, chosen = _settled_store(), chosen_settings()
    root = _run(store, given.run, given.owner)
    with runner_at_work(store, chosen):
        told = treat_here(store, given.owner, root, given.trainings, chosen)
    if given.json:
        _print(told)
    else:
        print(told["said"])
        for tried in told["tried"]:
            print(f"{tried['number']}. {tried['label']}: {tried['score']}, {'kept' if tried['kept'] else 'not kept'}")
    return 0 if told["ending"] == "healthy" else 1


def check(given: Namespace) -> int:
    """What settings and one pass at initialisation show."""
    from core.data.doubts import data_meta
    from core.diagnosis.command import check_json
    from core.running import questions
    from core.running.loading import PreparedCache
    from core.running.own_table import with_stored_table

    chosen = chosen_settings()
    store = open_store(chosen)
    experiment = with_stored_table(experiment_of(given.experiment), store, given.owner, chosen, warn)
    tree = experiment.model_dump(mode="json")
    cache = PreparedCache(store, chosen)
    passed = questions.preview({"experiment": tree, "owner": given.owner}, cache)
    known = data_meta(cache.get(experiment, given.owner).splits)
    _print_findings(check_json(tree, known, passed), given.json)
    return 0


def schema(_given: Namespace) -> int:
    """The JSON Schema of an experiment."""
    _print(Experiment.model_json_schema())
    return 0


def show(given: Namespace) -> int:
    """All that is known about one run."""
    store = _settled_store()
    found = _run(store, given.run, given.owner)
    weights = [
        {"replica": w.replica, "label": w.label, "epoch": w.epoch, "bytes": len(w.data)}
        for w in store.weights(found.id, owner=given.owner)
    ]
    about = asdict(found)
    about.pop("process"), about.pop("runner")
    _print({**about, "kinds": sorted(store.kinds(found.id, owner=given.owner)), "weights": weights})
    return 0


def export(given: Namespace) -> int:
    """What a run recorded of one kind."""
    from core.recording.schemas import SCHEMAS, from_bytes
    from core.running.export import exported

    if given.kind not in SCHEMAS:
        raise Refusal(Problem("--kind", f"there is no kind {given.kind[:40]!r}. There are: {', '.join(SCHEMAS)}"))
    store = _settled_store()
    found = _run(store, given.run, given.owner)
    batches, _ = store.records(found.id, given.kind, owner=given.owner)
    data = exported(from_bytes(given.kind, batches), given.format)
    if given.output:
        Path(given.output).write_bytes(data)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    return 0


def runs(given: Namespace) -> int:
    """The runs of one owner, newest first."""
    found = _settled_store().runs(given.owner, limit=given.limit, brief=True)
    if given.json:
        names = ("id", "name", "state", "reason", "created", "started", "ended", "epoch", "epochs", "study", "summary")
        _print([{name: getattr(run, name) for name in names} for run in found])
        return 0
    for one in found:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.created))
        name = " ".join(one.name.split())[:60]
        print(f"{one.id}  {when}  {one.state:<11}  {f'{one.epoch:,}/{one.epochs:,}':>13}  {_last(one):>9}  {name}")
    return 0


def preview(given: Namespace) -> int:
    """One pass at initialisation."""
    from core.running import questions

    return _answer(given, questions.preview)


def rates(given: Namespace) -> int:
    """A learning-rate range test."""
    from core.running import questions

    return _answer(given, questions.rates)


def _answer(given: Namespace, question: Callable[..., dict[str, Any]]) -> int:
    from core.running.loading import PreparedCache
    from core.running.own_table import with_stored_table

    chosen = chosen_settings()
    store = open_store(chosen)
    experiment = with_stored_table(experiment_of(given.experiment), store, given.owner, chosen, warn)
    asked = {"experiment": experiment.model_dump(mode="json"), "owner": given.owner}
    _print(question(asked, PreparedCache(store, chosen)))
    return 0


def read(given: Namespace) -> int:
    """Read files and say what was understood: one line of JSON per file."""
    from core.data.reading.command import read_each

    refused = False
    for said in read_each(given.files, given.save):
        print(json.dumps(said, ensure_ascii=False, default=str), flush=True)
        refused |= said["outcome"] == "refused"
    return REFUSED if refused else 0


def runner(given: Namespace) -> int:
    """Become the runner."""
    from core.running.environment import start_anew_without_secrets, taken
    from core.running.runner import run_runner

    token = None
    if given.handed:
        url, chosen, more = taken(sys.stdin.read())
        store, token = open_store(url), more.get("token")
    else:
        chosen = chosen_settings()
        store = open_store(chosen)
        if given.forever:
            chosen = chosen.model_copy(update={"idle_seconds": 0.0})
        start_anew_without_secrets(store, chosen)
    return run_runner(store, chosen, token)


def settings(_given: Namespace) -> int:
    """What may be set, with default, unit and help; and what is in force."""
    print("\n".join(help_lines()))
    return 0


def name_problems(refusal: Refusal) -> None:
    """Every problem on stderr, a line each, and as JSON on stdout."""
    for problem in refusal.problems:
        print(f"{problem.path}: {problem.message}" if problem.path else problem.message, file=sys.stderr)
    _print({"problems": [asdict(problem) for problem in refusal.problems]})


def _settled_store() -> Store:
    store = open_store(chosen_settings())
    settle(store)
    return store


def _run(store: Store, beginning: str, owner: str) -> Run:
    exact = store.run(beginning, owner)
    if exact is not None:
        return exact
    found = store.find(beginning, owner) if len(beginning) >= LEAST_PREFIX else []
    if len(found) != 1:
        known = "more than one run's id begins so" if found else "there is no such run"
        raise Refusal(Problem("run", f"{known}: name one of `python -m core runs`"))
    one = store.run(found[0], owner)
    assert one is not None
    return one


def _last(one: Run) -> str:
    return f"{one.curve[-1]:.4g}" if one.curve else ""


def _print_findings(found: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        _print(found)
        return
    for finding in found:
        print(f"{finding['zone']}  {finding['id']}  {finding['message']}")
        for remedy in finding["remedies"]:
            print(f"    try: {remedy['label']}")


def _print(tree: Any) -> None:
    print(json.dumps(plain(tree), indent=1, ensure_ascii=False, allow_nan=False))
