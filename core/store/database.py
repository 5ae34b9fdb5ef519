"""Connections to the store's database: one transaction at a time for writers, no locks for readers, errors in words."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from core.store.model import StoreBusyError, StoreError, StoreFullError
from core.store.schema import lock_for_migration, migrate

BUSY_SECONDS = 10.0
"""How long a statement waits for another writer (PLATFORM.md: 8 writers, p99 4 ms; 5 s locks must be survived)."""
WAL_BYTES = 64 * 2**20
"""Size to which the write-ahead log is cut back (our choice: a few minutes of a dozen busy runs)."""
CHECKED_BYTES = 64 * 2**20
"""Largest file that is checked whole when it is opened (about 0.2 s; our choice)."""

_FULL = "The store has no room left (the disk is full). Free some space; what was saved before is still there."
_BUSY = "The store is busy: another program is writing to it for long. Try again in a moment; nothing saved is lost."
_DAMAGED = "The store's file is damaged. Put a backup in its place, or name another store."
_READ_ONLY = "The store cannot be written: its file or folder is read-only. Make it writable, or name another store."
_NO_FILE = "The store cannot be opened: its folder does not exist or may not be used. Create it, or name another store."
_NO_SERVER = "The store's database server cannot be reached or refuses the login. Check that it runs and its address."
_ANY = "The store could not do this. Its log has the details."

_SENTENCES: tuple[tuple[tuple[str, ...], type[StoreError], str], ...] = (
    (("disk is full", "disk full", "no space left", "disk i/o error"), StoreFullError, _FULL),
    (("is locked", "lock timeout", "lock_timeout", "deadlock detected"), StoreBusyError, _BUSY),
    (("malformed", "not a database", "corrupt", "database schema"), StoreError, _DAMAGED),
    (("readonly", "read-only"), StoreError, _READ_ONLY),
    (("unable to open",), StoreError, _NO_FILE),
    (("connection", "server closed", "could not connect", "terminating", "shutting down"), StoreBusyError, _NO_SERVER),
)


def in_words(error: Exception) -> StoreError:
    """What a database error means for a person: no path, no SQL, no secret."""
    said = str(getattr(error, "orig", None) or error).lower()
    for signs, kind, sentence in _SENTENCES:
        if any(sign in said for sign in signs):
            return kind(sentence)
    return StoreError(_ANY)


class Database:
    """The store's database by URL. Opens nothing until it is used; may be closed, as before a fork, and used again."""

    def __init__(self, url: URL, busy_seconds: float = BUSY_SECONDS) -> None:
        self.url = url
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._busy_seconds = busy_seconds
        self._writer = self._engine(writes=True)
        self._reader = self._engine(writes=False)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees what is committed and never holds up a writer."""
        try:
            with self._reader.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise in_words(error) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it is stored at the end, or none of it."""
        try:
            with self._writer.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise in_words(error) from error

    def close(self) -> None:
        """Give all connections back. SQLite's must not live through a fork."""
        self._writer.dispose()
        self._reader.dispose()

    def is_there(self) -> bool:
        """False where the file has been taken away under our hands; a server is asked when it is used."""
        return not self.is_sqlite or Path(str(self.url.database)).exists()

    def give_space_back(self) -> None:
        """Hand the pages of what was deleted back to the disk (SQLite; PostgreSQL does it by itself)."""
        if not self.is_sqlite:
            return
        connection = self._writer.raw_connection()
        try:
            connection.cursor().executescript("PRAGMA incremental_vacuum")  # as a script, or it frees a single page
        except sqlite3.Error as error:
            raise in_words(error) from error
        finally:
            connection.close()

    def prepare(self) -> None:
        """Create the tables of a new database, migrate those of an old one; safe from many processes at once."""
        path = Path(str(self.url.database)) if self.is_sqlite else None
        is_new = path is not None and not path.exists()
        if path is not None:
            _check_file(path, self._busy_seconds)
        with self.writing() as connection:
            lock_for_migration(connection)
            migrate(connection)
        if path is not None and is_new:
            path.chmod(0o600)

    def _engine(self, writes: bool) -> Engine:
        if self.is_sqlite:
            return _sqlite(self.url, writes, self._busy_seconds)
        level = "READ COMMITTED" if writes else "AUTOCOMMIT"
        wait_ms = int(self._busy_seconds * 1000)
        return create_engine(
            self.url,
            isolation_level=level,
            pool_pre_ping=True,
            pool_size=4,
            max_overflow=28,
            connect_args={"connect_timeout": 5, "options": f"-c lock_timeout={wait_ms} -c client_encoding=UTF8"},
        )


def database(url: str, busy_seconds: float = BUSY_SECONDS) -> Database:
    """A database by URL; the folder of a SQLite file must exist. Raises StoreError."""
    try:
        parsed = make_url(url)
        kind = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError):
        raise StoreError("The store's address is not one: use sqlite:///… or postgresql+psycopg://…") from None
    if kind not in ("sqlite", "postgresql"):
        raise StoreError(f"A store of kind {kind!r} is not known: use sqlite:///… or postgresql+psycopg://…")
    if kind == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise StoreError("A store in memory cannot be shared between processes: name a file.")
    if kind == "sqlite":
        parsed = parsed.set(database=str(Path(str(parsed.database)).expanduser().absolute()))
    try:
        return Database(parsed, busy_seconds)
    except (ImportError, NoSuchModuleError):
        raise StoreError("PostgreSQL needs the package psycopg: pip install 'psycopg[binary]'.") from None


def _sqlite(url: URL, writes: bool, busy_seconds: float) -> Engine:
    engine = create_engine(
        url,
        isolation_level=None if writes else "AUTOCOMMIT",
        pool_size=4,
        max_overflow=28,
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun by us, never by the driver
        _set_pragmas(connection, writes, busy_seconds)

    if writes:

        @event.listens_for(engine, "begin")
        def _begun(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _set_pragmas(connection: sqlite3.Connection, writes: bool, busy_seconds: float) -> None:
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA journal_size_limit={WAL_BYTES:d}")
    if not writes:
        connection.execute("PRAGMA query_only=ON")
        return
    if connection.execute("PRAGMA page_count").fetchone()[0] == 0:
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # deleted runs give their space back
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        _to_wal(connection, busy_seconds)


def _to_wal(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Switch to the write-ahead log; SQLite does not wait for others here by itself."""
    until = time.monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _check_file(path: Path, busy_seconds: float) -> None:
    """Refuse a file that is not a sound, writable SQLite database, before anything is written to it.

    The file is only ever opened through SQLite: closing any other handle of it would drop this process's locks."""
    if not path.parent.is_dir():
        raise StoreError(_NO_FILE)
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise StoreError(_READ_ONLY)
    if not path.exists() or path.stat().st_size == 0:
        return
    if not os.access(path, os.R_OK | os.W_OK):
        raise StoreError(_READ_ONLY)
    if path.stat().st_size <= CHECKED_BYTES:
        _check_pages(path, busy_seconds)


def _check_pages(path: Path, busy_seconds: float) -> None:
    try:
        connection = sqlite3.connect(path, timeout=busy_seconds)
        try:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise in_words(error) from error
    if found is None or found[0] != "ok":
        raise StoreError(_DAMAGED)
