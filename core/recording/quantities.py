"""What is measured in a layer: name, unit, range, how to read it and what is healthy. Pages, exports and help texts
read these; the numbers come from recorder.py, one column of LAYERS each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Quantity:
    """name: a column of kind "layers". reading: what it is, in a sentence. healthy: (low, high) and where that band
    comes from, None where no band holds for every network."""

    name: str
    title: str
    unit: str
    low: float
    high: float
    reading: str
    healthy: tuple[float, float] | None = None
    source: str = ""


_ANY = float("inf")
_ALL = (
    Quantity(
        "output_gradient_rms",
        "Gradient of the output",
        "loss per unit of output",
        0,
        _ANY,
        "RMS of the mean loss's derivative by the layer's output, in the epoch's last full batch. Compare layers: it "
        "should stay level from the last to the first.",
        source="Glorot & Bengio 2010: activation gradients, not weight gradients, show vanishing",
    ),
    Quantity(
        "weight_gradient_rms",
        "Gradient of the weights",
        "loss per unit of weight",
        0,
        _ANY,
        "RMS over the entries of the weight gradient, before clipping, median over the epoch's steps.",
    ),
    Quantity(
        "weight_gradient_norm",
        "Norm of the weight gradient",
        "loss per unit of weight",
        0,
        _ANY,
        "Length of the weight gradient, before clipping, median over the epoch's steps.",
    ),
    Quantity(
        "update_ratio",
        "Update ÷ weights",
        "share",
        0,
        _ANY,
        "Length of one step's change of the weights over the length of the weights, median of sampled steps.",
        (1e-4, 1e-2),
        "Karpathy, cs231n: about 1e-3; the band is ten times that either way (our choice)",
    ),
    Quantity("weight_norm", "Norm of the weights", "weight", 0, _ANY, "Length of the weights at the epoch's end."),
    Quantity("weight_rms", "Size of the weights", "weight", 0, _ANY, "RMS over the weights at the epoch's end."),
    Quantity(
        "activation_mean",
        "Mean output",
        "output",
        -_ANY,
        _ANY,
        "Mean over all units and all training rows, as seen while the weights moved.",
    ),
    Quantity(
        "activation_std",
        "Spread of the outputs",
        "output",
        0,
        _ANY,
        "Standard deviation over units and training rows together. Compare layers: it should neither shrink nor grow.",
        source="Glorot & Bengio 2010",
    ),
    Quantity(
        "unit_std",
        "Spread of a unit over rows",
        "output",
        0,
        _ANY,
        "RMS over units of each unit's own spread over training rows: 0 is a layer that says the same of every row.",
    ),
    Quantity(
        "preactivation_mean",
        "Mean input of the function",
        "input",
        -_ANY,
        _ANY,
        "Mean of what enters the activation function, over units and the rows of evenly sampled steps.",
    ),
    Quantity(
        "preactivation_std",
        "Spread of the function's input",
        "input",
        0,
        _ANY,
        "Standard deviation of what enters the activation function, over units and the rows of evenly sampled steps.",
        (0.5, 2.0),
        "about 1 is what Glorot's and He's initialisations aim at; half and double that (our choice)",
    ),
    Quantity(
        "saturated_share",
        "Saturated",
        "share",
        0,
        1,
        "Share of unit × row in the flat part of the function, where the slope is under a twentieth of its maximum.",
        (0, 0.1),
        "our choice, after Glorot & Bengio 2010",
    ),
    Quantity(
        "dead_share",
        "Dead",
        "share",
        0,
        1,
        "Share of units that were never above 0 for any training row in the epoch.",
        (0, 0.1),
        "our choice, after cs231n",
    ),
    Quantity(
        "frozen_share",
        "Frozen",
        "share",
        0,
        1,
        "Share of units whose bias got a gradient of exactly 0 at every step of the epoch: nothing reached them.",
        (0, 0.1),
        "our choice, as for dead units",
    ),
    Quantity(
        "zero_gradient_share",
        "Zero gradients",
        "share",
        0,
        1,
        "Share of the weight gradient's entries that are exactly 0, in the epoch's last full batch.",
    ),
    Quantity("nan_count", "Not numbers", "values", 0, _ANY, "NaN among weights, weight gradient and output.", (0, 0)),
    Quantity("infinite_count", "Infinite values", "values", 0, _ANY, "Infinity among the same.", (0, 0)),
)

QUANTITIES: dict[str, Quantity] = {quantity.name: quantity for quantity in _ALL}
