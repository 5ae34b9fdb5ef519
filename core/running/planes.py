"""In which plane a run's answers are pictured: its own one or two columns where it has no more, else principal
components, or two columns that a person chose."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.experiment import Experiment
from core.refusal import Problem, Refusal

if TYPE_CHECKING:
    from core.data.prepare import Prepared
    from core.data.sample import Sample
    from core.data.table import Table
    from core.representation.plane import Plane

    Derived = Callable[[Mapping[str, np.ndarray]], Mapping[str, np.ndarray]]


def usual_plane(experiment: Experiment, ready: "Prepared", read_table: "Callable[[str], Table]") -> "Plane":
    """The plane in which a run is pictured while it trains."""
    from core.representation.plane import principal_plane, ready_plane

    shown, derived = drawn_in(experiment)
    if shown is None:
        columns = number_columns(ready)
        if ready.splits.features > 2 or len(columns) != ready.splits.features:
            return principal_plane(ready.splits) if ready.splits.features > 2 else ready_plane(ready.splits)
        shown = tuple(columns)
    return through(experiment.data.load(read_table), ready, shown, derived)


def chosen_plane(sample: "Sample", ready: "Prepared", columns: Sequence[str]) -> "Plane":
    """The plane of two columns that a person chose. Raises Refusal."""
    known = number_columns(ready)
    wrong = [name for name in columns if name not in known]
    if wrong or len(set(columns)) != 2:
        shown = ", ".join(repr(name[:40]) for name in known[:8])
        raise Refusal(Problem("columns", f"choose two different columns that enter as numbers: {shown}"))
    return through(sample, ready, columns)


def number_columns(ready: "Prepared") -> list[str]:
    """Columns that enter the network as one number each, or as yes and no."""
    step = ready.steps[0]
    entries = [entry for entry in step.numbers if entry["part"] is None] + step.flags
    return [entry["column"] for entry in entries]


def drawn_in(experiment: Experiment) -> "tuple[tuple[str, ...] | None, Derived | None]":
    """The two columns in which a table of derived inputs is drawn, and the way from them to its columns; (None, None)
    where the inputs are the table's own columns."""
    inputs = getattr(experiment.data, "inputs", None)
    if inputs is None or set(inputs) <= {"x", "y"} and len(inputs) == 2:
        return None, None
    from core.data.derived import PLAIN, derived

    return PLAIN, derived


def through(sample: "Sample", ready: "Prepared", columns: Sequence[str], derived: "Derived | None" = None) -> "Plane":
    """The plane of these columns of a table."""
    from core.data.columns import numbers
    from core.representation.plane import column_plane

    values = {name: numbers(sample.table, name)[ready.splits.rows] for name in columns}
    return column_plane(ready.splits, ready.steps[0], values, derived)
