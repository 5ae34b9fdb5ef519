"""Networks. A network choice is a list of layers; it builds one plain torch.nn network from a seed."""

from typing import TYPE_CHECKING, Literal

from pydantic import ConfigDict, Field

from core.choices.activations import AnyActivation, ReLU
from core.choices.base import Choice, one_of, registry
from core.choices.initialisations import AnyInitialisation, HeNormal

if TYPE_CHECKING:
    import torch

    from core.choices.modules import PlainNetwork

MOST_LAYERS = 1_000
MOST_UNITS = 100_000


class DenseLayer(Choice):
    """A linear map, then normalisation, activation, skip and dropout, in this order."""

    model_config = ConfigDict(title="Dense layer")
    units: int = Field(32, ge=1, le=MOST_UNITS, title="Units", description="How many numbers the layer passes on")
    activation: AnyActivation = Field(ReLU(), title="Activation", description="What each unit does with its input")
    normalisation: Literal["none", "batch", "layer"] = Field(
        "none", title="Normalisation", description="Centre and scale what enters the activation, by batch or by row"
    )
    dropout: float = Field(
        0.0, ge=0, lt=1, title="Dropout", description="Share of the units silenced at random in each training step"
    )
    skip: bool = Field(
        False, title="Skip", description="Add the layer's input to its output, where both have the same width"
    )


class Dense(Choice):
    """Layers in which every unit sees every number of the layer before."""

    model_config = ConfigDict(title="Dense network")
    kind: Literal["dense"] = "dense"
    layers: tuple[DenseLayer, ...] = Field(
        (DenseLayer(), DenseLayer()), max_length=MOST_LAYERS, title="Hidden layers", description="From input to output"
    )
    initialisation: AnyInitialisation = Field(
        HeNormal(), title="Initialisation", description="What the weights are before the first step"
    )

    def widths(self, inputs: int, outputs: int) -> list[int]:
        """Numbers per row before, between and after the layers: inputs, units of each layer, outputs."""
        return [inputs, *(layer.units for layer in self.layers), outputs]

    def parameters(self, inputs: int, outputs: int) -> int:
        """How many parameters the network has."""
        widths = self.widths(inputs, outputs)
        linear = sum((before + 1) * after for before, after in zip(widths, widths[1:], strict=False))
        return linear + sum(2 * layer.units for layer in self.layers if layer.normalisation != "none")

    def build(self, inputs: int, outputs: int, generator: "torch.Generator") -> "PlainNetwork":
        """The plain torch.nn network with weights drawn from `generator`."""
        from core.choices.modules import dense

        return dense(self, inputs, outputs, generator)


NETWORKS = registry(Dense)
AnyNetwork = one_of(NETWORKS, usual="dense")
