"""Rows in the order of time, cut into windows: what came before is asked what comes after."""

from typing import Literal

from pydantic import ConfigDict, Field

from core.choices.base import Choice

LONGEST = 1_000


class Windows(Choice):
    """Each window is a sequence; its target lies a few rows after its last."""

    model_config = ConfigDict(title="Windows of time")
    order: str | None = Field(
        None, max_length=20_000, title="Order", description="The date or number that orders the rows; empty: the file"
    )
    group: str | None = Field(
        None, max_length=20_000, title="Group", description="No window holds rows of two groups (two shops, say)"
    )
    length: int = Field(12, ge=2, le=LONGEST, title="Length", description="Rows that one window holds: its steps")
    horizon: int = Field(
        1, ge=1, le=LONGEST, title="Horizon", description="How many rows after the window's last its target lies"
    )
    asked: Literal["end", "every_step", "all_until_then"] = Field(
        "end",
        title="Asked",
        description="The row so far behind the window's last; at every step, the one so far behind it; or all rows "
        "from the window's last until then",
    )
    stride: int = Field(1, ge=1, le=LONGEST, title="Stride", description="Rows from one window's start to the next's")
    past: bool = Field(
        True, title="Target's past", description="The target's own values in the window are inputs, as numbers"
    )
