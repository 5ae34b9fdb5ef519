"""Activations: which units are saturated, dead or frozen, and what happens to the signal on its way up?"""

from functools import partial

import pandas as pd
import streamlit as st

from core.analysis import activations as numbers
from core.analysis import awake, functions
from core.analysis.activations import DEFINITIONS, HEALTHY_SHARE, LayerFacts, Measure
from core.analysis.record import Record
from core.analysis.wording import FIRM
from core.charts import activations as charts
from core.charts import functions as function_charts
from core.charts.pieces import Chart
from core.store import Run
from pages.shared import layout, loading
from pages.shared.making import Made, maker

PER_ROW = 3


def draw(run: Run, record: Record) -> None:
    """Units on their function, shares through training, the map of units, spread and signal by depth."""
    made = maker("activations", run)
    layout.sentence(made("headline", lambda: awake.headline(record)))
    layout.ended(run)
    layout.vitals(made("vitals", lambda: awake.vitals(record)))
    hidden = [layer for layer in numbers.layers(record) if layer.hidden]
    if hidden:
        _functions(run, record, hidden, made)
        measures: list[Measure] = ["saturated", "dead", "frozen"]
        met = [measure for measure in measures if numbers.measured_layers(record, measure)]
        quiet = [one for one in met if made(f"quiet {one}", partial(numbers.is_quiet, record, one))]
        _shares(record, made, [measure for measure in met if measure not in quiet])
        _units(record, made, quiet)
        _depth(record, made)
        for measure in quiet:
            words = f"{measure.capitalize()} units: under 1{FIRM}% in every layer at every epoch"
            st.caption(f":green[✓] {words}. {DEFINITIONS[measure]}")
    elif len(numbers.layers(record)) > 1:
        st.page_link("diagnose/through.py", label="Gates and states, step by step", icon=":material/history:")
    else:
        st.markdown("This network has no hidden layer: there are no activations to look at.")
        st.page_link("build/network.py", label="Add a layer", icon=":material/account_tree:")
    layout.numbers(lambda: {"Layers": record.frame("layers")}, run)


def _functions(run: Run, record: Record, hidden: list[LayerFacts], made: Made) -> None:
    with layout.card("Where the units sit on their function", "dots gather units × training rows"):
        shown = layout.pick_layers([layer.name for layer in hidden], PER_ROW)
        told = made("told", lambda: awake.told_of_layers(record))
        for place, index in zip(st.columns(len(shown), gap="medium"), shown, strict=True):
            layer = hidden[index]
            with place:
                words, tone = told.get(layer.layer, ("", ""))
                share = f" · :{tone}[{words}]" if words else ""
                st.markdown(f"**{layer.name[:1].upper()}{layer.name[1:]}{share}**")
                figure = made(f"function {layer.layer}", partial(_on_function, record, layer))
                layout.chart(figure, f"{layer.name} on its function", key=f"function-{layer.layer}")
        is_awake = made("headline", lambda: awake.headline(record)).tone == "green"
        layout.explain(
            "The grey line is the function, dashed its slope. Dots sit where units sit. Red zones are flat: the slope "
            "is under 5\u202f% of its maximum. Drag the epoch below a picture.",
            SATURATING if any(layer.function and layer.function.saturates for layer in hidden) else ONE_SIDED,
            layout.advice(run, record, "activations", NOTHING if is_awake else REMEDIES),
        )


def _on_function(record: Record, layer: LayerFacts) -> Chart:
    dots = functions.on_function(record, layer)
    zones = pd.DataFrame([vars(zone) for zone in functions.zones(layer.function)])
    formula = f"{layer.called} z"
    return function_charts.on_function(dots, functions.curve(layer.function), zones, formula, record.reach)


def _shares(record: Record, made: Made, met: list[Measure]) -> None:
    for place, measure in zip(st.columns(max(1, len(met)), gap="medium"), met, strict=False):
        with place, layout.card(f"{measure.capitalize()} units through training", DEFINITIONS[measure]):
            figure = made(f"share {measure}", partial(_share, record, measure))
            layout.chart(figure, f"{measure} share of each layer over epochs", key=f"share-{measure}")


def _share(record: Record, measure: Measure) -> Chart:
    return charts.shares(numbers.shares(record, measure), measure, record.reach, HEALTHY_SHARE)


def _units(record: Record, made: Made, quiet: list[Measure]) -> None:
    measures: list[numbers.TileMeasure] = ["saturated", "silent"]
    for measure in measures if record.table("units").num_rows else []:
        if numbers.measured_layers(record, measure) and measure not in quiet:
            with layout.card("Every unit of every layer", f"{measure} share of the rows, one tile per unit", UNITS):
                figure = made(f"units {measure}", partial(_unit_map, record, measure))
                layout.chart(figure, f"Units by their {measure} share", key=f"units-{measure}")


def _unit_map(record: Record, measure: numbers.TileMeasure) -> Chart:
    order = f"units, most {measure} first"
    return charts.unit_map(numbers.unit_map(record, measure), "of rows", order, record.reach)


def _depth(record: Record, made: Made) -> None:
    left, right = st.columns(2, gap="medium")
    with left, layout.card("Mean and spread by depth", "outputs of each hidden layer", SPREAD):
        depth = made("depth", lambda: charts.spread(numbers.by_depth(record), record.reach))
        layout.chart(depth, "Mean and spread of the activations by layer", key="depth")
    with right, layout.card("What is left of the signal", "spread of a unit over rows, by depth", SIGNAL):
        signal = made("signal", lambda: charts.signal(numbers.by_depth(record), record.reach))
        layout.chart(signal, "Spread over rows by layer, relative to layer 1", key="signal")


REMEDIES = (
    "Standardise the columns, initialise for the function used (Glorot for tanh, He for ReLU), normalise between "
    "layers, or lower the learning rate."
)
NOTHING = "Nothing here asks for a change."
SATURATING = "Most of the ink inside the green zone, in every layer."
ONE_SIDED = "Ink inside the green zone, in every layer. Of a one-sided function half of it outside is usual."
SPREAD = (
    "A spread that shrinks layer by layer means that rows look more and more alike on the way up; one that grows ends "
    "in saturation."
)
SIGNAL = (
    "How different two rows still look to a layer, relative to layer 1. Inside the band the signal arrives; far below "
    "it every row looks alike to the layers above."
)
UNITS = (
    "One tile per unit, sorted. A layer of more than 64 units is drawn as 64 quantiles. A full tile answers the same "
    "to almost every row."
)

run = layout.strip()
if run is None:
    layout.no_run("This page shows where every unit sits on its function, and which of them have fallen silent.")
else:
    layout.live(run, draw, loading.DIAGNOSE_S)
