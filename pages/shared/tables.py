"""The parts of the Data page: a tile per table, a person's own tables, what is asked of them, the columns."""

from typing import Any

import pandas as pd
import streamlit as st

from core.analysis import data as numbers
from core.analysis.data import Described
from core.analysis.wording import plural
from core.charts import data as charts
from core.charts import pairs, sequences
from core.choices.base import Choice
from core.choices.tables import TABLES
from core.choices.windows import Windows
from core.store import StoredTable
from pages.shared import forms, layout, loading, session, viewer

MOST_SUSPICIONS = 12
"""Odd things in sight at once; the others are one click away (our choice)."""
MOST_REPORTED = 20
TASKS = {"auto": "As the target suggests", "classification": "Which class?", "regression": "How much?"}


def tile(kind: str, choice: type[Choice], chosen: bool) -> None:
    """One table on offer: its picture, its name, its button."""
    with st.container(border=True, key=f"tile-{kind}"):
        layout.chart(_tile_picture(kind), choice.summary(), key=f"tile-picture-{kind}")
        st.button(
            choice.title(),
            icon=":material/check:" if chosen else None,
            type="secondary" if chosen else "tertiary",
            help=choice.summary(),
            key=f"take-{kind}",
            width="stretch",
            on_click=session.take_data,
            args=({"kind": kind},),
        )


def _tile_picture(kind: str) -> Any:
    """The picture of a built-in table or generator; all of a group are asked for at once."""
    group = [name for name, choice in TABLES.items() if choice.group == TABLES[kind].group]
    answer = loading.ask("tables", data=[{"kind": name} for name in group])
    if "tables" not in answer:
        return None
    return picture(answer["tables"][group.index(kind)], small=True)


def picture(table: Described, small: bool = False) -> Any:
    """A table's rows: images where they are images, else points by the two strongest columns."""
    shown = numbers.images(table)
    if shown is not None:
        return charts.images(*shown, height=110 if small else 320)
    steps = numbers.sequences(table)
    if steps is not None:
        return sequences.few(steps, table["target"], small)
    is_classes = table["task"] == "classification"
    if small:
        return charts.tile(numbers.points(table), is_classes)
    return charts.points(numbers.points(table), numbers.axes(table), is_classes)


def target_picture(table: Described) -> Any:
    """How the classes, or the values, of the target are spread."""
    if table["task"] == "classification":
        return charts.classes(numbers.classes(table))
    return charts.values(numbers.targets(table), table["target"])


def rows_caption(table: Described) -> str:
    """What the large picture shows."""
    if table.get("sequences"):
        drawn, steps = len(table["sequences"]["rows"]), table["sequences"]["steps"]
        return f"{drawn} of {table['rows']:,} sequences, {steps} steps each, one above the other"
    drawn = len(table["targets"])
    return f"{drawn:,} of {table['rows']:,} rows, by the inputs that tell most about the target"


def own(at: str) -> None:
    """A person's own tables: the ones kept."""
    kept = loading.store().tables(viewer.owner())
    current = session.draft()["data"].get("table")
    if kept:
        with st.grid("auto", min_column_width=240):
            for stored in kept:
                _kept_table(stored, stored.id == current)


def _kept_table(stored: StoredTable, chosen: bool) -> None:
    with st.container(border=True):
        st.markdown(f"**{layout.plain(stored.name)}**")
        st.caption(f"{stored.details.get('rows', 0):,} rows, {len(_names(stored)):,} columns")
        with st.container(horizontal=True):
            st.button(
                "In use" if chosen else "Use",
                icon=":material/check:" if chosen else None,
                key=f"use-{stored.id}",
                disabled=chosen,
                on_click=_use,
                args=(stored,),
            )
            st.button(
                "Delete",
                key=f"drop-{stored.id}",
                type="tertiary",
                icon=":material/delete:",
                on_click=_delete,
                args=(stored,),
            )


def _names(stored: StoredTable) -> list[str]:
    return [column["name"] for column in stored.details.get("columns", [])]


def _use(stored: StoredTable) -> None:
    names = _names(stored)
    target = (stored.details.get("proposal") or {}).get("target")
    session.take_data({"kind": "table", "table": stored.id, "target": target if target in names else names[-1]})


def _delete(stored: StoredTable) -> None:
    loading.store().delete_table(stored.id, viewer.owner())
    if session.draft()["data"].get("table") == stored.id:
        session.take_data({"kind": "iris"})


