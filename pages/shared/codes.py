"""The Outputs page of an autoencoder: rows given back, the bottleneck as a map, and rows that it finds odd."""

import numpy as np
import streamlit as st

from core.analysis import codes as numbers
from core.analysis.codes import GivenBack
from core.analysis.record import Record
from core.charts import codes as charts
from core.store import Run
from pages.shared import layout, loading
from pages.shared.columns import named
from pages.shared.making import Made


def draw(run: Run, record: Record, made: Made) -> None:
    """Everything that is known of what it makes of the validation rows."""
    seen = made("given back", lambda: numbers.given_back(record))
    if seen is None:
        st.caption("The first rows are given back with the first epoch that measures them.")
        return
    names = [str(name) for name in record.meta.get("labels") or []]
    if seen.is_picture:
        _rows(record, seen, made)
    with layout.card("The bottleneck as a map", _map_note(record, names), MAP):
        figure = made("map", lambda: _map(record, seen, names))
        layout.chart(figure, "Where the bottleneck puts each validation row", key="code-map")
        layout.explain(
            "Every point is a validation row, put where the bottleneck's numbers say. Colours are labels, which the "
            "network never saw.",
            "Rows of one kind gather, and what lies between two kinds looks like both.",
            "A wider bottleneck keeps more apart; more layers bend further. Compare with tied weights or noise.",
        )
    if run.is_over:
        _clusters(run)
    left, right = st.columns([7, 5], gap="medium")
    with left, layout.card("How far off it is, row by row", "an anomaly score: validation rows by their error", ODD):
        unusual = numbers.UNUSUAL * float(np.median(seen.errors[-1]))
        layout.chart(
            made("errors", lambda: charts.errors(seen.errors[-1], unusual)), "Errors of rows", key="row-errors"
        )
    with right, layout.card("The oddest rows", "of the validation part, worst first"):
        table = numbers.oddest(seen, names)
        titles = {"row": "Row", "label": "Label", "error": "Error", "times": "Times the usual"}
        st.dataframe(table, hide_index=True, column_config=named(table, **titles), height=290)
    layout.numbers(lambda: {"Oddest rows": numbers.oddest(seen, names, 1_000)}, run)


def _rows(record: Record, seen: GivenBack, made: Made) -> None:
    shape = [int(side) for side in record.meta["shape"]]
    is_image = len(shape) == 3 and shape[0] == 1
    note = "above: validation rows; below: what comes back" if is_image else "tick: what entered; dot: what comes back"
    with layout.card("Given back", f"{note}, at the epoch of the slider"):
        if is_image:
            mode = layout.mode()
            figure = made(f"pictures {mode}", lambda: _pictures(record, seen, shape, mode))
        else:
            inputs = [str(name) for name in record.meta["inputs"]]
            figure = made("columns", lambda: charts.columns(numbers.columns_given_back(seen, inputs), record.reach))
        layout.chart(figure, "Rows given back beside the originals", key="given-back")


def _pictures(record: Record, seen: GivenBack, shape: list[int], mode: str) -> charts.Chart:
    given, back = seen.given.reshape(-1, *shape[1:]), seen.back.reshape(len(seen.epochs), -1, *shape[1:])
    return charts.pictures(given, back, seen.epochs, list(seen.rows[seen.shown] + 1), record.reach, mode)


def _map(record: Record, seen: GivenBack, names: list[str]) -> charts.Chart:
    table = numbers.code_map(seen, names)
    return charts.code_map(table, names, int(record.meta["bottleneck"]), record.reach)


def _map_note(record: Record, names: list[str]) -> str:
    width = int(record.meta["bottleneck"])
    drawn = {1: "its one number", 2: "its two numbers"}.get(width, f"two directions of its {width} numbers")
    return f"{drawn}, coloured by a label it was never told" if names else drawn


def _clusters(run: Run) -> None:
    """k-means on the bottleneck against k-means on the row itself."""
    found = loading.ask("clusters", run=run.id)
    if "clusters" not in found:
        st.caption(" ".join(str(said) for said in found.get("problems", ())))
        return
    note = f"k-means with {found['clusters']} clusters, on the validation rows"
    with layout.card("Clusters that nobody named", note, CLUSTERS):
        here, raw = found.get("code_agreement"), found.get("row_agreement")
        if here is None:
            said = f"On the bottleneck the clusters part with a silhouette of {found['code_silhouette']:.2f}; "
            st.markdown(f"{said}on the rows themselves of {found['row_silhouette']:.2f}.")
            return
        better = "more than" if here > raw else "no more than"
        st.markdown(
            f"Clusters of the bottleneck agree with the labels by **{here:.2f}**, {better} clusters of the rows "
            f"themselves, **{raw:.2f}** (adjusted Rand index: 1 is the same division, 0 is chance)."
        )


MAP = (
    "More than two numbers are drawn in the two directions in which the newest epoch spreads most, the same at every "
    "epoch; with one number the classes stand above one another. Rows far beyond all others stand at the edge."
)
ODD = (
    "What the network has seen often it gives back well; what is rare it cannot. The error of a row is its mean "
    "squared difference in prepared units: 1 is what the mean row alone would reach on standardised columns."
)
CLUSTERS = (
    "k-means (scikit-learn, ten starts) divides the rows by the bottleneck's numbers, and once more by the prepared "
    "columns themselves, into as many clusters as there are labels; without labels, as many as part best. The adjusted "
    "Rand index (Hubert and Arabie 1985) compares a division with the labels."
)
