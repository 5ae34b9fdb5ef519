"""Filters: what does a convolutional network look for, layer by layer, and is "edges, then parts" true of this one?"""

import streamlit as st

from core.analysis import filters as numbers
from core.analysis.record import Record
from core.charts import filters as charts
from core.store import Run
from pages.shared import filtering, layout, loading, targets
from pages.shared.making import maker


def draw(run: Run, record: Record) -> None:
    """What channels tell by depth, the filters of a layer, its maps of one picture, and what excites one map most."""
    if not numbers.is_pictured(record.meta):
        st.title("This network has no filters", anchor=False)
        st.markdown(
            "Filters belong to convolutional networks, which look at pictures. This run's network is of another kind."
        )
        return
    answer = filtering.answer(run, record, "filters")
    made = maker("filters", run)
    layout.sentence(numbers.headline(record, answer, targets.name(run, record)))
    layout.ended(run)
    layout.vitals(numbers.vitals(record, answer))
    targets.picker(run, record)
    seen, told = numbers.channels(record), numbers.telling(answer, record)
    left, right = st.columns(2, gap="medium")
    told_of = TOLD.format(*(OF_CLASSES if record.is_classification else OF_VALUES))
    with (
        left,
        layout.card(
            "What a channel tells of the target, by depth", "peak of each channel, validation pictures", told_of
        ),
    ):
        figure = charts.telling(told) if len(told) else None
        layout.chart(figure, "Share of the target that a channel's peak tells, by layer", key="telling")
    with right, layout.card("How often each channel fires", "one tick per channel, training pictures", FIRES):
        column = "fires" if seen["fires"].notna().any() else "saturated"
        title = "of rows and positions above 0" if column == "fires" else "of rows and positions saturated"
        figure = made("channels", lambda: charts.channels(seen, column, title)) if len(seen) else None
        layout.chart(figure, "Channels by how often they fire, layer by layer", key="channels")
    filtering.further(run, record, answer)
    layout.explain(
        "A filter is a small picture of weights; its map shows where in the picture it found what it looks for.",
        "Every channel fires for some picture, filters differ from one another, and what they tell grows with depth.",
        layout.advice(run, record, "activations", REMEDIES),
    )
    layout.numbers(lambda: {"Channels": seen, "Told by layer": told}, run)


REMEDIES = (
    "A smaller learning rate or batch normalisation where channels fall silent; fewer channels where filters are alike."
)
TOLD = (
    "Of every channel the largest value in a picture is taken. {} 0 % says nothing of the {}, 100 % all of it. The dot "
    "is the middle channel of a layer, the line ends at its best one; the first dot stands for the pixels themselves."
)
OF_CLASSES = ("The class explains some share of how it varies:", "class")
OF_VALUES = ("A straight line through the target explains some share of how it varies:", "target")
FIRES = "Red ticks never fire, or are saturated at half of all places. Many ticks at the far left hardly ever do."

run = layout.strip()
if run is None:
    layout.no_run("This page shows what the filters of a convolutional network look for, and what they find.")
else:
    layout.live(run, draw, loading.DIAGNOSE_S)
