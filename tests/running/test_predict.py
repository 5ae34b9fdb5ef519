"""The question "predict": asked by a page, answered by the runner's child from stored weights and preparation.
RELIABILITY.md D14."""

import io
import json
import zipfile

import pytest

from core.prediction import MOST_ROWS
from core.refusal import Refusal
from core.running.loading import PreparedCache
from core.running.pictures import pictures
from core.running.previews import answered
from core.running.process import this_process
from core.running.questions import predict
from core.running.worker import execute
from core.store.model import Asked
from pages.shared.download import archive_of
from tests.running.conftest import OWNER

PENGUIN = {"island": "Biscoe", "bill_length_mm": 47.5, "bill_depth_mm": 14.2, "flipper_length_mm": 216}


def trained(store, chosen, **changes):
    tree = {"data": {"kind": "penguins"}, "training": {"epochs": 12, **changes}}
    run_id = store.queue(OWNER, tree, "../=x", process=this_process())
    execute(store, run_id, chosen)
    return run_id


@pytest.fixture
def ask(store, chosen):
    run_id = trained(store, chosen, replicas=2)
    data = PreparedCache(store, chosen)
    return lambda **payload: predict({"run": run_id, "owner": OWNER, **payload}, data)


def test_a_row_is_answered_with_probabilities_and_what_was_done_to_it(ask):
    rows = [{**PENGUIN, "body_mass_g": 4900, "sex": "FEMALE"}, {**PENGUIN, "island": "Atlantis", "species": "?"}]
    said = ask(rows=rows, replica=1)
    assert said["classes"] == ["Adelie", "Chinstrap", "Gentoo"] and said["replica"] == 1 and said["epoch"] == 12
    assert said["predictions"][0] == "Gentoo" and sum(said["answers"][0]) == pytest.approx(1)
    assert said["notes"][0] == [] and said["unused"] == []
    assert said["notes"][1] == [
        "'island' is 'Atlantis', never seen in training: it counts as none of the levels",
        "'sex' is missing: a level of its own, as in training",
        "'body_mass_g' is missing: filled with 4075, the median of the training rows",
    ]
    assert json.loads(json.dumps(said, allow_nan=False)) == said


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"rows": []}, "no row to predict"),
        ({"rows": [PENGUIN] * (MOST_ROWS + 1)}, "10,001 rows are more than the 10,000"),
        ({"rows": [{"weight": 1}]}, "no column is one that the network reads. It reads 'bill_length_mm'"),
        ({"rows": ["x"]}, "by its name"),
        ({"rows": [PENGUIN], "replica": 2}, "no training 2"),
        ({"rows": [PENGUIN], "owner": "eve"}, "no such run"),
        ({"rows": [PENGUIN], "run": "0" * 32}, "no such run"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(ask, payload, words):
    with pytest.raises(Refusal, match=words):
        ask(**payload)


def test_a_run_without_weights_cannot_predict_and_says_why(store, chosen):
    run_id = store.queue(OWNER, {"data": {"kind": "iris"}}, "", process=this_process())
    question = Asked("0", "predict", {"run": run_id, "owner": OWNER, "rows": [{"x": 1}]}, 0.0)
    said = answered(question, PreparedCache(store, chosen))
    assert said["problems"] == ["this run cannot predict: its weights are kept when it ends: wait for that"]
    assert archive_of(store, run_id, "eve") == b""


def test_the_archive_holds_what_the_store_has(store, chosen):
    run_id = trained(store, chosen)
    names = zipfile.ZipFile(io.BytesIO(archive_of(store, run_id, OWNER))).namelist()
    assert {"network.py", "preparation.json", "records/epochs.parquet", "weights/replica-0-last.safetensors"} <= {
        *names
    }
    assert archive_of(store, run_id, OWNER) == archive_of(store, run_id, OWNER)


def test_pictures_come_in_the_numbers_of_their_table(store, chosen):
    from sklearn.datasets import load_digits

    tree = {"data": {"kind": "digits"}, "training": {"epochs": 2}}
    run_id = store.queue(OWNER, tree, "", process=this_process())
    execute(store, run_id, chosen)
    data = PreparedCache(store, chosen)
    told = pictures({"run": run_id, "owner": OWNER}, data)
    assert (told["height"], told["width"], told["low"], told["high"]) == (8, 8, 0, 16)
    known = {tuple(row) for row in load_digits().data.tolist()}
    assert len(told["rows"]) == 30 and all(tuple(row["values"]) in known for row in told["rows"])
    names = dict(zip(map(tuple, load_digits().data.tolist()), load_digits().target.tolist(), strict=True))
    assert all(str(names[tuple(row["values"])]) == row["label"] for row in told["rows"])
    row = dict(zip(told["columns"], told["rows"][0]["values"], strict=True))
    said = predict({"run": run_id, "owner": OWNER, "rows": [row]}, data)
    assert said["notes"] == [[]] and sum(said["answers"][0]) == pytest.approx(1)


def test_a_table_without_pictures_has_none(store, chosen):
    with pytest.raises(Refusal, match="no pictures"):
        pictures({"run": trained(store, chosen), "owner": OWNER}, PreparedCache(store, chosen))
