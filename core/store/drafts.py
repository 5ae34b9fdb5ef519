"""What a person was last editing, so that a closed tab loses nothing."""

import json
from typing import Any

from sqlalchemy import select

from core.store.database import Database
from core.store.schema import DRAFTS


class Drafts:
    """Small pieces of JSON by owner and name."""

    db: Database

    def remember(self, owner: str, name: str, value: dict[str, Any]) -> None:
        """Keep a draft in place of the last one of this name."""
        mine = (DRAFTS.c.owner == owner) & (DRAFTS.c.name == name)
        with self.db.writing() as connection:
            connection.execute(DRAFTS.delete().where(mine))
            connection.execute(DRAFTS.insert().values(owner=owner, name=name, value=json.dumps(value)))

    def recall(self, owner: str, name: str) -> dict[str, Any] | None:
        """The draft of this name, or None."""
        query = select(DRAFTS.c.value).where((DRAFTS.c.owner == owner) & (DRAFTS.c.name == name))
        with self.db.reading() as connection:
            kept = connection.execute(query).scalar_one_or_none()
        return None if kept is None else json.loads(kept)
