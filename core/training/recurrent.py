"""Recurrent layers of several replicas at once, unrolled over time so that every state, every gate and every gradient
on the way back can be seen. Inputs [R, batch, steps, values]; outputs [R, batch, steps, units].

What the inputs drive is one batched product for all steps; after it each step is one product of its own. Steps are
handed out by `unbind`, for an index per step would allocate a gradient of full size each time."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from core.choices.activations import Activation, Sigmoid, Tanh
from core.choices.sequence_modules import GRU, LSTM, Elman
from core.recording.watched import flat_values
from core.training.layer import Layer


class Unrolled(Layer):
    """What all cells share. `seen` holds, by reference, what the last walk met: the drive [R, steps, batch, gates], the
    state of every step [R, batch, units], and each gate of every step; only the state where nothing is to be learned
    from the walk, unless `is_watched`."""

    looks = {
        "weight_ih_l0": lambda w: w.mT,
        "weight_hh_l0": lambda w: w.mT,
        "bias_ih_l0": lambda b: b.unsqueeze(1),
        "bias_hh_l0": lambda b: b.unsqueeze(1),
    }
    weight_ih_l0: Tensor
    weight_hh_l0: Tensor
    bias_ih_l0: Tensor
    bias_hh_l0: Tensor
    gates: tuple[str, ...] = ()
    """Names in `seen` of what is kept beside the state, in the order in which a step comes to it."""

    functions: dict[str, type[Activation]] = {}
    """By name in `seen`: the function whose value it is, where that function is flat on both sides."""

    def __init__(self, members: Sequence[nn.RNNBase]) -> None:
        super().__init__(members)
        self.units = members[0].hidden_size
        self.is_watched = False
        self.drive: Tensor | None = None
        self.seen: dict[str, list[Tensor]] = {}

    @property
    def flats(self) -> dict[str, tuple[float, float]]:
        """Where each function's values lie in its flat part: (centre, reach), see WatchedLayer."""
        found = {name: flat_values(function()) for name, function in self.functions.items()}
        return {name: flat for name, flat in found.items() if flat is not None}

    def __call__(self, walk: list[Tensor]) -> Tensor:
        x = walk[-1]
        replicas, batch, steps, values = x.shape
        flat = x.transpose(1, 2).reshape(replicas, steps * batch, values)
        drive = torch.baddbmm(self._shift(), flat, self.weight_ih_l0).view(replicas, steps, batch, -1)
        is_kept = torch.is_grad_enabled() or self.is_watched
        self.drive = drive if is_kept else None
        self.seen = {name: [] for name in ("state", *self.gates)} if is_kept else {}
        states = self._states(drive, drive.new_zeros(replicas, batch, self.units))
        if is_kept:
            self.seen["state"] = states
        return torch.stack(states, 2)

    def _shift(self) -> Tensor:
        """What is added to every step's drive, [R, 1, gates]."""
        return self.bias_ih_l0 + self.bias_hh_l0

    def _states(self, drive: Tensor, state: Tensor) -> list[Tensor]:
        """The state of every step, from the drive [R, steps, batch, gates] and the state before the first; keeps gates
        in `seen`."""
        raise AssertionError("every cell has its step")

    def _keep(self, *gates: Tensor) -> None:
        if self.seen:
            for name, gate in zip(self.gates, gates, strict=True):
                self.seen[name].append(gate)


class ElmanCell(Unrolled):
    """Elman 1990: the state is a function of the inputs and of the state before."""

    def __init__(self, members: Sequence[Elman]) -> None:
        super().__init__(members)
        is_tanh = members[0].nonlinearity == "tanh"
        self.function = torch.tanh if is_tanh else torch.relu
        self.functions = {"state": Tanh} if is_tanh else {}

    def _states(self, drive: Tensor, state: Tensor) -> list[Tensor]:
        states = []
        for each in drive.unbind(1):
            state = self.function(torch.baddbmm(each, state, self.weight_hh_l0))
            states.append(state)
        return states


class GRUCell(Unrolled):
    """Cho et al. 2014, as torch has it: the reset gate acts on the recurrent product."""

    gates = ("reset", "update", "candidate")
    functions = {"reset": Sigmoid, "update": Sigmoid, "candidate": Tanh}

    def _shift(self) -> Tensor:
        return self.bias_ih_l0

    def _states(self, drive: Tensor, state: Tensor) -> list[Tensor]:
        states, parts = [], [2 * self.units, self.units]
        for doors, drive_new in zip(*(part.unbind(1) for part in drive.split(parts, -1)), strict=True):
            back, new = torch.baddbmm(self.bias_hh_l0, state, self.weight_hh_l0).split(parts, -1)
            reset, update = torch.sigmoid(doors + back).chunk(2, -1)
            candidate = torch.tanh(torch.addcmul(drive_new, reset, new))
            state = torch.lerp(candidate, state, update)
            states.append(state)
            self._keep(reset, update, candidate)
        return states


class LSTMCell(Unrolled):
    """Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000."""

    gates = ("input", "forget", "candidate", "output", "cell")
    functions = {"input": Sigmoid, "forget": Sigmoid, "candidate": Tanh, "output": Sigmoid}

    def _states(self, drive: Tensor, state: Tensor) -> list[Tensor]:
        states, cell = [], torch.zeros_like(state)
        parts = [2 * self.units, self.units, self.units]
        for each in drive.unbind(1):
            doors, candidate, last = torch.baddbmm(each, state, self.weight_hh_l0).split(parts, -1)
            first, forget = torch.sigmoid(doors).chunk(2, -1)
            candidate, last = torch.tanh(candidate), torch.sigmoid(last)
            cell = torch.addcmul(forget * cell, first, candidate)
            state = last * torch.tanh(cell)
            states.append(state)
            self._keep(first, forget, candidate, last, cell)
        return states


CELLS: dict[type[nn.Module], type[Unrolled]] = {Elman: ElmanCell, GRU: GRUCell, LSTM: LSTMCell}
"""Cells by their plain twins. torch's fused LSTM has none: it runs as it is, one replica after the other. Five seeds in
one program cost 1.9 to 2.5 times one, also of the LSTM (measured at 20 steps, 32 units)."""
