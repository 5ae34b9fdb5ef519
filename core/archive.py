"""A run as one file to take along: what was chosen, what was measured, the weights, and a short program that needs only
torch, numpy and scikit-learn to predict with them."""

import io
import json
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from core.data.fitted import Fitted

PROGRAM = Path(__file__).parents[1] / "assets" / "network.py"
"""The program that every archive carries, unchanged."""
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The only time that a zip file of ours knows: the same run gives the same bytes."""

README = """\
{title}
{line}
One run of Layerscope, with everything that is needed to look at it and to predict with it.

experiment.json    everything that was chosen; `python -m core run experiment.json` trains it again
meta.json          what was trained: layers, columns, classes, rows
summary.json       how it ended
preparation.json   what was learned from the training rows to make rows ready: fills, scales, levels
records/           what was measured, one Parquet file per kind; every row names its epoch and replica
weights/           the weights as safetensors, per replica: of the best epoch and of the last one
network.py         builds the network in plain torch.nn, prepares new rows as training did, and predicts:

                       python network.py rows.csv

                   rows.csv needs the columns of the training table by name; the target may be left out. It needs torch,
                   numpy and scikit-learn, nothing else. Missing values and levels that training never met are
                   allowed: what was done to them is said with each row.
{missing}"""


class Weights(Protocol):
    """The weights of one replica. data: safetensors."""

    @property
    def replica(self) -> int: ...
    @property
    def label(self) -> str: ...
    @property
    def data(self) -> bytes: ...


def archive(
    name: str,
    experiment: dict[str, Any],
    meta: dict[str, Any] | None,
    summary: dict[str, Any] | None,
    tables: Mapping[str, pa.Table],
    weights: Sequence[Weights],
) -> bytes:
    """The zip file of a run; the same run gives the same bytes. tables: the record by kind, empty ones are left out.
    No text of a person is part of a path in it."""
    files: dict[str, bytes] = {
        "README.txt": _readme(name, tables, weights).encode("utf-8", "replace"),
        "experiment.json": _json(experiment),
        "meta.json": _json(meta),
        "summary.json": _json(summary),
        "preparation.json": _json([_with_places(fitted) for fitted in preparations(tables)]),
        "network.py": PROGRAM.read_bytes(),
    }
    for kind, table in sorted(tables.items()):
        if table.num_rows and kind != "preparation":
            files[f"records/{_word(kind)}.parquet"] = _parquet(table)
    for one in sorted(weights, key=lambda one: (one.replica, one.label)):
        files[f"weights/replica-{int(one.replica)}-{_word(one.label)}.safetensors"] = one.data
    return _zipped(files)


def preparations(tables: Mapping[str, pa.Table]) -> list[dict[str, Any]]:
    """The fitted preparations in a record, by fold (see Fitted.describe()); none where training never began."""
    if "preparation" not in tables:
        return []
    rows = sorted(tables["preparation"].to_pylist(), key=lambda row: row["fold"])
    return [json.loads(row["fitted"]) for row in rows]


def _with_places(fitted: dict[str, Any]) -> dict[str, Any]:
    """The same preparation, with the places of its numbers among all that enter the network."""
    places = {name: place for place, name in enumerate(fitted["features"])}
    return {**fitted, "places": [places[name] for name in Fitted.from_description(fitted).own_features]}


def _readme(name: str, tables: Mapping[str, pa.Table], weights: Sequence[Weights]) -> str:
    title = " ".join("".join(c if c.isprintable() else " " for c in name).split())[:200] or "A run"
    missing = "" if weights else "\nThis run ended before it kept any weights: network.py can only say so.\n"
    return README.format(title=title, line="=" * len(title), missing=missing)


def _json(tree: Any) -> bytes:
    return json.dumps(_plain(tree), indent=1, allow_nan=False).encode()


def _plain(tree: Any) -> Any:
    """Numbers that JSON lacks as null."""
    if isinstance(tree, dict):
        return {str(key): _plain(value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [_plain(value) for value in tree]
    return None if isinstance(tree, float) and not math.isfinite(tree) else tree


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _word(name: str) -> str:
    """Kinds and labels are our own words; nothing else becomes part of a path."""
    assert re.fullmatch(r"[a-z_]{1,40}", name), name
    return name


def _zipped(files: Mapping[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as zipped:
        for path, data in files.items():
            about = zipfile.ZipInfo(path, EARLIEST)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.create_system, about.external_attr = 3, 0o644 << 16
            zipped.writestr(about, data)
    return sink.getvalue()
