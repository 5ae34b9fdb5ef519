"""What every chart of ours must pass: it compiles, its budget holds, its words are safe."""

import json

import altair as alt
import vl_convert

from core.charts.ready import ready
from core.charts.theme import Mode, for_export

HOSTILE = [
    "a.b",
    "a[0]",
    "it's",
    'q"uote',
    "<img src=x onerror=alert(1)>",
    "x:Q",
    ":red[hi]",
    "[x](javascript:alert(1))",
    "back\\slash",
    "",
    "new\nline",
    "toString",
    "__proto__",
    "n" * 300,
    "\u202eright to left",
    "=1+1",
]
MOST_ROWS = 5_000


def svg(chart: alt.LayerChart, mode: Mode = "light", width: int = 480) -> str:
    """The chart drawn without a browser; raises where Vega does."""
    with alt.data_transformers.enable("default", max_rows=None):
        spec = for_export(chart.to_dict(), mode)
    spec["width"] = width
    return vl_convert.vegalite_to_svg(spec, vl_version="6.4")


def passes(chart: alt.LayerChart) -> str:
    """Draws it on a phone's width and gives the drawing; no dataset is over the budget, and it is not empty."""
    with alt.data_transformers.enable("default", max_rows=None):
        datasets = chart.to_dict().get("datasets", {})
    assert all(len(rows) <= MOST_ROWS for rows in datasets.values())
    drawn = svg(chart, "dark", 300)
    assert ' mark"' in drawn, "no mark was drawn"
    return drawn


def stable_bytes(chart: alt.LayerChart) -> str:
    """The specification without its data, as a page sends it."""
    return json.dumps(ready(chart).spec, sort_keys=True)
