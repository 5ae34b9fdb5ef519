"""The learning-rate range test (Smith 2017): a short training whose rate grows from far too small to far too large. The
loss first stands still, then falls, then runs away; the rate to choose lies where it falls fastest."""

import math
import time
from typing import Any

import numpy as np
import torch

from core.data.splits import Splits
from core.experiment import Experiment
from core.training.checks import check
from core.training.program import Program

LOWEST, HIGHEST = 1e-6, 10.0
MOST_STEPS, FEWEST_STEPS = 140, 40
SECONDS = 4.0
"""How long it may train, about (our choice: an answer while one waits)."""
RUNS_AWAY = 4.0
"""It ends where the smoothed loss is so many times the lowest (Smith; fastai)."""
WINDOW = 0.08
"""Share of the steps to either side that a slope is taken over: half a decade (our choice: batches are noisy)."""
KEPT = 0.85
"""Share of the running mean of losses that is kept from step to step (our choice: batches are noisy)."""


def range_test(experiment: Experiment, splits: Splits) -> dict[str, Any]:
    """JSON: rates, losses (of each step's batch, of the first seed) and smooth (their running mean), all as long;
    proposed: the rate at which the smooth loss falls fastest, None where it never falls; lowest: where it was lowest;
    chosen: the experiment's own. Raises Refusal."""
    check(experiment, splits, "cpu")
    experiment = experiment.changed({"schedule": {"kind": "constant"}})
    program = Program(experiment, splits, [0], torch.device("cpu"))
    program.recorder = None
    steps = _steps(program)
    ladder = np.geomspace(LOWEST, HIGHEST, steps)
    rates: list[float] = []
    losses: list[float] = []
    smooth: list[float] = []
    while len(rates) < steps:
        for x, wanted, weights in program.batches():
            program.set_learning_rate(float(ladder[len(rates)]))
            loss = float(program.step(x, wanted, weights)[1].detach().mean())
            losses.append(loss)
            rates.append(float(ladder[len(rates)]))
            smooth = smoothed(losses)
            if len(rates) == steps or not math.isfinite(loss) or smooth[-1] > RUNS_AWAY * min(smooth):
                return _found(rates, losses, smooth, experiment.optimizer.learning_rate)
    raise AssertionError("an epoch has at least one step")


def smoothed(losses: list[float]) -> list[float]:
    """The running mean of losses, its cold start corrected."""
    mean, result = 0.0, []
    for number, loss in enumerate(losses, 1):
        mean = KEPT * mean + (1 - KEPT) * loss
        result.append(mean / (1 - KEPT**number))
    return result


def proposed(rates: list[float], losses: list[float], smooth: list[float]) -> float | None:
    """The rate before the lowest smooth loss at which losses fall fastest by decade: a straight line through the steps
    within WINDOW of all around it; None where the smooth loss never falls by a twentieth."""
    values, means = np.array(losses), np.array(smooth)
    finite = np.isfinite(values) & np.isfinite(means)
    values, means, known = values[finite], means[finite], np.log10(np.array(rates)[finite])
    reach = max(2, round(WINDOW * len(rates)))
    if len(values) <= 2 * reach:
        return None
    bottom = int(means[reach:].argmin()) + reach
    if means[bottom] > 0.95 * values[: 2 * reach].mean():
        return None
    places = range(reach, min(bottom, len(values) - 1 - reach) + 1)
    slopes = [_slope(known[i - reach : i + reach + 1], values[i - reach : i + reach + 1]) for i in places]
    return float(f"{10 ** known[reach + int(np.argmin(slopes))]:.2g}")


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    return float(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum())


def _steps(program: Program) -> int:
    """As many as fit into SECONDS, by the time of one step at a rate of nothing."""
    program.set_learning_rate(0.0)
    x, wanted, weights = next(program.batches())
    start = time.perf_counter()
    program.step(x, wanted, weights)
    return int(min(MOST_STEPS, max(FEWEST_STEPS, SECONDS / max(1e-6, time.perf_counter() - start))))


def _found(rates: list[float], losses: list[float], smooth: list[float], chosen: float) -> dict[str, Any]:
    finite = [value if math.isfinite(value) else math.inf for value in smooth]
    return {
        "rates": rates,
        "losses": [loss if math.isfinite(loss) else None for loss in losses],
        "smooth": [value if math.isfinite(value) else None for value in smooth],
        "proposed": proposed(rates, losses, smooth),
        "lowest": rates[int(np.argmin(finite))],
        "chosen": chosen,
    }
