"""Observing any nn.Module in anybody's loop: hooks collect what our own walk keeps by itself, and the same recorder
measures the same quantities."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor, nn

from core.choices.activations import ACTIVATIONS, Activation
from core.recording.measured import Measured
from core.recording.recorder import Recorder
from core.recording.rows import Entry, histograms_table, layers_table, steps_table, units_table
from core.recording.schemas import Kind
from core.recording.watched import Watched, WatchedLayer, flat_values

_KNOWN: dict[type[nn.Module], str] = {
    type(made.build()): kind
    for kind, made in ((kind, choice()) for kind, choice in ACTIVATIONS.items())
    if isinstance(made, Activation) and kind != "identity"
}


_LINEAR = (nn.Linear, nn.Conv2d)
"""Modules that begin a layer: their weight is [units, inputs, …]."""
_NORMAL = (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm)


def observe(module: nn.Module, optimizer: torch.optim.Optimizer, steps: int | None = None) -> "Observer":
    """Observes `module`, trained by `optimizer` in any loop, until closed:

    with observe(module, optimizer) as seen:
        for epoch in range(1, 11):
            ...                            # forward, backward, optimizer.step(), as ever
            tables = seen.epoch(epoch)     # kind → rows in the record's schema

    A layer is a linear module or a two-dimensional convolution and what follows it (a normalisation, an activation
    function that is a module) up to the next one, in the order in which the module calls them. steps: of an epoch,
    where the loop knows: then a few are sampled for what is dear to measure, else all are. Raises ValueError where
    there is none."""
    return Observer(module, optimizer, steps)


class Observer:
    """Hooks on one module and its optimizer. They are gone after `close`, also when the loop broke off."""

    def __init__(self, module: nn.Module, optimizer: torch.optim.Optimizer, steps: int | None = None) -> None:
        self._module = module
        self._planned = steps
        self._largest = 0
        self._leaves = [part for part in module.modules() if not list(part.children())]
        if not any(isinstance(part, _LINEAR) for part in self._leaves):
            raise ValueError("there is no linear layer or convolution in this module: nothing to observe")
        self._called: list[tuple[nn.Module, Tensor, Tensor]] = []
        self._steps = 0
        self._recorder: Recorder | None = None
        self._watched: Watched | None = None
        self._columns: list[tuple[nn.Parameter, slice]] = []
        self._first_step = 1
        self._hooks: list[Any] = [part.register_forward_hook(self._on_forward) for part in self._leaves]
        self._hooks.append(module.register_forward_pre_hook(self._on_start))
        self._hooks.append(optimizer.register_step_pre_hook(self._before_step))
        self._hooks.append(optimizer.register_step_post_hook(self._after_step))

    def __enter__(self) -> "Observer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Removes every hook."""
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def measured(self, losses: Sequence[float] = ()) -> Measured:
        """What was measured since the last call. losses: of each step, where the loop knows them."""
        if self._recorder is None:
            raise ValueError("no optimizer step was taken since the last call: nothing was measured")
        steps = self._steps
        given = np.array(losses, np.float32) if len(losses) == steps else np.zeros(steps, np.float32)
        measured = self._recorder.fetch(given[:, None])
        self._restart()
        return measured

    def epoch(self, number: int, losses: Sequence[float] = ()) -> dict[Kind, pa.Table]:
        """The same as rows of kinds layers, steps, units and histograms, of replica 0."""
        steps = self._steps
        measured = self.measured(losses)
        known = np.array(losses, np.float32) if len(losses) == steps else np.full(steps, np.nan, np.float32)
        entry = Entry(number, np.arange(1), np.zeros(1, np.int16), measured, self._first_step, known[:, None])
        self._first_step += steps
        tables = {"layers": layers_table([entry]), "steps": steps_table([entry], 1), "units": units_table([entry])}
        return tables if measured.histograms is None else tables | {"histograms": histograms_table([entry])}

    def _on_start(self, module: nn.Module, _inputs: Any) -> None:
        self._called = []

    def _on_forward(self, part: nn.Module, inputs: Any, output: Any) -> None:
        if self._module.training and torch.is_grad_enabled() and isinstance(output, Tensor) and output.requires_grad:
            output.retain_grad()
            self._called.append((part, inputs[0], output))

    def _before_step(self, *_: Any) -> None:
        if not self._called:
            return
        if self._watched is None:
            self._describe()
        assert self._watched is not None
        recorder = self._recorder or self._restart()
        with torch.no_grad():
            self._copy()
            walk = [self._called[0][1], *(output for _, _, output in self._called)]
            rows = len(walk[0])
            recorder.observe_step([_with_replica(each, rows) for each in walk], is_full=self._is_full(walk[0]))
            recorder.before_update()

    def _after_step(self, *_: Any) -> None:
        if self._recorder is None or not self._called:
            return
        with torch.no_grad():
            self._copy()
        self._recorder.after_update()
        self._steps += 1
        self._called = []

    def _is_full(self, x: Tensor) -> bool:
        """Whether this batch is as large as the largest so far: then its gradients are the ones to keep."""
        self._largest = max(self._largest, len(x))
        return len(x) == self._largest

    def _restart(self) -> Recorder:
        assert self._watched is not None
        if self._recorder is None:
            self._recorder = Recorder(self._watched)
        self._recorder.start_epoch(self._planned, None, is_detailed=True)
        self._steps = 0
        return self._recorder

    def _copy(self) -> None:
        assert self._watched is not None
        for parameter, columns in self._columns:
            self._watched.weights[0, columns] = parameter.detach().reshape(-1)
            if parameter.grad is None:
                self._watched.gradients[0, columns] = 0
            else:
                self._watched.gradients[0, columns] = parameter.grad.reshape(-1)

    def _describe(self) -> None:
        """Layers from the order of the first forward pass, and the two matrices that parameters are copied into."""
        blocks = _blocks([part for part, _, _ in self._called])
        linear = [_parameter(self._called[block[0]][0], "weight") for block in blocks]
        every = [p for p in self._module.parameters() if p.requires_grad]
        shifting = [_shift(self._called, block) for block in blocks]
        shifts = [p for p in shifting if p is not None]
        first = {id(p) for p in linear}
        second = {id(p) for p in shifts}
        order = [*linear, *shifts, *(p for p in every if id(p) not in first | second)]
        start, places = 0, {}
        for parameter in order:
            places[id(parameter)] = slice(start, start + parameter.numel())
            start += parameter.numel()
        self._columns = [(parameter, places[id(parameter)]) for parameter in order]
        matrix = torch.zeros(1, start, dtype=torch.float32, device=linear[0].device)
        layers = tuple(
            _layer(self._called, block, weight, places, shift)
            for block, weight, shift in zip(blocks, linear, shifting, strict=True)
        )
        ends = [places[id(p)] for p in shifts] or [slice(start, start)]
        self._watched = Watched(layers, matrix, matrix.clone(), slice(ends[0].start, ends[-1].stop))


