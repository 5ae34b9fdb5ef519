"""Oracles: is the seeded fault really there? Measured on the plain torch network, without a line of the rules."""

import numpy as np
import torch
from torch import Tensor, nn

from tests.bench.doctor_runs import Run

LOSS = 0.1
"""Accuracy (or R²) that a fault must cost against the healthy twin (our choice)."""


def costs(run: Run) -> bool:
    """The training score is well under the healthy twin's."""
    assert run.twin is not None
    return not run.score() > run.twin.score() - LOSS


def costs_held_out(run: Run) -> bool:
    """The validation score is well under the healthy twin's."""
    assert run.twin is not None
    return not run.score(True) > run.twin.score(True) - LOSS / 2


def fades(run: Run) -> bool:
    """At the start the gradient of the first hidden output is under a thousandth of the last one's; and it costs."""
    first, last = _gradient_ends(run)
    return first < 1e-3 * last and costs(run)


def grows(run: Run) -> bool:
    """At the start the gradient is longer than 3 times all weights, or the run ends without numbers; and it costs."""
    network = run.network(False)
    _loss(run, network).backward()
    parameters = list(network.parameters())
    gradient = torch.cat([p.grad.flatten() for p in parameters if p.grad is not None]).norm()
    weights = torch.cat([p.detach().flatten() for p in parameters]).norm()
    return costs(run) and bool(gradient > 3 * weights or not np.isfinite(run.curve("train_loss")).all())


def dead(run: Run) -> bool:
    """At the end half of a ReLU layer gives 0 to every training row."""
    shares = [float((out <= 0).all(0).double().mean()) for out in _outputs(run, nn.ReLU, run.network())]
    return max(shares, default=0.0) >= 0.5


def saturated(run: Run) -> bool:
    """The units of a layer are saturated; and it costs."""
    return is_saturated(run) and costs(run)


def is_saturated(run: Run) -> bool:
    """At the end over half of unit × row of a layer lies where the slope is under a twentieth of its maximum."""
    shares = []
    for out in _outputs(run, (nn.Tanh, nn.Sigmoid), run.network()):
        is_tanh = any(isinstance(part, nn.Tanh) for part in run.network().modules())
        slope = 1 - out**2 if is_tanh else 4 * out * (1 - out)
        shares.append(float((slope < 0.05).double().mean()))
    return max(shares, default=0.0) > 0.5


def alike(run: Run) -> bool:
    """At the end all units of the first hidden layer have the same weights; and it costs."""
    weight = next(part for part in run.network().modules() if isinstance(part, nn.Linear)).weight
    return bool((weight - weight[0]).abs().max() <= 1e-4 * max(float(weight.abs().max()), 1e-9)) and costs(run)


def blew_up(run: Run) -> bool:
    """A loss is not a number."""
    return not np.isfinite(run.curve("train_loss")).all() or not np.isfinite(run.curve("validation_loss")).all()


def memorises(run: Run) -> bool:
    """The validation loss ends 40 % above its minimum, the train loss under two thirds of it; or 10 % above, and the
    train score is a quarter over the validation score."""
    validation, train = run.curve("validation_loss"), run.curve("train_loss")
    end, least = float(np.mean(validation[-3:])), float(np.min(validation))
    parted = end > 1.4 * least and float(np.mean(train[-3:])) < 0.67 * end
    return parted or (end > 1.1 * least and run.score() - run.score(True) > 0.25)


def loses_a_class(run: Run) -> bool:
    """A class that has validation rows is found in less than half of them."""
    inputs, targets = run.held_out
    with torch.no_grad():
        answers = run.network()(inputs).argmax(1)
    recalls = [float((answers[targets == c] == c).double().mean()) for c in targets.unique()]
    return min(recalls) < 0.5


def is_learned_by_heart(run: Run) -> bool:
    """Most training rows are right although a part of the labels was flipped."""
    return run.score() > 0.9


def confidence_is_off(run: Run) -> bool:
    """Mean confidence and accuracy on validation rows are 12 points apart, or 15-bin calibration error is over 0.12."""
    inputs, targets = run.held_out
    with torch.no_grad():
        shares = run.experiment.loss.answers(run.network()(inputs), run.splits.task)
    sure, answer = shares.max(1)
    right = (answer == targets).float()
    error = 0.0
    for low in torch.linspace(0, 1, 16)[:-1]:
        inside = (sure > low) & (sure <= low + 1 / 15)
        error += float((sure[inside].sum() - right[inside].sum()).abs()) / len(sure)
    return error > 0.12


def swings(run: Run) -> bool:
    """The train loss rises in over a third of the late epochs, on average by 5 % of its first value; and it costs."""
    late = run.curve("train_loss")[5:]
    change = np.diff(late)
    rises = change[change > 0]
    return len(rises) > len(change) / 3 and bool(rises.mean() > 0.05 * run.curve("train_loss")[0])


def fits_badly(run: Run) -> bool:
    """The pair of loss and output is not one that textbooks give (Bishop 2006, 5.2; Nielsen 2015, chapter 3)."""
    loss, is_value = run.experiment.loss, run.splits.task == "regression"
    of_values, of_classes = ("squared_error linear", "absolute_error linear"), ("cross_entropy softmax",)
    return f"{loss.kind} {getattr(loss, 'output', '')}" not in (of_values if is_value else of_classes)


def is_one_sided(run: Run) -> bool:
    """The first class has another share of the validation rows than of the training rows, by 15 points."""
    shares = [float((targets == 0).double().mean()) for _, targets in (run.rows, run.held_out)]
    return abs(shares[0] - shares[1]) > 0.15


MEASURED = {
    "dead_relu": dead,
    "saturated_activation": is_saturated,
    "nonfinite_loss": blew_up,
    "overfitting": memorises,
    "oscillating_loss": swings,
    "miscalibrated": lambda run: run.splits.task == "classification" and confidence_is_off(run),
}
"""Findings that can be measured: beside a seeded fault they are no false alarms where they are there."""


def measured(run: Run) -> frozenset[str]:
    """What is there besides, whatever was seeded."""
    return frozenset(name for name, is_there in MEASURED.items() if is_there(run))


def _outputs(run: Run, kinds: type[nn.Module] | tuple[type[nn.Module], ...], network: nn.Module) -> list[Tensor]:
    """What the activations of some kinds give to all training rows."""
    seen: list[Tensor] = []
    hooks = [
        part.register_forward_hook(lambda _part, _given, out: seen.append(out.detach()))
        for part in network.modules()
        if isinstance(part, kinds)
    ]
    with torch.no_grad():
        network(run.rows[0])
    for hook in hooks:
        hook.remove()
    return seen


def _loss(run: Run, network: nn.Module) -> Tensor:
    inputs, targets = run.rows
    return run.experiment.loss.per_row(network(inputs), targets).mean()


def _gradient_ends(run: Run) -> tuple[float, float]:
    """Root mean square of dL/d(output) at the first hidden layer and at the output layer, at the start."""
    network, kept = run.network(False), []

    def keep(_part: nn.Module, _given: object, out: Tensor) -> None:
        out.retain_grad()
        kept.append(out)

    linear = [part for part in network.modules() if isinstance(part, nn.Linear)]
    hooks = [part.register_forward_hook(keep) for part in linear]
    _loss(run, network).backward()
    for hook in hooks:
        hook.remove()
    sizes = [float(out.grad.double().square().mean().sqrt()) for out in kept if out.grad is not None]
    return sizes[0], sizes[-1]
