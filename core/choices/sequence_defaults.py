"""The experiment that one click starts on sequences: an LSTM that remembers, on a rate that learns in a minute."""

from typing import TYPE_CHECKING

from core.choices.losses import CrossEntropy, SquaredError
from core.choices.networks import Recurrent
from core.choices.optimizers import Adam
from core.choices.preparation import Split, SplitChoice, TimeSplit
from core.choices.recurrent import LSTMLayer
from core.choices.sequence_tables import Sequences
from core.choices.sources import DataChoice
from core.choices.training import EarlyStopping, Training
from core.experiment import Experiment

if TYPE_CHECKING:
    from core.data.sample import Sample

STEPS = 1_000
"""Steps in which the LSTM solves a delay of 40 steps from every seed tried, and tells tones apart (measured)."""
MOST_STEPS = 40_000
"""Steps of training times steps of a sequence, at most: half a minute on one core (measured)."""
BATCHES = ((5_000, 32), (50_000, 128), (10**12, 512))
UNITS = 32
FEWEST, MOST = 10, 200
PATIENCE = 20


def sequence_experiment(data: DataChoice, sample: "Sample | None") -> Experiment:
    """What is proposed for generated sequences, or for a table cut into windows, which is given as a sample."""
    is_own = sample is not None and not isinstance(data, Sequences)
    if isinstance(data, Sequences):
        task, rows, steps = data.task, data.rows, data.length
        each = getattr(data, "asked", "end") == "every_step"
    else:
        assert sample is not None and sample.shape is not None, "a table in windows is given as a sample"
        task, rows, steps = sample.task, sample.table.rows, sample.shape[0]
        each = sample.asked_steps > 0
    return Experiment(
        data=data,
        split=_split(sample if is_own else None),
        network=Recurrent(layers=(LSTMLayer(units=UNITS),), read="each_step" if each else "last"),
        loss=SquaredError() if task == "regression" else CrossEntropy(),
        optimizer=Adam(learning_rate=0.003 if is_own else 0.01),
        training=_training(rows, steps, is_own),
    )


def _split(sample: "Sample | None") -> SplitChoice:
    """Windows of time overlap: the past trains, what came later validates."""
    if sample is None or sample.begins is None:
        return Split()
    order = [name for name in sample.table.data.column_names if name not in (*sample.inputs, *sample.targets)]
    return TimeSplit(column=order[0])


def _training(rows: int, steps: int, is_own: bool) -> Training:
    batch = next(size for most, size in BATCHES if rows <= most)
    train = max(1.0, rows * (1 - Split().validation - Split().test))
    epochs = round(min(STEPS, MOST_STEPS / steps) * batch / train)
    return Training(
        epochs=min(MOST, max(FEWEST, epochs)),
        batch_size=batch,
        clip_norm=1.0,
        early_stopping=EarlyStopping(patience=PATIENCE) if is_own else None,
    )
