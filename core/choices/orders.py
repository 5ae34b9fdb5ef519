"""What a person may order of a run while it trains: other numbers, or one step or epoch at a time."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from core.choices.base import Choice, one_of, registry


class Change(Choice):
    """Trains on with other numbers from the next step."""

    model_config = ConfigDict(title="Change")
    kind: Literal["change"] = "change"
    learning_rate: float | None = Field(
        None, ge=0, le=1000, title="Learning rate", description="Where a schedule moves the rate, it goes on from here"
    )
    weight_decay: float | None = Field(
        None, ge=0, le=100, title="Weight decay", description="Pull of every weight to 0"
    )
    dropout: float | None = Field(
        None, ge=0, lt=1, title="Dropout", description="Share of the units silenced, in every layer that has dropout"
    )


class Advance(Choice):
    """Goes on for one step or to the end of the epoch, then waits again. For a run that is paused."""

    model_config = ConfigDict(title="Advance")
    kind: Literal["advance"] = "advance"
    by: Literal["step", "epoch"] = Field("epoch", title="By", description="How far it goes before it waits again")


ORDERS = registry(Change, Advance)
AnyOrder: Any = one_of(ORDERS)
Order = Change | Advance
