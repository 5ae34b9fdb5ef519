"""Where the rows come from: tables that ship with scikit-learn or with us, generated ones, and a person's own."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict, Field

from core.choices.base import one_of, registry
from core.choices.drawn import Drawn
from core.choices.pictures import Shapes
from core.choices.sequence_tables import SEQUENCES
from core.choices.sources import DataChoice, Generator, Group, Inputs, Targets, Task, inputs_field, noise_of
from core.choices.windows import Windows

if TYPE_CHECKING:
    from core.data.sample import Sample
    from core.data.table import Table


class BuiltIn(DataChoice):
    """A table that is always at hand."""

    task: ClassVar[Task] = "classification"
    size: ClassVar[tuple[int, int]] = (0, 0)
    """Rows and input columns, known without loading."""

    def row_shape(self) -> tuple[int, ...] | None:
        return self.shape or self.size[1:]

    def load(self, read_table: "Callable[[str], Table] | None" = None) -> "Sample":
        from core.data import builtin

        return replace(builtin.sample(str(self.model_dump()["kind"])), shape=self.shape)


class Iris(BuiltIn):
    """150 iris flowers of three species by the sizes of their sepals and petals (Fisher 1936)."""

    model_config = ConfigDict(title="Iris")
    size: ClassVar[tuple[int, int]] = (150, 4)
    kind: Literal["iris"] = "iris"


class Wine(BuiltIn):
    """178 wines of three growers by 13 chemical measures whose sizes differ a thousandfold (Forina 1988)."""

    model_config = ConfigDict(title="Wine")
    size: ClassVar[tuple[int, int]] = (178, 13)
    kind: Literal["wine"] = "wine"


class BreastCancer(BuiltIn):
    """569 tumours, malignant or benign, by 30 measures of their cells (Wolberg 1995)."""

    model_config = ConfigDict(title="Breast cancer")
    size: ClassVar[tuple[int, int]] = (569, 30)
    kind: Literal["breast_cancer"] = "breast_cancer"


class Digits(BuiltIn):
    """1,797 handwritten digits, 8 × 8 pixels each (Alpaydin & Kaynak 1998)."""

    model_config = ConfigDict(title="Digits")
    shape: ClassVar[tuple[int, ...] | None] = (1, 8, 8)
    size: ClassVar[tuple[int, int]] = (1797, 64)
    kind: Literal["digits"] = "digits"


class Penguins(BuiltIn):
    """344 penguins of three species by body measures, island and sex; some values are missing (Gorman 2014)."""

    model_config = ConfigDict(title="Penguins")
    size: ClassVar[tuple[int, int]] = (344, 6)
    kind: Literal["penguins"] = "penguins"


class Diabetes(BuiltIn):
    """442 patients: how far diabetes went in a year, from ten measures at its start (Efron 2004)."""

    model_config = ConfigDict(title="Diabetes")
    task: ClassVar[Task] = "regression"
    size: ClassVar[tuple[int, int]] = (442, 10)
    kind: Literal["diabetes"] = "diabetes"


class Figure(Generator):
    """Points of a plane with a class each."""

    wrong: float = Field(
        0.0, ge=0, le=0.9, title="Wrong labels", description="Share of the rows that carry another class than their own"
    )
    inputs: Inputs = inputs_field()


class Moons(Figure):
    """Two half circles that reach into each other."""

    model_config = ConfigDict(title="Moons")
    kind: Literal["moons"] = "moons"
    noise: float = noise_of(0.15, "the displacement of a point, in radii of a moon")


class Circles(Figure):
    """A small circle within a large one: no line parts them."""

    model_config = ConfigDict(title="Circles")
    kind: Literal["circles"] = "circles"
    noise: float = noise_of(0.1, "the displacement of a point, in radii of the large circle")


class Bullseye(Figure):
    """A disk within a ring: fewer than three hidden units cannot close a line around it (Olah 2014)."""

    model_config = ConfigDict(title="Bullseye (disk and ring)")
    kind: Literal["bullseye"] = "bullseye"
    noise: float = noise_of(0.0, "the displacement of a point, in radii of the ring")


class Spirals(Figure):
    """Intertwined spirals: easy to see, hard to part with straight cuts (Lang & Witbrock 1988)."""

    model_config = ConfigDict(title="Spirals")
    kind: Literal["spirals"] = "spirals"
    arms: int = Field(2, ge=2, le=8, title="Arms", description="How many spirals; each is a class")
    turns: float = Field(1.5, ge=0.1, le=10, title="Turns", description="How often an arm winds around the middle")
    noise: float = noise_of(0.02, "the displacement of a point, in radii of the whole figure")


class Xor(Figure):
    """Four squares of two classes, like a chess board: neither column says anything alone (Minsky & Papert 1969)."""

    model_config = ConfigDict(title="XOR")
    kind: Literal["xor"] = "xor"
    noise: float = noise_of(0.05, "the displacement of a point, in sides of a square")


class Gaussians(Figure):
    """Two round clouds: a line parts them as well as anything can."""

    model_config = ConfigDict(title="Gaussians")
    kind: Literal["gaussians"] = "gaussians"
    share: float = Field(
        0.5,
        ge=0.001,
        le=0.999,
        title="Share of class 1",
        description="Share of the rows in class 1: 0.02 is unbalanced",
    )
    noise: float = noise_of(0.25, "each cloud, in distances between their centres")


class Blobs(Figure):
    """Several round clouds with centres on a circle, one class each."""

    model_config = ConfigDict(title="Blobs")
    kind: Literal["blobs"] = "blobs"
    centres: int = Field(4, ge=2, le=12, title="Centres", description="How many clouds; each is a class")
    noise: float = noise_of(0.2, "each cloud, in radii of the circle on which the centres lie")


class Vehicles(Generator):
    """Cars, vans and lorries by their weight and the goods they carry: a first project."""

    model_config = ConfigDict(title="Vehicles")
    kind: Literal["vehicles"] = "vehicles"
    rows: int = Field(400, ge=20, le=100_000, title="Rows", description="How many vehicles are weighed")
    noise: float = noise_of(0.2, "the weight within a type, as a share of its usual weight")


class Surface(Generator):
    """Rows with a number as target."""

    task: ClassVar[Task] = "regression"
    noise: float = noise_of(0.1, "what is added to the target, as a share of the target's own spread")


class Plane(Surface):
    """A tilted plane over two columns: a line explains it."""

    model_config = ConfigDict(title="Plane")
    kind: Literal["plane"] = "plane"
    inputs: Inputs = inputs_field()


class Bumpy(Surface):
    """A surface with hills and hollows over two columns."""

    model_config = ConfigDict(title="Bumpy surface")
    kind: Literal["bumpy"] = "bumpy"
    inputs: Inputs = inputs_field()


class Sine(Surface):
    """A sine wave over one column."""

    model_config = ConfigDict(title="Noisy sine")
    columns: ClassVar[int] = 1
    kind: Literal["sine"] = "sine"


class Friedman(Surface):
    """Ten columns of which five count, in a curved way (Friedman 1991, problem 1)."""

    model_config = ConfigDict(title="Friedman")
    columns: ClassVar[int] = 10
    kind: Literal["friedman"] = "friedman"


class Arm(Surface):
    """Where the hand of an arm is, across and up, by the angles of shoulder and elbow: two values to answer."""

    model_config = ConfigDict(title="Arm (two targets)")
    kind: Literal["arm"] = "arm"
    noise: float = noise_of(0.05, "what is added to each target, as a share of its own spread")


class Own(DataChoice):
    """A person's own rows: which column is the target, which are inputs, and what is asked."""

    group: ClassVar[Group] = "own"
    columns: tuple[str, ...] | None = Field(
        None,
        max_length=10_000,
        title="Input columns",
        description="Empty: all that look useful; what is left out is said",
    )
    task: Literal["auto", "classification", "regression"] = Field(
        "auto", title="Task", description="auto: words are classes; numbers are values, unless few whole ones recur"
    )
    windows: Windows | None = Field(
        None, title="Windows of time", description="Rows in order of time, cut into sequences; empty: each by itself"
    )

    def _cut(self, sample: "Sample") -> "Sample":
        """The rows as they are, or as windows."""
        from core.data.windows import windowed

        return sample if self.windows is None else windowed(sample, self.windows)


