"""Who is looking, at which run, and what they are drafting: the state of one browser session."""

import json
from pathlib import Path
from typing import Any

import streamlit as st

from core.choices.defaults import default_experiment
from core.choices.losses import LOSSES
from core.choices.tables import Iris
from core.experiment import parse
from core.refusal import Problem, Refusal
from core.running.submit import problems, submit
from core.sharing import unpacked
from core.store import Run
from pages.shared import loading, viewer
from pages.shared.say import plain

KEPT_PARTS = ("split", "preparation", "network", "optimizer", "schedule", "regularisation", "training")
"""Parts of a draft that stay, where somebody chose them, when other rows are taken."""
PLACE = ("epoch", "layer")
"""Where in a run one looks; part of the address."""
LARGEST_PLACE = 10**8
PLAIN = (str, int, float, bool, list, tuple)
"""What fields hold."""
WHEN_DRAWN, REFUSED = "train-when-drawn", "train-refused"
"""What pressing Train left for the page that is drawn next: to train then, or why it could not be trained."""
LISTED = 200
"""Newest runs among which two are not called alike (our choice)."""
DRAFT, KEPT = "draft", "draft-kept"
"""The draft in the store, and what this window last knew of it."""
UNDO_DEPTH = 50
"""Edits that can be taken back (our choice: more than anyone counts)."""


def begin() -> None:
    """Asks for a log-in where one is configured, finds the selected run again and wakes the runner."""
    viewer.ask_for_login()
    linked = st.query_params.get("run")
    if linked and "run" not in st.session_state:
        st.session_state["watching"] = linked
    if linked and linked != st.session_state.get("run"):
        for name in PLACE:
            st.session_state.pop(name, None)
    for name in ("run", *PLACE):
        if st.query_params.get(name):
            st.session_state[name] = st.query_params[name]
        elif st.session_state.get(name):
            st.query_params[name] = str(st.session_state[name])
    _take_setting()
    loading.wake_runner()


def _take_setting() -> None:
    """A whole setting in the address is taken into the draft, once; what is wrong with it is said on the page."""
    text = st.query_params.pop("setting", None)
    if not text:
        return
    try:
        change(unpacked(text).model_dump(mode="json"))
    except Refusal as refusal:
        st.toast(f"The link could not be opened: {plain(refusal.problems[0].message)}.", icon=":material/link_off:")


def run_id() -> str | None:
    """The run this session looks at; it is in the address too."""
    return st.session_state.get("run")


def epoch() -> int | None:
    """The epoch at which sliders start, where one was chosen; it is in the address too."""
    return _number("epoch")


def layer() -> int | None:
    """The layer that is looked at, 1 for the first, where one was chosen; it is in the address too."""
    return _number("layer") or None


def select_layer(number: int | None) -> None:
    """Looks at this layer from now on."""
    _place("layer", number)


def select_layer_of(key: str) -> None:
    """Looks at the layer that the widget of this key says."""
    select_layer(st.session_state[key])


def picked() -> None:
    """Looks at the layer whose row was clicked in a chart."""
    for key, state in st.session_state.items():
        if str(key).startswith("picked-"):
            rows = state["selection"].get("picked") or []
            if rows:
                select_layer(int(rows[0]["layer"]))


def select_run(run: str) -> None:
    """Looks at another run from now on. May be called from a widget's callback."""
    if run != run_id():
        _forget_place()
    st.session_state.pop("drafting", None)
    st.session_state["run"] = run
    st.query_params["run"] = run


def forget_run() -> None:
    """Looks at no run."""
    _forget_place()
    st.session_state.pop("run", None)
    st.query_params.pop("run", None)


def _number(name: str) -> int | None:
    """A place of the address as a number; None where somebody typed something else."""
    value = str(st.session_state.get(name, ""))
    return min(int(value), LARGEST_PLACE) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _place(name: str, value: int | None) -> None:
    if value is None:
        st.session_state.pop(name, None)
        st.query_params.pop(name, None)
    else:
        st.session_state[name] = value
        st.query_params[name] = str(value)


def _forget_place() -> None:
    for name in PLACE:
        _place(name, None)


def start(experiment: dict[str, Any]) -> str:
    """Queues a run of this experiment and looks at it. Raises Refusal with every problem."""
    known, _ = parse(experiment)
    run_id = submit(loading.store(), viewer.owner(), experiment, _unlike(loading.name(known)) if known else "")
    select_run(run_id)
    st.session_state["watching"] = run_id
    return run_id


def _unlike(name: str) -> str:
    """The name, with a number where one of the newest runs is called so already."""
    taken, number, told = {run.name for run in loading.recent_runs(LISTED)}, 2, name
    while told in taken:
        told, number = f"{name} ({number})", number + 1
    return told


def change(experiment: dict[str, Any]) -> None:
    """Goes from a run to the draft, which becomes this: the choices that led to the run, or others made from them. Also
    while that run goes on."""
    replace_draft(experiment)
    st.session_state.pop("watching", None)
    st.session_state["drafting"] = run_id()


