"""The pictures of the Filters page: filters of a layer, its maps of one picture, and what excites one map most."""

from typing import Any

import streamlit as st

from core.analysis import filters as numbers
from core.analysis.record import Record
from core.charts import filters as charts
from core.store import Run
from pages.shared import layout, loading, session, targets

Answer = dict[str, Any]
PER_LINE = 8


def answer(run: Run, record: Record, kind: str, **more: Any) -> Answer | None:
    """What the runner says of a run, None where it says nothing (yet); a live run is asked anew as its record grows."""
    found = loading.ask(kind, run=run.id, sequence=run.sequence, **_epoch(), **targets.asked(run, record), **more)
    return None if "problems" in found else found


def further(run: Run, record: Record, told: Answer | None) -> None:
    """Everything that is looked at in pictures; nothing where the runner cannot answer."""
    if told is None:
        layout.problems(loading.ask("filters", run=run.id, sequence=run.sequence, **_epoch()))
        return
    layer = _layer(record)
    left, right = st.columns(2, gap="medium")
    with left, layout.card("Filters", f"weights of {_name(record, layer)} · below and above 0", KERNELS):
        shown, inputs = numbers.kernels(told, layer)
        columns = PER_LINE if inputs == 1 else inputs
        figure = charts.pictures(shown[: 8 * PER_LINE], columns, 44 if inputs > 1 else 64, is_signed=True)
        layout.chart(figure, f"The filters of {_name(record, layer)} as pictures", key="kernels")
    with right, layout.card("Maps of one picture", "where each filter finds what it looks for", MAPS):
        seen = _maps(run, record, told, layer)
    excites = EXCITES.format(IF_CLASSES if record.is_classification else IF_VALUES)
    if seen is not None:
        with layout.card("Pictures that excite one map most", "validation pictures, the strongest first", excites):
            _exciting(run, record, seen, layer)


def _maps(run: Run, record: Record, told: Answer, layer: int) -> Answer | None:
    rows = told["rows"]
    at = st.selectbox(
        "Picture",
        range(len(rows)),
        format_func=lambda place: f"{rows[place]['label']} · validation row {place + 1}",
        key=f"picture-{run.id}",
    )
    seen = answer(run, record, "maps", layer=layer, row=rows[at]["row"]) if rows else None
    if seen is None:
        st.caption("There is no validation picture to look at.")
        return None
    st.caption(layout.plain(numbers.answer_in_words(seen)))
    layout.chart(charts.pictures([numbers.picture(seen)], 4, 90), f"The picture: {seen['label']}", key="picture")
    shown = numbers.maps(seen)
    layout.chart(charts.pictures(shown[: 4 * PER_LINE], PER_LINE, 60), "The maps of the layer, by channel", key="maps")
    if seen["channels"] > 4 * PER_LINE:
        st.caption(f"The first {4 * PER_LINE} of {seen['channels']} maps.")
    return seen


def _exciting(run: Run, record: Record, seen: Answer, layer: int) -> None:
    count = int(seen["channels"])
    channel = st.number_input(
        "Map", 1, count, min(numbers.strongest(seen) + 1, count), key=f"map-{run.id}-{layer}", width=160
    )
    found = answer(run, record, "exciting", layer=layer, channel=int(channel) - 1)
    if found is None:
        st.caption("The runner does not answer: try again in a moment.")
        return
    shown = numbers.exciting(found)
    st.caption(layout.plain(numbers.agreement(found)))
    figure = charts.pictures(shown, -(-len(shown) // 2), 110)  # in two lines, for a phone has room for five
    layout.chart(figure, f"The pictures that excite map {channel} most", key="exciting")


def _layer(record: Record) -> int:
    """The convolution that is looked at."""
    known = {int(each["layer"]): str(each["name"]) for each in numbers.convolutions(record)}
    linked = session.layer()
    chosen = linked if linked in known else next(iter(known))
    key = f"filters-of-{chosen}"
    st.segmented_control(
        "Layer",
        list(known),
        default=chosen,
        required=True,
        format_func=known.get,
        key=key,
        on_change=session.select_layer_of,
        args=(key,),
    )
    return int(chosen)


def _name(record: Record, layer: int) -> str:
    return next(str(each["name"]) for each in numbers.convolutions(record) if int(each["layer"]) == layer)


def _epoch() -> dict[str, int]:
    at = session.epoch()
    return {} if at is None else {"epoch": at}


KERNELS = (
    "Each square is a filter: the weights with which a small window is added up. Light and dark halves side by side "
    "look for an edge. In later layers a line is one filter, with a square for each of its first inputs."
)
MAPS = "The same picture after the layer, channel by channel: bright is where the filter found what it looks for."
EXCITES = (
    "The ring is where the map is highest. If {}; if only the place in the ring looks alike, for an edge or a corner."
)
IF_CLASSES = "the pictures are of one class, the channel looks for a part of it"
IF_VALUES = "their targets lie close together, the channel looks for what goes with such values"
