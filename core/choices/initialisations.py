"""Initialisations. Each fills the weight of one plain torch layer, in torch's own shape; biases start at zero."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict, Field

from core.choices.base import Choice, one_of, registry

if TYPE_CHECKING:
    import torch

    from core.choices.modules import PlainNetwork

TURNS, NEAR = 10, 0.02
"""LSUV: scalings of a layer at most, and how near to 1 its variance must come (Mishkin 2016: 10 and 0.1; nearer costs
nothing)."""


class Initialisation(Choice):
    """What the weights are before the first step."""

    sees_rows: ClassVar[bool] = False
    """Whether it is adjusted to training rows (see `adjust`)."""

    def fill(self, weight: "torch.Tensor", generator: "torch.Generator") -> None:
        """Fills `weight` [out, in, ...] in place from `generator`."""
        raise AssertionError("every initialisation fills a weight")

    def fill_bias(self, bias: "torch.Tensor", weight: "torch.Tensor", generator: "torch.Generator") -> None:
        """Fills `bias` [out] in place: zero, unless an initialisation says otherwise."""
        bias.zero_()

    def adjust(self, network: "PlainNetwork", rows: "torch.Tensor") -> None:
        """Fits the weights to training rows [rows, features], where it looks at them."""


class Zeros(Initialisation):
    """All weights zero: every unit of a layer stays the same for ever."""

    model_config = ConfigDict(title="Zeros")
    kind: Literal["zeros"] = "zeros"

    def fill(self, weight: "torch.Tensor", generator: "torch.Generator") -> None:
        weight.zero_()


class Constant(Initialisation):
    """All weights alike: as blind to differences as zeros, with a signal."""

    model_config = ConfigDict(title="Constant")
    kind: Literal["constant"] = "constant"
    value: float = Field(0.1, ge=-100, le=100, title="Value", description="Every weight starts here")

    def fill(self, weight: "torch.Tensor", generator: "torch.Generator") -> None:
        weight.fill_(self.value)


class Normal(Initialisation):
    """A normal distribution of a fixed spread, whatever the width of the layer."""

    model_config = ConfigDict(title="Normal")
    kind: Literal["normal"] = "normal"
    std: float = Field(0.05, ge=0, le=100, title="Standard deviation", description="Spread of the weights")

    def fill(self, weight: "torch.Tensor", generator: "torch.Generator") -> None:
        weight.normal_(0.0, self.std, generator=generator)


class Uniform(Initialisation):
    """A uniform distribution between −limit and limit, whatever the width of the layer."""

    model_config = ConfigDict(title="Uniform")
    kind: Literal["uniform"] = "uniform"
    limit: float = Field(0.05, ge=0, le=100, title="Limit", description="Weights start between minus and plus this")

    def fill(self, weight: "torch.Tensor", generator: "torch.Generator") -> None:
        weight.uniform_(-self.limit, self.limit, generator=generator)


class GlorotNormal(Initialisation):
    """Variance 2 ÷ (inputs + outputs): keeps sigmoid-like layers level (Glorot & Bengio 2010)."""

    model_config = ConfigDict(title="Glorot, normal")
    kind: Literal["glorot_normal"] = "glorot_normal"

    def fill(self, weight: "torch.Tensor", generator: "torch.Generator") -> None:
        from torch.nn import init

        init.xavier_normal_(weight, generator=generator)


class GlorotUniform(Initialisation):
    """Glorot's variance from a uniform distribution (Glorot & Bengio 2010)."""

    model_config = ConfigDict(title="Glorot, uniform")
    kind: Literal["glorot_uniform"] = "glorot_uniform"

    def fill(self, weight: "torch.Tensor", generator: "torch.Generator") -> None:
        from torch.nn import init

        init.xavier_uniform_(weight, generator=generator)


class HeNormal(Initialisation):
    """Variance 2 ÷ inputs: keeps ReLU layers level (He 2015)."""

    model_config = ConfigDict(title="He, normal")
    kind: Literal["he_normal"] = "he_normal"

    def fill(self, weight: "torch.Tensor", generator: "torch.Generator") -> None:
        from torch.nn import init

        init.kaiming_normal_(weight, nonlinearity="relu", generator=generator)


