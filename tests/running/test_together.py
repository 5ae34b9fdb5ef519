"""Studies and treatments from the command line: side by side, stopped together, and trained for real."""

import json
import os
import signal
import subprocess
import sys
from functools import partial

import pytest

from core.running.following import runner_at_work
from core.settings import Settings
from core.store import LOCAL_OWNER, open_store
from tests.running.conftest import ROOT, core, end_all, is_there, until

LONG_STUDY = {
    "experiment": {"data": "iris", "training": {"epochs": 20_000}},
    "grid": {"optimizer.learning_rate": [0.01, 0.02, 0.03]},
}
TWO = {"LAYERSCOPE_CONCURRENT_RUNS": "2"}


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def store(home):
    opened = open_store(Settings(home=home))
    yield opened
    end_all(opened)
    opened.close()


def begun(home, *arguments, told=b""):
    """The command line at work in a process of its own."""
    env = {**os.environ, "LAYERSCOPE_HOME": str(home), **TWO}
    pipe = subprocess.PIPE
    hears = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # else deaf where tests run in the background
    command = [sys.executable, "-m", "core", *arguments]
    child = subprocess.Popen(command, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, stderr=pipe, preexec_fn=hears)
    assert child.stdin is not None
    child.stdin.write(told)
    child.stdin.close()
    child.stdin = None
    return child


def states(store):
    return sorted(run.state for run in store.runs(LOCAL_OWNER, brief=True))


def test_arms_train_side_by_side_and_ctrl_c_stops_all_of_them_and_the_runner(home, store):
    child = begun(home, "study", "-", told=json.dumps(LONG_STUDY).encode())
    until(lambda: states(store) == ["queued", "running", "running"], 60, "two of three arms train")
    runner = store.runner()
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130 and not out
    assert states(store) == ["stopped"] * 3
    assert b"Stopped. What was recorded" in err and b"Traceback" not in err
    assert err.count(b"0 of 3 runs done [") == 1, "a line per tenth where there is no terminal"
    until(lambda: not is_there(runner.process.pid), 20, "the runner that was started for the study ended")


def test_a_study_leaves_alone_the_runner_that_was_there(home, store):
    chosen = Settings(home=home, concurrent_runs=2)
    small = {"experiment": {"data": "iris", "training": {"epochs": 3}}, "grid": {"training.batch_size": [8, 16, 32]}}
    with runner_at_work(store, chosen):
        until(lambda: store.runner().details.get("ready"), 60, "the runner is warm")
        before = store.runner().process
        done = core("study", "-", home=home, stdin=json.dumps(small).encode())
        assert done.returncode == 0, done.stderr.decode()
        assert store.runner().process == before and is_there(before.pid)
        assert b"3 of 3 runs done [##############################]  0 in training" in done.stderr
    assert [arm["state"] for arm in json.loads(done.stdout)["arms"]] == ["finished"] * 3
    assert not is_there(before.pid)


def test_without_a_runner_where_none_may_be_started_a_study_is_refused(home, store):
    done = core("study", "-", home=home, stdin=b'{"experiment": {"data": "iris"}}', LAYERSCOPE_START_RUNNER="false")
    assert done.returncode == 2 and b"python -m core runner" in done.stderr
    assert not store.runs(LOCAL_OWNER)


SICK = {"data": "wine", "optimizer": {"kind": "sgd", "learning_rate": 1e-6}, "training": {"epochs": 40}}


def test_a_real_network_is_treated_until_it_is_healthy(home, store):
    run = json.loads(core("run", "-", "--quiet", home=home, stdin=json.dumps(SICK).encode()).stdout)["run"]
    done = core("treat", run[:10], "--trainings", "6", "--json", home=home)
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    assert told["ending"] == "healthy" and told["said"].startswith("Healthy: nothing is wrong any more.")
    first, last = told["tried"][0], told["tried"][-1]
    assert first["causes"] == ["The learning rate is too low"] and first["score"] < 0.7
    assert last["kept"] and last["score"] > 0.9 and not last["causes"]
    assert told["kept"]["optimizer"]["learning_rate"] > 100 * SICK["optimizer"]["learning_rate"]
    trained = store.runs(LOCAL_OWNER, study=f"treat-{run}")
    assert len(trained) == len(told["tried"]) <= 6 and {one.state for one in trained} == {"finished"}
    assert done.stderr.decode().count("of at most 6:") == len(trained)
    after = json.loads(core("diagnose", trained[0].id, "--json", home=home).stdout)
    assert {finding["zone"] for finding in after} <= {"watch"}


def test_a_treatment_that_is_told_to_end_stays_ended(home, store):
    tree = {**SICK, "training": {"epochs": 20_000}}
    run = store.queue(LOCAL_OWNER, tree, "sick")
    store.request(run, LOCAL_OWNER, "stop")
    child = begun(home, "treat", run)
    until(lambda: "running" in states(store), 60, "the treatment trains")
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=60)
    assert child.returncode == 130 and states(store) == ["stopped", "stopped"]
