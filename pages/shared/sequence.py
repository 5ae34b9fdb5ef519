"""Moves of pages that look at sequences: which layer, which quantity, which row; and what is said where no time is."""

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.analysis import flow, sequences, through
from core.analysis.record import Record
from core.analysis.wording import Headline, ratio_in_words
from core.charts import gradients as flows
from core.choices.presets import PRESETS
from pages.shared import layout, session

EXAMPLE = "elman_forgets"


def without_time(record: Record) -> None:
    """The state of a run whose steps cannot be seen: it reads whole rows at once, or its layers are in one piece."""
    kinds = {str(layer.get("kind")) for layer in record.meta.get("layers") or []}
    if "fused_lstm" in kinds:
        note = "Choose the LSTM that shows its gates on the Network page: it takes two to four times the time."
        layout.sentence(Headline("This LSTM runs ", "in one piece", ": nobody can look inside.", "gray", note))
        return
    note = "Sequences are read step by step by recurrent networks only."
    layout.sentence(
        Headline("This network reads a row ", "at once", ": it has no time to go back through.", "gray", note)
    )
    if st.button("Open a network that forgets", icon=":material/history:", key="open-forgetful"):
        session.change(PRESETS[EXAMPLE].experiment.model_dump(mode="json"))
        st.switch_page("build/train.py")


def preview(seen: dict[str, Any]) -> None:
    """Before the first step: the gradient by step of the sequence, where the network reads one."""
    table = through.previewed(seen)
    if not len(table):
        return
    last = ratio_in_words(10.0 ** float(table["median"].iloc[0]))
    says = f"Through time: the gradient at step 1 is {last} of that at step {len(table)}"
    st.markdown(f"**{says}**")
    figure = flows.profile(table, table["name"].tolist(), flow.domain(table), 1, height=260, of="step")
    layout.chart(figure, says, key="preview-through")


def layer(record: Record, seen: list[int]) -> int:
    """The recurrent layer that is looked at; asked for only where there are several."""
    if len(seen) == 1:
        return seen[0]
    linked = session.layer()
    chosen = linked if linked in seen else seen[0]
    key = f"through-layer-{chosen}"
    st.segmented_control(
        "Layer",
        seen,
        default=chosen,
        required=True,
        format_func=lambda number: record.layers[number - 1],
        key=key,
        label_visibility="collapsed",
        on_change=session.select_layer_of,
        args=(key,),
    )
    return chosen


def carrier(place: DeltaGenerator, found: list[str]) -> str:
    """Whose gradient is drawn: the memory's first."""
    return place.segmented_control(
        "Gradient of",
        found,
        default=found[0],
        required=True,
        format_func=through.WORDS.get,
        key="through-of",
        label_visibility="collapsed",
    )


def row_and_quantity(place: DeltaGenerator, rows: list[tuple[int, str]], found: list[str]) -> tuple[int, str]:
    """Which sequence, and what of it."""
    words = {row: f"row {row:,}" + (f": {target}" if target else "") for row, target in rows}
    with place:
        row = st.selectbox(
            "Sequence", list(words), format_func=words.get, key="sequence-row", label_visibility="collapsed", width=170
        )
        of = st.selectbox(
            "Seen", found, format_func=sequences.title, key="sequence-of", label_visibility="collapsed", width=150
        )
    return row, of
