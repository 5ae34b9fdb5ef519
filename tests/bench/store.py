"""How fast the store writes and reads, and how soon after the click the first epoch is there."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from core.recording.schemas import SCHEMAS, from_bytes
from core.running.ensure import ensure_runner
from core.running.sink import packed
from core.running.submit import submit
from core.settings import Settings
from core.store import Progress, Store, open_store

LAYERS, EPOCHS, CLICKS = 20, 500, 15
OWNER = "bench"


def rows() -> list[dict]:
    """What was measured, in milliseconds, and what it may be at most."""
    with tempfile.TemporaryDirectory(prefix="layerscope-bench-") as folder:
        chosen = Settings(home=Path(folder) / "home")
        store = open_store(chosen)
        return [*_record(store), _list(store), _click(store, chosen)]


def _record(store: Store) -> list[dict]:
    run_id = store.queue(OWNER, {})
    store.claim("bench")
    epochs = [_epoch(number) for number in range(EPOCHS)]
    batches = [packed(epoch) for epoch in epochs]
    pack = _median_ms(lambda number: packed(epochs[number]), 100)

    def write(number: int) -> None:
        store.append(run_id, batches[number], Progress(number, EPOCHS, 0.01, (0.5,) * 60))

    written = _median_ms(write, EPOCHS)
    read = _median_ms(lambda _: [store.records(run_id, kind) for kind in ("layers", "histograms")], 10)
    parsed = _median_ms(lambda _: from_bytes("layers", store.records(run_id, "layers")[0]), 10)
    kilobytes = sum(len(data) for _, _, data in batches[0]) / 1_000
    store.finish(run_id, "finished")
    return [
        _row(f"write one epoch of {LAYERS} layers, ms", written, 0.5, f"{kilobytes:.1f} kB; packing it: {pack:.2f} ms"),
        _row(f"read {EPOCHS} epochs of {LAYERS} layers, ms", read, 30, f"layers alone as a table: {parsed:.1f} ms"),
    ]


def _list(store: Store) -> dict:
    for number in range(500):
        run_id = store.queue(OWNER, {"training": {"epochs": 500}}, f"run {number}")
        store.claim("bench")
        store.progress(run_id, Progress(500, 500, 0.01, (0.5,) * 60))
        store.finish(run_id, "finished", None, {"outcome": "finished"})
    listed = _median_ms(lambda _: store.runs(OWNER, limit=500, brief=True), 10)
    asked = _median_ms(lambda _: store.revision(run_id, OWNER), 100)
    return _row("list 500 runs, ms", listed, 100, f"one poll of one run: {asked:.2f} ms")


def _click(store: Store, chosen: Settings) -> dict:
    while not ensure_runner(store, chosen).is_alive:
        time.sleep(0.2)
    waits = [_first_epoch_ms(store) for _ in range(CLICKS)]
    runner = store.runner()
    assert runner is not None
    store.end_lease(runner.token)  # it ends when it finds that out
    worst = f"iris, warm runner; slowest of {CLICKS}: {max(waits):.0f} ms"
    return _row("Train click to first epoch in the store, ms", statistics.median(waits), 300, worst)


def _first_epoch_ms(store: Store) -> float:
    began = time.perf_counter()
    run_id = submit(store, OWNER, {"training": {"epochs": 3}})
    while not any(epoch > 0 for epoch in _epochs(store, run_id)):
        time.sleep(0.001)
    waited = (time.perf_counter() - began) * 1e3
    while not (run := store.run(run_id, OWNER)) or not run.is_over:
        time.sleep(0.01)
    return waited


def _epochs(store: Store, run_id: str) -> list[int]:
    return from_bytes("epochs", store.records(run_id, "epochs")[0]).column("epoch").to_pylist()


def _epoch(number: int) -> list[tuple[str, int, pa.Table]]:
    """One epoch of random numbers: the statistics of every layer, and four histograms of each."""
    random = np.random.default_rng(number)
    schema = SCHEMAS["layers"]
    layers = {field.name: pa.array(random.random(LAYERS) * 100).cast(field.type, safe=False) for field in schema}
    shown = ("weights", "gradients", "preactivations", "activations")
    histograms = [
        {"epoch": number, "replica": 0, "layer": layer, "quantity": quantity, "bins": range(10, 50), "counts": counts}
        for layer in range(LAYERS)
        for quantity, counts in zip(shown, random.integers(0, 500, (len(shown), 40)), strict=True)
    ]
    return [
        ("layers", number, pa.table(layers, schema=schema)),
        ("histograms", number, pa.Table.from_pylist(histograms, schema=SCHEMAS["histograms"])),
        ("epochs", number, pa.Table.from_pylist([{"epoch": number, "replica": 0}], schema=SCHEMAS["epochs"])),
    ]


def _median_ms(call: Callable[[int], object], times: int) -> float:
    waits = []
    for number in range(times):
        began = time.perf_counter()
        call(number)
        waits.append((time.perf_counter() - began) * 1e3)
    return statistics.median(waits)


def _row(what: str, measured: float, at_most: float, note: str) -> dict:
    return {"what": what, "measured": round(measured, 3), "at_most": at_most, "note": note}


if __name__ == "__main__":
    for row in rows():
        print(row)
