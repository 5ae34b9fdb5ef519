"""The parts of the Data page: a tile per table, a person's own tables, what is asked of them, the columns."""

from typing import Any

import pandas as pd
import streamlit as st

from core.analysis import data as numbers
from core.analysis.data import Described
from core.charts import data as charts
from core.charts import pairs, sequences
from core.choices.base import Choice
from core.choices.tables import TABLES
from core.store import StoredTable
from pages.shared import layout, loading, question, session, viewer
from pages.shared.columns import SHARE, in_percent

MOST_SUSPICIONS = 12
"""Odd things in sight at once; the others are one click away (our choice)."""
TARGET_HEIGHT, MOST_PICTURED = 320, 3


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
    """A table's rows: images where they are images, else points by the two strongest columns; None where no input is a
    number."""
    shown = numbers.images(table)
    if shown is not None:
        return charts.images(*shown, height=110 if small else 320)
    steps = numbers.sequences(table)
    if steps is not None:
        return sequences.few(steps, table["target"], small)
    is_classes = table["task"] == "classification"
    if not numbers.has_places(table):
        return None
    if small:
        return charts.tile(numbers.points(table), is_classes)
    return charts.points(numbers.points(table), numbers.axes(table), is_classes)


def target_card(table: Described) -> None:
    """How the classes, or the values, of the target are spread; of several the first few, one above the other."""
    names = numbers.target_names(table)
    many = f"{len(names):,} numbers, answered at once" if len(names) > 1 else layout.plain(names[0])
    with layout.card("The targets" if len(names) > 1 else "The target", many):
        if table["task"] == "classification":
            layout.chart(charts.classes(numbers.classes(table)), "How the target is spread", key="target")
            return
        height = TARGET_HEIGHT // min(len(names), MOST_PICTURED)
        for name in names[:MOST_PICTURED]:
            figure = charts.values(numbers.targets(table, name), name, height)
            layout.chart(figure, f"How {name} is spread", key=f"target-{names.index(name)}")


def rows_caption(table: Described) -> str:
    """What the large picture shows."""
    if table.get("sequences"):
        drawn, steps = len(table["sequences"]["rows"]), table["sequences"]["steps"]
        return f"{drawn} of {table['rows']:,} sequences, {steps} steps each, one above the other"
    drawn = len(table["targets"])
    if not numbers.has_places(table):
        return f"{table['rows']:,} rows, no input is a number"
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
        st.caption(f"{stored.details.get('rows', 0):,} rows, {len(question.column_names(stored)):,} columns")
        with st.container(horizontal=True):
            st.button(
                "In use" if chosen else "Use",
                icon=":material/check:" if chosen else None,
                key=f"use-{stored.id}",
                disabled=chosen,
                on_click=_use,
                args=(stored,),
            )
            with st.popover("Delete", icon=":material/delete:", type="tertiary"):
                st.markdown(f"Delete **{layout.plain(stored.name)}**? Runs keep their records; those that wait fail.")
                drop = f"drop-{stored.id}"
                st.button("Delete for good", type="primary", key=drop, on_click=_delete, args=(stored,))


def _use(stored: StoredTable) -> None:
    names = question.column_names(stored)
    target = (stored.details.get("proposal") or {}).get("target")
    session.take_data({"kind": "table", "table": stored.id, "target": target if target in names else names[-1]})


def _delete(stored: StoredTable) -> None:
    loading.store().delete_table(stored.id, viewer.owner())
    if session.draft()["data"].get("table") == stored.id:
        session.take_data({"kind": "iris"})


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
    kept = data.get("columns") or [name for name in usual if name not in question.targets(data)]
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
            in_percent(numbers.columns(table), "missing"),
            hide_index=True,
            column_config={
                "missing": st.column_config.NumberColumn("missing", format=SHARE),
                "shape": st.column_config.BarChartColumn("shape", help="Rows by value, from smallest to largest"),
                "to know": st.column_config.TextColumn("to know", width="large"),
            },
        )
        for remark in table["profile"]["remarks"]:
            st.caption(f"◆ {layout.plain(remark['text'])}")
        with st.expander("First rows", icon=":material/table:"):
            st.dataframe(pd.DataFrame(table["head"]), hide_index=True)
