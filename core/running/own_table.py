"""A file of this machine becomes a table of the store, so that a run names its data by what they are, not by a path."""

from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.experiment import Experiment
from core.refusal import Problem, Refusal
from core.settings import Settings
from core.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.data.table import Table


def with_stored_table(
    experiment: Experiment, store: Store, owner: str, chosen: Settings, say: "Callable[[str], None] | None" = None
) -> Experiment:
    """The same experiment, its file read and kept as a table; the same content is kept once. Raises Refusal.
    say: is told each warning of the reading."""
    data = experiment.data
    if data.kind != "file":
        return experiment
    sample = data.load(None)
    report = [{"level": "warning", "text": text, "line": None, "column": None} for text in sample.notes]
    table_id = store_table(store, owner, Path(data.path).name, sample.table, chosen, report)
    if say is not None:
        for text in sample.notes:
            say(text)
    stored = {"kind": "table", "table": table_id, "target": sample.targets, "columns": data.columns, "task": data.task}
    return experiment.changed({"data": stored})


def store_table(store: Store, owner: str, name: str, table: "Table", chosen: Settings, report: Any = None) -> str:
    """Keep a table as read; gives its id. Raises Refusal where it is over a limit."""
    found = []
    if table.rows > chosen.rows:
        found.append(Problem("data", f"the table has {table.rows:,} rows; {chosen.rows:,} are the most allowed here"))
    if len(table.columns) > chosen.columns:
        words = f"the table has {len(table.columns):,} columns; {chosen.columns:,} are the most allowed here"
        found.append(Problem("data", words))
    if store.usage(owner).tables >= chosen.tables:
        found.append(Problem("data", f"{chosen.tables:,} tables are the most that one person keeps: delete some first"))
    if found:
        raise Refusal(*found)
    details: dict[str, Any] = {"rows": table.rows, "columns": [asdict(column) for column in table.columns]}
    if report is not None:
        details["report"] = asdict(report) if is_dataclass(report) and not isinstance(report, type) else report
    return store.add_table(owner, name[:200], table.to_parquet(), details)