def _blocks(parts: list[nn.Module]) -> list[list[int]]:
    """Numbers of calls that belong to each layer: a linear module or a convolution, and all up to the next."""
    blocks: list[list[int]] = []
    for number, part in enumerate(parts):
        if isinstance(part, _LINEAR):
            blocks.append([])
        if blocks:
            blocks[-1].append(number)
    return blocks


def _layer(
    called: list[tuple[nn.Module, Tensor, Tensor]],
    block: list[int],
    weight: nn.Parameter,
    places: dict[int, slice],
    shift: nn.Parameter | None,
) -> WatchedLayer:
    axes = called[block[0]][2].dim()
    block = [number for number in block if called[number][2].dim() == axes]  # flattened, a channel is no unit any more
    acting = next((number for number in block if type(called[number][0]) in _KNOWN), None)
    normal = [number for number in block if isinstance(called[number][0], _NORMAL)]
    before = (normal or block)[0] if acting is None or not normal or normal[0] < acting else block[0]
    activation: Any = None if acting is None else ACTIVATIONS[_KNOWN[type(called[acting][0])]]()
    assert activation is None or isinstance(activation, Activation)
    return WatchedLayer(
        name=f"layer {block[0]}",
        units=int(weight.shape[0]),
        inputs=int(weight[0].numel()),
        weights=places[id(weight)],
        bias=None if shift is None else places[id(shift)],
        preactivation=before + 1,
        output=(before if acting is None else acting) + 1,
        activated=(before if acting is None else acting) + 1,
        can_die=activation is not None and activation.can_die,
        flat=flat_values(activation),
        axis=-3 if isinstance(called[block[0]][0], nn.Conv2d) else -1,
    )


def _shift(called: list[tuple[nn.Module, Tensor, Tensor]], block: list[int]) -> nn.Parameter | None:
    """What shifts a layer's pre-activation: the bias of its normalisation, else of its linear module."""
    normal = [called[n][0] for n in block if isinstance(called[n][0], _NORMAL)]
    bias = (normal or [called[block[0]][0]])[0].bias
    return bias if isinstance(bias, nn.Parameter) else None


def _parameter(part: nn.Module, name: str) -> nn.Parameter:
    found = getattr(part, name)
    assert isinstance(found, nn.Parameter)
    return found


def _with_replica(output: Tensor, rows: int) -> Tensor:
    """[1, rows, …] of an output [rows, …], or of one whose rows were folded with steps; its gradient comes along."""
    folded = output.detach()
    shape = (1, *folded.shape) if len(folded) == rows else (1, rows, -1, folded.shape[-1])
    flat = folded.reshape(shape)
    if output.grad is not None:
        flat.grad = output.grad.reshape(flat.shape)
    return flat
