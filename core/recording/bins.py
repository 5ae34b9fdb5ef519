"""Bins of half an octave with a sign, read off a float32's own bits: no range is needed beforehand, so histograms of
other epochs, layers and replicas can be added up.

A bin is numbered 0 to 1023 in the order of the values it holds. 512 + c holds what is positive and has the upper ten
bits c (the exponent and the first bit of the fraction): from 2^e to 1.5 × 2^e, or from there to 2^(e+1). 511 - c holds
the same with a minus. Zero is in 512 (−0 in 511); infinity in 1022 (and 1), NaN in 1023 (and 0)."""

from functools import cache

import numpy as np

BINS = 1024
ZERO = 512
SHIFT = 22
"""Bits of a float32 below those that choose its bin."""


def index(values: np.ndarray) -> np.ndarray:
    """The bin of every value, int64, in the shape of `values` (any float; counted as float32)."""
    signed = values.astype(np.float32).view(np.int32).astype(np.int64) >> SHIFT
    return np.where(signed < 0, 2 * ZERO - 1 - (signed + BINS), signed + ZERO)


@cache
def edges() -> np.ndarray:
    """The 1,025 edges of the bins, float64, ascending. The bins of infinity and NaN end at infinity; zero's two bins
    meet at 0."""
    return np.array([_edge(number) for number in range(BINS + 1)])


def centres(numbers: np.ndarray) -> np.ndarray:
    """A value inside each of these bins (the middle of its edges; 0 for zero's bins), float64."""
    low, high = edges()[numbers], edges()[numbers + 1]
    return np.where((numbers == ZERO) | (numbers == ZERO - 1), 0.0, (low + high) / 2)


def ordered(counts: np.ndarray) -> np.ndarray:
    """Counts [..., 1024] by (bits >> 22) + 512, in the order of the values: the negative half turns round."""
    return np.concatenate([counts[..., ZERO - 1 :: -1], counts[..., ZERO:]], axis=-1)


def _edge(number: int) -> float:
    upper = number - ZERO
    if upper < 0:
        return -_edge(2 * ZERO - number)
    if upper > 510:
        return float("inf")
    return float(np.uint32(upper << SHIFT).view(np.float32)) if upper > 1 else (0.0 if upper == 0 else 2.0**-127)
