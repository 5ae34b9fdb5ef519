"""What a row's neighbours say of its target: how well it can be told by them, which a network should reach too, and
whether labels look wrong where neighbours agree. Of training and validation rows, before anything is learned."""

from dataclasses import dataclass

import numpy as np

from core.data.baselines import explained
from core.data.splits import Splits

MOST_ROWS = 800
"""Rows that are judged, at most (our choice: a tenth of a second)."""
FOLDS = 5
FEW = 5
"""Neighbours of the second model, for fine shapes; the first asks as many as the square root of the rows."""
ONE_IN_TWENTY = 1.64
"""Standard deviations that one in twenty of normal draws falls short of."""


@dataclass(frozen=True)
class Told:
    """reached: accuracy, or R², that training rows give to other training rows and to validation rows, the lower of the
    two. Of classes only: contradicted: the share that bears another label than its neighbours say, of the half of the
    rows whose neighbours agree most; at_least: what that share is at least, but for one in twenty; all_over: the same
    share of all rows; largest: the share of the largest class."""

    reached: float
    contradicted: float | None = None
    at_least: float | None = None
    all_over: float | None = None
    largest: float | None = None


def told(splits: Splits, inputs: np.ndarray) -> Told:
    """inputs: [rows, features]. Where classes overlap, neighbours err where they disagree; wrong labels they meet
    everywhere alike (after confident learning, Northcutt 2021)."""
    train, held = _some(np.unique(splits.train[0])), _some(np.unique(splits.validation[0]))
    is_class = splits.task == "classification"
    wanted = np.eye(splits.classes)[splits.targets] if is_class else splits.targets.astype(float)
    reached = max(_reached(inputs, wanted, train, held, count, is_class) for count in (FEW, _root(len(train))))
    if not is_class:
        return Told(reached)
    rows = _some(np.unique(np.concatenate([splits.train[0], splits.validation[0]])))
    shares = _by_folds(inputs[rows], wanted[rows], _root(len(rows) * (FOLDS - 1) // FOLDS))
    is_wrong = shares.argmax(axis=1) != splits.targets[rows]
    surest = np.argsort(-shares.max(axis=1), kind="stable")[: len(rows) // 2]
    wrong = float(is_wrong[surest].mean())
    short = ONE_IN_TWENTY * (wrong * (1 - wrong) / len(surest)) ** 0.5
    largest = float(wanted[rows].mean(axis=0).max())
    return Told(reached, wrong, wrong - short, float(is_wrong.mean()), largest)


def _some(rows: np.ndarray) -> np.ndarray:
    return rows if len(rows) <= MOST_ROWS else np.sort(np.random.default_rng(0).choice(rows, MOST_ROWS, replace=False))


def _root(rows: int) -> int:
    return max(FEW, int(rows**0.5))


def _reached(
    inputs: np.ndarray, wanted: np.ndarray, train: np.ndarray, held: np.ndarray, count: int, is_class: bool
) -> float:
    """The lower of both parts, for rows of one time or group lie close to one another and tell too much."""
    own = _by_folds(inputs[train], wanted[train], count)
    other = _asked(inputs, wanted, train, held, count)
    return min(_score(wanted[train], own, is_class), _score(wanted[held], other, is_class))


def _score(wanted: np.ndarray, said: np.ndarray, is_class: bool) -> float:
    return float((said.argmax(1) == wanted.argmax(1)).mean()) if is_class else explained(wanted, said)


def _by_folds(inputs: np.ndarray, wanted: np.ndarray, count: int) -> np.ndarray:
    """What neighbours in the other folds say [rows, values]."""
    from sklearn.model_selection import KFold

    said = np.zeros(wanted.shape)
    for fitted, held in KFold(FOLDS, shuffle=True, random_state=0).split(inputs):
        said[held] = _asked(inputs, wanted, fitted, held, count)
    return said


def _asked(inputs: np.ndarray, wanted: np.ndarray, fitted: np.ndarray, held: np.ndarray, count: int) -> np.ndarray:
    """Mean of the `count` nearest fitted rows, for each held row; of marks of classes, their shares."""
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), KNeighborsRegressor(min(count, len(fitted))))
    return np.asarray(model.fit(inputs[fitted], wanted[fitted]).predict(inputs[held])).reshape(len(held), -1)
