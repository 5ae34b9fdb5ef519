"""Studies on a page: which there are, how far one is, and its runs as arms."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core import naming
from core.analysis.compare import Arm
from core.analysis.wording import duration
from core.differences import differences
from core.experiment import Experiment, parse
from core.running.submit import stop_study, submit_study
from core.store import Run
from core.studies import Study, expand
from pages.shared import loading, session, strip, viewer
from pages.shared.say import option, plain

LISTED = 500
"""Newest runs among which studies are looked for."""
MOST_RUNS = 12
"""Runs that are compared at once outside a study (our choice: more cannot be read)."""
SEVERAL = "runs"
"""Stands for runs that were picked one by one, where a study's id stands otherwise."""


@dataclass(frozen=True)
class Listed:
    """A study as a list shows it."""

    id: str
    name: str
    runs: int
    running: int
    finished: int


def runs_of(study: str) -> list[Run]:
    """The runs of a study of this person, in the order of its arms."""
    found = loading.store().runs(viewer.owner(), study=study)
    return sorted(found, key=lambda run: (run.position or 0, run.created))


def links(runs: Sequence[Run], most: int) -> None:
    """A link to each of the newest studies among these runs."""
    found = listed(runs)[:most]
    if found:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption("Compared side by side:", width="content")
            for one in found:
                label, query = plain(_listed_name(one)), {"study": one.id}
                st.page_link("explore/compare.py", label=label, icon=":material/compare_arrows:", query_params=query)


def listed(runs: Sequence[Run] | None = None) -> list[Listed]:
    """The studies among these runs, usually among this person's newest ones; newest first."""
    of: dict[str, list[Run]] = {}
    for run in loading.recent_runs(LISTED) if runs is None else runs:
        if run.study:
            of.setdefault(run.study, []).append(run)
    return [_listed(key, runs) for key, runs in of.items()]


def _listed(study: str, runs: Sequence[Run]) -> Listed:
    states = [run.state for run in runs]
    running = sum(not run.is_over for run in runs)
    return Listed(study, name_of(runs), len(runs), running, states.count("finished"))


def name_of(runs: Sequence[Run]) -> str:
    """What the names of a study's runs have in common: they are called "study · arm"."""
    return (runs[0].name.rsplit(" · ", 1)[0] or "study") if runs else "study"


def pick() -> str:
    """The picker of a study, or of several runs; the address names what is picked. Returns the study's id, or
    SEVERAL."""
    known = {one.id: one for one in listed()}
    linked = st.query_params.get("study", "")
    if linked and linked not in known and runs_of(linked):
        known[linked] = _listed(linked, runs_of(linked))
    options = [*known, SEVERAL]
    if linked not in options:
        linked = SEVERAL if st.query_params.get("runs") or not known else next(iter(known))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="strip"):
        chosen = st.selectbox(
            "Study",
            options,
            options.index(linked),
            format_func=lambda key: option(_listed_name(known[key]), key) if key in known else "Several runs",
            key=f"study-pick-{linked}",
            label_visibility="collapsed",
            width=360,
        )
        st.query_params["study"] = chosen or SEVERAL
        if chosen in known:
            st.query_params.pop("runs", None)
            _state(known[chosen])
            st.caption(plain(alike(runs_of(chosen))), width="stretch")
        else:
            _pick_runs()
        _share()
    return chosen if chosen in known else SEVERAL


def alike(runs: Sequence[Run]) -> str:
    """What all these runs have in common, in one line."""
    known = [_experiment(run) for run in runs]
    return naming.alike(known, [loading.table_name(one) for one in known])


def _share() -> None:
    """The address of what is compared."""
    with strip.popover():
        kept = {name: st.query_params[name] for name in ("study", "runs") if name in st.query_params}
        st.code(strip.address(kept), language=None, wrap_lines=True)
        st.caption("The link opens this comparison.")


def picked(study: str) -> list[Run]:
    """The runs that are compared: a study's, or those that were picked."""
    if study != SEVERAL:
        return runs_of(study)
    wanted = [key for key in st.query_params.get("runs", "").split(",") if key][:MOST_RUNS]
    return [run for key in wanted if (run := loading.run(key)) is not None]


def _pick_runs() -> None:
    runs = {run.id: run.name or "run" for run in loading.recent_runs(LISTED)}
    linked = [key for key in st.query_params.get("runs", "").split(",") if key in runs]
    usual = linked or [key for key in [session.run_id()] if key in runs]
    wanted = st.multiselect(
        "Runs",
        list(runs),
        usual,
        max_selections=MOST_RUNS,
        format_func=lambda key: option(runs.get(key, "run"), key),
        key="study-runs",
        label_visibility="collapsed",
        placeholder="Runs to compare",
    )
    if wanted:
        st.query_params["runs"] = ",".join(wanted)
    else:
        st.query_params.pop("runs", None)


def _listed_name(one: Listed) -> str:
    return f"{one.name} ({one.runs} runs)"


def _state(one: Listed) -> None:
    if one.running:
        st.badge(f"{one.running} of {one.runs} runs to come", icon=":material/graphic_eq:", color="blue")
    else:
        st.badge(f"{one.runs} runs finished", icon=":material/check:", color="gray")


def start(study: Study, name: str) -> str:
    """Queues all arms of a study. Returns its id. Raises Refusal with every problem, of the study or of the queue."""
    study_id = uuid.uuid4().hex
    submit_study(loading.store(), viewer.owner(), study_id, expand(study), name[:150])
    return study_id


def progress(study: str, runs: Sequence[Run], key: str) -> None:
    """One line for all runs of a study, and a button that stops them together."""
    done = sum(run.is_over for run in runs)
    steps = sum(run.epochs for run in runs)
    share = sum(run.epochs if run.is_over else run.epoch for run in runs) / max(1, steps)
    words = f"{done} of {len(runs)} runs done"
    left = _seconds_left(runs)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.progress(min(1.0, share), text=words + (f" · about {duration(left)} left" if left else ""))
        if study != SEVERAL:
            st.button("Stop all", key=f"stop-{key}", icon=":material/stop:", on_click=_stop, args=(study,))


def arms(runs: Sequence[Run]) -> list[Arm]:
    """One arm per run, with the choices in which they differ. Two runs called alike are told apart by a number."""
    known = [_experiment(run) for run in runs]
    names: list[str] = []
    for run, experiment in zip(runs, known, strict=True):
        name = (experiment.name if run.study else run.name) or run.name or "run"
        alike = sum(one == name or one.startswith(f"{name} (") for one in names)
        names.append(f"{name} ({alike + 1})" if alike else name)
    return [
        Arm(name, (loading.record(run),), changes)
        for name, run, changes in zip(names, runs, differences(known), strict=True)
    ]


def _stop(study: str) -> None:
    stop_study(loading.store(), viewer.owner(), study)


def _experiment(run: Run) -> Experiment:
    known, _ = parse(run.experiment)
    assert known is not None, "a stored experiment was valid when it was stored"
    return known


def _seconds_left(runs: Sequence[Run]) -> float:
    """Of all epochs to come, one run after the other: an upper bound where several run at once."""
    known = [run.seconds_per_epoch for run in runs if run.seconds_per_epoch]
    usual = sum(known) / len(known) if known else 0.0
    return sum((run.epochs - run.epoch) * (run.seconds_per_epoch or usual) for run in runs if not run.is_over)
