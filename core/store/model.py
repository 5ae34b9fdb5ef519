"""What goes into the store and comes out of it: frozen, plain values."""

from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["queued", "running", "finished", "stopped", "failed", "interrupted"]
Request = Literal["go", "pause", "stop"]

ENDED: frozenset[str] = frozenset({"finished", "stopped", "failed", "interrupted"})
"""States in which nothing more is recorded; a run never leaves them."""

EDGES: dict[str, frozenset[str]] = {
    "queued": frozenset({"running", "stopped", "failed"}),
    "running": ENDED,
    **{state: frozenset() for state in ENDED},
}
"""From which state a run may go to which."""

LOCAL_OWNER = "local"
"""Who owns everything where nobody logs in; also the command line's owner unless told otherwise."""

CURVE_POINTS = 60
"""Most points of the short validation curve that a run carries for lists."""

NewBatch = tuple[str, int, bytes]
"""(kind, epoch, bytes): something recorded."""


class StoreError(Exception):
    """The store cannot do it; the message is a plain sentence without paths or SQL, fit for a screen."""


class StoreBusyError(StoreError):
    """Another process holds the store; the same call may work in a moment."""


class StoreFullError(StoreError):
    """There is no room left; the same call may work once space is freed."""


class RunGoneError(StoreError):
    """The run is deleted, or no longer running: whoever executes it must end."""


@dataclass(frozen=True)
class Process:
    """One process of one machine, told apart from a later process with the same number by its start."""

    host: str
    pid: int
    started: str


@dataclass(frozen=True)
class Progress:
    """How far a run is. curve: the validation loss so far, thinned to at most CURVE_POINTS."""

    epoch: int
    epochs: int
    seconds_per_epoch: float | None = None
    curve: tuple[float, ...] = ()


@dataclass(frozen=True)
class Run:
    """One execution of an experiment as the store knows it. Times are seconds since 1970; None: not yet."""

    id: str
    owner: str
    name: str
    study: str | None
    position: int | None
    """Place within the study, from 0."""
    state: State
    request: Request
    """What its owner last asked for: "stop" on a running run reads "stopping", "pause" reads "paused"."""
    experiment: dict[str, Any]
    meta: dict[str, Any] | None
    summary: dict[str, Any] | None
    reason: str | None
    """Why it failed, stopped or was interrupted, in a sentence."""
    created: float
    started: float | None
    ended: float | None
    heartbeat: float | None
    epoch: int
    epochs: int
    seconds_per_epoch: float | None
    place: int | None = None
    """While queued: runs that start before it."""
    sequence: int = 0
    """Sequence number of the newest batch; 0 before the first."""
    curve: list[float] = field(default_factory=list)
    process: Process | None = None
    runner: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be recorded."""
        return self.state in ENDED


@dataclass(frozen=True)
class Revision:
    """What a polling page compares to see whether anything is new."""

    state: State
    request: Request
    sequence: int
    epoch: int
    heartbeat: float | None


@dataclass(frozen=True)
class StoredTable:
    """A table that somebody brought. details: rows, columns, report of the reading (JSON). size: bytes of Parquet."""

    id: str
    owner: str
    name: str
    details: dict[str, Any]
    size: int
    created: float


@dataclass(frozen=True)
class StoredWeights:
    """The weights of one replica at one epoch. label: best or last. data: safetensors."""

    replica: int
    label: str
    epoch: int
    data: bytes


@dataclass(frozen=True)
class RunnerInfo:
    """The runner that holds the store's lease. process is None while it starts. details: devices, capacity."""

    token: str
    process: Process | None
    heartbeat: float
    details: dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A short job that somebody waits for, such as a preview."""

    id: str
    kind: str
    payload: dict[str, Any]
    created: float


@dataclass(frozen=True)
class Usage:
    """How much one person has in the store."""

    runs: int
    waiting: int
    running: int
    tables: int
