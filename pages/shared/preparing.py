"""How rows are divided and made ready: the choices, and what they do to this table, as before and after."""

from typing import Any

import pandas as pd
import streamlit as st

from core.analysis import data as numbers
from core.analysis.data import Described
from core.charts import preparing as charts
from core.choices.base import Choice
from core.choices.layers import EmbeddingLayer
from core.choices.preparation import SPLITS, Preparation
from pages.shared import forms, layout, loading, session

ORDERS = ("date", "number")
"""Types of columns that can order rows in time, the likelier one first."""


def card(table: Described, at: str) -> dict[str, Any]:
    """Split and preparation, and what was decided on the way. Returns the runner's answer."""
    tree = session.draft()
    is_classes, asked = table["task"] == "classification", numbers.target_names(table)
    columns = {column["name"]: column["type"] for column in table["profile"]["columns"]}
    with layout.card("Split and preparation", "fitted on the training rows only"):
        left, right = st.columns(2, gap="large")
        with left:
            split = _split(tree["split"], columns, f"{at}.split")
        with right:
            words = [name for name, kind in columns.items() if kind in ("category", "text") and name not in asked]
            preparation = _preparation(tree["preparation"], words, is_classes, f"{at}.preparation")
        session.edit(split=split, preparation=preparation)
    decided = loading.ask("preparation", experiment={k: session.draft()[k] for k in ("data", "split", "preparation")})
    if "rows" not in decided:
        layout.problems(decided)
        return decided
    _fit_network(bool(decided["levels"]))
    _parts(decided)
    _before_after(decided, preparation)
    return decided


def _preparation(value: dict[str, Any], words: list[str], is_classes: bool, key: str) -> dict[str, Any]:
    """The fields of the preparation that act on this table. words: inputs that are words, of which those that are
    embedded are picked; is_classes: whether the target is one of several classes."""
    idle = {"embed", "fill_value"}
    idle |= set() if words else {"rare_share", "most_levels", "embed_over"}
    idle |= {"standardise_target"} if is_classes else {"balance"}
    chosen = forms.fields(Preparation, value, key, leave_out=idle, columns=2)
    if chosen["missing"] == "constant":
        chosen["fill_value"] = forms.field(Preparation, "fill_value", value, key)
    if words:
        info = Preparation.model_fields["embed"]
        given = [name for name in value.get("embed", ()) if name in words]
        chosen["embed"] = st.multiselect(info.title or "", words, given, key=f"{key}.embed", help=info.description)
    return chosen


def _fit_network(is_embedded: bool) -> None:
    """A dense network has an embedding in front where a category enters as the number of its level, and none
    elsewhere."""
    network = session.draft()["network"]
    if network["kind"] == "dense" and is_embedded != bool(network.get("embedding")):
        fresh = EmbeddingLayer().model_dump(mode="json") if is_embedded else None
        session.edit(network={**network, "embedding": fresh})


def _split(value: dict[str, Any], columns: dict[str, str], key: str) -> dict[str, Any]:
    """One of the splits; where it goes by a column, that is picked from the table's."""
    kinds = list(SPLITS)
    at = kinds.index(value.get("kind", "random"))
    kind = st.selectbox(
        "Split",
        kinds,
        index=at,
        format_func=lambda name: SPLITS[name].title(),
        key=f"{key}.kind",
        help="  \n".join(f"**{choice.title()}**: {choice.summary()}" for choice in SPLITS.values()),
    )
    choice = SPLITS[kind]
    kept = value if value.get("kind") == kind else {"kind": kind}
    chosen = {"kind": kind, **forms.fields(choice, kept, f"{key}.{kind}", leave_out=("column", "used"), columns=2)}
    chosen["used"] = forms.share(choice, "used", kept, f"{key}.{kind}")
    if "column" in choice.model_fields and (kind != "folds" or chosen.get("order") == "grouped"):
        chosen["column"] = _column(choice, kept.get("column"), columns, f"{key}.{kind}.column")
    elif "column" in choice.model_fields:
        chosen["column"] = None
    return chosen


def _column(choice: type[Choice], given: str | None, columns: dict[str, str], key: str) -> str:
    is_time = choice.title() == "By time"
    names = [name for name, kind in columns.items() if not is_time or kind in ORDERS]
    names.sort(key=lambda name: ORDERS.index(columns[name]) if is_time else 0)
    if not names:
        st.caption(":red[✕ This table has no column of dates or numbers.]")
        return given or next(iter(columns))
    info = choice.model_fields["column"]
    at = names.index(given) if given in names else 0
    return st.selectbox(info.title or "Column", names, index=at, key=key, help=info.description)


def _parts(decided: dict[str, Any]) -> None:
    """Rows of each part, their classes or their place in time, and every note."""
    rows = pd.DataFrame(list(decided["rows"].items()), columns=["part", "rows"])
    folds = f"the first of {decided['folds']} folds" if decided["folds"] > 1 else "rows of each part"
    lost = decided["table_rows"] - decided["usable_rows"]
    used = f"{decided['usable_rows']:,} of {decided['table_rows']:,} rows are used" if lost else "every row is used"
    note = f"{folds}; {used}; {decided['feature_count']:,} numbers per row enter the network"
    with layout.card("Who learns from which rows", note):
        left, right = st.columns(2, gap="medium")
        with left:
            layout.chart(charts.rows(rows), "Rows for training, validation and test", key="split-rows")
        with right:
            if decided["moments"]:
                found = decided["moments"]
                bars = pd.DataFrame(found["bars"], columns=["low", "high", "part", "rows"])
                figure = charts.moments(bars, found["column"], found["is_date"])
                layout.chart(figure, "The parts on the time axis", key="split-moments")
            elif decided["classes"]:
                shares = pd.DataFrame(decided["classes"], columns=["part", "label", "rows"])
                layout.chart(charts.classes(shares), "Shares of the classes in each part", key="split-classes")
        for said in decided["notes"]:
            st.caption(f"· {layout.plain(said)}")


def _before_after(decided: dict[str, Any], preparation: dict[str, Any]) -> None:
    """Small histograms of a few columns, as loaded and as they enter the network."""
    if not decided["before_after"]:
        return
    scaling = preparation.get("scaling", "standard")
    with layout.card("Before and after", f"training rows as loaded (above) and as they enter the network: {scaling}"):
        for place, told in zip(st.columns(3, gap="medium"), decided["before_after"], strict=False):
            with place:
                missing = f", {told['missing']:,} missing" if told["missing"] else ""
                st.caption(f"**{layout.plain(told['column'])}**{missing}")
                key = f"change-{decided['before_after'].index(told)}"
                layout.chart(charts.histogram(told["before"]), "As loaded", key=f"{key}-before")
                layout.chart(charts.histogram(told["after"]), "As it enters the network", key=f"{key}-after")
