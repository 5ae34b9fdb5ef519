"""The store: runs, records, tables and requests. The only place of the product that speaks SQL."""

from core.store.model import (
    ENDED,
    LOCAL_OWNER,
    NewBatch,
    Process,
    Progress,
    Revision,
    Run,
    RunnerInfo,
    StoredTable,
    StoredWeights,
    StoreError,
)
from core.store.store import Store, open_store

__all__ = [
    "ENDED",
    "LOCAL_OWNER",
    "NewBatch",
    "Process",
    "Progress",
    "Revision",
    "Run",
    "RunnerInfo",
    "Store",
    "StoreError",
    "StoredTable",
    "StoredWeights",
    "open_store",
]
