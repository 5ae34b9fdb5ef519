"""Many viewers of one live page on one server: its share of a core, how long an update takes, and its memory. Viewers
speak the browser's own protocol over websockets; the run is a real one. Also the pages of a long, deep run."""

import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from core.experiment import Experiment
from core.running.submit import submit
from core.store import open_store
from tests.browser.serving import served

SECONDS = 12
"""How long viewers watch, once all have opened the page."""


@dataclass
class Viewer:
    """One open tab: reruns the live fragment at the pace that the server asked for, and times the answers."""

    address: str
    page: str
    query: str
    counts: bool = False
    """Whether the rows of charts are counted, which takes as long as sending them."""
    took: list[float] = field(default_factory=list)
    bytes_: int = 0
    points: int = 0
    """Rows of data of the largest chart that was sent."""
    fragment: tuple[str, float] | None = None
    page_hash: str = ""

    async def watch(self, seconds: float, all_opened: asyncio.Barrier) -> None:
        """Opens the page, waits for the others, then watches for so long, from a moment of its own: people do not open
        a page in the same instant."""
        uri = f"{self.address.replace('http', 'ws')}/_stcore/stream"
        async with websockets.connect(uri, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
            first = BackMsg()
            first.rerun_script.query_string = self.query
            first.rerun_script.page_name = self.page
            await socket.send(first.SerializeToString())
            await self._answer(socket)
            await all_opened.wait()
            until = time.monotonic() + seconds
            await asyncio.sleep(random.uniform(0, min(seconds, self.fragment[1] if self.fragment else 0)))
            while time.monotonic() < until and self.fragment:
                started = time.monotonic()
                again = BackMsg()
                again.rerun_script.query_string = self.query
                again.rerun_script.fragment_id = self.fragment[0]
                again.rerun_script.page_script_hash = self.page_hash
                again.rerun_script.is_auto_rerun = True
                await socket.send(again.SerializeToString())
                await self._answer(socket)
                self.took.append(time.monotonic() - started)
                await asyncio.sleep(max(0.0, self.fragment[1] - (time.monotonic() - started)))

    async def _answer(self, socket: Any) -> None:
        """Reads until the script, or the fragment, has finished."""
        while True:
            data = await asyncio.wait_for(socket.recv(), 60)
            self.bytes_ += len(data)
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.page_hash = message.new_session.page_script_hash
            elif kind == "auto_rerun":
                self.fragment = message.auto_rerun.fragment_id, message.auto_rerun.interval
            elif kind == "delta" and self.counts:
                self.points = max(self.points, points(message))
            elif kind == "script_finished":
                return


def points(message: ForwardMsg) -> int:
    """Rows of data of the chart that a message carries, all its tables together; 0 where it carries none."""
    element = message.delta.new_element
    if element.WhichOneof("type") != "vega_lite_chart":
        return 0
    tables = element.vega_lite_chart.datasets
    return sum(pa.ipc.open_stream(table.data.data).read_all().num_rows for table in tables)


@contextmanager
def installation() -> Iterator[tuple[str, psutil.Process]]:
    """A dashboard with a store and a runner of its own."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "home") as (address, process):
        os.environ["LAYERSCOPE_HOME"] = str(Path(folder) / "home")
        yield address, psutil.Process(process.pid)


def long_run(epochs: int = 20_000) -> str:
    """A run that is live for as long as it is watched."""
    tree = {"data": "digits", "training": {"epochs": epochs}, "name": "watched"}
    run = submit(open_store(), "local", Experiment.model_validate(tree), "watched")
    while (seen := open_store().run(run, "local")) is None or seen.epoch < 1:
        time.sleep(0.05)
    return run


async def watched(viewers: list[Viewer], server: psutil.Process) -> float:
    """All of them open their page, then watch it together. Gives the server's CPU meanwhile (1 = one core)."""
    all_opened = asyncio.Barrier(len(viewers) + 1)

    async def cpu() -> float:
        await all_opened.wait()
        before, started = server.cpu_times(), time.monotonic()
        await asyncio.sleep(SECONDS)
        used = server.cpu_times()
        return (used.user + used.system - before.user - before.system) / (time.monotonic() - started)

    busy, *_ = await asyncio.gather(cpu(), *(viewer.watch(SECONDS, all_opened) for viewer in viewers))
    assert isinstance(busy, float)
    return busy


def load(address: str, server: psutil.Process, run: str, count: int) -> dict[str, float]:
    """CPU of the server (1 = one core), update times in seconds, and its memory in MiB, with so many viewers."""
    viewers = [Viewer(address, "train", f"run={run}") for _ in range(count)]
    busy = asyncio.run(watched(viewers, server))
    took = sorted(t for viewer in viewers for t in viewer.took)
    return {"cpu": busy, "p50": statistics.median(took), "p95": took[int(0.95 * len(took))]} | {
        "memory": server.memory_info().rss / 2**20
    }


def first_visit(address: str, page: str, run: str) -> tuple[float, Viewer]:
    """Seconds of the server for the page; the viewer, who counted what was sent."""
    viewer = Viewer(address, page, f"run={run}", counts=True)
    started = time.monotonic()
    asyncio.run(viewer.watch(0.0, asyncio.Barrier(1)))
    return time.monotonic() - started, viewer


def rows() -> list[dict[str, Any]]:
    """The table's rows."""
    found = []
    with installation() as (address, server):
        first_visit(address, "", "0" * 32)
        found.append(_row("memory of the dashboard process, MiB", server.memory_info().rss / 2**20, 250, ""))
        run = long_run()
        load(address, server, run, 1)
        for count, cpu, p95 in ((30, 0.5, 0.2), (100, None, None)):
            seen = load(address, server, run, count)
            found.append(_row(f"{count} viewers of a live page: share of one core", seen["cpu"], cpu, ""))
            found.append(_row(f"{count} viewers: an update, s at p95 (p50 {seen['p50']:.3f})", seen["p95"], p95, ""))
        found.append(_row("memory of the dashboard after 130 viewers, MiB", server.memory_info().rss / 2**20, None, ""))
        open_store().request(run, "local", "stop")
        deep = _deep_run()
        for page in ("curves", "gradients", "activations", "outputs", "findings"):
            of = f"{page} of 1,000 epochs x 50 layers"
            seconds, sent = first_visit(address, page, deep)
            found.append(_row(f"{of}: first visit, s", seconds, 0.5, ""))
            seconds, _ = first_visit(address, page, deep)
            found.append(_row(f"{of}: next visit, s", seconds, 0.5, ""))
            found.append(_row(f"{of}: MB to the browser", sent.bytes_ / 1e6, 1.0, "raw"))
            found.append(_row(f"{of}: points of its largest chart", sent.points, 5000, ""))
    return found


def _deep_run() -> str:
    layer = {"units": 16, "normalisation": "batch"}
    tree = {"data": "iris", "network": {"layers": [layer] * 49}, "training": {"epochs": 1000, "batch_size": 90}}
    run = submit(open_store(), "local", Experiment.model_validate(tree), "deep")
    while not open_store().run(run, "local").is_over:  # type: ignore[union-attr]
        time.sleep(0.2)
    return run


def _row(what: str, value: float, at_most: float | None, against: str) -> dict[str, Any]:
    return {"what": what, "ratio": value, "at_most": at_most, "denominators": against}
