"""What a network must be like to see pictures and to remember sequences."""

import numpy as np

from core.analysis.edges import edge_share
from core.lessons.lesson import Check, Lesson, Look, Records, at_least, at_most, compared
from core.lessons.measures import first_filters, last, minus, same_neighbour

DENSE, CONVOLUTION = "dense", "convolutional"
ELMAN, LSTM = "Elman", "LSTM"
SEEDS = ("first seed", "second seed", "third seed")
CONVOLUTIONS = {
    "kind": "convolutional",
    "layers": [
        {"kind": "convolution", "units": 8, "kernel": 5, "padding": 2, "stride": 2},
        {"kind": "convolution", "units": 24, "kernel": 5, "padding": 2, "stride": 2},
        {"kind": "global_pooling", "method": "max"},
    ],
}


def _shifted(records: Records) -> tuple[Check, ...]:
    dense, convolution = (last(records[label], "validation_score") for label in (DENSE, CONVOLUTION))
    return (
        at_most("new pictures right, dense", dense, 0.55),
        at_least("the lead of convolution", minus(convolution, dense), 0.3, "points"),
    )


def _remembers(records: Records) -> tuple[Check, ...]:
    elman, lstm = (last(records[label], "validation_score") for label in (ELMAN, LSTM))
    return (
        at_most("sequences right, Elman", elman, 0.7),
        at_least("sequences right, LSTM", lstm, 0.9),
    )


def _untold(records: Records) -> tuple[Check, ...]:
    after = tuple(same_neighbour(records[label]) for label in SEEDS)
    before = tuple(same_neighbour(records[label], newest=False) for label in SEEDS)
    return (
        at_least("digits whose nearest neighbour in the bottleneck is the same digit", after, 0.5),
        at_least("more than before training", minus(after, before), 0.15, "points"),
    )


def _edges(records: Records) -> tuple[Check, ...]:
    filters = [first_filters(records[label]) for label in SEEDS]
    before = [first_filters(records[label], newest=False) for label in SEEDS]
    known = all(len(each) for each in filters)
    return (
        at_most("of a filter is one straight edge, at first", _mean_edge(before) if known else (), 0.25),
        at_least("of a filter is one straight edge, trained", _mean_edge(filters) if known else (), 0.5),
    )


def _mean_edge(seeds: list[np.ndarray]) -> tuple[float, ...]:
    return tuple(float(edge_share(filters).mean()) for filters in seeds)


LESSONS = (
    Lesson(
        id="shifted_shapes",
        claim="Convolution sees a shifted shape where a dense network does not.",
        why="The same small window looks at every place, so what was learned in one place holds in all; a dense layer "
        "has "
        "other weights for every pixel and must learn each place anew.",
        source="Fukushima 1980, Biological Cybernetics 36; LeCun, Bottou, Bengio & Haffner 1998, Proc. IEEE 86",
        study=compared(
            {
                "data": {"kind": "shapes", "rows": 400, "shift": 8.0, "rotation": 0.0, "noise": 0.05},
                "split": {"validation": 0.4, "test": 0.0},
                "network": {"kind": "dense", "layers": [{"units": 64}, {"units": 64}]},
                "optimizer": {"kind": "adam", "learning_rate": 0.005},
                "training": {"epochs": 15, "batch_size": 16},
            },
            {DENSE: {}, CONVOLUTION: {"network": CONVOLUTIONS}},
            seeds=2,
        ),
        condition=_shifted,
        tells="Of shapes in places where it never saw them a dense network has {0} right; convolution {1} more.",
        look=Look("outputs", DENSE, "which shapes it takes for each other"),
        picture="validation_score",
        seconds=15,
    ),
    Lesson(
        id="lstm_remembers",
        claim="An LSTM remembers where an Elman network forgets.",
        why="At every step back through time an Elman state passes on a part of the gradient; an LSTM's cell adds "
        "instead of "
        "multiplying, and passes it whole.",
        source="Hochreiter & Schmidhuber 1997, Neural Computation 9; Elman 1990, Cognitive Science 14",
        study=compared(
            {
                "data": {"kind": "delay", "length": 60, "rows": 400},
                "network": {
                    "kind": "recurrent",
                    "layers": [{"kind": "elman", "units": 24, "recurrence": "torch_default"}],
                    "initialisation": "torch_default",
                },
                "optimizer": {"kind": "adam", "learning_rate": 0.005},
                "training": {"epochs": 6, "clip_norm": 1.0},
            },
            {ELMAN: {}, LSTM: {"network": {"kind": "recurrent", "layers": [{"kind": "lstm", "units": 24}]}}},
        ),
        condition=_remembers,
        tells="Asked for a symbol that was said sixty steps ago, Elman's network is right in {0} of the cases, the "
        "LSTM in {1}.",
        look=Look("curves", ELMAN, "a score that stays at a guess"),
        picture="validation_score",
        seconds=20,
    ),
    Lesson(
        id="untold_classes",
        claim="An autoencoder's bottleneck separates classes that it was never told.",
        why="To give a digit back from two numbers it must put alike digits side by side, and digits of one kind are "
        "alike.",
        source="Hinton & Salakhutdinov 2006, Science 313",
        study=compared(
            {
                "data": "digits",
                "preparation": {"scaling": "common"},
                "network": {"kind": "autoencoder", "layers": [{"units": 64}, {"units": 32}], "bottleneck": 2},
                "loss": "squared_error",
                "optimizer": {"kind": "adam", "learning_rate": 0.005},
                "training": {"epochs": 30},
            },
            {label: {"training.seed": seed} for seed, label in enumerate(SEEDS)},
            seeds=1,
        ),
        condition=_untold,
        tells="Of the validation digits {0} have the same digit as nearest neighbour, {1} more than before training.",
        look=Look("outputs", SEEDS[0], "the map of the bottleneck, coloured by labels it never saw"),
        picture="validation_score",
        seconds=15,
    ),
    Lesson(
        id="edge_filters",
        claim="The filters of a convolutional network's first layer come to look like edges.",
        why="An outline is a step from dark to light, wherever it lies and whatever it belongs to, and a filter that "
        "is a step answers to all of them. Small first weights and weight decay leave what was learned. Much of it is "
        "smoothness: smooth noise of this size comes near the same share.",
        source="Krizhevsky, Sutskever & Hinton 2012 (NIPS 25), figure 3; Zeiler & Fergus 2014 (ECCV)",
        study=compared(
            {
                "data": {"kind": "shapes", "rows": 1000},
                "network": {
                    "kind": "convolutional",
                    "layers": [
                        {"kind": "convolution", "units": 8, "kernel": 5, "padding": 2, "stride": 2},
                        {"kind": "convolution", "units": 16, "kernel": 5, "padding": 2, "stride": 2},
                        {"kind": "global_pooling", "method": "max"},
                    ],
                    "initialisation": {"kind": "normal", "std": 0.03},
                },
                "preparation": {"scaling": "common"},
                "optimizer": {"kind": "adamw", "learning_rate": 0.003, "weight_decay": 1.0},
                "training": {"epochs": 20, "batch_size": 32},
            },
            {label: {"training.seed": seed} for seed, label in enumerate(SEEDS)},
            seeds=1,
        ),
        condition=_edges,
        tells="One straight edge explains {0} of a filter's variation before training and {1} after it.",
        look=Look("filters", SEEDS[0], "kernels that are light on one side and dark on the other", layer=1),
        seconds=30,
    ),
)
