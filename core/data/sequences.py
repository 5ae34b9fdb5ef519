"""Generated sequences: one row of the table is one sequence, step by step, with what is asked of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from core.choices.sequence_tables import Asked
from core.choices.sources import MOST_TARGETS
from core.data.sample import Sample, of_classes, of_values
from core.refusal import Problem, Refusal

Drawn = tuple[np.ndarray, np.ndarray, tuple[str, ...], tuple[str, ...]]
"""Inputs [rows, steps, values], targets [rows] (class numbers, or values; [rows, steps] where every step is asked),
names of the values, names of the classes (none: the targets are values)."""

SLOWEST, FASTEST = 1.5, 6.0
"""Cycles per window of the slowest and the fastest class that are told apart (our choice: seen whole, and at least five
steps a cycle from 30 steps on)."""


def sample(kind: str, rows: int, length: int, noise: float, seed: int, **shape: Any) -> Sample:
    """`rows` sequences of `length` steps from the generator named `kind`. The same arguments give the same rows."""
    rng = np.random.default_rng(seed)
    inputs, targets, values, classes = KINDS[kind](rows, length, noise, rng, **shape)
    names = columns(length, values)
    flat = inputs.reshape(rows, -1)
    row_shape = (length, len(values))
    if classes:
        return replace(of_classes(flat, targets, names, classes, "class"), shape=row_shape)
    steps = length if targets.ndim == 2 else 0
    asked = each_asked(steps, (TARGETS[kind],), "data.length") if steps else (TARGETS[kind],)
    return replace(of_values(flat, targets, names, *asked), shape=row_shape, asked_steps=steps)


def columns(steps: int, values: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the columns that hold a sequence: every value of step 1, then of step 2 …"""
    return tuple(f"{value} {step}" for step in range(1, steps + 1) for value in values)


def each_asked(steps: int, values: tuple[str, ...], path: str) -> tuple[str, ...]:
    """Names of what is asked at each step. Raises Refusal where a network cannot answer so much."""
    if steps * len(values) > MOST_TARGETS:
        said = f"{steps} steps ask for {steps * len(values):,} values, and a network answers {MOST_TARGETS} at most"
        raise Refusal(Problem(path, f"{said}: choose fewer steps, or ask at the end"))
    return columns(steps, values)


def _delay(rows: int, length: int, noise: float, rng: np.random.Generator, symbols: int) -> Drawn:
    """A level from −1 to 1 at the first step, one for each symbol; then nothing but noise around 0."""
    classes = rng.permutation(np.arange(rows) % symbols)
    inputs = noise * rng.standard_normal((rows, length, 1))
    inputs[:, 0, 0] = np.linspace(-1, 1, symbols)[classes]
    return inputs, classes, ("x",), tuple("ABCDEFGH"[:symbols])


def _adding(rows: int, length: int, noise: float, rng: np.random.Generator, asked: Asked = "end") -> Drawn:
    """Numbers from 0 to 1, two of them marked, one in each half; the target is their sum (Hochreiter & Schmidhuber
    1997), or at every step the sum of those that came until then."""
    numbers = rng.uniform(0, 1, (rows, length))
    half = length // 2
    first, second = rng.integers(0, half, rows), rng.integers(half, length, rows)
    marks = np.zeros((rows, length))
    every = np.arange(rows)
    marks[every, first] = marks[every, second] = 1.0
    total = numbers[every, first] + numbers[every, second]
    if asked == "every_step":
        total = (numbers * marks).cumsum(1)
    total = total + noise * rng.standard_normal(total.shape)
    return np.stack([numbers, marks], axis=2), total, ("number", "mark"), ()


def _parity(rows: int, length: int, noise: float, rng: np.random.Generator) -> Drawn:
    """Ones and zeros, shaken by noise; the class says whether the ones are odd in number."""
    bits = rng.integers(0, 2, (rows, length))
    shaken = bits + noise * rng.standard_normal((rows, length))
    return shaken[:, :, None], bits.sum(1) % 2, ("bit",), ("even", "odd")


def _frequencies(rows: int, length: int, noise: float, rng: np.random.Generator, tones: int) -> Drawn:
    """A wave of one of a few frequencies, from a phase of chance, under noise."""
    classes = rng.permutation(np.arange(rows) % tones)
    cycles = np.geomspace(SLOWEST, FASTEST, tones)[classes]
    phase = rng.uniform(0, 2 * np.pi, rows)
    wave = np.sin(phase[:, None] + 2 * np.pi * cycles[:, None] * np.arange(length) / length)
    shaken = wave + noise * rng.standard_normal((rows, length))
    return shaken[:, :, None], classes, ("x",), tuple(f"tone {k + 1}" for k in range(tones))


def _sines(rows: int, length: int, noise: float, rng: np.random.Generator, horizon: int, asked: Asked = "end") -> Drawn:
    """A wave with a frequency and a phase of its own under noise; the target is the wave `horizon` steps after the last
    one, or after every one, without noise."""
    cycles, phase = rng.uniform(1, 3, rows), rng.uniform(0, 2 * np.pi, rows)
    wave = np.sin(phase[:, None] + 2 * np.pi * cycles[:, None] * np.arange(length + horizon) / length)
    shaken = wave[:, :length] + noise * rng.standard_normal((rows, length))
    return shaken[:, :, None], wave[:, horizon:] if asked == "every_step" else wave[:, -1], ("x",), ()


KINDS: dict[str, Callable[..., Drawn]] = {
    "delay": _delay,
    "adding": _adding,
    "parity": _parity,
    "frequencies": _frequencies,
    "sines": _sines,
}
TARGETS = {"adding": "sum", "sines": "what follows"}
