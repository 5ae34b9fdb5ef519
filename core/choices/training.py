"""How long, in which portions, from which seeds and on which device a network is trained."""

from typing import Literal

from pydantic import ConfigDict, Field

from core.choices.base import Choice


class EarlyStopping(Choice):
    """Stop when the validation loss has not improved for a while, and go back to the best weights."""

    model_config = ConfigDict(title="Early stopping")
    patience: int = Field(10, ge=1, le=100_000, title="Patience", description="Epochs to wait for an improvement")
    least_gain: float = Field(0.0, ge=0, le=1e6, title="Least gain", description="A smaller fall of the loss is none")


class Training(Choice):
    """Length, batches, seeds and device."""

    model_config = ConfigDict(title="Training")
    epochs: int = Field(40, ge=1, le=1_000_000, title="Epochs", description="Passes over the training rows")
    batch_size: int = Field(32, ge=1, le=1_000_000, title="Batch size", description="Rows per step")
    shuffle: bool = Field(True, title="Shuffle", description="A new order of the rows in every epoch")
    clip_norm: float | None = Field(
        None, gt=0, le=1e9, title="Clip gradient at norm", description="Longer gradients are cut to this length"
    )
    clip_value: float | None = Field(
        None, gt=0, le=1e9, title="Clip gradient at value", description="Each entry of the gradient is cut to ± this"
    )
    early_stopping: EarlyStopping | None = Field(None, title="Early stopping")
    replicas: int = Field(
        1, ge=1, le=100, title="Seeds", description="Trainings from different seeds: every curve gets a band"
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="Seed of the first training; others follow it")
    precision: Literal["float32", "bfloat16"] = Field(
        "float32",
        title="Precision",
        description="bfloat16: products of layers in half the bits, on a CUDA device; elsewhere it is left at float32",
    )
    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|cuda(:\d{1,2})?)$",
        title="Device",
        description="auto takes a CUDA device where the runner has one and the network is large enough to gain",
    )
