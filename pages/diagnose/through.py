"""Through time: how much of the gradient is left at the first step of a sequence, and what do gates and units do?"""

from functools import partial

import pandas as pd
import streamlit as st

from core.analysis import flow, sequences
from core.analysis import through as numbers
from core.analysis.record import Record
from core.charts import gradients as flows
from core.charts import through as charts
from core.charts.axes import Chart
from core.store import Run
from pages.shared import layout, loading, sequence
from pages.shared.making import Made, maker


def draw(run: Run, record: Record) -> None:
    """The gradient by step and epoch, gates over the sequence, gates that are stuck, single sequences from inside."""
    made = maker("through", run)
    seen = made("layers", lambda: numbers.layers(record))
    if not seen:
        sequence.without_time(record)
        return
    headline = made("headline", lambda: numbers.headline(record))
    layout.sentence(headline)
    layout.ended(run)
    layout.vitals(made("vitals", lambda: numbers.vitals(record)))
    layer = sequence.layer(record, seen)
    _way_back(run, record, made, layer, headline.text)
    _gates(record, made, layer)
    _inside(record, made, layer)
    layout.numbers(lambda: _tables(record, layer), run, median="Median of seeds (log₁₀)", rms="Gradient size (RMS)")


def _tables(record: Record, layer: int) -> dict[str, pd.DataFrame]:
    steps = numbers.flow(record, layer, numbers.memory(record, layer))
    steps = flow.worded(steps).rename(columns={"layer": "step"})
    return {"Gradient by step": steps, "Gates": numbers.doors(record, layer), "Saturated": numbers.saturation(record)}


def _way_back(run: Run, record: Record, made: Made, layer: int, says: str) -> None:
    note = "relative to the last step; drag the epoch"
    with layout.switched_card("Gradient on its way back, step by step", note) as end:
        of = sequence.carrier(end, numbers.carriers(record, layer))
        steps = made(f"names {layer}", lambda: numbers.names(record, layer))
        left, right = st.columns([5, 7], gap="medium")
        with left:
            profile = made(f"profile {layer} {of}", partial(_profile, record, layer, of, steps))
            layout.chart(profile, says, key="through-profile")
        with right:
            heat = made(
                f"heat {layer} {of}",
                lambda: flows.heat(flow.heat(numbers.flow(record, layer, of)), steps, record.reach, of="step"),
            )
            layout.chart(heat, "Gradient by step and epoch", key="through-heat")
        layout.explain(
            "Each row is a step of the sequence. " + (AT_THE_END if record.meta.get("reads_ahead", True) else AT_EACH),
            "No row has colour: what the first step holds teaches the weights as much as the last.",
            layout.advice(run, record, "through", REMEDIES),
        )


def _profile(record: Record, layer: int, of: str, steps: list[str]) -> Chart:
    table = numbers.flow(record, layer, of)
    return flows.profile(flow.profile(table), steps, flow.domain(table), record.reach, of="step")


def _gates(record: Record, made: Made, layer: int) -> None:
    steps = len(numbers.names(record, layer))
    doors = made(f"doors table {layer}", lambda: numbers.doors(record, layer))
    flat = made(f"flat table {layer}", lambda: numbers.saturation(record, layer))
    left, right = st.columns(2, gap="medium") if len(doors) and len(flat) else [st.container()] * 2
    if len(doors):
        with left, layout.card("How open the gates are", "over the sequence; drag the epoch", DOORS):
            figure = made(f"doors {layer}", lambda: charts.doors(doors, steps, record.reach))
            layout.chart(figure, "Openness of each gate by step", key="doors")
    if len(flat):
        with right, layout.card("Saturated through training", FLAT_NOTE, FLAT):
            figure = made(f"flat {layer}", lambda: charts.saturation(flat, record.reach, numbers.SATURATED))
            layout.chart(figure, "Saturated share of each gate over epochs", key="gates-flat")


def _inside(record: Record, made: Made, layer: int) -> None:
    found = made(f"rows {layer}", lambda: sequences.rows(record))
    if not found:
        return
    with layout.switched_card("One sequence from inside", "rows: units, columns: steps; drag the epoch") as end:
        row, of = sequence.row_and_quantity(end, found, sequences.quantities(record, layer))
        steps = len(numbers.names(record, layer))
        given = made(f"input {row}", lambda: charts.inputs(sequences.inputs(record, row), steps))
        layout.chart(given, "What goes in, step by step", key="sequence-input")
        name = f"{sequences.title(of)}, {record.layers[layer - 1]}"

        def figure() -> Chart:
            table = sequences.cells(record, layer, of, row)
            return charts.cells(table, steps, record.reach, of in numbers.GATES)

        layout.chart(made(f"cells {layer} {of} {row}", figure), f"{name}, unit by unit", key="sequence-cells")
        st.caption(INSIDE)


AT_THE_END = (
    "The answer is given after the last, on top. The gradient enters there and goes back to step 1. Blue has faded, "
    "red has grown."
)
AT_EACH = (
    "Each gives an answer, so that gradient enters at every one and adds up on its way back: what reaches a step is "
    "divided by the answers given from there on. Blue has faded, red has grown."
)
REMEDIES = "An LSTM or a GRU, an orthogonal recurrence, a forget gate that begins open, or shorter sequences."
DOORS = (
    "0 is shut, 1 is open, on average over rows and units. A forget (or update) gate near 1 hands the past on; an "
    "input gate that opens at one step has found something to keep."
)
FLAT_NOTE = "slope under 5 % of its maximum"
FLAT = (
    "A gate in its flat part no longer listens: what it does hardly changes with the weights. Below the line is usual."
)
INSIDE = (
    "Units are sorted by what they end with, the highest on top. A unit that keeps one colour from step 1 to the last "
    "remembers; colours that die away forget."
)

run = layout.strip()
if run is None:
    layout.no_run("This page shows how far back in time a recurrent network learns, and what its gates do.")
else:
    layout.live(run, draw, loading.DIAGNOSE_S)
