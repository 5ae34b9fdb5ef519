"""The main card of the Representation page: what the network answers where, epoch by epoch."""

from functools import partial

import pandas as pd
import streamlit as st

from core.analysis import seeing
from core.analysis.boundary import Boundary, from_answer, from_record
from core.analysis.record import Record
from core.charts import boundary as charts
from core.charts.pictures import classes_png, values_png
from core.charts.pieces import Chart
from core.store import Run
from pages.shared import layout, representing, targets
from pages.shared.making import Made


def boundary(run: Run, record: Record, made: Made) -> Boundary | None:
    """What was painted in training, of several targets the first; of a finished run every epoch with weights, in the
    plane and of the target that is chosen."""
    columns, target = _chosen(run), targets.looked_at(run, record)
    if run.is_over:
        key = f"painted {columns} {target}"
        asked = {**({"columns": columns} if columns else {}), **targets.asked(run, record)}
        answer = representing.answer(run, "boundary", **asked)
        if answer is not None:
            return made(key, lambda: from_answer(record, answer, target))
    return made("painted", lambda: from_record(record))


def card(run: Run, record: Record, drawn: Boundary | None, made: Made) -> None:
    """The picture with its three explanations."""
    note = layout.plain(seeing.what_is_drawn(drawn)) if drawn else ""
    with layout.switched_card("What it answers where", note, key="boundary-card") as end:
        if run.is_over:
            targets.picker(run, record)
        if drawn is None:
            st.caption(_why_none(record))
            return
        if run.is_over and len(representing.number_columns(record)) > 2:
            with end:
                _plane_picker(run, record)
        name = f"boundary {layout.mode()} {_chosen(run)} {drawn.target} {len(drawn.epochs)} {drawn.side}"
        left, right = st.columns([5, 3], gap="medium")
        with left:
            layout.chart(made(name, partial(_figure, record, drawn)), "What the network answers where", key="boundary")
        with right:
            layout.explain(*_texts(drawn), layout.advice(run, record, "representation", REMEDY))


def _figure(record: Record, drawn: Boundary) -> Chart:
    classes = drawn.classes if drawn.is_classification else ()
    if drawn.is_line:
        return charts.curves(_lines(drawn), drawn.points, drawn.plane, classes, drawn.target, record.reach)
    mode, side = layout.mode(), drawn.side
    paint = zip(drawn.answers, drawn.sure, strict=True)
    if drawn.is_classification:
        urls = [classes_png(answers, sure, side, mode) for answers, sure in paint]
    else:
        urls = [values_png(sure, answers, side, mode) for answers, sure in paint]
    frames = pd.DataFrame({"epoch": drawn.epochs, "url": urls})
    return charts.surface(frames, drawn.points, drawn.wrong(), drawn.plane, classes, drawn.target, record.reach)


def _lines(drawn: Boundary) -> pd.DataFrame:
    import numpy as np

    across = np.linspace(drawn.plane["low"][0], drawn.plane["high"][0], drawn.side)
    names = drawn.classes if drawn.is_classification else ("network",)
    parts = [
        pd.DataFrame({"epoch": epoch, "x": across, "value": curve[:, k], "name": names[k]})
        for epoch, curve in zip(drawn.epochs, drawn.curves, strict=True)
        for k in range(min(len(names), curve.shape[1]))
    ]
    return pd.concat(parts, ignore_index=True)


def _chosen(run: Run) -> list[str]:
    """The two columns whose plane is shown; empty for the usual one."""
    picked = st.session_state.get(f"plane-{run.id}") or []
    return [str(name) for name in picked] if len(picked) == 2 else []


def _plane_picker(run: Run, record: Record) -> None:
    with st.popover("Another plane", icon=":material/view_in_ar:", type="tertiary"):
        st.multiselect(
            "Two columns",
            representing.number_columns(record),
            max_selections=2,
            format_func=layout.plain,
            key=f"plane-{run.id}",
            help="All other inputs stand at their median. Empty: the first two principal components.",
        )


def _why_none(record: Record) -> str:
    if record.is_live:
        return "The first picture comes with the first epoch."
    if record.meta.get("bottleneck"):
        return (
            "Not drawn for an autoencoder: it answers with whole rows, not with one value at a place. The Outputs page "
            "shows rows given back, and the bottleneck as a map."
        )
    return "This run painted no pictures: its inputs are too many for one picture in a few milliseconds."


def _texts(drawn: Boundary) -> tuple[str, str]:
    if drawn.is_line and not drawn.is_classification:
        return (
            "The line is what the network answers along its one input, the dots are rows. Drag the epoch.",
            "A line through the middle of the dots that does not chase single ones.",
        )
    if not drawn.is_classification:
        return (
            "The surface is what the network answers, the dots are rows in the same colours: where a dot vanishes in "
            "its ground, the answer is right. Drag the epoch.",
            "Dots that sink into the surface, filled (training) and elsewhere alike.",
        )
    if drawn.is_line:
        return ("Each line is the probability of a class along the input; rows stand at the edges.", "Steep where the "
                "classes meet, flat elsewhere.")  # fmt: skip
    return (
        "Filled marks are training rows, hollow ones validation rows; a red ✕ marks an answer that is wrong. Drag the "
        "epoch and watch the border move.",
        "A border as smooth as the data allow, and as few ✕ on hollow marks as on filled ones.",
    )


REMEDY = (
    "Ragged islands around single rows are memorising: weight decay, dropout or more rows. A straight border through "
    "curved classes is too little: one more unit or layer."
)
