"""A few validation rows, followed through the inside of recurrent layers from epoch to epoch."""

import numpy as np
import torch

from core.data.splits import Splits
from core.recording.unrolled import STEPS_SEEN, RowValues, evenly, row_values
from core.training.program import Program
from core.training.recurrent import Unrolled

ROWS_SEEN = 6
"""Validation rows that are followed (our choice: two or three of each class in a picture)."""
EPOCHS_SEEN = 40
"""Epochs at which they are looked at, evenly, the last among them (our choice: a slider has no finer steps)."""


class Looking:
    """What replica 0 makes of a few of its validation rows. rows: their numbers in the table as loaded."""

    def __init__(self, program: Program, splits: Splits) -> None:
        self._layers = [
            (number, layer)
            for number, block in enumerate(program.network.blocks, 1)
            if isinstance(layer := program.network.layers[block.linear], Unrolled)
        ]
        self._program, self._place = program, program.numbers.index(0)
        validation = program.validation.parts[self._place]
        chosen = validation[_varied(splits, validation)] if self._layers else validation[:0]
        self.rows = splits.rows[chosen]
        self._numbers = torch.as_tensor(np.tile(chosen, (len(program.numbers), 1)))
        steps = splits.shape[0] if len(splits.shape) == 2 else 0
        self.steps = [step + 1 for step in evenly(steps, STEPS_SEEN)]
        self._shape = splits.shape

    @torch.inference_mode()
    def inputs(self) -> np.ndarray:
        """What goes in, [rows, steps kept, values]."""
        x = self._program.rows.inputs(self._numbers)[self._place]
        return x.view(len(self.rows), *self._shape)[:, [step - 1 for step in self.steps]].cpu().numpy()

    @torch.inference_mode()
    def look(self) -> list[RowValues]:
        """States and gates of every layer for these rows, with the weights as they are."""
        network, found = self._program.network, []
        if not len(self.rows):
            return []
        network.set_mode("evaluate")
        for _, layer in self._layers:
            layer.is_watched = True
        network.walk(self._program.rows.inputs(self._numbers))
        for number, layer in self._layers:
            found += row_values(number, layer, self._place)
            layer.is_watched, layer.seen, layer.drive = False, {}, None
        network.set_mode("train")
        return found


def looked_at(planned: int, detailed: frozenset[int]) -> frozenset[int]:
    """The epochs at which single rows are looked at."""
    epochs = sorted(detailed)
    return frozenset(epochs[place] for place in evenly(len(epochs), EPOCHS_SEEN)) | {0, planned}


def _varied(splits: Splits, rows: np.ndarray) -> np.ndarray:
    """Places of ROWS_SEEN rows: as many of each class as can be, in turn; of values, from the lowest to the highest."""
    targets = splits.targets[rows].reshape(len(rows), -1)[:, 0]
    if splits.task == "regression":
        order = np.argsort(targets, kind="stable")
        return order[np.asarray(evenly(len(order), ROWS_SEEN), dtype=int)]
    turn = np.zeros(len(rows), np.int64)
    for name in np.unique(targets):
        turn[targets == name] = np.arange((targets == name).sum())
    return np.lexsort((targets, turn))[:ROWS_SEEN]
