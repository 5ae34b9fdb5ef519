"""The loss around the weights, curvature, importance and maps, against closed forms, dense algebra and scikit-learn."""

import numpy as np
import pytest
import torch

from core.representation.checkpoints import put_row, to_row
from core.representation.inputs import attributions, groups, integrated_gradients, permutation
from core.representation.maps import aligned, maps, neighbours
from core.representation.surface import grid, path_directions, random_directions, sharpness, span
from core.representation.swift import chain, units_first
from core.training.program import network_of
from tests.representation.made import trained


def rows_of(one, split="train"):
    rows = getattr(one.ready.splits, split)[0]
    return torch.tensor(one.ready.splits.inputs[0][rows]), torch.tensor(one.ready.splits.targets[rows])


def stacked(one):
    return np.array(one.sink.table("checkpoints").column("weights").to_pylist(), dtype=np.float32)


def test_the_centre_of_the_surface_is_the_recorded_loss():
    one = trained("bullseye")
    x, y = rows_of(one)
    rows = stacked(one)
    axes, at, off = path_directions(rows)
    a, b = span(at, 11)
    found = grid(one.exported(), rows[-1], axes, (a, b), (x, y), one.experiment.loss)
    told = next(row["loss"] for row in one.sink.table("tests").to_pylist() if row["split"] == "train")
    assert found[list(b).index(0.0), list(a).index(0.0)] == pytest.approx(told, rel=1e-5)
    assert 0 <= off < 1 and found.min() > 0


def test_a_point_of_the_surface_is_the_network_with_moved_weights():
    one = trained("iris")
    x, y = rows_of(one)
    network, centre = one.exported(), stacked(one)[-1]
    across, up = random_directions(network, 1)
    found = grid(
        network, centre, np.stack([across, up]), (np.array([0.0, 0.3]), np.array([-0.2])), (x, y), one.experiment.loss
    )
    moved = one.exported()
    put_row(moved, centre + np.float32(0.3) * across - np.float32(0.2) * up)
    with torch.no_grad():
        assert found[0, 1] == pytest.approx(float(torch.nn.functional.cross_entropy(moved(x), y)), rel=1e-4)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "leaky_relu", "sine", "identity", "step"])
def test_every_point_of_a_dense_networks_surface_is_its_own_loss(activation):
    """Dense chains are walked units first, their first layer worked out once: the same sums in another order."""
    one = trained("bullseye")
    x, y = rows_of(one)
    layer = {"units": 6, "activation": activation, "dropout": 0.2}
    network = network_of(one.experiment.changed({"network.layers": [layer] * 2}), one.ready.splits, 5).eval()
    assert chain(network) is not None
    centre, directions, at = to_row(network), random_directions(network, 2), np.array([-0.5, 0.0, 0.5])
    found = grid(network, centre, directions, (at, at), (x, y), one.experiment.loss)
    assert np.array_equal(to_row(network), centre)
    for n, v in enumerate(at):
        for k, u in enumerate(at):
            put_row(network, centre + np.float32(u) * directions[0] + np.float32(v) * directions[1])
            with torch.no_grad():
                wanted = float(torch.nn.functional.cross_entropy(network(x), y))
                assert torch.allclose(units_first(network)(x).T, network(x), atol=1e-5)
            if activation != "step":  # there a sum that is 0 but for rounding jumps
                assert found[n, k] == pytest.approx(wanted, rel=1e-5)


def test_the_path_lies_in_its_plane_as_scikit_learns_components_do():
    from sklearn.decomposition import TruncatedSVD

    rows = stacked(trained("iris"))
    axes, at, off = path_directions(rows)
    reference = TruncatedSVD(2, algorithm="arpack", random_state=0).fit((rows - rows[-1]).astype(float))
    assert np.allclose(np.abs(axes @ reference.components_.T), np.eye(2), atol=1e-4)
    assert np.allclose(at[-1], 0, atol=1e-9)
    assert off == pytest.approx(1 - (at**2).sum() / ((rows - rows[-1]).astype(float) ** 2).sum(), abs=1e-6)


