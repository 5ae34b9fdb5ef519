"""The command line does the dashboard's jobs without a browser."""

import json

import pytest

from core.experiment import parse
from core.settings import Settings
from core.store import LOCAL_OWNER, open_store
from tests.running.conftest import core

CSV = "size,colour,kind\n" + "".join(
    f"{i % 7 + (0.0 if i % 2 else 5.0)},{'red' if i % 3 else 'blue'},{'a' if i % 2 else 'b'}\n" for i in range(60)
)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("cli") / "home"


@pytest.fixture(scope="module")
def trained(home):
    """What `run` said of a short training on a file."""
    file = home.parent / "my table.csv"
    file.write_text(CSV)
    experiment = {"name": "from a file", "data": {"kind": "file", "path": str(file), "target": "kind"}}
    done = core("run", "-", home=home, stdin=json.dumps({**experiment, "training": {"epochs": 5}}).encode())
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout), done.stderr.decode()


def test_a_list_of_targets_is_answered_at_once(tmp_path):
    file = tmp_path / "two.csv"
    file.write_text(
        "size,width,height\n" + "".join(f"{i % 17},{i % 17 * 2.5 + i % 3},{9 - i % 17 / 2}\n" for i in range(90))
    )
    data = {"kind": "file", "path": str(file), "target": ["width", "height"]}
    tree = {"data": data, "loss": "squared_error", "training": {"epochs": 3}}
    done = core("run", "-", home=tmp_path / "home", stdin=json.dumps(tree).encode())
    assert done.returncode == 0, done.stderr.decode()
    store = open_store(Settings(home=tmp_path / "home"))
    run = store.run(json.loads(done.stdout)["run"], LOCAL_OWNER)
    assert run.experiment["data"]["target"] == ["width", "height"] and run.meta["targets"] == ["width", "height"]
    store.close()


def test_a_file_that_was_read_with_doubts_says_so_where_the_run_goes_on(tmp_path):
    file = tmp_path / "odd.csv"
    file.write_text("A title above\n" + CSV)
    experiment = {"data": {"kind": "file", "path": str(file), "target": "kind"}, "training": {"epochs": 2}}
    done = core("run", "-", home=tmp_path / "home", stdin=json.dumps(experiment).encode())
    assert done.returncode == 0 and "warning: Line 1 above the table was left out" in done.stderr.decode()
    (stored,) = open_store(Settings(home=tmp_path / "home")).tables(LOCAL_OWNER)
    assert "Line 1" in stored.details["report"][0]["text"]


def test_a_file_that_is_not_there_is_named_beside_the_other_problems(tmp_path):
    experiment = {"data": {"kind": "file", "path": "/no/such.csv"}, "training": {"epochs": -1}}
    done = core("run", "-", home=tmp_path / "home", stdin=json.dumps(experiment).encode())
    found = {problem["path"] for problem in json.loads(done.stdout)["problems"]}
    assert done.returncode == 2 and found == {"training.epochs", "data.path"}


def test_run_trains_a_file_and_keeps_it_as_a_table(trained, home):
    said, progress = trained
    assert said["state"] == "finished" and said["summary"]["outcome"] == "finished"
    assert "epoch 5/5" in progress
    store = open_store(Settings(home=home))
    run = store.run(said["run"], LOCAL_OWNER)
    assert run.name == "from a file" and run.epoch == 5
    assert run.experiment["data"]["kind"] == "table" and "my table.csv" not in json.dumps(run.experiment)
    (table,) = store.tables(LOCAL_OWNER)
    assert table.name == "my table.csv" and table.details["rows"] == 60
    store.close()


def test_show_runs_and_export(trained, home):
    run_id = trained[0]["run"]
    shown = json.loads(core("show", run_id[:8], home=home).stdout)
    assert shown["id"] == run_id and "epochs" in shown["kinds"] and shown["meta"] and "process" not in shown
    assert run_id in core("runs", home=home).stdout.decode()
    assert json.loads(core("runs", "--json", home=home).stdout)[0]["id"] == run_id
    lines = core("export", run_id, "--kind", "epochs", home=home).stdout.decode().splitlines()
    assert lines[0].startswith("epoch,replica") and len(lines) == 1 + 6
    assert json.loads(core("export", run_id, "--kind", "baselines", "--format", "json", home=home).stdout)
    assert core("export", run_id, "--kind", "epochs", "--format", "parquet", home=home).stdout[:4] == b"PAR1"


def test_a_lesson_is_run_and_judged(home):
    done = core("lessons", "--json", "--only", "first_loss", "--quiet", home=home)
    assert done.returncode == 0, done.stderr.decode()
    (told,) = json.loads(done.stdout)
    assert told["verdict"] == "proved" and told["claim"].startswith("Before the first step")
    assert len(told["measured"]) == 3 and all(all(one["holds"]) for one in told["measured"])
    assert told["condition"].startswith("first loss beside ln 2: at most")
    listed = json.loads(core("runs", "--json", home=home).stdout)
    assert {run["study"] for run in listed[:3]} == {told["study"]} and told["study"].startswith("lesson-first_loss-")


def test_an_unknown_lesson_is_refused(home):
    done = core("lessons", "--only", "alchemy", home=home)
    assert done.returncode == 2 and b"alchemy" in done.stderr and b"perceptron_xor" in done.stderr


def test_refusals_name_every_problem_and_end_with_2(home):
    done = core("run", "-", home=home, stdin=b'{"training": {"epochs": 0}, "nonsense": 1}')
    assert done.returncode == 2 and b"nonsense" in done.stderr and b"epochs" in done.stderr
    assert len(json.loads(done.stdout)["problems"]) == 2
    for arguments in (("show", "0" * 32), ("export", "0" * 32, "--kind", "epochs"), ("run", "/no/such/file.json")):
        assert core(*arguments, home=home).returncode == 2
    assert b"no kind" in core("export", "0" * 32, "--kind", "nope", home=home).stderr


def test_what_limits_forbid_is_refused_before_a_run_exists(home):
    tree = json.dumps({"network": {"kind": "dense", "layers": [{"units": 100_000}] * 9}}).encode()
    done = core("run", "-", home=home, stdin=tree)
    assert done.returncode == 2 and b"parameters" in done.stderr and b"20,000,000" in done.stderr


def test_another_owners_runs_are_not_shown(trained, home):
    assert core("show", trained[0]["run"], "--owner", "eve", home=home).returncode == 2
    assert core("runs", "--owner", "eve", home=home).stdout == b""


def test_schema_describes_an_experiment(home):
    schema = json.loads(core("schema", home=home).stdout)
    assert "training" in schema["properties"] and parse({})[0] is not None


def test_preview_and_read(home):
    assert "layers" in json.loads(core("preview", "-", home=home, stdin=b"{}").stdout)
    file = home.parent / "t.csv"
    file.write_text(CSV)
    said = json.loads(core("read", file, home=home).stdout.splitlines()[0])
    assert said["rows"] == 60 and len(said["columns"]) == 3


def test_a_missing_store_folder_is_said_in_words(tmp_path):
    done = core("runs", home=tmp_path / "no" / "home")
    assert done.returncode == 2 and b"does not exist" in done.stderr and b"Traceback" not in done.stderr


def test_read_takes_the_word_json_and_one_bad_file_never_ends_the_call(tmp_path):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("x,y\n1,a\n2,b\n3,a\n")
    bad.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    done = core("read", bad, good, "--json", home=tmp_path / "home")
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["outcome"] for one in said] == ["refused", "loaded"]
    assert said[1]["rows"] == 3
    assert [column["name"] for column in said[1]["columns"]] == ["x", "y"]
