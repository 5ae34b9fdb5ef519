"""The stage: a canvas of our own in which the browser walks a small network itself (Streamlit's components, version 2).
Its program lies in assets/stage, in the order in which it is read."""

from pathlib import Path
from typing import Any

import streamlit as st

from core.charts.names import safe_name
from core.charts.theme import FONT, theme
from pages.shared import layout

FOLDER = Path(__file__).parents[2] / "assets" / "stage"
PARTS = ("forward.js", "geometry.js", "model.js", "draw.js", "stage.js")


def program(parts: tuple[str, ...] = PARTS) -> str:
    """The JavaScript of the stage as one module."""
    return "\n".join((FOLDER / part).read_text(encoding="utf-8") for part in parts)


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    html, css = ((FOLDER / name).read_text(encoding="utf-8") for name in ("stage.html", "stage.css"))
    return st.components.v2.component("layerscope_stage", html=html, css=css, js=program())


def stage(answer: dict[str, Any], key: str) -> None:
    """Draws the runner's answer to the question "stage"."""
    looks = theme(layout.mode())
    colours = {name: getattr(looks, name) for name in ("ink", "gray", "red", "page", "domain")}
    colours |= {name: list(getattr(looks, name)) for name in ("category", "ramp", "diverging")}
    network = {**answer["network"], "names": [safe_name(name, 20) for name in answer["network"]["names"]]}
    plane = {**answer["plane"], "names": [safe_name(name, 30) for name in answer["plane"]["names"]]}
    classes = [safe_name(name, 20) for name in answer["classes"]]
    _component()(
        key=key,
        data={**answer, "network": network, "plane": plane, "classes": classes, "colours": colours, "font": FONT},
    )
