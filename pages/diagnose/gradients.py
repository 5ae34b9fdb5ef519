"""Gradients: how much of the gradient reaches each layer, and how far does each layer move?"""

from functools import partial

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.analysis import flow
from core.analysis import gradients as numbers
from core.analysis import sizes as by_size
from core.analysis.record import Record
from core.charts import gradients as charts
from core.store import Run
from pages.shared import layout, loading
from pages.shared.columns import SHARE, in_percent
from pages.shared.making import Made, maker

OF = {"outputs": "layer outputs", "weights": "weights"}
OF_SIZE = {"gradients": "weight gradients", "weights": "weights"}


def draw(run: Run, record: Record) -> None:
    """The profile and the heat map by layer, movement, first over output, norms per step, sizes, broken numbers."""
    made = maker("gradients", run)
    headline = made("headline", lambda: numbers.headline(record))
    layout.sentence(headline)
    layout.ended(run)
    layout.vitals(made("vitals", lambda: numbers.vitals(record)))
    _way_down(run, record, made, headline.text)
    _details(record, made)
    _sizes(record, made)
    counts = made("counts", lambda: numbers.counts(record))
    with layout.card("Zeros, and numbers that are none", made("broken", lambda: numbers.broken_words(record))):
        told = counts[(counts.drop(columns="layer") > 0).any(axis=1)]
        if len(told):
            shown = in_percent(told, "exactly zero")
            st.dataframe(shown, hide_index=True, column_config=COUNTS, height=min(250, 38 + 35 * len(told)))
    layout.numbers(lambda: _tables(record), run, median="Median of seeds (log₁₀)", rms="Gradient size (RMS)")


def _tables(record: Record) -> dict[str, pd.DataFrame]:
    steps = numbers.steps(record).rename(columns={"median": "gradient_norm"})
    return {"Gradient by layer": flow.worded(flow.flow(record)), "Steps": steps, "Counts": numbers.counts(record)}


def _way_down(run: Run, record: Record, made: Made, says: str) -> None:
    names = record.layers
    note = "relative to the output layer; drag the epoch"
    with layout.switched_card("Gradient on its way down, layer by layer", note) as end:
        of = _switch(end, "Gradient of", OF, "gradient-of")
        seen = partial(flow.flow, record, of)
        domain = made(f"domain {of}", lambda: flow.domain(seen()))
        left, right = st.columns([5, 7], gap="medium")
        with left:
            profile = made(f"profile {of}", lambda: charts.profile(flow.profile(seen()), names, domain, record.reach))
            layout.chart(profile, says, key="profile")
        with right:
            heat = made(f"heat {of}", lambda: charts.heat(flow.heat(seen()), names, record.reach, pick=run.is_over))
            layout.chart(heat, "Gradient by layer and epoch", key="heat", pick=run.is_over)
        layout.explain(
            "Each row is a layer, the loss is above. The gradient enters at the output and falls to layer 1. Blue has "
            "faded, red has grown.",
            "No row has colour: every layer receives between a tenth and ten times the gradient of the last.",
            layout.advice(run, record, "gradients", REMEDIES),
        )


def _details(record: Record, made: Made) -> None:
    left, right = st.columns(2, gap="medium")
    with left, layout.card("How far each layer moves", "one step's change ÷ weights, median of epochs", MOVES):
        moves = made("moves", lambda: charts.movement(numbers.movement(record), record.layers))
        layout.chart(moves, "Update over weight by layer", key="moves")
    with right, layout.card("First over last layer", "gradient of layer 1 ÷ that of the output", FIRST):
        seen = partial(flow.flow, record)
        domain = made("domain outputs", lambda: flow.domain(seen()))
        first = made("first", lambda: charts.first_over_output(flow.first_over_output(seen()), record.reach, domain))
        layout.chart(first, "Layer 1 over output through training", key="first")


def _sizes(record: Record, made: Made) -> None:
    left, right = st.columns(2, gap="medium")
    with left, layout.card("The whole gradient, step by step", "length over all weights, recorded steps", STEPS):
        last = record.reach * int(record.meta.get("steps_per_epoch") or 1)
        steps = made("steps", lambda: charts.steps(numbers.steps(record), last, height=290))
        layout.chart(steps, "Gradient norm per step", key="steps")
    with right, layout.card("How large its numbers are", "share of a layer's numbers by size, sign left out", SIZES):
        row = st.container(horizontal=True, vertical_alignment="center")
        with row:
            layer = layout.pick_layer(record.layers)
        of = _switch(row, "Numbers", OF_SIZE, "size-of")

        def figure() -> charts.Chart:
            table = by_size.sizes(record, layer, of)
            return charts.sizes(table, record.reach, by_size.span(table), height=240)

        name = record.layers[layer - 1]
        layout.chart(made(f"sizes {layer} {of}", figure), f"Sizes of the {OF_SIZE[of]} of {name}", key="sizes")


def _switch(place: DeltaGenerator, label: str, words: dict[str, str], key: str) -> str:
    """A choice of two or three, the first at first."""
    return place.segmented_control(
        label, list(words), default=next(iter(words)), required=True, format_func=words.__getitem__, key=key,
        label_visibility="collapsed",
    )  # fmt: skip


COUNTS = {
    "layer": "Layer",
    "exactly zero": st.column_config.NumberColumn("Weight gradients exactly 0, newest epoch", format=SHARE),
    "not a number": st.column_config.NumberColumn("Not a number (count)"),
    "infinite": st.column_config.NumberColumn("Infinite (count)"),
}
REMEDIES = "ReLU with He initialisation, Glorot for tanh, batch normalisation between the layers, or skip connections."
MOVES = (
    "How far one step moves a layer, compared with the size of its weights. Around a thousandth is usual; below the "
    "band a layer stands still, above it it is thrown about."
)
FIRST = (
    "Inside the band the first layer learns as fast as the last one. It falls with every layer that fades the gradient."
)
STEPS = "Peaks are steps on which the gradient ran away. A line that falls to nothing has nothing left to learn from."
SIZES = (
    "Each column is an epoch, each cell a quarter of a power of ten; full colour is a quarter of them or more. A "
    "click on a row of the heat map above picks its layer. A column that sinks is fading; one that spreads has numbers "
    "of very different sizes."
)

run = layout.strip()
if run is None:
    layout.no_run("This page shows how far the gradient travels: from the loss down to the first layer.")
else:
    layout.live(run, draw, loading.DIAGNOSE_S)
