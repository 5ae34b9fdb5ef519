"""The one table of colours, in light and in dark. It feeds the server's theme (a test compares), the dress of every
chart, and exports, where there is no browser to replace colour words by the theme's colours."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

Mode = Literal["light", "dark"]

FONT = "Source Sans, Source Sans Pro, Liberation Sans, sans-serif"


@dataclass(frozen=True)
class Theme:
    """Colours of one mode as hex. The eight words are what charts say in `encoding.color`; `*_text` is the same role as
    letters on the page; axis, grid and domain are for the frame of a chart."""

    primary: str
    page: str
    second: str
    ink: str
    border: str
    link: str
    blue: str
    orange: str
    violet: str
    red: str
    green: str
    yellow: str
    gray: str
    blue_text: str
    orange_text: str
    red_text: str
    green_text: str
    gray_text: str
    axis: str
    grid: str
    domain: str
    category: tuple[str, ...]
    ramp: tuple[str, ...]
    diverging: tuple[str, ...]

    @property
    def words(self) -> dict[str, str]:
        """What the browser puts in place of a colour word."""
        names = ("red", "orange", "yellow", "green", "blue", "violet", "gray", "primary")
        return {name: getattr(self, name) for name in names}

    @property
    def ranges(self) -> dict[str, list[str]]:
        """What the browser puts in place of a range's name."""
        return {"category": list(self.category), "ramp": list(self.ramp), "diverging": list(self.diverging)}

    @property
    def config(self) -> dict[str, Any]:
        """The keys of [theme.light] or [theme.dark] in .streamlit/config.toml."""
        words = ("blue", "orange", "violet", "red", "green", "yellow", "gray")
        letters = ("blue", "orange", "red", "green", "gray")
        plain = {f"{word}Color": getattr(self, word) for word in words}
        texts = {f"{word}TextColor": getattr(self, f"{word}_text") for word in letters}
        return {
            "primaryColor": self.primary,
            "backgroundColor": self.page,
            "secondaryBackgroundColor": self.second,
            "textColor": self.ink,
            "borderColor": self.border,
            "linkColor": self.link,
            **plain,
            **texts,
            "chartCategoricalColors": list(self.category),
            "chartSequentialColors": list(self.ramp),
            "chartDivergingColors": list(self.diverging),
        }


LIGHT = Theme(
    primary="#1C2128", page="#FBFAF6", second="#F2EFE7", ink="#1C2128", border="#DDD8CB", link="#0E4F96",
    blue="#1059A9", orange="#B65800", violet="#6B3468", red="#A0002B", green="#12806A", yellow="#8F6A0C",
    gray="#6C7077", blue_text="#0E4F96", orange_text="#A34F00", red_text="#A0002B", green_text="#0B6B58",
    gray_text="#5F636A", axis="#5F636A", grid="#E7E3D8", domain="#C9C3B4",
    category=("#2A9D98", "#8A0A6E", "#A07408", "#5F57DC", "#5E1A0A", "#4C8F2A", "#C4552D", "#3C4654"),
    ramp=("#F2EFE7", "#F1E0C4", "#EFCDA0", "#E9AD7A", "#E08B62", "#D46561", "#B84965", "#95336A", "#682761", "#3C1B54"),
    diverging=(
        "#173A7A", "#2F5DA8", "#5686CC", "#9DBDE6", "#E9E6DD", "#E9E6DD", "#F0AE98", "#DA6A68", "#B3384B", "#7E1237",
    ),
)  # fmt: skip
DARK = Theme(
    primary="#5874A8", page="#13161B", second="#1D2128", ink="#ECE9E2", border="#323842", link="#7FB9FF",
    blue="#7FB9FF", orange="#F98B1C", violet="#B05ECA", red="#DC5464", green="#8CEBC9", yellow="#E2BC4A",
    gray="#8B919B", blue_text="#9CC9FF", orange_text="#FFAA57", red_text="#FF8593", green_text="#8CEBC9",
    gray_text="#A7ADB6", axis="#A7ADB6", grid="#262B31", domain="#3A414C",
    category=("#5FE0DC", "#D956AE", "#D6A81C", "#4D8DF5", "#F2E6A0", "#A9DB7C", "#F0916B", "#A3A8B0"),
    ramp=("#20242C", "#37284A", "#522C64", "#7A336B", "#A13F6F", "#C5576C", "#DD786B", "#EA9D6B", "#F3C08E", "#F7E3B8"),
    diverging=(
        "#A9CBFF", "#76A6EB", "#4C7DC5", "#2F5291", "#262A31", "#262A31", "#7C3440", "#B94C5C", "#E7787D", "#FFB3A6",
    ),
)  # fmt: skip
THEMES: dict[Mode, Theme] = {"light": LIGHT, "dark": DARK}


