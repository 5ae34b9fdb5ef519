"""The Filters page on a convolutional run, its answers from the questions themselves instead of a runner; and the
network editor, which offers what the rows allow."""

import numpy as np
import pytest
import torch

from core.experiment import Experiment
from core.running.process import this_process
from core.running.worker import execute
from core.settings import settings
from core.store import open_store
from pages.shared import loading
from tests.pages.conftest import ask

PICTURES = {
    "data": {"kind": "shapes", "rows": 200},
    "network": {
        "kind": "convolutional",
        "layers": [
            {"kind": "convolution", "units": 3},
            {"kind": "pooling"},
            {"kind": "convolution", "units": 4, "activation": "tanh"},
            {"kind": "global_pooling"},
        ],
    },
    "training": {"epochs": 2},
}


@pytest.fixture(scope="module")
def pictured(home):
    """The id of a convolutional run."""
    store = open_store()
    valid = Experiment().changed(PICTURES).model_dump(mode="json")
    run = store.queue("local", valid, "pictured", process=this_process())
    execute(store, run, settings())
    return run if isinstance(run, str) else run.id


def test_the_page_says_what_channels_tell_and_shows_their_pictures(app, pictured, monkeypatch):
    monkeypatch.setattr(loading, "ask", ask)
    at = app("diagnose/filters.py", "pictured")
    assert "channel" in at.title[0].value or "filter" in at.title[0].value.lower()
    assert len(at.get("vega_lite_chart")) + len(at.get("arrow_vega_lite_chart")) >= 6
    assert any("the network says" in caption.value for caption in [*at.caption, *at.markdown])
    assert any("of one class" in caption.value for caption in [*at.caption, *at.markdown])
    at.segmented_control[0].set_value(2).run()
    assert not at.exception and any("weights of layer 2" in caption.value for caption in [*at.caption, *at.markdown])


@pytest.mark.parametrize("run", [None, "finished", "queued", "running", "stopped", "failed"])
def test_the_page_opens_in_every_other_state(app, run):
    at = app("diagnose/filters.py", run)
    assert at.title[0].value


def test_maps_and_kernels_are_those_of_the_network(home, pictured):
    told = ask("filters", run=pictured)
    assert [each["layer"] for each in told["layers"]] == [1, 2] and told["epoch"] == 2
    row = told["rows"][3]["row"]
    seen = ask("maps", run=pictured, layer=1, row=row)
    pixels = torch.tensor(seen["picture"])[None, None]
    kernel = torch.tensor(told["layers"][0]["kernels"])
    found = torch.nn.functional.conv2d(pixels, kernel, padding=1)[0].numpy()
    maps = np.array(seen["maps"])
    on = maps > 0
    shift = [float(np.median((maps - found)[c][on[c]])) for c in range(3) if on[c].any()]
    for c in range(3):
        if on[c].any():  # a map is its kernel's product with the picture, plus one number, cut at 0
            np.testing.assert_allclose((maps - found)[c][on[c]], shift.pop(0), atol=2e-2)
    assert abs(sum(seen["answers"]) - 1) < 1e-6 and len(seen["answers"]) == 5


def test_exciting_pictures_are_in_order_and_what_is_not_there_is_refused(home, pictured):
    found = ask("exciting", run=pictured, layer=2, channel=1)["pictures"]
    peaks = [each["peak"] for each in found]
    assert peaks == sorted(peaks, reverse=True) and len(found) == 9
    best = ask("maps", run=pictured, layer=2, row=found[0]["row"])
    assert np.max(best["maps"][1]) == pytest.approx(peaks[0], rel=1e-3)
    assert "no channel" in ask("exciting", run=pictured, layer=2, channel=99)["problems"][0]
    assert "no layer" in ask("maps", run=pictured, layer=3, row=found[0]["row"])["problems"][0]
    dense = next(run.id for run in open_store().runs("local") if run.name == "finished")
    assert "no convolution" in ask("filters", run=dense)["problems"][0]


def test_what_a_channel_tells_is_the_share_between_classes():
    from core.representation.filters import told

    random = np.random.default_rng(0)
    classes = random.integers(0, 3, 90)
    values = np.stack([classes * 2.0, random.normal(size=90), np.ones(90), classes + random.normal(size=90)], 1)
    found = told(values, classes)
    assert found[0] == pytest.approx(1) and found[1] < 0.1 and np.isnan(found[2])
    total = ((values[:, 3] - values[:, 3].mean()) ** 2).sum()
    within = sum(((values[classes == c, 3] - values[classes == c, 3].mean()) ** 2).sum() for c in range(3))
    assert found[3] == pytest.approx(1 - within / total)
    line = told(values[:, :2], values[:, 3:4])
    assert line[0] == pytest.approx(np.corrcoef(values[:, 0], values[:, 3])[0, 1] ** 2)


def test_the_editor_offers_the_networks_that_the_rows_allow(app):
    at = app("build/network.py")
    assert any("Not for these rows: a convolutional network needs pictures" in caption.value for caption in at.caption)
    at.session_state["draft"] = Experiment().changed({"data": "digits"}).model_dump(mode="json")
    at.run()
    kind = next(control for control in at.segmented_control if control.label == "Kind of network")
    kind.set_value("convolutional").run()
    assert not at.exception
    draft = at.session_state["draft"]
    assert draft["network"]["kind"] == "convolutional" and draft["preparation"]["scaling"] == "common"
    assert any("1 × 8 × 8" in caption.value for caption in at.caption)


def test_layers_of_a_stack_are_edited_one_by_one(app):
    at = app("build/network.py")
    at.session_state["draft"] = Experiment().changed(PICTURES).model_dump(mode="json")
    at.run()

    def layers():
        return [layer["kind"] for layer in at.session_state["draft"]["network"]["layers"]]

    def press(label):
        next(button for button in at.button if button.label == label).click().run()
        assert not at.exception

    press("Add dense layer")
    assert layers() == ["convolution", "dense", "pooling", "convolution", "global_pooling"]
    press("Down")
    press("Down")
    press("Down")
    assert layers()[-1] == "dense"
    next(number for number in at.number_input if number.label == "Units").set_value(9).run()
    assert at.session_state["draft"]["network"]["layers"][-1]["units"] == 9
    press("Remove")
    press("Undo")
    assert layers()[-1] == "dense" and not at.exception


def test_the_editor_counts_an_embedding_as_layer_1(app):
    at = app("build/network.py")
    for embedding, names in ((None, ["layer 1", "layer 2"]), ({"size": 4}, ["layer 2", "layer 3"])):
        chosen = Experiment().changed({"network": {"layers": [{}, {}], "embedding": embedding}})
        at.session_state["draft"] = chosen.model_dump(mode="json")
        at.session_state["generation"] = 7 + (embedding is not None)
        at.run()
        assert not at.exception
        assert next(box for box in at.selectbox if box.label == "Layer").options == names
