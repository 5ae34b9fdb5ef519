"""What every choice of data is, and what all generated ones share."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, PlainSerializer

from core.choices.base import Choice

if TYPE_CHECKING:
    from core.data.sample import Sample
    from core.data.table import Table

Task = Literal["classification", "regression"]
Group = Literal["table", "generator", "sequence", "drawn", "own"]
Derived = Literal["x", "y", "x²", "y²", "x·y", "sin 6x", "sin 6y"]
"""Inputs that follow from two columns, as TensorFlow Playground offers them (see data/derived.py)."""
Inputs = tuple[Derived, ...]
MOST_TARGETS = 100
"""Values that one network answers with, at most (our choice: more cannot be looked at one by one)."""
Name = Annotated[str, Field(min_length=1, max_length=20_000)]


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _shortest(names: tuple[str, ...]) -> str | list[str]:
    return names[0] if len(names) == 1 else list(names)


Targets = Annotated[
    tuple[Name, ...],
    Field(min_length=1, max_length=MOST_TARGETS),
    BeforeValidator(_several, json_schema_input_type=str | tuple[str, ...]),
    PlainSerializer(_shortest, return_type=str | list[str]),
]
"""The columns to be predicted: "price", or ["price", "days"] for several values at once. One is written as a word."""


class DataChoice(Choice):
    """Rows with a target."""

    group: ClassVar[Group] = "table"
    shape: ClassVar[tuple[int, ...] | None] = None
    """What one row is, where that is more than a list of columns and known without loading (see Sample.shape)."""

    def row_shape(self) -> tuple[int, ...] | None:
        """What one row is, as far as that is known without loading; None: it must be loaded."""
        return self.shape

    def load(self, read_table: "Callable[[str], Table] | None" = None) -> "Sample":
        """The table, its target and its inputs. `read_table` gives an uploaded table by its id. Raises Refusal."""
        raise AssertionError("every data choice loads")


class Generator(DataChoice):
    """Rows drawn by a formula: the same seed gives the same rows."""

    group: ClassVar[Group] = "generator"
    task: ClassVar[Task] = "classification"
    columns: ClassVar[int] = 2
    rows: int = Field(500, ge=20, le=100_000, title="Rows", description="How many rows are drawn")
    noise: float = Field(0.1, ge=0, le=10, title="Noise", description="Standard deviation of what is added by chance")
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="Which rows are drawn")

    def row_shape(self) -> tuple[int, ...] | None:
        return self.shape or (self.columns,)

    def load(self, read_table: "Callable[[str], Table] | None" = None) -> "Sample":
        from core.data import generators

        drawn: dict[str, Any] = self.model_dump()
        inputs = drawn.pop("inputs", None)
        sample = generators.sample(**drawn)
        if inputs is None:
            return sample
        from core.data.derived import with_inputs

        return with_inputs(sample, inputs)


def inputs_field() -> Any:
    """Which of the seven derived inputs enter the network."""
    words = "What enters the network: the two columns, their squares, product and sines"
    return Field(("x", "y"), min_length=1, max_length=7, title="Inputs", description=words)


def noise_of(default: float, words: str) -> Any:
    return Field(default, ge=0, le=10, title="Noise", description=f"Standard deviation of {words}")
