"""From an experiment to numbers ready for training, within the limits of the installation."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from core.experiment import Experiment
from core.refusal import Problem, Refusal
from core.running.limits import problems, shape_of_sample, shape_of_splits
from core.settings import Settings
from core.store import Store

if TYPE_CHECKING:
    from core.choices.tables import DataChoice
    from core.data.prepare import Prepared
    from core.data.sample import Sample
    from core.data.table import Table

KEPT = 8
"""Prepared data sets that are kept for previews (our choice: more than anyone switches between)."""


def prepared(experiment: Experiment, store: Store, owner: str, chosen: Settings) -> "Prepared":
    """The experiment's data, split and prepared. Raises Refusal with every problem, limits included."""
    from core.data.prepare import prepare

    refuse(problems(experiment, None, chosen))
    if experiment.data.kind == "file":
        raise Refusal(Problem("data.kind", "a file must have been read into a table before it can be trained on"))
    sample = experiment.data.load(table_reader(store, owner))
    refuse(problems(experiment, shape_of_sample(sample), chosen))
    ready = prepare(sample, experiment.split, experiment.preparation, experiment.training.replicas)
    return _asked(ready, experiment, chosen)


def _asked(ready: "Prepared", experiment: Experiment, chosen: Settings) -> "Prepared":
    """The data with what the network is to answer, within the limits. Raises Refusal."""
    ready = replace(ready, splits=experiment.network.asked(ready.splits))
    refuse(problems(experiment, shape_of_splits(ready.splits), chosen))
    return ready


def table_reader(store: Store, owner: str) -> "Callable[[str], Table]":
    """Reads this owner's tables by id. It raises Refusal where there is none."""

    def read(table_id: str) -> "Table":
        from core.data.table import Table

        data = store.table_data(table_id, owner)
        if data is None:
            raise Refusal(Problem("data.table", "there is no such table any more: upload it again, or choose another"))
        return Table.from_parquet(data)

    return read


def refuse(found: list[Problem]) -> None:
    """Raise what was found, if anything was."""
    if found:
        raise Refusal(*found)


class PreparedCache:
    """The last few prepared data sets, so that editing layers does not prepare the same rows anew."""

    def __init__(self, store: Store, chosen: Settings) -> None:
        self.store = store
        self._settings = chosen
        self._kept: OrderedDict[str, Prepared] = OrderedDict()

    def sample(self, choice: "DataChoice", owner: str) -> "Sample":
        """A table with what is asked of it. Raises Refusal."""
        if choice.model_dump()["kind"] == "file":
            raise Refusal(Problem("data.kind", "files are read on the command line only: upload the table instead"))
        return choice.load(table_reader(self.store, owner))

    def get(self, experiment: Experiment, owner: str) -> "Prepared":
        """The experiment's data; the network is checked against the limits each time. Raises Refusal."""
        key = self._key(experiment, owner)
        if key in self._kept:
            self._kept.move_to_end(key)
            return _asked(self._kept[key], experiment, self._settings)
        ready = prepared(experiment, self.store, owner, self._settings)
        self._kept[key] = ready
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return ready

    def _key(self, experiment: Experiment, owner: str) -> str:
        if experiment.data.kind == "table" and self.store.table(experiment.data.table, owner) is None:
            raise Refusal(Problem("data.table", "there is no such table any more: upload it again, or choose another"))
        parts = experiment.model_copy(update={"name": ""}).model_dump_json(include={"data", "split", "preparation"})
        return f"{owner} {experiment.training.replicas} {experiment.network.kind == 'autoencoder'} {parts}"
