"""Points that a person drew: a table that travels within the experiment."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from core.choices.sources import DataChoice, Group, Inputs, inputs_field

if TYPE_CHECKING:
    from core.data.sample import Sample
    from core.data.table import Table

MOST_POINTS = 400
"""Points of one drawing (our choice: its link stays under 8 KB)."""
CLASSES = ("A", "B", "C", "D")
FIRST_POINTS = tuple(
    (round(side * 0.45 + 0.11 * (k % 4 - 1.5), 3), round(0.13 * (k // 4 - 2), 3), int(side > 0))
    for side in (-1, 1)
    for k in range(20)
)
"""Two small heaps to begin with."""

Coordinate = Annotated[float, Field(ge=-1, le=1)]
Point = tuple[Coordinate, Coordinate, Annotated[int, Field(ge=0, lt=len(CLASSES))]]
"""x, y and the class, 0 to 3."""


class Drawn(DataChoice):
    """Points that you draw yourself, of two to four classes."""

    model_config = ConfigDict(title="Own points")
    group: ClassVar[Group] = "drawn"
    kind: Literal["points"] = "points"
    points: tuple[Point, ...] = Field(
        FIRST_POINTS,
        min_length=20,
        max_length=MOST_POINTS,
        title="Points",
        description="x and y from −1 to 1, and class",
    )
    noise: float = Field(
        0.0,
        ge=0,
        le=0.5,
        title="Noise",
        description="Standard deviation by which every point is moved, 1 is half the plane",
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="How the points are moved")
    inputs: Inputs = inputs_field()

    @model_validator(mode="after")
    def _two_classes(self) -> "Drawn":
        if len({label for _, _, label in self.points}) < 2:
            raise ValueError("draw points of at least two classes")
        return self

    def load(self, read_table: "Callable[[str], Table] | None" = None) -> "Sample":
        import numpy as np

        from core.data.derived import with_inputs
        from core.data.sample import of_classes

        places = np.array([point[:2] for point in self.points], dtype=float)
        places = places + self.noise * np.random.default_rng(self.seed).standard_normal(places.shape)
        used = sorted({label for _, _, label in self.points})
        codes = np.array([used.index(point[2]) for point in self.points])
        sample = of_classes(places, codes, ("x", "y"), [CLASSES[label] for label in used], target="class")
        return with_inputs(sample, self.inputs)
