"""Experiments to start from: each but the last few broken in exactly one way, so that the fault can be watched."""

from collections.abc import Sequence
from typing import Any

from core.choices.activations import Activation, Identity, LeakyReLU, ReLU, Sigmoid, Step, Tanh
from core.choices.defaults import default_experiment
from core.choices.initialisations import Constant, GlorotNormal, GlorotUniform, HeNormal, Initialisation, Normal
from core.choices.losses import SquaredError
from core.choices.networks import Dense, DenseLayer
from core.choices.optimizers import SGD, Adam, Momentum
from core.choices.picture_presets import PICTURES_BROKEN, PICTURES_HEALTHY
from core.choices.preparation import Preparation, Split
from core.choices.preset import Preset, preset
from core.choices.pretraining import Boltzmann
from core.choices.sequence_presets import SEQUENCES_BROKEN, SEQUENCES_HEALTHY
from core.choices.tables import (
    Blobs,
    Bullseye,
    Circles,
    Diabetes,
    Digits,
    Gaussians,
    Moons,
    Penguins,
    Spirals,
    Wine,
)
from core.choices.training import Training


def _layers(widths: Sequence[int], activation: Activation, start: Initialisation | None = None, **more: Any) -> Dense:
    layers = tuple(DenseLayer(units=units, activation=activation, **more) for units in widths)
    return Dense(layers=layers, initialisation=start or HeNormal())


def _for(epochs: int, batch: int = 32, **more: Any) -> Training:
    return Training(epochs=epochs, batch_size=batch, **more)


BROKEN = (
    preset(
        "deep_sigmoid",
        "Twelve sigmoid layers",
        "Each sigmoid passes at most a quarter of the gradient: after twelve, nothing reaches the first layers.",
        "vanishing_gradient",
        data=Digits(),
        network=_layers([32] * 12, Sigmoid(), GlorotUniform()),
        optimizer=Momentum(learning_rate=0.01),
        training=_for(20),
    ),
    preset(
        "dying_relu",
        "Dying ReLU",
        "A rate far too high throws units to where they give 0 for every row: no gradient leads back from there.",
        "lr_too_high",
        data=Digits(),
        network=_layers([64, 64, 64], ReLU()),
        optimizer=Adam(learning_rate=0.3),
        training=_for(15),
    ),
    preset(
        "born_dead",
        "Sixteen layers of two",
        "Of two units it is often both that are below zero for a row, and every such layer lets fewer rows through: "
        "after sixteen, none. It was so before the first step.",
        "dead_relu",
        data=Digits(),
        network=_layers([2] * 16, ReLU()),
        training=_for(15),
    ),
    preset(
        "step_activation",
        "Steps instead of slopes",
        "A step function is flat everywhere: its slope is zero, so the layers before it never hear of an error.",
        "vanishing_gradient",
        data=Bullseye(),
        network=_layers([16] * 4, Step(), GlorotUniform()),
        training=_for(60),
    ),
    preset(
        "constant_start",
        "All weights alike",
        "Units that start alike see the same gradient and stay alike: sixteen of them do the work of one.",
        "symmetric_init",
        data=Digits(),
        network=_layers([16, 16], Tanh(), Constant(value=0.01)),
        training=_for(20),
    ),
    preset(
        "rate_too_high",
        "Learning rate too high",
        "Every step leaps over the valley and lands on the other side, higher than before.",
        "lr_too_high",
        data=Digits(),
        network=_layers([32, 32], Tanh(), GlorotUniform()),
        optimizer=Momentum(learning_rate=1.0),
        training=_for(25),
    ),
    preset(
        "rate_too_low",
        "Learning rate too low",
        "The gradient is alive and points the right way, but each step is a thousandth of what it could be.",
        "lr_too_low",
        data=Digits(),
        network=_layers([32, 32], ReLU()),
        optimizer=SGD(learning_rate=0.0001),
        training=_for(30),
    ),
    preset(
        "unscaled_inputs",
        "Unscaled inputs",
        "Proline is counted in thousands, hue in ones: unscaled, one column drives every tanh to the rail.",
        "unscaled_inputs",
        data=Wine(),
        preparation=Preparation(scaling="none"),
        network=_layers([32, 32], Tanh(), GlorotUniform()),
        optimizer=Adam(learning_rate=0.003),
        training=_for(60),
    ),
    preset(
        "overfitting",
        "Learning by heart",
        "Forty training rows, a wide network and no brake: it learns every row by heart and gets new ones wrong.",
        "overfitting",
        data=Moons(rows=100, noise=0.4, seed=2),
        split=Split(validation=0.5, test=0.1),
        network=_layers([128, 128, 128], ReLU()),
        optimizer=Adam(learning_rate=0.003),
        training=_for(150, 16),
    ),
    preset(
        "squared_error_on_sigmoid",
        "Surely wrong, and stuck",
        "Sigmoid outputs that start surely wrong are flat, and squared error does not make up for it.",
        "output_loss_mismatch",
        data=Digits(),
        network=_layers([64], ReLU(), Normal(std=1.4)),
        loss=SquaredError(output="sigmoid"),
        optimizer=SGD(learning_rate=0.1),
        training=_for(15),
    ),
    preset(
        "glorot_deep_relu",
        "Glorot before thirty ReLU layers",
        "Glorot's initialisation reckons without ReLU's lost half: signal and gradient shrink to 0.7 of themselves at "
        "every layer. He's would hold them level.",
        "bad_init_scale",
        data=Digits(),
        network=_layers([64] * 30, ReLU(), GlorotNormal()),
        optimizer=Momentum(learning_rate=0.005),
        training=_for(15),
    ),
    preset(
        "batch_of_one",
        "One row at a time",
        "Each step follows one noisy row instead of many: the loss never settles.",
        "batch_too_small",
        data=Moons(rows=200, noise=0.3),
        network=_layers([16, 16], Tanh(), GlorotUniform()),
        optimizer=Momentum(learning_rate=0.05),
        training=_for(30, 1),
    ),
    preset(
        "linear_stack",
        "Deep, but straight",
        "Four layers without a nonlinearity multiply into one matrix: no depth helps to bend a line around a circle.",
        "missing_nonlinearity",
        data=Circles(),
        network=_layers([32] * 4, Identity(), GlorotUniform()),
        training=_for(60),
    ),
    preset(
        "two_units",
        "Two hidden units for ten digits",
        "All that is known of a digit must pass through two numbers: without them, a straight line would do better.",
        "underfitting",
        data=Digits(),
        network=_layers([2], LeakyReLU()),
        optimizer=Adam(learning_rate=0.005),
        training=_for(30),
    ),
    preset(
        "unscaled_target",
        "Target in the hundreds",
        "The network starts near 0 while the target lies near 150: first it must climb there, in steps made for ones.",
        "unscaled_targets",
        data=Diabetes(),
        preparation=Preparation(standardise_target=False),
        loss=SquaredError(),
        network=_layers([32, 32], ReLU()),
        optimizer=Adam(learning_rate=0.001),
        training=_for(25),
    ),
    preset(
        "unbalanced",
        "One in fifty",
        "Two rows in a hundred are of the other class: always saying no is right 98 times in a hundred, and useless.",
        "class_imbalance",
        data=Gaussians(rows=1000, share=0.02, noise=0.6),
        network=_layers([16], ReLU()),
        training=_for(30),
    ),
    preset(
        "too_much_decay",
        "Pulled to zero",
        "Weight decay and dropout so strong that no weight can grow: low on training and validation alike.",
        "over_regularised",
        data=Digits(),
        network=_layers([32, 32], ReLU(), dropout=0.8),
        optimizer=Adam(learning_rate=0.003, weight_decay=0.15),
        training=_for(25),
    ),
    preset(
        "exploding",
        "Growing at every layer",
        "Weights that start three times too large triple the signal at each of ten layers, and the gradient with it, "
        "until no number is left.",
        "bad_init_scale",
        data=Digits(),
        network=_layers([64] * 10, ReLU(), Normal(std=0.5)),
        optimizer=SGD(learning_rate=0.01),
        training=_for(15),
    ),
    preset(
        "unshuffled",
        "In the order of the file",
        "The penguins are sorted by species: unshuffled, a batch shows one of them, and the others are forgotten.",
        "unshuffled_batches",
        data=Penguins(),
        network=_layers([32] * 3, Tanh(), GlorotUniform()),
        optimizer=Momentum(learning_rate=0.05),
        training=_for(15, 4, shuffle=False),
    ),
    preset(
        "too_few_updates",
        "Stopped too soon",
        "Twelve steps in all: the loss was still falling when the training ended.",
        "too_few_updates",
        data=Digits(),
        network=_layers([32, 32], ReLU()),
        optimizer=Adam(learning_rate=0.001),
        training=_for(4, 400),
    ),
    preset(
        "wrong_labels",
        "A third of the labels wrong",
        "A third of the rows carry the wrong class: the network first finds the rule, then learns the errors by heart.",
        "noisy_labels",
        data=Blobs(rows=400, wrong=0.33, noise=0.25),
        split=Split(validation=0.3, test=0.1),
        network=_layers([128] * 3, Tanh(), GlorotUniform()),
        optimizer=Adam(learning_rate=0.005),
        training=_for(200),
    ),
    *SEQUENCES_BROKEN,
    *PICTURES_BROKEN,
)

