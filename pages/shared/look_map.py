"""A further look of the Representation page: rows as a layer sees them, and one row with its neighbours."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.record import Record
from core.charts import matter
from core.charts import outputs as probabilities
from core.charts import rowmap as charts
from core.charts.names import alt_text
from core.charts.ready import ready
from core.store import Run
from pages.shared import layout, loading, session, targets

METHODS = {"pca": "principal components", "tsne": "t-SNE"}
COLOURS = {"class": "by class", "right": "right or wrong", "sure": "by confidence"}
Answer = dict[str, Any]


def draw(run: Run, record: Record) -> None:
    """The map of one layer and, beside it, the row that was clicked."""
    with layout.card("Rows as a layer sees them", NOTE, READ):
        layer, method, by = _choices(run, record)
        of = targets.asked(run, record)
        told = loading.ask("map", run=run.id, sequence=run.sequence, layer=layer, method=method, **of)
        if "problems" in told:
            layout.problems(told)
            return
        key = f"map-{run.id}-{layer}-{method}"
        picked = _picked(key, len(told["row"]))
        left, right = st.columns([5, 3], gap="medium")
        with left:
            figure = ready(_figure(record, told, by, picked)).dressed(layout.mode(), session.epoch())
            st.vega_lite_chart(
                spec=figure, width="stretch", alt=alt_text("Rows as a layer sees them"), key=key,
                on_select="rerun", selection_mode=charts.PICKED,
            )  # fmt: skip
        with right:
            _row(record, told, picked)


def _choices(run: Run, record: Record) -> tuple[int, str, str]:
    names = ["input", *record.layers]
    usual = max(0, len(names) - 2)
    if record.meta.get("bottleneck"):
        units = [int(layer["units"]) for layer in record.meta["layers"]]
        usual = 1 + units.index(min(units))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = st.selectbox(
            "Layer", range(len(names)), usual, format_func=lambda k: names[k], key=f"map-layer-{run.id}", width=160
        )
        method = st.segmented_control("Method", list(METHODS), default="pca", format_func=METHODS.get, key="map-method")
        by: str | None = "class" if record.meta.get("labels") else "value"
        if record.is_classification:
            by = st.segmented_control("Colour", list(COLOURS), default="class", format_func=COLOURS.get, key="map-by")
    return int(layer), method or "pca", by or "class"


def _figure(record: Record, told: Answer, by: str, picked: int | None) -> Any:
    classes = [str(name) for name in told["labels"]]
    table = points(told, classes)
    near = _near(table, told, picked)
    return charts.rowmap(table, classes, by, near, record.reach)


def points(told: Answer, classes: list[str]) -> pd.DataFrame:
    """One line per epoch and row of the runner's answer: see charts.rowmap."""
    target = np.array(told["target"])
    names = [classes[int(code)] if classes else "row" for code in target]
    parts = []
    for k, epoch in enumerate(told["epochs"]):
        answer, sure = np.array(told["told"][k], dtype=float), told["sure"][k]
        part = pd.DataFrame(np.array(told["places"][k], dtype=float), columns=["x", "y"])
        right = answer == target
        part = part.assign(
            epoch=epoch, place=range(len(part)), name=names, short=[name[:3] for name in names], value=target,
            told=[classes[int(a)] for a in answer] if sure is not None else [_number(a) for a in answer],
            sure=sure if sure is not None else 1.0, split=told["split"], row=told["row"],
            mark=np.where(right, "✓ right", "✕ wrong"),
        )  # fmt: skip
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _near(table: pd.DataFrame, told: Answer, picked: int | None) -> pd.DataFrame:
    columns = ["epoch", "x", "y", "role"]
    if picked is None:
        return pd.DataFrame({name: [] for name in columns})
    own = table[table["place"] == picked].assign(role="picked")
    others = table[table["place"].isin(told["neighbours"][picked])].assign(role="neighbour")
    return pd.concat([own, others])[columns]


def _picked(key: str, rows: int) -> int | None:
    """The row that was clicked, as its place in the answer."""
    state = st.session_state.get(key)
    found = (state or {}).get("selection", {}).get(charts.PICKED) or []
    place = found[0].get("place") if found else None
    return int(place) if place is not None and 0 <= int(place) < rows else None


def _row(record: Record, told: Answer, picked: int | None) -> None:
    """A row: as an image or in numbers, what was answered through training, and who lies nearest."""
    if picked is None:
        st.caption("Click a point to open its row.")
        return
    classes = [str(name) for name in told["labels"]]
    st.markdown(f"**Row {told['row'][picked]:,}** · {told['split'][picked]}")
    is_own, answer = _said(told["target"][picked], classes), told["told"][-1][picked]
    if record.meta.get("bottleneck"):
        named = f"It is {is_own}, which the network never saw; it" if classes else "It"
        st.caption(f"{named} comes back with a mean squared error of {_number(answer)}.")
    else:
        st.caption(f"It is {is_own}; the answer is {_said(answer, classes)}.")
    side = round(len(told["values"][picked]) ** 0.5)
    if side >= 8 and side * side == len(told["values"][picked]):
        layout.chart(
            matter.pixels(told["values"][picked], side, "as prepared", 190), "The row as an image", key="map-row"
        )
    else:
        names = list(record.meta.get("inputs") or [])[: len(told["values"][picked])]
        values = told["values"][picked][: len(names)]
        st.dataframe(pd.DataFrame({"input": names, "as prepared": values}), hide_index=True, height=180)
    if told["shares"]:
        layout.chart(_history(record, told, picked, classes), "Its probabilities through training", key="map-history")
    near = ", ".join(f"{told['row'][n]:,} ({_said(told['target'][n], classes)})" for n in told["neighbours"][picked])
    st.caption(layout.plain(f"Nearest in this layer: {near}."))


def _said(value: Any, classes: list[str]) -> str:
    return layout.plain(classes[int(value)]) if classes else _number(value)


def _number(value: float) -> str:
    return f"{float(value):,.4g}"


def _history(record: Record, told: Answer, picked: int, classes: list[str]) -> Any:
    last = np.array(told["shares"][-1][picked])
    order = list(np.argsort(-last)[: probabilities.MOST_COLOURS])
    if int(told["target"][picked]) not in order:
        order = [*order[:-1], int(told["target"][picked])]
    rows = []
    for epoch, shares in zip(told["epochs"], told["shares"], strict=True):
        own = {int(k): shares[picked][int(k)] for k in order}
        rest = 1 - sum(own.values())
        rows += [(epoch, k, p, True) for k, p in own.items()]
        rows += [(epoch, -2, max(0.0, rest), True)] if len(classes) > len(order) else []
    table = pd.DataFrame(rows, columns=["epoch", "class", "probability", "measured"])
    return probabilities.one_row(table, classes, record.reach, height=200)


NOTE = "two directions of a layer's outputs, each epoch turned onto the one before"
READ = (
    "Rows that the layer takes to be alike lie together. Principal components keep distances; t-SNE keeps neighbours "
    "and nothing else: the gaps between its islands mean nothing. A click opens a row."
)
