"""Charts as PNG or SVG without a browser, in the colours of either mode. Needs the `export` extra (vl-convert)."""

from importlib.util import find_spec
from typing import Any, Literal

import altair as alt

from core.charts.ready import Ready
from core.charts.theme import for_export

Format = Literal["png", "svg"]
VEGA_LITE = "6.4"
"""The newest that vl-convert carries; charts here use nothing newer."""
WIDTH = 900
SCALE = 2


def is_available() -> bool:
    """Whether this installation can export."""
    return find_spec("vl_convert") is not None


def export(chart: alt.TopLevelMixin | Ready, form: Format, mode: str | None = "light", width: int = WIDTH) -> bytes:
    """The picture's bytes: PNG at twice the size, or SVG. Raises RuntimeError where the extra is not installed."""
    if not is_available():
        raise RuntimeError("pictures need the export extra: pip install layerscope[export]")
    import vl_convert

    spec = for_export(_whole(chart), mode)
    spec.setdefault("width", width)
    if form == "png":
        return bytes(vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=SCALE))
    return str(vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)).encode()


def _whole(chart: alt.TopLevelMixin | Ready) -> dict[str, Any]:
    """The specification with its data in it."""
    if isinstance(chart, Ready):
        return chart.whole()
    with alt.data_transformers.disable_max_rows():
        return dict(chart.to_dict())
