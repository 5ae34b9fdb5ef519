"""Recurrent layers: they read a sequence step by step and carry a state along."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from core.choices.activations import ReLU, Tanh
from core.choices.base import one_of, registry
from core.choices.initialisations import Orthogonal
from core.choices.layers import DenseLayer, Layer, Shape
from core.choices.recurrences import AnyRecurrence

if TYPE_CHECKING:
    from core.choices.activations import Activation
    from core.choices.stacks import Stack

MOST_UNITS = 4_096


class RecurrentLayer(Layer):
    """Reads a sequence and gives one: a state of `units` numbers for every step."""

    kind: str
    blocks: ClassVar[int] = 1
    """How many matrices of units x units it has: one, and one for each gate."""
    units: int = Field(32, ge=1, le=MOST_UNITS, title="Units", description="How many numbers are carried along")
    recurrence: AnyRecurrence = Field(
        Orthogonal(), title="Recurrence", description="How the weights from step to step begin; for each gate alike"
    )
    dropout: float = Field(
        0.0, ge=0, lt=1, title="Dropout", description="Share of what the layer passes on that is silenced at random"
    )

    def problems(self, shape: Shape) -> list[str]:
        if len(shape) == 2:
            return []
        return ["a recurrent layer reads step after step: put it in front of the dense layers, on data of sequences"]

    def after(self, shape: Shape) -> Shape:
        return (shape[0], self.units)

    def parameters(self, shape: Shape) -> int:
        return self.blocks * self.units * (shape[1] + self.units + 2)

    def add(self, stack: "Stack") -> None:
        steps, values = stack.shape
        module = self.module(values)
        stack.add_layer(self, self.kind, module, (steps, self.units))
        stack.blocks[-1] = replace(stack.blocks[-1], inputs=values + self.units, chosen=self.acts)

    def module(self, values: int) -> Any:
        """The plain torch module, in front of steps of so many values."""
        raise AssertionError("every recurrent layer has a module")

    @property
    def acts(self) -> "Activation | None":
        """The function whose value is the state; None where a gate stands behind it."""
        return None

    def short(self) -> str:
        return f"{self.title().split(' ')[0]} {self.units}"


class ElmanLayer(RecurrentLayer):
    """The state is a function of the input and of the state before (Elman 1990): simple, and soon forgetful."""

    model_config = ConfigDict(title="Elman")
    kind: Literal["elman"] = "elman"
    function: Literal["tanh", "relu"] = Field("tanh", title="Function", description="What makes the state of its sum")

    @property
    def acts(self) -> "Activation | None":
        return Tanh() if self.function == "tanh" else ReLU()

    def module(self, values: int) -> Any:
        from core.choices.sequence_modules import Elman

        return Elman(values, self.units, self.function).begin_with(self.recurrence)


class GRULayer(RecurrentLayer):
    """Two gates say what is kept and what is let in (Cho et al. 2014): nearly an LSTM at less cost."""

    model_config = ConfigDict(title="GRU")
    kind: Literal["gru"] = "gru"
    blocks: ClassVar[int] = 3

    def module(self, values: int) -> Any:
        from core.choices.sequence_modules import GRU

        return GRU(values, self.units).begin_with(self.recurrence)


class LSTMLayer(RecurrentLayer):
    """A cell behind three gates carries the past on unchanged until a gate says otherwise (Hochreiter & Schmidhuber
    1997). Every gate can be seen, at two to four times the time of the LSTM in one piece."""

    model_config = ConfigDict(title="LSTM")
    kind: Literal["lstm"] = "lstm"
    blocks: ClassVar[int] = 4
    forget_bias: float = Field(
        1.0,
        ge=-20,
        le=20,
        title="Forget gate's bias",
        description="Where it begins: above 0 open, so that it remembers",
    )

    def module(self, values: int) -> Any:
        from core.choices.sequence_modules import LSTM

        return LSTM(values, self.units).begin_with(self.recurrence, self.forget_bias)


class FusedLSTMLayer(LSTMLayer):
    """The same LSTM in one piece, by torch: two to four times as fast, but nobody can look inside: no gates, no
    gradient through time."""

    model_config = ConfigDict(title="LSTM in one piece")
    kind: Literal["fused_lstm"] = "fused_lstm"  # type: ignore[assignment]

    def module(self, values: int) -> Any:
        from core.choices.sequence_modules import FusedLSTM

        return FusedLSTM(values, self.units).begin_with(self.recurrence, self.forget_bias)


RECURRENT_LAYERS = registry(LSTMLayer, GRULayer, ElmanLayer, FusedLSTMLayer, DenseLayer)
AnyRecurrentLayer: Any = one_of(RECURRENT_LAYERS)
