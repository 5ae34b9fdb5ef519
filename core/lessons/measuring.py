"""Numbers that flatter, and how to measure honestly."""

import numpy as np

from core.lessons.lesson import Check, Lesson, Look, Records, at_least, at_most, compared
from core.lessons.measures import last, over, recall

FOLDED = [f"folds {number}" for number in range(1, 7)]


def _imbalance(records: Records) -> tuple[Check, ...]:
    plain, weighed = records["as it is"], records["classes weighed"]
    return (
        at_least("rows right", last(plain, "validation_score"), 0.93),
        at_most("rare rows found", recall(plain, 1), 0.5),
        at_least("rare rows found, classes weighed", recall(weighed, 1), 0.7),
    )


def _ordered(records: Records) -> tuple[Check, ...]:
    chance, time = (last(records[label], "validation_score") for label in ("random split", "split by time"))
    return (
        at_least("R² by a random split", chance, 0.8, "number"),
        at_most("R² on what comes later", time, 0.3, "number"),
    )


def _folds(records: Records) -> tuple[Check, ...]:
    scores = [last(records[label], "validation_score") for label in FOLDED]
    if any(len(each) < 2 for each in scores):
        return (at_most("spread", (), 0.6),)
    single, means = np.concatenate(scores).std(ddof=1), np.array([np.mean(each) for each in scores]).std(ddof=1)
    return (
        at_least("spread of one split", (float(single),), 0.02, "points"),
        at_most("spread of five folds, as a share of it", over((float(means),), (float(single),)), 0.7),
    )


LESSONS = (
    Lesson(
        id="imbalance",
        claim="Where one class is rare, accuracy flatters.",
        why="Calling every row common is right in 96 of 100 cases and finds not one of the rare ones.",
        source="He & Garcia 2009, IEEE Trans. Knowledge and Data Engineering 21",
        study=compared(
            {
                "data": {"kind": "gaussians", "rows": 1500, "share": 0.04, "noise": 0.5},
                "split": {"validation": 0.4, "test": 0.0},
                "network": {"layers": [{"units": 8}]},
                "training": {"epochs": 20},
            },
            {"as it is": {}, "classes weighed": {"preparation.balance": "weights"}},
        ),
        condition=_imbalance,
        tells="{0} of the rows are right, and {1} of the rare ones are found; {2} where the classes are weighed.",
        look=Look("outputs", "as it is", "the row of the rare class in the confusion matrix"),
    ),
    Lesson(
        id="ordered_rows",
        claim="A random split of ordered rows flatters.",
        why="Between two training rows a neighbour's value will do; on what comes later there is no neighbour.",
        source="Roberts et al. 2017, Ecography 40; Bergmeir & Benítez 2012, Information Sciences 191",
        study=compared(
            {
                "data": {"kind": "sine", "rows": 400},
                "network": {"layers": [{"units": 32}] * 2},
                "loss": "squared_error",
                "optimizer": {"kind": "adam", "learning_rate": 0.01},
                "training": {"epochs": 80},
            },
            {"random split": {}, "split by time": {"split": {"kind": "time", "column": "x"}}},
        ),
        condition=_ordered,
        tells="Validated on rows picked at random it explains the wave with R² {0}; validated on what comes later "
        "with {1}.",
        look=Look("outputs", "split by time", "answers beyond the last training row"),
        picture="validation_score",
    ),
    Lesson(
        id="k_fold",
        claim="Cross-validation in k folds steadies the estimate.",
        why="Every row validates once, so luck in which rows were picked averages out.",
        source="Stone 1974, J. Royal Statistical Society B 36; Kohavi 1995 (IJCAI)",
        study=compared(
            {
                "data": {"kind": "moons", "rows": 200, "noise": 0.35},
                "split": {"kind": "folds", "test": 0.0},
                "network": {"layers": [{"units": 16}]},
                "optimizer": {"kind": "adam", "learning_rate": 0.01},
                "training": {"epochs": 15},
            },
            {label: {"split.seed": number} for number, label in enumerate(FOLDED)},
        ),
        condition=_folds,
        tells="From split to split one validation part scatters by {0}; the mean over five folds by {1} of that.",
        look=Look("curves", FOLDED[0], "the band of the five folds"),
    ),
)
