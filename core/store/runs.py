"""Runs: queue, claim, follow, end. Every change of a run's state goes through here."""

import json
import time
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, literal, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from core.store.database import Database
from core.store.model import ENDED, Process, Progress, Request, Revision, Run, RunGoneError, State, Usage
from core.store.schema import NOTES, RUNS, TABLES

_BRIEF = [column for column in RUNS.c if column.name not in ("experiment", "meta")]


class Runs:
    """The part of the store that knows runs. Public reads and changes ask for the owner; a foreign run is no run."""

    db: Database

    def queue(
        self,
        owner: str,
        experiment: dict[str, Any],
        name: str = "",
        study: str | None = None,
        position: int | None = None,
        process: Process | None = None,
    ) -> str:
        """A new run, waiting for the runner; or, with `process`, one that this process executes itself at once."""
        now = time.time()
        row = {
            "id": uuid.uuid4().hex,
            "owner": owner,
            "name": name,
            "study": study,
            "position": position,
            "state": "queued" if process is None else "running",
            "request": "go",
            "created": now,
            "epoch": 0,
            "epochs": int(experiment.get("training", {}).get("epochs", 0)),
            "sequence": 0,
            "experiment": json.dumps(experiment),
        }
        if process is not None:
            row |= {"started": now, "heartbeat": now, **_process_columns(process)}
        with self.db.writing() as connection:
            connection.execute(RUNS.insert(), row)
        return str(row["id"])

    def run(self, run_id: str, owner: str) -> Run | None:
        """One run of this owner, with its place in line."""
        with self.db.reading() as connection:
            row = connection.execute(select(*RUNS.c).where(_of(run_id, owner))).one_or_none()
            place = _place(connection, row.number) if row is not None and row.state == "queued" else None
        return None if row is None else _run(row, place)

    def runs(
        self,
        owner: str,
        states: Sequence[State] = (),
        study: str | None = None,
        limit: int = 500,
        offset: int = 0,
        brief: bool = False,
        study_begins: str | None = None,
    ) -> list[Run]:
        """Runs of this owner, newest first. brief: without experiment ({}) and meta (None), for long lists.
        study_begins: of all studies whose ids begin so."""
        query = select(*(_BRIEF if brief else RUNS.c)).where(RUNS.c.owner == owner)
        if states:
            query = query.where(RUNS.c.state.in_(states))
        if study is not None:
            query = query.where(RUNS.c.study == study)
        if study_begins is not None:
            query = query.where(RUNS.c.study.startswith(study_begins, autoescape=True))
        with self.db.reading() as connection:
            rows = connection.execute(query.order_by(RUNS.c.number.desc()).limit(limit).offset(offset)).all()
            waiting = any(row.state == "queued" for row in rows)
            places = _places(connection) if waiting else {}
        return [_run(row, places.get(row.number)) for row in rows]

    def find(self, beginning: str, owner: str) -> list[str]:
        """Ids of this owner's runs that begin so."""
        query = select(RUNS.c.id).where(RUNS.c.owner == owner, RUNS.c.id.startswith(beginning, autoescape=True))
        with self.db.reading() as connection:
            return list(connection.execute(query).scalars())

    def revision(self, run_id: str, owner: str) -> Revision | None:
        """What changes when the run does: cheap enough for every poll of every page."""
        columns = RUNS.c.state, RUNS.c.request, RUNS.c.sequence, RUNS.c.epoch, RUNS.c.heartbeat
        with self.db.reading() as connection:
            row = connection.execute(select(*columns).where(_of(run_id, owner))).one_or_none()
        return None if row is None else Revision(*row)

    def ahead(self, run_id: str, owner: str) -> int | None:
        """How many runs start before this one; None unless it waits."""
        run = self.run(run_id, owner)
        return None if run is None else run.place

    def usage(self, owner: str) -> Usage:
        """How many runs and tables this owner has."""
        with self.db.reading() as connection:
            query = select(RUNS.c.state, func.count()).where(RUNS.c.owner == owner).group_by(RUNS.c.state)
            counts: dict[str, int] = dict(connection.execute(query).tuples().all())
            tables = connection.execute(select(func.count()).where(TABLES.c.owner == owner)).scalar_one()
        return Usage(sum(counts.values()), counts.get("queued", 0), counts.get("running", 0), tables)

    def rename(self, run_id: str, owner: str, name: str) -> bool:
        """Whether there was such a run."""
        with self.db.writing() as connection:
            return connection.execute(update(RUNS).where(_of(run_id, owner)).values(name=name)).rowcount == 1

    def delete(self, run_id: str, owner: str) -> bool:
        """Remove the run, its record and its weights. A worker that still executes it ends by itself."""
        with self.db.writing() as connection:
            gone = connection.execute(RUNS.delete().where(_of(run_id, owner))).rowcount == 1
        if gone:
            self.db.give_space_back()
        return gone

    def request(self, run_id: str, owner: str, wish: Request) -> bool:
        """Ask a run to stop, pause or go on; a waiting run is stopped at once. False where nothing is left to ask."""
        with self.db.writing() as connection:
            if wish == "stop" and _move(
                connection, _of(run_id, owner), "queued", "stopped", "Stopped before it began."
            ):
                return True
            asked = update(RUNS).where(_of(run_id, owner), RUNS.c.state.in_(("queued", "running")))
            if wish != "stop":
                asked = asked.where(RUNS.c.request != "stop")
            return connection.execute(asked.values(request=wish)).rowcount == 1

    # -- for runner and worker: they act for every owner ------------------------------------------------------------

    def claim(self, runner: str) -> Run | None:
        """The run whose turn it is, now in state running; None where none waits. Owners take turns."""
        while True:
            with self.db.writing() as connection:
                turn = connection.execute(_in_turn().limit(1)).first()
                if turn is None:
                    return None
                now = time.time()
                claimed = update(RUNS).where(RUNS.c.number == turn.number, RUNS.c.state == "queued")
                claimed = claimed.values(state="running", runner=runner, started=now, heartbeat=now)
                if connection.execute(claimed).rowcount == 1:  # else somebody was faster
                    return _run(connection.execute(select(*RUNS.c).where(RUNS.c.number == turn.number)).one(), None)

    def attach(self, run_id: str, process: Process) -> Run:
        """Say which process executes the run. Raises RunGoneError where it is no longer running."""
        values = {"heartbeat": time.time(), **_process_columns(process)}
        with self.db.writing() as connection:
            if connection.execute(update(RUNS).where(*_running(run_id)).values(values)).rowcount == 0:
                raise RunGoneError("The run is no longer there to be executed.")
            return _run(connection.execute(select(*RUNS.c).where(RUNS.c.id == run_id)).one(), None)

    def heartbeat(self, run_id: str) -> bool:
        """Say that the run's process lives. False where the run is gone or over."""
        with self.db.writing() as connection:
            values = {"heartbeat": time.time()}
            return connection.execute(update(RUNS).where(*_running(run_id)).values(values)).rowcount == 1

    def asked(self, run_id: str) -> Request | None:
        """What the owner wants of the run; None where the run is gone or over."""
        with self.db.reading() as connection:
            row = connection.execute(select(RUNS.c.request).where(*_running(run_id))).one_or_none()
        return None if row is None else row.request

    def describe(self, run_id: str, meta: dict[str, Any]) -> None:
        """Keep what the engine says about the run before its first step."""
        with self.db.writing() as connection:
            values = {"meta": json.dumps(meta), "epochs": int(meta.get("epochs", 0)), "heartbeat": time.time()}
            if connection.execute(update(RUNS).where(*_running(run_id)).values(values)).rowcount == 0:
                raise RunGoneError("The run is no longer there.")

    def progress(self, run_id: str, progress: Progress) -> None:
        """How far the run is; also a heartbeat."""
        with self.db.writing() as connection:
            connection.execute(update(RUNS).where(*_running(run_id)).values(progress_columns(progress)))

    def finish(
        self, run_id: str, state: State, reason: str | None = None, summary: dict[str, Any] | None = None
    ) -> bool:
        """End a run: "finished", "stopped", "failed" or "interrupted". False where it had ended already or is gone."""
        assert state in ENDED, state
        with self.db.writing() as connection:
            return _move(connection, RUNS.c.id == run_id, "running", state, reason, summary)

    def running(self) -> list[Run]:
        """All runs in state running, of every owner (brief)."""
        with self.db.reading() as connection:
            rows = connection.execute(select(*_BRIEF).where(RUNS.c.state == "running").order_by(RUNS.c.number)).all()
        return [_run(row, None) for row in rows]

    def seen(self, name: str) -> float | None:
        """When something was last noted, in seconds since 1970."""
        with self.db.reading() as connection:
            return connection.execute(select(NOTES.c.value).where(NOTES.c.name == name)).scalar_one_or_none()

    def note(self, name: str) -> None:
        """Note that something (a dashboard) is there now."""
        with self.db.writing() as connection:
            if connection.execute(update(NOTES).where(NOTES.c.name == name).values(value=time.time())).rowcount == 0:
                connection.execute(NOTES.insert().values(name=name, value=time.time()))