def is_watching(run: Run) -> bool:
    """Whether the Train page shows this run: while it goes on, and after that to whoever saw it start or follows its
    link; until somebody goes back to the draft."""
    if st.session_state.get("drafting") == run.id:
        return False
    return not run.is_over or st.session_state.get("watching") == run.id


def draft() -> dict[str, Any]:
    """The experiment being drafted, as JSON; what was drafted last time, or the default, at first."""
    if "draft" not in st.session_state:
        kept = loading.store().recall(viewer.owner(), DRAFT)
        st.session_state[KEPT] = kept
        known, _ = parse(kept) if kept else (None, [])
        st.session_state["draft"] = (known or default_experiment(Iris())).model_dump(mode="json")
    return st.session_state["draft"]


def foreseen() -> list[Problem]:
    """What would be refused of the draft, but for what depends on who waits in line."""
    known, found = parse(draft())
    return found if known is None else problems(loading.store(), viewer.owner(), known)


def edit(**parts: Any) -> None:
    """Replaces parts of the draft with what the page's own widgets now say. No-op where nothing changed."""
    before = draft()
    after = {**before, **parts}
    if after == before:
        return
    st.session_state.setdefault("undo", []).append(before)
    del st.session_state["undo"][:-UNDO_DEPTH]
    _keep(after)


def replace_draft(tree: dict[str, Any]) -> None:
    """Loads another experiment into the editor: every widget starts from it anew. It can be undone."""
    if "draft" in st.session_state:
        st.session_state.setdefault("undo", []).append(draft())
    _keep(tree)
    st.session_state["generation"] = generation() + 1


def take_data(data: dict[str, Any]) -> None:
    """Drafts for other rows. What nobody touched follows the proposal for them; what somebody chose stays, but for a
    loss that cannot answer the new question."""
    before, proposed = draft(), _proposal(data)
    if proposed is None:
        return replace_draft({**before, "data": data, "name": ""})
    usual = _proposal(before["data"]) or {}
    chosen = {part for part in KEPT_PARTS if before[part] != usual.get(part)}
    if "column" in before["split"]:
        chosen.discard("split")
    task = "regression" if proposed["loss"]["kind"] != "cross_entropy" else "classification"
    if before["loss"] != usual.get("loss") and task in LOSSES[before["loss"]["kind"]].tasks:
        chosen.add("loss")
    return replace_draft({**proposed, **{part: before[part] for part in chosen}})


def ask_steps(data: dict[str, Any]) -> None:
    """Other fields of the same rows. Where they are asked at other steps, what nobody touched follows the proposal."""
    if _asked(data) == _asked(draft()["data"]):
        edit(data=data)
    else:
        take_data(data)
        st.rerun()


def _asked(data: dict[str, Any]) -> Any:
    return (data.get("windows") or data).get("asked", "end")


def _proposal(data: dict[str, Any]) -> dict[str, Any] | None:
    return loading.ask("table", experiment={"data": data}).get("proposed")


def fields(but: str) -> dict[str, Any]:
    """What the page's fields say now, by key, but for the one of this key. One that says nothing (a switch that is off,
    a button that was not pressed) is left out, as if it were not there."""
    state = st.session_state
    return {str(key): state[key] for key in state if key != but and state[key] and type(state[key]) in PLAIN}


def go_on(page: str) -> None:
    """Shows another page instead of the one that was to be drawn. For callbacks, in which no page can be changed."""
    st.session_state["go-on"] = page


def gone_on(page: str) -> None:
    """Changes the page where a callback asked for it and it is not the one that is shown (`page`, its file's name)."""
    asked = st.session_state.pop("go-on", None)
    if asked is not None and Path(asked).stem != page:
        st.switch_page(asked)


def drawn() -> None:
    """Forgets what was left for the page that has been drawn, where that had no button to train any more."""
    for name in (WHEN_DRAWN, REFUSED):
        st.session_state.pop(name, None)


def undo() -> None:
    """Takes the last edit back."""
    if st.session_state.get("undo"):
        _keep(st.session_state["undo"].pop())
        st.session_state["generation"] = generation() + 1


def can_undo() -> bool:
    """Whether there is an edit to take back."""
    return bool(st.session_state.get("undo"))


def generation() -> int:
    """Part of every editor widget's key: grows whenever the draft is replaced from outside the widgets."""
    return int(st.session_state.get("generation", 0))


def _keep(tree: dict[str, Any]) -> None:
    st.session_state["draft"] = tree
    if parse(tree)[0] is None:  # with a wrong number it would be nothing to come back to
        return
    store, owner, tree = loading.store(), viewer.owner(), json.loads(json.dumps(tree))
    if store.recall(owner, DRAFT) not in (None, st.session_state.get(KEPT), tree):
        st.toast("Another window changed the draft meanwhile. What this one shows is kept now.", icon=":material/tab:")
    store.remember(owner, DRAFT, tree)
    st.session_state[KEPT] = tree
