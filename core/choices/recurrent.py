"""Recurrent layers, which read a sequence step by step and carry a state along; and networks of them."""

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from core.choices.activations import ReLU, Tanh
from core.choices.base import one_of, registry
from core.choices.initialisations import AnyInitialisation, GlorotUniform, Orthogonal
from core.choices.layers import DenseLayer, EachStep, Layer, Shape
from core.choices.network import MOST_LAYERS, Network
from core.choices.recurrences import AnyRecurrence
from core.refusal import Problem, Refusal

if TYPE_CHECKING:
    import torch

    from core.choices.activations import Activation
    from core.choices.modules import PlainNetwork
    from core.choices.stacks import Stack
    from core.data.splits import Splits

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
        return type(shape)((shape[0], self.units))

    def parameters(self, shape: Shape) -> int:
        return self.blocks * self.units * (shape[1] + self.units + 2)

    def add(self, stack: "Stack") -> None:
        values = stack.shape[1]
        stack.add_layer(self, self.kind, self.module(values), self.after(stack.shape))
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


class Recurrent(Network):
    """Layers that read a sequence step by step, then what the last step (or every one) says, then the output."""

    model_config = ConfigDict(title="Recurrent network")
    kind: Literal["recurrent"] = "recurrent"
    layers: tuple[AnyRecurrentLayer, ...] = Field(
        (LSTMLayer(),),
        min_length=1,
        max_length=MOST_LAYERS,
        title="Hidden layers",
        description="From input to output; dense ones may follow recurrent ones",
    )
    read: Literal["last", "mean", "every", "each_step"] = Field(
        "last",
        title="Read out",
        description="What goes on to the output: the last step, the mean of all, or every one in a row; each step: "
        "every one by itself, with the same weights, to an answer of its own",
    )
    initialisation: AnyInitialisation = Field(
        GlorotUniform(), title="Initialisation", description="What the weights on inputs are before the first step"
    )
    layer_kinds: ClassVar[dict[str, type[Layer]]] = RECURRENT_LAYERS

    def refusal(self, shape: Shape) -> str:
        if len(shape) == 2:
            return ""
        return "a recurrent network reads sequences: choose data of sequences, or cut a table into windows of time"

    def problems(self, shape: Shape, task: str) -> list[Problem]:
        found = super().problems(shape, task)
        if not found and self.read == "each_step" and task == "classification":
            said = "an answer at each step is a value, and a class is asked of the whole sequence: choose the last step"
            return [Problem("network.read", said)]
        return found

    def asked(self, splits: "Splits") -> "Splits":
        is_sequence = splits.task == "regression" and len(splits.shape) == 2
        if is_sequence and self.read == "each_step" and not splits.asked_steps:
            said = "each step gives an answer, and these data ask at the end only: let them ask at every step"
            raise Refusal(Problem("network.read", f"{said}, or read out the last step"))
        return splits

    @property
    def reads_ahead(self) -> bool:
        return self.read != "each_step"

    def taken(self, shape: Shape) -> Shape:
        return EachStep(shape) if self.read == "each_step" else shape

    def parameters(self, shape: Shape, outputs: int) -> int:
        last = self.shapes(shape)[-1]
        if not isinstance(last, EachStep):
            return super().parameters(shape, outputs)
        return super().parameters(shape, 0) + (last[1] + 1) * (outputs // last[0])

    def shapes(self, shape: Shape) -> list[Shape]:
        """Of a row before the first layer and after each, as the next meets it: read out where no cell follows."""
        if self.read == "each_step":
            return super().shapes(shape)
        found = [self.taken(shape)]
        for place, layer in enumerate(self.layers):
            after = layer.after(found[-1])
            is_over = not isinstance([*self.layers, None][place + 1], RecurrentLayer)
            found.append(self._read_out(after) if is_over and len(after) == 2 else after)
        return found

    def build(self, shape: Shape, outputs: int, generator: "torch.Generator") -> "PlainNetwork":
        from core.choices.stacks import Stack

        stack = Stack(shape, self.taken(shape))
        for number, layer in enumerate(self.layers, 1):
            if not isinstance(layer, RecurrentLayer):
                self._add_read(stack)
            stack.start(str(number))
            layer.add(stack)
        self._add_read(stack)
        stack.add_output(outputs)
        return stack.finished(self.initialisation, generator)

    def in_words(self) -> str:
        kinds = [layer.title() for layer in self.layers if isinstance(layer, RecurrentLayer)]
        alike = len(set(kinds)) == 1
        return f"{kinds[0]} × {len(kinds)}" if alike and len(kinds) > 1 else ", ".join(kinds[:3])

    def _read_out(self, shape: Shape) -> Shape:
        return (prod(shape),) if self.read == "every" else (shape[1],)

    def _add_read(self, stack: "Stack") -> None:
        if len(stack.shape) == 2 and self.read != "each_step":
            from core.choices.sequence_modules import Read

            stack.add_part("read", Read(self.read), self._read_out(stack.shape))
