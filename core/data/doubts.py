"""May the validation score be trusted? Whether one column gives the target away, whether validation rows are copies of
training rows, whether the two parts can be told apart or have their classes in other shares; and what neighbours say
of the targets. Of the splits alone, before anything is learned."""

import warnings
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from core.data.neighbours import told
from core.data.splits import Splits

MOST_ROWS = 2_000
"""Rows of each part that are looked at, at most (our choice: the shares are then good to two points)."""
MOST_FEATURES = 400
BINS = 50
SUSPICIOUS = 0.9
"""Share of the target that a column must explain before the others are asked what they explain without it."""
MANY = 20
"""Distinct values from which on a column is not a handful of levels: rows that agree in it agree in earnest."""
FOLDS = 3
DRAWS = 2_000
"""Splits by chance against which the shares of the classes are held (our choice)."""
CHANCE = 0.95
"""Share of those that differ less: the usual one in twenty."""

Name = Literal[
    "explains",
    "others_explain",
    "copies",
    "apart",
    "shares",
    "shares_by_chance",
    "reached",
    "contradicted",
    "contradicted_at_least",
    "contradicted_all_over",
    "largest",
    "sorted",
]


@dataclass(frozen=True)
class Doubt:
    """One number that speaks for or against the validation score. explains: share of the target (wrong guesses saved,
    or variance) that `column` alone explains on validation rows; others_explain: what a linear model of all other
    columns explains there; copies: share of validation rows whose inputs and target are those of a training row; apart:
    how well a forest tells training from validation rows (area under the curve, 0.5 is chance), most by `column`;
    shares: by how much the share of the class `column` differs between training and validation rows, of all classes
    the most; shares_by_chance: what that number stays under in 19 of 20 splits of these rows by chance; sorted: how
    much alike the targets of training rows are that follow one another, 0 as by chance, 1 all alike; all others: what
    core.data.neighbours tells."""

    name: Name
    column: str
    value: float


def doubts(splits: Splits) -> list[Doubt]:
    """Of the first fold. Empty where there are too few validation rows to say anything."""
    train, validation = _some(splits.train[0]), _some(splits.validation[0])
    if len(train) < 20 or len(validation) < 10:
        return []
    inputs = splits.inputs[0].reshape(len(splits.inputs[0]), -1)[:, :MOST_FEATURES]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [
            *(_leaks(splits, inputs, train, validation) if splits.bottleneck is None else ()),
            *_copies(splits, inputs, validation),
            *_apart(splits, inputs, train, validation),
            *_shares(splits),
            *_order(splits),
            *_neighbours(splits, inputs),
        ]


def data_meta(splits: Splits) -> dict[str, Any]:
    """What is known of the data before training, in the words of a record's meta."""
    return {
        "task": splits.task,
        "classes": list(splits.class_names),
        "inputs": list(splits.input_names),
        "targets": list(splits.target_names),
        "features": splits.features,
        "rows": {part: min(len(rows) for rows in getattr(splits, part)) for part in ("train", "validation", "test")},
        "doubts": [asdict(doubt) for doubt in doubts(splits)],
    }


def _some(rows: np.ndarray) -> np.ndarray:
    return rows if len(rows) <= MOST_ROWS else np.random.default_rng(0).choice(rows, MOST_ROWS, replace=False)


def _source(name: str) -> str:
    """The table's column that a feature comes from: "sex = male" comes from "sex"."""
    return name.split(" = ")[0].removesuffix(" is missing")


def _groups(splits: Splits, features: int) -> dict[str, list[int]]:
    """Features of each column."""
    found: dict[str, list[int]] = {}
    for place, name in enumerate(splits.input_names[:features]):
        found.setdefault(_source(name), []).append(place)
    return found


