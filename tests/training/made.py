"""Splits and experiments that tests of the engine train on, made without the data part."""

import numpy as np

from core.data.splits import Splits
from core.experiment import Experiment


def classes(rows=150, features=6, count=3, seed=0, folds=1, own_inputs=False, test=0.1):
    """Noisy clusters. With folds: one set of training and validation rows each; own_inputs: scaled by fold."""
    random = np.random.default_rng(seed)
    targets = random.integers(0, count, rows)
    inputs = (random.normal(size=(count, features))[targets] + random.normal(size=(rows, features))).astype(np.float32)
    train, validation, held = parts(rows, folds, random, test)
    scaled = np.stack([(inputs - inputs[t].mean(0)) / inputs[t].std(0) for t in train]) if own_inputs else inputs[None]
    return Splits(
        task="classification",
        inputs=scaled.astype(np.float32),
        targets=targets.astype(np.int64),
        train=train,
        validation=validation,
        test=(held,),
        rows=np.arange(rows) + 1_000,
        input_names=tuple(f"x{i}" for i in range(features)),
        class_names=tuple("abcdefghij"[:count]),
        target_names=("y",),
    )


def values(rows=150, features=5, seed=0):
    """A noisy plane in a unit of its own: mean 50, spread 10."""
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(rows, features)).astype(np.float32)
    wanted = inputs @ random.normal(size=features) / np.sqrt(features) + 0.1 * random.normal(size=rows)
    train, validation, held = parts(rows, 1, random, 0.1)
    return Splits(
        task="regression",
        inputs=inputs[None],
        targets=wanted[:, None].astype(np.float32),
        train=train,
        validation=validation,
        test=(held,),
        rows=np.arange(rows),
        input_names=tuple(f"x{i}" for i in range(features)),
        target_names=("y",),
        target_mean=(50.0,),
        target_std=(10.0,),
    )


def parts(rows, folds, random, test):
    order = random.permutation(rows)
    held, rest = np.sort(order[: int(rows * test)]), order[int(rows * test) :]
    if folds == 1:
        cut = len(rest) // 5
        return (rest[cut:],), (rest[:cut],), held
    pieces = np.array_split(rest, folds)
    return tuple(np.setdiff1d(rest, piece) for piece in pieces), tuple(pieces), held


def digits(test=0.2):
    """scikit-learn's digits, standardised on the training rows; a fifth of what is not for the test validates."""
    from sklearn.datasets import load_digits

    data = load_digits()
    train, validation, test = parts(len(data.target), 1, np.random.default_rng(0), test)
    inputs = (data.data - data.data[train[0]].mean(0)) / np.maximum(data.data[train[0]].std(0), 1e-9)
    return Splits(
        task="classification",
        inputs=inputs[None].astype(np.float32),
        targets=data.target.astype(np.int64),
        train=train,
        validation=validation,
        test=(test,),
        rows=np.arange(len(data.target)),
        input_names=tuple(data.feature_names),
        class_names=tuple("0123456789"),
        target_names=("digit",),
    )


def experiment(layers=({"units": 16}, {"units": 16}), **changes):
    """Two small ReLU layers unless said; further choices by their dotted paths, with __ for the dot."""
    given = {"network.layers": list(layers), "training.epochs": 4}
    return Experiment().changed(given | {path.replace("__", "."): value for path, value in changes.items()})
