"""A live chart keeps its specification to the byte while only its data change; no chart is too large; all compile."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.analysis import compare as comparing
from core.analysis import curves as learning
from core.analysis import flow, gradients, lines, live, network, sizes
from core.analysis.flow import flow as of
from core.analysis.record import Record
from core.charts import compare as compare_charts
from core.charts import curves as curve_charts
from core.charts import gradients as gradient_charts
from core.charts import live as live_charts
from core.charts import network as network_charts
from core.charts.export import export, is_available
from core.charts.ready import Ready, ready
from core.charts.sizes import sizes as sizes_chart
from tests.analysis import made_runs as made

LAST_STEP = 1600
LIVE: dict[str, Callable[[Record], Any]] = {
    "loss": lambda r: curve_charts.loss(lines.losses(r)),
    "score": lambda r: curve_charts.score(lines.scores(r)),
    "gap": lambda r: curve_charts.gap(learning.gap(r), learning.healthy_gap(r), r.planned, learning.gap_domain(r)),
    "rate": lambda r: curve_charts.learning_rate(learning.rates(r), r.planned, learning.marks(r)),
    "strips": lambda r: live_charts.strips(live.layers(r)),
    "profile": lambda r: gradient_charts.profile(flow.profile(of(r)), r.layers, flow.domain(of(r)), r.planned),
    "heat": lambda r: gradient_charts.heat(flow.heat(of(r)), r.layers, r.planned, pick=True),
    "first": lambda r: gradient_charts.first_over_output(flow.first_over_output(of(r)), r.planned, flow.domain(of(r))),
    "movement": lambda r: gradient_charts.movement(gradients.movement(r), r.layers),
    "steps": lambda r: gradient_charts.steps(gradients.steps(r), LAST_STEP),
}
RUNS = {
    "healthy": made.healthy,
    "vanishing": made.vanishing,
    "overfitting": made.overfitting,
    "diverged": made.diverged,
    "regression": made.regression,
}


@pytest.mark.parametrize("name", LIVE)
def test_only_the_data_change_while_a_run_is_live(name):
    early, late = (ready(LIVE[name](made.healthy("running", epoch))) for epoch in (5, 9))
    assert json.dumps(early.spec) == json.dumps(late.spec)
    assert list(early.datasets) == list(late.datasets)
    assert early.datasets != late.datasets


def points(chart: Ready) -> int:
    return max(len(rows) for rows in chart.whole()["datasets"].values())


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("name", LIVE)
def test_every_chart_of_every_run_is_valid_and_compiles(name, run):
    record = RUNS[run]()
    if name not in ("loss", "score", "gap", "rate") and not record.table("layers").num_rows:
        pytest.skip("this record has no layers")
    chart = LIVE[name](record)
    chart.to_dict()
    if is_available():
        assert b"<svg" in export(ready(chart), "svg", "dark")


def long_record(epochs: int = 1000, depth: int = 49) -> Record:
    """A thousand epochs, fifty layers, by the formula of a vanishing gradient."""
    falling = np.exp(-np.arange(epochs + 1) / 200.0)[None, :] + 0.01 * np.sin(np.arange(epochs + 1))
    ratio = np.zeros((1, epochs + 1, depth + 1)) - 0.01 * np.arange(depth, -1, -1)
    tables = {
        "epochs": made.epochs(falling, falling + 0.1, np.stack([1 - 0.5 * falling, 0.9 - 0.5 * falling])),
        "layers": made.layers(ratio, ratio - 3),
        "steps": made.steps(1, epochs, depth + 1),
    }
    return Record(made.meta(depth, epochs=epochs), "finished", tables)


@pytest.fixture(scope="module")
def long_run() -> Record:
    return long_record()


@pytest.mark.parametrize("name", LIVE)
def test_no_chart_has_more_than_five_thousand_points(name, long_run):
    chart = ready(LIVE[name](long_run))
    assert points(chart) <= 5_000
    assert sum(map(len, chart.datasets.values())) < 1_000_000


def colours_outside(part: Any, in_colour: bool = False) -> list[str]:
    """Colour words where the browser does not replace them."""
    words = {"red", "orange", "yellow", "green", "blue", "violet", "gray"}
    if isinstance(part, list):
        return [word for item in part for word in colours_outside(item, in_colour)]
    if isinstance(part, dict):
        return [
            word
            for key, value in part.items()
            if key not in ("params", "transform", "data")
            for word in colours_outside(value, in_colour or key == "color")
        ]
    return [part] if isinstance(part, str) and part in words and not in_colour else []


def preview(depth: int = 3, factor: float = 0.25) -> dict[str, Any]:
    layers = [
        {
            "layer": n + 1,
            "units": 64 if n < depth else 10,
            "parameters": 4160,
            "output_gradient_rms": 0.01 * factor ** (depth - n),
            "weight_gradient_rms": 0.01,
            "activation_std": 0.5,
        }
        for n in range(depth + 1)
    ]
    return {"layers": layers, "parameters": 50_570, "features": 64, "seconds_per_step": 0.001, "rows": 1257}


def more_charts() -> dict[str, Any]:
    arms = [comparing.Arm(name, (made.healthy(),)) for name in ("a", "it's \\ <b>", "c", "d", "toString")]
    names = [arm.name for arm in arms]
    empty = sizes.sizes(made.healthy(), 1)
    return {
        "stack": network_charts.stack(network.profile(preview())),
        "stack of one": network_charts.stack(network.profile(preview(0))),
        "spread": network_charts.spread(network.profile(preview())),
        "dots": compare_charts.dots(comparing.dots(arms), names, 0.1),
        "arms": compare_charts.curves(comparing.curves(arms), names, 40, 0.1),
        "profiles": compare_charts.profiles(comparing.profiles(arms), names),
        "sizes": sizes_chart(empty, 40, sizes.span(empty)),
        "log": curve_charts.loss(lines.losses(made.overfitting()), log=True),
    }


@pytest.mark.parametrize("name", more_charts())
def test_other_charts_compile_too(name):
    chart = more_charts()[name]
    chart.to_dict()
    if is_available():
        assert export(ready(chart), "png", "light")[:4] == b"\x89PNG"


@pytest.mark.parametrize("name", LIVE)
def test_colour_words_stand_only_where_the_browser_replaces_them(name):
    assert colours_outside(ready(LIVE[name](made.healthy())).spec) == []