HEALTHY = (
    Preset(
        "healthy_penguins",
        "Penguins, in good health",
        "Three species by their bodies, missing values filled: the gradient reaches every layer, and the curves stay "
        "together.",
        None,
        default_experiment(Penguins()).changed({"name": "Penguins, in good health"}),
    ),
    Preset(
        "healthy_spirals",
        "Two spirals, parted",
        "Two layers of ReLU part what no line can: watch the border wind itself in.",
        None,
        default_experiment(Spirals()).changed({"name": "Two spirals, parted"}),
    ),
    preset(
        "deep_sigmoid_mended",
        "Twelve sigmoid layers, mended",
        "The same twelve layers with batch normalisation: the gradient reaches the first layer whole.",
        None,
        data=Digits(),
        network=_layers([32] * 12, Sigmoid(), GlorotUniform(), normalisation="batch"),
        optimizer=Momentum(learning_rate=0.05),
        training=_for(20),
    ),
    preset(
        "deep_sigmoid_pretrained",
        "Twelve sigmoid layers, pretrained",
        "The remedy of 2006: each layer first learns by itself, as a Boltzmann machine; then the gradient arrives.",
        None,
        data=Digits(),
        network=_layers([32] * 12, Sigmoid(), GlorotUniform()).model_copy(update={"pretraining": Boltzmann()}),
        optimizer=Momentum(learning_rate=0.05),
        training=_for(20),
    ),
    *SEQUENCES_HEALTHY,
    *PICTURES_HEALTHY,
)

PRESETS: dict[str, Preset] = {each.key: each for each in (*BROKEN, *HEALTHY)}
__all__ = ["BROKEN", "HEALTHY", "PRESETS", "Preset"]
