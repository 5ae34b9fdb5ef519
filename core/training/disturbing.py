"""What training rows look like to the network: augmented, noisy, mixed. Every replica draws from streams of its own, a
step at a time, so that its rows never depend on who trains beside it."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from core.choices.augmentations import Augmentation
from core.choices.layers import levels_of
from core.choices.regularisation import Regularisation
from core.data.splits import Splits
from core.refusal import Problem
from core.training.rows import sent
from core.training.seeds import generator

QUIET = 0.5
"""Share of the middle pixel's spread under which a pixel counts as quiet (our choice: digits then stay within ± 7)."""


class Disturbance:
    """Of one program; `seeds` are those of its replicas. Draws are made on the device."""

    def __init__(
        self, chosen: Regularisation, splits: Splits, seeds: Sequence[int], numbers: Sequence[int], device: torch.device
    ) -> None:
        self._chosen, self._shape = chosen, splits.shape
        self._noise = [generator(seed, "input noise", device) for seed in seeds]
        self._images = [generator(seed, "augmentation", device) for seed in seeds]
        self._mixing = [generator(seed, "mixup") for seed in seeds]
        self._shares = [np.random.default_rng(generator(seed, "mixup shares").initial_seed()) for seed in seeds]
        self._pixels = Pixels(splits, numbers, device) if chosen.augmentation else None

    @property
    def mixes(self) -> bool:
        """Whether rows are mixed with others."""
        return self._chosen.mixup > 0

    def inputs(self, x: Tensor) -> Tensor:
        """Rows of some steps, [steps, R, n, features], as they are shown to the network."""
        if self._pixels is not None:
            x = self._augmented(x)
        if self._chosen.input_noise:
            noise = _drawn(x.shape, self._noise, x, Tensor.normal_)
            noise[..., x.shape[-1] - len(levels_of(self._shape)) :] = 0  # the number of a level is a name
            x = torch.add(x, noise, alpha=self._chosen.input_noise)
        return x

    def mix(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """One step's rows [R, n, ...] each mixed with another: the mixed rows, the numbers [R, n] of the others, and
        the share [R, 1] of a row itself (Zhang 2018: one share for a batch)."""
        replicas, rows = x.shape[:2]
        others = sent(torch.stack([torch.randperm(rows, generator=each) for each in self._mixing]), x.device)
        drawn = [rng.beta(self._chosen.mixup, self._chosen.mixup) for rng in self._shares]
        share = sent(torch.tensor(drawn, dtype=x.dtype), x.device).view(replicas, 1, 1)
        other = torch.stack([one[places] for one, places in zip(x, others, strict=True)])
        return other + (x - other) * share, others, share.view(replicas, 1)

    def _augmented(self, x: Tensor) -> Tensor:
        assert self._pixels is not None
        images = self._pixels.images(x)
        needed = sum(each.needs for each in self._chosen.augmentation)
        draws = _drawn((*x.shape[:3], needed), self._images, x, Tensor.uniform_)
        return self._pixels.rows(augmented(images, self._chosen.augmentation, draws))


def augmented(images: Tensor, chosen: Sequence[Augmentation], draws: Tensor) -> Tensor:
    """Images [..., channels, side, side] after everything that is done to them, in order. draws: [..., needed] in 0 to
    1. Geometries that follow one another are one resampling, so that the image is blurred once."""
    start, moved = 0, None
    for each in chosen:
        own = draws[..., start : start + each.needs]
        start += each.needs
        matrix = each.matrix(own)
        if matrix is not None:
            moved = matrix if moved is None else _after(moved, matrix)
            continue
        images, moved = _resampled(images, moved), None
        images = each.change(images, own)
    return _resampled(images, moved)


class Pixels:
    """Between rows ready for the network, whose columns are scaled one by one, and images in which an empty pixel is 0.
    On the way back a pixel that is (nearly) the same in all training rows is scaled as others are: what an augmentation
    moves there would be hundreds of its own spreads away."""

    def __init__(self, splits: Splits, numbers: Sequence[int], device: torch.device) -> None:
        self._shape = splits.shape
        centre = np.zeros((1, splits.features), np.float32) if splits.centre is None else splits.centre
        spread = np.ones((1, splits.features), np.float32) if splits.spread is None else splits.spread
        own = [number if len(centre) > 1 else 0 for number in numbers]
        usual = np.stack([_usual(each, splits, at) for at, each in enumerate(spread)])
        self._centre = torch.as_tensor(centre[own], dtype=torch.float32).to(device).unsqueeze(1)
        self._spread = torch.as_tensor(spread[own], dtype=torch.float32).to(device).unsqueeze(1)
        self._usual = torch.as_tensor(usual[own], dtype=torch.float32).to(device).unsqueeze(1)

    def images(self, x: Tensor) -> Tensor:
        """[..., R, n, features] as [..., R, n, channels, height, width]."""
        return (x * self._spread + self._centre).unflatten(-1, self._shape)

    def rows(self, images: Tensor) -> Tensor:
        """The way back."""
        return (images.flatten(-3) - self._centre) / self._usual


def problems(chosen: Regularisation, splits: Splits) -> list[Problem]:
    """Why images cannot be augmented, or rows not mixed."""
    if chosen.mixup and levels_of(splits.shape):
        said = "numbers of levels cannot be mixed: take mixup away, or let every level have a column in the preparation"
        return [Problem("regularisation.mixup", said)]
    if not chosen.augmentation or len(splits.shape) == 3:
        return []
    said = "rows are no images here (a square number of pixel columns): take the augmentation away"
    return [Problem("regularisation.augmentation", said)]


def _usual(spread: np.ndarray, splits: Splits, fold: int) -> np.ndarray:
    """The spread of each pixel, but at least QUIET of the middle one among those that change."""
    inputs = splits.inputs[min(fold, len(splits.inputs) - 1)]
    moves = inputs[splits.train[min(fold, len(splits.train) - 1)]].std(0) > 0
    middle = float(np.median(spread[moves])) if moves.any() else 1.0
    return np.where(moves, np.maximum(spread, QUIET * middle), middle).astype(np.float32)


def _drawn(
    shape: Sequence[int], generators: Sequence[torch.Generator], like: Tensor, draw: Callable[..., Tensor]
) -> Tensor:
    """[steps, R, ...], each step of each replica drawn by itself: what a stream gives must not depend on how many steps
    are gathered at once."""
    drawn = torch.empty(tuple(shape), dtype=like.dtype, device=like.device)
    for step in drawn.unbind(0):
        for row, stream in zip(step.unbind(0), generators, strict=True):
            draw(row, generator=stream)
    return drawn


def _after(first: Tensor, second: Tensor) -> Tensor:
    """Where pixels are read from when `second` is done to what `first` gave: [..., 2, 3]."""
    turned = (first[..., :, :2].unsqueeze(-1) * second.unsqueeze(-3)).sum(-2)
    return turned + functional.pad(first[..., :, 2:], (2, 0))


def _resampled(images: Tensor, matrix: Tensor | None) -> Tensor:
    """Images read at other places, between pixels by their neighbours, 0 beyond the border."""
    if matrix is None:
        return images
    height, width = images.shape[-2:]
    ys = ((2 * torch.arange(height, device=images.device) + 1) / height - 1).view(height, 1)
    xs = ((2 * torch.arange(width, device=images.device) + 1) / width - 1).view(1, width)
    rows = matrix[..., None, None]
    x, y = (rows[..., k, 0, :, :] * xs + rows[..., k, 1, :, :] * ys + rows[..., k, 2, :, :] for k in (0, 1))
    grid = torch.stack([x, y], -1)
    flat, places = images.flatten(0, -4), grid.flatten(0, -4)
    return functional.grid_sample(flat, places, mode="bilinear", align_corners=False).view(images.shape)
