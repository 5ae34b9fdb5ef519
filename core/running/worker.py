"""Executes one run: reads its experiment from the store, trains, records. However it ends, the run says so."""

import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import devices
from core.experiment import Experiment, parse
from core.refusal import Refusal
from core.running.control import Control
from core.running.environment import become, forget_secrets, taken
from core.running.executor import complain
from core.running.loading import prepared, table_reader
from core.running.planes import usual_plane
from core.running.process import this_process
from core.running.sink import Heartbeat, RecordLostError, StoreSink
from core.running.treatment import go_on
from core.running.watch import UNRECORDED
from core.settings import Settings
from core.store import Progress, Run, Store, StoreError
from core.store.model import RunGoneError, State

if TYPE_CHECKING:
    from core.data.fitted import Fitted
    from core.data.prepare import Prepared
    from core.data.splits import Splits

BUSY_SECONDS = 1.0
"""How long one write of a worker waits for others before training goes on and it is tried again."""
AUTOGROUP = Path("/proc/self/autogroup")
AUTOGROUP_TRIES, AUTOGROUP_WAIT_S = 5, 0.1
"""Linux lets one process of the machine write there in 0.1 s, unless it may do anything (sched_autogroup_nice)."""
_NO_MEMORY = ("can't allocate memory", "out of memory", "cannot allocate", "not enough memory")
_OUT_OF_MEMORY = (
    "Out of memory: the network or the table is too large for this machine. Choose smaller layers or batches."
)


class DeviceNeededError(Exception):
    """The run takes a CUDA device, and this process must not start CUDA."""

    def __init__(self, control: Control) -> None:
        super().__init__("a CUDA device is needed")
        self.control = control


def work_in_background(store: Store, run_id: str, chosen: Settings, until: float | None = None) -> int:
    """The life of a worker process that nobody watches; gives its exit code. until: of a fresh interpreter that was a
    fork, which stepped back and was limited: when the run's time is over (see Control)."""
    forget_secrets()
    if until is None:
        step_back(chosen.niceness)
        limit_memory(chosen)
    else:
        lift_limits()
    try:
        run = execute(store, run_id, chosen, until=until)
        go_on(store, run.owner, run.study, chosen)
    except DeviceNeededError as needed:
        needed.control.hand_on()
        become(("core.running.worker",), store, chosen, run=run_id, until=needed.control.until)
    except RunGoneError:
        return 0
    except (RecordLostError, StoreError):
        complain()
        return UNRECORDED
    return 0


def execute(
    store: Store,
    run_id: str,
    chosen: Settings,
    ready: "Prepared | None" = None,
    tell: Callable[[Progress], None] | None = None,
    until: float | None = None,
) -> Run:
    """Train a run that is in state running, and end it; gives what it was. Raises RecordLostError where the store
    cannot be written.

    ready: the data, where they are prepared already. tell: hears how far it is. until: see Control."""
    run = store.attach(run_id, this_process())
    sink = StoreSink(store, run_id, tell, chosen.patience_seconds)
    control = Control(store, run_id, sink, chosen, until)
    control.listen()
    with Heartbeat(store, run_id):
        state, reason, summary = _outcome(store, run, sink, control, chosen, ready)
        if not sink.is_gone:
            sink.close()
            sink.finish(state, reason, summary)
    return run


def limit_memory(chosen: Settings) -> None:
    """A cut at the memory limit, where one is set."""
    if chosen.hard_memory_mib is not None and sys.platform != "win32":
        import resource

        most = chosen.hard_memory_mib * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def step_back(levels: int) -> None:
    """Let other programs have the processors first. Linux shares them between sessions before it looks at the niceness
    of a process (sched(7), autogroup), so a session of our own steps back as well."""
    if hasattr(os, "nice"):
        os.nice(levels)
    if not AUTOGROUP.exists() or os.getsid(0) != os.getpid():
        return
    for _ in range(AUTOGROUP_TRIES):
        try:
            AUTOGROUP.write_text(str(levels))
            return
        except BlockingIOError:  # only so many of one machine may do so in a second
            time.sleep(AUTOGROUP_WAIT_S)
        except OSError:
            return


