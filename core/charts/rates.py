"""Learning rates before a run: through its epochs, and the loss against a growing one on a logarithmic axis."""

import altair as alt
import pandas as pd

from core.charts.pieces import GRAY, LINE, NOTE, Chart, above, below, layered


def planned(table: pd.DataFrame, height: int = 160) -> Chart:
    """The rate through training. table: epoch, rate."""
    last, top = int(table["epoch"].max()), float(table["rate"].max())
    x = alt.X("epoch:Q", scale=alt.Scale(domain=[1, max(2, last)], nice=False), axis=below("epoch", tickMinStep=1))
    scale = alt.Scale(domain=[0, 1.15 * top or 1.0], nice=False)
    axis = above("learning rate", values=[0, top], format=".3~g")
    tips = [alt.Tooltip("epoch:Q", format=",d"), alt.Tooltip("rate:Q", format=".3~g", title="learning rate")]
    line = alt.Chart(table).mark_line(strokeWidth=LINE, interpolate="step-after")
    return layered(line.encode(x=x, y=alt.Y("rate:Q", scale=scale, axis=axis), tooltip=tips), height=height)


def curve(table: pd.DataFrame, marks: pd.DataFrame, top: float, height: int = 240) -> Chart:
    """table: rate, loss, smooth. marks: rate, words, is_proposed. top: of the axis; what is higher is cut off."""
    scale = alt.Scale(type="log", nice=False, domain=[float(table["rate"].min()), 10.0])
    x = alt.X("rate:Q", scale=scale, axis=below("learning rate", format="~g", tickCount=7))
    heights = alt.Scale(domain=[0, top], nice=False)
    base = alt.Chart(table)
    tips = [alt.Tooltip("rate:Q", format=".2~g", title="learning rate"), alt.Tooltip("smooth:Q", format=".3f")]
    layers = [
        base.mark_circle(size=12, opacity=0.35, clip=True).encode(
            x=x,
            y=alt.Y("loss:Q", scale=heights, axis=above("loss of a batch", tickCount=4)),
            color=GRAY,
        ),
        base.mark_line(strokeWidth=LINE, clip=True).encode(x=x, y=alt.Y("smooth:Q", scale=heights), tooltip=tips),
    ]
    for is_proposed, colour, row in ((True, "green", 12), (False, "gray", 30)):
        shown = alt.Chart(marks).transform_filter(f"datum.is_proposed == {str(is_proposed).lower()}")
        layers += [
            shown.mark_rule(strokeDash=[3, 3]).encode(x=x, color=alt.ColorValue(colour)),
            shown.mark_text(align="right", dx=-6, fontSize=NOTE).encode(
                x=x, y=alt.YValue(row), text=alt.Text("words:N"), color=alt.ColorValue(colour)
            ),
        ]
    return layered(*layers, height=height)
