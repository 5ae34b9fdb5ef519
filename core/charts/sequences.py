"""Rows that are sequences, a few of them one above the other."""

import altair as alt
import pandas as pd

from core.charts.names import safe_name
from core.charts.pieces import GRAY, NOTE, RIGHT_EDGE, Chart, below, layered

DASHES = [[1, 0], [2, 2], [6, 3]]


def few(table: pd.DataFrame, target: str, small: bool = False) -> Chart:
    """table: place, label, step, name, value, shown. small: a thumbnail without axes and labels."""
    names = list(dict.fromkeys(table["name"]))
    shown = table.assign(kind=table["name"].map({name: k for k, name in enumerate(names)}))
    shown["name"] = shown["name"].map({name: safe_name(name) for name in names})
    shown["label"] = [safe_name(label) for label in shown["label"]]
    rows, steps = int(shown["place"].max()) + 1, int(shown["step"].max())
    hidden = alt.Axis(labels=False, ticks=False, grid=False, domain=False, title=None)
    across = hidden if small else below("step", tickMinStep=1, format="d", tickCount=8)
    x = alt.X("step:Q", scale=alt.Scale(domain=[0.5, steps + 0.5], nice=False), axis=across)
    y = alt.Y("shown:Q", scale=alt.Scale(domain=[-0.1, rows], nice=False), axis=hidden)
    dash = alt.StrokeDash("kind:O", scale=alt.Scale(domain=[0, 1, 2], range=DASHES), legend=None)
    tips = [
        alt.Tooltip("label:N", title=safe_name(target)),
        alt.Tooltip("step:Q"),
        alt.Tooltip("name:N", title="value"),
        alt.Tooltip("value:Q", format=".3g"),
    ]
    base = alt.Chart(shown)
    detail = [alt.Detail("place:N"), alt.Detail("name:N")]
    marks = [base.mark_line(strokeWidth=1.2 if small else 1.6).encode(x=x, y=y, detail=detail, strokeDash=dash)]
    if not small:
        marks.append(base.mark_circle(size=16, opacity=1).encode(x=x, y=y, tooltip=tips))
        ends = shown.drop_duplicates("place").assign(middle=lambda rows: rows["place"] + 0.4, words=shown["label"])
        text = alt.Chart(ends[["middle", "words"]]).mark_text(align="left", dx=8, fontSize=NOTE)
        at = alt.Y("middle:Q", scale=alt.Scale(domain=[-0.1, rows], nice=False), axis=hidden)
        marks.append(text.encode(x=RIGHT_EDGE, y=at, text=alt.Text("words:N"), color=GRAY))
    return layered(*marks, height=110 if small else 320)
