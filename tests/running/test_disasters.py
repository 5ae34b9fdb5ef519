"""Full disks, locked stores, other databases: runs go on or end in words, and nothing acknowledged is lost."""

import signal
import sqlite3
import time

import pytest

from core.recording.schemas import from_bytes
from core.running.submit import submit
from core.settings import Settings
from core.store import open_store
from tests.running.conftest import LONG, OWNER, end_all, is_there, kill, recorded_epoch, start_runner, until


def epochs(store, run_id):
    return from_bytes("epochs", store.records(run_id, "epochs")[0]).column("epoch").unique().to_pylist()


def begin(store, chosen):
    start_runner(store, chosen)
    run_id = submit(store, OWNER, LONG, chosen=chosen)
    until(lambda: recorded_epoch(store, run_id), 20, "first epoch")
    return run_id


def grows(store, run_id):
    epoch = store.run(run_id, OWNER).epoch
    until(lambda: store.run(run_id, OWNER).epoch > epoch, 10, "it goes on")


@pytest.fixture
def cramped(small_disk):
    """A store on a small disk, and settings under which a run gives up soon."""
    chosen = Settings(home=small_disk / "home", patience_seconds=3.0)
    store = open_store(chosen)
    yield store, chosen, small_disk
    (small_disk / "filler").unlink(missing_ok=True)
    end_all(store)
    store.close()


def test_a_full_disk_is_survived_or_ends_the_run_in_words(cramped):
    store, chosen, disk = cramped
    run_id = begin(store, chosen)
    fill(disk)
    time.sleep(1.5)
    (disk / "filler").unlink()
    grows(store, run_id)
    assert epochs(store, run_id)[:50] == list(range(50)), "what was held back came later, in order"
    fill(disk)
    pid = store.run(run_id, OWNER).process.pid
    until(lambda: not is_there(pid), 20, "the worker gave up")
    kept = epochs(store, run_id)
    (disk / "filler").unlink()
    run = until(lambda: (run := store.run(run_id, OWNER)).is_over and run, 10, "the run is over")
    assert run.state == "failed" and "disk is full" in run.reason
    assert epochs(store, run_id) == kept == list(range(len(kept)))


def fill(folder):
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return


def test_a_store_locked_for_5_seconds_loses_nothing(chosen, store):
    run_id = begin(store, chosen)
    other = sqlite3.connect(chosen.home / "layerscope.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(5)
    other.execute("ROLLBACK")
    other.close()
    grows(store, run_id)
    store.request(run_id, OWNER, "stop")
    run = until(lambda: (run := store.run(run_id, OWNER)).is_over and run, 10, "the run is over")
    assert run.state == "stopped"
    kept = epochs(store, run_id)
    assert kept == list(range(len(kept))) and len(kept) > 50


def test_the_same_on_postgresql(server_store):
    store, chosen = server_store
    run_id = begin(store, chosen)
    killed = submit(store, OWNER, LONG, chosen=chosen)
    until(lambda: recorded_epoch(store, killed), 20, "first epoch")
    kill(store.run(killed, OWNER).process.pid)
    run = until(lambda: (run := store.run(killed, OWNER)).is_over and run, 10, "the run is over")
    assert run.state == "failed" and "signal 9" in run.reason
    asked = store.ask("preview", {"experiment": {}, "owner": OWNER})
    assert "layers" in until(lambda: store.answer(asked), 20, "an answer")
    for _ in range(3):
        drop_connections(store)
        time.sleep(0.3)
    grows(store, run_id)
    store.request(run_id, OWNER, "stop")
    run = until(lambda: (run := store.run(run_id, OWNER)).is_over and run, 10, "the run is over")
    assert run.state == "stopped", run.reason
    kept = epochs(store, run_id)
    assert kept == list(range(len(kept)))


def drop_connections(store):
    """What a restart of the server does to everybody."""
    with store.db.reading() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        connection.exec_driver_sql(f"{others} AND datname = current_database()").all()


def test_a_run_that_needs_more_memory_than_it_may_have_fails_in_words(chosen, store):
    cut = chosen.model_copy(update={"hard_memory_mib": 4_000, "memory_mib": 10**6, "parameters": 10**11})
    start_runner(store, cut)
    tree = {"network": {"kind": "dense", "layers": [{"units": 50_000}] * 2}}
    run_id = submit(store, OWNER, tree, chosen=cut)
    run = until(lambda: (run := store.run(run_id, OWNER)).is_over and run, 60, "the run is over")
    assert run.state == "failed" and run.reason.startswith("Out of memory")


def test_a_run_is_stopped_at_its_time_limit(chosen, store):
    brief = chosen.model_copy(update={"wall_seconds": 1.5})
    start_runner(store, brief)
    run_id = submit(store, OWNER, LONG, chosen=brief)
    run = until(lambda: (run := store.run(run_id, OWNER)).is_over and run, 20, "the run is over")
    assert run.state == "stopped" and "1.5 seconds" in run.reason and run.sequence > 0


def test_a_frozen_runner_loses_its_place_and_ends_when_it_wakes(chosen, store):
    start_runner(store, chosen)
    first = store.runner().process
    kill(first.pid, signal.SIGSTOP)
    assert store.take_lease(lambda runner: False), "somebody else took over meanwhile"
    kill(first.pid, signal.SIGCONT)
    until(lambda: not is_there(first.pid), 10, "the first one ends")
    assert store.runner().process is None, "the other's lease is untouched"
