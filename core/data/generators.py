"""Generated tables: points of a known shape, and numbers that follow a known formula, from a seed of their own."""

from collections.abc import Callable
from typing import Any

import numpy as np

from core.data.sample import Sample, of_classes, of_values

Points = tuple[np.ndarray, np.ndarray]
"""Inputs [rows, columns] and targets: class numbers [rows], or values without noise [rows] or [rows, targets]."""

DISK = 1 / 3
"""Radius of the bullseye's disk, in radii of its ring; the ring begins at twice that (as in Olah 2014)."""
NAMES: dict[str, tuple[str, ...]] = {
    "bullseye": ("disk", "ring"),
    "circles": ("outer", "inner"),
    "vehicles": ("car", "van", "lorry"),
}
COLUMNS: dict[str, tuple[tuple[str, str], str]] = {"vehicles": (("weight_kg", "goods_kg"), "type")}
"""Names of the inputs and of the target, where they are not x, y and class."""
SEVERAL: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {"arm": (("shoulder", "elbow"), ("across", "up"))}
"""Names of the inputs and of the targets, where several values are asked for."""
FOREARM = 0.8
"""Length of the forearm, in lengths of the upper arm (our choice, near a person's)."""
USUAL_WEIGHT = (1_400.0, 2_100.0, 6_000.0)
"""Kilograms of an empty car, van and lorry (our choice, near what is on the roads)."""
PAYLOAD = (0.3, 0.55, 1.1)
"""Most goods over own weight of a car, van and lorry (our choice, likewise)."""
INNER = 0.5
"""Radius of the small circle, in radii of the large one."""


def sample(kind: str, rows: int, noise: float, seed: int, wrong: float = 0.0, **shape: Any) -> Sample:
    """`rows` rows of the generator named `kind`; `wrong` is the share of rows that carry another class than their own.
    The same arguments give the same rows."""
    rng = np.random.default_rng(seed)
    if kind in VALUES:
        return _values(kind, rows, noise, rng)
    inputs, classes = CLASSES[kind](rows, noise, rng, **shape)
    order = rng.permutation(rows)
    names = NAMES.get(kind, tuple(str(k) for k in range(int(classes.max()) + 1)))
    classes = _mislabelled(classes, wrong, len(names), rng)
    columns, target = COLUMNS.get(kind, (("x", "y"), "class"))
    return of_classes(inputs[order], classes[order], columns, names, target=target)


def _values(kind: str, rows: int, noise: float, rng: np.random.Generator) -> Sample:
    """Noise is a share of the spread of the values that the formula gives."""
    inputs, values = VALUES[kind](rows, rng)
    values = values + noise * values.std(axis=0) * rng.standard_normal(values.shape)
    width = inputs.shape[1]
    names = ("x", "y")[:width] if width <= 2 else tuple(f"x{k + 1}" for k in range(width))
    names, targets = SEVERAL.get(kind, (names, ("value",)))
    return of_values(inputs, values, names, *targets)


def _mislabelled(classes: np.ndarray, wrong: float, number: int, rng: np.random.Generator) -> np.ndarray:
    """Classes of which a share `wrong` is replaced by one of the others."""
    if not wrong:
        return classes
    changed = rng.permutation(len(classes))[: round(wrong * len(classes))]
    out = classes.copy()
    out[changed] = (classes[changed] + rng.integers(1, number, len(changed))) % number
    return out


def _halves(rows: int, parts: int = 2) -> np.ndarray:
    """Class numbers 0 … parts − 1 in shares as even as can be."""
    return np.arange(rows) * parts // rows


