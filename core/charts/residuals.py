"""Charts of a regression: predicted against true, residuals by prediction, their spread through training."""

import altair as alt
import pandas as pd

from core.charts import pieces
from core.charts.axes import dodged, epoch_x
from core.charts.pieces import Chart

OUTER, INNER = ("q05", "q95"), ("q25", "q75")
WORST = 1.5
"""Errors beyond so many times that of a guess lie on the chart's edge (our choice)."""
MOST_NAMES = 8
"""Targets that are named on an axis; of more, their numbers (our choice)."""


def predicted(table: pd.DataFrame, target: str, domain: tuple[float, float], planned: int, height: int = 360) -> Chart:
    """Predicted against true, one dot per row, with an epoch slider. table: epoch, row, true, predicted, residual.
    domain: the range of the truth, the same for both axes; predictions beyond it lie on its edge. target: its safe
    name."""
    table = pieces.held(table)
    scale = alt.Scale(domain=list(domain), nice=False, zero=False, clamp=True)
    x = alt.X("true:Q", scale=scale, axis=pieces.below(f"true {target}", tickCount=6))
    y = alt.Y("predicted:Q", scale=scale, axis=pieces.above(f"predicted {target}", tickCount=6))
    shown = alt.Chart(table).transform_filter(pieces.at_slider())
    ends = alt.Chart(pd.DataFrame({"at": list(domain)}))
    right = ends.mark_line(strokeDash=[3, 3], strokeWidth=1.2)
    same = alt.Chart(pd.DataFrame({"at": [domain[1]], "words": ["right"]}))
    layers = [
        shown.mark_circle(size=46, opacity=0.6).encode(x=x, y=y, color=pieces.ORANGE, tooltip=_tips()),
        right.encode(x=alt.X("at:Q", scale=scale), y=alt.Y("at:Q", scale=scale), color=pieces.GRAY),
        same.mark_text(align="left", dx=6, fontSize=pieces.NOTE).encode(
            x=alt.X("at:Q", scale=scale), y=alt.Y("at:Q", scale=scale), text=alt.Text("words:N"), color=pieces.GRAY
        ),
        pieces.epochs_seen(table, 8, 4),
    ]
    return pieces.layered(*layers, height=height, slider_to=planned)


def by_prediction(rows: pd.DataFrame, groups: pd.DataFrame, target: str, height: int = 280) -> Chart:
    """Residuals against predictions with their middle half and middle nine tenths by groups of as many rows. rows:
    row, true, predicted, residual; groups: predicted, low, high, q05 … q95. A healthy band is level and as wide on
    the left as on the right."""
    across = alt.Scale(zero=False, nice=False)
    x = alt.X("predicted:Q", scale=across, axis=pieces.below(f"predicted {target}", tickCount=6))
    reach = float(rows["residual"].abs().max()) * 1.05 if len(rows) else 1.0
    scale = alt.Scale(nice=False)
    y = alt.Y("residual:Q", scale=scale, axis=pieces.above("predicted − true", tickCount=5))
    base, zero = alt.Chart(groups), alt.Chart(pd.DataFrame({"y": [0]}))
    wide = {"x": alt.X("low:Q", scale=across), "x2": alt.X2("high:Q")}
    boxes = [
        base.mark_rect(opacity=opacity).encode(**wide, y=alt.Y(f"{low}:Q", scale=scale), y2=alt.Y2(f"{high}:Q"))
        for (low, high), opacity in ((OUTER, 0.10), (INNER, 0.16))
    ]
    return pieces.layered(
        alt.Chart(rows).mark_circle(size=34, opacity=0.6).encode(x=x, y=y, color=pieces.ORANGE, tooltip=_tips()[:-1]),
        *boxes,
        pieces.holding(-reach, reach, scale),
        zero.mark_rule(strokeDash=[3, 3]).encode(y=alt.Y("y:Q", scale=scale), color=pieces.GRAY),
        base.mark_rule(strokeWidth=pieces.LINE).encode(**wide, y=alt.Y("q50:Q", scale=scale)),
        height=height,
    )


