"""What is asked of a person's own table: the target or several, the task, the inputs, windows of time."""

from typing import Any

import streamlit as st

from core.analysis.wording import plural
from core.choices.sources import MOST_TARGETS
from core.choices.windows import Windows
from core.store import StoredTable
from pages.shared import forms, layout, loading, session, viewer

MOST_REPORTED = 20
TASKS = {"auto": "As the target suggests", "classification": "Which class?", "regression": "How much?"}


def column_names(stored: StoredTable) -> list[str]:
    """The columns of a kept table, in its own order."""
    return [column["name"] for column in stored.details.get("columns", [])]


def targets(data: dict[str, Any]) -> list[str]:
    """The columns that are predicted: one is written as a word, several as a list."""
    return [data["target"]] if isinstance(data["target"], str) else list(data["target"])


def card(at: str) -> None:
    """For a person's own table: which column is asked for, and from which others. Drawn before the table is described,
    so that another target can be chosen where this one asks nothing."""
    data = session.draft()["data"]
    stored = loading.store().table(data["table"], viewer.owner()) if data["kind"] == "table" else None
    if stored is None:
        return
    names = column_names(stored)
    with layout.card(layout.plain(stored.name), "what is asked, and from which columns"):
        target, task, columns = st.columns([3, 3, 6])
        asked = targets(data)
        with target:
            at_target = names.index(asked[0]) if asked[0] in names else 0
            st.selectbox("Target", names, index=at_target, key=f"{at}.target", on_change=_ask_for, args=(at,))
        with task:
            tasks = list(TASKS)
            at_task = tasks.index(data.get("task", "auto"))
            st.selectbox(
                "Task", tasks, index=at_task, format_func=TASKS.get, key=f"{at}.task", on_change=_ask_for, args=(at,)
            )
        with columns:
            others = [name for name in names if name not in asked]
            kept = [name for name in data.get("columns") or [] if name in others]
            picked = st.multiselect(
                "Input columns", others, default=kept, key=f"{at}.columns", placeholder="all that look useful"
            )
            session.edit(data={**data, "columns": picked or None})
        _more_targets(stored, data, at)
        _windows(data, names, at)
        proposal = stored.details.get("proposal") or {}
        if [proposal.get("target")] == asked:
            st.caption(f"Proposed because {layout.plain('; '.join(proposal['reasons']))}.")
        _reading_report(stored)


def _more_targets(stored: StoredTable, data: dict[str, Any], at: str) -> None:
    """Further columns of numbers that the same network answers at once, where numbers are asked for."""
    first, *more = targets(data)
    known = {column["name"]: column["type"] for column in stored.details.get("columns", [])}
    options = [name for name, kind in known.items() if kind == "number" and name != first]
    if data.get("task") == "classification" or known.get(first) != "number" or not options:
        return
    st.multiselect(
        "More targets",
        options,
        default=[name for name in more if name in options],
        max_selections=MOST_TARGETS - 1,
        key=f"{at}.more",
        placeholder="none: one number is asked for",
        help="Numbers that the same network answers at once, each in its own unit. None of them is an input",
        on_change=_ask_for,
        args=(at,),
    )


def _reading_report(stored: StoredTable) -> None:
    """What was guessed while the file was read stays in sight as long as its table is used."""
    report = stored.details.get("report") or []
    if report:
        warnings = sum(message["level"] == "warning" for message in report)
        many = f"{plural(warnings, 'warning')}, {plural(len(report) - warnings, 'note')}"
        with st.expander(f"Said while the file was read: {many}"):
            for message in report[:MOST_REPORTED]:
                sign = ":red[◆]" if message["level"] == "warning" else ":gray[·]"
                st.markdown(f"{sign} {layout.plain(message['text'])}")
            if len(report) > MOST_REPORTED:
                st.caption(f"and {len(report) - MOST_REPORTED:,} more")
            st.caption("To read it otherwise, drop the file again and change a guess.")


def _windows(data: dict[str, Any], names: list[str], at: str) -> None:
    """Rows in the order of time as sequences: whether, by which columns, how long."""
    now = data.get("windows")
    help_ = "Rows become sequences for a recurrent network: what came before is asked what comes after"
    st.toggle(
        "Cut into windows of time",
        now is not None,
        key=f"{at}.windowed",
        help=help_,
        on_change=_cut,
        args=(at, names),
    )
    if now is None:
        return
    columns = st.columns(3)
    for place, name in zip(columns, ("order", "group"), strict=False):
        field = Windows.model_fields[name]
        options = [None, *(column for column in names if column not in targets(data))]
        at_now = options.index(now[name]) if now.get(name) in options else 0
        with place:
            st.selectbox(
                str(field.title),
                options,
                index=at_now,
                format_func=lambda column: column or "none",
                key=f"{at}.windows.{name}",
                help=field.description,
                on_change=_cut,
                args=(at, names),
            )
    plain = forms.fields(Windows, now, f"{at}.windows", leave_out=("order", "group"), columns=3)
    if {**now, **plain} != now:
        session.ask_steps({**data, "windows": {**now, **plain}})


def _cut(at: str, names: list[str]) -> None:
    """Other windows, or none: what nobody touched follows the proposal for them."""
    data, state = session.draft()["data"], st.session_state
    if not state[f"{at}.windowed"]:
        return session.take_data({**data, "windows": None})
    now = data.get("windows") or Windows().model_dump(mode="json")
    asked = {name: state.get(f"{at}.windows.{name}", now[name]) for name in ("order", "group")}
    return session.take_data({**data, "windows": {**now, **asked}})


def _ask_for(at: str) -> None:
    """Another target or task: what nobody touched follows the proposal for it."""
    data, state = session.draft()["data"], st.session_state
    first, task = state[f"{at}.target"], state[f"{at}.task"]
    more = [name for name in state.get(f"{at}.more", ()) if name != first and task != "classification"]
    columns = [name for name in data.get("columns") or [] if name not in (first, *more)]
    target = [first, *more] if more else first
    session.take_data({**data, "target": target, "task": task, "columns": columns or None})
