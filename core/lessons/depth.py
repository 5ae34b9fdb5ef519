"""What depth costs, how it loses the gradient, and what brings it back."""

from collections.abc import Callable
from typing import Any

import numpy as np

from core.choices.activations import Sigmoid
from core.lessons.lesson import Check, Lesson, Look, Records, at_least, at_most, compared
from core.lessons.measures import (
    epoch_seconds,
    gradient_factor,
    gradient_ratio,
    last,
    layer,
    layer_median,
    minus,
    over,
    unit_spread,
)
from core.studies import Study

DEPTHS = (2, 4, 8, 16)
SIGMOID = {"units": 32, "activation": "sigmoid"}
DEEP = {
    "data": "digits",
    "network": {"layers": [SIGMOID] * 8, "initialisation": "glorot_uniform"},
    "optimizer": {"kind": "momentum", "learning_rate": 0.02},
    "training": {"epochs": 10},
}
"""Eight sigmoid layers, which momentum at a usual rate cannot train."""
BEFORE = "8 sigmoid layers"


def _time(records: Records) -> tuple[Check, ...]:
    seconds = np.array([epoch_seconds(records[f"{depth} layers"]) for depth in DEPTHS])
    with np.errstate(divide="ignore", invalid="ignore"):
        straight = float(np.corrcoef(DEPTHS, seconds)[0, 1] ** 2) if np.isfinite(seconds).all() else float("nan")
    return (
        at_least("straightness of the line (R²)", (straight,), 0.95, "number"),
        at_least("16 layers over 4", (float(seconds[3] / seconds[1]),), 2.0, "ratio"),
    )


def _quarter(records: Records) -> tuple[Check, ...]:
    steepest = float(Sigmoid().slope(np.linspace(-10, 10, 2001)).max())
    factor = gradient_factor(records["sigmoid"], 0)
    return (
        at_most("steepest slope of the sigmoid", (steepest,), 0.25, "number"),
        at_most("factor per layer, sigmoid", factor, 0.25, "number"),
        at_least("factor per layer, sigmoid, not less than", factor, 0.18, "number"),
        at_least("factor per layer, tanh", gradient_factor(records["tanh"], 0), 0.8, "number"),
    )


def _early(records: Records) -> tuple[Check, ...]:
    record = records[BEFORE]
    early, late = layer_median(record, "update_ratio", 1), layer_median(record, "update_ratio", -2)
    return (
        at_most("movement of layer 1 per step", early, 1e-4, "number"),
        at_least("times as much in layer 8", over(late, early), 100, "ratio"),
    )


def _worse(records: Records) -> tuple[Check, ...]:
    shallow, deep = (last(records[label], "validation_score") for label in ("1 layer", "6 layers"))
    return (
        at_least("one hidden layer", shallow, 0.85),
        at_least("its lead over six", minus(shallow, deep), 0.3, "points"),
    )


def _back(label: str, least: float = 0.1) -> Callable[[Records], tuple[Check, ...]]:
    """The remedy's gradient reaches layer 1, and the network learns, where the one before does neither."""

    def condition(records: Records) -> tuple[Check, ...]:
        before, after = records[BEFORE], records[label]
        return (
            at_most("gradient at layer 1 over output, before", gradient_ratio(before, 0), 0.001, "ratio"),
            at_least("and with the remedy", gradient_ratio(after, 0), least, "ratio"),
            at_least(
                "what it gains", minus(last(after, "validation_score"), last(before, "validation_score")), 0.5, "points"
            ),
        )

    return condition


def _remedy(label: str, changes: dict[str, Any]) -> Study:
    return compared(DEEP, {BEFORE: {}, label: changes})


def _dead(records: Records) -> tuple[Check, ...]:
    relu, leaky = (layer(records[label], "zero_gradient_share", 2) for label in ("ReLU", "leaky ReLU"))
    return (
        at_least("weights cut off, ReLU", relu, 0.2),
        at_most("weights cut off, leaky ReLU", leaky, 0.02),
    )


