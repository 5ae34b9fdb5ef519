"""The plain torch modules of recurrent networks: torch.nn's own, telling the state of every step, and what reads it.
Imports torch: only ever imported inside functions."""

from typing import TYPE_CHECKING, Self

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from core.choices.initialisations import Initialisation


class Beginning(nn.RNNBase):
    """How its weights begin: on inputs as the network says, from step to step as the layer does, gate by gate, so that
    each gate's matrix is what was chosen."""

    recurrence: "Initialisation | None" = None
    forget_bias: float = 0.0

    def begin_with(self, recurrence: "Initialisation", forget_bias: float = 0.0) -> Self:
        """Remembers what `initialise` is to do. forget_bias: of the second of four gates."""
        self.recurrence, self.forget_bias = recurrence, forget_bias
        return self

    @torch.no_grad()
    def initialise(self, initialisation: "Initialisation", generator: torch.Generator) -> None:
        """Fills weights and biases in place. PyTorch's default is what these modules do by themselves: everything
        uniform within ± 1 ÷ √units."""
        bound = self.hidden_size**-0.5
        first, back = self.weight_ih_l0, self.weight_hh_l0
        assert isinstance(first, Tensor) and isinstance(back, Tensor) and self.recurrence is not None
        is_default = initialisation.kind == "torch_default"  # type: ignore[attr-defined]
        for into, on in zip(first.split(self.hidden_size), back.split(self.hidden_size), strict=True):
            if is_default:
                into.uniform_(-bound, bound, generator=generator)
            else:
                initialisation.fill(into, generator)
            self.recurrence.fill(on, generator)
        for bias in (self.bias_ih_l0, self.bias_hh_l0):
            assert isinstance(bias, Tensor)
            bias.zero_()
            if is_default:
                bias.uniform_(-bound, bound, generator=generator)
        if self.forget_bias:
            assert isinstance(self.bias_ih_l0, Tensor)
            self.bias_ih_l0[self.hidden_size : 2 * self.hidden_size] += self.forget_bias


class Elman(Beginning, nn.RNN):
    """h_t = f(W x_t + U h_(t−1) + b), one layer, batch first: [batch, steps, inputs] to [batch, steps, units]."""

    def __init__(self, inputs: int, units: int, nonlinearity: str = "tanh", device: torch.device | str | None = None):
        super().__init__(inputs, units, nonlinearity=nonlinearity, batch_first=True, device=device)

    def forward(self, x: Tensor, state: Tensor | None = None) -> Tensor:  # type: ignore[override]
        return super().forward(x, state)[0]


class GRU(Beginning, nn.GRU):
    """Gated recurrent unit, one layer, batch first."""

    def __init__(self, inputs: int, units: int, device: torch.device | str | None = None):
        super().__init__(inputs, units, batch_first=True, device=device)

    def forward(self, x: Tensor, state: Tensor | None = None) -> Tensor:  # type: ignore[override]
        return super().forward(x, state)[0]


class LSTM(Beginning, nn.LSTM):
    """Long short-term memory, one layer, batch first."""

    def __init__(self, inputs: int, units: int, device: torch.device | str | None = None):
        super().__init__(inputs, units, batch_first=True, device=device)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None = None) -> Tensor:  # type: ignore[override]
        return super().forward(x, state)[0]


class FusedLSTM(LSTM):
    """The same numbers, kept apart by name: trained by torch's one-piece kernel, inside which nobody can look."""


class Read(nn.Module):
    """What the layers above get of a sequence [..., steps, units]: the last step, the mean of all, or all of them in
    a row."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def forward(self, x: Tensor) -> Tensor:
        if self.how == "last":
            return x[..., -1, :]
        return x.mean(-2) if self.how == "mean" else x.flatten(-2)

    def extra_repr(self) -> str:
        return f"how={self.how}"
