"""The gradient's way down, against numbers worked out by hand."""

import math

import numpy as np
import pytest

from core.analysis import flow, gradients, live, network
from core.analysis.record import Record
from core.analysis.trails import trails
from tests.analysis import made_runs as made
from tests.analysis.made import layered


def run(log_ratio: np.ndarray, update: float = -3.0) -> Record:
    """log_ratio: [replicas, epochs, layers]."""
    tables = {"layers": made.layers(log_ratio, np.full_like(log_ratio, update))}
    return Record(made.meta(log_ratio.shape[2] - 1, epochs=log_ratio.shape[1] - 1), "finished", tables)


def words(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2011", "-")


def test_each_layer_is_measured_against_the_output_layer_of_its_own_replica():
    record = run(np.array([[[-4.0, -2.0, 0.0]], [[-6.0, -2.0, 0.0]], [[-5.0, -1.0, 0.0]]]))
    table = flow.flow(record).set_index("layer")
    assert table.loc[1, "median"] == pytest.approx(-5.0)
    assert (table.loc[1, "low"], table.loc[1, "high"]) == pytest.approx((-6.0, -4.0))
    assert table.loc[3, "median"] == 0
    assert table["name"].tolist() == ["layer 1", "layer 2", "output"]


def test_the_change_per_layer_is_the_slope():
    layers = np.arange(1, 14)
    assert flow.change_per_layer(layers, (layers - 13) * 0.6) == pytest.approx(10**-0.6)
    assert flow.change_per_layer(layers, 0.0 * layers) == pytest.approx(1.0)
    assert math.isnan(flow.change_per_layer(np.array([1, 2]), np.array([0.0, 0.0])))
    broken = np.where(layers < 3, -np.inf, (layers - 13) * 0.6)
    assert flow.change_per_layer(layers, broken) == pytest.approx(10**-0.6), "what is nothing has no slope"


def test_since_when():
    ratio = np.zeros((1, 6, 4))
    ratio[0, 3:, 0] = -5.0
    now = flow.newest(run(ratio))
    assert now is not None
    assert now.since == 3
    assert now.first == pytest.approx(1e-5)
    assert now.verdict == "bad"


def test_nothing_arrives_and_not_a_number_differ():
    ratio = np.zeros((1, 1, 3))
    ratio[0, 0, 0] = -np.inf
    table = flow.profile(flow.flow(run(ratio)))
    assert table["median"].iloc[0] == -np.inf
    assert table["words"].iloc[0] == "nothing"
    ratio[0, 0, 0] = np.nan
    table = flow.flow(run(ratio))
    assert np.isnan(table["median"].iloc[0])
    assert table["broken"].iloc[0] == 1


@pytest.mark.parametrize(
    ("record", "says", "tone"),
    [
        (made.vanishing(), "Layer 1 receives one 80-millionth of the gradient that leaves the output layer.", "red"),
        (
            made.diverged(),
            "The weights of layer 3 became infinite at step 131 (epoch 4): everything after it is lost.",
            "red",
        ),
        (
            run(np.array([[[2.5, 1.0, 0.0]]])),
            "Layer 1 receives 320 times the gradient that leaves the output layer.",
            "red",
        ),
        (
            run(np.array([[[-1.5, 0.0, 0.0]]])),
            "Layer 1 receives 0.032 of the gradient that leaves the output layer.",
            "gray",
        ),
    ],
)
def test_the_sentence(record, says, tone):
    said = gradients.headline(record)
    assert words(said.text) == says
    assert said.tone == tone


def test_a_healthy_run_is_said_to_be_healthy():
    said = gradients.headline(made.healthy())
    assert said.tone == "green"
    assert said.before == "Every layer receives "
    assert all(vital.verdict == "good" for vital in gradients.vitals(made.healthy()))


def test_layers_without_movement():
    ratio = np.zeros((1, 9, 4))
    assert gradients.still_layers(run(ratio, update=-3.0)) == (0, 4)
    assert gradients.still_layers(run(ratio, update=-5.5)) == (4, 4)


def test_first_epochs_are_not_judged():
    ratio = np.zeros((1, 11, 3))
    record = run(ratio)
    rows = record.table("layers").to_pylist()
    for row in rows:
        row["update_ratio"] = 1.0 if row["epoch"] <= gradients.UNJUDGED else 1e-3
    judged = Record(
        record.meta, "finished", {"layers": made.table("layers", rows), "epochs": made.healthy().table("epochs")}
    )
    assert gradients.movement(judged)["median"].tolist() == pytest.approx([-3.0] * 3)


def test_what_is_not_a_number_is_marked_not_left_out():
    record = run(np.zeros((1, 3, 3)))
    rows = [{**row, "update_ratio": float("nan")} for row in record.table("layers").to_pylist()]
    norms = [1.0, 2.0, float("inf"), float("nan")]
    steps = [{"epoch": 1, "replica": 0, "step": n, "gradient_norm": norm} for n, norm in enumerate(norms, start=1)]
    tables = {**record.tables, "layers": made.table("layers", rows), "steps": made.table("steps", steps)}
    broken = Record(record.meta, "failed", tables)
    moved = gradients.movement(broken)
    assert moved["layer"].tolist() == [1, 2, 3] and moved["median"].isna().all()
    seen = gradients.steps(broken)
    assert seen.loc[seen["broken"], "step"].tolist() == [3]
    assert seen.loc[~seen["broken"], "median"].tolist() == [1.0, 2.0]


def test_the_small_lines_end_at_the_numbers_above_them():
    record = made.healthy("running", 14)
    loss, score, first, share = trails(record)
    told = record.frame("epochs", ["epoch", "validation_loss", "validation_score"])
    last = told[told["epoch"] == 14]
    assert loss[-1] == pytest.approx(last["validation_loss"].median())
    assert score[-1] == pytest.approx(last["validation_score"].median())
    assert 10 ** first[-1] == pytest.approx(flow.newest(record).first)
    layers = record.frame("layers", ["epoch", "layer", "dead_share"])
    newest = layers[layers["epoch"] == 14].groupby("layer")["dead_share"].median()
    assert share[-1] == pytest.approx(newest.max())
    assert all(len(line) == 15 for line in (loss, score, first, share))
    assert [len(line) for line in trails(made.healthy("running", 0))] == [0, 0, 0, 0]


def test_the_live_page():
    record = made.healthy("running", 14)
    assert words(live.headline(record).text) == "It is learning: 98 % right after 14 epochs, and every layer moves."
    assert words(live.to_watch(record)) == "To watch: 12 % of layer 12 is dead; healthy is under 10 %."
    strips = live.layers(record)
    assert strips.third == "dead units"
    assert strips.dots["strip"].value_counts().to_dict() == {"gradient": 13, "update": 13, "share": 12}
    assert live.layers(made.vanishing()).third == "saturated units"
    assert live.headline(made.healthy("running", 0)).text == "The first epoch is on its way."
    assert "4\u202f%" in live.pace(record)


@pytest.mark.parametrize(("broken", "says"), [([0, 0], "100 %"), ([4, 0], "100 %"), ([4, 4], "not a number")])
def test_units_of_a_layer_that_is_no_number_are_not_called_dead(broken, says):
    counts = np.array([[0, 0], [0, 0], broken])
    record = layered(["relu"] * 2, {"dead_share": np.ones((3, 2))}, epochs=3, nan_count=counts)
    epochs = made.epochs(np.ones((1, 3)), np.ones((1, 3)), np.ones((2, 1, 3)))
    told = live.vitals(Record(record.meta, "failed", {**record.tables, "epochs": epochs}))[-1]
    assert (told.label, words(told.value), told.verdict) == ("Dead, worst layer", says, "bad")


def test_a_preview():
    layers = [
        {
            "inputs": 8,
            "units": 64,
            "parameters": 10,
            "output_gradient_rms": 0.02 * 0.1 ** (3 - n),
            "weight_gradient_rms": 0.02,
        }
        for n in range(4)
    ]
    seen = {"layers": layers, "parameters": 40, "features": 8, "seconds_per_step": 0.001, "rows": 100}
    table = network.profile(seen)
    assert table["name"].tolist() == ["input", "layer 1", "layer 2", "layer 3", "output"]
    assert table["log"].tolist()[1:] == pytest.approx([-3.0, -2.0, -1.0, 0.0])
    assert (
        words(network.headline(seen).text)
        == "Before the first step, layer 1 receives one thousandth of the output’s gradient."
    )
    assert words(network.vitals(seen)[1].value) == "× 0.10"
    assert "5" in words(network.vitals({**seen, "steps": 5_000})[3].value)
    assert network.table(seen)["Shape"].tolist() == ["8 → 64"] * 4
    layers[0]["output_gradient_rms"] = None
    assert network.headline(seen).tone == "red"


def test_a_partial_record_never_raises():
    for record in (Record.empty(), Record(made.meta(), "running", {}), made.healthy("running", 0), made.regression()):
        for tell in (gradients.headline, gradients.vitals, gradients.counts, gradients.movement, gradients.steps):
            tell(record)
        for draw in (flow.profile, flow.heat, flow.first_over_output, flow.domain):
            draw(flow.flow(record))
        for tell in (live.headline, live.vitals, live.layers, live.to_watch, live.pace):
            tell(record)
    empty = Record.empty()
    nothing = flow.flow(empty)
    assert [len(table) for table in (nothing, flow.profile(nothing), flow.heat(nothing))] == [0] * 3
    assert not len(flow.first_over_output(nothing))
    assert live.headline(empty).tone == gradients.headline(empty).tone == ""


@pytest.mark.parametrize(
    ("part", "verdict"),
    [(1.0, "good"), (0.1, "good"), (10.0, "good"), (0.05, "watch"), (41.0, "watch"), (1e-4, "bad"), (71.0, "bad"),
     (float("nan"), "bad"), (float("inf"), "bad")],
)  # fmt: skip
def test_one_verdict_of_a_share_of_the_gradient(part, verdict):
    assert flow.judged(part) == flow.reach(part).verdict == verdict
