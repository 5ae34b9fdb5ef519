"""Loads once what every worker needs, so that a worker forked from here takes its first step in milliseconds."""

import importlib
import tempfile
from contextlib import suppress

from core.settings import Settings
from core.store import Process, Progress, Store, open_store
from core.store.model import RunGoneError

MODULES = (
    "numpy",
    "pandas",
    "pyarrow.compute",
    "pyarrow.pandas_compat",
    "pyarrow.parquet",
    "torch",
    "torch._dynamo",  # an optimizer's constructor imports it, which takes a second
    "safetensors.torch",
    "scipy.optimize",
    "scipy.special",
    "sklearn.compose",
    "sklearn.datasets",
    "sklearn.datasets.data",
    "sklearn.datasets.descr",
    "sklearn.impute",
    "sklearn.linear_model",
    "sklearn.model_selection",
    "sklearn.preprocessing",
    "core.choices.modules",
    "core.data.baselines",
    "core.data.builtin",
    "core.data.generators",
    "core.data.prepare",
    "core.training.loop",
    "core.training.preview",
    "core.running.worker",
)


def warm_up() -> None:
    """Import, and let one optimizer take one step."""
    for name in MODULES:
        importlib.import_module(name)
    import torch

    torch.set_num_threads(1)
    weight = torch.nn.Parameter(torch.zeros(2, 2))
    weight.grad = torch.ones(2, 2)
    torch.optim.Adam([weight]).step()


def rehearse(chosen: Settings) -> None:
    """Train a tiny network in a store of its own: what is loaded or compiled at its first use is then at hand."""
    from core.experiment import Experiment
    from core.running.process import this_process
    from core.running.worker import execute

    with tempfile.TemporaryDirectory(prefix="layerscope-") as folder:
        store = open_store(f"sqlite:///{folder}/rehearsal.sqlite")
        tiny = Experiment.model_validate({"training": {"epochs": 2}}).model_dump(mode="json")
        execute(store, store.queue("", tiny, process=this_process()), chosen)
        store.close()


def warm_store(store: Store) -> Store:
    """The same store with a worker's statements compiled, which takes 10 ms."""
    nobody = "0" * 32
    for call in (
        lambda: store.attach(nobody, Process("", 0, "")),
        lambda: store.describe(nobody, {}),
        lambda: store.append(nobody, [], Progress(0, 0)),
        lambda: store.append(nobody, []),
    ):
        with suppress(RunGoneError):
            call()
    store.asked(nobody)
    store.heartbeat(nobody)
    return store
