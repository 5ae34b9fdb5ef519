"""Several targets of a regression: each in its own unit, scored as scikit-learn does, alike in training, baseline and
choice."""

import json

import numpy as np
import pyarrow as pa
import pytest
import torch
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.preprocessing import StandardScaler
from torch.nn import functional

from core.choices.tables import Arm, UploadedTable
from core.data.baselines import baselines
from core.data.prepare import prepare
from core.data.sample import as_table
from core.experiment import Experiment, parse
from core.recording.sink import MemorySink
from core.refusal import Refusal
from core.training.loop import train
from tests.training.twins import assert_three_have_scores

LOSSES = {
    "squared_error": functional.mse_loss,
    "absolute_error": functional.l1_loss,
    "huber": functional.huber_loss,
}


def table(rows=200):
    """Two targets whose units are a thousandfold apart; one of them has holes, and a third column is no number."""
    draw = np.random.default_rng(0)
    a, b = draw.normal(size=(2, rows))
    price = 5_000 + 900 * a + 50 * draw.normal(size=rows)
    days = np.where(draw.random(rows) < 0.1, np.nan, 3 + np.tanh(b) + 0.3 * draw.normal(size=rows))
    columns = {
        "a": a,
        "b": b,
        "price": price,
        "days": pa.array(days, from_pandas=True),
        "word": ["x", "y"] * (rows // 2),
    }
    return as_table(pa.table(columns))


def trained(loss="squared_error", **changes):
    """The prepared splits, the record, and the experiment."""
    data = {"kind": "table", "table": "t", "target": ["price", "days"]}
    layers = [{"units": 12, "activation": "tanh"}]
    experiment = Experiment().changed(
        {"data": data, "loss": loss, "network.layers": layers, "training.epochs": 8, **changes}
    )
    ready, sink = (
        prepare(experiment.data.load(lambda _: table()), experiment.split, experiment.preparation),
        MemorySink(),
    )
    train(experiment, ready.splits, sink)
    return ready.splits, sink, experiment


def own_unit(splits, rows):
    return splits.targets[rows].astype(float) * splits.target_std + splits.target_mean


@pytest.mark.parametrize("loss", LOSSES)
def test_the_recorded_score_is_sklearns_uniform_average_in_own_units(loss):
    splits, sink, _ = trained(loss)
    last = [row for row in sink.table("outputs").to_pylist() if row["split"] == "validation"][-1]
    answers = np.reshape(last["answers"], (-1, 2))
    wanted = own_unit(splits, splits.validation[0])
    (told,) = [row for row in sink.table("rows").to_pylist() if row["split"] == "validation"]
    np.testing.assert_allclose(np.reshape(told["target"], (-1, 2)), wanted, rtol=1e-5)
    epoch = [row for row in sink.table("epochs").to_pylist() if row["epoch"] == last["epoch"]][-1]
    assert epoch["validation_score"] == pytest.approx(r2_score(wanted, answers), abs=1e-5)
    assert r2_score(wanted, answers) != pytest.approx(
        r2_score(wanted, answers, multioutput="variance_weighted"), abs=1e-3
    )
    standard = torch.from_numpy((answers - splits.target_mean) / splits.target_std)
    truth = torch.from_numpy(splits.targets[splits.validation[0]]).double()
    assert epoch["validation_loss"] == pytest.approx(float(LOSSES[loss](standard, truth)), abs=1e-5)


def test_each_target_is_standardised_on_the_training_rows_and_rows_need_both():
    splits, sink, _ = trained()
    known = np.isfinite(table().data.column("days").to_numpy().astype(float))
    assert len(splits.rows) == known.sum() and any("'price' and 'days'" in note for note in splits.notes)
    targets = splits.targets[splits.train[0]].astype(float)
    np.testing.assert_allclose(targets.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(targets.std(0), 1, atol=1e-5)
    assert 4_000 < splits.target_mean[0] < 6_000 and 2 < splits.target_mean[1] < 4
    assert sink.meta["targets"] == ["price", "days"] and not {"price", "days"} & {*splits.input_names}


def test_baselines_are_those_of_sklearn():
    splits, _, experiment = trained()
    found = {(one.name, one.split): one for one in baselines(splits, experiment.loss)}
    train_rows, held = splits.train[0], splits.validation[0]
    scaler = StandardScaler().fit(splits.inputs[0][train_rows].astype(float))
    line = Ridge().fit(scaler.transform(splits.inputs[0][train_rows].astype(float)), splits.targets[train_rows])
    said = line.predict(scaler.transform(splits.inputs[0][held].astype(float)))
    assert found["linear", "validation"].score == pytest.approx(r2_score(splits.targets[held], said), abs=1e-6)
    assert found["linear", "validation"].loss == pytest.approx(
        float(((said - splits.targets[held]) ** 2).mean()), rel=1e-5
    )
    assert found["guess", "train"].score == pytest.approx(0, abs=1e-6)


def test_a_target_that_never_varies_in_a_part_does_not_count():
    from core.data.baselines import explained

    draw = np.random.default_rng(0)
    wanted, said = draw.normal(size=(20, 2)), draw.normal(size=(20, 2))
    wanted[:, 1] = 3.0
    assert explained(wanted, said) == pytest.approx(r2_score(wanted[:, 0], said[:, 0]))


def test_folds_and_seeds_take_several_targets():
    for changes in ({"split": {"kind": "folds", "folds": 3}}, {"training.replicas": 3}):
        _, sink, _ = trained(**changes)
        assert_three_have_scores(sink, 8)


def test_one_target_is_written_as_a_word_and_several_as_a_list():
    for given, written in (("a", "a"), (["a"], "a"), (["a", "b"], ["a", "b"])):
        tree = json.loads(UploadedTable(table="t", target=given).model_dump_json())
        assert tree["target"] == written and UploadedTable(**tree).target == tuple(np.atleast_1d(written))


@pytest.mark.parametrize(
    "target, task, words",
    [
        (["price", "word"], "auto", "holds words"),
        (["price", "price"], "auto", "named twice"),
        (["price", "cost"], "auto", "there is no column 'cost'"),
        (["price", "days"], "classification", "several targets are values"),
        (["a", "b", "price", "days", "word"], "auto", "every column is a target"),
    ],
)
def test_what_cannot_be_asked_is_said(target, task, words):
    with pytest.raises(Refusal, match=words):
        UploadedTable(table="t", target=target, task=task).load(lambda _: table())


def test_a_target_that_is_no_name_is_refused_at_its_path():
    for given, path in ((3, "data.target"), ([], "data.target"), (["a", 2], "data.target.1")):
        known, problems = parse({"data": {"kind": "table", "table": "t", "target": given}})
        assert known is None and path in [problem.path for problem in problems]


def test_the_arm_is_where_its_angles_say():
    sample = Arm(rows=50, noise=0.0).load()
    shoulder, elbow, across, up = (
        sample.table.data.column(name).to_numpy() for name in ("shoulder", "elbow", "across", "up")
    )
    hand = np.exp(1j * shoulder) + 0.8 * np.exp(1j * (shoulder + elbow))
    np.testing.assert_allclose(across + 1j * up, hand, atol=1e-12)
    assert sample.targets == ("across", "up") and sample.inputs == ("shoulder", "elbow")
