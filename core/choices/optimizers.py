"""Optimizers. Each builds a torch.optim optimizer over the rows it is given, one row per replica."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from core.choices.base import Choice, one_of, registry

if TYPE_CHECKING:
    import torch
    from torch.optim import Optimizer


class OptimizerChoice(Choice):
    """How weights follow the gradient."""

    usual_rate: ClassVar[float] = 0.003
    """Learning rate that a small network usually bears (our choice: the middle of what learns in the benchmark)."""
    together: ClassVar[bool] = True
    """Each weight is updated by itself, so that replicas can share one optimizer, a row each; else it is given one
    replica's parameters in their own shapes."""
    whole_batch: ClassVar[bool] = False
    """Every step takes all training rows, whatever the batch size says."""
    evaluates_again: ClassVar[bool] = False
    """One step computes the loss and its gradient several times."""

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
    usual_rate: ClassVar[float] = 0.1
    kind: Literal["sgd"] = "sgd"
    learning_rate: float = Field(0.1, ge=0, le=1000, title="Learning rate", description="Size of one step")

    def build(self, parameters: Iterable["torch.Tensor"], fused: bool = True) -> "Optimizer":
        from torch import optim

        return optim.SGD(parameters, fused=fused, **self._common())


class Momentum(OptimizerChoice):
    """Gradient descent that keeps a running direction (Polyak 1964)."""

    model_config = ConfigDict(title="Momentum")
    usual_rate: ClassVar[float] = 0.02
    kind: Literal["momentum"] = "momentum"
    learning_rate: float = Field(0.05, ge=0, le=1000, title="Learning rate", description="Size of one step")
    momentum: float = Field(0.9, ge=0, lt=1, title="Momentum", description="Share of the last update kept")

    def build(self, parameters: Iterable["torch.Tensor"], fused: bool = True) -> "Optimizer":
        from torch import optim

        return optim.SGD(parameters, momentum=self.momentum, fused=fused, **self._common())


class Nesterov(OptimizerChoice):
    """Momentum that looks ahead before it steps (Nesterov 1983)."""

    model_config = ConfigDict(title="Nesterov")
    usual_rate: ClassVar[float] = 0.02
    kind: Literal["nesterov"] = "nesterov"
    learning_rate: float = Field(0.05, ge=0, le=1000, title="Learning rate", description="Size of one step")
    momentum: float = Field(0.9, gt=0, lt=1, title="Momentum", description="Share of the last update kept")

    def build(self, parameters: Iterable["torch.Tensor"], fused: bool = True) -> "Optimizer":
        from torch import optim

        return optim.SGD(parameters, momentum=self.momentum, nesterov=True, fused=fused, **self._common())


class AdaGrad(OptimizerChoice):
    """Steps that shrink with all gradients seen so far, weight by weight (Duchi 2011)."""

    model_config = ConfigDict(title="AdaGrad")
    usual_rate: ClassVar[float] = 0.05
    kind: Literal["adagrad"] = "adagrad"
    learning_rate: float = Field(0.05, ge=0, le=1000, title="Learning rate", description="Size of one step")

    def build(self, parameters: Iterable["torch.Tensor"], fused: bool = True) -> "Optimizer":
        from torch import optim

        given = list(parameters)
        one = given[0]["params"][0] if isinstance(given[0], dict) else given[0]
        return optim.Adagrad(given, fused=fused and not one.is_cuda, **self._common())  # torch has no kernel for CUDA


class RMSprop(OptimizerChoice):
    """Steps divided by the recent size of the gradient, weight by weight (Hinton 2012)."""

    model_config = ConfigDict(title="RMSprop")
    usual_rate: ClassVar[float] = 0.002
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


class GradientDescent(OptimizerChoice):
    """The gradient of all training rows at every step (Cauchy 1847): one sure step where SGD takes many rough ones."""

    model_config = ConfigDict(title="Gradient descent, full batch")
    usual_rate: ClassVar[float] = 0.5
    whole_batch: ClassVar[bool] = True
    kind: Literal["gradient_descent"] = "gradient_descent"
    learning_rate: float = Field(0.5, ge=0, le=1000, title="Learning rate", description="Size of one step")

    def build(self, parameters: Iterable["torch.Tensor"], fused: bool = True) -> "Optimizer":
        from torch import optim

        return optim.SGD(parameters, fused=fused, **self._common())


class Adadelta(OptimizerChoice):
    """RMSprop whose steps are as long as recent ones were, so that the rate hardly matters (Zeiler 2012)."""

    model_config = ConfigDict(title="Adadelta")
    usual_rate: ClassVar[float] = 1.0
    kind: Literal["adadelta"] = "adadelta"
    learning_rate: float = Field(1.0, ge=0, le=1000, title="Learning rate", description="Factor on every step")
    smoothing: float = Field(0.9, ge=0, lt=1, title="Smoothing", description="Share of the running squares kept")

    def build(self, parameters: Iterable["torch.Tensor"], fused: bool = True) -> "Optimizer":
        from torch import optim

        return optim.Adadelta(parameters, rho=self.smoothing, **self._common())