def _around(angle: np.ndarray, radius: np.ndarray | float = 1.0) -> np.ndarray:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _shaken(points: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    return points + noise * rng.standard_normal(points.shape)


def _moons(rows: int, noise: float, rng: np.random.Generator) -> Points:
    lower = _halves(rows)
    half = _around(rng.uniform(0, np.pi, rows))
    points = np.where(lower[:, None] == 1, np.array([1.0, 0.5]) - half, half)
    return _shaken(points, noise, rng), lower


def _circles(rows: int, noise: float, rng: np.random.Generator) -> Points:
    inner = _halves(rows)
    points = _around(rng.uniform(0, 2 * np.pi, rows), np.where(inner == 1, INNER, 1.0))
    return _shaken(points, noise, rng), inner


def _bullseye(rows: int, noise: float, rng: np.random.Generator) -> Points:
    """Uniform over the area of the disk and of the ring."""
    ring = _halves(rows)
    area = rng.uniform(0, 1, rows)
    radius = np.where(ring == 1, np.sqrt((2 * DISK) ** 2 + area * (1 - (2 * DISK) ** 2)), DISK * np.sqrt(area))
    return _shaken(_around(rng.uniform(0, 2 * np.pi, rows), radius), noise, rng), ring


def _spirals(rows: int, noise: float, rng: np.random.Generator, arms: int, turns: float) -> Points:
    arm = _halves(rows, arms)
    along = np.sqrt(rng.uniform(0.01, 1, rows))
    angle = 2 * np.pi * (along * turns + arm / arms)
    return _shaken(_around(angle, along), noise, rng), arm


def _xor(rows: int, noise: float, rng: np.random.Generator) -> Points:
    """Squares of side 1 around the origin; classes are those of the points before the noise."""
    points = rng.uniform(-1, 1, (rows, 2))
    return _shaken(points, noise, rng), (points[:, 0] * points[:, 1] > 0).astype(np.int64)


def _gaussians(rows: int, noise: float, rng: np.random.Generator, share: float) -> Points:
    """At least two rows in each cloud."""
    right = (np.arange(rows) < np.clip(round(share * rows), 2, rows - 2)).astype(np.int64)
    centre = np.where(right[:, None] == 1, 1.0, -1.0) * np.sqrt(0.125)
    return _shaken(np.broadcast_to(centre, (rows, 2)), noise, rng), right


def _blobs(rows: int, noise: float, rng: np.random.Generator, centres: int) -> Points:
    blob = _halves(rows, centres)
    return _shaken(_around(2 * np.pi * blob / centres), noise, rng), blob


def _vehicles(rows: int, noise: float, rng: np.random.Generator) -> Points:
    """Weights scatter by a share of the usual one; goods are any part of what the vehicle may carry, most of it
    seldom. Whole kilograms, as a scale says them."""
    kind = _halves(rows, len(USUAL_WEIGHT))
    weight = np.array(USUAL_WEIGHT)[kind] * np.exp(noise * rng.standard_normal(rows))
    goods = np.array(PAYLOAD)[kind] * weight * rng.beta(1.5, 2.0, rows)
    return np.stack([weight, goods], axis=1).round(), kind


def _plane(rows: int, rng: np.random.Generator) -> Points:
    inputs = rng.uniform(-1, 1, (rows, 2))
    return inputs, 2 * inputs[:, 0] - inputs[:, 1]


def _bumpy(rows: int, rng: np.random.Generator) -> Points:
    inputs = rng.uniform(-1, 1, (rows, 2))
    return inputs, np.sin(np.pi * inputs[:, 0]) * np.cos(np.pi * inputs[:, 1])


def _sine(rows: int, rng: np.random.Generator) -> Points:
    inputs = rng.uniform(-np.pi, np.pi, (rows, 1))
    return inputs, np.sin(2 * inputs[:, 0])


def _friedman(rows: int, rng: np.random.Generator) -> Points:
    x = rng.uniform(0, 1, (rows, 10))
    return x, 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]


def _arm(rows: int, rng: np.random.Generator) -> Points:
    """Angles in radians, the elbow's against the upper arm; the shoulder is the origin."""
    shoulder, elbow = rng.uniform(0, np.pi, (2, rows))
    hand = _around(shoulder) + _around(shoulder + elbow, FOREARM)
    return np.stack([shoulder, elbow], axis=1), hand


CLASSES: dict[str, Callable[..., Points]] = {
    "moons": _moons,
    "circles": _circles,
    "bullseye": _bullseye,
    "spirals": _spirals,
    "xor": _xor,
    "gaussians": _gaussians,
    "blobs": _blobs,
    "vehicles": _vehicles,
}
VALUES: dict[str, Callable[..., Points]] = {
    "plane": _plane,
    "bumpy": _bumpy,
    "sine": _sine,
    "friedman": _friedman,
    "arm": _arm,
}
