"""The parts of running, each by itself: processes, reasons, limits, handing in, holding back, exporting."""

import csv
import io
import json
import math
import os
import signal
import sqlite3
import subprocess
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.experiment import Experiment
from core.recording.schemas import EPOCHS, from_bytes
from core.refusal import Refusal
from core.running import worker
from core.running.environment import clean_environment
from core.running.export import FORMULA_STARTS, exported, safe_cell
from core.running.limits import Shape, memory_mib, parameters, problems
from core.running.process import host, is_alive, started, this_process
from core.running.sink import Curve, RecordLostError, StoreSink, packed
from core.running.submit import submit
from core.running.watch import is_executed, reason
from core.settings import Settings, help_lines, settings
from core.store import Process, open_store


def test_a_process_is_told_apart_from_a_later_one_with_its_number():
    me = this_process()
    assert is_alive(me) is True
    assert is_alive(Process(me.host, me.pid, "another start")) is False
    assert is_alive(Process("elsewhere", me.pid, me.started)) is None


def test_a_process_that_ended_is_gone_even_unread():
    child = subprocess.Popen(["sleep", "30"])
    there = Process(host(), child.pid, started(child.pid))
    assert is_alive(there)
    child.kill()
    until = time.monotonic() + 5
    while is_alive(there) and time.monotonic() < until:
        time.sleep(0.01)
    assert is_alive(there) is False, "it has not been waited for, but it is gone"
    child.wait()


@pytest.mark.parametrize(
    ("code", "words"),
    [(-9, "signal 9 (SIGKILL); out of memory"), (-11, "SIGSEGV"), (3, "could not be written"), (1, "code 1")],
)
def test_reasons_are_sentences(code, words):
    assert words in reason(code) and reason(code).endswith(".")


def test_a_silent_machine_elsewhere_is_gone_after_a_while(store):
    far = store.queue("ada", {}, process=Process("elsewhere", 1, "x"))
    run = store.run(far, "ada")
    assert is_executed(run)
    with store.db.writing() as connection:
        connection.exec_driver_sql("UPDATE runs SET heartbeat = heartbeat - 60")
    assert not is_executed(store.run(far, "ada"))


def layers(count, units):
    return {"network": {"kind": "dense", "layers": [{"units": units}] * count}}


def test_parameters_are_counted_before_anything_is_built():
    experiment = Experiment.model_validate({**layers(2, 8), "training": {"replicas": 3}})
    by_hand = (4 + 1) * 8 + (8 + 1) * 8 + (8 + 1) * 3
    assert parameters(experiment, Shape(rows=150, features=4, outputs=3)) == 3 * by_hand


def test_a_network_of_100_gigabytes_is_refused_with_the_estimate():
    found = problems(Experiment.model_validate(layers(1_000, 100_000)), Shape(150, 5, 4, 3), Settings())
    assert {problem.path for problem in found} == {"network.layers"} and len(found) == 2
    assert "9,990,100,700,003 parameters" in found[0].message and "20,000,000" in found[0].message


def test_every_limit_is_named_at_once():
    tree = {"training": {"epochs": 50_000, "replicas": 60}, "data": {"kind": "moons", "rows": 90_000}}
    chosen = Settings(rows=50_000, epochs=20_000)
    found = problems(Experiment.model_validate(tree), None, chosen)
    assert [problem.path for problem in found] == ["training.epochs", "training.replicas", "data.rows"]
    assert not problems(Experiment(), Shape(150, 5, 4, 3), Settings())


def test_the_memory_estimate_grows_with_what_costs_memory():
    small, wide = Experiment.model_validate(layers(2, 8)), Experiment.model_validate(layers(2, 4_000))
    shape = Shape(1_000, 5, 4, 3)
    assert memory_mib(small, shape) < memory_mib(wide, shape) < memory_mib(wide, Shape(100_000, 5, 4_000, 3))


