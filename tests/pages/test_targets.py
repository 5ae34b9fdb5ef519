"""One of several targets is chosen, and what is drawn on the Representation and Filters pages is of that one."""

import base64

import numpy as np
import pytest
import torch

from core.experiment import Experiment, parse
from core.running.loading import PreparedCache
from core.running.process import this_process
from core.running.seen import seen
from core.running.worker import execute
from core.settings import settings
from core.store import open_store
from pages.shared import loading
from tests.pages.conftest import ask
from tests.test_archive import placed

LAYERS = [{"kind": "convolution", "units": 3}, {"kind": "pooling"}, {"kind": "dense", "units": 8}]


def run_of(name):
    return next(run.id for run in open_store().runs("local") if run.name == name)


@pytest.fixture(scope="module")
def spots(home):
    """The name of a run of a convolutional network that says where a spot is, across and up."""
    store = open_store()
    table = store.add_table("local", "spots", placed().to_parquet(), {"columns": [], "rows": 120})
    data = {"kind": "table", "table": table, "target": ["across", "up"]}
    network = {"kind": "convolutional", "layers": LAYERS}
    chosen = Experiment().changed({"data": data, "network": network, "loss": "squared_error", "training.epochs": 15})
    execute(store, store.queue("local", chosen.model_dump(mode="json"), "spots", process=this_process()), settings())
    return "spots"


def known(name):
    """The run's splits, and its answers to all rows in their own units, by the network at its last epoch."""
    one = seen({"run": run_of(name), "owner": "local"}, PreparedCache(open_store(), settings()))
    splits = one.ready.splits
    with torch.inference_mode():
        outputs = one.at(one.epochs[-1])(torch.from_numpy(splits.inputs[0])).double().numpy()
    return splits, outputs * splits.target_std + splits.target_mean, parse(one.run.experiment)[0]


@pytest.mark.parametrize("name", ["two targets", "each step", "spots"])
def test_the_surface_and_the_map_are_those_of_the_chosen_target(spots, name):
    splits, answers, _ = known(name)
    own = splits.targets * np.array(splits.target_std) + splits.target_mean
    place = {int(row): k for k, row in enumerate(splits.rows)}
    for target in range(len(splits.target_names)):
        told = ask("boundary", run=run_of(name), target=target)
        drawn = [place[row] for points in told["points"] for row in points["row"]]
        np.testing.assert_allclose(np.concatenate([p["target"] for p in told["points"]]), own[drawn, target], rtol=1e-5)
        np.testing.assert_allclose(told["frames"][-1]["points"], answers[drawn, target], rtol=1e-4, atol=1e-5)
        low, high = told["points"][0]["plane"]["values"]
        train = own[splits.train[0], target]
        assert (low, high) == pytest.approx((train.min(), train.max()))
        assert len(base64.b64decode(told["frames"][-1]["sure"])) == told["points"][0]["plane"]["side"] ** 2
        mapped = ask("map", run=run_of(name), layer=1, method="pca", target=target)
        rows = [place[row] for row in mapped["row"]]
        np.testing.assert_allclose(mapped["target"], own[rows, target], rtol=1e-5)
        np.testing.assert_allclose(mapped["told"][-1], answers[rows, target], atol=2e-4 * max(1, np.abs(own).max()))


def test_inputs_bring_their_parts_to_the_chosen_target():
    """Against a sum of four hundred slopes of that output, on the straight way from the mean row."""
    splits, _, _ = known("two targets")
    told = [ask("inputs", run=run_of("two targets"), target=target)["columns"] for target in (0, 1)]
    parts = [[column["part"] for column in columns] for columns in told]
    assert [sum(each) for each in parts] == pytest.approx([1, 1]) and parts[0] != parts[1]
    one = seen({"run": run_of("two targets"), "owner": "local", "target": 1}, PreparedCache(open_store(), settings()))
    x = torch.from_numpy(splits.inputs[0][splits.validation[0]])
    network, base = one.at(one.epochs[-1]), torch.from_numpy(splits.inputs[0][splits.train[0]].mean(0))
    total = torch.zeros_like(x)
    for step in range(400):
        at = (base + (step + 0.5) / 400 * (x - base)).requires_grad_()
        total += torch.autograd.grad(network(at)[:, 0].sum(), at)[0]
    size = ((x - base) * total / 400).abs().mean(0)
    np.testing.assert_allclose(parts[1], (size / size.sum()).tolist(), atol=0.02)


def test_the_stage_gets_the_chosen_target_first():
    splits, _, _ = known("two targets")
    told = ask("stage", run=run_of("two targets"), target=1)
    assert told["targets"] == ["up", "across"]
    assert told["scale"]["mean"] == pytest.approx(splits.target_mean[1])
    first, other = ask("stage", run=run_of("two targets"))["weights"][-1], told["weights"][-1]
    assert first != other and len(str(first)) == len(str(other))


def test_channels_tell_of_the_chosen_target_and_pictures_say_their_values(spots):
    splits, answers, _ = known(spots)
    held = splits.validation[0]
    for target, name in enumerate(("across", "up")):
        told = ask("filters", run=run_of(spots), target=target)
        pixels = splits.inputs[0][held].astype(float)
        wanted = [np.corrcoef(pixel, splits.targets[held, target])[0, 1] ** 2 for pixel in pixels.T]
        np.testing.assert_allclose(told["telling"][0]["told"], wanted, atol=2e-4)
        seen_ = ask("maps", run=run_of(spots), layer=1, row=int(held[2]), target=target)
        assert seen_["names"][0] == name and not seen_["are_shares"]
        assert seen_["answers"][0] == pytest.approx(answers[held[2], target], rel=1e-4)
        found = ask("exciting", run=run_of(spots), layer=1, channel=0, target=target)
        own = splits.targets[:, target] * splits.target_std[target] + splits.target_mean[target]
        values = [each["value"] for each in found["pictures"]]
        assert values == pytest.approx([own[each["row"]] for each in found["pictures"]])
        assert found["target"] == name and len(found["among"]) == len(held)


def test_a_target_that_is_none_is_refused():
    for target in (2, -1, "up", 0.5):
        assert "no target" in ask("boundary", run=run_of("two targets"), target=target)["problems"][0]
    assert "no target" in ask("boundary", run=run_of("finished"), target=1)["problems"][0]


def words(at):
    return " ".join(part.value for part in [*at.title, *at.markdown, *at.caption])


def test_the_pages_let_a_person_choose(app, spots, monkeypatch):
    asked = []

    def noted(kind, **payload):
        asked.append((kind, payload.get("target")))
        return ask(kind, **payload)

    monkeypatch.setattr(loading, "ask", noted)
    at = app("diagnose/representation.py", "two targets")
    assert ("boundary", 0) in asked and ("stage", 0) in asked
    next(c for c in at.segmented_control if c.label == "Target").set_value("up").run()
    assert not at.exception and ("boundary", 1) in asked and ("stage", 1) in asked
    for look in ("map", "inputs"):
        at.button_group(key=next(w.key for w in at.button_group if w.key.startswith("further"))).set_value(look).run()
        assert not at.exception and (look, 1) in asked
    at = app("diagnose/filters.py", spots)
    said = words(at)
    assert "the network says across" in said and "Their across runs from" in said and "of one class" not in said
    next(c for c in at.segmented_control if c.label == "Target").set_value("up").run()
    assert not at.exception and "Their up runs from" in words(at)
