"""Runs: owners, order, states, requests."""

import threading
import time

import pytest

from core.store import Process, Progress
from core.store.model import RunGoneError

EXPERIMENT = {"training": {"epochs": 7}, "name": "x"}
HERE = Process("here", 17, "then")


def test_a_run_comes_back_as_it_was_queued(store):
    run_id = store.queue("ada", EXPERIMENT, "first", study="s", position=2)
    run = store.run(run_id, "ada")
    assert (run.id, run.owner, run.name, run.study, run.position) == (run_id, "ada", "first", "s", 2)
    assert (run.state, run.request, run.epoch, run.epochs, run.place, run.curve) == ("queued", "go", 0, 7, 0, [])
    assert run.experiment == EXPERIMENT and run.meta is None and run.summary is None and not run.is_over
    assert len(run_id) == 32 and int(run_id, 16)


def test_a_foreign_run_is_no_run(store):
    run_id = store.queue("ada", EXPERIMENT)
    store.claim("r")
    store.append(run_id, [("epochs", 1, b"x")])
    store.save_weights(run_id, 0, "last", 1, b"w")
    for owner, known in (("eve", run_id), ("ada", "0" * 32), ("ada", "' OR 1=1 --"), ("ada", "../../etc/passwd")):
        assert store.run(known, owner) is None and store.revision(known, owner) is None
        assert store.ahead(known, owner) is None
        assert store.records(known, "epochs", owner=owner) == ([], -1)
        assert store.kinds(known, owner=owner) == {} and store.weights(known, owner=owner) == []
        assert not store.rename(known, owner, "mine") and not store.request(known, owner, "stop")
        assert not store.delete(known, owner)
    assert store.runs("eve") == [] and store.find(run_id[:8], "eve") == []
    assert store.run(run_id, "ada").request == "go"


def test_owners_take_turns(store):
    ada = [store.queue("ada", EXPERIMENT) for _ in range(4)]
    bob = [store.queue("bob", EXPERIMENT) for _ in range(2)]
    expected = [ada[0], bob[0], ada[1], bob[1], ada[2], ada[3]]
    assert [store.ahead(one, "ada") for one in ada] == [0, 2, 4, 5]
    assert [store.ahead(one, "bob") for one in bob] == [1, 3]
    assert [store.claim("r").id for _ in expected] == expected
    assert store.claim("r") is None


def test_one_run_is_claimed_once_by_many(store):
    ids = {store.queue("ada", EXPERIMENT) for _ in range(12)}
    claimed, lock = [], threading.Lock()

    def claim():
        while (run := store.claim("r")) is not None:
            with lock:
                claimed.append(run.id)

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(ids)


def test_stop_pause_go(store):
    waiting, run_id = store.queue("ada", EXPERIMENT), store.queue("ada", EXPERIMENT)
    assert store.request(waiting, "ada", "stop") and store.run(waiting, "ada").state == "stopped"
    assert not store.request(waiting, "ada", "stop")
    store.claim("r")
    assert store.asked(run_id) == "go"
    assert store.request(run_id, "ada", "pause") and store.asked(run_id) == "pause"
    assert store.request(run_id, "ada", "go") and store.asked(run_id) == "go"
    assert store.request(run_id, "ada", "stop") and store.request(run_id, "ada", "stop")
    assert not store.request(run_id, "ada", "go"), "a stopping run does not come back"
    assert store.finish(run_id, "stopped", "as asked")
    assert store.asked(run_id) is None and not store.request(run_id, "ada", "pause")


def test_an_ended_run_takes_nothing_more(store):
    run_id = store.queue("ada", EXPERIMENT)
    store.claim("r")
    assert store.finish(run_id, "finished", None, {"outcome": "finished"})
    assert not store.finish(run_id, "failed", "late") and not store.heartbeat(run_id)
    for late in (
        lambda: store.append(run_id, [("epochs", 1, b"")]),
        lambda: store.describe(run_id, {}),
        lambda: store.attach(run_id, HERE),
    ):
        with pytest.raises(RunGoneError):
            late()
    store.progress(run_id, Progress(3, 7))
    run = store.run(run_id, "ada")
    assert (run.state, run.epoch, run.reason, run.summary) == ("finished", 0, None, {"outcome": "finished"})


