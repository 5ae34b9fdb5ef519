"""A further look of the Representation page: which inputs matter."""

import pandas as pd
import streamlit as st

from core.analysis.record import Record
from core.charts import matter
from core.store import Run
from pages.shared import layout, loading
from pages.shared.loading import Made

LEAST_SIDE = 4


def draw(run: Run, record: Record, made: Made) -> None:
    """Permutation importance and integrated gradients, per column or per pixel."""
    told = loading.ask("inputs", run=run.id, sequence=run.sequence)
    if "problems" in told:
        layout.problems(told)
        return
    table = pd.DataFrame(told["columns"])
    side = round(len(told["pixels"]) ** 0.5)
    is_image = side >= LEAST_SIDE and side * side == len(told["pixels"]) == len(table)
    score = "accuracy" if record.is_classification else "R²"
    where = f"{told['rows']:,} {told['split']} rows, last weights"
    left, right = st.columns(2, gap="medium")
    with left, layout.card("What shuffling a column costs", f"fall of {score} · {where}", SHUFFLE):
        if is_image:
            figure = made("shuffled", lambda: matter.pixels(table["score"].tolist(), side, f"fall of {score}"))
        else:
            by = table.sort_values("score", ascending=False)
            figure = made("shuffled", lambda: matter.bars(by, "score", "spread", f"fall of {score}"))
        layout.chart(figure, "What shuffling each column costs", key="shuffled")
    with right, layout.card("What each column brings to the answer", f"integrated gradients · {where}", GRADIENTS):
        if is_image:
            figure = made("attributed", lambda: matter.pixels(told["pixels"], side, "mean size"))
        else:
            by_part = table.sort_values("part", ascending=False)
            figure = made("attributed", lambda: matter.bars(by_part, "part", None, "share of all attributions"))
        layout.chart(figure, "What each column brings to the answer", key="attributed")
        st.caption(f"Attributions of a row add up to its answer within {told['off']:.2g}.")


SHUFFLE = (
    "All values of a column are dealt anew among the rows, five times, and the score measured again (Breiman 2001). "
    "Two columns that say the same protect each other: each alone seems worthless. Whiskers: standard deviation."
)
GRADIENTS = (
    "Slopes of the row's own answer, added up on the straight way from the mean row to it (Sundararajan and others "
    "2017). Shown is their mean size over rows."
)
