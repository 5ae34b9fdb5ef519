"""The archive of a run: what is in it, and that its program predicts what the run recorded, with nothing of ours."""

import csv
import importlib.util
import io
import json
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import r2_score

from core.archive import PROGRAM, archive
from core.choices.activations import ACTIVATIONS
from core.data.fitted import Fitted
from core.data.prepare import prepare
from core.data.sample import as_table, from_file
from core.data.table import Table
from core.experiment import Experiment
from core.prediction import kept_label, predicted
from core.recording.sink import MemorySink
from core.running.worker import preparation_table
from core.store import StoredWeights
from core.training.loop import train

FILES = Path(__file__).parent / "data" / "files"
SMALL = {"network.layers": [{"units": 6}, {"units": 6, "skip": True, "normalisation": "batch", "dropout": 0.2}]}


class Trained:
    """A run that was trained in memory, with its archive unpacked."""

    def __init__(self, folder, changes, table=None, changes_whole=None):
        self.experiment = Experiment().changed(changes_whole or {**SMALL, "training.epochs": 6, **changes})
        self.sample = self.experiment.data.load(None if table is None else lambda _: table)
        self.ready = prepare(self.sample, self.experiment.split, self.experiment.preparation)
        self.sink, self.folder = MemorySink(), folder
        self.sink.append([("preparation", 0, preparation_table(self.ready.steps))])
        train(self.experiment, self.ready.splits, self.sink)
        self.weights = [StoredWeights(r, label, *kept) for (r, label), kept in self.sink.weights.items()]
        tree = self.experiment.model_dump(mode="json")
        data = archive("a run", tree, self.sink.meta, {}, self.sink.tables(), self.weights)
        zipfile.ZipFile(io.BytesIO(data)).extractall(folder)

    def recorded(self, replica=0):
        """Rows of the table, answers with the kept weights and targets, of the validation rows."""
        label = kept_label(self.experiment)
        epoch = self.sink.weights[replica, label][0]
        outputs = [o for o in self.sink.table("outputs").to_pylist() if (o["epoch"], o["replica"]) == (epoch, replica)]
        answers = next(o["answers"] for o in outputs if o["split"] == "validation")
        rows = next(r for r in self.rows() if (r["replica"], r["split"]) == (replica, "validation"))
        return rows["row"], np.reshape(answers, (len(rows["row"]), -1)), rows["target"]

    def rows(self):
        return self.sink.table("rows").to_pylist()

    def given(self, numbers):
        """Rows of the table as a person would write them, without the target."""
        columns = [name for name in self.sample.table.data.column_names if name not in self.sample.targets]
        return self.sample.table.data.select(columns).take(numbers).to_pylist()

    def program(self, rows, replica=0):
        """What network.py says of these rows, written as CSV."""
        read = list(csv.DictReader(io.StringIO(as_csv(rows))))
        return program().Predictor(replica, folder=self.folder).predict(read)

    def alone(self, rows, *options):
        """What network.py prints for these rows, started far from our code."""
        (self.folder / "rows.csv").write_text(as_csv(rows), encoding="utf-8")
        done = run_program(self.folder, "rows.csv", *options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ours(self, rows, replica=0):
        steps = [step.describe() for step in self.ready.steps]
        fitted = Fitted.from_description(json.loads(json.dumps(steps[replica if len(steps) > 1 else 0])))
        data = self.sink.weights[replica, kept_label(self.experiment)][1]
        return predicted(self.experiment, fitted, data, rows)


@cache
def program():
    """network.py as a module."""
    spec = importlib.util.spec_from_file_location("network", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def as_csv(rows):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def run_program(folder, *arguments):
    command = [sys.executable, "-I", str(folder / "network.py"), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, env={"PATH": "/usr/bin"})


def dates_and_holes(rows=160):
    """Dates, numbers with holes, flags and words; the target is a curve over all of them."""
    draw = np.random.default_rng(0)
    moments = np.datetime64("2023-03-01T05:00") + draw.integers(0, 500 * 24, rows).astype("timedelta64[h]")
    heat, wind = draw.normal(15, 8, rows), draw.exponential(3, rows)
    value = np.sin(moments.astype("datetime64[M]").astype(int) % 12) * 5 + heat / 4 - wind
    wet = draw.random(rows) < 0.4
    place = draw.choice(["north", "south", "=cmd()"], rows)
    holes = [np.where(draw.random(rows) < 0.15, np.nan, x) for x in (heat, wind)]
    missing = draw.random(rows) < 0.1
    columns = {
        "when": pa.array(moments.astype("datetime64[us]"), mask=missing),
        "heat": pa.array(holes[0], from_pandas=True),
        "wind": pa.array(holes[1], from_pandas=True),
        "wet": pa.array(wet, mask=draw.random(rows) < 0.1),
        "place": pa.array(place, mask=draw.random(rows) < 0.1),
        "value": pa.array(value),
    }
    types = {"when": "date", "heat": "number", "wind": "number", "wet": "boolean", "place": "category"}
    return Table.of(pa.table(columns), {**types, "value": "number"})


OWN = {"kind": "table", "table": "t"}
MIXED = {"data": {**OWN, "target": "value"}, "loss": {"kind": "squared_error"}}
CASES = {
    "iris": ({"data": {"kind": "iris"}}, None),
    "penguins": ({"data": {"kind": "penguins"}, "loss": {"kind": "squared_error", "output": "sigmoid"}}, None),
    "cancer": ({"data": {"kind": "breast_cancer"}, "loss": {"kind": "binary_cross_entropy"}}, None),
    "diabetes": (
        {"data": {"kind": "diabetes"}, "loss": {"kind": "absolute_error"}, "preparation.scaling": "power"},
        None,
    ),
    "mpg": ({"data": {**OWN, "target": "mpg"}, "loss": {"kind": "squared_error"}}, "mpg.csv"),
    "two targets": (
        {"data": {**OWN, "target": ["value", "wind"]}, "loss": {"kind": "huber"}, "preparation.rare_share": 0.3},
        dates_and_holes,
    ),
    "nearest": ({**MIXED, "preparation.missing": "nearest", "preparation.missing_indicator": True}, dates_and_holes),
    "log": ({**MIXED, "preparation.scaling": "log", "preparation.missing": "most_frequent"}, dates_and_holes),
    "best": ({"data": {"kind": "penguins"}, "training.early_stopping": {"patience": 2}, "training.epochs": 30}, None),
    "embedded": (
        {"data": {"kind": "penguins"}, "preparation.embed_over": 2, "network.embedding": {"size": 3}},
        None,
    ),
    "embedded folds": (
        {
            **MIXED,
            "split": {"kind": "folds", "folds": 3},
            "preparation.embed_over": 2,
            "preparation.missing_indicator": True,
            "network.embedding": {"size": 2},
        },
        dates_and_holes,
    ),
    "folds": ({**MIXED, "split": {"kind": "folds", "folds": 3}, "preparation.rare_share": 0.3}, dates_and_holes),
}


@pytest.fixture(scope="module", params=CASES)
def trained(request, tmp_path_factory):
    changes, table = CASES[request.param]
    if isinstance(table, str):
        table = from_file(str(FILES / table), "mpg").table
    return Trained(tmp_path_factory.mktemp(request.param), changes, table() if callable(table) else table)


def as_array(trained, told):
    if trained.sample.classes:
        return np.array([[one["probabilities"][name] for name in trained.sample.classes] for one in told])
    several = isinstance(told[0]["prediction"], dict)
    return np.array([list(one["prediction"].values()) if several else [one["prediction"]] for one in told])


def test_the_program_says_what_the_run_recorded(trained):
    for replica in sorted({weights.replica for weights in trained.weights}):
        rows, answers, targets = trained.recorded(replica)
        told = trained.program(trained.given(rows), replica)
        found = as_array(trained, told)
        np.testing.assert_allclose(found, answers, rtol=1e-5, atol=1e-5)
        score = next(
            test["score"]
            for test in trained.sink.table("tests").to_pylist()
            if (test["replica"], test["split"]) == (replica, "validation")
        )
        if trained.sample.classes:
            right = [one["prediction"] == trained.sample.classes[int(t)] for one, t in zip(told, targets, strict=True)]
            assert np.mean(right) == pytest.approx(score, abs=1e-6)
        else:
            assert r2_score(np.reshape(targets, found.shape), found) == pytest.approx(score, abs=1e-4)


def test_the_dashboard_says_the_same(trained):
    rows, answers, _ = trained.recorded()
    given = [{name: str(cell) if hasattr(cell, "year") else cell for name, cell in row.items()}
             for row in trained.given(rows)]  # fmt: skip
    said = trained.ours(given)
    np.testing.assert_allclose(said["answers"], answers, rtol=1e-5, atol=1e-5)
    assert len(said["notes"]) == len(rows)


def test_odd_cells_have_the_same_answer_in_both_and_are_noted(trained):
    """Missing, unreadable and never seen, in every column in turn, beside whole rows."""
    rows, _, _ = trained.recorded()
    first = {name: cell for name, cell in trained.given(rows[:1])[0].items() if name in trained.ready.steps[0].columns}
    odd = [
        "",
        None,
        "NA",
        "Mars",
        "1e400",
        "-1e-3",
        "12",
        "yes",
        "2031-02-03",
        "2031-02-03T04:05:06+02:00",
        "1_0",
        "nan",
    ]
    cases = [{**first, name: cell} for name in list(first)[:6] for cell in odd]
    cases = [{name: "" if cell is None else str(cell) for name, cell in case.items()} for case in cases]
    told, said = trained.program(cases), trained.ours(cases)
    np.testing.assert_allclose(as_array(trained, told), said["answers"], rtol=1e-5, atol=1e-5)
    for case, one, notes in zip(cases, told, said["notes"], strict=True):
        holes = [name for name, cell in case.items() if cell in ("", "NA", "nan", "1_0")]
        assert all(any(repr(name) in note for note in one["notes"]) for name in holes), (case, one)
        assert all(any(repr(name) in note for note in notes) for name in holes), (case, notes)


@pytest.mark.parametrize("name", ["iris", "diabetes", "nearest", "two targets", "embedded"])
def test_the_program_runs_alone_and_prints_json_or_csv(tmp_path, name):
    changes, table = CASES[name]
    trained = Trained(tmp_path, {**changes, "training.epochs": 2}, table() if table else None)
    rows, answers, _ = trained.recorded()
    told = json.loads(trained.alone(trained.given(rows)))
    np.testing.assert_allclose(as_array(trained, told), answers, rtol=1e-5, atol=1e-5)
    if name == "iris":
        lines = list(csv.DictReader(io.StringIO(trained.alone(trained.given(rows), "--csv"))))
        assert [line["prediction"] for line in lines] == [one["prediction"] for one in told]


def test_csv_has_a_column_per_class_and_no_formula(trained):
    rows, _, _ = trained.recorded()
    told = trained.program(trained.given(rows[:3]))
    lines = [program().flat(one) for one in told]
    assert len(lines) == 3
    targets = trained.sample.targets
    said = {"prediction"} if len(targets) == 1 else {f"prediction of {name}" for name in targets}
    assert set(lines[0]) == {*said, "notes", *(f"probability of {name}" for name in trained.sample.classes)}


def run_tables():
    return {"epochs": pa.table({"epoch": [0]}), "steps": pa.table({"step": pa.array([], pa.int32())})}


@pytest.mark.parametrize("name", ["../../x", "C:\\x", "a/b\0\n", "=cmd()", "‮x", "{title}", "\ud800", "x" * 300, ""])
def test_a_run_without_weights_says_so_and_no_name_becomes_a_path(tmp_path, name):
    tree = {**Experiment().model_dump(mode="json"), "name": name}
    meta = {"inputs": [], "classes": [name], "targets": [name], "loss_of_guessing": float("nan")}
    data = archive(name, tree, meta, None, run_tables(), [])
    zipped = zipfile.ZipFile(io.BytesIO(data))
    assert zipped.namelist() == [
        *("README.txt", "experiment.json", "meta.json", "summary.json", "preparation.json", "network.py"),
        "records/epochs.parquet",
    ]
    assert json.loads(zipped.read("meta.json"))["loss_of_guessing"] is None
    zipped.extractall(tmp_path)
    with pytest.raises(SystemExit, match="this run kept none at all"):
        program().Predictor(folder=tmp_path)


def test_the_program_of_a_run_without_weights_says_so_and_ends(tmp_path):
    data = archive("", Experiment().model_dump(mode="json"), None, None, {}, [])
    zipfile.ZipFile(io.BytesIO(data)).extractall(tmp_path)
    (tmp_path / "rows.csv").write_text("a\n1\n")
    done = run_program(tmp_path, "rows.csv")
    assert done.returncode == 1
    assert done.stderr.strip() == "There are no weights replica-0-last to predict with: this run kept none at all."


def test_the_same_run_gives_the_same_bytes():
    tree = Experiment().model_dump(mode="json")
    weights = [StoredWeights(1, "last", 3, b"b"), StoredWeights(0, "last", 3, b"a")]
    one, other = (archive("n", tree, {}, {}, run_tables(), kept) for kept in (weights, weights[::-1]))
    assert one == other
    zipped = zipfile.ZipFile(io.BytesIO(one))
    assert zipped.read("network.py") == PROGRAM.read_bytes()
    assert pq.read_table(io.BytesIO(zipped.read("records/epochs.parquet"))).to_pylist() == [{"epoch": 0}]
    assert zipped.read("weights/replica-0-last.safetensors") == b"a"


def test_the_program_knows_every_activation_and_needs_nothing_of_ours():
    text = PROGRAM.read_text(encoding="utf-8")
    assert [kind for kind in ACTIVATIONS if f'"{kind}": lambda' not in text] == []
    assert not [word for word in ("import core", "from core", "safetensors.", "pandas", "pyarrow") if word in text]


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_every_activation_and_normalisation_predicts_the_same(tmp_path, kind):
    layers = [{"units": 5, "activation": {"kind": kind}, "normalisation": "layer"}]
    made = Trained(tmp_path, {"network.layers": layers, "training.epochs": 2})
    rows, answers, _ = made.recorded()
    np.testing.assert_allclose(as_array(made, made.program(made.given(rows))), answers, rtol=1e-5, atol=1e-5)


def test_an_answer_that_a_spreadsheet_would_run_is_quoted():
    told = {"prediction": "=cmd()", "notes": ["'a' is missing: filled with 1"], "probabilities": {"=cmd()": 1.0}}
    assert program().flat(told)["prediction"] == "'=cmd()"


CONVOLUTIONS = [
    {"kind": "convolution", "units": 4, "normalisation": "batch", "dropout": 0.1},
    {"kind": "convolution", "units": 4, "normalisation": "layer", "activation": "tanh", "skip": 1},
    {"kind": "convolution", "units": 4, "skip": 2},
    {"kind": "pooling", "method": "average"},
    {"kind": "convolution", "units": 3, "kernel": 2, "padding": 1, "stride": 2},
    {"kind": "pooling", "method": "max"},
    {"kind": "dense", "units": 6, "normalisation": "batch", "skip": True},
    {"kind": "dense", "units": 6, "skip": True},
]


@pytest.mark.parametrize("end", ["dense", "average", "max"])
def test_a_convolutional_network_predicts_the_same(tmp_path, end):
    layers = CONVOLUTIONS if end == "dense" else [*CONVOLUTIONS[:3], {"kind": "global_pooling", "method": end}]
    chosen = {
        "data": "digits",
        "split.used": 0.3,
        "network": {"kind": "convolutional", "layers": layers},
        "training.epochs": 2,
        "preparation.scaling": "common",
    }
    made = Trained(tmp_path, {}, changes_whole=chosen)
    rows, answers, _ = made.recorded()
    rows, answers = rows[:40], answers[:40]
    np.testing.assert_allclose(as_array(made, made.program(made.given(rows))), answers, rtol=1e-4, atol=1e-5)
    told = predicted(made.experiment, made.ready.steps[0], made.weights[0].data, made.given(rows))
    np.testing.assert_allclose(told["answers"], answers, rtol=1e-4, atol=1e-5)


def placed(rows=120, side=6):
    """Pictures with a bright spot, and where it is, across in pixels and up in thousandths of the side."""
    draw = np.random.default_rng(0)
    across, up = draw.uniform(1, side - 2, (2, rows))
    y, x = np.mgrid[:side, :side]
    spots = np.exp(-((x - across[:, None, None]) ** 2 + (y - up[:, None, None]) ** 2) / 2).reshape(rows, -1)
    columns = {f"pixel {k}": spots[:, k] for k in range(side * side)}
    return as_table(pa.table({**columns, "across": across, "up": 1_000 * up / side}))


def test_a_convolutional_network_answers_several_values_in_their_own_units(tmp_path):
    data = {"kind": "table", "table": "t", "target": ["across", "up"]}
    layers = [{"kind": "convolution", "units": 6}, {"kind": "pooling"}, {"kind": "dense", "units": 12}]
    network = {"kind": "convolutional", "layers": layers}
    chosen = {"data": data, "network": network, "loss": "squared_error", "training.epochs": 40}
    made = Trained(tmp_path, {}, table=placed(), changes_whole=chosen)
    assert made.ready.splits.shape == (1, 6, 6)
    rows, answers, targets = made.recorded()
    wanted = np.reshape(targets, answers.shape)
    epoch = made.sink.table("epochs").to_pylist()[-1]
    assert r2_score(wanted, answers) == pytest.approx(epoch["validation_score"], abs=1e-4)
    assert epoch["validation_score"] > 0.8
    told = made.program(made.given(rows))
    said = np.array([[row["prediction"][name] for name in ("across", "up")] for row in told])
    np.testing.assert_allclose(said, answers, rtol=1e-4)
    np.testing.assert_allclose(made.ours(made.given(rows))["answers"], answers, rtol=1e-4)


SEQUENCES = {
    "two_layers_and_a_dense_one": (["lstm", {"kind": "elman", "function": "relu"}, "dense"], "last"),
    "every_step_of_a_gru": (["gru"], "every"),
    "mean_of_an_lstm_in_one_piece": (["fused_lstm"], "mean"),
    "a_skip_around_the_layer_that_reads": (
        [{"kind": "gru", "units": 6}, {"kind": "dense", "units": 6, "skip": True}],
        "last",
    ),
}
ANSWERS = [
    {"kind": "gru", "units": 6},
    {"kind": "dense", "units": 6, "normalisation": "batch", "activation": "prelu", "skip": True},
    {"kind": "elman", "units": 5},
    {"kind": "dense", "units": 5, "normalisation": "layer", "dropout": 0.2, "skip": True},
]


@pytest.mark.parametrize("name", SEQUENCES)
def test_a_recurrent_network_predicts_the_same(tmp_path, name):
    layers, read = SEQUENCES[name]
    network = {"kind": "recurrent", "layers": layers, "read": read}
    data = {"kind": "adding", "rows": 80, "length": 8}
    chosen = {"data": data, "network": network, "loss": "squared_error", "training.epochs": 3}
    made = Trained(tmp_path, {}, changes_whole=chosen)
    numbers, answers, _ = made.recorded()
    told = made.program(made.given(numbers))
    assert np.allclose([row["prediction"] for row in told], answers[:, 0], rtol=1e-4, atol=1e-5)


def test_an_answer_at_each_step_is_the_same_and_comes_to_the_same_score(tmp_path):
    data = {"kind": "sines", "rows": 80, "length": 8, "asked": "every_step"}
    network = {"kind": "recurrent", "layers": ANSWERS, "read": "each_step"}
    chosen = {"data": data, "network": network, "loss": "squared_error", "training.epochs": 3}
    made = Trained(tmp_path, {}, changes_whole=chosen)
    rows, answers, _ = made.recorded()
    told = made.program(made.given(rows))
    said = np.array([[row["prediction"][f"what follows {step}"] for step in range(1, 9)] for row in told])
    np.testing.assert_allclose(said, answers, rtol=1e-4, atol=1e-5)
    splits = made.ready.splits
    wanted = splits.targets[splits.validation[0]].astype(float) * splits.target_std + splits.target_mean
    epoch = made.sink.table("epochs").to_pylist()[-1]
    assert r2_score(wanted, said) == pytest.approx(epoch["validation_score"], abs=1e-4)
    inside = predicted(made.experiment, made.ready.steps[0], made.weights[0].data, made.given(rows))
    np.testing.assert_allclose(inside["answers"], answers, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("decoder", ["free", "tied"])
def test_an_autoencoder_gives_new_rows_back_as_the_run_did(tmp_path, decoder):
    layers = [{"units": 8, "activation": "tanh"}, {"units": 5}]
    network = {"kind": "autoencoder", "layers": layers, "bottleneck": 2, "decoder": decoder}
    made = Trained(tmp_path, {"network": network, "loss": "squared_error", "training.epochs": 3})
    kept = made.sink.table("codes").to_pylist()[-1]
    rows = next(row for row in made.sink.table("rows").to_pylist() if row["split"] == "validation")["row"]
    told = made.program(made.given(rows))
    np.testing.assert_allclose([one["prediction"] for one in told], kept["errors"], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(np.ravel([one["code"] for one in told]), kept["codes"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("loss", "output"),
    [
        ("cross_entropy", "softmax_twice"),
        ("cross_entropy", "relu"),
        ("hinge", "linear"),
        ("hinge", "relu"),
        ("binary_cross_entropy", "sigmoid_twice"),
        ("binary_cross_entropy", "linear"),
        ("focal", "softmax"),
        ("half_squared_error", "sigmoid"),
    ],
)
def test_every_output_is_read_as_the_run_read_it(tmp_path, loss, output):
    made = Trained(tmp_path, {"loss": {"kind": loss, "output": output}, "training.epochs": 2})
    rows, answers, _ = made.recorded()
    np.testing.assert_allclose(as_array(made, made.program(made.given(rows))), answers, rtol=1e-4, atol=1e-5)