class NAdam(OptimizerChoice):
    """Adam that looks ahead, as Nesterov's momentum does (Dozat 2016)."""

    model_config = ConfigDict(title="NAdam")
    kind: Literal["nadam"] = "nadam"
    learning_rate: float = Field(0.003, ge=0, le=1000, title="Learning rate", description="Size of one step")
    beta1: float = Field(0.9, ge=0, lt=1, title="β₁", description="Share of the running gradient kept")
    beta2: float = Field(0.999, ge=0, lt=1, title="β₂", description="Share of the running square kept")

    def build(self, parameters: Iterable["torch.Tensor"], fused: bool = True) -> "Optimizer":
        from torch import optim

        return optim.NAdam(parameters, betas=(self.beta1, self.beta2), **self._common())


class RAdam(OptimizerChoice):
    """Adam that trusts its running square only once it has seen enough gradients: a warm-up of its own (Liu 2020)."""

    model_config = ConfigDict(title="RAdam")
    usual_rate: ClassVar[float] = 0.01
    kind: Literal["radam"] = "radam"
    learning_rate: float = Field(0.01, ge=0, le=1000, title="Learning rate", description="Size of one step")
    beta1: float = Field(0.9, ge=0, lt=1, title="β₁", description="Share of the running gradient kept")
    beta2: float = Field(0.999, ge=0, lt=1, title="β₂", description="Share of the running square kept")

    def build(self, parameters: Iterable["torch.Tensor"], fused: bool = True) -> "Optimizer":
        from torch import optim

        return optim.RAdam(parameters, betas=(self.beta1, self.beta2), **self._common())


class Muon(OptimizerChoice):
    """Momentum whose update of a weight matrix is made a rotation (Jordan 2024); biases and the last layer by AdamW."""

    model_config = ConfigDict(title="Muon")
    usual_rate: ClassVar[float] = 0.02
    together: ClassVar[bool] = False
    kind: Literal["muon"] = "muon"
    learning_rate: float = Field(
        0.02, ge=0, le=1000, title="Learning rate", description="Size of one step, on AdamW's scale"
    )
    weight_decay: float = Field(0.01, ge=0, le=100, title="Weight decay", description="Pull of every weight to zero")
    momentum: float = Field(0.95, ge=0, lt=1, title="Momentum", description="Share of the last update kept")

    def build(self, parameters: Iterable["torch.Tensor"], fused: bool = True) -> "Optimizer":
        from torch import optim

        from core.choices.joined import joined

        given = list(parameters)
        matrices = [p for p in given if p.dim() == 2]
        turned = {id(p) for p in (matrices[:-1] or matrices)}
        rest = [p for p in given if id(p) not in turned]
        first = optim.Muon(
            [p for p in given if id(p) in turned],
            momentum=self.momentum,
            adjust_lr_fn="match_rms_adamw",
            **self._common(),
        )
        return joined(first, *([optim.AdamW(rest, fused=fused, **self._common())] if rest else []))


class LBFGS(OptimizerChoice):
    """Steps that know how the loss bends, from the last few gradients of all rows: for small tables (Nocedal 1980)."""

    model_config = ConfigDict(title="L-BFGS")
    usual_rate: ClassVar[float] = 1.0
    together: ClassVar[bool] = False
    whole_batch: ClassVar[bool] = True
    evaluates_again: ClassVar[bool] = True
    kind: Literal["lbfgs"] = "lbfgs"
    learning_rate: float = Field(1.0, ge=0, le=1000, title="Learning rate", description="Factor on every step")
    iterations: int = Field(
        5, ge=1, le=100, title="Iterations", description="Directions followed in one step, each from a new gradient"
    )
    memory: int = Field(10, ge=1, le=100, title="Memory", description="Gradients that the bend is learned from")
    searches: bool = Field(True, title="Line search", description="Tries lengths of a step until the loss falls enough")

    def build(self, parameters: Iterable["torch.Tensor"], fused: bool = True) -> "Optimizer":
        from torch import optim

        made = optim.LBFGS(
            parameters,
            lr=self.learning_rate,
            max_iter=self.iterations,
            history_size=self.memory,
            line_search_fn="strong_wolfe" if self.searches else None,
        )
        made.param_groups[0]["weight_decay"] = self.weight_decay  # added to the gradient by who steps: it has none
        return made


OPTIMIZERS = registry(
    Adam,
    SGD,
    Momentum,
    Nesterov,
    GradientDescent,
    AdaGrad,
    Adadelta,
    RMSprop,
    AdamW,
    NAdam,
    RAdam,
    Muon,
    LBFGS,
)
AnyOptimizer = one_of(OPTIMIZERS)
