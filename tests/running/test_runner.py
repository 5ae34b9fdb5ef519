"""Runner and workers, with real processes: from the click to the end, whatever happens in between."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from core.experiment import Experiment
from core.running.ensure import _last, ensure_runner
from core.running.submit import submit
from core.running.watch import settle
from core.settings import Settings
from core.store import open_store
from tests.running.conftest import LONG, OWNER, ROOT, is_there, kill, recorded_epoch, start_runner, until


def started(store, tree=LONG, **more):
    """A run that has recorded its first epoch."""
    run_id = submit(store, OWNER, tree, **more)
    until(lambda: recorded_epoch(store, run_id), 20, "first epoch")
    return run_id


def over(store, run_id, seconds=10.0):
    return until(lambda: (run := store.run(run_id, OWNER)).is_over and run, seconds, "the run is over")


def stopped(store, run_id):
    store.request(run_id, OWNER, "stop")
    return over(store, run_id)


def test_a_run_goes_from_queue_to_finished_with_its_record(hall):
    run_id = submit(hall, OWNER, {"training": {"epochs": 30}}, name="short")
    run = over(hall, run_id, 30)
    assert (run.state, run.reason, run.epoch, run.epochs) == ("finished", None, 30, 30)
    assert run.meta["epochs"] == 30 and run.summary["outcome"] == "finished"
    assert len(run.curve) == 31 and run.started <= run.ended
    assert {"epochs", "baselines"} <= set(hall.kinds(run_id))
    assert run.process.pid != hall.runner().process.pid and hall.weights(run_id)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
@pytest.mark.parametrize(
    ("device", "units", "found"), [("cuda", 32, "cuda"), ("auto", 32, "cpu"), ("auto", 2_000, "cuda")]
)
def test_a_run_where_there_is_a_cuda_device(hall, device, units, found):
    layers = {"layers": [{"units": units}] * 2}
    run_id = submit(hall, OWNER, {"network": layers, "training": {"epochs": 30, "device": device}}, name="there")
    run = over(hall, run_id, 90)
    assert (run.state, run.reason, run.epoch) == ("finished", None, 30)
    assert run.meta["device"].startswith(found)  # a small network gains nothing
    assert [each["name"] for each in hall.runner().details["devices"]][:2] == ["cpu", "cuda:0"]


def test_a_first_epoch_is_there_soon(hall):
    began = time.monotonic()
    run_id = started(hall)
    assert time.monotonic() - began < 3  # the measured time is the benchmark's business
    stopped(hall, run_id)


def test_stop_acts_within_a_second(hall):
    run_id = started(hall)
    began = time.monotonic()
    run = stopped(hall, run_id)
    assert run.state == "stopped" and "as asked" in run.reason and time.monotonic() - began < 1.5
    assert run.summary["outcome"] == "stopped" and run.curve


def test_pause_holds_still_and_go_goes_on(hall):
    run_id = started(hall)
    hall.request(run_id, OWNER, "pause")
    time.sleep(0.6)
    at = hall.run(run_id, OWNER).epoch
    time.sleep(0.5)
    paused = hall.run(run_id, OWNER)
    assert paused.epoch == at and paused.state == "running" and time.time() - paused.heartbeat < 3
    hall.request(run_id, OWNER, "go")
    until(lambda: hall.run(run_id, OWNER).epoch > at, 5, "it goes on")
    assert stopped(hall, run_id).state == "stopped"


def test_a_killed_worker_is_a_failed_run_with_its_reason_and_record(hall):
    run_id = started(hall)
    sequence = hall.revision(run_id, OWNER).sequence
    began = time.monotonic()
    kill(hall.run(run_id, OWNER).process.pid)
    run = over(hall, run_id)
    assert run.state == "failed" and "signal 9 (SIGKILL)" in run.reason and "memory" in run.reason
    assert time.monotonic() - began < 3 and run.sequence >= sequence
    assert len(hall.records(run_id, "epochs")[0]) >= 1
    assert over(hall, submit(hall, OWNER, {"training": {"epochs": 2}}), 20).state == "finished", "the runner lives"


def test_a_terminated_worker_is_interrupted(hall):
    run_id = started(hall)
    kill(hall.run(run_id, OWNER).process.pid, signal.SIGTERM)
    assert over(hall, run_id).state == "interrupted"


def test_a_frozen_worker_is_ended_when_it_should_stop(hall):
    run_id = started(hall)
    kill(hall.run(run_id, OWNER).process.pid, signal.SIGSTOP)
    run = stopped(hall, run_id)
    assert run.state == "stopped" and "did not react" in run.reason


def test_a_deleted_run_ends_its_worker(hall):
    run_id = started(hall)
    pid = hall.run(run_id, OWNER).process.pid
    assert hall.delete(run_id, OWNER)
    until(lambda: not is_there(pid), 5, "its worker ended")


def test_more_runs_than_room_wait_in_line(hall):
    runs = [submit(hall, OWNER, LONG) for _ in range(4)]
    until(lambda: len(hall.running()) == 2, 10, "two run")
    time.sleep(0.3)
    assert [hall.ahead(one, OWNER) for one in runs] == [None, None, 0, 1]
    assert stopped(hall, runs[2]).state == "stopped" and hall.run(runs[2], OWNER).started is None
    stopped(hall, runs[0])
    until(lambda: hall.run(runs[3], OWNER).state == "running", 5, "the next one starts")
    for one in (runs[1], runs[3]):
        stopped(hall, one)


def test_data_that_are_gone_end_the_run_in_words(hall):
    table = {"data": {"kind": "table", "table": "0" * 32, "target": "y"}}
    tree = Experiment.model_validate(table).model_dump(mode="json")
    run = over(hall, hall.queue(OWNER, tree))
    assert run.state == "failed" and run.reason.startswith("There is no such table any more: ")


@pytest.mark.parametrize(
    "tree",
    [{"network": {"kind": "dense", "layers": []}, "bogus": 1}, {}, {"data": {"kind": "file", "path": "/etc/passwd"}}],
)
def test_what_is_in_the_store_is_checked_again(hall, tree):
    run = over(hall, hall.queue(OWNER, {**tree, "training": {"epochs": 2}}))
    assert run.state == ("finished" if not tree else "failed") and "/etc" not in str(run.reason)


def test_workers_have_no_secrets_and_step_back(hall):
    run_id = started(hall)
    process = hall.run(run_id, OWNER).process
    environment = Path(f"/proc/{process.pid}/environ").read_bytes().decode()
    assert "LAYERSCOPE" not in environment and "PASSWORD" not in environment
    assert os.getsid(process.pid) == process.pid and os.getpgid(process.pid) == process.pid
    assert os.getpriority(os.PRIO_PROCESS, process.pid) == Settings().niceness > 0
    if Path("/proc/sys/kernel/sched_autogroup_enabled").exists():  # there a session's own niceness is what counts
        assert Path(f"/proc/{process.pid}/autogroup").read_text().split("nice")[1].strip() == str(Settings().niceness)
    stopped(hall, run_id)


def test_previews_are_answered_and_refused_in_words(hall):
    asked = hall.ask("preview", {"experiment": {}, "owner": OWNER})
    answer = until(lambda: hall.answer(asked), 20, "an answer")
    assert "problems" not in answer and "layers" in answer
    asked = hall.ask("preview", {"experiment": json.dumps({"training": {"epochs": 0}}), "owner": OWNER})
    assert "epochs" in str(until(lambda: hall.answer(asked), 20, "an answer")["paths"])
    asked = hall.ask("fortune", {})
    assert "fortune" in until(lambda: hall.answer(asked), 20, "an answer")["problems"][0]


def test_one_runner_however_often_it_is_ensured(hall):
    token = hall.runner().token
    for _ in range(3):
        _last.clear()
        assert ensure_runner(hall).is_alive
    assert hall.runner().token == token


def test_runs_go_on_without_their_runner_and_the_next_one_watches_them(chosen, store):
    start_runner(store, chosen)
    going, killed = started(store), started(store)
    first = store.runner()
    kill(first.process.pid)
    until(lambda: not is_there(first.process.pid), 5, "the runner is gone")
    epoch = store.run(going, OWNER).epoch
    kill(store.run(killed, OWNER).process.pid)
    _last.clear()
    start_runner(store, chosen)
    assert store.runner().token != first.token
    assert over(store, killed).state == "interrupted"
    until(lambda: store.run(going, OWNER).epoch > epoch, 5, "the run goes on")
    assert store.run(going, OWNER).state == "running"
    assert stopped(store, going).state == "stopped"


def test_a_runner_ends_when_nobody_needs_it(chosen, store):
    brief = chosen.model_copy(update={"idle_seconds": 3.0})
    start_runner(store, brief)
    pid = store.runner().process.pid
    with store.db.writing() as connection:
        connection.exec_driver_sql("UPDATE notes SET value = 0")
    until(lambda: not is_there(pid), 15, "the runner ended")
    assert store.runner() is None


def test_a_runner_of_an_older_program_is_replaced_and_its_runs_go_on(chosen, store, monkeypatch):
    start_runner(store, chosen)
    run_id, first = started(store), store.runner()
    monkeypatch.setattr("core.running.ensure.stamp", lambda: first.details["stamp"] + 1)
    _last.clear()
    assert ensure_runner(store, chosen).is_starting and store.runner().token != first.token
    until(lambda: not is_there(first.process.pid), 5, "the old one ended")
    monkeypatch.undo()
    start_runner(store, chosen)
    epoch = store.run(run_id, OWNER).epoch
    until(lambda: store.run(run_id, OWNER).epoch > epoch, 5, "the run goes on")
    assert stopped(store, run_id).state == "stopped"


def test_a_runner_whose_store_is_taken_away_ends(chosen, store):
    start_runner(store, chosen)
    pid = store.runner().process.pid
    store.close()
    shutil.rmtree(chosen.home)
    until(lambda: not is_there(pid), 5, "the runner ended")
    assert not chosen.home.exists(), "and makes no new one"
    chosen.home.mkdir()
    store.db.prepare()


def test_a_runner_started_as_a_service_keeps_no_secret_and_leaves_its_runs_alone(chosen, store):
    environment = {**os.environ, "LAYERSCOPE_HOME": str(chosen.home), "STREAMLIT_COOKIE_SECRET": "hush"}
    command = [sys.executable, "-m", "core", "runner", "--forever"]
    service = subprocess.Popen(command, cwd=ROOT, env=environment)
    until(lambda: ensure_runner(store, chosen.model_copy(update={"start_runner": False})).is_alive, 60, "it is warm")
    run_id = started(store)
    pid = store.run(run_id, OWNER).process.pid
    for process in (service.pid, pid):
        assert b"hush" not in Path(f"/proc/{process}/environ").read_bytes()
    service.send_signal(signal.SIGTERM)
    assert service.wait(timeout=10) == 0 and store.runner() is None
    assert is_there(pid) and store.run(run_id, OWNER).state == "running"
    assert stopped(store, run_id).state == "stopped", "it listens to its owner without a runner too"


def test_two_starts_at_once_give_one_runner(chosen, store):
    other = open_store(chosen)
    tokens = {opened.take_lease(lambda runner: True) for opened in (store, other)}
    assert len(tokens - {None}) == 1
    other.close()


def test_a_run_without_a_process_is_settled_by_anybody(store):
    from core.running.process import this_process
    from core.store import Process

    me = this_process()
    gone = store.queue(OWNER, {}, process=Process(me.host, me.pid, "before the flood"))  # our number, reused
    mine = store.queue(OWNER, {}, process=me)
    assert settle(store) == [gone]
    assert store.run(gone, OWNER).state == "interrupted" and store.run(mine, OWNER).state == "running"
