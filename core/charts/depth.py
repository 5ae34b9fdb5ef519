"""How far a straight cut gets after each layer, now and through training."""

import altair as alt
import pandas as pd

from core.charts import pieces
from core.charts.axes import epoch_x
from core.charts.pieces import Chart

ROOM = 1.19
"""Where the axis of a share ends: above 100 % there is room for numbers and the epoch, and none for another tick."""


def by_layer(table: pd.DataFrame, guess: float | None, title: str, planned: int, height: int = 260) -> Chart:
    """table: epoch, layer, split (train, validation), score, name. guess: what a guess reaches. A slider moves through
    the epochs."""
    names = table.drop_duplicates("layer").sort_values("layer")["name"].tolist()
    low = min([0.0 if guess is None else guess - 0.1, float(table["score"].min())])
    low = max(0.0, min(low, 0.9))
    scale = alt.Scale(domain=[low, ROOM], nice=False)
    x = alt.X("name:N", sort=names, axis=alt.Axis(title=None, labelAngle=0, domain=False, ticks=False, labelLimit=90))
    y = alt.Y("score:Q", scale=scale, axis=pieces.above(title, format="%", tickCount=5))
    colour = alt.Color("split:N", scale=_SPLITS, legend=alt.Legend(title=None, orient="top"))
    table = table.assign(score=table["score"].clip(lower=low))
    higher = table.groupby(["epoch", "layer"])["score"].transform("max")
    shown = pieces.held(table.assign(higher=higher))
    tips = [
        alt.Tooltip("name:N", title="after"),
        alt.Tooltip("split:N"),
        alt.Tooltip("score:Q", format=".1%"),
        alt.Tooltip("epoch:Q"),
    ]
    base = alt.Chart(shown).transform_filter(pieces.at_slider())
    words = base.transform_filter("datum.split == 'train'").mark_text(dy=-13, fontSize=pieces.NOTE)
    marks = [
        base.mark_line(strokeWidth=pieces.LINE).encode(x=x, y=y, color=colour),
        base.mark_point(filled=True, size=60, opacity=1).encode(x=x, y=y, color=colour, tooltip=tips),
        words.encode(
            x=x, y=alt.Y("higher:Q", scale=scale), text=alt.Text("score:Q", format=".0%"), color=alt.ColorValue("blue")
        ),
        pieces.epochs_seen(shown, alt.expr("width - 64"), -16),
    ]
    if guess is not None:
        marks += _guess(guess, scale)
    return pieces.layered(*marks, height=height, slider_to=planned)


def through_training(table: pd.DataFrame, title: str, planned: int, height: int = 260) -> Chart:
    """The same rows as a heat map: epochs to the right, layers upwards, the share on the ramp. table: one split."""
    table = pieces.until_next(table)
    rows = pieces.rows_of(table["layer"].tolist())
    table = table.assign(middle=table["layer"].map(rows))
    table = table.assign(bottom=table["middle"] - 0.45, top=table["middle"] + 0.45)
    low = float(table["score"].min())
    x = epoch_x(planned)
    y_scale = alt.Scale(domain=[-0.5, len(rows) - 0.5], nice=False)
    hidden = alt.Axis(labels=False, ticks=False, grid=False, domain=False, title=None, minExtent=76)
    y = alt.Y("bottom:Q", scale=y_scale, axis=hidden)
    ramp = alt.Scale(domain=[max(0.0, low - 0.02), 1], range="ramp", interpolate="lab", clamp=True)
    key = alt.Legend(title=None, orient="top", format="%", gradientLength=160)
    colour = alt.Color("score:Q", scale=ramp, legend=key)
    tips = [
        alt.Tooltip("name:N", title="after"),
        alt.Tooltip("score:Q", title=title, format=".1%"),
        alt.Tooltip("epoch:Q"),
    ]
    cells = (
        alt.Chart(table)
        .mark_rect()
        .encode(x=x, x2=alt.X2("until:Q"), y=y, y2=alt.Y2("top:Q"), color=colour, tooltip=tips)
    )
    return pieces.layered(cells, pieces.row_names(table[["middle", "name"]], y_scale), height=height)


_SPLITS = alt.Scale(domain=["train", "validation"], range=["blue", "orange"])


def _guess(guess: float, scale: alt.Scale) -> list[alt.Chart]:
    base = alt.Chart(pd.DataFrame({"y": [guess], "words": ["guessing"]}))
    y = alt.Y("y:Q", scale=scale)
    return [
        base.mark_rule(strokeDash=[3, 3], strokeWidth=1).encode(y=y, color=pieces.GRAY),
        base.mark_text(align="right", baseline="bottom", dx=-4, dy=-3, fontSize=pieces.NOTE).encode(
            x=pieces.RIGHT_EDGE, y=y, text=alt.Text("words:N"), color=pieces.GRAY
        ),
    ]
