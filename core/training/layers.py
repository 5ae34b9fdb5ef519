"""Layers of several replicas at once. Activations are [R, batch, units]; each layer takes the walk so far (a list, its
own input last) and gives its output."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from core.choices.modules import Embedding, Sine, Skip, Step, StepsNorm, Turned, looked_up, table_places
from core.choices.sequence_modules import Read
from core.training.layer import Layer
from core.training.recurrent import CELLS

WIDE = 2**17
"""Numbers in a weight from which its gradient goes straight to its place (measured: an epoch of three layers of 1,024
units takes 1.04 of a plain loop's instead of 1.9, of 512 1.06 instead of 1.33; of 256 and fewer it gains nothing)."""


class Linear(Layer):
    """x W + b for every replica in one batched product."""

    looks = {"weight": lambda w: w.mT, "bias": lambda b: b.unsqueeze(1)}
    weight: Tensor
    bias: Tensor | None = None

    def __init__(self, members: Sequence[nn.Linear]) -> None:
        super().__init__(members)
        self.is_wide = members[0].weight.numel() >= WIDE

    def __call__(self, walk: list[Tensor]) -> Tensor:
        x = walk[-1]
        if x.dim() > 3:  # steps of a sequence are more rows
            return self([x.flatten(1, 2)]).unflatten(1, x.shape[1:3])
        if self.is_wide and not torch.is_autocast_enabled(x.device.type):
            return _Product.apply(x, self.weight, self.bias)
        if self.bias is None:
            return torch.bmm(x, self.weight)
        return torch.baddbmm(self.bias, x, self.weight)


class _Product(torch.autograd.Function):
    """x W + b whose weight gradient is added up where it belongs, [R, out, in] in memory, by the product that makes it.
    Left to itself, autograd makes it as [R, in, out] and adds it across the grain."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.gradient = weight.grad
        return torch.bmm(x, weight) if bias is None else torch.baddbmm(bias, x, weight)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, None, Tensor | None]:
        x, weight = ctx.saved_tensors
        ctx.gradient.mT.baddbmm_(gradient.mT, x)
        back = torch.bmm(gradient, weight.mT) if ctx.needs_input_grad[0] else None
        return back, None, gradient.sum(1, keepdim=True) if ctx.needs_input_grad[2] else None


class LookedUp(Layer):
    """Vectors of levels, [R, levels, size], looked up in the table of every replica."""

    looks = {"weight": lambda w: w}
    weight: Tensor

    def __init__(self, members: Sequence[Embedding]) -> None:
        super().__init__(members)
        self.last, start = table_places(members[0].levels, members[0].weight)
        replica = torch.arange(self.replicas, device=start.device).view(-1, 1, 1)
        self.start = start + replica * len(members[0].weight)

    def __call__(self, walk: list[Tensor]) -> Tensor:
        return looked_up(walk[-1], self.weight.flatten(0, 1), self.last, self.start)


class TurnedLinear(Layer):
    """x Wᵀ + b with the weight of an earlier linear layer, `source`, which the network names."""

    looks = {"bias": lambda b: b.unsqueeze(1)}
    bias: Tensor
    source: Linear

    def __init__(self, members: Sequence[Turned]) -> None:
        super().__init__(members)
        self.back = members[0].back

    def __call__(self, walk: list[Tensor]) -> Tensor:
        return torch.baddbmm(self.bias, walk[-1], self.source.weight.mT)


class Pointwise(Layer):
    """The torch function itself: it does not care how many axes come first."""

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__(members)
        assert not getattr(members[0], "inplace", False), "an activation in place destroys outputs that are kept"
        self.function: Callable[[Tensor], Tensor] = _FUNCTIONS.get(type(members[0]), members[0].forward)

    def __call__(self, walk: list[Tensor]) -> Tensor:
        return self.function(walk[-1])


class PerRow(Layer):
    """A module without parameters that takes each row by itself (pooling, flattening): replicas are more rows."""

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__(members)
        self.member = members[0]

    def __call__(self, walk: list[Tensor]) -> Tensor:
        x = walk[-1]
        return self.member(x.flatten(0, 1)).unflatten(0, x.shape[:2])


class PReLU(Layer):
    """The input where it is positive, else a learned share of it; one share, or one for each unit."""

    looks = {"weight": lambda w: w.unsqueeze(1)}
    weight: Tensor

    def __call__(self, walk: list[Tensor]) -> Tensor:
        x = walk[-1]
        share = self.weight if x.dim() == 3 else self.weight.view(self.replicas, 1, -1, *[1] * (x.dim() - 3))
        return torch.where(x > 0, x, share * x)


class SkipBack(Layer):
    """Adds an earlier output of the walk."""

    def __init__(self, members: Sequence[Skip]) -> None:
        super().__init__(members)
        self.place = -1 - members[0].back

    def __call__(self, walk: list[Tensor]) -> Tensor:
        return walk[-1] + walk[self.place]


class BatchNorm(Layer):
    """Replicas folded into channels: [batch, R * units], images [batch, R * channels, height, width]."""

    looks = {"weight": lambda w: w, "bias": lambda b: b}
    weight: Tensor
    bias: Tensor

    def __init__(self, members: Sequence[nn.BatchNorm1d | nn.BatchNorm2d]) -> None:
        super().__init__(members)
        assert members[0].affine and members[0].track_running_stats and members[0].momentum is not None
        self.eps, self.momentum = members[0].eps, members[0].momentum

    def __call__(self, walk: list[Tensor]) -> Tensor:
        x = walk[-1]
        is_single_image = len(x) == 1 and x.dim() > 3  # such replicas never share a program: no copy needed
        folded = x.flatten(0, 1) if is_single_image else torch.cat(x.unbind(0), 1)
        # the copy's gradient comes back contiguous, so it is summed alike for any R
        mean, variance = self.buffers["running_mean"], self.buffers["running_var"]
        traced = self.mode != "probe"
        if self.mode == "train":
            self.buffers["num_batches_tracked"] += 1
        normal = functional.batch_norm(
            folded,
            mean.view(-1) if traced else None,
            variance.view(-1) if traced else None,
            self.weight.reshape(-1),
            self.bias.reshape(-1),
            training=self.mode != "evaluate",
            momentum=self.momentum,
            eps=self.eps,
        )
        return normal.unflatten(1, (self.replicas, -1)).transpose(0, 1)


class StepsBatchNorm(BatchNorm):
    """The same of [R, batch, steps, units]: steps are more rows."""

    def __call__(self, walk: list[Tensor]) -> Tensor:
        x = walk[-1]
        return super().__call__([x.flatten(1, 2)]).unflatten(1, x.shape[1:3])


class LayerNorm(Layer):
    """Each row centred and scaled, then each unit stretched and shifted."""

    looks = {"weight": lambda w: w.unsqueeze(1), "bias": lambda b: b.unsqueeze(1)}
    weight: Tensor
    bias: Tensor

    def __init__(self, members: Sequence[nn.LayerNorm]) -> None:
        super().__init__(members)
        self.shape, self.eps = members[0].normalized_shape, members[0].eps

    def __call__(self, walk: list[Tensor]) -> Tensor:
        normal = functional.layer_norm(walk[-1], self.shape, eps=self.eps)
        bias, weight = (self.bias, self.weight) if normal.dim() == 3 else (self.bias[:, None], self.weight[:, None])
        return torch.addcmul(bias, normal, weight)


class Dropout(Layer):
    """Silences units at random; every replica has its own share and its own generator, so its draws never depend on
    who trains beside it."""

    def __init__(self, members: Sequence[nn.Dropout], generators: Sequence[torch.Generator], like: Tensor) -> None:
        super().__init__(members)
        assert all(member.p < 1 for member in members), "a dropout share of 1 leaves nothing"
        self.generators = generators
        self.keep = like.new_tensor([1 - member.p for member in members])

    def __call__(self, walk: list[Tensor]) -> Tensor:
        x = walk[-1]
        if self.mode != "train":
            return x
        draw = torch.empty_like(x, memory_format=torch.contiguous_format)
        for row, generator in zip(draw, self.generators, strict=True):
            row.uniform_(generator=generator)
        keep = self.keep.view(-1, *[1] * (x.dim() - 1))
        return x * ((draw < keep) / keep)


class Each(Layer):
    """Members called in turn: the fallback for any module without a batched form."""

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__(members)
        self.members = copy.deepcopy(list(members))
        self.is_recurrent = isinstance(members[0], nn.RNNBase)
        """cuDNN goes back only through what trains; nothing in these differs by mode."""

    def settle(self, name: str, weights: Tensor, gradients: Tensor) -> None:
        owner, _, last = name.rpartition(".")
        for member, weight, gradient in zip(self.members, weights, gradients, strict=True):
            leaf = nn.Parameter(weight)
            leaf.grad = gradient
            setattr(member.get_submodule(owner), last, leaf)  # by name: recurrent modules keep a list beside

    def __call__(self, walk: list[Tensor]) -> Tensor:
        x = walk[-1]
        training = self.mode == "train" or self.mode == "probe" and self.is_recurrent
        if len(self.members) == 1:
            return self.members[0].train(training)(x.flatten(0, 1)).unsqueeze(0)  # a view: x[0] copies its gradient
        outputs = [member.train(training)(row) for member, row in zip(self.members, x, strict=True)]
        return torch.stack(outputs)


_FUNCTIONS: dict[type[nn.Module], Callable[[Tensor], Tensor]] = {
    nn.ReLU: torch.relu,
    nn.Sigmoid: torch.sigmoid,
    nn.Tanh: torch.tanh,
    nn.Identity: lambda x: x,
}
_POINTWISE = (
    *(nn.ReLU, nn.Sigmoid, nn.Tanh, nn.Identity, nn.LeakyReLU, nn.GELU, nn.Softplus, nn.ELU, nn.SiLU, nn.SELU, nn.Mish),
    *(nn.Hardsigmoid, Sine, Step, Read),
)
_PER_ROW = (nn.Flatten, nn.Unflatten, nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)
_BATCHED: dict[type[nn.Module], Callable[..., Layer]] = {
    nn.Linear: Linear,
    nn.BatchNorm1d: BatchNorm,
    nn.BatchNorm2d: BatchNorm,
    StepsNorm: StepsBatchNorm,
    nn.LayerNorm: LayerNorm,
    nn.PReLU: PReLU,
    Skip: SkipBack,
    Turned: TurnedLinear,
    Embedding: LookedUp,
    **dict.fromkeys(_PER_ROW, PerRow),
    **CELLS,
    **dict.fromkeys(_POINTWISE, Pointwise),
}


def is_batched(module: nn.Module) -> bool:
    """Whether replicas of this module run as one product, not one after the other."""
    return type(module) in _BATCHED or isinstance(module, nn.Dropout)


def stacked(members: Sequence[nn.Module], generators: Sequence[torch.Generator], like: Tensor) -> Layer:
    """One layer from one member per replica. generators: one per replica, for members that draw; `like` gives dtype
    and device."""
    if isinstance(members[0], nn.Dropout):
        return Dropout([m for m in members if isinstance(m, nn.Dropout)], generators, like)
    return _BATCHED.get(type(members[0]), Each)(members)
