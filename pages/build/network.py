"""Network: draw layers, and see the gradient and the activations before the first step."""

import streamlit as st

from core import naming
from core.analysis import network as numbers
from core.charts import network as charts
from core.experiment import parse
from pages.shared import editor, layout, loading, sequence, session

COLUMNS = {
    "Parameters": st.column_config.TextColumn(alignment="right"),
    "Gradient ÷ output": st.column_config.TextColumn("Gradient", help="Received, relative to the output layer"),
}

tree = session.draft()
heading, buttons = st.container(), st.container()
left, right = st.columns([5, 7], gap="medium")

with left:
    session.edit(network=editor.network(tree["network"], f"network@{session.generation()}"))

with right:
    seen = loading.preview(session.draft())
    known, _ = parse(session.draft())
    rows = f" on {layout.plain(naming.data_name(known, loading.table_name(known)))}" if known else ""
    with layout.card(
        "Preview at initialisation", f"one pass forward and back{rows} · height: units · colour: gradient received"
    ):
        if "layers" in seen:
            layout.chart(charts.stack(numbers.profile(seen)), "Layers and the gradient each receives", key="stack")
            layout.chart(charts.spread(numbers.profile(seen)), "Spread of the activations by layer", key="spread")
            sequence.preview(seen)
            st.dataframe(
                numbers.table(seen), hide_index=True, key="layers-table", column_config=COLUMNS, height="content"
            )
        else:
            layout.problems(seen)

with heading:
    if "layers" in seen:
        layout.sentence(numbers.headline(seen))
        layout.vitals(numbers.vitals(seen))
    else:
        st.title("Draw a network.", anchor=False)

with buttons:  # above what is long, so that no one has to look for them; after it, for they act on what it says
    editor.buttons()

layout.explain(
    "The gradient starts at the output and is multiplied once per layer on its way to layer 1.",
    "The line stays inside the band from right to left, and the activations keep their spread.",
    (numbers.advice(seen) if "layers" in seen else "")
    or "Nothing here asks for a change. Whatever you change on the left, this picture follows at once.",
)
