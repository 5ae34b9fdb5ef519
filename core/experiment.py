"""The experiment: everything a person chose, as one frozen piece of JSON."""

from copy import deepcopy
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationError

from core.choices.base import Choice
from core.choices.losses import AnyLoss, CrossEntropy
from core.choices.networks import AnyNetwork, Dense
from core.choices.optimizers import Adam, AnyOptimizer
from core.choices.preparation import AnySplit, Preparation, Split
from core.choices.regularisation import Regularisation
from core.choices.schedules import AnySchedule, Constant
from core.choices.tables import AnyData, Iris
from core.choices.training import Training
from core.problems import problems_of
from core.refusal import Problem


class Experiment(Choice):
    """Data, split, preparation, network, loss, optimizer, schedule, regularisation, training: what a run executes."""

    model_config = ConfigDict(title="Experiment")
    version: Literal[1] = 1
    name: str = Field("", max_length=200, title="Name", description="How the run is called in lists")
    data: AnyData = Field(Iris(), title="Data")
    split: AnySplit = Field(Split(), title="Split")
    preparation: Preparation = Field(Preparation(), title="Preparation")
    network: AnyNetwork = Field(Dense(), title="Network")
    loss: AnyLoss = Field(CrossEntropy(), title="Loss")
    optimizer: AnyOptimizer = Field(Adam(), title="Optimiser")
    schedule: AnySchedule = Field(Constant(), title="Schedule")
    regularisation: Regularisation = Field(Regularisation(), title="Against overfitting")
    training: Training = Field(Training(), title="Training")

    def changed(self, changes: dict[str, Any]) -> "Experiment":
        """The experiment with dotted paths set: {"optimizer.learning_rate": 0.1, "network.layers.0.units": 8}.
        A whole choice may be set too: {"optimizer": {"kind": "sgd"}}. Raises ValidationError, KeyError, IndexError."""
        tree = self.model_dump(mode="json")
        for path, value in changes.items():
            _set(tree, path.split("."), deepcopy(value))  # a later path may lead into it
        return Experiment.model_validate(tree)


def parse(tree: Any) -> tuple[Experiment | None, list[Problem]]:
    """An experiment from JSON, or every problem with it."""
    try:
        return Experiment.model_validate(tree), []
    except ValidationError as error:
        return None, problems_of(error, tree)


def _set(tree: Any, path: list[str], value: Any) -> None:
    for part in path[:-1]:
        tree = tree[int(part)] if isinstance(tree, list) else tree[part]
    if isinstance(tree, list):
        tree[int(path[-1])] = value
    else:
        tree[path[-1]] = value
