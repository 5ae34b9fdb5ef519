"""Experiments on pictures: one whose filters die, one whose filters find strokes and then digits."""

from core.choices.layers import ConvolutionLayer, DenseLayer, PoolingLayer
from core.choices.networks import Convolutional
from core.choices.optimizers import Adam
from core.choices.preparation import Preparation
from core.choices.preset import Preset, preset
from core.choices.tables import Digits
from core.choices.training import Training

SEEING = (ConvolutionLayer(units=8), ConvolutionLayer(units=16), PoolingLayer())
FILTERS = Convolutional(layers=(*SEEING, DenseLayer(units=32)))
LEVEL = Convolutional(layers=(*SEEING, DenseLayer(units=32, normalisation="batch")))
"""What enters the dense layer is never negative: without normalisation a third of its units start, and stay, at 0."""
PIXELS = Preparation(scaling="common")

PICTURES_BROKEN: tuple[Preset, ...] = (
    preset(
        "dead_filters",
        "Filters that look for nothing",
        "A rate far too high throws whole filters to where they give 0 at every place of every picture.",
        "lr_too_high",
        data=Digits(),
        preparation=PIXELS,
        network=FILTERS,
        optimizer=Adam(learning_rate=0.2),
        training=Training(epochs=8, batch_size=32),
    ),
)

PICTURES_HEALTHY: tuple[Preset, ...] = (
    preset(
        "healthy_filters",
        "Filters that find strokes",
        "Small windows slide over the digits: look at what each filter found, layer by layer.",
        None,
        data=Digits(),
        preparation=PIXELS,
        network=LEVEL,
        optimizer=Adam(learning_rate=0.003),
        training=Training(epochs=12, batch_size=32),
    ),
)
