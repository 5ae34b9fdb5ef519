"""What the hidden layers learned by themselves before the first step, where they were pretrained."""

import streamlit as st

from core.analysis import pretraining as numbers
from core.analysis.record import Record
from core.charts import pretraining as charts
from core.store import Run
from pages.shared.making import maker
from pages.shared.say import escaped


def was(record: Record) -> bool:
    """Whether layers were pretrained, as far as it has been recorded."""
    return record.table("pretraining").num_rows > 0


def card(run: Run, record: Record) -> None:
    """One stroke per layer: what it gives back of what enters it, while it learns."""
    from pages.shared import layout

    made = maker("pretraining", run)
    kind = str(run.experiment["network"].get("pretraining", {}).get("kind", ""))
    said = made("headline", lambda: numbers.headline(record, kind))
    with layout.card("Before the first step: layer by layer", "share of the spread that a layer gives back", READ):
        st.markdown(f"{escaped(said.before)}**{escaped(said.phrase)}**{escaped(said.after)}")
        figure = made("layers", lambda: charts.layers(numbers.progress(record)))
        layout.chart(figure, "What each layer gives back while it is pretrained", key="pretraining")


READ = (
    "Each layer first learns by itself, without labels: what the layer below says of a row goes in, and it is asked to "
    "give it back. 100 % would be all of what tells rows apart; measured on validation rows. A layer that gives back "
    "little starts the training almost as blind as random weights would."
)
