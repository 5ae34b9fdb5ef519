"""CUDA devices are hidden from processes that fork, and a run that takes one goes on as a fresh interpreter."""

import json
import os
import signal
import time
from pathlib import Path

import pytest
import torch

from core import devices
from core.running import worker
from core.running.control import Control
from core.running.environment import clean_environment
from core.running.executor import forked
from core.running.submit import submit
from core.store import Store
from tests.running.conftest import OWNER, until

SEVERAL = {"CUDA_VISIBLE_DEVICES": "1,2", "PATH": "/bin"}


@pytest.fixture
def hidden(monkeypatch):
    """One device is hidden from this process."""
    monkeypatch.setenv("CUDA_HIDDEN_DEVICES", "")
    monkeypatch.delenv("CUDA_HIDDEN_DEVICES")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    devices.hide()
    devices.hide()  # what is hidden already stays as it is
    monkeypatch.setenv("CUDA_HIDDEN_DEVICES", json.dumps({"count": 1, "visible": "3"}))


def test_what_is_hidden_is_shown_to_a_fresh_process(hidden):
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "" and devices.hidden() == devices.count() == 1
    kept = clean_environment()
    assert kept["CUDA_VISIBLE_DEVICES"] == "" and "CUDA_HIDDEN_DEVICES" in kept  # for forks
    seen = devices.shown(kept)
    assert seen["CUDA_VISIBLE_DEVICES"] == "3" and "CUDA_HIDDEN_DEVICES" not in seen


def test_nothing_changes_where_nothing_is_hidden(monkeypatch):
    monkeypatch.delenv("CUDA_HIDDEN_DEVICES", raising=False)
    assert devices.shown(SEVERAL) == SEVERAL and devices.hidden() == 0
    assert devices.count() == (torch.cuda.device_count() if torch.cuda.is_available() else 0)


def test_a_visible_none_is_not_made_an_empty_one(monkeypatch):
    monkeypatch.setenv("CUDA_HIDDEN_DEVICES", "")
    monkeypatch.delenv("CUDA_HIDDEN_DEVICES")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    devices.hide()
    assert "CUDA_VISIBLE_DEVICES" not in devices.shown(os.environ)


def test_another_process_says_which_there_are():
    found = devices.Look(os.environ).found()
    assert [each["name"] for each in found] == [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    assert all(each["title"] for each in found)


WIDE = {"network": {"layers": [{"units": 2_000}] * 2}, "training": {"epochs": 2_000}}
"""Taken to a device by itself, where there is one."""


def begun(store, tree):
    """A run that is claimed, for a worker that a test starts itself."""
    run_id = submit(store, OWNER, tree, name="there")
    assert store.claim(store.take_lease(lambda process: False)).id == run_id
    return run_id


def fork(store, run_id, chosen, first=lambda: None):
    """The number of a forked worker, which does `first` before anything else."""
    url = store.url
    store.close()

    def work():
        first()
        return worker.work_in_background(Store.connect(url), run_id, chosen)

    return forked(work, ())


def signalled():
    """A wish to end that waits: as if it had come while the process became another."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.skipif(torch.cuda.is_available(), reason="the runner's own test trains on the CUDA devices there are")
class TestFork:
    def test_one_whose_run_takes_a_device_goes_on_as_a_fresh_interpreter(self, store, chosen, hidden):
        """Here the fresh interpreter finds no device and says so, which a fork from which one is hidden would not."""
        run_id = begun(store, {"training": {"epochs": 30, "device": "cuda"}})
        pid = fork(store, run_id, chosen)
        name = lambda: Path(f"/proc/{pid}/cmdline").read_text()  # noqa: E731
        until(lambda: "core.running.worker" in name(), 20, "a fresh interpreter")
        os.waitpid(pid, 0)
        run = store.run(run_id, OWNER)
        assert run.state == "failed" and "there is no device cuda here" in run.reason.lower()
        assert run.process.pid == pid and time.time() - run.ended < 60

    def test_one_that_was_stopped_before_does_not(self, store, chosen, hidden):
        run_id = begun(store, WIDE)
        store.request(run_id, OWNER, "stop")
        os.waitpid(fork(store, run_id, chosen), 0)
        run = store.run(run_id, OWNER)
        assert (run.state, run.reason) == ("stopped", "Stopped at epoch 0, as asked.")

    def test_a_wish_to_end_is_not_lost_on_the_way(self, store, chosen, hidden):
        run_id = begun(store, WIDE)
        os.waitpid(fork(store, run_id, chosen, signalled), 0)
        assert store.run(run_id, OWNER).state == "interrupted"

    def test_its_time_does_not_begin_anew(self, store, chosen, hidden):
        run_id = begun(store, WIDE)
        os.waitpid(fork(store, run_id, chosen.model_copy(update={"wall_seconds": 2.0})), 0)
        run = store.run(run_id, OWNER)
        assert run.state == "stopped" and "the 2 seconds" in run.reason
        control = Control(store, run_id, None, chosen, until=time.monotonic() - 1)
        assert (control(), control.cause) == ("stop", "limit")
