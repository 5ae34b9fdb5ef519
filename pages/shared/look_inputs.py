"""A further look of the Representation page: which inputs matter."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.record import Record
from core.charts import matter
from core.charts.pieces import Chart
from core.store import Run
from pages.shared import layout, loading, targets
from pages.shared.making import Made


def draw(run: Run, record: Record, made: Made) -> None:
    """Permutation importance and integrated gradients, per column, per step of a sequence or per patch of an image."""
    told = loading.ask("inputs", run=run.id, sequence=run.sequence, **targets.asked(run, record))
    if "problems" in told:
        layout.problems(told)
        return
    table, shape = pd.DataFrame(told["columns"]), [int(side) for side in record.meta.get("shape") or ()]
    score = "accuracy" if record.is_classification else "R²"
    where = f"{told['rows']:,} {told['split']} rows, last weights"
    tiles = told["patches"] or []
    what = "column" if not tiles else "patch" if len(set(tiles)) < len(tiles) else "pixel"
    left, right = st.columns(2, gap="medium")
    with left, layout.card(f"What shuffling a {what} costs", f"fall of {score} · {where}", SHUFFLE[what]):
        figure = made("shuffled", lambda: _figure(told, table, shape, "score", f"fall of {score}"))
        layout.chart(figure, f"What shuffling each {what} costs", key="shuffled")
    with (
        right,
        layout.card(f"What each {BRINGS[what]} brings to the answer", f"integrated gradients · {where}", SLOPES),
    ):
        if table["part"].isna().all():
            st.caption(NO_ANSWER)
            return
        title = "mean size" if told["patches"] else "share of all attributions"
        figure = made(
            f"attributed {targets.looked_at(run, record)}", lambda: _figure(told, table, shape, "part", title)
        )
        layout.chart(figure, f"What each {BRINGS[what]} brings to the answer", key="attributed")
        off = "within less than 0.001" if told["off"] < 1e-3 else f"within {told['off']:.2g}"
        st.caption(f"Attributions of a row add up to its answer {off}.")


def _figure(told: dict[str, Any], table: pd.DataFrame, shape: list[int], field: str, title: str) -> Chart:
    if told["patches"]:
        channels, high, wide = shape
        each = table[field].to_numpy()[told["patches"]] if field == "score" else np.array(told["pixels"], dtype=float)
        return matter.pixels(each.reshape(channels, high * wide).mean(0).tolist(), wide, title)
    spread = "spread" if field == "score" else None
    if len(shape) == 2 and shape[0] * shape[1] == len(table):
        return matter.steps(table, shape[1], field, spread, title)
    return matter.bars(table.sort_values(field, ascending=False), field, spread, title)


BRINGS = {"patch": "pixel", "pixel": "pixel", "column": "column"}
SHUFFLE = {
    "pixel": "A pixel of all pictures is dealt anew among them, five times, and the score measured again (Breiman "
    "2001). Neighbours that say the same protect each other: each alone seems worthless.",
    "column": "All values of a column are dealt anew among the rows, five times, and the score measured again "
    "(Breiman 2001). Two columns that say the same protect each other: each alone seems worthless. Whiskers: standard "
    "deviation.",
    "patch": "A small square of all pictures is dealt anew among them, five times, and the score measured again "
    "(Breiman 2001). Neighbours that say the same protect each other: each alone seems worthless.",
}
SLOPES = (
    "Slopes of the row's own answer, added up on the straight way from the mean row to it (Sundararajan and others "
    "2017). Shown is their mean size over rows."
)
NO_ANSWER = (
    "An autoencoder gives back a whole row: there is no single answer of which each input could bring a part. What "
    "shuffling costs tells which inputs the rest cannot make up for."
)
