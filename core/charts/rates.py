"""The loss against a growing learning rate, on a logarithmic axis."""

import altair as alt
import pandas as pd

from core.charts.pieces import LINE, NOTE, Chart, above, below


def curve(table: pd.DataFrame, marks: pd.DataFrame, top: float, height: int = 240) -> Chart:
    """table: rate, loss, smooth. marks: rate, words, is_proposed. top: of the axis; what is higher is cut off."""
    scale = alt.Scale(type="log", nice=False, domain=[float(table["rate"].min()), 10.0])
    x = alt.X("rate:Q", scale=scale, axis=below("learning rate", format="~g", tickCount=7))
    heights = alt.Scale(domain=[0, top], nice=False)
    base = alt.Chart(table)
    tips = [alt.Tooltip("rate:Q", format=".2~g", title="learning rate"), alt.Tooltip("smooth:Q", format=".3f")]
    layers = [
        base.mark_circle(size=12, opacity=0.35, clip=True).encode(
            x=x, y=alt.Y("loss:Q", scale=heights, axis=above("loss of a batch", tickCount=4)), color=alt.value("gray")
        ),
        base.mark_line(strokeWidth=LINE, clip=True).encode(x=x, y=alt.Y("smooth:Q", scale=heights), tooltip=tips),
    ]
    for is_proposed, colour, row in ((True, "green", 12), (False, "gray", 30)):
        shown = alt.Chart(marks).transform_filter(f"datum.is_proposed == {str(is_proposed).lower()}")
        layers += [
            shown.mark_rule(strokeDash=[3, 3]).encode(x=x, color=alt.value(colour)),
            shown.mark_text(align="right", dx=-6, fontSize=NOTE).encode(
                x=x, y=alt.value(row), text=alt.Text("words:N"), color=alt.value(colour)
            ),
        ]
    return alt.LayerChart(layer=layers).properties(height=height)
