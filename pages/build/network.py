"""Network: draw layers, and see the gradient and the activations before the first step."""

import streamlit as st

from core.analysis import network as numbers
from core.charts import network as charts
from pages.shared import editor, layout, loading, sequence, session

tree = session.draft()
heading = st.container()
left, right = st.columns([5, 7], gap="medium")

with left:
    session.edit(network=editor.network(tree["network"], f"network@{session.generation()}"))
    editor.buttons()

with (
    right,
    layout.card("Preview at initialisation", "one pass forward and back · height: units · colour: gradient received"),
):
    seen = loading.preview(session.draft())
    if "layers" in seen:
        layout.chart(charts.stack(numbers.profile(seen)), "Layers and the gradient each receives", key="stack")
        layout.chart(charts.spread(numbers.profile(seen)), "Spread of the activations by layer", key="spread")
        sequence.preview(seen)
        st.dataframe(numbers.table(seen), hide_index=True, key="layers-table")
    else:
        layout.problems(seen)

with heading:
    if "layers" in seen:
        layout.sentence(numbers.headline(seen))
        layout.vitals(numbers.vitals(seen))
    else:
        st.title("Draw a network.", anchor=False)

layout.explain(
    "The gradient starts at the output and is multiplied once per layer on its way to layer 1.",
    "The line stays inside the band from right to left, and the activations keep their spread.",
    (numbers.advice(seen) if "layers" in seen else "")
    or "ReLU with He, Glorot for tanh, or normalisation between the layers. This picture follows at once.",
)
