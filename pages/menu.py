"""The menu: page set-up, the entries with their marks, and the page that was asked for."""

from pathlib import Path

import streamlit as st

from core.charts.ready import trust_charts
from core.store import StoreError
from pages.shared import judging, loading, session, states

ROOT = Path(__file__).parents[1]

st.set_page_config(
    page_title="Layerscope",
    page_icon=str(ROOT / "assets" / "icon.png"),
    layout="wide",
    initial_sidebar_state=232,
)
st.html(ROOT / "assets" / "style.css")
with st.container(key="scripts"):
    st.html(f"<script>{(ROOT / 'assets' / 'epochs.js').read_text('utf-8')}</script>", unsafe_allow_javascript=True)
st.logo(str(ROOT / "assets" / "logo.svg"), icon_image=str(ROOT / "assets" / "icon.svg"), size="large")

FILTERS = "What each filter of a convolutional network looks for, and what it finds."
trust_charts()
try:
    session.begin()
    marks = judging.marks(session.run_id())
except StoreError as error:
    states.no_store(error)
    st.stop()


def page(path: str, title: str, icon: str, says: str, default: bool = False, shown: bool = True) -> st.Page:
    """A menu entry; its mark says where the selected run has trouble. One that is not shown still has its address."""
    name = Path(path).stem
    return st.Page(
        path,
        title=f"{title} {marks[name]}" if name in marks else title,
        icon=f":material/{icon}:",
        url_path=None if default else name,
        help=says,
        default=default,
        visibility="visible" if shown else "hidden",
    )


menu = {
    "": [page("start/start.py", "Start", "home", "Two networks side by side, and three ways in.", default=True)],
    "Build": [
        page("build/data.py", "Data", "table_chart", "Pick a table or a generator, or bring your own CSV file."),
        page("build/network.py", "Network", "account_tree", "Draw layers and see the gradient before the first step."),
        page("build/train.py", "Train", "play_circle", "Choose how it learns, press Train, and watch."),
    ],
    "Diagnose": [
        page("diagnose/findings.py", "Findings", "stethoscope", "What is wrong, where, since when, and what to try."),
        page("diagnose/curves.py", "Curves", "show_chart", "Training against validation: learning or memorising."),
        page("diagnose/gradients.py", "Gradients", "arrow_downward", "How much of the gradient reaches each layer."),
        page("diagnose/activations.py", "Activations", "grain", "Saturated and dead units, layer by layer."),
        page(
            "diagnose/through.py",
            "Through time",
            "history",
            "How far back a recurrent network learns.",
            shown=loading.is_a("recurrent", session.run_id()),
        ),
        page("diagnose/outputs.py", "Outputs", "target", "How sure the network is, and how often it is right."),
        page("diagnose/rows.py", "Rows", "format_list_numbered", "Hard rows, and labels that look wrong."),
        page(
            "diagnose/filters.py",
            "Filters",
            "filter_center_focus",
            FILTERS,
            shown=loading.is_a("convolutional", session.run_id()),
        ),
        page("diagnose/representation.py", "Representation", "grid_on", "How the layers bend the data apart."),
    ],
    "Explore": [
        page("explore/runs.py", "Runs", "list", "Every run: open, compare, rename, download, delete."),
        page("explore/lessons.py", "Lessons", "school", "Claims of a first course, settled by runs; a first project."),
        page("explore/compare.py", "Compare", "compare_arrows", "Runs and studies side by side; vary one choice."),
    ],
}
shown = st.navigation(menu)
session.gone_on(shown.url_path)
try:
    shown.run()
except StoreError as error:
    states.no_store(error)
session.drawn()
