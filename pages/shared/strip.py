"""The run strip above every page that looks at a run: which run, its state, how it is built, a link, its archive."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.store import Run
from pages.shared import loading, session, setting_link
from pages.shared.download import archive_button
from pages.shared.say import badge, option, plain


def strip(awaited: Callable[[Run], Run] = lambda chosen: chosen) -> Run | None:
    """The run strip: picker, state, architecture, Share, Archive. Returns the run looked at, None where there is
    none. `awaited` may wait for the run before its state is shown: the browser draws the rest meanwhile."""
    chosen = loading.run(session.run_id())
    if chosen is None:
        return None
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="strip"):
        picker(chosen)
        state = st.container(width="content")
        st.caption(plain(loading.architecture(chosen)), width="stretch")
        with st.container(horizontal=True, width="content", gap="small", wrap=False):
            _share(chosen)
            chosen = awaited(chosen)
            if chosen.sequence:
                archive_button(chosen)
    with state:
        badge(chosen)
    return chosen


def picker(chosen: Run | None) -> None:
    """Which run is looked at, the newest first; None: none is yet."""
    others = [run for run in loading.recent_runs() if chosen is None or run.id != chosen.id]
    names = {run.id: run.name or "run" for run in [*([chosen] if chosen else []), *others]}
    key = f"strip-{chosen.id if chosen else ''}"
    st.selectbox(
        "Run",
        list(names),
        index=0 if chosen else None,
        format_func=lambda run_id: option(names.get(run_id, "run"), run_id),
        key=key,
        placeholder="Pick one of your runs",
        label_visibility="collapsed",
        width=250,
        on_change=_picked,
        args=(key,),
    )


def _picked(key: str) -> None:
    session.select_run(st.session_state[key])


def _share(run: Run) -> None:
    """The address of what is seen: run, page, and, where they are chosen, epoch and layer."""
    place = {"run": session.run_id(), "epoch": session.epoch(), "layer": session.layer()}
    with popover():
        st.code(address(place), language=None, wrap_lines=True)
        layer, epoch = place["layer"], place["epoch"]
        told = [f"layer {layer}"] * bool(layer) + [f"epoch {epoch}"] * (epoch is not None)
        st.caption("The link opens " + ", ".join(["this page", "this run", *told]) + ".")
        setting = setting_link.link(run.experiment)
        if setting:
            st.code(setting, language=None, height=68)
            st.caption("This one opens the whole setting, to train it anew. An own table must be there; nothing else.")


def popover() -> DeltaGenerator:
    """Behind it stands the address of what is seen."""
    return st.popover("Share", icon=":material/link:", type="tertiary", key="share")


def address(chosen: Mapping[str, str | int | None]) -> str:
    """The page's address with what is chosen."""
    page = (st.context.url or "").split("?")[0]
    return f"{page}?{urlencode({name: value for name, value in chosen.items() if value is not None})}"
