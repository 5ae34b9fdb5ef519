"""Orders: what a run's owner tells it while it trains, in the order in which it was said; each is heard once."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from core.store.database import Database
from core.store.schema import ORDERS, RUNS


class Orders:
    """The part of the store that knows orders."""

    db: Database

    def order(self, run_id: str, owner: str, order: dict[str, Any]) -> bool:
        """Tell a running run something. False where it is not this owner's, or no longer running."""
        running = (RUNS.c.id == run_id) & (RUNS.c.owner == owner) & (RUNS.c.state == "running")
        with self.db.writing() as connection:
            number = connection.execute(select(RUNS.c.number).where(running)).scalar_one_or_none()
            if number is None:
                return False
            connection.execute(ORDERS.insert(), {"run": number, "body": json.dumps(order)})
        return True

    def orders(self, run_id: str, after: int = 0) -> tuple[Sequence[dict[str, Any]], int]:
        """What was ordered beyond number `after`, oldest first, and the newest number. For the worker."""
        query = select(ORDERS.c.number, ORDERS.c.body).join(RUNS, RUNS.c.number == ORDERS.c.run)
        query = query.where(RUNS.c.id == run_id, ORDERS.c.number > after).order_by(ORDERS.c.number)
        with self.db.reading() as connection:
            rows = connection.execute(query).all()
        return [json.loads(row.body) for row in rows], rows[-1].number if rows else after
