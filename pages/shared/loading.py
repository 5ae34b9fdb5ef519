"""What pages read: runs, records, previews, tables; cached by run and revision so that a hundred viewers of one run
cost one reading."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from core import naming
from core.analysis.record import Record
from core.experiment import Experiment, parse
from core.recording.schemas import SCHEMAS, Kind, from_bytes
from core.running.ensure import RunnerState, ensure_runner
from core.running.export import to_csv
from core.settings import settings
from core.store import Run, Store, open_store
from pages.shared import viewer

Answer = dict[str, Any]

POLL_S = 1.0
"""How often the Train page asks for news of its run."""
SOON_S = 0.25
"""How often a page looks before there is a first epoch."""
DIAGNOSE_S = 2.0
"""How often the other pages do: they draw more of it."""
FIRST_S, JUST_NOW_S = 0.6, 2.0
"""How long a page waits for the first epoch, of a run how young (our choice: a warm runner needs 0.2 s)."""
PIECES = 16
"""Into so many pieces the rows of a kind may fall before they are put together, which costs a copy: whoever looks
through them pays for each (the newest answers of ten seeds: 43 ms in one piece, 106 in 203, measured)."""
FRESH_S = 0.9
"""News this young are shared between the viewers of a run."""
STARTING_S = 5.0
"""What a runner that was only just started may need before its first answer, on top of the answer itself."""


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The one store of this deployment."""
    return open_store()


@st.cache_data(ttl=2.0, show_spinner=False)
def wake_runner() -> RunnerState:
    """Starts the local runner if none is alive, and says whether one is; asked at most every two seconds."""
    return ensure_runner(store())


def run(run_id: str | None) -> Run | None:
    """The run, if it is this person's."""
    return store().run(run_id, viewer.owner()) if run_id else None


def begun(seen: Run) -> Run:
    """The run. One that was queued a moment ago is waited for until its first epoch, so that a page shows this at once
    and not with its next look."""
    until = time.monotonic() + FIRST_S
    while not seen.is_over and not seen.epoch and time.time() - seen.created < JUST_NOW_S:
        if time.monotonic() > until:
            break
        time.sleep(0.02)
        seen = run(seen.id) or seen
    return seen


def recent_runs(limit: int = 50) -> list[Run]:
    """This person's newest runs, without experiment and meta."""
    return store().runs(viewer.owner(), limit=limit, brief=True)


class _Growing:
    """The record of one run as far as it has been read; each kind is read when it is first looked at, and from then on
    only what is new of it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kinds: dict[Kind, tuple[pa.Table, int, int]] = {}
        """By kind: its rows, the newest sequence number among them, and that of the run when they were read."""
        self.record = Record.empty()
        self.revision: tuple[Any, ...] = ()

    def refresh(self, looked_at: Run) -> Record:
        """The record now."""
        revision = (looked_at.sequence, looked_at.state, looked_at.meta is not None)
        with self.lock:
            if revision != self.revision:
                self.record = Record(looked_at.meta or {}, looked_at.state, _Tables(self, looked_at))
                self.revision = revision
            return self.record

    def table(self, kind: Kind, looked_at: Run) -> pa.Table:
        """All rows of a kind, at least up to what the run had recorded when it was looked at."""
        with self.lock:
            rows, last, read_at = self.kinds.get(kind, (SCHEMAS[kind].empty_table(), 0, -1))
            if read_at < looked_at.sequence:
                new, last = store().records(looked_at.id, kind, after=last, owner=looked_at.owner)
                rows = pa.concat_tables([rows, from_bytes(kind, new)]) if new else rows
                rows = rows.combine_chunks() if rows.column(0).num_chunks > PIECES else rows
                self.kinds[kind] = rows, last, looked_at.sequence
            return rows


class _Tables(Mapping[Kind, pa.Table]):
    """A record's tables, read when they are looked at."""

    def __init__(self, growing: _Growing, looked_at: Run) -> None:
        self._growing = growing
        self._looked_at = looked_at

    def __getitem__(self, kind: Kind) -> pa.Table:
        if kind not in SCHEMAS:
            raise KeyError(kind)
        return self._growing.table(kind, self._looked_at)

    def __iter__(self) -> Iterator[Kind]:
        return iter(SCHEMAS)

    def __len__(self) -> int:
        return len(SCHEMAS)


@st.cache_resource(max_entries=64, show_spinner=False)
def _growing(run_id: str) -> _Growing:
    return _Growing()


