"""The choice of what a unit does: its name and its own numbers; and its curve with its derivative."""

from typing import Any

import pandas as pd
import streamlit as st

from core.analysis import functions as numbers
from core.charts import functions as charts
from core.choices.activations import ACTIVATIONS, Activation
from pages.shared import forms, layout

Values = dict[str, Any]


def activation(given: Values, key: str) -> Values:
    """One activation for all layers, with the fields that it has. Returns its JSON."""
    kind = st.pills(
        "Activation",
        list(ACTIVATIONS),
        default=given["kind"],
        required=True,
        key=f"{key}.activation",
        format_func=lambda name: ACTIVATIONS[name].title(),
        help="  \n".join(f"**{choice.title()}**: {choice.summary()}" for choice in ACTIVATIONS.values()),
        wrap=True,
    )
    kept = given if kind == given["kind"] else {"kind": kind}
    return {"kind": kind, **forms.fields(ACTIVATIONS[kind], kept, f"{key}.activation.{kind}")}


def picture(chosen: Values) -> None:
    """What the chosen function does, in a sentence and as a curve."""
    function = forms.valid(ACTIVATIONS, chosen)
    if isinstance(function, Activation):
        curve, zones = numbers.curve(function), pd.DataFrame([vars(zone) for zone in numbers.zones(function)])
        st.caption(layout.plain(function.summary()))
        layout.chart(charts.chooser(curve, zones, function.title()), f"{function.title()} and its slope", key="chooser")
