"""Own points: a plane on which a person clicks and drags points of two to four classes, and trains on them."""

from typing import Any, get_args

import streamlit as st

from core.charts.theme import theme
from core.choices.drawn import CLASSES, MOST_POINTS, Drawn
from core.choices.sources import Derived
from core.experiment import parse
from pages.shared import forms, layout, session
from pages.shared.pad import pad

KEY = "own-points"


def card(at: str) -> None:
    """The plane, and beside it noise, inputs and the way to train."""
    tree = session.draft()["data"]
    is_taken = tree["kind"] == "points"
    data = tree if is_taken else Drawn().model_dump(mode="json")
    looks = theme(layout.mode())
    with layout.card(
        "Own points", "click sets a point, a drag over empty ground sets many, a drag of a point moves it"
    ):
        left, right = st.columns([5, 4], gap="medium")
        with left:
            pad("drawing")(
                key=KEY,
                data={
                    "points": st.session_state.get("own-points-unfinished") or data["points"],
                    "classes": list(CLASSES),
                    "colours": list(looks.category[: len(CLASSES)]),
                    "grid": looks.grid,
                    "most": MOST_POINTS,
                },
                on_points_change=_drawn,
            )
            told = st.session_state.get("own-points-problem")
            if told:
                st.caption(f":red[✕] {layout.plain(told)}")
        with right:
            if not is_taken:
                st.caption("Two heaps to begin with. Draw, or take them as they are.")
                st.button("Take these points", on_click=session.take_data, args=(data,), icon=":material/check:")
            else:
                _settings(tree, at)
                layout.train_button("Train on these points")


def _settings(tree: dict[str, Any], at: str) -> None:
    fields = forms.fields(Drawn, tree, f"{at}.own", leave_out=("points", "inputs"))
    session.edit(data={**tree, **fields, "inputs": inputs(tree, f"{at}.own")})


def inputs(tree: dict[str, Any], key: str) -> list[str]:
    """Which of the seven derived inputs enter the network, as a widget."""
    names = list(get_args(Derived))
    picked = st.pills(
        "Inputs", names, default=list(tree.get("inputs") or names[:2]), selection_mode="multi", key=f"{key}.inputs",
        help="What enters the network: the two columns, their squares, product and sines.",
    )  # fmt: skip
    return [name for name in names if name in picked] or names[:2]


def _drawn() -> None:
    """Takes what was drawn into the draft; what is no table yet stays on the plane, with what it still lacks."""
    points = (st.session_state.get(KEY) or {}).get("points")
    tree = session.draft()["data"]
    before = tree if tree["kind"] == "points" else Drawn().model_dump(mode="json")
    known, found = parse({"data": {**before, "points": points}})
    if known is None:
        st.session_state["own-points-problem"] = found[0].message
        st.session_state["own-points-unfinished"] = points
        return
    for name in ("own-points-problem", "own-points-unfinished"):
        st.session_state.pop(name, None)
    data = known.data.model_dump(mode="json")
    if tree["kind"] == "points":
        session.edit(data=data)
    else:
        session.take_data(data)
