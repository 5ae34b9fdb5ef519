"""Generated sequences: the questions on which networks that remember are told from those that forget."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from core.choices.sources import Generator, Group, Task

if TYPE_CHECKING:
    from core.data.sample import Sample
    from core.data.table import Table

LONGEST = 500
Asked = Literal["end", "every_step"]


def _length(steps: int, words: str = "Steps of one sequence") -> Any:
    return Field(steps, ge=4, le=LONGEST, title="Length", description=words)


class Sequences(Generator):
    """Rows that are sequences: the same seed gives the same rows."""

    group: ClassVar[Group] = "sequence"
    rows: int = Field(1_000, ge=20, le=100_000, title="Rows", description="How many sequences are drawn")
    length: int = _length(20)
    values: ClassVar[int] = 1
    """Numbers of one step."""

    def row_shape(self) -> tuple[int, ...] | None:
        return (self.length, self.values)

    def load(self, read_table: "Callable[[str], Table] | None" = None) -> "Sample":
        from core.data import sequences

        drawn: dict[str, Any] = self.model_dump()
        return sequences.sample(**drawn)


def _asked(words: str) -> Any:
    return Field("end", title="Asked", description=f"At the end, or at every step: {words}")


class Delay(Sequences):
    """Remember the first symbol: it is said once, at the first step, and asked for at the end of a long noise."""

    model_config = ConfigDict(title="First symbol")
    kind: Literal["delay"] = "delay"
    length: int = _length(40, "Steps from the symbol to the question")
    symbols: int = Field(2, ge=2, le=8, title="Symbols", description="How many there are; each is a class")
    noise: float = Field(0.1, ge=0, le=10, title="Noise", description="Standard deviation of all later steps")


class Adding(Sequences):
    """Add the two marked numbers of a long list (Hochreiter & Schmidhuber 1997)."""

    model_config = ConfigDict(title="Adding problem")
    task: ClassVar[Task] = "regression"
    kind: Literal["adding"] = "adding"
    values: ClassVar[int] = 2
    rows: int = Field(2_000, ge=20, le=100_000, title="Rows", description="How many sequences are drawn")
    asked: Asked = _asked("the sum of what was marked until then")
    noise: float = Field(0.0, ge=0, le=10, title="Noise", description="Standard deviation of what is added to the sum")


class Parity(Sequences):
    """Is the number of ones even or odd? Every single step turns the answer round."""

    model_config = ConfigDict(title="Parity")
    kind: Literal["parity"] = "parity"
    length: int = _length(10)
    noise: float = Field(0.05, ge=0, le=10, title="Noise", description="Standard deviation of what is added to a bit")


class Frequencies(Sequences):
    """Tell waves apart by their frequency, whatever their phase, under noise."""

    model_config = ConfigDict(title="Frequencies")
    kind: Literal["frequencies"] = "frequencies"
    length: int = _length(40)
    tones: int = Field(3, ge=2, le=6, title="Tones", description="How many frequencies; each is a class")
    noise: float = Field(
        0.3, ge=0, le=10, title="Noise", description="Standard deviation of what is added, in heights of the wave"
    )


class Sines(Sequences):
    """Say how a noisy wave goes on, each of a frequency and a phase of its own."""

    model_config = ConfigDict(title="Sines to come")
    task: ClassVar[Task] = "regression"
    kind: Literal["sines"] = "sines"
    length: int = _length(30)
    horizon: int = Field(3, ge=1, le=200, title="Horizon", description="How many steps after the last one is asked")
    asked: Asked = _asked("the wave so many steps after it")
    noise: float = Field(
        0.1, ge=0, le=10, title="Noise", description="Standard deviation of what is added, in heights of the wave"
    )


SEQUENCES: tuple[type[Sequences], ...] = (Delay, Adding, Parity, Frequencies, Sines)
