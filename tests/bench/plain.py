"""The loops that the engine is measured against: the fastest ordinary PyTorch loop, one with a DataLoader, and
scikit-learn's."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from core.data.splits import Splits
from core.experiment import Experiment
from core.training.program import network_of


def modules(experiment: Experiment, splits: Splits) -> nn.Sequential:
    """The experiment's network as an ordinary nn.Sequential."""
    return nn.Sequential(*network_of(experiment, splits, 0).parts.values())


def fast_loop(experiment: Experiment, splits: Splits, device: str = "cpu") -> Callable[[], None]:
    """An epoch with tensors in memory, one gather, nn.Sequential, fused Adam, losses kept, one validation in
    inference mode."""
    net = modules(experiment, splits).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
    x, y, train, validation = (each.to(device) for each in _tensors(splits))
    batch = experiment.training.batch_size

    def epoch() -> None:
        order = train[torch.randperm(len(train), device=device)]
        inputs, targets, losses = x[order], y[order], []
        for a, b in zip(inputs.split(batch), targets.split(batch), strict=True):
            optimizer.zero_grad()
            loss = functional.cross_entropy(net(a), b)
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        torch.stack(losses).mean().item()
        with torch.inference_mode():
            outputs = net(x[validation])
            functional.cross_entropy(outputs, y[validation]).item()
            (outputs.argmax(1) == y[validation]).float().mean().item()

    return epoch


def loader_loop(experiment: Experiment, splits: Splits) -> Callable[[], None]:
    """An epoch as most people write it: DataLoader, Adam as it comes, `.item()` at every step. No validation."""
    from torch.utils.data import DataLoader, TensorDataset

    net = modules(experiment, splits)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    x, y, train, _ = _tensors(splits)
    loader = DataLoader(TensorDataset(x[train], y[train]), batch_size=experiment.training.batch_size, shuffle=True)

    def epoch() -> None:
        for a, b in loader:
            optimizer.zero_grad()
            loss = functional.cross_entropy(net(a), b)
            loss.backward()
            optimizer.step()

    return epoch


def sklearn_loop(experiment: Experiment, splits: Splits) -> Callable[[], None]:
    """An epoch of scikit-learn's MLPClassifier on the same rows and shape."""
    from sklearn.neural_network import MLPClassifier

    sizes = tuple(layer.units for layer in experiment.network.layers)
    model = MLPClassifier(sizes, batch_size=experiment.training.batch_size, learning_rate_init=1e-3, shuffle=True)
    x, y = splits.inputs[0][splits.train[0]], splits.targets[splits.train[0]]
    classes = np.arange(splits.classes)

    def epoch() -> None:
        model.partial_fit(x, y, classes=classes)

    return epoch


def _tensors(splits: Splits) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    train, validation = torch.as_tensor(splits.train[0]), torch.as_tensor(splits.validation[0])
    return torch.as_tensor(splits.inputs[0]), torch.as_tensor(splits.targets), train, validation