def lift_limits() -> None:
    """No cut at a size of the address space: CUDA reserves more of it than there is memory."""
    import resource

    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _outcome(
    store: Store, run: Run, sink: StoreSink, control: Control, chosen: Settings, ready: "Prepared | None"
) -> tuple[State, str | None, dict[str, Any] | None]:
    """How the run ended: its state, the reason in a sentence, and the engine's summary."""
    try:
        summary = _train(store, run, sink, control, chosen, ready)
        state, reason = _ended(control, summary, chosen)
        return state, reason, summary
    except Refusal as refusal:
        return "failed", _sentences(refusal), None
    except RecordLostError:
        raise
    except DeviceNeededError:
        control.hold()
        if control() != "stop":
            raise
        return *_ended(control, {"outcome": "stopped"}, chosen), None
    except MemoryError:
        return "failed", _OUT_OF_MEMORY, None
    except Exception as error:
        complain()
        if any(sign in str(error).lower() for sign in _NO_MEMORY):
            return "failed", _OUT_OF_MEMORY, None
        return (
            "failed",
            f"Training broke off with an error of its own ({type(error).__name__}). Its log has more.",
            None,
        )


def _train(
    store: Store, run: Run, sink: StoreSink, control: Control, chosen: Settings, ready: "Prepared | None"
) -> dict[str, Any]:
    import torch

    from core.training.loop import takes_cuda, train

    torch.set_num_threads(1)
    experiment, problems = parse(run.experiment)
    if experiment is None:
        raise Refusal(*problems)
    ready = ready or prepared(experiment, store, run.owner, chosen)
    splits = ready.splits
    if devices.hidden() and takes_cuda(experiment, splits):
        raise DeviceNeededError(control)
    sink.append([("preparation", 0, preparation_table(ready.steps))])
    sink.then(lambda: sink.append([("baselines", 0, baseline_table(splits, experiment))]))
    plane = usual_plane(experiment, ready, table_reader(store, run.owner)) if experiment.data.kind != "file" else None
    summary = train(experiment, splits, sink, control, plane=plane, orders=control.orders)
    if summary.outcome == "finished":  # forests take a moment, for which neither training nor a stop should wait
        sink.append([("doubts", 0, doubt_table(splits))])
    return dataclasses.asdict(summary)


def preparation_table(steps: "Sequence[Fitted]") -> Any:
    """What was fitted on the training rows, as a table of kind "preparation": with it a new row can be predicted."""
    import pyarrow as pa

    from core.recording.schemas import PREPARATION

    rows = [{"fold": fold, "fitted": json.dumps(step.describe())} for fold, step in enumerate(steps)]
    return pa.Table.from_pylist(rows, schema=PREPARATION)


def baseline_table(splits: "Splits", experiment: Experiment) -> Any:
    """What a guess and a linear model reach, as a table of kind "baselines"."""
    import pyarrow as pa

    from core.data.baselines import baselines
    from core.recording.schemas import BASELINES

    rows = [dataclasses.asdict(baseline) for baseline in baselines(splits, experiment.loss)]
    return pa.Table.from_pylist(rows, schema=BASELINES)


def doubt_table(splits: "Splits") -> Any:
    """What speaks for or against the validation score, as a table of kind "doubts"."""
    import pyarrow as pa

    from core.data.doubts import doubts
    from core.recording.schemas import DOUBTS

    return pa.Table.from_pylist([dataclasses.asdict(doubt) for doubt in doubts(splits)], schema=DOUBTS)


def _ended(control: Control, summary: dict[str, Any], chosen: Settings) -> tuple[State, str | None]:
    if summary["outcome"] != "stopped":
        return summary["outcome"], summary.get("reason")
    at = f"at epoch {summary.get('epochs', 0):,}"
    if control.cause == "limit":
        return "stopped", f"Stopped {at}: it took the {chosen.wall_seconds:,g} seconds that a run may take here."
    if control.cause == "signal":
        return "interrupted", f"Interrupted {at}: the worker process was asked to end. What was recorded is kept."
    return "stopped", f"Stopped {at}, as asked."


def _sentences(refusal: Refusal) -> str:
    said = (problem.message.rstrip(".") for problem in refusal.problems)
    return " ".join(f"{words[:1].upper()}{words[1:]}." for words in said)


def main() -> int:
    """The entry of a fresh interpreter; run id, settings and the store's address come on standard input."""
    url, chosen, more = taken(sys.stdin.read())
    store = Store.connect(url, BUSY_SECONDS)
    return work_in_background(store, str(more["run"]), chosen, more.get("until"))


if __name__ == "__main__":
    sys.exit(main())