def _leaks(splits: Splits, inputs: np.ndarray, train: np.ndarray, validation: np.ndarray) -> list[Doubt]:
    groups = _groups(splits, inputs.shape[1])
    if len(splits.shape) > 1:
        return []  # the cells of an image or a sequence are one thing: that one of them decides is the task
    if len(groups) < 2 or splits.targets.ndim == 2 and splits.targets.shape[1] > 1:
        return []
    targets = splits.targets.reshape(len(splits.targets))
    rows = targets, train, validation, splits
    shares = {name: _explained(inputs[:, places], *rows) for name, places in groups.items()}
    best = max(shares, key=lambda name: shares[name])
    found = [Doubt("explains", best, shares[best])]
    if shares[best] >= SUSPICIOUS:
        rest = [place for name, places in groups.items() if name != best for place in places]
        found.append(Doubt("others_explain", best, _by_the_rest(inputs[:, rest], *rows)))
    return found


def _explained(
    columns: np.ndarray, targets: np.ndarray, train: np.ndarray, validation: np.ndarray, splits: Splits
) -> float:
    """By one column alone: each of its levels, or of 50 quantile bins, answers with what training rows have there; a
    number also with what lies between the neighbouring training rows, for no bin follows a steep curve."""
    codes = _codes(columns, train)
    if splits.task == "classification":
        counts = np.zeros((codes.max() + 1, splits.classes))
        np.add.at(counts, (codes[train], targets[train].astype(int)), 1)
        usual = int(counts.sum(axis=0).argmax())
        guess = np.where(counts.sum(axis=1) > 0, counts.argmax(axis=1), usual)
        return _saved(targets[validation] != usual, targets[validation] != guess[codes[validation]])
    rows, middle = np.bincount(codes[train], minlength=codes.max() + 1), targets[train].mean()
    sums = np.bincount(codes[train], targets[train], codes.max() + 1)
    means = np.where(rows > 0, sums / np.maximum(rows, 1), middle)
    wanted = targets[validation]
    saved = _saved((wanted - middle) ** 2, (wanted - means[codes[validation]]) ** 2)
    if columns.shape[1] > 1:
        return saved
    known, place = np.unique(columns[train, 0], return_inverse=True)
    between = np.interp(columns[validation, 0], known, np.bincount(place, targets[train]) / np.bincount(place))
    return max(saved, _saved((wanted - middle) ** 2, (wanted - between) ** 2))


def _saved(without: np.ndarray, with_it: np.ndarray) -> float:
    """Share of the errors [rows] that knowing saves, 0 to 1."""
    before = float(without.mean())
    return float(max(0.0, 1 - float(with_it.mean()) / before)) if before > 0 else 0.0


def _codes(columns: np.ndarray, train: np.ndarray) -> np.ndarray:
    """A number for each value of one column [rows]: its level, or its quantile bin."""
    if columns.shape[1] > 1:
        return np.unique(np.round(columns, 4), axis=0, return_inverse=True)[1].reshape(-1)
    values = columns[:, 0]
    distinct = np.unique(values[train])
    edges = distinct if len(distinct) <= BINS else np.unique(np.quantile(values[train], np.linspace(0, 1, BINS + 1)))
    return np.searchsorted((edges[1:] + edges[:-1]) / 2 if len(distinct) <= BINS else edges[1:-1], values, "right")


def _by_the_rest(
    inputs: np.ndarray, targets: np.ndarray, train: np.ndarray, validation: np.ndarray, splits: Splits
) -> float:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    kind = RandomForestClassifier if splits.task == "classification" else RandomForestRegressor
    said = kind(40, max_depth=10, random_state=0).fit(inputs[train], targets[train]).predict(inputs[validation])
    wanted = targets[validation]
    if splits.task == "classification":
        return _saved(wanted != np.bincount(targets[train].astype(int)).argmax(), wanted != said)
    return _saved((wanted - targets[train].mean()) ** 2, (wanted - said) ** 2)


