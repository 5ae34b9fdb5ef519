"""Generated tables have the shape that their names promise, and the same rows for the same seed."""

import numpy as np
import pytest

from core.choices.tables import TABLES, Bullseye, Circles, Friedman, Gaussians, Moons, Plane, Spirals, Vehicles, Xor
from core.data.columns import labels, numbers

GENERATORS = [choice for choice in TABLES.values() if choice.group == "generator"]


def points(sample):
    return np.stack([numbers(sample.table, name) for name in sample.inputs], axis=1)


@pytest.mark.parametrize("choice", GENERATORS, ids=lambda c: c.__name__)
def test_same_seed_same_rows(choice):
    first, again, other = choice(seed=3).load(), choice(seed=3).load(), choice(seed=4).load()
    assert first.table.data.equals(again.table.data)
    assert not first.table.data.equals(other.table.data)


@pytest.mark.parametrize("choice", GENERATORS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("rows", [20, 137])
def test_rows_task_and_even_classes(choice, rows):
    sample = choice(rows=rows).load()
    assert sample.table.rows == rows
    assert sample.task == choice.task
    if choice is Xor or sample.task == "regression":
        return
    counts = np.unique(labels(sample.table, sample.target), return_counts=True)[1]
    assert len(counts) == len(sample.classes)
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize("choice", GENERATORS, ids=lambda c: c.__name__)
def test_a_generator_draws_from_a_stream_of_its_own(choice):
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    choice().load()
    assert (np.random.get_state()[1] == before).all()


def test_bullseye_leaves_a_gap_between_disk_and_ring():
    sample = Bullseye(rows=2000, noise=0).load()
    radius = np.linalg.norm(points(sample), axis=1)
    ring = labels(sample.table, "class") == "ring"
    assert radius[~ring].max() <= 1 / 3
    assert radius[ring].min() >= 2 / 3
    assert radius.max() <= 1
    assert abs((radius[~ring] ** 2).mean() - 1 / 18) < 0.005  # uniform over the area


def test_vehicles_are_weighed_in_kilograms_and_seldom_full():
    sample = Vehicles(rows=3000).load()
    assert sample.inputs == ("weight_kg", "goods_kg") and sample.classes == ("car", "van", "lorry")
    x, kind = points(sample), labels(sample.table, "type")
    usual = [float(np.median(x[kind == name, 0])) for name in sample.classes]
    assert usual == pytest.approx([1400, 2100, 6000], rel=0.05)
    spread = np.log(x[kind == "van", 0]).std()
    assert spread == pytest.approx(0.2, abs=0.02)
    full = x[:, 1] / x[:, 0]
    assert (x[:, 1] >= 0).all() and (x == x.round()).all()
    assert [
        full[kind == name].max() <= most + 0.01 for name, most in zip(sample.classes, (0.3, 0.55, 1.1), strict=True)
    ]
    assert full[kind == "car"].mean() == pytest.approx(0.3 * 1.5 / 3.5, rel=0.05)


def test_circles_have_their_radii():
    sample = Circles(rows=400, noise=0).load()
    radius = np.linalg.norm(points(sample), axis=1)
    inner = labels(sample.table, "class") == "inner"
    assert np.allclose(radius[inner], 0.5)
    assert np.allclose(radius[~inner], 1.0)


def test_moons_agree_with_sklearn():
    from sklearn.datasets import make_moons
    from sklearn.neighbors import KNeighborsClassifier

    sample = Moons(rows=1000, noise=0).load()
    theirs = KNeighborsClassifier(1).fit(*make_moons(2000, noise=0))
    assert (theirs.predict(points(sample)).astype(str) == labels(sample.table, "class")).all()


def test_xor_classes_are_quadrants():
    sample = Xor(rows=500, noise=0).load()
    x = points(sample)
    assert ((x[:, 0] * x[:, 1] > 0) == (labels(sample.table, "class") == "1")).all()


def test_gaussian_noise_is_measured_in_distances_of_the_centres():
    sample = Gaussians(rows=50_000, noise=0.25).load()
    right = labels(sample.table, "class") == "1"
    x = points(sample)
    apart = np.linalg.norm(x[right].mean(axis=0) - x[~right].mean(axis=0))
    assert apart == pytest.approx(1, abs=0.01)
    assert x[right].std(axis=0) == pytest.approx([0.25, 0.25], abs=0.005)


@pytest.mark.parametrize("arms", [2, 5, 8])
def test_spirals_have_their_arms(arms):
    sample = Spirals(rows=800, arms=arms, noise=0, turns=1).load()
    x = points(sample)
    radius, angle = np.linalg.norm(x, axis=1), np.arctan2(x[:, 1], x[:, 0])
    arm = labels(sample.table, "class").astype(int)
    start = (angle - 2 * np.pi * radius) * arms / (2 * np.pi)
    assert np.abs((start - arm + arms / 2) % arms - arms / 2).max() < 1e-6


def test_regression_noise_is_a_share_of_the_spread():
    clean, noisy = Plane(rows=20_000, noise=0).load(), Plane(rows=20_000, noise=0.5).load()
    x, y = points(clean), numbers(clean.table, "value")
    assert np.allclose(y, 2 * x[:, 0] - x[:, 1])
    added = numbers(noisy.table, "value") - y
    assert added.std() / y.std() == pytest.approx(0.5, rel=0.03)


def test_friedman_is_sklearns_formula():
    sample = Friedman(rows=50, noise=0).load()
    x = points(sample)
    wanted = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    assert np.allclose(numbers(sample.table, "value"), wanted)
