"""What is done to gradients and weights beside the loss: L1 and L2, and a longest length of a unit's incoming weights.
Only weights are meant: matrices and kernels, not biases or what a normalisation learns."""

import torch
from torch import Tensor

from core.choices.regularisation import Regularisation
from core.training.replicas import Replicas


class Penalties:
    """Of one program. Nothing is computed where nothing was chosen."""

    def __init__(self, network: Replicas, chosen: Regularisation) -> None:
        self._network, self._chosen = network, chosen
        self._places = [column for column in network.columns if network.view(network.weights, column).dim() > 2]
        mask = torch.zeros(network.parameters, device=network.weights.device)
        for column in self._places:
            mask[network.columns[column]] = 1
        self._mask = mask

    @property
    def pull(self) -> bool:
        """Whether gradients are added to."""
        return bool(self._chosen.l1 or self._chosen.l2)

    @property
    def caps(self) -> bool:
        """Whether weights are shortened after a step."""
        return self._chosen.max_norm is not None

    @torch.no_grad()
    def add(self, decay: float = 0.0) -> None:
        """Adds the gradient of L1 and L2, and of a weight decay that its optimizer leaves to others (it means every
        parameter)."""
        weights, gradients = self._network.weights, self._network.gradients
        if self._chosen.l1:
            gradients.addcmul_(weights.sign(), self._mask, value=self._chosen.l1)
        if self._chosen.l2:
            gradients.addcmul_(weights, self._mask, value=self._chosen.l2)
        if decay:
            gradients.add_(weights, alpha=decay)

    @torch.no_grad()
    def cost(self, decay: float = 0.0) -> Tensor:
        """What these add to the loss, summed over replicas: an optimizer that compares losses needs it."""
        weights = self._network.weights
        held = weights * self._mask
        return (
            self._chosen.l1 * held.abs().sum()
            + self._chosen.l2 / 2 * held.square().sum()
            + decay / 2 * weights.square().sum()
        )

    @torch.no_grad()
    def cap(self) -> None:
        """Shortens the incoming weights of each unit that are longer than allowed (Srivastava 2014)."""
        assert self._chosen.max_norm is not None
        for column in self._places:
            weight = self._network.view(self._network.weights, column)
            norms = torch.linalg.vector_norm(weight.flatten(2), dim=2)
            shrink = (self._chosen.max_norm / norms.clamp(min=1e-30)).clamp(max=1)
            weight.mul_(shrink.view(*shrink.shape, *[1] * (weight.dim() - 2)))