def progress_columns(progress: Progress) -> dict[str, Any]:
    """The columns of a run that say how far it is."""
    return {
        "epoch": progress.epoch,
        "epochs": progress.epochs,
        "heartbeat": time.time(),
        "seconds_per_epoch": progress.seconds_per_epoch,
        "curve": _four_digits(progress.curve),
    }


def _of(run_id: str, owner: str) -> ColumnElement[bool]:
    return (RUNS.c.id == run_id) & (RUNS.c.owner == owner)


def _running(run_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return RUNS.c.id == run_id, RUNS.c.state == "running"


def _process_columns(process: Process) -> dict[str, Any]:
    return {"host": process.host, "pid": process.pid, "pid_started": process.started}


def _move(
    connection: Connection,
    which: ColumnElement[bool],
    before: State,
    after: State,
    reason: str | None,
    summary: dict[str, Any] | None = None,
) -> bool:
    """Take a run from one state to another, if it is in the first. No run ends before it began, whatever the clock."""
    now = time.time()
    ended = case((or_(RUNS.c.started.is_(None), RUNS.c.started < now), literal(now)), else_=RUNS.c.started)
    values: dict[Any, Any] = {"state": after, "reason": reason, "ended": ended}
    if summary is not None:
        values["summary"] = json.dumps(summary)
    return connection.execute(update(RUNS).where(which, RUNS.c.state == before).values(values)).rowcount == 1


def _in_turn() -> Select[Any]:
    """Waiting runs in the order in which they start: first everybody's first, then everybody's second …"""
    busy = select(RUNS.c.owner, func.count().label("count")).where(RUNS.c.state == "running").group_by(RUNS.c.owner)
    active = busy.subquery()
    rank = func.row_number().over(partition_by=RUNS.c.owner, order_by=RUNS.c.number)
    turn = (rank + func.coalesce(active.c.count, 0)).label("turn")
    query = select(RUNS.c.number, turn).outerjoin(active, active.c.owner == RUNS.c.owner)
    return query.where(RUNS.c.state == "queued").order_by(turn, RUNS.c.number)


def _places(connection: Connection) -> dict[int, int]:
    return {row.number: place for place, row in enumerate(connection.execute(_in_turn()))}


def _place(connection: Connection, number: int) -> int | None:
    return _places(connection).get(number)


def _run(row: Row[Any], place: int | None) -> Run:
    names = row._mapping
    process = None if row.pid is None else Process(row.host, row.pid, row.pid_started)
    return Run(
        **{name: names[name] for name in _SAME},
        experiment=_json(names.get("experiment")) or {},
        meta=_json(names.get("meta")),
        summary=_json(row.summary),
        curve=_json(row.curve) or [],
        place=place,
        process=process,
    )


_SAME = (
    *("id", "owner", "name", "study", "position", "state", "request", "reason", "created", "started", "ended"),
    *("heartbeat", "epoch", "epochs", "seconds_per_epoch", "sequence", "runner"),
)


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _four_digits(values: Sequence[float]) -> str:
    """JSON of numbers in four significant digits, as Python's own reads it (NaN, Infinity). It is written as text at
    once, for it is written with every epoch."""
    written = ", ".join([f"{value:.4g}" for value in values])
    return f"[{written}]".replace("nan", "NaN").replace("inf", "Infinity")
