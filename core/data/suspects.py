"""Rows whose label looks wrong: judged by a model that has not seen them. Confident learning (Northcutt, Jiang & Chuang
2021, J. Artif. Intell. Res. 70) for classes; for values, rows far beyond the spread of all others."""

import warnings
from dataclasses import dataclass

import numpy as np

from core.data.splits import Splits

FOLDS = 5
MOST_ROWS = 5_000
"""Rows that are judged, at most (our choice: seconds on one core)."""
TREES = 60
FAR = 5.0
"""Spreads (1.4826 × median distance, a standard deviation of normal errors) beyond which a value is suspect (our
choice: one in two million by chance)."""


TWICE = 2.0
"""Times the label's share from which on another class makes a row suspect (measured with a tenth of the labels of iris,
wine and breast cancer flipped: 44 of 49 found where confident learning alone finds 36; clean, 6 of 720 are listed)."""

Told = tuple[int, float, float, float, int]
"""Place among the rows looked at, then the fields of a Suspect."""


@dataclass(frozen=True)
class Suspect:
    """row: its number in the table as loaded. given, suggested: class numbers, or values in their own unit. sure: what
    the model gives the label (0 to 1), or how many spreads the value is off. target: of several, the number of the one
    that is farthest off."""

    row: int
    given: float
    suggested: float
    sure: float
    target: int = 0


@dataclass(frozen=True)
class Judged:
    """Suspects, the worst first, out of so many rows that were judged."""

    suspects: tuple[Suspect, ...]
    rows: int


def suspects(splits: Splits) -> Judged:
    """Of the training and validation rows; the test rows stay unseen."""
    rows = np.unique(np.concatenate([splits.train[0], splits.validation[0]]))
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, MOST_ROWS, replace=False))
    inputs = splits.inputs[0].reshape(len(splits.inputs[0]), -1)[rows]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if splits.task == "classification":
            labels = splits.targets[rows].astype(int)
            found: list[Told] = [(*told, 0) for told in ranked(out_of_fold(inputs, labels, splits.classes), labels)]
        else:
            found = _far_off(inputs, splits, rows)
    return Judged(tuple(Suspect(int(splits.rows[rows[told[0]]]), *told[1:]) for told in found), len(rows))


def out_of_fold(inputs: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Probabilities [rows, classes] from models that were not fitted on the row: a forest and a logistic regression,
    averaged, for where one of them errs the other seldom does."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import KFold, StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    smallest = np.bincount(labels)[np.unique(labels)].min()
    kind = StratifiedKFold if smallest >= FOLDS else KFold
    shares = np.zeros((len(labels), classes))
    for fitted, held in kind(FOLDS, shuffle=True, random_state=0).split(inputs, labels):
        forest = RandomForestClassifier(TREES, min_samples_leaf=2, random_state=0)
        line = make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))
        if len(np.unique(labels[fitted])) < 2:
            shares[held[:, None], labels[fitted][:1]] = 1.0
            continue
        for model in (forest, line):
            model.fit(inputs[fitted], labels[fitted])
            shares[np.ix_(held, model.classes_)] += model.predict_proba(inputs[held]) / 2
    return shares


def ranked(shares: np.ndarray, labels: np.ndarray) -> list[tuple[int, float, float, float]]:
    """(place, label, suggested class, share of the label) of suspect rows, the least likely label first. A row is
    suspect where another class is given at least what that class's own rows are given on average (confident learning's
    off-diagonal counts), or TWICE what the label is given: wrong labels also lower the averages' own rows."""
    own = shares[np.arange(len(labels)), labels]
    others = shares.copy()
    others[np.arange(len(labels)), labels] = -1.0
    best = others.argmax(axis=1)
    most = others[np.arange(len(labels)), best]
    usual = np.array([shares[labels == k, k].mean() if (labels == k).any() else np.inf for k in range(shares.shape[1])])
    is_suspect = (most > own) & ((most >= usual[best]) | (most > TWICE * own))
    places = np.flatnonzero(is_suspect)
    order = places[np.argsort((own - most)[places], kind="stable")]
    return [(int(at), float(labels[at]), float(best[at]), float(own[at])) for at in order]


def _far_off(inputs: np.ndarray, splits: Splits, rows: np.ndarray) -> list[Told]:
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.model_selection import KFold, cross_val_predict

    values = splits.targets[rows].astype(float)
    folds = KFold(FOLDS, shuffle=True, random_state=0)
    forest = RandomForestRegressor(TREES, min_samples_leaf=2, random_state=0)
    said = cross_val_predict(forest, inputs, values if values.shape[1] > 1 else values[:, 0], cv=folds)
    said = said.reshape(values.shape)
    off = values - said - np.median(values - said, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(off), axis=0), 1e-12)
    each = np.abs(off) / spread
    times, worst = each.max(axis=1), each.argmax(axis=1)
    scale, middle = np.array(splits.target_std), np.array(splits.target_mean)
    given, other = values * scale + middle, said * scale + middle
    order = [(int(at), int(worst[at])) for at in np.argsort(-times) if times[at] > FAR]
    return [(at, float(given[at, k]), float(other[at, k]), float(times[at]), k) for at, k in order]