def _copies(splits: Splits, inputs: np.ndarray, validation: np.ndarray) -> list[Doubt]:
    """Only where some column is no handful of levels: small whole numbers meet again without being copies."""
    train = splits.train[0]
    if max(len(np.unique(inputs[train[:MOST_ROWS], place])) for place in range(inputs.shape[1])) < MANY:
        return []
    targets = splits.targets.reshape(len(splits.targets), -1)
    rows = np.ascontiguousarray(np.round(np.concatenate([inputs, targets], axis=1), 5).astype(np.float32) + 0.0)
    seen = {rows[row].tobytes() for row in train}
    return [Doubt("copies", "", float(np.mean([rows[row].tobytes() in seen for row in validation])))]


def _apart(splits: Splits, inputs: np.ndarray, train: np.ndarray, validation: np.ndarray) -> list[Doubt]:
    """Told by a forest on rows it was not fitted on."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import cross_val_predict

    count = min(len(train), len(validation), 300)
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.permutation(train)[:count], rng.permutation(validation)[:count]])
    is_validation = np.repeat([0, 1], count)
    forest = RandomForestClassifier(20, max_depth=6, min_samples_leaf=3, random_state=0)
    chances = cross_val_predict(forest, inputs[rows], is_validation, cv=FOLDS, method="predict_proba")[:, 1]
    weights = forest.fit(inputs[rows], is_validation).feature_importances_
    names = splits.input_names
    column = _source(names[int(weights.argmax())]) if len(names) > int(weights.argmax()) else ""
    return [Doubt("apart", column, float(roc_auc_score(is_validation, chances)))]


def _shares(splits: Splits) -> list[Doubt]:
    """Against splits drawn by chance, for which class and row have nothing to do with one another: drawn without
    replacement from the rows that there are (multivariate hypergeometric)."""
    if splits.task != "classification":
        return []
    train, held = (np.bincount(splits.targets[rows], minlength=splits.classes) for rows in _parts(splits))
    off = _apart_in_shares(held, train)
    drawn = np.random.default_rng(0).multivariate_hypergeometric(train + held, int(held.sum()), DRAWS)
    usual = np.quantile(_apart_in_shares(drawn, train + held - drawn).max(axis=1), CHANCE)
    at = int(off.argmax())
    return [Doubt("shares", splits.class_names[at], float(off[at])), Doubt("shares_by_chance", "", float(usual))]


def _order(splits: Splits) -> list[Doubt]:
    """Of classes the share of pairs that are of one class, counted from what chance would make of it to 1; of values
    their correlation."""
    targets = splits.targets[splits.train[0]]
    if splits.task == "classification":
        chance = float(np.sum((np.bincount(targets) / len(targets)) ** 2))
        alike = (float(np.mean(targets[1:] == targets[:-1])) - chance) / (1 - chance) if chance < 1 else 0.0
    else:
        value = targets.reshape(len(targets), -1)[:, 0].astype(float)
        alike = float(np.corrcoef(value[1:], value[:-1])[0, 1]) if value.std() > 0 else 0.0
    return [Doubt("sorted", "", alike)] if np.isfinite(alike) else []


def _parts(splits: Splits) -> tuple[np.ndarray, np.ndarray]:
    """Training and validation rows of the first fold, each once."""
    return np.unique(splits.train[0]), np.unique(splits.validation[0])


def _apart_in_shares(held: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Difference of the classes' shares, from their counts [..., classes] in both parts."""
    return np.asarray(np.abs(held / held.sum(-1, keepdims=True) - train / train.sum(-1, keepdims=True)))


def _neighbours(splits: Splits, inputs: np.ndarray) -> list[Doubt]:
    """Not of rows that are given back, which are their own neighbours, nor of sequences asked at every step, whose
    neighbours are found by steps that are yet to come."""
    if splits.bottleneck is not None or splits.asked_steps:
        return []
    said = told(splits, inputs)
    numbers: dict[Name, float | None] = {
        "reached": said.reached,
        "contradicted": said.contradicted,
        "contradicted_at_least": said.at_least,
        "contradicted_all_over": said.all_over,
        "largest": said.largest,
    }
    return [Doubt(name, "", value) for name, value in numbers.items() if value is not None and np.isfinite(value)]
