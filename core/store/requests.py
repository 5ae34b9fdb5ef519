"""Short jobs between pages and the runner (a preview), and the lease that makes a process the one runner."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, exists, select, update

from core.store.database import Database
from core.store.model import Asked, Process, RunnerInfo
from core.store.schema import LEASES, REQUESTS, RUNS

KEPT_SECONDS = 600.0
"""How long an answer waits to be fetched (our choice: longer than any page waits)."""
_RUNNER = "runner"


class Requests:
    """The part of the store that knows requests and the runner's lease."""

    db: Database

    def ask(self, kind: str, payload: dict[str, Any], asker: str | None = None) -> str:
        """Ask the runner for a short job; gives an unguessable id. asker: its older open questions are dropped."""
        row: dict[str, Any] = {"id": uuid.uuid4().hex, "kind": kind, "asker": asker, "payload": json.dumps(payload)}
        row |= {"state": "asked", "created": time.time()}
        with self.db.writing() as connection:
            if asker is not None:
                older = (REQUESTS.c.asker == asker) & (REQUESTS.c.kind == kind) & (REQUESTS.c.state == "asked")
                connection.execute(REQUESTS.delete().where(older))
            connection.execute(REQUESTS.insert(), row)
        return str(row["id"])

    def answer(self, request_id: str) -> dict[str, Any] | None:
        """The answer, None while there is none."""
        with self.db.reading() as connection:
            found = connection.execute(
                select(REQUESTS.c.answer).where(REQUESTS.c.id == request_id)
            ).scalar_one_or_none()
        return None if found is None else json.loads(found)

    def take_request(self) -> Asked | None:
        """The oldest question that nobody works on yet, now taken."""
        query = select(*REQUESTS.c).where(REQUESTS.c.state == "asked").order_by(REQUESTS.c.number).limit(1)
        with self.db.writing() as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            connection.execute(update(REQUESTS).where(REQUESTS.c.number == row.number).values(state="taken"))
        return Asked(row.id, row.kind, json.loads(row.payload), row.created)

    def give_answer(self, request_id: str, answer: dict[str, Any]) -> None:
        """Answer a question; an answer to a question that was dropped is dropped too."""
        with self.db.writing() as connection:
            values = {"answer": json.dumps(answer), "state": "answered"}
            connection.execute(update(REQUESTS).where(REQUESTS.c.id == request_id).values(values))

    def clean_requests(self, kept_s: float = KEPT_SECONDS) -> int:
        """Drop questions and answers that are older than `kept_s` seconds; gives how many."""
        with self.db.writing() as connection:
            return connection.execute(REQUESTS.delete().where(REQUESTS.c.created < time.time() - kept_s)).rowcount

    def waiting(self) -> tuple[bool, bool]:
        """Whether a run waits, and whether a question does: what the runner looks at many times a second."""
        with self.db.reading() as connection:
            run, question = connection.execute(_WAITING).one()
        return bool(run), bool(question)

    # -- the runner's lease ------------------------------------------------------------------------------------------

    def runner(self) -> RunnerInfo | None:
        """Who holds the lease; whether it still lives is for the reader to judge."""
        with self.db.reading() as connection:
            row = connection.execute(select(*LEASES.c).where(LEASES.c.name == _RUNNER)).one_or_none()
        return None if row is None else _info(row)

    def take_lease(self, is_alive: Callable[[RunnerInfo], bool]) -> str | None:
        """Become the runner; gives a token, or None where the one that holds the lease is alive."""
        token = uuid.uuid4().hex
        with self.db.writing() as connection:
            row = connection.execute(select(*LEASES.c).where(LEASES.c.name == _RUNNER).with_for_update()).one_or_none()
            if row is not None and is_alive(_info(row)):
                return None
            connection.execute(LEASES.delete().where(LEASES.c.name == _RUNNER))
            new = {"name": _RUNNER, "token": token, "heartbeat": time.time(), "details": "{}"}
            connection.execute(LEASES.insert().values(new))
        return token

    def hold_lease(self, token: str, process: Process, details: dict[str, Any]) -> bool:
        """Say that the runner lives. False where somebody else has the lease: then this one must end."""
        values = {"host": process.host, "pid": process.pid, "pid_started": process.started}
        values |= {"heartbeat": time.time(), "details": json.dumps(details)}
        with self.db.writing() as connection:
            return connection.execute(update(LEASES).where(LEASES.c.token == token).values(values)).rowcount == 1

    def end_lease(self, token: str) -> None:
        """Give the lease back."""
        with self.db.writing() as connection:
            connection.execute(LEASES.delete().where(LEASES.c.token == token))


_WAITING = select(
    exists(select(RUNS.c.number).where(RUNS.c.state == "queued")),
    exists(select(REQUESTS.c.number).where(REQUESTS.c.state == "asked")),
)


def _info(row: Row[Any]) -> RunnerInfo:
    process = None if row.pid is None else Process(row.host, row.pid, row.pid_started)
    return RunnerInfo(row.token, process, row.heartbeat, json.loads(row.details))
