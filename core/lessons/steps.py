"""How the weights follow the gradient: rate, momentum, batches, scales."""

from typing import Any

from core.lessons.lesson import Check, Lesson, Look, Records, at_least, at_most, compared
from core.lessons.measures import batch_noise, first, last, layer, minus, over, until_under

SMALL, RIGHT, LARGE = "rate 0.0002", "rate 0.1", "rate 50"

SETTINGS: dict[str, dict[str, Any]] = {
    "cross-entropy": {},
    "squared error": {"loss": {"kind": "squared_error", "output": "softmax"}},
    "raw pixels": {"preparation.scaling": "none"},
}
"""The same digits and the same network; only the gradient has another size."""
OPTIMIZERS = {"Adam": {"kind": "adam", "learning_rate": 0.003}, "SGD": {"kind": "sgd", "learning_rate": 0.1}}
TUNED = {"SGD tuned, squared error": 5.0, "SGD tuned, raw pixels": 0.005}


def _rates(records: Records) -> tuple[Check, ...]:
    small, right, large = (
        over(last(records[label], "train_loss"), first(records[label], "train_loss")) for label in (SMALL, RIGHT, LARGE)
    )
    return (
        at_least("loss left, rate 0.0002", small, 0.6),
        at_most("loss left, rate 0.1", right, 0.1),
        at_least("loss left, rate 50", large, 0.9, "ratio"),
    )


def _momentum(records: Records) -> tuple[Check, ...]:
    plain, heavy = records["plain"], records["momentum 0.9"]
    goal = max(last(plain, "train_loss"), default=float("nan"))
    quick = until_under(heavy, "train_loss", goal)
    left = over(last(heavy, "train_loss"), last(plain, "train_loss"))
    return (
        at_most("steps to where plain steps end after 150", quick, 40, "count"),
        at_most("loss in the end, over that of plain steps", left, 0.8, "ratio"),
    )


def _tuning(records: Records) -> tuple[Check, ...]:
    def worst(optimizer: str) -> tuple[float, ...]:
        each = [last(records[f"{optimizer}, {setting}"], "train_score") for setting in SETTINGS]
        return tuple(min(values) for values in zip(*each, strict=True))

    lost = [last(records[label], "train_score") for label in TUNED]
    tuned = tuple(min(values) for values in zip(*lost, strict=True))
    return (
        at_least("Adam at one rate, worst setting", worst("Adam"), 0.9),
        at_most("SGD at one rate, worst setting", worst("SGD"), 0.75),
        at_least("SGD with a rate for each, worst setting", tuned, 0.9),
    )


def _noise(records: Records) -> tuple[Check, ...]:
    small, large = batch_noise(records["4 rows"]), batch_noise(records["64 rows"])
    return (
        at_least("spread of the loss, 4 rows", small, 0.1),
        at_least("times the spread of 64 rows", over(small, large), 2.5, "ratio"),
    )


def _unscaled(records: Records) -> tuple[Check, ...]:
    raw, scaled = records["raw"], records["standardised"]
    return (
        at_least("saturated, raw columns", layer(raw, "saturated_share", 1), 0.8),
        at_most("saturated, standardised", layer(scaled, "saturated_share", 1), 0.4),
        at_least(
            "what scaling gains", minus(last(scaled, "validation_score"), last(raw, "validation_score")), 0.2, "points"
        ),
    )


