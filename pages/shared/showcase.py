"""The Start page's parts: two recorded runs side by side, and the presets."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from core.analysis.wording import percent
from core.charts import gradients as charts
from core.choices.presets import PRESETS, Preset
from pages.shared import layout, session

SHOWN = 12
"""Presets in sight at once (our choice: they fill rows of four, three and two)."""
RECORDED = Path(__file__).parents[2] / "assets" / "showcase.json"
"""Two runs as they were recorded by tests/showcase.py, which can be run again."""


@cache
def pair() -> list[dict[str, Any]]:
    """The two recorded runs: title, epochs, accuracy, and the gradient of every layer at every epoch."""
    return json.loads(RECORDED.read_text(encoding="utf-8"))


def card(example: dict[str, Any]) -> None:
    """One of the two: how it ended, and its gradients."""
    learned = example["accuracy"] > 0.5
    tone = "green" if learned else "red"
    ending = "on the same digits" if learned else "the score of a guess"
    with layout.card(example["title"]):
        share = percent(example["accuracy"])
        st.markdown(f"after {example['epochs']} epochs: :{tone}[**{share} right**], {ending}")
        table = pd.DataFrame(example["gradients"])
        heat = charts.heat(table, example["layers"], example["epochs"], height=260)
        layout.chart(heat, example["says"], key=f"showcase-{tone}")
        st.caption(example["says"])


def presets() -> None:
    """All presets as cards: some, and the others behind one click."""
    every = list(PRESETS.values())
    _cards(every[:SHOWN])
    with st.expander(f"{len(every) - SHOWN} more", icon=":material/apps:"):
        _cards(every[SHOWN:])


def _cards(shown: Sequence[Preset]) -> None:
    with st.grid("auto", min_column_width=240):
        for preset in shown:
            with st.container(border=True, height="stretch", vertical_alignment="distribute"):
                with st.container(gap="xsmall"):
                    st.markdown(f"**{preset.title}**")
                    st.caption(preset.story)
                if st.button("Open", key=f"preset-{preset.key}", icon=":material/play_arrow:", type="tertiary"):
                    open_preset(preset)


def open_preset(preset: Preset) -> None:
    """Loads it into the editor, trains it and shows it."""
    session.replace_draft(preset.experiment.model_dump(mode="json"))
    session.start(session.draft())
    st.switch_page("build/train.py")
