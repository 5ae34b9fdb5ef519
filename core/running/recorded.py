"""What a run recorded, read from the store all at once: for the command line; pages read what is new of it."""

from core.analysis.record import Record
from core.recording.schemas import SCHEMAS, from_bytes
from core.store import Run, Store


def recorded(store: Store, run: Run) -> Record:
    """The run's whole record as it stands."""
    batches = {kind: store.records(run.id, kind, owner=run.owner)[0] for kind in SCHEMAS}
    tables = {kind: from_bytes(kind, parts) for kind, parts in batches.items() if parts}
    return Record(run.meta or {}, run.state, tables)
