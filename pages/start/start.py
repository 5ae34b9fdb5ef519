"""Start: the point made with two real pictures, three ways in, and the newest runs."""

import streamlit as st

from core.analysis.wording import Headline
from core.choices.presets import BROKEN, PRESETS
from pages.shared import layout, loading, runs, showcase, studies

LISTED, SHOWN, SHOWN_STUDIES = 60, 8, 4  # runs looked through; runs and studies shown (our choice: one screen)

layout.sentence(Headline("See why a network learns, or why it does not."))
st.markdown(
    "Train a network on your own table and look inside while it happens: every layer, every epoch, every gradient."
)

for place, example in zip(st.columns(2, gap="medium"), showcase.pair(), strict=True):
    with place:
        showcase.card(example)

st.subheader("Start from", anchor=False)
fails, own, empty = st.columns(3, gap="medium")
with (
    fails,
    layout.card(
        "A network that fails", f"{len(BROKEN)} networks, each broken in one way. First picture in two seconds."
    ),
):
    if st.button("Open the first one", type="primary", icon=":material/bug_report:"):
        showcase.open_preset(BROKEN[0])
with (
    own,
    layout.card(
        "Your own table", "Drop a CSV file. Columns, classes and splits are suggested; nothing leaves this server."
    ),
):
    if st.button("Upload a table", icon=":material/upload_file:"):
        st.switch_page("build/data.py", query_params={"rows": "own"})
with empty, layout.card("An empty network", "Draw layers and see the gradient at initialisation change as you draw."):
    if st.button("Build a network", icon=":material/account_tree:"):
        st.switch_page("build/network.py")

recent = loading.recent_runs(LISTED)
if recent:
    st.subheader("Recent runs", anchor=False)
    single = [run for run in recent if not run.study][:SHOWN]
    if single:
        judged = runs.is_judged(single)

        @st.fragment(run_every=None if judged else loading.POLL_S)
        def newest() -> None:
            """The newest runs; what is wrong with them is looked at a few at a time."""
            runs.listed(single)
            if not judged and runs.is_judged(single):
                st.rerun()

        newest()
    studies.links(recent, SHOWN_STUDIES)

healthy = len(PRESETS) - len(BROKEN)
st.subheader(f"Networks to open: {len(BROKEN)} broken, each in one way, and {healthy} in good health", anchor=False)
showcase.presets()
