"""What a run may use, checked before anything is allocated."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.experiment import Experiment
from core.refusal import Problem
from core.settings import Settings

if TYPE_CHECKING:
    from core.data.sample import Sample
    from core.data.splits import Splits

BASE_MIB = 300
"""Resident memory of a worker that holds torch, scikit-learn and no run yet (measured: 280 MiB)."""
COPIES = 7
"""Weights, gradient, two moments of the optimizer, best weights, the copy for update sizes, one in flight."""
TRACES = 6
"""Per unit and row of a batch: pre-activation, activation, normalised value, mask, and their gradients."""
MEASURED_ROWS = 4_096
"""Rows that pass through the network at once when it is evaluated."""
DATA_COPIES = 4
"""The table, the prepared numbers, the tensor, and one in flight."""


@dataclass(frozen=True)
class Shape:
    """The size of data. columns: of the table; features, outputs: numbers per row into and out of the network; row:
    what the features are together (see Splits.shape), where known."""

    rows: int
    columns: int = 0
    features: int = 0
    outputs: int = 0
    row: tuple[int, ...] = ()

    @property
    def entering(self) -> tuple[int, ...]:
        """What enters the network; one number where that is not known yet."""
        return self.row or (max(self.features, 1),)


def shape_of_sample(sample: "Sample") -> Shape:
    """What is known of data before they are prepared."""
    return Shape(rows=sample.table.rows, columns=len(sample.table.columns))


def shape_of_splits(splits: "Splits") -> Shape:
    """What is known of prepared data."""
    outputs = splits.classes or splits.targets.shape[1]
    return Shape(rows=len(splits.targets), features=splits.features, outputs=outputs, row=splits.shape)


def problems(experiment: Experiment, shape: Shape | None, chosen: Settings) -> list[Problem]:
    """Every limit that the experiment exceeds, as far as its data are known, each with what to do."""
    training = experiment.training
    found = [
        _over("training.epochs", "epochs", training.epochs, chosen.epochs, "Choose fewer"),
        _over("training.replicas", "seeds", training.replicas, chosen.replicas, "Choose fewer"),
        _over("data.rows", "rows", getattr(experiment.data, "rows", 0), chosen.rows, "Draw fewer"),
    ]
    if shape is not None:
        found += [
            _over("data", "rows", shape.rows, chosen.rows, "Take a part of the table"),
            _over("data", "columns", shape.columns, chosen.columns, "Choose fewer columns"),
            _over("data.columns", "numbers per row", shape.features, chosen.features, "Leave out wide columns"),
            *_too_large(experiment, shape, chosen),
        ]
    return [problem for problem in found if problem is not None]


def parameters(experiment: Experiment, shape: Shape) -> int:
    """Parameters of all replicas together. Inputs and outputs that are not known yet count as one."""
    network = experiment.network
    return experiment.training.replicas * network.parameters(shape.entering, max(shape.outputs, 1))


def memory_mib(experiment: Experiment, shape: Shape) -> int:
    """Memory that a run will need, in MiB: an estimate from sizes alone, on the high side."""
    training = experiment.training
    widths = experiment.network.widths(shape.entering, max(shape.outputs, 1))
    batch = min(training.batch_size, max(shape.rows, 1))
    traces = TRACES * batch * sum(widths) + 2 * min(MEASURED_ROWS, shape.rows) * max(widths)
    data = DATA_COPIES * shape.rows * max(shape.features, shape.columns)
    numbers = COPIES * parameters(experiment, shape) + training.replicas * traces + data
    return BASE_MIB + numbers * 4 // 2**20


def _too_large(experiment: Experiment, shape: Shape, chosen: Settings) -> list[Problem | None]:
    advice = "Choose fewer or narrower layers, or fewer seeds"
    if experiment.network.problems(shape.entering, getattr(experiment.data, "task", "classification")):
        return []  # what cannot be built is said where it would be built
    return [
        _over("network.layers", "parameters", parameters(experiment, shape), chosen.parameters, advice),
        _over("network.layers", "MiB of memory", memory_mib(experiment, shape), chosen.memory_mib, advice),
    ]


def _over(path: str, what: str, given: int, most: int, advice: str) -> Problem | None:
    if given <= most:
        return None
    return Problem(path, f"{given:,} {what} are more than the {most:,} that this installation allows. {advice}.")
