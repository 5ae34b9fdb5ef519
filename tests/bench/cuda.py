"""What a CUDA device gives, where there is one: from which size of a network it is quicker than a processor core, what
recording costs there, several seeds together, and half precision."""

import time
from typing import Any

import torch

from core.data.splits import Splits
from core.experiment import Experiment
from core.training.packing import step_work
from core.training.program import network_of
from tests.bench.engine import What, engine_loop, times
from tests.bench.measuring import interleaved, row
from tests.bench.overhead import WORKLOADS, pictures
from tests.bench.plain import fast_loop
from tests.training.made import classes, digits

ROUNDS, EPOCHS = 7, 5
WIDTHS = (32, 128, 256, 512, 1_024, 2_048)
BATCH = 128


def rows() -> list[dict[str, Any]]:
    """Ratios of seconds by the clock on the wall; an epoch ends when its numbers are on the host. None where there is
    no CUDA device."""
    if not torch.cuda.is_available():
        return []
    torch.set_num_threads(1)
    return [*_against_a_core(), *_recording(), *_seeds(), *_half()]


def _against_a_core() -> list[dict[str, Any]]:
    splits, found = _table(), []
    for width in WIDTHS:
        chosen = _wide(width)
        work = step_work(network_of(chosen, splits, 0), BATCH)
        took = interleaved(
            {where: engine_loop(chosen, splits, "everything", device=where) for where in ("cuda", "cpu")},
            3 if width > 512 else ROUNDS,
            time.perf_counter,
        )
        what = f"64-{width}x3-10, batch {BATCH}, {work:.2g} operations a step: CUDA"
        found.append(row(what, took, "cuda", "cpu", None, "one processor core"))
    return found


def _recording() -> list[dict[str, Any]]:
    found = []
    for name, network in WORKLOADS.items():
        is_dense = network["kind"] == "dense"
        chosen = Experiment().changed(
            {"network": {**network, "initialisation": "glorot_uniform"}, "training.batch_size": 64 if is_dense else 128}
        )
        splits = digits(test=0) if is_dense else pictures()
        contestants = {"plain": times(fast_loop(chosen, splits, "cuda"), EPOCHS)}
        every: tuple[What, ...] = ("bare", "norms", "everything")
        for what in every:
            contestants[what] = times(engine_loop(chosen, splits, what, device="cuda"), EPOCHS)
        took = interleaved(contestants, ROUNDS, time.perf_counter)
        plain = f"fast plain loop on CUDA, epochs: {EPOCHS}"
        found += [row(f"{name} on CUDA: {what}", took, what, "plain", None, plain) for what in reversed(every)]
    return found


def _seeds() -> list[dict[str, Any]]:
    splits, found = _table(), []
    for width in (64, 512, 1_024):
        chosen = _wide(width)
        apart = [engine_loop(chosen, splits, "everything", [number], "cuda") for number in range(5)]
        took = interleaved(
            {
                "together": engine_loop(chosen, splits, "everything", range(5), "cuda"),
                "in turn": lambda each=apart: [epoch() for epoch in each],  # type: ignore[misc]
            },
            ROUNDS,
            time.perf_counter,
        )
        found.append(row(f"64-{width}x3-10 on CUDA: five seeds together", took, "together", "in turn", None, "in turn"))
    return found


def _half() -> list[dict[str, Any]]:
    splits, found = _table(16_384), []
    for width in (512, 2_048, 4_096):
        took = interleaved(
            {
                precision: engine_loop(
                    _wide(width).changed({"training.precision": precision, "training.batch_size": 4_096}),
                    splits,
                    "everything",
                    device="cuda",
                )
                for precision in ("bfloat16", "float32")
            },
            ROUNDS,
            time.perf_counter,
        )
        found.append(row(f"64-{width}x3-10, batch 4,096: bfloat16", took, "bfloat16", "float32", None, "float32"))
    return found


def _wide(width: int) -> Experiment:
    return Experiment().changed({"network.layers": [{"units": width}] * 3, "training.batch_size": BATCH})


def _table(rows_: int = 3_560) -> Splits:
    """Twenty steps of an epoch, or as many as its rows give."""
    return classes(rows_, 64, 10)
