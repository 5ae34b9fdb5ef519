"""The Representation page with a runner's answers, look by look, taken from the questions themselves."""

import numpy as np
import pytest

from core.experiment import Experiment
from core.running.loading import PreparedCache
from core.running.previews import answered
from core.running.process import this_process
from core.running.worker import execute
from core.settings import settings
from core.store import open_store
from core.store.model import Asked
from pages.shared import loading

LOOKS = ("depth", "map", "surface", "inputs")
KINDS = {
    "convolutional": {
        "data": {"kind": "shapes", "rows": 120},
        "network": {
            "kind": "convolutional",
            "layers": [
                {"kind": "convolution", "units": 3},
                {"kind": "pooling"},
                {"kind": "convolution", "units": 4, "normalisation": "batch"},
                {"kind": "global_pooling"},
                {"kind": "dense", "units": 5},
            ],
        },
        "training": {"epochs": 2},
    },
    "autoencoder": {
        "data": "digits",
        "preparation": {"scaling": "common"},
        "network": {"kind": "autoencoder", "layers": [{"units": 16}], "bottleneck": 2},
        "loss": "squared_error",
        "training": {"epochs": 2},
    },
    "summing sequences": {
        "data": {"kind": "adding", "rows": 60, "length": 8},
        "loss": "squared_error",
        "network": {"kind": "recurrent", "layers": [{"kind": "gru", "units": 4}]},
        "training": {"epochs": 2},
    },
}


@pytest.fixture
def asked(home, monkeypatch):
    """A runner that answers at once; gives the kinds that were asked."""
    kinds, cache = [], PreparedCache(open_store(), settings())

    def ask(kind, **payload):
        kinds.append(kind)
        return answered(Asked("0", kind, {**payload, "owner": "local"}, 0.0), cache)

    monkeypatch.setattr(loading, "ask", ask)
    return kinds


def words(at):
    return " ".join(part.value for part in [*at.title, *at.markdown, *at.caption])


@pytest.mark.parametrize("run", ["finished", "binary", "regression", "no hidden layer"])
def test_every_look_of_every_kind_of_run_is_drawn(app, asked, run):
    at = app("diagnose/representation.py", run)
    for look in LOOKS:
        at.button_group(key=next(w.key for w in at.button_group if w.key.startswith("further"))).set_value(look).run()
        assert not at.exception, (look, [e.stack_trace for e in at.exception])
        assert "error of its own" not in words(at) and "too long" not in words(at)
    assert {"boundary", "stage", "probes", "map", "surface", "sharpness", "inputs"} <= set(asked)


def test_the_sentence_says_after_which_layer_a_line_is_enough(app, asked):
    at = app("diagnose/representation.py", "finished")
    said = at.title[0].value.replace("\xa0", " ").replace("\u202f", " ")
    assert "%" in said and "at the input" in said


def test_a_failed_run_and_one_without_a_runner_show_what_was_recorded(app):
    for run in ("finished", "failed"):
        at = app("diagnose/representation.py", run)
        assert at.get("vega_lite_chart") or "painted no pictures" in words(at)


@pytest.fixture(scope="module")
def kinds(home):
    """A finished run of every other kind of network."""
    store = open_store()
    for name, tree in KINDS.items():
        valid = Experiment.model_validate(tree).model_dump(mode="json")
        execute(store, store.queue("local", valid, name, process=this_process()), settings())


@pytest.mark.parametrize("run", [*KINDS, "recurrent"])
def test_other_kinds_of_networks_have_every_look_or_say_why_not(app, asked, kinds, run):
    at = app("diagnose/representation.py", run)
    shown = words(at)
    assert "Not drawn for this run" in shown and WHERE[run] in shown
    boundary = "Filled marks" in shown or "The surface is what" in shown
    assert boundary != ("Not drawn for an autoencoder" in shown) == (run == "autoencoder")
    for look, charts in {"depth": 2, "map": 1, "surface": 2, "inputs": 1 if run == "autoencoder" else 2}.items():
        at.button_group(key=next(w.key for w in at.button_group if w.key.startswith("further"))).set_value(look).run()
        assert not at.exception, (look, [e.stack_trace for e in at.exception])
        assert len(at.get("vega_lite_chart")) == charts + boundary, look
        assert ":red[✕]" not in " ".join(part.value for part in at.markdown), look
    assert ("no single answer" in words(at)) == (run == "autoencoder")


WHERE = {
    "convolutional": "Filters page",
    "autoencoder": "Outputs page",
    "summing sequences": "Through time page",
    "recurrent": "Through time page",
}


def test_a_map_of_an_autoencoder_is_coloured_by_labels_that_it_never_saw(app, asked, kinds):
    run = next(one.id for one in open_store().runs("local") if one.name == "autoencoder")
    told = loading.ask("map", run=run, layer=2, method="pca")
    assert len(told["labels"]) == 10 and set(told["target"]) == set(range(10))
    given = loading.ask("map", run=run, layer=0, method="pca")
    errors = np.array(given["told"][-1])
    assert (errors > 0).all() and len(set(errors)) > 200  # a mean squared error per row, no class
    probed = loading.ask("probes", run=run)
    start = next(score for _, layer, split, score in probed["scores"] if (layer, split) == (0, "validation"))
    assert probed["of"] == told["labels"] and 0.85 < start < 1


def test_patches_of_a_picture_are_shuffled_together(app, asked, kinds):
    run = next(one.id for one in open_store().runs("local") if one.name == "convolutional")
    told = loading.ask("inputs", run=run)
    tiles = np.array(told["patches"]).reshape(28, 28)
    assert len(told["columns"]) == tiles.max() + 1 == 49
    assert (tiles[:4, :4] == 0).all() and tiles[0, 4] == 1 and tiles[4, 0] == 7
    assert sum(column["part"] for column in told["columns"]) == pytest.approx(1)


def test_where_many_numbers_enter_the_sentence_counts_rows_that_are_new(app, asked, kinds):
    at = app("diagnose/representation.py", "convolutional")
    said = at.title[0].value
    assert "at the input already" not in said and "new rows" in said
