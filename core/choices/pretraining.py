"""Layer-wise pretraining: what is done to a network's weights, layer by layer and without labels, before its first
step."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import ConfigDict, Field

from core.choices.base import Choice, one_of, registry

if TYPE_CHECKING:
    from core.choices.layers import Layer


class Pretraining(Choice):
    """What happens to the initialised weights before training."""

    kind: str

    def problems(self, layers: "Sequence[Layer]") -> list[str]:
        """Why these hidden layers cannot be pretrained, each in a sentence with what to do; none: they can."""
        return []


class NoPretraining(Pretraining):
    """Training starts from the initialisation."""

    model_config = ConfigDict(title="None")
    kind: Literal["none"] = "none"


class LayerWise(Pretraining):
    """Layers learn one after the other, each from what the layers below make of the training rows."""

    epochs: int = Field(
        15, ge=1, le=1_000, title="Epochs per layer", description="Passes over the training rows for each layer"
    )

    def problems(self, layers: "Sequence[Layer]") -> list[str]:
        if not layers:
            return ["there is no hidden layer to pretrain: add one, or choose no pretraining"]
        odd = [
            str(number)
            for number, layer in enumerate(layers, 1)
            if layer.get("normalisation", "none") != "none" or layer.get("skip")
        ]
        why = "has normalisation or a skip, and a layer that learns by itself cannot: take them out, or choose none"
        return [f"layer {', '.join(odd)} {why}"] if odd else []


class Boltzmann(LayerWise):
    """Each layer as a restricted Boltzmann machine: it learns what its inputs are like (Hinton 2006)."""

    model_config = ConfigDict(title="Boltzmann machines")
    kind: Literal["boltzmann"] = "boltzmann"
    learning_rate: float = Field(
        0.1, gt=0, le=10, title="Learning rate", description="Size of one step; a tenth of it for real-valued inputs"
    )

    def problems(self, layers: "Sequence[Layer]") -> list[str]:
        other = [
            str(n) for n, layer in enumerate(layers, 1) if getattr(layer.get("activation"), "kind", "") != "sigmoid"
        ]
        said = "of Boltzmann machines are sigmoid units, and layer {} is not: choose sigmoid, or stacked autoencoders"
        return [*super().problems(layers), *([f"the units {said.format(', '.join(other))}"] if other else [])]


class Autoencoders(LayerWise):
    """Each layer as an autoencoder with tied weights: it learns to give back what enters it (Bengio 2007)."""

    model_config = ConfigDict(title="Stacked autoencoders")
    kind: Literal["autoencoders"] = "autoencoders"
    learning_rate: float = Field(0.005, gt=0, le=10, title="Learning rate", description="Size of one step of Adam")
    noise: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Hidden share",
        description="Share of the inputs put to their mean, to be filled in (denoising, Vincent 2008)",
    )


PRETRAININGS = registry(NoPretraining, Boltzmann, Autoencoders)
AnyPretraining = one_of(PRETRAININGS)