def _alike(records: Records) -> tuple[Check, ...]:
    # Measured at five base seeds: with zeros a difference of exactly 0 and 0.08 to 0.11 right, a guess among ten
    # (0.2 is twice that); with random weights a difference of at least 0.07 and 0.995 right.
    zeros, random = records["zeros"], records["random"]
    return (
        at_most("difference between units, zeros", unit_spread(zeros, 1), 1e-6, "number"),
        at_least("difference between units, random", unit_spread(random, 1), 0.01, "number"),
        at_most("rows right, zeros", last(zeros, "train_score"), 0.2),
        at_least("rows right, random", last(random, "train_score"), 0.9),
    )


LESSONS = (
    Lesson(
        id="depth_costs_time",
        claim="Each further layer costs as much time again.",
        why="Forward and back every weight is used once per row, so the work grows with the number of weights.",
        source="Goodfellow, Bengio & Courville 2016, Deep Learning, section 6.5",
        study=compared(
            {
                "data": "digits",
                "network": {"layers": [{"units": 256}] * 2},
                "optimizer": {"kind": "sgd", "learning_rate": 0.01},
                "training": {"epochs": 24, "batch_size": 128},
            },
            {f"{depth} layers": {"network.layers": [{"units": 256}] * depth} for depth in DEPTHS},
            seeds=1,
        ),
        condition=_time,
        tells="Time against layers is a straight line (R² {0}); 16 layers take {1} times as long as four.",
        look=Look("curves", "16 layers", "seconds per epoch"),
    ),
    Lesson(
        id="sigmoid_quarter",
        claim="The sigmoid's slope is at most 0.25, and a deep sigmoid network's gradient shrinks by about that per "
        "layer.",
        why="Backpropagation multiplies by the slope once per layer; with Glorot's weights the rest of the factor is "
        "near 1.",
        source="Hochreiter 1991 (diploma thesis, TU München); Glorot & Bengio 2010 (AISTATS)",
        study=compared(
            {**DEEP, "training": {"epochs": 3}},
            {"sigmoid": {}, "tanh": {"network.layers.*.activation": {"kind": "tanh"}}},
        ),
        condition=_quarter,
        tells="The slope is at most {0}. From layer to layer the gradient is multiplied by {1} with sigmoid, and by "
        "{3} "
        "with tanh.",
        look=Look("gradients", "sigmoid", "the straight fall from the output to layer 1", layer=1, epoch=0),
        picture="profiles",
    ),
    Lesson(
        id="early_layers",
        claim="In a deep sigmoid network the early layers hardly move while the late ones do.",
        why="A layer moves by rate times gradient, and the gradient that reaches layer 1 has passed seven slopes.",
        source="Hochreiter 1991 (diploma thesis, TU München); Bengio, Simard & Frasconi 1994, IEEE Trans. Neural "
        "Networks 5",
        study=compared(DEEP, {BEFORE: {}}),
        condition=_early,
        tells="In one step layer 1 moves by {0} of its size; layer 8 moves {1} times as much.",
        look=Look("gradients", BEFORE, "update ÷ weight, layer by layer", layer=1),
    ),
    Lesson(
        id="deep_was_worse",
        claim="Before the remedies of 2006 a deep network did worse than a shallow one.",
        why="With sigmoids and small random weights only the last layers learn, from rows that the first ones have "
        "mixed up.",
        source="Bengio, Lamblin, Popovici & Larochelle 2007 (NIPS 19)",
        study=compared(
            {
                "data": "digits",
                "network": {"layers": [SIGMOID], "initialisation": "torch_default"},
                "optimizer": {"kind": "sgd", "learning_rate": 0.5},
                "training": {"epochs": 15},
            },
            {"1 layer": {}, "6 layers": {"network.layers": [SIGMOID] * 6}},
        ),
        condition=_worse,
        tells="One hidden layer has {0} of the validation rows right, {1} more than six of them with the same budget.",
        look=Look("gradients", "6 layers", "nothing arrives at layer 1", layer=1),
        picture="validation_score",
    ),
    Lesson(
        id="boltzmann_pretraining",
        claim="Pretraining by Boltzmann machines brings the gradient back.",
        why="Each layer first learns, without labels, what its inputs are like. Its weights are then large enough to "
        "pass the "
        "gradient on, and what it passes on is worth learning from.",
        source="Hinton, Osindero & Teh 2006, Neural Computation 18; Hinton & Salakhutdinov 2006, Science 313",
        study=_remedy("pretrained", {"network.pretraining": {"kind": "boltzmann", "epochs": 8}}),
        condition=_back("pretrained", 0.03),
        tells="Before the first step layer 1 receives {0} of the output's gradient without and {1} with pretraining; "
        "the "
        "score is {2} higher in the end.",
        look=Look("gradients", "pretrained", "a line that reaches layer 1", layer=1, epoch=0),
        picture="profiles",
        seconds=10,
    ),
    Lesson(
        id="relu_he",
        claim="ReLU with He's starting weights brings the gradient back.",
        why="Its slope is 1 wherever a unit is awake, and He's weights make up for the half that sleeps.",
        source="Glorot, Bordes & Bengio 2011 (AISTATS); He, Zhang, Ren & Sun 2015 (ICCV)",
        study=_remedy(
            "ReLU and He",
            {"network.layers.*.activation": {"kind": "relu"}, "network.initialisation": {"kind": "he_normal"}},
        ),
        condition=_back("ReLU and He"),
        tells="Before the first step layer 1 receives {0} of the output's gradient with sigmoid and {1} with ReLU and "
        "He; "
        "the score is {2} higher in the end.",
        look=Look("gradients", "ReLU and He", "the level line", layer=1, epoch=0),
        picture="profiles",
    ),
    Lesson(
        id="batch_norm",
        claim="Batch normalisation brings the gradient back, sigmoid or not.",
        why="It scales what enters each sigmoid to spread 1, and on the way back divides the gradient by the same "
        "small spread.",
        source="Ioffe & Szegedy 2015 (ICML)",
        study=_remedy("batch norm", {"network.layers.*.normalisation": "batch"}),
        condition=_back("batch norm"),
        tells="Before the first step layer 1 receives {0} of the output's gradient without and {1} with batch "
        "normalisation; "
        "the score is {2} higher in the end.",
        look=Look("gradients", "batch norm", "the level line", layer=1, epoch=0),
        picture="profiles",
        seconds=8,
    ),
    Lesson(
        id="skip_connections",
        claim="Skip connections bring the gradient back.",
        why="Each layer's input is added to its output, so the gradient has a way past every slope.",
        source="He, Zhang, Ren & Sun 2016 (CVPR)",
        study=_remedy("skip connections", {"network.layers.*.skip": True}),
        condition=_back("skip connections"),
        tells="Before the first step layer 1 receives {0} of the output's gradient without and {1} with skip "
        "connections; "
        "the score is {2} higher in the end.",
        look=Look("gradients", "skip connections", "the level line", layer=1, epoch=0),
        picture="profiles",
    ),
    Lesson(
        id="dying_relu",
        claim="ReLU units can die; leaky ones do not.",
        why="A step too large can push a unit below zero for every row: its output and its gradient are then exactly "
        "zero. "
        "A leak keeps a way back.",
        source="Maas, Hannun & Ng 2013 (ICML workshop)",
        study=compared(
            {
                "data": "digits",
                "network": {"layers": [{"units": 64}] * 3},
                "optimizer": {"kind": "adam", "learning_rate": 0.1},
                "training": {"epochs": 8},
            },
            {"ReLU": {}, "leaky ReLU": {"network.layers.*.activation": {"kind": "leaky_relu"}}},
        ),
        condition=_dead,
        tells="At a rate far too high {0} of the weights of layer 2 get no gradient at all with ReLU, {1} with leaky "
        "ReLU.",
        look=Look("activations", "ReLU", "dead units", layer=2),
    ),
    Lesson(
        id="zero_weights",
        claim="Weights that start at zero keep all units of a layer alike.",
        why="Units with the same weights get the same gradient, so they stay the same: many units do the work of one.",
        source="Rumelhart, Hinton & Williams 1986, Parallel Distributed Processing 1, chapter 8 (symmetry breaking)",
        study=compared(
            {
                "data": "digits",
                "network": {"layers": [{"units": 16, "activation": "tanh"}] * 2, "initialisation": "zeros"},
                "optimizer": {"kind": "adam", "learning_rate": 0.01},
                "training": {"epochs": 8},
            },
            {"zeros": {}, "random": {"network.initialisation": {"kind": "glorot_uniform"}}},
        ),
        condition=_alike,
        tells="The units of layer 1 differ by {0} with zeros and by {1} with random weights; {2} of the rows are right "
        "against {3}.",
        look=Look("activations", "zeros", "sixteen units that do the same", layer=1),
    ),
)