def test_handing_in_names_every_problem(store):
    with pytest.raises(Refusal) as caught:
        submit(store, "ada", {"training": {"epochs": 0}, "nonsense": 1})
    assert {problem.path for problem in caught.value.problems} >= {"nonsense"}
    with pytest.raises(Refusal, match="command line"):
        submit(store, "ada", {"data": {"kind": "file", "path": "/etc/passwd"}})
    table = store.add_table("eve", "hers", b"x", {})
    with pytest.raises(Refusal, match="no such table"):
        submit(store, "ada", {"data": {"kind": "table", "table": table, "target": "y"}})
    short = store.add_table("ada", "short", b"x", {"rows": 2})
    with pytest.raises(Refusal, match="2 rows; training needs at least 5"):
        submit(store, "ada", {"data": {"kind": "table", "table": short, "target": "y"}})
    assert store.runs("ada") == []


def test_a_person_may_not_have_more_waiting_than_allowed(store):
    chosen = Settings(waiting_runs=2)
    for _ in range(2):
        submit(store, "ada", {}, chosen=chosen)
    with pytest.raises(Refusal, match="2 of your runs wait"):
        submit(store, "ada", {}, chosen=chosen)
    submit(store, "bob", {}, chosen=chosen)


def epochs(*rows):
    return pa.Table.from_pylist([{"epoch": e, "replica": r, "validation_loss": v} for e, r, v in rows], schema=EPOCHS)


def test_batches_of_one_kind_are_stored_together_and_nothing_changes():
    batches = [("epochs", 1, epochs((1, 0, 0.5))), ("epochs", 2, epochs((2, 0, math.nan), (2, 1, math.inf)))]
    ((kind, epoch, data),) = packed(batches)
    rows = from_bytes(kind, [data]).to_pylist()
    assert (kind, epoch) == ("epochs", 2) and [row["epoch"] for row in rows] == [1, 2, 2]
    assert math.isnan(rows[1]["validation_loss"]) and rows[2]["validation_loss"] == math.inf


def test_the_curve_is_the_median_thinned_with_both_ends():
    curve = Curve()
    for epoch in range(500):
        curve.extend(epochs((epoch, 0, epoch), (epoch, 1, epoch + 2.0), (epoch, 2, math.nan)))
    points = curve.points()
    assert len(points) == 60 and points[0] == 1.0 and points[-1] == 500.0 and list(points) == sorted(points)


@pytest.fixture
def recording(chosen):
    """A run under way in a store that gives up waiting soon, and another writer who can hold the lock."""
    store = open_store(f"sqlite:///{chosen.home.parent}/s.sqlite", busy_seconds=0.05)
    run_id = store.queue("ada", {}, process=this_process())
    other = sqlite3.connect(chosen.home.parent / "s.sqlite", isolation_level=None)
    yield store, run_id, other
    other.close(), store.close()


def test_what_cannot_be_stored_now_is_stored_later(recording):
    store, run_id, other = recording
    sink = StoreSink(store, run_id)
    sink.append([("epochs", 1, epochs((1, 0, 1.0)))])
    other.execute("BEGIN IMMEDIATE")
    for epoch in (2, 3):
        sink.append([("epochs", epoch, epochs((epoch, 0, 1.0)))])
        sink.progress(epoch, 9)
    assert store.revision(run_id, "ada").sequence == 1, "not acknowledged, not lost"
    other.execute("ROLLBACK")
    sink.close()
    table = from_bytes("epochs", store.records(run_id, "epochs")[0])
    assert table.column("epoch").to_pylist() == [1, 2, 3] and store.run(run_id, "ada").epoch == 3


def test_a_store_that_stays_out_of_reach_ends_the_run(recording):
    store, run_id, other = recording
    sink = StoreSink(store, run_id, patience_s=0.3)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RecordLostError, match="busy"):
        for epoch in range(100):
            sink.append([("epochs", epoch, epochs((epoch, 0, 1.0)))])
            time.sleep(0.02)
    other.execute("ROLLBACK")


