"""What neighbours tell: as plain loops count it, high where labels were flipped, low where classes merely overlap."""

from dataclasses import replace

import numpy as np
import pytest

from core.choices.preparation import Preparation, Split
from core.choices.tables import TABLES
from core.data.neighbours import MOST_ROWS, told
from core.data.prepare import prepare


def ready(kind, **more):
    return prepare(TABLES[kind](**more).load(), Split(), Preparation()).splits


def asked(splits):
    return told(splits, splits.inputs[0].reshape(len(splits.inputs[0]), -1))


def flipped(splits, share):
    rng = np.random.default_rng(3)
    hit = rng.random(len(splits.targets)) < share
    other = (splits.targets + rng.integers(1, splits.classes, len(hit))) % splits.classes
    return replace(splits, targets=np.where(hit, other, splits.targets))


def nearest(inputs, fitted, row, count):
    """Numbers of the `count` fitted rows nearest to a row, columns standardised on the fitted ones; by hand."""
    scaled = (inputs - inputs[fitted].mean(axis=0)) / inputs[fitted].std(axis=0)
    return fitted[np.argsort(((scaled[fitted] - scaled[row]) ** 2).sum(axis=1), kind="stable")[:count]]


def test_validation_rows_are_right_as_often_as_plain_loops_count():
    """Two classes apart in training; validation asks the same rows with labels of chance, so that part is the lower."""
    splits = ready("gaussians", rows=150, noise=0.12)
    targets = splits.targets.copy()
    held, train = splits.validation[0], splits.train[0]
    targets[held] = np.random.default_rng(0).integers(0, 2, len(held))
    inputs = splits.inputs[0].astype(float)
    found = []
    for count in (5, int(len(train) ** 0.5)):
        said = [np.bincount(targets[nearest(inputs, train, row, count)], minlength=2).argmax() for row in held]
        found.append(np.mean(np.array(said) == targets[held]))
    assert asked(replace(splits, targets=targets)).reached == pytest.approx(max(found))


@pytest.mark.parametrize("kind", ["iris", "penguins", "digits", "blobs"])
def test_flipped_labels_are_contradicted_where_neighbours_agree(kind):
    clean, wrong = asked(ready(kind)), asked(flipped(ready(kind), 0.3))
    assert clean.contradicted < 0.02 and clean.reached > 0.9
    assert 0.2 < wrong.contradicted < 0.4 and wrong.at_least > 0.1
    assert wrong.contradicted > 0.75 * wrong.all_over


@pytest.mark.parametrize(("kind", "noise"), [("gaussians", 0.5), ("moons", 0.4), ("blobs", 0.5), ("xor", 0.3)])
def test_overlapping_classes_are_right_where_neighbours_agree(kind, noise):
    found = asked(ready(kind, rows=800, noise=noise))
    assert found.all_over > 0.1 and found.contradicted < 0.7 * found.all_over


def test_the_interval_is_that_of_the_binomial():
    found = asked(flipped(ready("digits"), 0.3))
    half = MOST_ROWS // 2
    deviation = np.random.default_rng(0).binomial(half, found.contradicted, 20_000).std() / half
    assert found.contradicted - found.at_least == pytest.approx(1.64 * deviation, rel=0.05)


def test_a_bent_border_is_reached_and_values_too():
    assert asked(ready("spirals", rows=800)).reached > 0.9
    found = asked(ready("bumpy"))
    assert 0.8 < found.reached < 1 and found.contradicted is None


def test_what_only_training_rows_tell_is_not_reached():
    """A column holds the value of training rows and means nothing of validation rows: what holds there counts."""
    splits = ready("plane", rows=300)
    inputs, rng = splits.inputs[0].copy(), np.random.default_rng(0)
    inputs[:] = rng.normal(size=inputs.shape)
    inputs[splits.train[0], 0] = splits.targets[splits.train[0], 0]
    assert told(splits, inputs).reached < 0.1


def test_the_order_of_columns_classes_and_rows_changes_nothing():
    splits = flipped(ready("digits"), 0.3)
    rng, found = np.random.default_rng(1), asked(splits)
    order = rng.permutation(splits.features)
    columns = asked(replace(splits, inputs=splits.inputs[:, :, order]))
    rows = asked(replace(splits, train=tuple(rng.permutation(part) for part in splits.train)))
    classes = asked(replace(splits, targets=rng.permutation(splits.classes)[splits.targets]))
    for other in (columns, rows, classes):  # classes with as many neighbours each are told apart by their number
        assert other.all_over == pytest.approx(found.all_over, abs=0.02)
        assert other.contradicted == pytest.approx(found.contradicted, abs=0.02)
        assert other.reached == pytest.approx(found.reached, abs=0.02)


def test_the_more_labels_are_wrong_the_more_are_contradicted():
    shares = [asked(flipped(ready("digits"), share)).contradicted for share in (0.1, 0.2, 0.3, 0.4)]
    assert shares == sorted(shares)
    assert np.abs(np.array(shares) - (0.1, 0.2, 0.3, 0.4)).max() < 0.05