def record(looked_at: Run) -> Record:
    """What the run has recorded until now. The run was read through its owner's check, so its record may be."""
    return _growing(looked_at.id).refresh(looked_at)


def snapshot(run_id: str) -> tuple[Run, Record] | None:
    """A run and its record for a live page: at most FRESH_S old and shared, so that a hundred tabs cost one reading
    and, the sequence being the same, one making of each chart."""
    return _snapshot(run_id, viewer.owner())


def first_look(run_id: str) -> tuple[Run, Record] | None:
    """The same as it is this moment, for a page that waits for the first epoch."""
    now = run(run_id)
    return None if now is None else (now, record(now))


@st.cache_resource(ttl=FRESH_S, max_entries=256, show_spinner=False)
def _snapshot(run_id: str, owner: str) -> tuple[Run, Record] | None:
    now = store().run(run_id, owner)
    return None if now is None else (now, record(now))


def request(run_id: str, what: str) -> None:
    """Asks a run to stop, pause or go on."""
    store().request(run_id, viewer.owner(), what)


def order(run_id: str, what: dict[str, Any]) -> None:
    """Tells a run something while it trains; see core.choices.orders."""
    store().order(run_id, viewer.owner(), what)


def preview(experiment: dict[str, Any]) -> Answer:
    """What one pass at initialisation shows, or {"problems": [sentences]}."""
    parts = ("data", "split", "preparation", "network", "loss", "training")
    seen = {name: experiment[name] for name in parts}
    seen["training"] = {name: experiment["training"][name] for name in ("seed", "batch_size", "replicas")}
    return ask("preview", experiment=seen)


def ask(kind: str, **payload: Any) -> Answer:
    """The runner's answer to a question, kept for a while; {"problems": [sentences]} where there is none."""
    try:
        return _answered(kind, json.dumps(payload, sort_keys=True), viewer.owner())
    except _NoAnswerError as error:
        return error.answer


class _NoAnswerError(Exception):
    """Carries what was said instead of an answer past the cache, so that it is asked again next time."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("no answer")
        self.answer = answer


@st.cache_data(ttl=3600, max_entries=256, show_spinner=False)
def _answered(kind: str, payload: str, owner: str) -> Answer:
    runner = wake_runner()
    if not runner.is_alive and not runner.is_starting:
        raise _NoAnswerError({"problems": ["No runner is alive to answer. Start one: python -m core runner."]})
    asked = store().ask(kind, {**json.loads(payload), "owner": owner})
    until = time.monotonic() + settings().preview_seconds + STARTING_S
    while time.monotonic() < until:
        wake_runner()  # one that ended for want of work between the two looks is started again
        answer = store().answer(asked)
        if answer is not None and "problems" in answer:
            raise _NoAnswerError(answer)
        if answer is not None:
            return answer
        time.sleep(0.01)
    slow = "The runner does not answer. It may still be starting: try again in a few seconds."
    raise _NoAnswerError({"problems": [slow]})


def is_a(kind: str, run_id: str | None) -> bool:
    """Whether the selected run's network is of this kind."""
    looked_at = run(run_id)
    return looked_at is not None and looked_at.experiment["network"]["kind"] == kind


def csv_button(title: str, table: pd.DataFrame, looked_at: Run) -> None:
    """A download of a table as CSV, text marked that a spreadsheet would run. The file's name holds the run's
    unguessable id, so that no two share a download."""
    name = "-".join(title.lower().split())
    st.download_button(
        "CSV",
        lambda: to_csv(pa.Table.from_pandas(table, preserve_index=False)),
        f"layerscope-{name}-{looked_at.id}.csv",
        "text/csv",
        key=f"csv-{name}-{looked_at.id}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def name(experiment: Experiment) -> str:
    """What a run of this experiment is called; an own table by its name."""
    return naming.name(experiment, table_name(experiment))


def table_name(experiment: Experiment) -> str:
    """What the person called the table; empty where it is none of their own, or there no more."""
    if experiment.data.kind != "table":
        return ""
    stored = store().table(experiment.data.table, viewer.owner())
    return stored.name if stored else ""


def architecture(looked_at: Run) -> str:
    """One line about how the run's network is built and trained."""
    known, _ = parse(looked_at.experiment)
    ended = looked_at.epoch if looked_at.is_over else None
    return naming.architecture(known, looked_at.meta, ended) if known else ""
