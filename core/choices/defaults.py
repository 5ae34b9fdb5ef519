"""The experiment that one click starts: choices that do well on a table of this size and kind."""

from typing import TYPE_CHECKING, NamedTuple

from core.choices.losses import CrossEntropy, SquaredError
from core.choices.networks import SMALL_PICTURE, Convolutional, Dense, DenseLayer, Network
from core.choices.optimizers import Adam, AdamW, OptimizerChoice
from core.choices.preparation import Preparation, Split
from core.choices.sequence_defaults import sequence_experiment
from core.choices.sequence_tables import Sequences
from core.choices.tables import BuiltIn, DataChoice, Generator
from core.choices.training import EarlyStopping, Training
from core.data.splits import Task
from core.experiment import Experiment

if TYPE_CHECKING:
    from core.data.sample import Sample

FIGURE_STEPS = 1_000
"""Steps in which a network of two layers parts even spirals (measured: 100 % on all seven figures but XOR's noise)."""
TABLE_STEPS = 2_000
"""Steps after which no built-in table improves any more (measured on seven tables, five splits each)."""
PICTURE_STEPS = 1_200
"""Steps after which a convolutional network no longer improves on the shapes (measured)."""
FEWEST_EPOCHS, MOST_EPOCHS = 20, 300
BATCHES = ((5_000, 32), (50_000, 128), (10**12, 512))
"""Rows up to which a batch size is proposed: enough steps per epoch on a small table, few enough on a large one."""
MANY_CLASSES = 20
PLAIN_COLUMNS = 3
"""Figures with at most so many columns need no weight decay: there is little to learn by heart."""


class Size(NamedTuple):
    """What a proposal needs to know of a table. columns: inputs. classes: 0 where unknown or none. shape: of one row,
    where it is more than a list (see Sample.shape)."""

    task: Task
    rows: int
    columns: int
    classes: int = 0
    shape: tuple[int, ...] | None = None


def default_experiment(data: DataChoice, known: "Sample | Size | None" = None) -> Experiment:
    """What is proposed for `data`. A person's own table must be loaded first and given, or its size."""
    if isinstance(data, Sequences) or getattr(data, "windows", None) is not None:
        return sequence_experiment(data, known if not isinstance(known, tuple) else None)
    task, rows, columns, classes, shape = known if isinstance(known, Size) else _size(data, known)
    regression = task == "regression"
    figure = isinstance(data, Generator) and columns <= PLAIN_COLUMNS
    picture = shape if shape and len(shape) == 3 and min(shape[1:]) >= SMALL_PICTURE else None
    return Experiment(
        data=data,
        split=Split(),
        preparation=Preparation(scaling="common") if picture else Preparation(),
        network=Convolutional().usual(picture) if picture else _network(figure, classes),
        loss=SquaredError() if regression else CrossEntropy(),
        optimizer=AdamW(learning_rate=0.002, weight_decay=0.05) if picture else _optimizer(figure),
        training=_training(rows, figure, PICTURE_STEPS if picture else TABLE_STEPS),
    )


def network_for(kind: type[Network], shape: tuple[int, ...]) -> Network:
    """The network of a kind that is proposed for rows of this shape, where it can take them."""
    network = kind()
    return network if network.refusal(shape) else network.usual(shape)


def _size(data: DataChoice, sample: "Sample | None") -> Size:
    if sample is not None:
        from core.data.pixels import shape_of

        return Size(sample.task, sample.table.rows, len(sample.inputs), len(sample.classes), shape_of(sample))
    if isinstance(data, BuiltIn):
        return Size(data.task, *data.size, shape=data.shape)
    assert isinstance(data, Generator), "a person's own table is given as a sample"
    return Size(data.task, data.rows, data.columns, shape=data.shape)


def _network(figure: bool, classes: int) -> Dense:
    """Two layers of ReLU with He's initialisation; wider in front of many classes, so that none is squeezed out."""
    wide = (128, 128) if classes > MANY_CLASSES else (64, 32)
    units = (32, 32) if figure else wide
    return Dense(layers=tuple(DenseLayer(units=width) for width in units))


def _optimizer(figure: bool) -> OptimizerChoice:
    """A strong decoupled weight decay is what kept small noisy tables (diabetes: R² 0.49 instead of 0.39 without) at
    their best and cost the others nothing."""
    return Adam(learning_rate=0.01) if figure else AdamW(learning_rate=0.003, weight_decay=0.5)


def _training(rows: int, figure: bool, steps: int) -> Training:
    """Epochs from a budget of steps. Tables stop where validation stops improving; figures run through."""
    batch = next(size for most, size in BATCHES if rows <= most)
    train = max(1.0, rows * (1 - Split().validation - Split().test))
    epochs = round((FIGURE_STEPS if figure else steps) * batch / train)
    return Training(
        epochs=min(MOST_EPOCHS, max(FEWEST_EPOCHS, epochs)),
        batch_size=batch,
        early_stopping=None if figure else EarlyStopping(patience=20),
    )