class HeUniform(Initialisation):
    """He's variance from a uniform distribution (He 2015)."""

    model_config = ConfigDict(title="He, uniform")
    kind: Literal["he_uniform"] = "he_uniform"

    def fill(self, weight: "torch.Tensor", generator: "torch.Generator") -> None:
        from torch.nn import init

        init.kaiming_uniform_(weight, nonlinearity="relu", generator=generator)


class LeCun(Initialisation):
    """Variance 1 ÷ inputs (LeCun 1998)."""

    model_config = ConfigDict(title="LeCun")
    kind: Literal["lecun"] = "lecun"

    def fill(self, weight: "torch.Tensor", generator: "torch.Generator") -> None:
        from torch.nn import init

        init.kaiming_normal_(weight, nonlinearity="linear", generator=generator)


class Orthogonal(Initialisation):
    """A rotation (times gain): lengths pass through unchanged (Saxe 2014)."""

    model_config = ConfigDict(title="Orthogonal")
    kind: Literal["orthogonal"] = "orthogonal"
    gain: float = Field(1.0, ge=0, le=100, title="Gain", description="Factor on every length")

    def fill(self, weight: "torch.Tensor", generator: "torch.Generator") -> None:
        from torch.nn import init

        init.orthogonal_(weight, gain=self.gain, generator=generator)


class TorchDefault(Initialisation):
    """What PyTorch does if nobody chooses: uniform ± 1 ÷ √inputs, for weights and biases."""

    model_config = ConfigDict(title="PyTorch's default")
    kind: Literal["torch_default"] = "torch_default"

    def fill(self, weight: "torch.Tensor", generator: "torch.Generator") -> None:
        bound = weight[0].numel() ** -0.5
        weight.uniform_(-bound, bound, generator=generator)

    def fill_bias(self, bias: "torch.Tensor", weight: "torch.Tensor", generator: "torch.Generator") -> None:
        bound = weight[0].numel() ** -0.5
        bias.uniform_(-bound, bound, generator=generator)


class IdentityMatrix(Initialisation):
    """Every unit passes on one input as it is, as far as there are as many: depth changes nothing at first."""

    model_config = ConfigDict(title="Identity matrix")
    kind: Literal["identity"] = "identity"
    gain: float = Field(1.0, ge=0, le=100, title="Gain", description="Factor on what is passed on")

    def fill(self, weight: "torch.Tensor", generator: "torch.Generator") -> None:
        from torch.nn import init

        (init.eye_ if weight.dim() == 2 else init.dirac_)(weight)
        weight.mul_(self.gain)


class LSUV(Orthogonal):
    """Orthogonal, then each layer in turn is scaled until training rows leave it with a spread of 1 (Mishkin 2016)."""

    model_config = ConfigDict(title="LSUV")
    sees_rows: ClassVar[bool] = True
    kind: Literal["lsuv"] = "lsuv"  # type: ignore[assignment]

    def adjust(self, network: "PlainNetwork", rows: "torch.Tensor") -> None:
        import torch

        was_training = network.training
        network.eval()
        with torch.no_grad():
            for block in network.blocks:
                self._scale(network, block.linear, rows)
        network.train(was_training)

    def _scale(self, network: "PlainNetwork", number: int, rows: "torch.Tensor") -> None:
        weight = getattr(list(network.parts.values())[number], "weight", None)
        if weight is None:
            return
        for _ in range(TURNS):
            spread = float(network.walk(rows)[number + 1].std())
            if not spread > 0 or abs(spread**2 - 1) < NEAR:
                return
            weight.div_(spread)


INITIALISATIONS = registry(
    HeNormal,
    HeUniform,
    GlorotNormal,
    GlorotUniform,
    LeCun,
    Orthogonal,
    LSUV,
    IdentityMatrix,
    TorchDefault,
    Normal,
    Uniform,
    Constant,
    Zeros,
)
AnyInitialisation = one_of(INITIALISATIONS)
