"""Optimizers. Each builds a torch.optim optimizer over the rows it is given, one row per replica."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ConfigDict, Field

from core.choices.base import Choice, one_of, registry

if TYPE_CHECKING:
    import torch
    from torch.optim import Optimizer


class OptimizerChoice(Choice):
    """How weights follow the gradient."""

    learning_rate: float = Field(
        0.01, ge=0, le=1000, title="Learning rate", description="Size of one step. 0 stands still; 10 is there to fail"
    )
    weight_decay: float = Field(
        0.0, ge=0, le=100, title="Weight decay", description="Pull of every weight towards zero at each step"
    )

    def build(self, parameters: Iterable["torch.Tensor"], fused: bool = True) -> "Optimizer":
        """The torch.optim optimizer over `parameters`; `fused` asks for the one-pass kernel where torch has one."""
        raise AssertionError("every optimizer builds itself")

    def _common(self) -> dict[str, Any]:
        return {"lr": self.learning_rate, "weight_decay": self.weight_decay}


class SGD(OptimizerChoice):
    """Plain stochastic gradient descent: learning rate times gradient, nothing else (Robbins & Monro 1951)."""

    model_config = ConfigDict(title="SGD")
    kind: Literal["sgd"] = "sgd"
    learning_rate: float = Field(0.1, ge=0, le=1000, title="Learning rate", description="Size of one step")

    def build(self, parameters: Iterable["torch.Tensor"], fused: bool = True) -> "Optimizer":
        from torch import optim

        return optim.SGD(parameters, fused=fused, **self._common())


class Momentum(OptimizerChoice):
    """Gradient descent that keeps a running direction (Polyak 1964)."""

    model_config = ConfigDict(title="Momentum")
    kind: Literal["momentum"] = "momentum"
    learning_rate: float = Field(0.05, ge=0, le=1000, title="Learning rate", description="Size of one step")
    momentum: float = Field(0.9, ge=0, lt=1, title="Momentum", description="Share of the last update kept")

    def build(self, parameters: Iterable["torch.Tensor"], fused: bool = True) -> "Optimizer":
        from torch import optim

        return optim.SGD(parameters, momentum=self.momentum, fused=fused, **self._common())


class Nesterov(OptimizerChoice):
    """Momentum that looks ahead before it steps (Nesterov 1983)."""

    model_config = ConfigDict(title="Nesterov")
    kind: Literal["nesterov"] = "nesterov"
    learning_rate: float = Field(0.05, ge=0, le=1000, title="Learning rate", description="Size of one step")
    momentum: float = Field(0.9, gt=0, lt=1, title="Momentum", description="Share of the last update kept")

    def build(self, parameters: Iterable["torch.Tensor"], fused: bool = True) -> "Optimizer":
        from torch import optim

        return optim.SGD(parameters, momentum=self.momentum, nesterov=True, fused=fused, **self._common())


class AdaGrad(OptimizerChoice):
    """Steps that shrink with all gradients seen so far, weight by weight (Duchi 2011)."""

    model_config = ConfigDict(title="AdaGrad")
    kind: Literal["adagrad"] = "adagrad"
    learning_rate: float = Field(0.05, ge=0, le=1000, title="Learning rate", description="Size of one step")

    def build(self, parameters: Iterable["torch.Tensor"], fused: bool = True) -> "Optimizer":
        from torch import optim

        return optim.Adagrad(parameters, fused=fused, **self._common())


class RMSprop(OptimizerChoice):
    """Steps divided by the recent size of the gradient, weight by weight (Hinton 2012)."""

    model_config = ConfigDict(title="RMSprop")
    kind: Literal["rmsprop"] = "rmsprop"
    learning_rate: float = Field(0.001, ge=0, le=1000, title="Learning rate", description="Size of one step")
    smoothing: float = Field(0.99, ge=0, lt=1, title="Smoothing", description="Share of the running square kept")

    def build(self, parameters: Iterable["torch.Tensor"], fused: bool = True) -> "Optimizer":
        from torch import optim

        return optim.RMSprop(parameters, alpha=self.smoothing, **self._common())


class Adam(OptimizerChoice):
    """Momentum and RMSprop together, with their cold start corrected (Kingma & Ba 2015)."""

    model_config = ConfigDict(title="Adam")
    kind: Literal["adam"] = "adam"
    learning_rate: float = Field(0.003, ge=0, le=1000, title="Learning rate", description="Size of one step")
    beta1: float = Field(0.9, ge=0, lt=1, title="β₁", description="Share of the running gradient kept")
    beta2: float = Field(0.999, ge=0, lt=1, title="β₂", description="Share of the running square kept")

    def build(self, parameters: Iterable["torch.Tensor"], fused: bool = True) -> "Optimizer":
        from torch import optim

        return optim.Adam(parameters, betas=(self.beta1, self.beta2), fused=fused, **self._common())


class AdamW(OptimizerChoice):
    """Adam with weight decay applied to the weights themselves, not through the gradient (Loshchilov & Hutter 2019)."""

    model_config = ConfigDict(title="AdamW")
    kind: Literal["adamw"] = "adamw"
    learning_rate: float = Field(0.003, ge=0, le=1000, title="Learning rate", description="Size of one step")
    weight_decay: float = Field(0.01, ge=0, le=100, title="Weight decay", description="Pull of every weight to zero")
    beta1: float = Field(0.9, ge=0, lt=1, title="β₁", description="Share of the running gradient kept")
    beta2: float = Field(0.999, ge=0, lt=1, title="β₂", description="Share of the running square kept")

    def build(self, parameters: Iterable["torch.Tensor"], fused: bool = True) -> "Optimizer":
        from torch import optim

        return optim.AdamW(parameters, betas=(self.beta1, self.beta2), fused=fused, **self._common())


OPTIMIZERS = registry(Adam, SGD, Momentum, Nesterov, AdaGrad, RMSprop, AdamW)
AnyOptimizer = one_of(OPTIMIZERS)