def test_a_deleted_run_is_noticed(recording):
    store, run_id, _ = recording
    sink = StoreSink(store, run_id)
    store.delete(run_id, "ada")
    sink.append([("epochs", 1, epochs((1, 0, 1.0)))])
    assert sink.is_gone
    sink.finish("finished", None, {})


def test_what_comes_after_the_first_epoch_comes_once(recording):
    store, run_id, _ = recording
    sink, done = StoreSink(store, run_id), []
    sink.then(lambda: done.append(store.revision(run_id, "ada").sequence))
    for epoch in range(3):
        sink.append([("epochs", epoch, epochs((epoch, 0, 1.0)))])
    assert done == [2]


@given(st.text(max_size=20))
def test_no_exported_text_is_a_formula(text):
    assert not safe_cell(text).startswith(FORMULA_STARTS) and safe_cell(text).removeprefix("'").endswith(text[1:])


def test_exports_hold_what_was_recorded():
    table = pa.table({"=name": ["=1+1", None, "plain"], "x": [-1.5, math.nan, math.inf], "l": [[1.0], [], None]})
    rows = list(csv.reader(io.StringIO(exported(table, "csv").decode(), newline="")))
    assert rows[0] == ["'=name", "x", "l"] and rows[1] == ["'=1+1", "-1.5", "[1.0]"]
    assert rows[2] == ["", "nan", "[]"] and rows[3] == ["plain", "inf", ""]
    parsed = json.loads(exported(table, "json"))
    assert parsed[1] == {"=name": None, "x": "NaN", "l": []} and parsed[2]["x"] == "Infinity"
    back = pq.read_table(io.BytesIO(exported(table, "parquet")))
    assert repr(back.to_pylist()) == repr(table.to_pylist())


def test_children_get_no_secret(monkeypatch):
    for name in ("LAYERSCOPE_STORE", "PGPASSWORD", "STREAMLIT_COOKIE_SECRET", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "secret")
    given_ = clean_environment()
    assert "secret" not in given_.values() and given_["OMP_NUM_THREADS"] == "1" and given_["PATH"] == os.environ["PATH"]


def test_settings_come_from_the_environment_and_name_every_mistake():
    chosen = settings({"LAYERSCOPE_ROWS": "1000", "LAYERSCOPE_START_RUNNER": "false", "HOME": "/x"})
    assert chosen.rows == 1_000 and chosen.start_runner is False
    with pytest.raises(Refusal) as caught:
        settings({"LAYERSCOPE_ROWS": "many", "LAYERSCOPE_EPOCHS": "0"})
    assert {problem.path for problem in caught.value.problems} == {"LAYERSCOPE_ROWS", "LAYERSCOPE_EPOCHS"}
    assert len(help_lines()) == len(Settings.model_fields) and all("(" in line for line in help_lines())


def test_signals_have_names():
    assert signal.SIGKILL.name in reason(-signal.SIGKILL) and "unknown" in reason(-250)


def test_a_session_steps_back_once_linux_lets_it(monkeypatch):
    """Linux refuses for a tenth of a second after another process of the machine has done the same."""
    written, refusals = [], [BlockingIOError(), BlockingIOError()]

    class Autogroup:
        def exists(self):
            return True

        def write_text(self, text):
            if refusals:
                raise refusals.pop()
            written.append(text)

    monkeypatch.setattr(worker, "AUTOGROUP", Autogroup())
    monkeypatch.setattr(worker, "AUTOGROUP_WAIT_S", 0.0)
    monkeypatch.setattr(worker.os, "nice", lambda levels: written.append(levels))
    monkeypatch.setattr(worker.os, "getsid", lambda _: worker.os.getpid())
    worker.step_back(7)
    assert written == [7, "7"]
    monkeypatch.setattr(worker.os, "getsid", lambda _: 1)  # a session that others are in
    worker.step_back(7)
    assert written == [7, "7", 7]
