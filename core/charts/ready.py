"""Charts made ready once for many viewers: the specification as plain JSON, the data as Arrow bytes. Altair checks a
chart against its schema each time it is turned into JSON (about 0.1 s); a live page must not pay that every second."""

import json
import re
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import pyarrow as pa
from altair.utils import schemapi

from core.charts.theme import config

SMALL = (1e-30, 1e30)
"""Sizes of numbers that 4 bytes hold to seven digits, with room for what a chart computes from them."""


@dataclass(frozen=True)
class Ready:
    """spec: Vega-Lite with colour words, whose data are named d0, d1, …: the same bytes as long as only the data
    change. datasets: Arrow streams by these names."""

    spec: dict[str, Any]
    datasets: dict[str, bytes]

    def dressed(self, mode: str | None, epoch: int | None = None) -> dict[str, Any]:
        """What `st.vega_lite_chart(spec=…)` draws in a mode's colours; its slider starts at `epoch`, if one is
        given."""
        made = {**self.spec, "config": config(mode), "datasets": self.datasets}
        if epoch is not None and "params" in made:
            made["params"] = [_starting(parameter, epoch) for parameter in made["params"]]
        return made

    def whole(self) -> dict[str, Any]:
        """The specification with its data as rows of JSON, for exports. NaN and infinity become null."""
        rows = {name: json.loads(_frame(data).to_json(orient="records")) for name, data in self.datasets.items()}
        return {**self.spec, "datasets": rows}


def trust_charts() -> None:
    """Charts made from now on are not checked against Vega-Lite's schema while they are put together: the tests have
    done so, and a live page makes them every second."""
    schemapi.disable_debug_mode()


def ready(chart: alt.TopLevelMixin) -> Ready:
    """The chart made ready. Its data frames are taken out; each is sent once even where several layers draw it."""
    frames: list[pd.DataFrame] = []
    spec = _named(chart, frames).to_dict(validate=False)
    spec.pop("config", None)
    spec = _steady(spec)
    words = set(re.findall(r"\w+", json.dumps(spec, ensure_ascii=False)))
    return Ready(spec, {f"d{number}": _bytes(frame, words) for number, frame in enumerate(frames)})


def _named(chart: Any, frames: list[pd.DataFrame]) -> Any:
    """A copy of the chart with names in place of its data frames."""
    copied = chart.copy(deep=False)
    if isinstance(copied.data, pd.DataFrame):
        known = [number for number, frame in enumerate(frames) if frame is copied.data]
        if not known:
            frames.append(copied.data)
        copied.data = alt.NamedData(name=f"d{known[0] if known else len(frames) - 1}")
    for part in ("layer", "hconcat", "vconcat", "concat"):
        views = getattr(copied, part, alt.Undefined)
        if isinstance(views, list):
            setattr(copied, part, [_named(view, frames) for view in views])
    return copied


def _steady(spec: dict[str, Any]) -> dict[str, Any]:
    """Views and parameters that Altair named by a hash of their data, numbered in the order in which they appear."""
    text = json.dumps(spec)
    for kind in ("view", "param"):
        found = dict.fromkeys(re.findall(rf'"({kind}_[0-9a-f]+(?:_[0-9]+)?)"', text))
        numbers = {name: f'"{kind} {number}"'.replace(" ", "_n") for number, name in enumerate(found)}
        for name, steady in numbers.items():
            text = text.replace(f'"{name}"', steady)
    return dict(json.loads(text))


def _starting(parameter: dict[str, Any], epoch: int) -> dict[str, Any]:
    """The parameter, an epoch slider at the given epoch."""
    bound = parameter.get("bind")
    if not isinstance(bound, dict) or bound.get("name") != "epoch":
        return parameter
    return {**parameter, "value": min(epoch, bound["max"])}


def _bytes(frame: pd.DataFrame, words: set[str]) -> bytes:
    """An Arrow stream of the columns that the specification's words name, with numbers in 4 bytes where these hold them
    (a screen shows fewer digits): half of what a browser would be sent otherwise."""
    named = {str(name): _column(frame[name]) for name in frame if set(re.findall(r"\w+", str(name))) <= words}
    table = pa.table(named)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def _column(values: pd.Series) -> pa.Array | pa.ChunkedArray:
    column = pa.array(values, from_pandas=True)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return _indexed(pa.chunked_array([column]))
    if pa.types.is_float64(column.type) and _is_small(values.to_numpy()):
        return column.cast(pa.float32())
    if pa.types.is_int64(column.type) and (not len(values) or np.abs(values.to_numpy()).max() < 2**31):
        return column.cast(pa.int32())
    return column


def _is_small(values: np.ndarray) -> bool:
    """Whether 4 bytes hold all that is a number and not 0."""
    size = np.abs(values[np.isfinite(values) & (values != 0)])
    return not len(size) or bool(SMALL[0] <= size.min() and size.max() <= SMALL[1])


def _indexed(words: pa.ChunkedArray) -> pa.ChunkedArray:
    """Words that repeat as numbers in a list of them, where that is shorter."""
    known = words.dictionary_encode().unify_dictionaries()
    different = len(known.chunk(0).dictionary) if known.num_chunks else 0
    return known.cast(pa.dictionary(pa.int16(), words.type)) if 0 < different < min(len(words) / 4, 2**15) else words


def _frame(data: bytes) -> pd.DataFrame:
    return pa.ipc.open_stream(data).read_all().to_pandas()
