"""What runs measured: appended in batches, read from a sequence number on; and the weights they kept."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select
from sqlalchemy.sql.elements import ColumnElement

from core.store.database import Database
from core.store.model import NewBatch, Progress, RunGoneError, StoredWeights
from core.store.runs import progress_columns
from core.store.schema import BATCHES, RUNS, WEIGHTS

_INSERT = "INSERT INTO batches (run, kind, sequence, epoch, data) VALUES (?, ?, ?, ?, ?)"
_ADVANCE = "UPDATE runs SET sequence = sequence + ?{also} WHERE id = ? AND state = 'running' RETURNING number, sequence"
"""Both are written out: they run with every epoch, and SQLAlchemy takes longer to word them than SQLite to do them."""


class Records:
    """The part of the store that knows records and weights."""

    db: Database

    def append(
        self, run_id: str, batches: Sequence[NewBatch], progress: Progress | None = None, after: int | None = None
    ) -> int:
        """Store batches (and how far the run is) in one transaction; gives the newest sequence number.

        after: the sequence number that the caller knows to be the newest. A call repeated after a doubtful failure
        then stores nothing twice. Raises RunGoneError where the run is deleted or no longer running."""
        columns = {} if progress is None else progress_columns(progress)
        advance = self._written(_ADVANCE.format(also="".join(f", {name} = ?" for name in columns)))
        with self.db.writing() as connection:
            row = connection.exec_driver_sql(advance, (len(batches), *columns.values(), run_id)).one_or_none()
            if row is None:
                raise RunGoneError("The run is no longer there to be recorded.")
            number, newest = row
            if after is not None and newest - len(batches) != after:
                connection.rollback()
                return _already_stored(newest - len(batches), after + len(batches))
            first = newest - len(batches) + 1
            rows = [(number, kind, first + i, epoch, data) for i, (kind, epoch, data) in enumerate(batches)]
            if rows:
                connection.exec_driver_sql(self._written(_INSERT), rows)
        return int(newest)

    def _written(self, statement: str) -> str:
        """A statement as the database's driver wants it."""
        return statement if self.db.is_sqlite else statement.replace("?", "%s")

    def records(self, run_id: str, kind: str, after: int = -1, *, owner: str | None = None) -> tuple[list[bytes], int]:
        """Batches of one kind beyond a sequence number, in order, and the number to ask from next time.

        A foreign or absent run has none. owner: left out only by who has passed the check of `run(id, owner)`."""
        query = select(BATCHES.c.sequence, BATCHES.c.data).join(RUNS, RUNS.c.number == BATCHES.c.run)
        query = query.where(*_mine(run_id, owner), BATCHES.c.kind == kind, BATCHES.c.sequence > after)
        with self.db.reading() as connection:
            rows = connection.execute(query.order_by(BATCHES.c.sequence)).all()
        return [row.data for row in rows], rows[-1].sequence if rows else after

    def kinds(self, run_id: str, *, owner: str | None = None) -> dict[str, int]:
        """The kinds that were recorded, each with its newest sequence number."""
        query = select(BATCHES.c.kind, func.max(BATCHES.c.sequence)).join(RUNS, RUNS.c.number == BATCHES.c.run)
        query = query.where(*_mine(run_id, owner)).group_by(BATCHES.c.kind)
        with self.db.reading() as connection:
            return dict(connection.execute(query).tuples().all())

    def save_weights(self, run_id: str, replica: int, label: str, epoch: int, data: bytes) -> None:
        """Keep the weights of one replica; newer ones with the same label take their place."""
        with self.db.writing() as connection:
            number = _number(connection, run_id)
            same = (WEIGHTS.c.run == number) & (WEIGHTS.c.replica == replica) & (WEIGHTS.c.label == label)
            connection.execute(WEIGHTS.delete().where(same))
            row = {"run": number, "replica": replica, "label": label, "epoch": epoch, "data": data}
            connection.execute(WEIGHTS.insert(), row)

    def weights(self, run_id: str, *, owner: str | None = None) -> list[StoredWeights]:
        """The weights that were kept, by replica and label."""
        columns = WEIGHTS.c.replica, WEIGHTS.c.label, WEIGHTS.c.epoch, WEIGHTS.c.data
        query = select(*columns).join(RUNS, RUNS.c.number == WEIGHTS.c.run)
        query = query.where(*_mine(run_id, owner)).order_by(WEIGHTS.c.replica, WEIGHTS.c.label)
        with self.db.reading() as connection:
            return [StoredWeights(*row) for row in connection.execute(query)]


def _mine(run_id: str, owner: str | None) -> list[ColumnElement[bool]]:
    return [RUNS.c.id == run_id, *([] if owner is None else [RUNS.c.owner == owner])]


def _number(connection: Connection, run_id: str) -> int:
    number = connection.execute(select(RUNS.c.number).where(RUNS.c.id == run_id)).scalar_one_or_none()
    if number is None:
        raise RunGoneError("The run is no longer there.")
    return int(number)


def _already_stored(newest: int, wanted: int) -> int:
    """The batches of a repeated call are stored already: the first call had succeeded after all."""
    if newest != wanted:
        raise RunGoneError("Another process records this run.")
    return newest
