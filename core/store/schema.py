"""The tables of the store, and how an older store becomes a newer one."""

from collections.abc import Callable, Mapping

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    inspect,
    select,
    text,
)

from core.store.model import StoreError

METADATA = MetaData()
NUMBER = BigInteger().with_variant(Integer, "sqlite")

SCHEMA = Table("layerscope_schema", METADATA, Column("version", Integer, primary_key=True))

RUNS = Table(
    "runs",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),  # order of queueing, immune to the clock
    Column("id", String(32), nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("study", Text),
    Column("position", Integer),
    Column("state", String(16), nullable=False),
    Column("request", String(16), nullable=False),
    Column("reason", Text),
    Column("created", Float, nullable=False),
    Column("started", Float),
    Column("ended", Float),
    Column("heartbeat", Float),
    Column("epoch", Integer, nullable=False),
    Column("epochs", Integer, nullable=False),
    Column("seconds_per_epoch", Float),
    Column("sequence", Integer, nullable=False),
    Column("runner", Text),
    Column("host", Text),
    Column("pid", Integer),
    Column("pid_started", Text),
    Column("curve", Text),
    Column("summary", Text),
    Column("experiment", Text, nullable=False),
    Column("meta", Text),
    Index("runs_of_owner", "owner", "number"),
    Index("runs_in_state", "state", "number"),
    Index("runs_of_study", "study"),
    sqlite_autoincrement=True,
)

BATCHES = Table(
    "batches",
    METADATA,
    Column("run", NUMBER, ForeignKey("runs.number", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

WEIGHTS = Table(
    "weights",
    METADATA,
    Column("run", NUMBER, ForeignKey("runs.number", ondelete="CASCADE"), primary_key=True),
    Column("replica", Integer, primary_key=True),
    Column("label", String(32), primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

TABLES = Table(
    "tables",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("details", Text, nullable=False),
    Column("created", Float, nullable=False),
    Index("tables_of_owner", "owner", "digest", unique=True),
    sqlite_autoincrement=True,
)

CONTENTS = Table(  # apart from TABLES, so that lists touch no blob
    "table_contents",
    METADATA,
    Column("table_number", NUMBER, ForeignKey("tables.number", ondelete="CASCADE"), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

REQUESTS = Table(
    "requests",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("asker", Text),
    Column("payload", Text, nullable=False),
    Column("state", String(16), nullable=False),  # asked, taken, answered
    Column("answer", Text),
    Column("created", Float, nullable=False),
    Index("requests_in_state", "state", "number"),
    sqlite_autoincrement=True,
)

LEASES = Table(  # one row: who is the runner
    "leases",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("token", String(32), nullable=False),
    Column("host", Text),
    Column("pid", Integer),
    Column("pid_started", Text),
    Column("heartbeat", Float, nullable=False),
    Column("details", Text, nullable=False),
)

DRAFTS = Table(  # what a person was last editing, by name
    "drafts",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

ORDERS = Table(  # what a run is told while it trains
    "orders",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("run", NUMBER, ForeignKey("runs.number", ondelete="CASCADE"), nullable=False),
    Column("body", Text, nullable=False),
    Index("orders_of_run", "run", "number"),
    sqlite_autoincrement=True,
)

NOTES = Table("notes", METADATA, Column("name", String(64), primary_key=True), Column("value", Float, nullable=False))

Migration = Callable[[Connection], None]


def _create(connection: Connection) -> None:
    METADATA.create_all(connection, tables=[t for t in METADATA.sorted_tables if t is not SCHEMA])


def _add_orders(connection: Connection) -> None:
    ORDERS.create(connection, checkfirst=True)


MIGRATIONS: Mapping[int, Migration] = {1: _create, 2: _add_orders}
"""By the version that each leads to. A change of the tables adds one here; a released one is never edited."""


def migrate(connection: Connection, migrations: Mapping[int, Migration] | None = None) -> None:
    """Bring the store to the newest version. To be called with the store's writer lock held, in one transaction."""
    steps = MIGRATIONS if migrations is None else migrations
    newest = max(steps)
    version = current_version(connection)
    if version > newest:
        raise StoreError(
            f"This store was written by a newer Layerscope (its version is {version}, this one knows {newest}). "
            "Update Layerscope, or name another store."
        )
    if version == newest:
        return
    SCHEMA.create(connection, checkfirst=True)
    for step in range(version + 1, newest + 1):
        steps[step](connection)
    connection.execute(SCHEMA.delete())
    connection.execute(SCHEMA.insert().values(version=newest))


def current_version(connection: Connection) -> int:
    """The version of the store's tables, 0 for an empty store. Raises StoreError for a foreign database."""
    names = set(inspect(connection).get_table_names())
    if SCHEMA.name in names:
        return int(connection.execute(select(SCHEMA.c.version)).scalar_one_or_none() or 0)
    own = {table.name for table in METADATA.sorted_tables}
    if names & own or (names and connection.dialect.name == "sqlite"):  # a PostgreSQL may house neighbours
        raise StoreError("This database belongs to another program. Name another store.")
    return 0


def lock_for_migration(connection: Connection) -> None:
    """On PostgreSQL, wait until no other server migrates; SQLite's writer lock does this by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(7305804402)"))
