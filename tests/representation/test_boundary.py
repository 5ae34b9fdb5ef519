"""Pictures of a network's answers against the exported torch.nn network itself."""

import json

import numpy as np
import pytest
import torch

from core.representation.boundary import FEW_CLASSES, NO_ANSWER, _likeliest, painter
from core.training.picturing import SHARE, Plan, picked_epochs, planned
from tests.representation.made import trained


def picture(one):
    """The newest frame, its plane, and the grid of its cells worked out here: top row first, from left to right."""
    frame = max(one.sink.table("frames").to_pylist(), key=lambda row: row["epoch"])
    plane = json.loads(one.sink.table("points").to_pylist()[0]["plane"])
    side, low, high = plane["side"], plane["low"], plane["high"]
    across = [low[0] + (k + 0.5) / side * (high[0] - low[0]) for k in range(side)]
    up = [high[-1] - (k + 0.5) / side * (high[-1] - low[-1]) for k in range(side)]
    return frame, plane, np.array([(x, y) for y in up for x in across])


def standardised(one, raw):
    """Raw columns as the training rows scale them, by hand."""
    table = one.experiment.data.load(None).table.data
    columns = [np.asarray(table.column(name).to_numpy()) for name in ("x", "y")]
    rows = one.ready.splits.rows[one.ready.splits.train[0]]
    scaled = [(raw[:, k] - c[rows].mean()) / c[rows].std() for k, c in enumerate(columns)]
    return torch.tensor(np.stack(scaled, 1), dtype=torch.float32)


def test_the_boundary_is_what_the_exported_network_answers():
    one = trained("bullseye")
    frame, _, grid = picture(one)
    with torch.no_grad():
        shares = one.exported()(standardised(one, grid)).softmax(-1)
    assert list(frame["answers"]) == shares.argmax(-1).tolist()
    sure = (shares.max(-1).values - 0.5) / 0.5 * 255
    assert np.abs(np.frombuffer(frame["sure"], np.uint8) - sure.numpy()).max() <= 0.51


def test_the_surface_of_a_regression_is_what_the_exported_network_answers():
    one = trained("bumpy")
    frame, plane, grid = picture(one)
    splits = one.ready.splits
    with torch.no_grad():
        values = one.exported()(standardised(one, grid))[:, 0] * splits.target_std[0] + splits.target_mean[0]
    low, high = plane["values"]
    wanted = ((values - low) / (high - low) * 255).clamp(0, 255).numpy()
    assert np.abs(np.frombuffer(frame["sure"], np.uint8) - wanted).max() <= 0.51


def test_one_output_for_two_classes_is_drawn_as_two_probabilities():
    one = trained("binary")
    frame, _, grid = picture(one)
    with torch.no_grad():
        share = one.exported()(standardised(one, grid)).sigmoid()[:, 0]
    assert list(frame["answers"]) == (share > 0.5).long().tolist()


@pytest.mark.parametrize("classes", [2, 3, FEW_CLASSES, FEW_CLASSES + 1, 30])
def test_the_likeliest_class_is_the_first_of_the_highest(classes):
    """As NumPy's own argmax says it; shares of a few values, so that many are equal."""
    read = np.random.default_rng(classes).integers(0, 4, (classes, 500)).astype(np.float32)
    best, codes = _likeliest(torch.from_numpy(read.copy()))
    assert (codes.numpy() == read.argmax(0)).all() and (best.numpy() == read.max(0)).all()


def test_a_place_without_a_number_has_no_answer():
    one = trained("bullseye")
    network = one.exported()
    with torch.no_grad():
        next(iter(network.parameters()))[0] = torch.nan
    frame = painter(one.plane, one.ready.splits, one.experiment.loss, 4).paint(network)
    assert set(frame["answers"]) == {NO_ANSWER} and set(frame["sure"]) == {0}
    assert all(np.isnan(frame["points"]))


def test_a_line_holds_every_output_in_the_targets_own_unit():
    one = trained("sine")
    frame, plane, _ = picture(one)
    x = np.linspace(plane["low"][0], plane["high"][0], plane["side"])
    entry = one.ready.steps[0].numbers[0]
    ready = torch.tensor((x - entry["centre"]) / entry["spread"], dtype=torch.float32)[:, None]
    with torch.no_grad():
        values = one.exported()(ready)[:, 0] * one.ready.splits.target_std[0] + one.ready.splits.target_mean[0]
    assert np.allclose(frame["curve"], values.numpy(), atol=1e-5)


def test_the_plane_of_a_wider_table_is_that_of_scikit_learns_components():
    from sklearn.decomposition import PCA

    one = trained("iris")
    _, plane, grid = picture(one)
    inputs = one.ready.splits.inputs[0][one.ready.splits.train[0]].astype(float)
    reference = PCA(2, svd_solver="full").fit(inputs)
    assert plane["kind"] == "principal" and f"{reference.explained_variance_ratio_.sum():.0%}" in plane["note"]
    signs = np.sign((one.plane.place[one.ready.splits.train[0]] * reference.transform(inputs)).sum(0))
    assert np.allclose(one.plane.fill(grid), reference.inverse_transform(grid * signs), atol=1e-4)


def test_the_drawn_rows_get_the_answers_of_the_network():
    one = trained("iris")
    frame = picture(one)[0]
    drawn = one.sink.table("points").to_pylist()
    where = {row: place for place, row in enumerate(one.ready.splits.rows.tolist())}
    rows = [where[row] for split in drawn for row in split["row"]]
    with torch.no_grad():
        answers = one.exported()(torch.tensor(one.ready.splits.inputs[0][rows])).argmax(-1)
    assert frame["points"] == answers.tolist()
    targets = [target for split in drawn for target in split["target"]]
    assert targets == one.ready.splits.targets[rows].tolist()


@pytest.mark.parametrize("name", ["bullseye", "iris"])
def test_a_checkpoint_is_the_network_of_its_epoch(name):
    one = trained(name)
    epochs = one.sink.table("epochs").to_pylist()
    validation = one.ready.splits.validation[0]
    x = torch.tensor(one.ready.splits.inputs[0][validation])
    y = torch.tensor(one.ready.splits.targets[validation])
    for row in one.sink.table("checkpoints").to_pylist():
        with torch.no_grad():
            loss = torch.nn.functional.cross_entropy(one.exported(row["epoch"])(x), y)
        told = next(e["validation_loss"] for e in epochs if e["epoch"] == row["epoch"])
        assert float(loss) == pytest.approx(told, rel=1e-4)


def test_the_epochs_with_pictures_are_few_and_hold_the_first_and_the_last():
    for epochs in (1, 5, 49, 50, 320, 20_000):
        found = picked_epochs(epochs, 50)
        assert {0, epochs} <= found and len(found) <= 50 and max(found) == epochs
    assert picked_epochs(30, 50) == frozenset(range(31))


def test_the_plan_keeps_to_its_bounds():
    few = planned(epochs=100, seconds=10, products=1_000, width=2, numbers=1_200)
    assert few.side == 100 and len(few.frames) >= 35 and SHARE <= 0.03
    assert planned(100, 10, 1e9, 2, 1_200).side == 0
    assert planned(100, 10, 1_000, 2, 3_000_000) == Plan(100, few.frames, frozenset())
    assert len(planned(100, 1_000, 1e6, 784, 900_000).checkpoints) == 2
