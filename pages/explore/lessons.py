"""Lessons: claims of a first course, each settled by a study that runs here and now; and a first project."""

import streamlit as st

from pages.shared import layout, lessons, project

LIST, PROJECT = "lessons", "project"
VIEWS = {LIST: "Lessons", PROJECT: "A first project, start to end"}


def into_address() -> None:
    """A link to this page opens the view that is shown."""
    st.query_params["view"] = st.session_state["lessons-view"]


st.session_state.setdefault("lessons-view", LIST)
if st.query_params.get("view") in VIEWS:
    st.session_state["lessons-view"] = st.query_params["view"]

heading = st.container()
view = st.segmented_control(
    "What is shown",
    list(VIEWS),
    required=True,
    format_func=VIEWS.get,
    key="lessons-view",
    on_change=into_address,
    label_visibility="collapsed",
)
if view == PROJECT:
    with heading:
        layout.sentence(project.headline())
    project.draw()
else:
    lessons.draw(heading)
