"""What a run must beat: guessing, and a linear model, in the run's own loss."""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.choices.layers import levels_of
from core.choices.outputs import Loss
from core.data.splits import Splits

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_ROWS = 4_000
"""Training rows that the linear model sees, at most (our choice: a line needs no more)."""
MOST_CELLS = 1_500_000
"""Training rows × features × classes that it works on, at most: about half a second on one core (measured)."""
ITERATIONS = 100
MOST_SPELLED = 500
"""Levels that a linear model sees as a column each, at most (our choice)."""

Part = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class Baseline:
    """What something simple reaches. loss: in the run's own loss, mean per row (a regression: in standardised units);
    score: accuracy, or R² for a regression, as in training. With folds: the mean over folds."""

    name: Literal["guess", "linear"]
    split: Part
    loss: float
    score: float


def baselines(splits: Splits, loss: Loss) -> list[Baseline]:
    """guess: the training part's class shares and its largest class, or its mean (its median for an absolute error);
    linear: logistic or ridge regression on the standardised inputs, on at most MOST_ROWS training rows; of rows to be
    given back, as many principal components as the bottleneck has numbers. Where every step of a sequence is asked, the
    line of a step sees what came until then."""
    from threadpoolctl import threadpool_limits

    found: dict[tuple[Any, Part], list[tuple[float, float]]] = {}
    with threadpool_limits(1):  # threads that wait for one another cost a hundredfold where cores are shared
        for fold, train in enumerate(splits.train):
            for name, answer in (("guess", _guess(splits, train, loss)), ("linear", _linear(splits, fold))):
                for part, rows in _parts(splits, fold):
                    if len(rows):
                        found.setdefault((name, part), []).append(_measured(splits, loss, answer(rows), rows))
    means = {key: np.mean(values, axis=0) for key, values in found.items()}
    return [Baseline(name, part, float(mean[0]), float(mean[1])) for (name, part), mean in means.items()]


def _parts(splits: Splits, fold: int) -> list[tuple[Part, np.ndarray]]:
    test = splits.test[min(fold, len(splits.test) - 1)]
    return [("train", splits.train[fold]), ("validation", splits.validation[fold]), ("test", test)]


def _guess(splits: Splits, train: np.ndarray, loss: Loss) -> "Callable[[np.ndarray], np.ndarray]":
    if splits.task == "classification":
        shares = np.bincount(splits.targets[train], minlength=splits.classes) / len(train)
        return lambda rows: np.broadcast_to(shares, (len(rows), splits.classes))
    middle = np.median if loss.guesses_median else np.mean
    value = middle(splits.targets[train].astype(np.float64), axis=0)
    return lambda rows: np.broadcast_to(value, (len(rows), splits.targets.shape[1]))


def _linear(splits: Splits, fold: int) -> "Callable[[np.ndarray], np.ndarray]":
    """Probabilities [rows, classes] or values [rows, values] of a linear model."""
    inputs = _spelled_out(splits, splits.inputs[min(fold, len(splits.inputs) - 1)].astype(np.float64))
    train = _some(splits, splits.train[fold])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if splits.bottleneck is not None:
            return _components(splits.bottleneck, inputs, train)
        return _classifier(splits, inputs, train) if splits.classes else _line(splits, inputs, train)


def _spelled_out(splits: Splits, inputs: np.ndarray) -> np.ndarray:
    """[rows, columns] in which each level has a column, where the network gets numbers of levels: a line cannot read
    those. Categories of more than MOST_SPELLED levels are left out."""
    levels = levels_of(splits.shape)
    if not levels:
        return inputs
    numbers = inputs[:, -len(levels) :].astype(int)
    hot = [numbers[:, [k]] == np.arange(n) for k, n in enumerate(levels) if n <= MOST_SPELLED]
    return np.concatenate([inputs[:, : -len(levels)], *hot], axis=1)


def _some(splits: Splits, train: np.ndarray) -> np.ndarray:
    most = max(50, MOST_CELLS // (splits.features * max(1, splits.classes) * len(splits.train)))
    if len(train) <= min(MOST_ROWS, most):
        return train
    return np.random.default_rng(0).choice(train, min(MOST_ROWS, most), replace=False)


def _classifier(splits: Splits, inputs: np.ndarray, train: np.ndarray) -> "Callable[[np.ndarray], np.ndarray]":
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    seen = np.unique(splits.targets[train])
    if len(seen) < 2:
        return _guess(splits, train, Loss())
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=ITERATIONS, tol=1e-3))
    model.fit(inputs[train], splits.targets[train])

    def answer(rows: np.ndarray) -> np.ndarray:
        shares = np.zeros((len(rows), splits.classes))
        shares[:, seen] = model.predict_proba(inputs[rows])
        return shares

    return answer


def _components(count: int, inputs: np.ndarray, train: np.ndarray) -> "Callable[[np.ndarray], np.ndarray]":
    """What as many principal components give back: the best that a linear autoencoder can do."""
    from sklearn.decomposition import PCA

    model = PCA(min(count, inputs.shape[1], len(train)), random_state=0).fit(inputs[train])
    return lambda rows: model.inverse_transform(model.transform(inputs[rows]))


def _line(splits: Splits, inputs: np.ndarray, train: np.ndarray) -> "Callable[[np.ndarray], np.ndarray]":
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    steps = splits.asked_steps or 1
    targets, features = splits.targets.reshape(len(inputs), steps, -1), inputs.shape[1]
    seen = [inputs[:, : features * (step + 1) // steps] for step in range(steps)]  # no step sees a later one
    each = [
        (make_pipeline(StandardScaler(), Ridge()).fit(given[train], targets[train, step]), given)
        for step, given in enumerate(seen)
    ]
    return lambda rows: np.concatenate([line.predict(x[rows]).reshape(len(rows), -1) for line, x in each], axis=1)


def explained(wanted: np.ndarray, answers: np.ndarray, is_whole: bool = False) -> float:
    """R² of answers [rows, values]: the mean over the values that vary (scikit-learn's uniform average), NaN where none
    does. is_whole: of all values together, as of rows to be given back."""
    total = ((wanted - wanted.mean(axis=0)) ** 2).sum(axis=0)
    left = ((wanted - answers) ** 2).sum(axis=0)
    if is_whole:
        total, left = total.sum(keepdims=True), left.sum(keepdims=True)
    varies = total > 0
    return float(np.mean(1 - left[varies] / total[varies])) if varies.any() else float("nan")


def _measured(splits: Splits, loss: Loss, answers: np.ndarray, rows: np.ndarray) -> tuple[float, float]:
    """Loss and score of answers: probabilities [rows, classes] or values [rows, values]."""
    targets = splits.targets[rows]
    if splits.task == "regression":
        wanted = targets.astype(np.float64)
        score = explained(wanted, answers, splits.bottleneck is not None)
        return float(loss.of_answers(answers, wanted).mean()), score
    score = float((answers.argmax(axis=1) == targets).mean())
    return float(loss.of_answers(answers, targets).mean()), score
