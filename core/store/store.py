"""The store as everybody sees it."""

from pathlib import Path

from core.settings import Settings, settings
from core.store.database import BUSY_SECONDS, Database, database
from core.store.drafts import Drafts
from core.store.model import StoreError
from core.store.orders import Orders
from core.store.records import Records
from core.store.requests import Requests
from core.store.runs import Runs
from core.store.schema import DRAFTS, RUNS, TABLES
from core.store.tables import Tables

FILE = "layerscope.sqlite"


class Store(Runs, Records, Tables, Requests, Drafts, Orders):
    """Everything that is kept, in one database. Threads may share it; it must be closed before a fork."""

    def __init__(self, db: Database, url: str) -> None:
        self.db = db
        self.url = url
        """Where it is, password included: for another process of ours, never for a screen or a log."""

    @classmethod
    def connect(cls, url: str, busy_seconds: float = BUSY_SECONDS) -> "Store":
        """A store that is known to be there and sound: for a worker, which its runner has just started."""
        return cls(database(url, busy_seconds), url)

    def forget(self, owner: str) -> None:
        """Remove everything of one owner: runs with their records and weights, tables, drafts."""
        with self.db.writing() as connection:
            for table in (RUNS, TABLES, DRAFTS):
                connection.execute(table.delete().where(table.c.owner == owner))
        self.db.give_space_back()

    def close(self) -> None:
        """Give all connections back; the next call opens new ones."""
        self.db.close()


def open_store(where: str | Settings | None = None, busy_seconds: float = BUSY_SECONDS) -> Store:
    """The store of this installation, or the one at a URL; made where there is none, migrated where it is older.

    busy_seconds: how long a call waits for another writer. Raises StoreError, in words, where the store is damaged,
    newer, foreign, read-only or out of reach."""
    address = where if isinstance(where, str) else store_url(where or settings())
    db = database(address, busy_seconds)
    db.prepare()
    return Store(db, db.url.render_as_string(hide_password=False))


def store_url(chosen: Settings) -> str:
    """The address of the installation's store. Makes the home folder, private, if the store is a file in it."""
    if chosen.store:
        return chosen.store
    return f"sqlite:///{home_folder(chosen) / FILE}"


def home_folder(chosen: Settings) -> Path:
    """The installation's folder, absolute, made and private (0700). Raises StoreError."""
    home = chosen.home.expanduser().absolute()
    try:
        home.mkdir(mode=0o700, exist_ok=True)
        home.chmod(0o700)
    except FileNotFoundError:
        raise StoreError("The folder that should hold Layerscope's home folder does not exist. Create it.") from None
    except FileExistsError:
        raise StoreError("Layerscope's home folder is a file. Name another folder.") from None
    except OSError:
        raise StoreError("Layerscope's home folder cannot be made or written. Name another folder.") from None
    return home
