"""Small pictures as PNG data addresses in the colours of a mode: classes by colour and strength, values on the ramp."""

import base64
import io
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image

from core.charts.theme import theme

LEVELS = 31
"""Strengths of a class's colour; with eight colours that fills a palette."""
STRONGEST = 0.44
"""Opacity of a certain answer: in full colour the points on it would vanish."""
RAMP_OPACITY = 0.72
NO_ANSWER = 255
_BROKEN = 254
"""Place in the palette for what is not a number: the page's own red, faint."""


@lru_cache(maxsize=1_024)
def classes_png(answers: bytes, sure: bytes, side: int, mode: str) -> str:
    """A decision surface. answers: class of each cell, 255 for none; sure: 0 to 255. Classes beyond eight share
    colours."""
    looks = theme(mode)
    codes, strength = np.frombuffer(answers, np.uint8), np.frombuffer(sure, np.uint8)
    level = np.rint(strength / 255 * (LEVELS - 1)).astype(np.uint8)
    index = np.where(codes == NO_ANSWER, _BROKEN, (codes % 8) * LEVELS + level).astype(np.uint8)
    colours, opacity = np.zeros((256, 3), np.uint8), np.zeros(256)
    for number, word in enumerate(looks.category):
        at = slice(number * LEVELS, (number + 1) * LEVELS)
        colours[at], opacity[at] = _rgb(word), STRONGEST * np.linspace(0, 1, LEVELS) ** 0.8
    colours[_BROKEN], opacity[_BROKEN] = _rgb(looks.red), 0.25
    return _png(index.reshape(-1, side), colours, opacity)


@lru_cache(maxsize=1_024)
def values_png(sure: bytes, answers: bytes, side: int, mode: str) -> str:
    """A surface of values, 0 (lowest) to 255 (highest), on the ramp."""
    looks = theme(mode)
    index = np.minimum(np.frombuffer(sure, np.uint8), 253)
    index = np.where(np.frombuffer(answers, np.uint8) == NO_ANSWER, _BROKEN, index).astype(np.uint8)
    colours, opacity = np.zeros((256, 3), np.uint8), np.full(256, RAMP_OPACITY)
    colours[:254] = shades(looks.ramp, 254)
    colours[_BROKEN] = _rgb(looks.red)
    return _png(index.reshape(-1, side), colours, opacity)


def shades(stops: Sequence[str], count: int) -> np.ndarray:
    """uint8 [count, 3] between colours given as hex."""
    known = np.array([_rgb(stop) for stop in stops], float)
    at = np.linspace(0, len(stops) - 1, count)
    return np.stack([np.interp(at, np.arange(len(stops)), known[:, k]) for k in range(3)], 1).round().astype(np.uint8)


def _png(index: np.ndarray, colours: np.ndarray, opacity: np.ndarray) -> str:
    height, width = index.shape
    picture = Image.frombytes("P", (width, height), index.tobytes())
    picture.putpalette(colours.tobytes())
    sink = io.BytesIO()
    picture.save(sink, "PNG", transparency=bytes((opacity * 255).round().astype(np.uint8)), optimize=False)
    return "data:image/png;base64," + base64.b64encode(sink.getvalue()).decode()


def _rgb(word: str) -> tuple[int, int, int]:
    return int(word[1:3], 16), int(word[3:5], 16), int(word[5:7], 16)
