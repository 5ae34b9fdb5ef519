"""Generated pictures."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from core.choices.sources import Generator, noise_of

if TYPE_CHECKING:
    from core.data.sample import Sample
    from core.data.table import Table


class Shapes(Generator):
    """Pictures of 28 × 28 pixels: disc, square, triangle, cross or star, each somewhere and turned somehow."""

    model_config = ConfigDict(title="Shapes (pictures)")
    columns: ClassVar[int] = 784
    shape: ClassVar[tuple[int, ...] | None] = (1, 28, 28)
    kind: Literal["shapes"] = "shapes"
    rows: int = Field(3_000, ge=20, le=20_000, title="Rows", description="How many pictures are drawn")
    noise: float = noise_of(0.1, "what is added to every pixel, in shares of full brightness")
    shift: float = Field(5.0, ge=0, le=10, title="Shift", description="Farthest way from the middle, in pixels")
    rotation: float = Field(30.0, ge=0, le=180, title="Rotation", description="Largest turn either way, in degrees")
    contrast: float = Field(
        0.4, ge=0, le=0.95, title="Fading", description="How much fainter than full brightness the faintest shape is"
    )
    wrong: float = Field(
        0.0, ge=0, le=0.9, title="Wrong labels", description="Share of the rows that carry another class than their own"
    )

    def load(self, read_table: "Callable[[str], Table] | None" = None) -> "Sample":
        from core.data import shapes

        drawn: dict[str, Any] = self.model_dump(exclude={"kind"})
        return replace(shapes.sample(**drawn), shape=self.shape)