def spread(table: pd.DataFrame, planned: int, reach: float, height: int = 260) -> Chart:
    """Quantiles of predicted − true through training: line = median, bands = middle half and middle nine tenths.
    table: epoch, q05 … q95, unmeasured. reach: half the height of the axis in the target's unit, fixed for a live
    run; what lies beyond is cut off."""
    table = pieces.thinned(table)
    scale = alt.Scale(domain=[-reach, reach], nice=False, clamp=True)
    x = epoch_x(planned)
    axis = pieces.above("predicted − true", tickCount=5)
    y = alt.Y("q50:Q", scale=scale, axis=axis)
    known = table.dropna(subset=["q50"])
    base, zero = alt.Chart(known), alt.Chart(pd.DataFrame({"y": [0]}))
    tips = [
        alt.Tooltip("epoch:Q", format=",d"),
        alt.Tooltip("q50:Q", title="median", format=",.3~g"),
        alt.Tooltip("q25:Q", title="middle half from", format=",.3~g"),
        alt.Tooltip("q75:Q", title="to", format=",.3~g"),
        alt.Tooltip("q05:Q", title="nine tenths from", format=",.3~g"),
        alt.Tooltip("q95:Q", title="to ", format=",.3~g"),
        alt.Tooltip("unmeasured:Q", title="rows not a number", format=",d"),
    ]
    last = known.tail(1)
    names = pd.DataFrame({"place": [*last["q95"], *last["q75"]], "words": ["nine tenths", "half"][: 2 * len(last)]})
    names["epoch"] = [*last["epoch"], *last["epoch"]]
    names["place"] = dodged(names["place"].tolist(), -reach, reach, 0.07)
    return pieces.layered(
        *(
            base.mark_area(opacity=opacity).encode(
                x=x, y=alt.Y(f"{low}:Q", scale=scale, axis=axis), y2=alt.Y2(f"{high}:Q"), color=pieces.ORANGE
            )
            for (low, high), opacity in ((OUTER, 0.16), (INNER, 0.28))
        ),
        *pieces.still_to_come(int(table["epoch"].max()), planned),
        base.mark_line(strokeWidth=pieces.LINE).encode(x=x, y=y),
        zero.mark_rule(strokeDash=[3, 3]).encode(y=alt.Y("y:Q", scale=scale), color=pieces.GRAY),
        base.mark_point(size=160, opacity=0).encode(x=x, y=y, tooltip=tips),
        alt.Chart(names)
        .mark_text(align="left", dx=8, fontSize=pieces.NOTE)
        .encode(x=x, y=alt.Y("place:Q", scale=scale), text=alt.Text("words:N")),
        alt.Chart(table[table["unmeasured"] > 0])
        .mark_text(text="✕", fontSize=11)
        .encode(x=x, y=alt.YValue(4), color=pieces.RED, tooltip=[tips[0], tips[-1]]),
        height=height,
    )


