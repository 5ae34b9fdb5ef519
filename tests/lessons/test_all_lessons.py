"""Every lesson is run and comes out proved: a refuted one is a fault in the lesson or in the engine. Only a lesson that
measures seconds may come out otherwise, on a machine that does something else meanwhile."""

import numpy as np
import pytest

from core.lessons import LESSONS
from core.running.following import runner_at_work
from core.running.lessons import run_lessons
from core.settings import Settings
from core.store import open_store

TIMED = {"depth_costs_time"}


@pytest.fixture(scope="module")
def chosen(tmp_path_factory):
    """Settings of a home of its own, with a runner that is ended afterwards."""
    settings = Settings(home=tmp_path_factory.mktemp("lessons") / "home")
    store = open_store(settings)
    with runner_at_work(store, settings):
        yield settings
    store.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_the_claim_holds_here_and_now(name, chosen):
    store = open_store(chosen)
    (told,) = run_lessons([LESSONS[name]], store, "local", chosen)
    assert all(arm["state"] in ("finished", "failed") for arm in told["arms"]), told["arms"]
    if name in TIMED:
        assert all(np.isfinite(check["values"]).all() for check in told["measured"]), told["measured"]
    else:
        assert told["verdict"] == "proved", told["sentence"]
    store.close()
