"""Layer-wise pretraining: hidden layers learn one after the other, from the lowest, without labels. Each replica by
itself, with its own draws, in the network's own matrices; what it reaches is told after every epoch.

Boltzmann machines learn by one step of contrastive divergence (Hinton 2002) with visible and hidden units centred on
their means (Montavon & Müller 2012; Melchior et al. 2016): without the centring the units of the upper layers all but
stop to vary (measured: their spread over rows fell to a tenth). Autoencoders have tied weights (Bengio et al. 2007)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.choices.modules import Block
from core.choices.pretraining import Autoencoders, Boltzmann, LayerWise
from core.training.replicas import Replicas

BATCH = 32
"""Rows of a step (our choice: between 10 and 100, Hinton 2012, "A practical guide to training RBMs")."""
MOST_ROWS = 10_000
"""Training rows that pretraining looks at, evenly picked (our choice: it is a start, not the training)."""
LEAST_CHANCE = 0.01
"""Means of visible units are kept this far from 0 and 1 where a bias is set from them."""
EARLY_EPOCHS, EARLY_MOMENTUM, MOMENTUM = 3, 0.5, 0.9
"""Momentum of Boltzmann machines, small at first (Hinton 2012, section 9)."""
DECAY = 1e-4
"""Weight decay of Boltzmann machines (Hinton 2012, section 10)."""
CENTRE_RATE = 0.05
"""How fast the centre of the hidden units follows their mean (our choice)."""
REAL_RATE = 0.1
"""Real-valued visible units need a rate ten times smaller (Hinton 2012, section 13.2)."""


@dataclass(frozen=True)
class Told:
    """One epoch of one layer's pretraining. missed: share of the spread of what enters the layer that it does not give
    back, over training rows as met and over validation rows; unit_std: RMS over units of their spread over validation
    rows (training rows where there are none)."""

    layer: int
    epoch: int
    missed: float
    missed_validation: float
    unit_std: float


def pretrain(
    network: Replicas,
    place: int,
    choice: LayerWise,
    train: Tensor,
    validation: Tensor,
    draw: Callable[[int], torch.Generator],
    may_go_on: Callable[[], bool] = lambda: True,
) -> Iterator[Told]:
    """Pretrains the hidden layers of the replica at `place` in place; yields after every epoch. train, validation:
    [rows, features] (validation may have no rows). draw: layer → its stream. Ends early where `may_go_on`, asked before
    every step, says no."""
    seen, unseen = train[_picked(len(train))], validation
    for number, block in enumerate(network.blocks[:-1]):
        machine = _machine(choice, network, place, block, seen, draw(number))
        for epoch in range(1, choice.epochs + 1):
            missed = machine.run_epoch(seen, epoch, may_go_on)
            if missed is None:
                machine.finish()
                return
            checked = unseen if len(unseen) else seen
            spread = float(machine.up(checked).std(0, correction=0).square().mean().sqrt())
            yield Told(number + 1, epoch, missed, machine.missed(checked), spread)
        machine.finish()
        seen, unseen = machine.up(seen), machine.up(unseen)


def _picked(rows: int) -> Tensor:
    return torch.linspace(0, rows - 1, min(rows, MOST_ROWS), dtype=torch.float64).round().long()


class _Machine:
    """One layer that learns by itself. weight: [out, in] and bias: [out], views of the network's own; hidden_bias,
    visible_bias; visible_mean: what is taken off the inputs."""

    def __init__(
        self, network: Replicas, place: int, block: Block, visible: Tensor, generator: torch.Generator
    ) -> None:
        self.weight = network.view(network.weights, (block.linear, "weight"))[place]
        self.bias = network.view(network.weights, (block.linear, "bias"))[place]
        self.generator = generator
        self.is_share = bool((visible >= 0).all() and (visible <= 1).all())
        self.visible_mean = visible.mean(0)
        chance = self.visible_mean.clamp(LEAST_CHANCE, 1 - LEAST_CHANCE)
        self.visible_bias = torch.logit(chance) if self.is_share else self.visible_mean.clone()
        self.hidden_bias = torch.zeros_like(self.bias)
        assert block.chosen is not None, "the output layer is not pretrained"
        self.activation: nn.Module = block.chosen.build().to(visible.device)

    def run_epoch(self, visible: Tensor, epoch: int, may_go_on: Callable[[], bool]) -> float | None:
        """One pass; the share that was missed, or None where it was told to stop."""
        order = torch.randperm(len(visible), generator=self.generator, device=self.generator.device)
        missed = visible.new_zeros(())
        for rows in order.to(visible.device).split(BATCH):
            if not may_go_on():
                return None
            batch = visible[rows]
            missed += (self.step(batch, epoch) - batch).square().sum()
        return _share(missed, visible)

    def step(self, visible: Tensor, epoch: int) -> Tensor:
        """Learns from a batch [rows, in]; gives it back as the layer remembers it."""
        raise AssertionError("every machine learns")

    def hidden(self, visible: Tensor) -> Tensor:
        """What the units say of rows: [rows, out]."""
        return self.activation(torch.addmm(self.hidden_bias, visible - self.visible_mean, self.weight.mT))

    def visible(self, hidden: Tensor) -> Tensor:
        """What the layer remembers of rows whose units say `hidden`, their centre taken off."""
        raw = torch.addmm(self.visible_bias, hidden, self.weight)
        return raw.sigmoid() if self.is_share else raw

    @torch.no_grad()
    def missed(self, visible: Tensor) -> float:
        """The share of the rows' spread that is not given back."""
        return _share((self.visible(self.hidden(visible) - self.centre) - visible).square().sum(), visible)

    @property
    def centre(self) -> Tensor | float:
        """What is taken off the units before rows are given back."""
        return 0.0

    @torch.no_grad()
    def finish(self) -> None:
        """Writes the bias that goes with inputs that are not centred."""
        self.bias.copy_(self.hidden_bias - self.weight @ self.visible_mean)

    @torch.no_grad()
    def up(self, visible: Tensor) -> Tensor:
        """What the next layer sees of rows."""
        return self.hidden(visible)


