"""Classes that count the same: weights against torch's own weighted loss, resampling that keeps the shares true."""

import numpy as np
import pytest
import torch

from core.choices.losses import CrossEntropy
from core.choices.networks import Dense, DenseLayer
from core.choices.optimizers import SGD
from core.choices.preparation import FoldSplit, Preparation, Split
from core.choices.training import Training
from core.data.balance import class_weights
from core.data.prepare import prepare
from core.data.sample import of_classes
from core.experiment import Experiment
from core.training.program import Program, network_of

RNG = np.random.default_rng(0)
CLASSES = np.repeat([0, 1, 2], [120, 30, 10])
SAMPLE = of_classes(RNG.standard_normal((160, 3)) + CLASSES[:, None], CLASSES, list("abc"), list("xyz"), "y")


def program(splits, replicas=1, **training):
    experiment = Experiment(
        network=Dense(layers=(DenseLayer(units=5, activation="tanh"),)),
        loss=CrossEntropy(),
        optimizer=SGD(learning_rate=0.1),
        training=Training(batch_size=16, shuffle=False, replicas=replicas, **training),
    )
    return experiment, Program(experiment, splits, range(replicas), torch.device("cpu"))


@pytest.mark.parametrize("how", ["weights", "downsample_upweight"])
def test_an_epoch_is_that_of_torchs_weighted_loss(how):
    splits = prepare(SAMPLE, Split(), Preparation(balance=how)).splits
    experiment, ours = program(splits)
    net = network_of(experiment, splits, experiment.training.seed)
    train = splits.train[0]
    weights = torch.tensor([splits.weights[0][train][splits.targets[train] == k][0] for k in range(3)])
    theirs = torch.nn.CrossEntropyLoss(weight=weights)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    inputs, targets = torch.as_tensor(splits.inputs[0]), torch.as_tensor(splits.targets)
    for start in range(0, len(train), 16):
        rows = torch.as_tensor(train[start : start + 16])
        optimizer.zero_grad()
        theirs(net(inputs[rows]), targets[rows]).backward()
        optimizer.step()
    assert ours.run_epoch(False, lambda: True) is not None
    for mine, wanted in zip(ours.network.to_module(0).parameters(), net.parameters(), strict=True):
        torch.testing.assert_close(mine, wanted, rtol=1e-5, atol=1e-6)


def test_replicas_of_folds_take_the_weights_of_their_own_fold():
    splits = prepare(SAMPLE, FoldSplit(folds=2, order="plain"), Preparation(balance="weights")).splits
    assert splits.weights.shape == (2, 160)
    _, ours = program(splits, replicas=2)
    numbers = ours.order.draw()
    found = ours.rows.weights(numbers[None])[0]
    for replica in range(2):
        assert np.array_equal(found[replica].numpy(), splits.weights[replica][numbers[replica].numpy()])


def test_every_class_weighs_the_same_and_rows_one_on_average():
    splits = prepare(SAMPLE, Split(), Preparation(balance="weights")).splits
    train, weights = splits.train[0], splits.weights[0]
    sums = np.bincount(splits.targets[train], weights[train])
    assert np.allclose(sums, sums[0]) and weights[train].mean() == pytest.approx(1)
    assert not weights[splits.validation[0]].any()


def test_rows_kept_of_a_large_class_stand_for_those_left_out():
    whole = prepare(SAMPLE, Split(), Preparation()).splits
    splits = prepare(SAMPLE, Split(), Preparation(balance="downsample_upweight")).splits
    train = splits.train[0]
    assert len(set(np.bincount(splits.targets[train]))) == 1
    before = np.bincount(whole.targets[whole.train[0]]) / len(whole.train[0])
    after = np.bincount(splits.targets[train], splits.weights[0][train]) / len(train)
    assert np.allclose(before, after)


def test_no_weights_where_nothing_is_unequal_or_nothing_was_asked():
    assert prepare(SAMPLE, Split(), Preparation()).splits.weights is None
    assert prepare(SAMPLE, Split(), Preparation(balance="oversample")).splits.weights is None
    assert np.allclose(class_weights(np.array([0, 1, 2, 0, 1, 2]), np.array([0, 1, 2, 0, 1, 2]), "weights"), 1)
    assert class_weights(np.array([0, 2]), np.array([0, 2]), "weights").tolist() == [1, 0, 1]
