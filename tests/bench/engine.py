"""The engine as benches call it: an epoch of a program, with everything recorded, with norms only, or unobserved."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from torch import Tensor

from core.data.splits import Splits
from core.experiment import Experiment
from core.recording.measured import Measured
from core.recording.outbox import Outbox
from core.recording.recorder import Recorder
from core.recording.rows import Entry
from core.recording.sink import MemorySink
from core.training.checks import device_for
from core.training.program import Program

What = Literal["bare", "norms", "everything"]


class NormsOnly(Recorder):
    """Norms of all weight gradients at every step, and nothing else."""

    def before_backward(self, walk: list[Tensor]) -> None:
        pass

    def after_backward(self) -> None:
        self._norms.take()

    def before_update(self) -> None:
        pass

    def after_update(self) -> None:
        self._step += 1

    def fetch(self, losses: np.ndarray) -> Measured:
        squares = self._norms.fetch()
        return Measured(step_norms=np.sqrt(squares[:, :, :-1]), gradient_norms=np.sqrt(squares.sum(2)))


def engine_loop(
    experiment: Experiment, splits: Splits, what: What, replicas: Sequence[int] = (0,), device: str = "cpu"
) -> Callable[[], None]:
    """An epoch with its validation; recorded epochs end as Arrow tables in memory."""
    program = Program(experiment, splits, list(replicas), device_for(device, 0))
    if what == "bare":
        program.recorder = None
    if what == "norms":
        program.recorder = NormsOnly(program.recorder._watched)
    outbox, numbers, epochs = Outbox(MemorySink(), 1), np.array(replicas, np.int16), [0]

    def epoch() -> None:
        epochs[0] += 1
        done = program.run_epoch(True, lambda: True)
        assert done is not None
        validation = program.validation.reach(program.network, with_answers=what == "everything")
        if what == "everything":
            outbox.add_epoch(Entry(epochs[0], np.arange(len(numbers)), numbers, done.measured, 1, done.step_losses))
            for place, answers in enumerate(validation.answers):
                outbox.add_outputs(epochs[0], place, "validation", answers)
            if outbox.is_due:
                outbox.flush(epochs[0])

    return epoch


def times(epoch: Callable[[], None], count: int) -> Callable[[], None]:
    """`count` epochs as one call."""

    def run() -> None:
        for _ in range(count):
            epoch()

    return run