def test_a_run_never_ends_before_it_began(store, monkeypatch):
    run_id = store.queue("ada", EXPERIMENT)
    store.claim("r")
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() - 3_600)
    later = store.queue("ada", EXPERIMENT)
    store.finish(run_id, "finished")
    run = store.run(run_id, "ada")
    assert run.ended >= run.started
    assert [one.id for one in store.runs("ada")] == [later, run_id], "newest first, whatever the clock says"


def test_progress_description_and_process_are_kept(store):
    run_id = store.queue("ada", EXPERIMENT)
    store.claim("r")
    assert store.attach(run_id, HERE).process == HERE
    store.describe(run_id, {"epochs": 9, "layers": [1]})
    store.progress(run_id, Progress(4, 9, 0.25, (1.0, float("nan"), 0.123456789)))
    run = store.run(run_id, "ada")
    assert (run.epoch, run.epochs, run.seconds_per_epoch, run.meta) == (4, 9, 0.25, {"epochs": 9, "layers": [1]})
    assert run.curve[0] == 1.0 and run.curve[1] != run.curve[1] and run.curve[2] == 0.1235
    assert [one.id for one in store.running()] == [run_id]


def test_a_run_may_be_executed_by_who_queues_it(store):
    run_id = store.queue("ada", EXPERIMENT, process=HERE)
    assert store.claim("r") is None and store.waiting() == (False, False)
    assert store.run(run_id, "ada").state == "running" and store.run(run_id, "ada").process == HERE


def test_deleting_takes_record_and_weights_along_and_nothing_else(store):
    kept, gone = (store.queue("ada", EXPERIMENT) for _ in range(2))
    for run_id in (kept, gone):
        store.claim("r")
        store.append(run_id, [("epochs", 1, b"x")])
        store.save_weights(run_id, 0, "best", 1, b"w")
    assert store.delete(gone, "ada") and not store.delete(gone, "ada")
    with pytest.raises(RunGoneError):
        store.append(gone, [("epochs", 2, b"y")])
    with pytest.raises(RunGoneError):
        store.save_weights(gone, 0, "best", 2, b"w")
    assert store.asked(gone) is None and store.records(gone, "epochs") == ([], -1)
    assert store.records(kept, "epochs") == ([b"x"], 1) and len(store.weights(kept)) == 1


def test_names_are_text(store):
    name = "Robert'); DROP TABLE runs;-- :red[x] \u202e 😀"
    run_id = store.queue("ada", EXPERIMENT, name)
    assert store.run(run_id, "ada").name == name
    assert store.rename(run_id, "ada", "%_") and store.run(run_id, "ada").name == "%_"
    assert store.find("%", "ada") == [] and store.find(run_id[:6], "ada") == [run_id]


def test_usage_counts(store):
    for _ in range(3):
        store.queue("ada", EXPERIMENT)
    store.claim("r")
    store.add_table("ada", "t", b"1", {})
    used = store.usage("ada")
    assert (used.runs, used.waiting, used.running, used.tables) == (3, 2, 1, 1)


def test_lists_are_filtered_and_brief(store):
    ids = [store.queue("ada", EXPERIMENT, study="a" if i % 2 else None) for i in range(4)]
    store.request(ids[0], "ada", "stop")
    assert [run.id for run in store.runs("ada", states=["queued"])] == ids[:0:-1]
    assert [run.id for run in store.runs("ada", study="a", limit=1, offset=1)] == [ids[1]]
    assert all(run.experiment == {} and run.meta is None for run in store.runs("ada", brief=True))
    assert store.runs("ada")[0].place == 2 and store.runs("ada")[0].experiment == EXPERIMENT
