"""A store with a run in every state, and the app as a session of one person sees it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.experiment import Experiment
from core.running.loading import PreparedCache
from core.running.previews import answered
from core.running.process import this_process
from core.running.worker import execute
from core.settings import settings
from core.store import Store, open_store
from core.store.model import Asked
from pages.shared import loading

ROOT = Path(__file__).parents[2]

EXPERIMENTS = {
    "finished": {"data": "iris", "training": {"epochs": 4, "replicas": 2}},
    "binary": {"data": "moons", "loss": "binary_cross_entropy", "training": {"epochs": 3}},
    "regression": {"data": "diabetes", "loss": "squared_error", "training": {"epochs": 3}},
    "two targets": {"data": "arm", "loss": "squared_error", "training": {"epochs": 3}},
    "digits": {
        "data": "digits",
        "network": {"layers": [{"units": 16, "activation": "sigmoid"}] * 6},
        "training": {"epochs": 2},
    },
    "recurrent": {
        "data": {"kind": "delay", "rows": 60, "length": 8},
        "network": {"kind": "recurrent", "layers": [{"kind": "lstm", "units": 4}, {"kind": "elman", "units": 4}]},
        "training": {"epochs": 2},
    },
    "each step": {
        "data": {"kind": "sines", "rows": 60, "length": 8, "asked": "every_step"},
        "network": {"kind": "recurrent", "layers": [{"kind": "gru", "units": 4}], "read": "each_step"},
        "loss": "squared_error",
        "training": {"epochs": 2},
    },
    "no hidden layer": {"data": "wine", "network": {"layers": []}, "training": {"epochs": 2}},
    "failed": {
        "data": "wine",
        "optimizer": {"kind": "sgd", "learning_rate": 1000.0},
        "preparation": {"scaling": "none"},
        "loss": "squared_error",
        "training": {"epochs": 5},
    },
    "<b>x</b> :red[*y*] $z$ [a](http://x)": {"data": "iris", "training": {"epochs": 2}},
}


def ask(kind: str, **payload: Any) -> dict[str, Any]:
    """A question's answer from the question itself, for no runner is there."""
    return answered(Asked("0", kind, {**payload, "owner": "local"}, 0.0), PreparedCache(open_store(), settings()))


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home folder of an installation without a runner, in which one run of each kind has been trained."""
    place = tmp_path_factory.mktemp("pages") / "home"
    with pytest.MonkeyPatch.context() as patch:
        _surround(patch, place)
        store = open_store()
        for name, tree in EXPERIMENTS.items():
            valid = Experiment.model_validate(tree).model_dump(mode="json")
            execute(store, store.queue("local", valid, name, process=this_process()), settings())
        waiting = Experiment().model_dump(mode="json")
        store.queue("local", waiting, "running", process=this_process())
        store.queue("local", waiting, "queued")
        store.request(store.queue("local", waiting, "stopped"), "local", "stop")
    return place


@pytest.fixture(scope="module", autouse=True)
def _surroundings(home: Path) -> Iterator[None]:
    """Around the tests of this folder and no longer: others in the same process start runners of their own."""
    with pytest.MonkeyPatch.context() as patch:
        _surround(patch, home)
        yield


def _surround(patch: pytest.MonkeyPatch, home: Path) -> None:
    patch.setenv("LAYERSCOPE_HOME", str(home))
    patch.setenv("LAYERSCOPE_START_RUNNER", "false")
    patch.setenv("LAYERSCOPE_PREVIEW_SECONDS", "0.05")
    patch.setattr(loading, "STARTING_S", 0.0)


@pytest.fixture
def store(home: Path) -> Store:
    return open_store()


@pytest.fixture
def app(home: Path) -> Callable[..., AppTest]:
    """Opens a page, looking at the run of the given name."""

    def opened(page: str, run: str | None = None) -> AppTest:
        st.cache_data.clear()
        at = AppTest.from_file(str(ROOT / "pages" / "menu.py"), default_timeout=60)
        if run is not None:
            at.session_state["run"] = next(r.id for r in open_store().runs("local") if r.name == run)
        at.run()
        assert not at.exception, [e.stack_trace for e in at.exception]
        at.switch_page(str(ROOT / "pages" / page)).run()
        assert not at.exception, [e.stack_trace for e in at.exception]
        return at

    return opened