LESSONS = (
    Lesson(
        id="learning_rates",
        claim="A learning rate too small crawls, and one too large never arrives.",
        why="The gradient is only true nearby: a tiny step wastes it, a huge one leaps over the valley.",
        source="LeCun, Bottou, Orr & Müller 1998, Efficient BackProp; Bengio 2012, Practical recommendations",
        study=compared(
            {
                "data": "digits",
                "network": {"layers": [{"units": 32, "activation": "tanh"}], "initialisation": "glorot_uniform"},
                "optimizer": {"kind": "sgd", "learning_rate": 0.1},
                "training": {"epochs": 12},
            },
            {
                label: {"optimizer.learning_rate": rate}
                for label, rate in ((SMALL, 0.0002), (RIGHT, 0.1), (LARGE, 50.0))
            },
        ),
        condition=_rates,
        tells="After twelve epochs {0} of the first loss is left at rate 0.0002, {1} at 0.1, and {2} times the first "
        "loss "
        "at 50.",
        look=Look("curves", LARGE, "the saw-tooth of steps that leap over the valley"),
        picture="train_loss",
    ),
    Lesson(
        id="momentum",
        claim="Momentum speeds up a ravine.",
        why="Thirty columns that say nearly the same make a long narrow valley. Across it steps cancel, along it they "
        "add up: "
        "the running direction grows to ten times one step.",
        source="Polyak 1964, USSR Comp. Math. 4; Qian 1999, Neural Networks 12",
        study=compared(
            {
                "data": "breast_cancer",
                "network": {"layers": [], "initialisation": "lecun"},
                "optimizer": {"kind": "sgd", "learning_rate": 0.05},
                "training": {"epochs": 150, "batch_size": 1000},
            },
            {
                "plain": {},
                "momentum 0.9": {"optimizer": {"kind": "momentum", "learning_rate": 0.05}},
            },
        ),
        condition=_momentum,
        tells="Plain steps take 150 to come where momentum is after {0}; in the end momentum has {1} times their loss "
        "left.",
        look=Look("curves", "plain", "the long tail along the bottom of the ravine"),
        picture="train_loss",
    ),
    Lesson(
        id="adam_tuning",
        claim="Adam needs less tuning than SGD.",
        why="It divides each step by the gradient's recent size, so one rate serves gradients of any size.",
        source="Kingma & Ba 2015 (ICLR); Schmidt, Schneider & Hennig 2021 (ICML)",
        study=compared(
            {"data": "digits", "network": {"layers": [{"units": 32}]}, "training": {"epochs": 12}},
            {
                **{
                    f"{name}, {setting}": {"optimizer": chosen, **changes}
                    for setting, changes in SETTINGS.items()
                    for name, chosen in OPTIMIZERS.items()
                },
                **{
                    label: {"optimizer": {"kind": "sgd", "learning_rate": rate}, **SETTINGS[label.split(", ")[1]]}
                    for label, rate in TUNED.items()
                },
            },
        ),
        condition=_tuning,
        tells="On three settings of one network Adam at rate 0.003 has at least {0} of the rows right; SGD at rate "
        "0.1 falls "
        "to {1}, and needs rates from 0.005 to 5 to have {2} everywhere.",
        look=Look("curves", "SGD, squared error", "a rate that was right elsewhere crawls here"),
        seconds=10,
    ),
    Lesson(
        id="small_batches",
        claim="Small batches are noisy.",
        why="A mean over n rows scatters with one over the root of n: sixteen times the rows, a quarter of the noise.",
        source="Bottou, Curtis & Nocedal 2018, SIAM Review 60",
        study=compared(
            {
                "data": "digits",
                "network": {"layers": [{"units": 32}]},
                "optimizer": {"kind": "sgd", "learning_rate": 0.0005},
                "training": {"epochs": 4},
            },
            {f"{n} rows": {"training.batch_size": n} for n in (4, 64)},
        ),
        condition=_noise,
        tells="From batch to batch the loss scatters by {0} with four rows, {1} times as much as with 64.",
        look=Look("gradients", "4 rows", "the gradient's size, step by step"),
    ),
    Lesson(
        id="unscaled_inputs",
        claim="Saturation follows from unscaled inputs.",
        why="A column that reaches 1,680 pushes every unit far into the flat part of tanh, where no gradient is left.",
        source="LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, section 4.3",
        study=compared(
            {
                "data": "wine",
                "preparation": {"scaling": "none"},
                "split": {"validation": 0.4, "test": 0.0},
                "network": {"layers": [{"units": 32, "activation": "tanh"}], "initialisation": "glorot_uniform"},
                "optimizer": {"kind": "sgd", "learning_rate": 0.05},
                "training": {"epochs": 30},
            },
            {"raw": {}, "standardised": {"preparation.scaling": "standard"}},
        ),
        condition=_unscaled,
        tells="With raw columns {0} of layer 1 is saturated, with standardised ones {1}; scaling gains {2}.",
        look=Look("activations", "raw", "histograms piled up at −1 and +1", layer=1),
    ),
)
