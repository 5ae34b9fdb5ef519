"""Tables whose inputs are the pixels of square pictures: stated by where they come from, or told by their columns."""

import re

import numpy as np

from core.data.columns import numbers
from core.data.sample import Sample

SMALLEST_SIDE = 5
"""Pixels per side from which columns are taken for a picture (our choice)."""
BRIGHTEST = (1, 16, 255)
"""Largest values that pictures are written with: shares, scikit-learn's digits, bytes."""
LOOKED_AT = 32
NUMBERED = re.compile(r"^(.*?)(\d+)(\D*)(\d*)$")


def shape_of(sample: Sample) -> tuple[int, ...] | None:
    """What one row is together: as the sample says, (1, height, width) where all inputs are pixels; None where they are
    a plain list of columns."""
    if sample.shape is not None:
        return sample.shape
    length = side(sample)
    return (1, length, length) if length else None


def side(sample: Sample) -> int | None:
    """Pixels per side where all inputs are pixels; None where they are anything else."""
    length = round(len(sample.inputs) ** 0.5)
    if length < SMALLEST_SIDE or length * length != len(sample.inputs):
        return None
    kinds = {column.name: column for column in sample.table.columns}
    if any(kinds[name].type not in ("number", "boolean") or kinds[name].missing for name in sample.inputs):
        return None
    if not _are_numbered(sample.inputs):
        return None
    looked_at = sample.inputs[:: max(1, len(sample.inputs) // LOOKED_AT)]
    ends = np.array([(v.min(), v.max()) for v in (numbers(sample.table, name) for name in looked_at) if len(v)])
    return length if len(ends) and ends[:, 0].min() >= 0 and _is_brightest(ends[:, 1].max()) else None


def _are_numbered(names: tuple[str, ...]) -> bool:
    """pixel0, pixel1 …; 1x1, 1x2 …; pixel_0_0 …; 0, 1 …: one pattern and a number in each."""
    found = [NUMBERED.match(name) for name in names]
    return all(found) and len({(m[1], m[3]) for m in found if m}) == 1


def _is_brightest(value: float) -> bool:
    return any(0.5 * most < value <= most for most in BRIGHTEST)