def question(at: str) -> None:
    """For a person's own table: which column is asked for, and from which others. Drawn before the table is described,
    so that another target can be chosen where this one asks nothing."""
    data = session.draft()["data"]
    stored = loading.store().table(data["table"], viewer.owner()) if data["kind"] == "table" else None
    if stored is None:
        return
    names = _names(stored)
    with layout.card(layout.plain(stored.name), "what is asked, and from which columns"):
        target, task, columns = st.columns([3, 3, 6])
        with target:
            at_target = names.index(data["target"]) if data["target"] in names else 0
            st.selectbox("Target", names, index=at_target, key=f"{at}.target", on_change=_ask_for, args=(at,))
        with task:
            tasks = list(TASKS)
            at_task = tasks.index(data.get("task", "auto"))
            st.selectbox(
                "Task", tasks, index=at_task, format_func=TASKS.get, key=f"{at}.task", on_change=_ask_for, args=(at,)
            )
        with columns:
            others = [name for name in names if name != data["target"]]
            kept = [name for name in data.get("columns") or [] if name in others]
            picked = st.multiselect(
                "Input columns", others, default=kept, key=f"{at}.columns", placeholder="all that look useful"
            )
            session.edit(data={**data, "columns": picked or None})
        _windows(data, names, at)
        proposal = stored.details.get("proposal") or {}
        if proposal.get("target") == data["target"]:
            st.caption(f"Proposed because {layout.plain('; '.join(proposal['reasons']))}.")
        _reading_report(stored)


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
        options = [None, *(column for column in names if column != data["target"])]
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
        session.edit(data={**data, "windows": {**now, **plain}})


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
    data, target = session.draft()["data"], st.session_state[f"{at}.target"]
    columns = [name for name in data.get("columns") or [] if name != target]
    session.take_data({**data, "target": target, "task": st.session_state[f"{at}.task"], "columns": columns or None})


def suspicions(table: Described, decided: dict[str, Any], at: str) -> None:
    """Leakage first, then whatever else is odd, each in a sentence; and a way to leave a leaking column out."""
    found = numbers.suspicious(table, decided)
    if not found:
        return
    with layout.card("Before you believe a score", "what is odd about these rows"):
        for weight, text in found[:MOST_SUSPICIONS]:
            st.markdown(f"{':red[✕]' if weight == 'bad' else ':gray[◆]'} {layout.plain(text)}")
        if len(found) > MOST_SUSPICIONS:
            with st.expander(f"{len(found) - MOST_SUSPICIONS:,} more"):
                st.dataframe(pd.DataFrame({"odd": [text for _, text in found[MOST_SUSPICIONS:]]}), hide_index=True)
        data = session.draft()["data"]
        if table["leaks"] and data["kind"] == "table":
            word = "Leave it out" if len(table["leaks"]) == 1 else "Leave them out"
            st.button(word, key=f"{at}.leaks", on_click=_leave_out, args=(table["leaks"], table["profile"]["columns"]))


def _leave_out(leaks: list[str], columns: list[dict[str, Any]]) -> None:
    """Inputs become all useful columns but these. Words and ids that are left out by default stay out."""
    data = session.draft()["data"]
    usual = [c["name"] for c in columns if c["type"] not in ("text", "id") and c["distinct"] > 1]
    kept = data.get("columns") or [name for name in usual if name != data["target"]]
    session.take_data({**data, "columns": [name for name in kept if name not in leaks] or None})


def pairs_card(table: Described) -> None:
    """The strongest columns two by two."""
    if len(table["names"]) < 3 or table.get("images") or table.get("sequences"):
        return
    frame, names = numbers.pairs(table)
    note = f"the {len(names)} columns that tell most about the target and repeat one another least; colour: the target"
    with layout.card("Two by two", note):
        figure = pairs.matrix(frame, names, table["task"] == "classification")
        layout.chart(figure, "The strongest columns two by two, coloured by the target", key="pairs")


def columns_card(table: Described) -> None:
    """What each column holds, and the first rows."""
    with layout.card("The columns", "as loaded; what is left out of the inputs is said below"):
        st.dataframe(
            numbers.columns(table),
            hide_index=True,
            column_config={
                "missing": st.column_config.NumberColumn("missing", format="percent"),
                "shape": st.column_config.BarChartColumn("shape", help="Rows by value, from smallest to largest"),
                "to know": st.column_config.TextColumn("to know", width="large"),
            },
        )
        for remark in table["profile"]["remarks"]:
            st.caption(f"◆ {layout.plain(remark['text'])}")
        with st.expander("First rows", icon=":material/table:"):
            st.dataframe(pd.DataFrame(table["head"]), hide_index=True)