class _Boltzmann(_Machine):
    """A restricted Boltzmann machine: binary hidden units; visible units binary (inputs from 0 to 1) or Gaussian of
    unit spread."""

    def __init__(
        self,
        choice: Boltzmann,
        network: Replicas,
        place: int,
        block: Block,
        visible: Tensor,
        generator: torch.Generator,
    ) -> None:
        super().__init__(network, place, block, visible, generator)
        self.rate = choice.learning_rate * (1.0 if self.is_share else REAL_RATE)
        self.hidden_mean = torch.full_like(self.hidden_bias, 0.5)
        self.speeds = [torch.zeros_like(each) for each in (self.weight, self.visible_bias, self.hidden_bias)]

    @property
    def centre(self) -> Tensor:
        return self.hidden_mean

    @torch.no_grad()
    def step(self, visible: Tensor, epoch: int) -> Tensor:
        chance = self.hidden(visible)
        draws = torch.empty_like(chance).uniform_(generator=self.generator)
        dreamt = self.visible((draws < chance).to(chance.dtype) - self.hidden_mean)
        after, rows = self.hidden(dreamt), len(visible)
        up = (chance - self.hidden_mean).mT @ (visible - self.visible_mean)
        down = (after - self.hidden_mean).mT @ (dreamt - self.visible_mean)
        changes = (
            (up - down) / rows - DECAY * self.weight,
            (visible - dreamt).mean(0),
            (chance - after).mean(0),
        )
        momentum = EARLY_MOMENTUM if epoch <= EARLY_EPOCHS else MOMENTUM
        moved = (self.weight, self.visible_bias, self.hidden_bias)
        for each, speed, change in zip(moved, self.speeds, changes, strict=True):
            each += speed.mul_(momentum).add_(change, alpha=self.rate)
        follow = CENTRE_RATE * (chance.mean(0) - self.hidden_mean)
        self.visible_bias += follow @ self.weight  # the energy of every state stays what it was
        self.hidden_mean += follow
        return dreamt


class _Autoencoder(_Machine):
    """An autoencoder with tied weights, trained by Adam on cross-entropy (inputs from 0 to 1) or half squared error."""

    def __init__(
        self,
        choice: Autoencoders,
        network: Replicas,
        place: int,
        block: Block,
        visible: Tensor,
        generator: torch.Generator,
    ) -> None:
        super().__init__(network, place, block, visible, generator)
        self.noise = choice.noise
        self._network_weight = self.weight
        self.weight = self.weight.clone().requires_grad_()
        self.hidden_bias.requires_grad_()
        self.visible_bias.requires_grad_()
        learnt = [self.weight, self.hidden_bias, self.visible_bias]
        self._optimizer = torch.optim.Adam(learnt, lr=choice.learning_rate)
        with torch.no_grad():
            self._centre = self.activation(torch.zeros(1, device=visible.device))

    @property
    def centre(self) -> Tensor:
        return self._centre

    def step(self, visible: Tensor, epoch: int) -> Tensor:
        back = torch.addmm(self.visible_bias, self.hidden(self._with_gaps(visible)) - self._centre, self.weight)
        if self.is_share:
            loss = functional.binary_cross_entropy_with_logits(back, visible, reduction="sum")
        else:
            loss = (back - visible).square().sum() / 2
        self._optimizer.zero_grad()
        (loss / len(visible)).backward()
        self._optimizer.step()
        given = back.detach()
        return given.sigmoid() if self.is_share else given

    @torch.no_grad()
    def finish(self) -> None:
        self._network_weight.copy_(self.weight)
        super().finish()

    def _with_gaps(self, visible: Tensor) -> Tensor:
        if not self.noise:
            return visible
        draws = torch.empty_like(visible).uniform_(generator=self.generator)
        return torch.where(draws < self.noise, self.visible_mean.expand_as(visible), visible)


def _machine(
    choice: LayerWise,
    network: Replicas,
    place: int,
    block: Block,
    visible: Tensor,
    generator: torch.Generator,
) -> _Machine:
    if isinstance(choice, Boltzmann):
        return _Boltzmann(choice, network, place, block, visible, generator)
    assert isinstance(choice, Autoencoders)
    return _Autoencoder(choice, network, place, block, visible, generator)


def _share(left: Tensor, visible: Tensor) -> float:
    """Squared distances as a share of the rows' own from their mean; not a number where rows do not differ."""
    return float(left / (visible - visible.mean(0)).square().sum())
