"""A further look of the Representation page: the loss around the weights."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis import wording
from core.analysis.record import Record
from core.charts import surface as charts
from core.store import Run
from pages.shared import layout, loading
from pages.shared.making import Made

PLANES = {"path": "the plane of its own path", "random": "two random directions"}


def draw(run: Run, record: Record, made: Made) -> None:
    """A slice with the path, the line to another run, the sharpest curvature."""
    with layout.card("The loss around the weights", SLICE_NOTE, SLICE):
        kind = st.segmented_control(
            "Directions", list(PLANES), default="path", format_func=PLANES.get, key=f"directions-{run.id}",
            label_visibility="collapsed",
        )  # fmt: skip
        others = _companions(run) if kind != "random" else []
        _slice(run, kind or "path", others, made)
    left, right = st.columns(2, gap="medium")
    with left, layout.card("Sharpness through training", "largest eigenvalue of the Hessian of the loss", SHARP):
        _sharpness(run, record, made)
    with right, layout.card("The straight line to another run", "loss at the weights in between", LINE):
        _line(run, made)


def _companions(run: Run) -> list[str]:
    """Runs of the same study, or others that are chosen, whose paths share the picture."""
    runs = [one for one in loading.recent_runs() if one.id != run.id and one.is_over]
    usual = [one.id for one in runs if run.study and one.study == run.study][:7]
    names = {one.id: one.name or "run" for one in runs}
    return st.multiselect(
        "Other runs of the same network on the same rows",
        list(names),
        default=usual,
        max_selections=7,
        format_func=lambda one: layout.plain(names.get(one, "run")),
        key=f"others-{run.id}",
    )


def _slice(run: Run, kind: str, others: list[str], made: Made) -> None:
    told = loading.ask("surface", run=run.id, sequence=run.sequence, directions=kind, others=others)
    if "problems" in told:
        layout.problems(told)
        return
    loss = np.array([[np.nan if v is None else v for v in row] for row in told["loss"]], dtype=float)
    names = [path["name"] or "run" for path in told["paths"]]
    paths = pd.concat([_path(path, number) for number, path in enumerate(told["paths"])], ignore_index=True)
    directions = ("first direction", "second direction") if kind == "path" else ("random direction", "another one")

    def figure() -> Any:
        return charts.slices(loss, told["a"], told["b"], paths, names, directions, layout.mode())

    left, right = st.columns([5, 3], gap="medium")
    with left:
        name = f"slice {kind} {others} {layout.mode()}"
        layout.chart(made(name, figure), "The loss around the weights, and the path", key="slice")
    with right:
        centre = float(loss[np.argmin(np.abs(told["b"])), np.argmin(np.abs(told["a"]))])
        st.metric("Loss where it ended", wording.loss(centre))
        st.caption(f"on {told['rows']:,} training rows; lowest in this slice {wording.loss(float(np.nanmin(loss)))}")
        if kind == "path":
            shown = wording.percent(1 - told["off"])
            st.caption(f"The plane holds {shown} of the spread of the weights along the way; the rest lies outside it.")


def _path(path: dict[str, Any], number: int) -> pd.DataFrame:
    table = pd.DataFrame({"a": path["a"], "b": path["b"], "epoch": path["epochs"], "run": number})
    last = len(table) - 1
    return table.assign(is_end=[k == last for k in range(last + 1)], is_start=[k == 0 < last for k in range(last + 1)])


def _sharpness(run: Run, record: Record, made: Made) -> None:
    told = loading.ask("sharpness", run=run.id, sequence=run.sequence)
    if "problems" in told:
        layout.problems(told)
        return
    table = pd.DataFrame({"epoch": told["epochs"], "value": pd.Series(told["values"], dtype=float)})
    optimizer = run.experiment["optimizer"]
    limit = 2 / optimizer["learning_rate"] if optimizer["kind"] == "sgd" else None
    limit = limit if limit is not None and limit < 5 * max(table["value"].max(), 1e-9) else None
    layout.chart(made("sharpness", lambda: charts.sharp(table, limit, record.reach)), "Sharpness", key="sharpness")


def _line(run: Run, made: Made) -> None:
    runs = {one.id: one.name or "run" for one in loading.recent_runs() if one.id != run.id and one.is_over}
    other = st.selectbox(
        "Other run", list(runs), index=None, format_func=lambda one: layout.plain(runs.get(one, "run")),
        key=f"line-{run.id}", placeholder="choose a run of the same network",
    )  # fmt: skip
    if other is None:
        return
    told = loading.ask("line", run=run.id, sequence=run.sequence, other=other)
    if "problems" in told:
        layout.problems(told)
        return
    parts = [
        pd.DataFrame({"at": told["at"], "split": split, "loss": pd.Series(told[split], dtype=float)})
        for split in ("train", "validation")
        if told[split]
    ]
    table, names = pd.concat(parts), (told["names"][0] or "run", told["names"][1] or "run")
    layout.chart(made(f"line {other}", lambda: charts.between(table, names)), "Loss between two runs", key="line")


SLICE_NOTE = "shade: loss, low is empty and high is full · dots: its weights at recorded epochs"
SLICE = (
    "Each point is a network: the weights where training ended, moved along two directions. In the plane of its own "
    "path the dots are the network on its way; random directions are as long as each unit's own weights."
)
SHARP = (
    "How steeply the slope itself changes in the worst direction. Plain gradient descent cannot settle where it "
    "exceeds 2 ÷ learning rate; it often climbs to just there and hovers."
)
LINE = "A hill between two networks that are equally good means two different valleys; none means one and the same."
