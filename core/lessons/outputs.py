"""What the outputs and the loss say at the start and at the end."""

import math

from core.lessons.lesson import Check, Lesson, Look, Records, at_least, at_most, compared
from core.lessons.measures import (
    calibration_error,
    farthest_from_one,
    first,
    last,
    minus,
    overconfidence,
)

CLASSES = {"2 classes": ("moons", 2), "3 classes": ("iris", 3), "10 classes": ("digits", 10)}
SQUARED, ENTROPY = "squared error", "cross-entropy"


def _first_loss(records: Records) -> tuple[Check, ...]:
    found: list[Check] = []
    for label, (_, number) in CLASSES.items():
        ratio = tuple(loss / math.log(number) for loss in first(records[label], "train_loss"))
        off = tuple(abs(value - 1) for value in ratio)
        found.append(at_most(f"first loss beside ln {number}", off, 0.05))
    return tuple(found)


def _softmax(records: Records) -> tuple[Check, ...]:
    record = records["softmax"]
    return (
        at_most("farthest sum from one", farthest_from_one(record), 1e-5, "number"),
        at_least("calibration error", calibration_error(record), 0.05),
        at_least("surer than right by", overconfidence(record), 0.05, "points"),
    )


def _squared(records: Records) -> tuple[Check, ...]:
    slow, quick = (last(records[label], "train_score") for label in (SQUARED, ENTROPY))
    return (
        at_least("rows right, cross-entropy", quick, 0.85),
        at_least("its lead over squared error", minus(quick, slow), 0.2, "points"),
    )


LESSONS = (
    Lesson(
        id="first_loss",
        claim="Before the first step the loss should be ln K for K classes.",
        why="A network that knows nothing should say 1 ÷ K for every class, and −ln(1 ÷ K) is ln K. More means that "
        "its "
        "starting weights are too large: it begins with opinions.",
        source="Karpathy 2019, A recipe for training neural networks (karpathy.github.io)",
        study=compared(
            {
                "data": "moons",
                "network": {"initialisation": {"kind": "normal", "std": 0.02}},
                "training": {"epochs": 3},
            },
            {label: {"data": {"kind": kind}} for label, (kind, _) in CLASSES.items()},
        ),
        condition=_first_loss,
        tells="The first loss is within {0} of ln 2 with two classes, {1} of ln 3 with three and {2} of ln 10 with "
        "ten.",
        look=Look("curves", "10 classes", "the loss at epoch 0", epoch=0),
    ),
    Lesson(
        id="softmax_calibration",
        claim="Softmax outputs sum to one, and are not yet calibrated: they look like probabilities and are too sure.",
        why="Cross-entropy keeps rewarding confidence on training rows that are right already.",
        source="Bridle 1990 (Neurocomputing, NATO ASI F68); Guo, Pleiss, Sun & Weinberger 2017 (ICML)",
        study=compared(
            {
                "data": {"kind": "moons", "rows": 600, "noise": 0.4},
                "split": {"validation": 0.6, "test": 0.0},
                "network": {"layers": [{"units": 64}, {"units": 64}]},
                "optimizer": {"kind": "adam", "learning_rate": 0.01},
                "training": {"epochs": 250},
            },
            {"softmax": {}},
        ),
        condition=_softmax,
        tells="No sum is farther from one than {0}; the calibration error is {1}, and the network is surer than right "
        "by "
        "{2}.",
        look=Look("outputs", "softmax", "the reliability diagram: dots under the diagonal are too sure"),
    ),
    Lesson(
        id="squared_error_stalls",
        claim="Squared error on sigmoid outputs stalls where they are sure and wrong; cross-entropy does not.",
        why="Squared error multiplies its gradient by the sigmoid's slope, which is almost zero there: 0.013 against "
        "0.99 "
        "at z = −5 with target 1. In cross-entropy the slope cancels out.",
        source="Solla, Levin & Fleisher 1988, Complex Systems 2",
        study=compared(
            {
                "data": "digits",
                "network": {
                    "layers": [{"units": 32, "activation": "tanh"}],
                    "initialisation": {"kind": "normal", "std": 1.0},
                },
                "loss": "binary_cross_entropy",
                "optimizer": {"kind": "sgd", "learning_rate": 0.1},
                "training": {"epochs": 20},
            },
            {
                ENTROPY: {},
                SQUARED: {
                    "loss": {"kind": "squared_error", "output": "sigmoid"},
                    "optimizer.learning_rate": 1.0,
                },
            },
        ),
        condition=_squared,
        tells="From the same saturated start cross-entropy has {0} of the training rows right after twenty epochs, "
        "{1} more "
        "than squared error, which has ten times the rate because it averages over ten outputs.",
        look=Look("curves", SQUARED, "the flat beginning of its score"),
        picture="train_score",
    ),
)
