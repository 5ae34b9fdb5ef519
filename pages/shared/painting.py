"""A picture to paint, for runs whose rows are pictures: what it holds is a row of the table."""

import streamlit as st

from core.charts.theme import theme
from core.store import Run
from pages.shared import layout, loading
from pages.shared.pad import pad


def is_picture(run: Run) -> bool:
    """Whether a row of the run is a picture of one channel."""
    shape: list[int] = (run.meta or {}).get("shape") or []
    return len(shape) == 3 and shape[0] == 1


def row(run: Run) -> dict[str, float] | None:
    """The picture as it stands, by column; it begins with a validation row. None, said, where there is no answer."""
    told = loading.ask("pictures", run=run.id)
    if "problems" in told:
        layout.problems(told)
        return None
    key = f"painting-{run.id}"
    nothing = [told["low"]] * len(told["columns"])
    first = {"shown": 0, "values": told["rows"][0]["values"]} if told["rows"] else {"shown": None, "values": nothing}
    seen = (st.session_state.get(key) or {}).get("picture") or first
    pad("painting")(
        key=key, data={**told, **seen, "ramp": list(theme(layout.mode()).ramp)}, on_picture_change=lambda: None
    )
    return dict(zip(told["columns"], seen["values"], strict=True))
