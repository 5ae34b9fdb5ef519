"""The further looks of the Representation page, one at a time, so that nothing is computed that nobody looks at."""

from typing import Any

import streamlit as st

from core.analysis.record import Record
from core.analysis.seeing import Probes
from core.archive import preparations
from core.charts import depth
from core.store import Run
from pages.shared import layout, loading, look_inputs, look_map, look_surface, targets
from pages.shared.making import Made
from pages.shared.stage import stage

Answer = dict[str, Any]


def answer(run: Run, kind: str, **more: Any) -> Answer | None:
    """What the runner says of a run, None where it says nothing (yet). The record's length is part of the question, so
    that a live run is asked anew."""
    found = loading.ask(kind, run=run.id, sequence=run.sequence, **more)
    return None if "problems" in found else found


def number_columns(record: Record) -> list[str]:
    """Columns that enter the network as one number each, or as yes and no."""
    fitted = preparations(record.tables)
    if not fitted:
        return []
    own = [entry["column"] for entry in fitted[0]["numbers"] if entry["part"] is None]
    return own + [flag["column"] for flag in fitted[0]["flags"]]


def further(run: Run, record: Record, found: Probes | None, made: Made) -> None:
    """The network as small maps and bent space, then one further look at a time."""
    if run.is_over:
        _stage(run, record)
        picked = st.segmented_control(
            "Look further", list(LOOKS), default="depth", format_func=LOOKS.get, key=f"further-{run.id}"
        )
        if picked == "depth":
            _depth(run, record, found, made)
        elif picked == "map":
            look_map.draw(run, record)
        elif picked == "surface":
            look_surface.draw(run, record, made)
        elif picked == "inputs":
            look_inputs.draw(run, record, made)


LOOKS = {"depth": "By depth", "map": "Map of the rows", "surface": "Loss surface", "inputs": "Which inputs matter"}


def _depth(run: Run, record: Record, found: Probes | None, made: Made) -> None:
    if found is None:
        told = loading.ask("probes", run=run.id, sequence=run.sequence)
        if "problems" not in told:
            st.rerun()  # it came since the page began: the sentence on top needs it too
        layout.problems(told)
        st.button("Ask again", icon=":material/refresh:")
        return
    title = "right" if found.of else "R²"
    guess = record.baseline("guess", "score", "train") if record.is_classification else 0.0
    left, right = st.columns(2, gap="medium")
    note = f"{found.method}, fitted on {found.rows:,} training rows"
    with left, layout.card("How far a straight cut gets after each layer", note, DEPTH):
        figure = made("by depth", lambda: depth.by_layer(found.table, guess, title, record.reach))
        layout.chart(figure, "Accuracy of a linear probe after each layer", key="by-depth")
    with right, layout.card("The same through training", "training rows; the input at the bottom", THROUGH):
        train = found.table[found.table["split"] == "train"]
        figure = made("depth epochs", lambda: depth.through_training(train, title, record.reach))
        layout.chart(figure, "Accuracy of linear probes over epochs", key="depth-epochs")


DEPTH = (
    "A linear model is fitted on the outputs of each layer. Where it jumps, that layer brought the classes apart. The "
    "number at the input is what no network could do better than a line."
)
THROUGH = "Each cell is one probe. Layers that fill early have learned early; a row that never fills adds nothing."


def _stage(run: Run, record: Record) -> None:
    told = loading.ask("stage", run=run.id, sequence=run.sequence, **targets.asked(run, record))
    note = "" if "problems" in told else INSIDE
    with layout.card("Inside: what every unit answers, and how the layers bend the space", note, key="inside"):
        if "problems" in told:
            st.caption(layout.plain(f"Not drawn for this run: {'; '.join(told['problems'])}."))
        else:
            stage(told, key=f"stage-{run.id}-{targets.looked_at(run, record)}")


INSIDE = "left: units as maps, weights as lines · right: the grid and the rows carried through the layers, step by step"
