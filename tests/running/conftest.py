"""A store of its own for every test; a runner in a process of its own where a test needs one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.running.ensure import ensure_runner
from core.running.process import is_alive
from core.settings import Settings
from core.store import open_store
from tests.store.conftest import on_server, postgresql  # noqa: F401

ROOT = Path(__file__).parents[2]
OWNER = "ada"
LONG = {"training": {"epochs": 20_000}}


@pytest.fixture
def chosen(tmp_path):
    return Settings(home=tmp_path / "home", concurrent_runs=2, idle_seconds=60.0)


@pytest.fixture
def store(chosen):
    opened = open_store(chosen)
    yield opened
    end_all(opened)
    opened.close()


@pytest.fixture(scope="module")
def hall(tmp_path_factory):
    """A store with a warm runner, shared by the tests of a module."""
    chosen = Settings(home=tmp_path_factory.mktemp("hall") / "home", concurrent_runs=2, idle_seconds=120.0)
    store = open_store(chosen)
    start_runner(store, chosen)
    yield store
    end_all(store)
    store.close()


@pytest.fixture
def server_store(postgresql, chosen):  # noqa: F811
    """A store on PostgreSQL, and settings that name it."""
    name = f"db{time.monotonic_ns()}"
    on_server(postgresql, f"CREATE DATABASE {name}")
    there = chosen.model_copy(update={"store": f"{postgresql}/{name}"})
    store = open_store(there)
    yield store, there
    end_all(store)
    store.close()


@pytest.fixture
def small_disk(tmp_path):
    """A folder with room for 48 MB. Skips where none can be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("no small disk can be mounted here: only root may")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def start_runner(store, chosen):
    """Start a runner if there is none, and wait until it is warm."""
    until(lambda: ensure_runner(store, chosen).is_alive, 60, "the runner is warm")


def end_all(store):
    """End the runner of this store, and every worker it left."""
    for run in store.running():
        if run.process is not None and run.process.pid != os.getpid() and is_alive(run.process):
            kill(run.process.pid)
    runner = store.runner()
    if runner is not None and runner.process is not None and is_alive(runner.process):
        kill(runner.process.pid, signal.SIGTERM)
        until(lambda: not is_there(runner.process.pid), 20, "the runner ended")


def until(condition, seconds, what):
    """The condition's first true value within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"not within {seconds} s: {what}")


def kill(pid, number=signal.SIGKILL):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def is_there(pid):
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return text[text.rindex(")") + 2] not in "ZX"


def recorded_epoch(store, run_id, least=1):
    run = store.run(run_id, OWNER)
    assert not run.is_over, run
    return run.sequence > 0 and run.epoch >= least


def core(*arguments, home, stdin=None, **environment):
    """The command line, in a process of its own."""
    env = {**os.environ, "LAYERSCOPE_HOME": str(home), **environment}
    command = [sys.executable, "-m", "core", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=env, input=stdin, capture_output=True, timeout=120)
