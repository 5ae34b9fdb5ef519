"""Against overfitting, beside what belongs to an optimizer (weight decay), a layer (dropout), a loss (label smoothing)
or the length of training (early stopping)."""

from pydantic import ConfigDict, Field

from core.choices.augmentations import AnyAugmentation
from core.choices.base import Choice


class Regularisation(Choice):
    """What keeps a network from learning rows by heart. Losses are shown without it."""

    model_config = ConfigDict(title="Against overfitting")
    l1: float = Field(
        0.0, ge=0, le=100, title="L1", description="Added to the loss for each unit of size of a weight: drives to 0"
    )
    l2: float = Field(
        0.0, ge=0, le=100, title="L2", description="Half of this × each weight's square is added to the loss"
    )
    max_norm: float | None = Field(
        None, gt=0, le=1e6, title="Max-norm", description="Longest that the incoming weights of a unit may be"
    )
    input_noise: float = Field(
        0.0, ge=0, le=100, title="Input noise", description="Spread of the noise added to each input in every step"
    )
    mixup: float = Field(
        0.0,
        ge=0,
        le=100,
        title="Mixup",
        description="Rows are mixed with others, and their answers alike, by a share drawn from Beta(this, this); 0.2 "
        "is usual",
    )
    augmentation: tuple[AnyAugmentation, ...] = Field(
        (), max_length=20, title="Image augmentation", description="What is done to training images, in this order"
    )

    @property
    def disturbs(self) -> bool:
        """Whether training rows are not seen as they are, so that losses as met are not those of the rows."""
        return bool(self.input_noise or self.mixup or self.augmentation)
