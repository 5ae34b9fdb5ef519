"""Every threshold of the diagnosis on a page: what it is, where it comes from, and a number that may be changed."""

from typing import Any

import pandas as pd
import streamlit as st
from pydantic import ValidationError

from core.diagnosis.thresholds import DEFAULT, Thresholds, source_of, unit_of
from core.experiment import problems_of
from core.refusal import Refusal
from pages.shared import judging, layout

COLUMNS = ["what", "value", "usual", "unit", "source"]


def editor() -> None:
    """The table of thresholds, folded; a changed number judges every record anew at once."""
    now = judging.thresholds()
    changed = changes(now)
    word = f"Thresholds ({len(changed)} changed)" if changed else "Thresholds"
    with st.expander(word, icon=":material/tune:", key="thresholds-open"):
        st.caption("Change a number and every run is judged again with it, for you alone. Empty it to take the usual.")
        table = _table(now)
        edited = st.data_editor(
            table,
            hide_index=True,
            height=320,
            disabled=[name for name in COLUMNS if name != "value"],
            key=f"thresholds-{hash(now)}",
            column_config={
                "what": st.column_config.TextColumn("What is measured", width="large"),
                "value": st.column_config.NumberColumn("Threshold", format="%.4g"),
                "usual": st.column_config.NumberColumn("Usual", format="%.4g"),
                "unit": st.column_config.TextColumn("Unit"),
                "source": st.column_config.TextColumn("Where it comes from", width="large"),
            },
        )
        wanted = {
            name: value for name, value in zip(Thresholds.model_fields, edited["value"].tolist(), strict=True)
            if not pd.isna(value) and value != getattr(DEFAULT, name)
        }  # fmt: skip
        if wanted != changed:
            _keep(wanted)
        if changed and st.button("Back to the usual ones", key="thresholds-usual", icon=":material/undo:"):
            _keep({})


def changes(now: Thresholds) -> dict[str, Any]:
    """What differs from the usual thresholds."""
    return {name: value for name, value in now if value != getattr(DEFAULT, name)}


def _table(now: Thresholds) -> pd.DataFrame:
    rows = [
        (field.title or name, float(getattr(now, name)), float(getattr(DEFAULT, name)), unit_of(name), source_of(name))
        for name, field in Thresholds.model_fields.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _keep(wanted: dict[str, Any]) -> None:
    try:
        Thresholds.model_validate(wanted)
    except ValidationError as error:
        layout.refused(Refusal(*problems_of(error)))
    else:
        judging.keep_thresholds(wanted)
        st.rerun()
