"""Baselines against closed forms, torch's own losses and scikit-learn."""

import time
import warnings

import numpy as np
import pytest
import torch
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import Ridge
from sklearn.metrics import log_loss, r2_score

from core.choices.losses import LOSSES, AbsoluteError, BinaryCrossEntropy, CrossEntropy, SquaredError
from core.choices.preparation import FoldSplit, Preparation, Split
from core.choices.tables import TABLES, Circles, Diabetes, Digits, Iris
from core.data.baselines import baselines
from core.data.prepare import prepare


def of(data, loss, split=None):
    splits = prepare(data.load(), split or Split(), Preparation()).splits
    return splits, {(b.name, b.split): b for b in baselines(splits, loss)}


def test_guessing_three_even_classes_costs_ln_3():
    _, found = of(Iris(), CrossEntropy())
    assert found["guess", "train"].loss == pytest.approx(np.log(3))
    assert found["guess", "validation"].score == pytest.approx(1 / 3)


def test_guess_is_sklearns_prior():
    splits, found = of(TABLES["penguins"](), CrossEntropy())
    train, validation = splits.train[0], splits.validation[0]
    dummy = DummyClassifier(strategy="prior").fit(train[:, None], splits.targets[train])
    wanted = log_loss(splits.targets[validation], dummy.predict_proba(validation[:, None]), labels=[0, 1, 2])
    assert found["guess", "validation"].loss == pytest.approx(wanted)


@pytest.mark.parametrize("data", [Iris(), Circles()])
@pytest.mark.parametrize("kind", list(LOSSES))
def test_guess_costs_what_the_loss_itself_says(data, kind):
    """Outputs that give the class shares, through the torch loss."""
    loss = LOSSES[kind](**({"output": "softmax"} if "error" in kind or kind == "huber" else {}))
    splits, found = of(data, loss)
    shares = torch.tensor(np.bincount(splits.targets[splits.train[0]]) / len(splits.train[0]))
    outputs = shares.log()
    if kind == "binary_cross_entropy":
        outputs = torch.logit(shares)[1:] if len(shares) == 2 else torch.logit(shares)
    rows = splits.validation[0]
    cost = loss.per_row(outputs.expand(len(rows), -1), torch.tensor(splits.targets[rows])).mean()
    assert found["guess", "validation"].loss == pytest.approx(float(cost), rel=1e-5)


def test_regression_is_measured_in_standardised_units():
    splits, found = of(Diabetes(), SquaredError())
    assert found["guess", "train"].loss == pytest.approx(1, abs=1e-5)
    assert found["guess", "train"].score == pytest.approx(0, abs=1e-6)
    train, test = splits.train[0], splits.test[0]
    x = splits.inputs[0]
    line = Ridge().fit(x[train], splits.targets[train])
    assert found["linear", "test"].score == pytest.approx(
        r2_score(splits.targets[test], line.predict(x[test])), abs=1e-4
    )


def test_the_median_is_the_guess_under_absolute_error():
    splits, found = of(Diabetes(), AbsoluteError())
    targets = splits.targets[splits.train[0]]
    assert found["guess", "train"].loss == pytest.approx(np.abs(targets - np.median(targets)).mean())


def test_a_line_is_no_better_than_chance_on_circles():
    _, found = of(Circles(rows=2000), BinaryCrossEntropy())
    assert found["linear", "test"].score == pytest.approx(0.5, abs=0.08)
    assert found["linear", "test"].loss == pytest.approx(np.log(2), abs=0.02)


def test_folds_are_averaged():
    _, found = of(Iris(), CrossEntropy(), FoldSplit(folds=5, test=0))
    assert found["linear", "validation"].score == pytest.approx(0.96, abs=0.03)
    assert ("linear", "test") not in found


def test_baselines_are_quick_and_silent():
    """Half a second is promised; four times that is allowed here for a loaded machine."""
    splits = prepare(Digits().load(), FoldSplit(folds=10), Preparation(scaling="none")).splits
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        began = time.perf_counter()
        baselines(splits, CrossEntropy())
    assert time.perf_counter() - began < 2
