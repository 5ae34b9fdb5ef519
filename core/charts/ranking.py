"""Charts of a ranking: hits against false alarms, precision against recall."""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from core.charts import pieces
from core.charts.pieces import Chart

_TIP_THRESHOLD = alt.Tooltip("threshold:Q", title="yes from a probability of", format=".3f")


def roc(table: pd.DataFrame, auc: float | None, height: int = 300) -> Chart:
    """Hits against false alarms, one point per threshold. table: false_share, hit_share, threshold. A guess is the
    diagonal. auc: the area, written in the plot; None is not written."""
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("false_share:Q", scale=scale, axis=pieces.below("false alarms, share of the others", **_SHARES))
    y = alt.Y("hit_share:Q", scale=scale, axis=pieces.above("hits, share of the class", **_SHARES))
    tips = [
        alt.Tooltip("hit_share:Q", title="hits", format=".1%"),
        alt.Tooltip("false_share:Q", title="false alarms", format=".1%"),
        _TIP_THRESHOLD,
    ]
    guess = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0]})
    return _curve(table, x, y, guess, auc, "area under the curve (AUC)", tips, height)


def precision(table: pd.DataFrame, average: float | None, base_rate: float, height: int = 300) -> Chart:
    """Precision against recall, one point per threshold. table: recall, precision, threshold. A guess has the class's
    own share as its precision at every recall."""
    table = pd.concat([table.head(1).assign(recall=0.0), table], ignore_index=True)
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("recall:Q", scale=scale, axis=pieces.below("recall, share of the class found", **_SHARES))
    y = alt.Y("precision:Q", scale=scale, axis=pieces.above("precision, share of the found that is right", **_SHARES))
    tips = [
        alt.Tooltip("recall:Q", format=".1%"),
        alt.Tooltip("precision:Q", format=".1%"),
        _TIP_THRESHOLD,
    ]
    guess = pd.DataFrame({"x": [0.0, 1.0], "y": [base_rate, base_rate]})
    return _curve(table, x, y, guess, average, "average precision", tips, height)


ABREAST = 0.045
"""Half the height of a note, as a share of the axis."""
_SHARES = {"format": "%", "values": [0, 0.25, 0.5, 0.75, 1]}


def _curve(
    table: pd.DataFrame,
    x: alt.X,
    y: alt.Y,
    guess: pd.DataFrame,
    area: float | None,
    area_word: str,
    tips: list[alt.Tooltip],
    height: int,
) -> Chart:
    table = table.assign(threshold=table["threshold"].replace(np.inf, np.nan))
    base, line = alt.Chart(table), alt.Chart(guess)
    steps = base.mark_line(strokeWidth=pieces.LINE, interpolate="step-before" if "recall" in table else "linear")
    level = float(guess["y"].iloc[0]) or 0.9
    beside = level - ABREAST if level > 2 * ABREAST else level + ABREAST
    middle = pd.DataFrame({"x": [0.98], "y": [beside], "words": ["guessing"]})
    near: dict[str, Any] = {"x": alt.X("x:Q", scale=x["scale"]), "y": alt.Y("y:Q", scale=y["scale"])}
    words = f"{area_word} {area:.3f}" if area is not None else ""
    told = pd.DataFrame({"words": [words], "x": [0.98], "y": [_free_height(table, level)]})
    number = pieces.words(told, align="right", baseline="middle", fontSize=13, fontWeight="bold")
    return pieces.layered(
        steps.encode(x=x, y=y, color=pieces.ORANGE),
        line.mark_line(strokeDash=[3, 3], strokeWidth=1).encode(**near, color=pieces.GRAY),
        pieces.words(middle, align="right", baseline="middle").encode(**near, color=pieces.GRAY),
        base.mark_point(size=120, opacity=0).encode(x=x, y=y, tooltip=tips),
        number.encode(**near),
        height=height,
    )


def _free_height(table: pd.DataFrame, level: float) -> float:
    """Where the area is written at the right: low, or high where the curve (or a guess's level) runs low there."""
    across, up = ("recall", "precision") if "recall" in table else ("false_share", "hit_share")
    late = table.loc[table[across] > 0.5, up]
    is_low = (len(late) > 0 and float(late.min()) < 4 * ABREAST) or ("recall" in table and level < 4 * ABREAST)
    return 1 - 1.5 * ABREAST if is_low else 1.5 * ABREAST
