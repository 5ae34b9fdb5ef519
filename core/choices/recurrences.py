"""How a recurrent layer's weights from one step to the next begin: what they do to a length is done at every step."""

from typing import TYPE_CHECKING, Literal

from pydantic import ConfigDict, Field

from core.choices.base import one_of, registry
from core.choices.initialisations import (
    GlorotUniform,
    Initialisation,
    Normal,
    Orthogonal,
    TorchDefault,
    Uniform,
    Zeros,
)

if TYPE_CHECKING:
    import torch


class IdentityRecurrence(Initialisation):
    """The state is handed on as it is (times gain): with ReLU it remembers at once (Le, Jaitly & Hinton 2015)."""

    model_config = ConfigDict(title="Identity")
    kind: Literal["identity"] = "identity"
    gain: float = Field(1.0, ge=0, le=100, title="Gain", description="Factor on what is handed on")

    def fill(self, weight: "torch.Tensor", generator: "torch.Generator") -> None:
        from torch.nn import init

        init.eye_(weight).mul_(self.gain)


RECURRENCES = registry(Orthogonal, IdentityRecurrence, TorchDefault, GlorotUniform, Normal, Uniform, Zeros)
AnyRecurrence = one_of(RECURRENCES)
