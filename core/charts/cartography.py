"""The map of rows: confidence in the true class upwards, how much it moved to the right."""

import altair as alt
import pandas as pd

from core.charts.pieces import NOTE, above, below, layered

LOOKS = {"easy": ("green", "circle"), "ambiguous": ("gray", "square"), "hard": ("red", "diamond")}
MOST_POINTS = 3_000


def rows(table: pd.DataFrame, height: int = 400) -> alt.LayerChart:
    """table: row, confidence, variability, right, kind (easy, ambiguous, hard). Of very many rows, the hard ones and an
    even choice of the others are drawn."""
    shown = table if len(table) <= MOST_POINTS else _thinned(table)
    kinds = list(LOOKS)
    x = alt.X(
        "variability:Q",
        scale=alt.Scale(domain=[0, 0.5], nice=False),
        axis=below("spread of the confidence over epochs", tickCount=5),
    )
    axis = above("mean confidence in the truth", format="%", values=[0, 0.25, 0.5, 0.75, 1])
    y = alt.Y("confidence:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)
    colour = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[LOOKS[k][0] for k in kinds]), legend=None)
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=[LOOKS[k][1] for k in kinds]), legend=None)
    tips = [
        alt.Tooltip("row:Q"),
        alt.Tooltip("confidence:Q", format=".0%"),
        alt.Tooltip("variability:Q", format=".2f"),
        alt.Tooltip("right:Q", title="right in epochs", format=".0%"),
    ]
    points = alt.Chart(shown).mark_point(filled=True, size=38, opacity=0.7)
    names = pd.DataFrame({"variability": [0.02, 0.3, 0.02], "confidence": [0.93, 0.55, 0.05], "kind": kinds})
    words = alt.Chart(names).mark_text(align="left", fontSize=NOTE, fontWeight="bold")
    return layered(
        points.encode(x=x, y=y, color=colour, shape=shape, tooltip=tips),
        words.encode(x=x, y=y, text=alt.Text("kind:N")),
        height=height,
    )


def _thinned(table: pd.DataFrame) -> pd.DataFrame:
    hard, others = table[table["kind"] == "hard"].head(MOST_POINTS // 2), table[table["kind"] != "hard"]
    step = max(1, -(-len(others) // (MOST_POINTS - len(hard))))
    return pd.concat([hard, others.iloc[::step]], ignore_index=True)