class UploadedTable(Own):
    """A table that was uploaded."""

    model_config = ConfigDict(title="Own table")
    kind: Literal["table"] = "table"
    table: str = Field(min_length=1, max_length=200, title="Table", description="Which uploaded table")
    target: Targets = Field(title="Target", description="The column to be predicted; several: a number in each")

    def load(self, read_table: "Callable[[str], Table] | None" = None) -> "Sample":
        from core.data import sample
        from core.refusal import Problem, Refusal

        if read_table is None:
            raise Refusal(Problem("data.table", "uploaded tables cannot be read here: name a file or a built-in table"))
        return self._cut(sample.chosen(read_table(self.table), self.target, self.columns, self.task))


class FileTable(Own):
    """A file on this machine: for the command line only."""

    model_config = ConfigDict(title="File")
    kind: Literal["file"] = "file"
    path: str = Field(min_length=1, max_length=4096, title="Path", description="Where the file lies")
    target: Targets | None = Field(
        None, title="Target", description="The column to be predicted; several: a number in each; empty: proposed"
    )

    def load(self, read_table: "Callable[[str], Table] | None" = None) -> "Sample":
        from core.data import sample

        return self._cut(sample.from_file(self.path, self.target, self.columns, self.task))


TABLES = registry(
    *(Iris, Wine, BreastCancer, Digits, Penguins, Diabetes),
    *(Moons, Circles, Bullseye, Spirals, Xor, Gaussians, Blobs, Vehicles, Plane, Bumpy, Sine, Friedman, Arm, Shapes),
    *SEQUENCES,
    *(Drawn, UploadedTable, FileTable),
)
AnyData = one_of(TABLES)
