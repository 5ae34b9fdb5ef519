"""Tables that people brought: kept as Parquet, the same content of one owner only once."""

import hashlib
import json
import time
import uuid
from typing import Any

from sqlalchemy import Row, select

from core.store.database import Database
from core.store.model import StoredTable
from core.store.schema import CONTENTS, TABLES


class Tables:
    """The part of the store that knows tables. A foreign table is no table."""

    db: Database

    def add_table(self, owner: str, name: str, data: bytes, details: dict[str, Any]) -> str:
        """Keep a table (Parquet); gives its id. Where this owner has the very same bytes already, that table's id."""
        digest = hashlib.sha256(data).hexdigest()
        row = {"id": uuid.uuid4().hex, "owner": owner, "name": name, "digest": digest, "size": len(data)}
        row |= {"details": json.dumps(details), "created": time.time()}
        with self.db.writing() as connection:
            same = select(TABLES.c.id).where(TABLES.c.owner == owner, TABLES.c.digest == digest)
            known = connection.execute(same).scalar_one_or_none()
            if known is not None:
                return str(known)
            number = connection.execute(TABLES.insert().returning(TABLES.c.number), row).scalar_one()
            connection.execute(CONTENTS.insert(), {"table_number": number, "data": data})  # values() would be cached
        self.db.close()  # SQLite holds what a statement was last given for as long as its connection lives
        return str(row["id"])

    def table(self, table_id: str, owner: str) -> StoredTable | None:
        """What is known about a table of this owner."""
        with self.db.reading() as connection:
            row = connection.execute(
                select(*TABLES.c).where(TABLES.c.id == table_id, TABLES.c.owner == owner)
            ).one_or_none()
        return None if row is None else _table(row)

    def table_data(self, table_id: str, owner: str) -> bytes | None:
        """The table itself, as Parquet."""
        query = select(CONTENTS.c.data).join(TABLES, TABLES.c.number == CONTENTS.c.table_number)
        with self.db.reading() as connection:
            data = connection.execute(
                query.where(TABLES.c.id == table_id, TABLES.c.owner == owner)
            ).scalar_one_or_none()
        return None if data is None else bytes(data)

    def tables(self, owner: str) -> list[StoredTable]:
        """The tables of this owner, newest first."""
        with self.db.reading() as connection:
            query = select(*TABLES.c).where(TABLES.c.owner == owner).order_by(TABLES.c.number.desc())
            return [_table(row) for row in connection.execute(query)]

    def rename_table(self, table_id: str, owner: str, name: str) -> bool:
        """Whether there was such a table."""
        with self.db.writing() as connection:
            changed = TABLES.update().where(TABLES.c.id == table_id, TABLES.c.owner == owner).values(name=name)
            return connection.execute(changed).rowcount == 1

    def delete_table(self, table_id: str, owner: str) -> bool:
        """Remove a table of this owner; runs that used it keep their records. Whether there was such a table."""
        with self.db.writing() as connection:
            gone = (
                connection.execute(TABLES.delete().where(TABLES.c.id == table_id, TABLES.c.owner == owner)).rowcount
                == 1
            )
        if gone:
            self.db.give_space_back()
        return gone


def _table(row: Row[Any]) -> StoredTable:
    return StoredTable(row.id, row.owner, row.name, json.loads(row.details), row.size, row.created)