def by_target(table: pd.DataFrame, is_steps: bool, planned: int, height: int = 240) -> Chart:
    """The error of each of several targets as a share of a guess's, with an epoch slider: 0 is perfect, the dashed line
    a guess. table: epoch, place, name (safe), error, guess, share. is_steps: they are steps of a sequence, in order."""
    shown = pieces.held(table.assign(shown=table["share"].clip(upper=WORST)))
    count = int(table["place"].max())
    scale = alt.Scale(domain=[0.5, count + 0.5], nice=False)
    numbered = pieces.below("step" if is_steps else "target", tickMinStep=1, format="d", tickCount=min(count, 10))
    names = alt.Axis(title=None, labelAngle=0, domain=False, ticks=False, labelLimit=110)
    x: alt.X = alt.X("place:Q", scale=scale, axis=numbered)
    if not is_steps and count <= MOST_NAMES:
        x = alt.X("name:N", sort=table.drop_duplicates("place")["name"].tolist(), axis=names)
    y_scale = alt.Scale(domain=[0, WORST], nice=False)
    y = alt.Y("shown:Q", scale=y_scale, axis=pieces.above("error ÷ that of a guess", values=[0, 0.5, 1, 1.5]))
    tips = [
        alt.Tooltip("name:N", title="target"),
        alt.Tooltip("error:Q", title="typical error (RMSE)", format=",.3~g"),
        alt.Tooltip("guess:Q", title="of a guess", format=",.3~g"),
        alt.Tooltip("share:Q", title="share", format=".0%"),
        alt.Tooltip("epoch:Q", format=",d"),
    ]
    base = alt.Chart(shown).transform_filter(pieces.at_slider())
    guess = alt.Chart(pd.DataFrame({"at": [1.0], "words": ["a guess"]}))
    marks = [
        guess.mark_rule(strokeDash=[3, 3]).encode(y=alt.Y("at:Q", scale=y_scale), color=pieces.GRAY),
        guess.mark_text(align="right", baseline="bottom", dx=-4, dy=-3, fontSize=pieces.NOTE).encode(
            x=pieces.RIGHT_EDGE, y=alt.Y("at:Q", scale=y_scale), text=alt.Text("words:N"), color=pieces.GRAY
        ),
        base.mark_point(filled=True, size=60, opacity=1).encode(x=x, y=y, color=pieces.ORANGE, tooltip=tips),
        pieces.epochs_seen(shown, 8, 14),
    ]
    line = [base.mark_line(strokeWidth=pieces.LINE).encode(x=x, y=y, color=pieces.ORANGE)] if is_steps else []
    return pieces.layered(*line, *marks, height=height, slider_to=planned)


def distribution(table: pd.DataFrame, half_within: float, target: str, height: int = 240) -> Chart:
    """Rows by residual; dashed lines at ∓ half_within hold half of the rows between them. table: low, high, count."""
    base = alt.Chart(table.assign(zero=0))
    scale = alt.Scale(nice=False, zero=True)
    x = alt.X("low:Q", scale=scale, axis=pieces.below(f"predicted − true, {target}", tickCount=6))
    y_scale = alt.Scale(nice=False, zero=True)
    y = alt.Y("count:Q", scale=y_scale, axis=pieces.above("rows", tickMinStep=1, tickCount=4, format="d"))
    tips = [
        alt.Tooltip("low:Q", title="from", format=",.3~g"),
        alt.Tooltip("high:Q", title="to", format=",.3~g"),
        alt.Tooltip("count:Q", title="rows", format=",d"),
    ]
    halves = pd.DataFrame({"at": [-half_within, half_within], "words": ["", "half of the rows within"]})
    rule, bars = alt.Chart(halves), base.mark_rect(opacity=0.75)
    return pieces.layered(
        bars.encode(x=x, x2=alt.X2("high:Q"), y=y, y2=alt.Y2("zero:Q"), color=pieces.ORANGE, tooltip=tips),
        rule.mark_rule(strokeDash=[3, 3], strokeWidth=1.2).encode(x=alt.X("at:Q", scale=scale)),
        rule.mark_text(align="left", baseline="bottom", dx=-4, dy=-2, fontSize=pieces.NOTE).encode(
            x=alt.X("at:Q", scale=scale), y=alt.YValue(0), text=alt.Text("words:N")
        ),
        height=height,
    )


def _tips() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("row:Q", format=",d"),
        alt.Tooltip("true:Q", format=",.4~g"),
        alt.Tooltip("predicted:Q", format=",.4~g"),
        alt.Tooltip("residual:Q", title="predicted − true", format=",.3~g"),
        alt.Tooltip("epoch:Q", format=",d"),
    ]