def theme(mode: str | None) -> Theme:
    """The colours of a mode; whatever is not "dark" counts as light, as before the browser has answered."""
    return DARK if mode == "dark" else LIGHT


def dress(chart: Any, mode: str | None) -> Any:
    """The chart in a mode's axis, grid and ink colours. Everything else about colour is in the chart as a word."""
    dressed = chart.copy(deep=False)
    dressed.config = alt.Config.from_dict(config(mode))
    return dressed


def for_export(spec: dict[str, Any], mode: str | None) -> dict[str, Any]:
    """A Vega-Lite specification that looks the same without our server: colour words and named ranges become hex, the
    page's colour becomes the background. spec: as `chart.to_dict()` gives it; it is not changed."""
    looks = theme(mode)
    exported: dict[str, Any] = _replaced(deepcopy(spec), looks, in_colour=False)
    frame = config(mode)
    frame["axis"] |= {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelFont": FONT}
    frame |= {"font": FONT, "background": looks.page, "range": looks.ranges | {"heatmap": list(looks.ramp)}}
    frame["view"] = {"strokeWidth": 0, "continuousWidth": 720, "continuousHeight": 380}
    exported["config"] = frame
    exported["background"] = looks.page
    exported.setdefault("padding", 16)
    return exported


def config(mode: str | None) -> dict[str, Any]:
    """A chart's frame in a mode: axis, grid and ink. Marks without a colour are drawn in ink."""
    looks = theme(mode)
    axis = {
        "labelColor": looks.axis,
        "titleColor": looks.axis,
        "gridColor": looks.grid,
        "domainColor": looks.domain,
        "tickColor": looks.domain,
    }
    marks = ("area", "circle", "line", "point", "rect", "rule", "square", "text", "tick", "trail", "bar")
    return {
        "axis": axis,
        "axisX": {"titlePadding": 6},
        "axisY": {"labelOverlap": False},
        "mark": {"color": looks.ink},
        "view": {"strokeWidth": 0},
        "title": {"color": looks.ink},
        "style": {"halo": {"stroke": looks.page, "strokeWidth": 4, "strokeJoin": "round", "strokeOpacity": 0.85}},
        **{mark: {"color": looks.ink} for mark in marks},
    }


def _replaced(part: Any, looks: Theme, in_colour: bool) -> Any:
    """The same tree with every colour word below an `encoding.color` replaced."""
    if isinstance(part, list):
        return [_replaced(item, looks, in_colour) for item in part]
    if isinstance(part, dict):
        return {key: _entry(key, value, looks, in_colour) for key, value in part.items()}
    return part


def _entry(key: str, value: Any, looks: Theme, in_colour: bool) -> Any:
    if in_colour and key in ("value", "range"):
        if isinstance(value, str):
            return looks.words.get(value, looks.ranges.get(value, value))
        if isinstance(value, list):
            return [looks.words.get(item, item) if isinstance(item, str) else item for item in value]
    if key in ("data", "datasets", "transform", "params"):
        return value
    return _replaced(value, looks, in_colour or key == "color")
