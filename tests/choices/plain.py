"""A training loop as plain as can be: the independent witness for what an experiment does."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from core.data.prepare import prepare
from core.experiment import Experiment


@dataclass
class Trained:
    """Per epoch, in evaluation mode: losses and scores. Gradients are those of the whole training part."""

    network: nn.Module
    train_loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    train_score: list[float] = field(default_factory=list)
    validation_score: list[float] = field(default_factory=list)
    update_share: list[float] = field(default_factory=list)
    """Median over weights matrices of |update| / |weight| over an epoch's last step."""
    first_gradients: list[float] = field(default_factory=list)
    """Weight-gradient norm of every linear layer before the first step."""
    outputs: list[torch.Tensor] = field(default_factory=list)
    """Every module's output for the training rows after the last step."""
    first_outputs: list[torch.Tensor] = field(default_factory=list)
    predictions: np.ndarray = field(default_factory=lambda: np.zeros(0))
    test_score: float = float("nan")


def linears(network) -> list[nn.Linear]:
    return [part for part in network.parts.values() if isinstance(part, nn.Linear)]


def trained(experiment: Experiment, sample=None, seed: int = 0) -> Trained:
    """Trains on one thread, the whole run in a loop that a reader checks at a glance."""
    splits = prepare(sample or experiment.data.load(), experiment.split, experiment.preparation).splits
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    loss, task = experiment.loss, splits.task
    units = loss.units(splits.classes) if splits.classes else splits.targets.shape[1]
    network = experiment.network.build(splits.shape, units, generator)
    optimizer = experiment.optimizer.build(network.parameters(), fused=False)
    x, y = torch.tensor(splits.inputs[0]), torch.tensor(splits.targets)
    train, validation, test = (torch.tensor(part[0]) for part in (splits.train, splits.validation, splits.test))
    run, best = Trained(network), (float("inf"), None, 0)

    def cost(rows):
        return loss.per_row(network(x[rows]), y[rows]).mean()

    def score(rows):
        answers = loss.answers(network(x[rows]), task)
        if task == "classification":
            return float((answers.argmax(1) == y[rows]).float().mean())
        return float(1 - ((answers - y[rows]) ** 2).sum() / ((y[rows] - y[rows].mean()) ** 2).sum())

    cost(train).backward()
    run.first_gradients = [float(layer.weight.grad.norm()) for layer in linears(network)]
    run.first_outputs = [out.detach() for out in network.walk(x[train])]
    chosen = experiment.training
    for epoch in range(chosen.epochs):
        network.train()
        order = train[torch.randperm(len(train), generator=generator)] if chosen.shuffle else train
        for start in range(0, len(order), chosen.batch_size):
            before = [layer.weight.detach().clone() for layer in linears(network)]
            optimizer.zero_grad()
            cost(order[start : start + chosen.batch_size]).backward()
            optimizer.step()
        moved = [
            float((layer.weight.detach() - old).norm() / old.norm().clamp(min=1e-30))
            for layer, old in zip(linears(network), before)
        ]
        network.eval()
        with torch.no_grad():
            run.update_share.append(float(np.median(moved)))
            run.train_loss.append(float(cost(train)))
            run.validation_loss.append(float(cost(validation)))
            run.train_score.append(score(train))
            run.validation_score.append(score(validation))
        if run.validation_loss[-1] < best[0]:
            best = (run.validation_loss[-1], {k: v.clone() for k, v in network.state_dict().items()}, epoch)
        elif chosen.early_stopping and epoch - best[2] >= chosen.early_stopping.patience:
            break
    if chosen.early_stopping and best[1]:
        network.load_state_dict(best[1])
    with torch.no_grad():
        run.outputs = network.walk(x[train])
        run.predictions = loss.answers(network(x[validation]), task).numpy()
        run.test_score = score(test) if len(test) else float("nan")
    return run