def test_random_directions_are_as_long_as_each_units_own_weights():
    network = trained("bullseye").exported()
    direction = random_directions(network, 0)[0]
    moved = trained("bullseye").exported()
    put_row(moved, direction)
    for own, drawn in zip(network.parameters(), moved.parameters(), strict=True):
        if own.dim() == 2:
            assert torch.allclose(own.norm(dim=1), drawn.norm(dim=1), rtol=1e-5)
        else:
            assert not drawn.any()


def test_sharpness_is_the_largest_eigenvalue_of_the_dense_hessian():
    one = trained("bullseye")
    x, y = rows_of(one)
    network = one.exported()
    start = torch.tensor(to_row(network), dtype=torch.float64)

    def loss(flat):
        hidden = torch.tanh(x.double() @ flat[:6].view(3, 2).T + flat[6:9])
        return torch.nn.functional.cross_entropy(hidden @ flat[9:15].view(2, 3).T + flat[15:17], y)

    values = torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss, start))
    largest = float(values[values.abs().argmax()])
    assert sharpness(network, x, y, one.experiment.loss, steps=300) == pytest.approx(largest, rel=5e-3)


def test_integrated_gradients_add_up_to_the_answer():
    """The completeness axiom (Sundararajan et al. 2017); exact for a linear network at any number of steps."""
    one = trained("iris")
    rows = one.ready.splits.validation[0]
    found = attributions(one.exported(), one.ready.splits, rows)
    assert np.allclose(found["values"].sum(1), found["whole"], atol=0.05)
    linear = torch.nn.Linear(4, 2)
    x, base, unit = torch.randn(5, 4), torch.randn(4), torch.tensor([0, 1, 0, 1, 1])
    values = integrated_gradients(linear, x, base, unit, steps=1)
    assert torch.allclose(values, (x - base) * linear.weight[unit], atol=1e-6)


def test_permutation_importance_agrees_with_scikit_learn():
    from sklearn.inspection import permutation_importance

    one = trained("iris")
    splits, network = one.ready.splits, one.exported()
    rows = splits.train[0]
    found = permutation(network, splits, rows, one.experiment.loss, [[0], [1], [2], [3]])

    class Model:
        def fit(self, x, y):
            return self

        def score(self, x, y):
            with torch.no_grad():
                return float((network(torch.tensor(x)).argmax(1).numpy() == y).mean())

    wanted = permutation_importance(Model(), splits.inputs[0][rows], splits.targets[rows], n_repeats=40, random_state=0)
    for ours, theirs, spread in zip(found, wanted.importances_mean, wanted.importances_std, strict=True):
        assert abs(ours["score"] - theirs) <= 3 * max(float(spread), 0.01)


def test_levels_of_one_column_are_shuffled_together():
    assert groups(["a", "b = x", "b = y", "b is missing"]) == [("a", [0]), ("b", [1, 2, 3])]


def test_maps_are_turned_onto_one_another():
    random = np.random.default_rng(0)
    places = random.normal(size=(40, 2))
    turn = np.array([[0.0, -1.0], [-1.0, 0.0]])
    assert np.allclose(aligned(places @ turn, places), places, atol=1e-9)
    first, second = maps([np.c_[places * [3, 1], np.zeros(40)], np.c_[-places * [3, 1], np.zeros(40)]], "pca")
    assert np.allclose(first, second, atol=1e-6)


def test_tsne_keeps_clusters_apart():
    random = np.random.default_rng(0)
    label = np.arange(60) % 2
    (places,) = maps([random.normal(size=(60, 5)) + 20 * label[:, None]], "tsne")
    centre = [places[label == k].mean(0) for k in (0, 1)]
    spread = max(np.linalg.norm(places[label == k] - centre[k], axis=1).max() for k in (0, 1))
    assert np.linalg.norm(centre[0] - centre[1]) > spread


def test_neighbours_are_scikit_learns():
    from sklearn.neighbors import NearestNeighbors

    values = np.random.default_rng(0).normal(size=(50, 4))
    wanted = NearestNeighbors(n_neighbors=7).fit(values).kneighbors(values, return_distance=False)[:, 1:]
    assert (neighbours(values) == wanted).all()
