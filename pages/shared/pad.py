"""Components on which a person draws: a canvas with tools below it, looking alike."""

from pathlib import Path
from typing import Any

import streamlit as st

ASSETS = Path(__file__).parents[2] / "assets"


@st.cache_resource(show_spinner=False)
def pad(name: str) -> Any:
    """The component whose parts lie in the folder of its name, dressed as all pads are."""
    html, css, js = ((ASSETS / name / f"{name}.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    dress = (ASSETS / "pad.css").read_text(encoding="utf-8")
    return st.components.v2.component(f"layerscope_{name}", html=html, css=dress + css, js=js)
