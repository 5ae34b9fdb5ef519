"""The bar of a run under way: how far it is, pause, one step or epoch at a time, other numbers, stop."""

from typing import Any

import streamlit as st

from core.choices.orders import Change
from core.store import Run
from pages.shared import forms, loading

CHANGED = ("learning_rate", "weight_decay", "dropout")


def controls(run: Run, epoch: int, pace: str) -> None:
    """The bar of a run under way, filled as far as its numbers were recorded, with what can be done to it beside it."""
    paused, stopping = run.request == "pause", run.request == "stop"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.progress(min(1.0, max(0, epoch) / max(1, run.epochs)), text=pace, width="stretch")
        if paused:
            for by, icon in (("step", "skip_next"), ("epoch", "fast_forward")):
                _button(f"One {by}", icon, by, loading.order, run.id, {"kind": "advance", "by": by})
        _change(run)
        word, icon, what = ("Go on", "play_arrow", "go") if paused else ("Pause", "pause", "pause")
        _button(word, icon, what, loading.request, run.id, what)
        _button("Stopping" if stopping else "Stop", "stop", "stop", loading.request, run.id, "stop", disabled=stopping)


def _button(label: str, icon: str, key: str, call: Any, *given: Any, disabled: bool = False) -> None:
    st.button(label, icon=f":material/{icon}:", key=key, on_click=call, args=given, disabled=disabled)


def _change(run: Run) -> None:
    """Other numbers from the next step; each change is drawn on the curves where it happened."""
    now = current(run)
    opened = st.popover("Change", icon=":material/tune:", key=f"change-{run.id}", on_change="rerun")
    if not opened.open:
        return
    with opened:
        st.caption("From the next step on. Each change is kept in the record and marked on the curves.")
        wanted = {name: forms.number(Change, name, value, f"change.{run.id}.{name}") for name, value in now.items()}
        sound = forms.valid({"change": Change}, {"kind": "change", **wanted}) is not None
        changed = {name: value for name, value in wanted.items() if value != now[name]}
        st.button(
            "Apply",
            type="primary",
            key=f"apply-{run.id}",
            on_click=_apply,
            args=(run.id, changed, now),
            disabled=not (changed and sound),
        )


def _apply(run_id: str, changed: dict[str, float], now: dict[str, float]) -> None:
    loading.order(run_id, {"kind": "change", **changed})
    st.session_state[f"changed-{run_id}"] = {**now, **changed}


def current(run: Run) -> dict[str, float]:
    """What may be changed, as it stands: as chosen, or as last changed here. Dropout only where a layer has it."""
    chosen: dict[str, Any] = run.experiment
    dropouts = [layer.get("dropout", 0.0) for layer in chosen["network"]["layers"]]
    found = {name: float(chosen["optimizer"][name]) for name in CHANGED[:2]}
    if any(dropouts):
        found["dropout"] = float(next(filter(None, dropouts)))
    return {**found, **st.session_state.get(f"changed-{run.id}", {})}
