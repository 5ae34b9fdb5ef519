"""How far small filters are edges: how much of each is one straight step from dark to light. A patch of 5 × 5 that is
smooth is most of the way there: of smooth noise as rough as filters that shapes had taught, a step explained 0.64 on
average, of the filters 0.72, of noise without any smoothness 0.18."""

import numpy as np

DIRECTIONS = 16
"""Directions of the steps that are tried, over half a turn (our choice: 11° apart, the other half is the same step
turned round)."""
WIDTH = 2.0
"""Pixels from dark to light (our choice: a drawn edge is smooth over one pixel, and strides blur it)."""


def steps(side: int) -> np.ndarray:
    """Straight steps of every direction and place, [steps, side²], each of mean 0 and length 1."""
    at = np.arange(side) - (side - 1) / 2
    x, y = np.meshgrid(at, at)
    found = []
    for angle in np.pi * np.arange(DIRECTIONS) / DIRECTIONS:
        across = np.cos(angle) * x + np.sin(angle) * y
        found += [np.clip((across - place) / WIDTH, -0.5, 0.5) for place in np.arange(at[0] + 0.5, at[-1], 0.5)]
    flat = np.array(found).reshape(len(found), -1)
    flat -= flat.mean(1, keepdims=True)
    return flat / np.linalg.norm(flat, axis=1, keepdims=True)


def edge_share(filters: np.ndarray) -> np.ndarray:
    """Share of each filter's variation that the step nearest to it explains, 0 to 1: the largest squared correlation.
    filters: [filters, side, side]. How far filters are of one form is told by the variance that a fit of this form
    explains (Jones & Palmer 1987, J. Neurophysiol. 58, for Gabor functions)."""
    flat = filters.reshape(len(filters), -1).astype(np.float64)
    flat = flat - flat.mean(1, keepdims=True)
    return ((flat @ steps(filters.shape[-1]).T) ** 2).max(1) / np.maximum((flat**2).sum(1), 1e-30)
