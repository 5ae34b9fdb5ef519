"""What a rule says: a finding with its evidence, and the remedies that answer it."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from core.experiment import Experiment

Zone = Literal["present", "watch", "absent"]
Severity = Literal["blocks", "costs", "consequence", "watch"]
Page = Literal["gradients", "curves", "activations", "outputs", "rows", "data", "through"]


@dataclass(frozen=True)
class Remedy:
    """A change of the experiment that answers a finding."""

    id: str
    label: str
    """What is done, in words."""
    change: dict[str, Any]
    """Dotted path in the experiment: new value. Experiment.changed applies it."""
    price: str = "costs nothing"
    """What it costs, in words."""
    short: str = ""
    """The same in two words or three; empty where the label is as short."""

    @property
    def name(self) -> str:
        """What it is called beside a plot and in lists."""
        return self.short or self.label

    def applied(self, experiment: Experiment) -> Experiment:
        """The experiment with this remedy."""
        return experiment.changed(self.change)


@dataclass(frozen=True)
class Finding:
    """One symptom with its evidence. A rule that sees nothing gives one too, with zone "absent"."""

    id: str
    title: str
    page: Page
    """The page whose chart proves it."""
    zone: Zone = "absent"
    severity: Severity = "watch"
    layers: tuple[int, ...] = ()
    """Layers that show it, counted from 1; empty where it is not about a layer."""
    epoch: int | None = None
    """Epoch of onset; 0: before the first step."""
    value: float | None = None
    """The number that was measured; None where nothing could be judged (yet)."""
    threshold: float | None = None
    measured: str = ""
    """What the number is of; empty where there is no threshold."""
    unit: str = ""
    source: str = ""
    """Where the threshold comes from."""
    margin: float | None = None
    """How far beyond the threshold, as a factor: above 1 it is beyond."""
    message: str = ""
    """Two sentences: what it is here, in numbers; what follows from it."""
    cause: str | None = None
    """The finding that this one follows from."""
    replicas: tuple[int, int] = (1, 1)
    """In how many replicas it is present (or, in the zone watch, beyond the watch threshold), of how many judged."""
    remedies: tuple[Remedy, ...] = ()

    @property
    def is_present(self) -> bool:
        """Whether it raises an alarm."""
        return self.zone == "present"

    @property
    def is_judged(self) -> bool:
        """Whether the evidence allowed a verdict."""
        return self.zone != "absent" or self.value is not None

    @property
    def layer(self) -> int | None:
        """The first of its layers, if it is about a layer."""
        return self.layers[0] if self.layers else None

    def following(self, cause: str) -> "Finding":
        """The same finding as a consequence: without remedies, for its cause has them."""
        return replace(self, cause=cause, severity="consequence", remedies=())
