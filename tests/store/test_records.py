"""Records, weights, tables, questions and the lease."""

import os

import pytest

from core.store import Process, Progress
from core.store.model import RunGoneError


@pytest.fixture
def running(store):
    run_id = store.queue("ada", {"training": {"epochs": 3}})
    store.claim("r")
    return run_id


def test_readers_get_what_lies_beyond(store, running):
    assert store.append(running, [("epochs", 0, b"a"), ("layers", 0, b"A")], Progress(0, 3)) == 2
    first, last = store.records(running, "epochs", owner="ada")
    assert first == [b"a"] and last == 1
    assert store.append(running, [("epochs", 1, b"b"), ("epochs", 2, b"c")], Progress(2, 3, 0.5, (2.0, 1.0))) == 4
    assert store.records(running, "epochs", after=last) == ([b"b", b"c"], 4)
    assert store.records(running, "epochs", after=4) == ([], 4)
    assert store.kinds(running) == {"epochs": 4, "layers": 2}
    revision = store.revision(running, "ada")
    assert (revision.state, revision.sequence, revision.epoch) == ("running", 4, 2) and revision.heartbeat
    assert store.run(running, "ada").curve == [2.0, 1.0]


def test_a_repeated_append_stores_nothing_twice(store, running):
    batches = [("epochs", 1, b"a"), ("layers", 1, b"b")]
    assert store.append(running, batches, after=0) == 2
    assert store.append(running, batches, after=0) == 2, "the caller had not heard of the first"
    assert store.append(running, [("epochs", 2, b"c")], after=2) == 3
    assert store.records(running, "epochs") == ([b"a", b"c"], 3)
    with pytest.raises(RunGoneError):
        store.append(running, [("epochs", 9, b"z")], after=0)
    assert store.append(running, [], Progress(2, 3), after=3) == 3


def test_bytes_come_back_as_they_were(store, running):
    blob = os.urandom(300_000)
    store.append(running, [("frames", 1, blob), ("epochs", 1, b"")])
    store.save_weights(running, 0, "best", 1, blob)
    store.save_weights(running, 0, "best", 2, blob[::-1])
    store.save_weights(running, 1, "last", 3, b"w")
    assert store.records(running, "frames")[0] == [blob] and store.records(running, "epochs")[0] == [b""]
    kept = store.weights(running, owner="ada")
    assert [(w.replica, w.label, w.epoch) for w in kept] == [(0, "best", 2), (1, "last", 3)]
    assert kept[0].data == blob[::-1]


def test_the_same_table_is_kept_once(store):
    first = store.add_table("ada", "one.csv", b"parquet", {"rows": 3})
    assert store.add_table("ada", "again.csv", b"parquet", {"rows": 3}) == first
    assert store.add_table("bob", "one.csv", b"parquet", {}) != first
    other = store.add_table("ada", "two.csv", b"other", {})
    assert [table.id for table in store.tables("ada")] == [other, first]
    table = store.table(first, "ada")
    assert (table.name, table.size, table.details) == ("one.csv", 7, {"rows": 3})
    assert store.table_data(first, "ada") == b"parquet"


def test_a_foreign_table_is_no_table(store):
    table_id = store.add_table("ada", "one.csv", b"parquet", {})
    assert store.table(table_id, "eve") is None and store.table_data(table_id, "eve") is None
    assert not store.delete_table(table_id, "eve") and not store.rename_table(table_id, "eve", "x")
    assert store.rename_table(table_id, "ada", "better.csv") and store.table(table_id, "ada").name == "better.csv"
    assert store.delete_table(table_id, "ada") and store.table_data(table_id, "ada") is None


def test_a_question_is_taken_once_and_answered(store):
    asked = store.ask("preview", {"a": 1})
    assert store.waiting() == (False, True) and store.answer(asked) is None
    question = store.take_request()
    assert (question.id, question.kind, question.payload) == (asked, "preview", {"a": 1})
    assert store.take_request() is None and store.waiting() == (False, False)
    store.give_answer(asked, {"loss": 1.5})
    assert store.answer(asked) == {"loss": 1.5}
    assert store.clean_requests(kept_s=-1) == 1 and store.answer(asked) is None


def test_a_new_question_replaces_the_open_one_of_the_same_asker(store):
    store.ask("preview", {"n": 1}, asker="tab")
    store.ask("preview", {"n": 2}, asker="other tab")
    store.ask("preview", {"n": 3}, asker="tab")
    assert [store.take_request().payload["n"] for _ in range(2)] == [2, 3]


def test_one_lease_at_a_time(store):
    token = store.take_lease(lambda runner: False)
    assert store.take_lease(lambda runner: runner.process is None) is None, "a starting runner counts"
    me = Process("here", 1, "then")
    assert store.hold_lease(token, me, {"ready": True})
    assert store.runner().process == me and store.runner().details == {"ready": True}
    other = store.take_lease(lambda runner: False)
    assert other not in (None, token) and not store.hold_lease(token, me, {})
    store.end_lease(token)
    assert store.runner().token == other
    store.end_lease(other)
    assert store.runner() is None


def test_notes_say_when(store):
    assert store.seen("dashboard") is None
    store.note("dashboard")
    store.note("dashboard")
    assert store.seen("dashboard") > 0


def test_forgetting_an_owner_leaves_others_alone(store, running):
    store.append(running, [("epochs", 1, b"x")])
    for owner in ("ada", "bob"):
        store.add_table(owner, "t", b"1", {})
        store.remember(owner, "draft", {"a": 1})
    other = store.queue("bob", {})
    store.forget("ada")
    assert store.runs("ada") == [] and store.tables("ada") == [] and store.recall("ada", "draft") is None
    assert store.records(running, "epochs") == ([], -1)
    assert store.run(other, "bob") and store.tables("bob") and store.recall("bob", "draft")


def test_drafts_are_kept_by_owner(store):
    store.remember("ada", "draft", {"a": 1})
    store.remember("ada", "draft", {"a": 2})
    assert store.recall("ada", "draft") == {"a": 2} and store.recall("bob", "draft") is None
