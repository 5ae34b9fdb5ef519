"""The colours: the server's theme is the same table, text can be read, and no two roles fall together for any eye."""

import ast
import tomllib
from itertools import combinations
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import pytest

from core.charts.theme import THEMES, Theme, dress, for_export, theme

CONFIG = Path(__file__).parents[2] / ".streamlit" / "config.toml"
ROLES = ("blue", "orange", "violet", "red", "green")
MACHADO = {  # Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TRITAN_WEIGHT = 1.6


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2: (lighter + 0.05) ÷ (darker + 0.05)."""
    light, dark = sorted((float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Ottosson 2020."""
    to_lms = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566]]
    to_lms.append([0.0883024619, 0.2817188376, 0.6299787005])
    to_lab = [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099]]
    to_lab.append([0.0259040371, 0.7827717662, -0.8086757660])
    return np.array(to_lab) @ np.cbrt(np.clip(np.array(to_lms) @ rgb, 0, None))


def apart(colours: list[str]) -> float:
    """Smallest OKLab distance × 100 of any two colours for the three kinds of colour blindness."""
    found = []
    for kind, matrix in MACHADO.items():
        seen = [oklab(np.clip(np.array(matrix) @ linear(colour), 0, 1)) for colour in colours]
        weight = TRITAN_WEIGHT if kind == "tritan" else 1.0
        found += [100 * weight * float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)]
    return min(found)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_servers_theme_is_the_same_table(mode):
    if not CONFIG.exists():
        pytest.skip("no configuration beside this checkout")
    stated = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["theme"][mode]
    stated.pop("sidebar", None)
    assert stated == THEMES[mode].config


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_can_be_read(mode):
    looks = THEMES[mode]
    texts = ("ink", "link", "blue_text", "orange_text", "red_text", "green_text", "gray_text", "axis")
    weakest = min(contrast(getattr(looks, text), looks.page) for text in texts)
    assert weakest >= 4.5
    assert min(contrast(getattr(looks, role), looks.page) for role in (*ROLES, "gray")) >= 4.5
    assert min(contrast(colour, looks.page) for colour in looks.category[:4]) >= 3


def test_five_roles_stay_apart_for_every_eye():
    for mode, least in (("light", 10.0), ("dark", 14.5)):
        assert apart([getattr(THEMES[mode], role) for role in ROLES]) >= least, mode


def test_four_classes_stay_apart_for_every_eye():
    for mode, least in (("light", 14.5), ("dark", 11.9)):
        assert apart(list(THEMES[mode].category[:4])) >= least, mode


def test_the_ramp_only_becomes_darker_or_only_lighter():
    for looks in THEMES.values():
        lightness = [oklab(linear(colour))[0] for colour in looks.ramp]
        steps = np.diff(lightness)
        assert (steps < 0).all() or (steps > 0).all()


def scales() -> list[tuple[str, ast.Call]]:
    """Every `alt.Scale(…)` of the charts."""
    files = sorted((Path(__file__).parents[2] / "core" / "charts").glob("*.py"))
    calls = [(file.name, node) for file in files for node in ast.walk(ast.parse(file.read_text()))]
    return [
        (name, node) for name, node in calls if isinstance(node, ast.Call) and ast.unparse(node.func) == "alt.Scale"
    ]


def test_every_ramp_goes_through_lab():
    """Vega's own way from blue to paper goes through green, which means healthy."""
    given = [(name, {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}) for name, call in scales()]
    ramps = [(name, of) for name, of in given if "ramp'" in of.get("range", "") or "diverging'" in of.get("range", "")]
    assert len(ramps) >= 5
    assert [(name, of) for name, of in ramps if of.get("interpolate") != "'lab'"] == []


def words_chart() -> alt.LayerChart:
    table = pd.DataFrame({"a": [1.0, 2.0], "split": ["train", "validation"]})
    scale = alt.Scale(domain=["train", "validation"], range=["blue", "orange"])
    base = alt.Chart(table)
    return alt.layer(
        base.mark_line().encode(x=alt.X("a:Q"), color=alt.Color("split:N", scale=scale)),
        base.mark_rule().encode(x=alt.X("a:Q"), color=alt.ColorValue("red")),
        base.mark_rect().encode(x=alt.X("a:Q"), color=alt.Color("a:Q", scale=alt.Scale(range="diverging"))),
    )


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_an_export_has_hex_in_place_of_words(mode):
    looks: Theme = THEMES[mode]
    made = for_export(words_chart().to_dict(), mode)
    assert made["layer"][0]["encoding"]["color"]["scale"]["range"] == [looks.blue, looks.orange]
    assert made["layer"][1]["encoding"]["color"]["value"] == looks.red
    assert made["layer"][2]["encoding"]["color"]["scale"]["range"] == list(looks.diverging)
    assert made["background"] == looks.page
    assert "train" in str(made["datasets"]), "data are not touched"


def test_dressing_leaves_the_chart_as_it_was():
    chart = words_chart()
    before = chart.to_dict()
    dressed = dress(chart, "dark").to_dict()
    assert chart.to_dict() == before
    assert dressed["config"]["axis"]["labelColor"] == THEMES["dark"].axis
    assert theme(None) is THEMES["light"], "before the browser answers it counts as light"
