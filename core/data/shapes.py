"""Pictures of plain shapes, drawn by formula: each is somewhere, turned somehow, more or less bright, and noisy."""

import numpy as np

from core.data.sample import Sample, of_classes

SIDE = 28
"""Pixels per side, as in the best-known digit files."""
NAMES = ("disc", "square", "triangle", "cross", "star")
RADIUS = (5.0, 8.0)
"""Pixels from a shape's middle to its farthest points, drawn evenly between these."""
AT_ONCE = 500
"""Pictures drawn together (our choice: 3 MB a step)."""


def sample(
    rows: int, noise: float, shift: float, rotation: float, contrast: float, seed: int, wrong: float = 0.0
) -> Sample:
    """`rows` pictures, every shape equally often. noise: standard deviation of every pixel, in shares of full
    brightness; shift: farthest way from the middle in pixels, both ways; rotation: largest turn in degrees, both ways;
    contrast: the faintest shape is so much fainter than full brightness; wrong: share of the rows that carry another
    class than their own. The same arguments give the same pictures."""
    rng = np.random.default_rng(seed)
    classes = rng.permutation(np.arange(rows) % len(NAMES))
    moved = rng.uniform(-1, 1, (rows, 2)) * shift
    turned = np.deg2rad(rng.uniform(-1, 1, rows) * rotation)
    radius = rng.uniform(*RADIUS, rows)
    brightness = 1 - contrast * rng.uniform(0, 1, rows)
    pictures = np.zeros((rows, SIDE, SIDE))
    for start in range(0, rows, AT_ONCE):
        part = slice(start, start + AT_ONCE)
        pictures[part] = drawn(classes[part], radius[part], moved[part], turned[part])
    pictures *= brightness[:, None, None]
    pictures = np.clip(pictures + noise * rng.standard_normal(pictures.shape), 0, 1)
    names = [f"pixel_{row}_{column}" for row in range(SIDE) for column in range(SIDE)]
    told = _mislabelled(classes, wrong, rng)
    return of_classes(np.round(pictures, 3).reshape(rows, -1), told, names, NAMES, target="shape")


def drawn(classes: np.ndarray, radius: np.ndarray, moved: np.ndarray, turned: np.ndarray) -> np.ndarray:
    """Shapes without noise, 0 to 1, [rows, SIDE, SIDE]; their edges are smooth over one pixel."""
    middle = (SIDE - 1) / 2
    grid = np.arange(SIDE) - middle
    x = grid[None, None, :] - moved[:, 0, None, None]
    y = grid[None, :, None] - moved[:, 1, None, None]
    cosine, sine = np.cos(turned)[:, None, None], np.sin(turned)[:, None, None]
    x, y = cosine * x + sine * y, cosine * y - sine * x
    found = np.zeros(x.shape)
    for number, name in enumerate(NAMES):
        of = classes == number
        found[of] = np.clip(0.5 - DISTANCES[name](x[of], y[of], radius[of, None, None]), 0, 1)
    return found


def _disc(x: np.ndarray, y: np.ndarray, radius: np.ndarray) -> np.ndarray:
    return np.hypot(x, y) - 0.85 * radius


def _square(x: np.ndarray, y: np.ndarray, radius: np.ndarray) -> np.ndarray:
    return np.maximum(np.abs(x), np.abs(y)) - radius / np.sqrt(2)


def _triangle(x: np.ndarray, y: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Three sides, each half a radius from the middle; one point is up."""
    return np.max([x * np.sin(a) + y * np.cos(a) for a in (0, 2 * np.pi / 3, 4 * np.pi / 3)], axis=0) - radius / 2


def _cross(x: np.ndarray, y: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Two bars, a third as wide as they are long."""
    wide, high = np.abs(x), np.abs(y)
    return np.minimum(np.maximum(wide - radius, high - radius / 3), np.maximum(wide - radius / 3, high - radius))


def _star(x: np.ndarray, y: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Five points; the inner corners lie at 0.4 of the radius."""
    step = np.pi / 5
    angle = np.abs((np.arctan2(x, -y) + step) % (2 * step) - step)
    along, across = np.hypot(x, y) * np.cos(angle), np.hypot(x, y) * np.sin(angle)
    corner_along, corner_across = 0.4 * radius * np.cos(step), 0.4 * radius * np.sin(step)
    edge_along, edge_across = corner_along - radius, corner_across
    return (along * edge_across - (across * edge_along) - radius * edge_across) / np.hypot(edge_along, edge_across)


DISTANCES = {"disc": _disc, "square": _square, "triangle": _triangle, "cross": _cross, "star": _star}
"""About how far a point lies outside a shape's edge, in pixels; negative inside."""


def _mislabelled(classes: np.ndarray, wrong: float, rng: np.random.Generator) -> np.ndarray:
    changed = rng.permutation(len(classes))[: round(wrong * len(classes))]
    out = classes.copy()
    out[changed] = (classes[changed] + rng.integers(1, len(NAMES), len(changed))) % len(NAMES)
    return out
