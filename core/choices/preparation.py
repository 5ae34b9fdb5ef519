"""How rows are split and made ready for a network. Whatever is fitted is fitted on the training rows only."""

from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from core.choices.base import Choice, one_of, registry

LEAST_TRAINING_SHARE = 0.05
"""Share of the rows that must be left to learn from (our choice)."""


class SplitChoice(Choice):
    """Which rows are for training, validation and the final test."""

    test: float = Field(0.2, ge=0, lt=1, title="Test share", description="Rows kept back until the very end")
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Split seed", description="Which rows go where")
    used: float = Field(
        1.0, gt=0, le=1, title="Training rows used", description="Share of the training rows; the others are left out"
    )


class PartSplit(SplitChoice):
    """One part of the rows steers, the rest trains."""

    validation: float = Field(0.2, gt=0, lt=1, title="Validation share", description="Rows that steer, never train")

    @model_validator(mode="after")
    def _leaves_training_rows(self) -> Self:
        if self.validation + self.test > 1 - LEAST_TRAINING_SHARE:
            raise ValueError("validation and test take more than 95 % of the rows: leave at least 5 % for training")
        return self


def _column(words: str) -> Any:
    return Field(min_length=1, max_length=20_000, title="Column", description=words)


class Split(PartSplit):
    """Rows go where chance puts them."""

    model_config = ConfigDict(title="Random")
    kind: Literal["random"] = "random"
    stratified: bool = Field(True, title="Stratified", description="Every part has the classes in the same shares")


class GroupSplit(PartSplit):
    """Rows that belong together (one patient, one shop) stay together, so that no part knows another's."""

    model_config = ConfigDict(title="By group")
    kind: Literal["group"] = "group"
    column: str = _column("Rows with the same value here stay in one part")


class TimeSplit(PartSplit):
    """The past trains, what came later validates, the latest tests."""

    model_config = ConfigDict(title="By time")
    kind: Literal["time"] = "time"
    column: str = _column("The date or number that orders the rows")


class FoldSplit(SplitChoice):
    """Every row validates once: as many trainings as folds, and every curve gets a band."""

    model_config = ConfigDict(title="Folds (cross-validation)")
    kind: Literal["folds"] = "folds"
    folds: int = Field(5, ge=2, le=20, title="Folds", description="Parts that take turns as validation rows")
    order: Literal["stratified", "plain", "grouped"] = Field(
        "stratified", title="Kind of folds", description="stratified: same class shares; grouped: groups stay together"
    )
    column: str | None = Field(
        None, max_length=20_000, title="Group column", description="For grouped folds: rows alike here stay together"
    )

    @model_validator(mode="after")
    def _knows_its_groups(self) -> Self:
        if self.order == "grouped" and not self.column:
            raise ValueError("grouped folds need the column that holds the groups")
        if self.test > 1 - LEAST_TRAINING_SHARE:
            raise ValueError("the test part takes more than 95 % of the rows: leave at least 5 % for training")
        return self


SPLITS = registry(Split, GroupSplit, TimeSplit, FoldSplit)
AnySplit = one_of(SPLITS, usual="random")


class Preparation(Choice):
    """From the columns of a table to the numbers that enter the network."""

    model_config = ConfigDict(title="Preparation")
    scaling: Literal["standard", "none", "minmax", "robust", "log", "power", "common"] = Field(
        "standard",
        title="Scale inputs",
        description="standard: mean 0, spread 1; minmax: 0 to 1; robust: by median and quartiles; log and power: for "
        "heavy tails; common: one mean and spread for all together, as the pixels of an image want it. Measured on the "
        "training rows",
    )
    missing: Literal["median", "mean", "most_frequent", "constant", "nearest", "drop_rows", "drop_columns"] = Field(
        "median",
        title="Missing inputs",
        description="What stands in for a missing number. A missing word is a level of its own; a missing target is "
        "left out, never filled",
    )
    fill_value: float = Field(
        0.0, ge=-1e9, le=1e9, title="Fill with", description="The number that stands in, where a constant is chosen"
    )
    missing_indicator: bool = Field(
        False, title="Mark missing", description="Add a column that says where a value was missing"
    )
    rare_share: float = Field(
        0.01, ge=0, lt=1, title="Rare levels", description="Levels in fewer training rows than this share are one level"
    )
    most_levels: int = Field(
        50, ge=2, le=10_000, title="Most levels", description="A category with more levels is left out, and said so"
    )
    embed_over: int | None = Field(
        None,
        ge=2,
        le=10_000,
        title="Embed categories",
        description="A category with more levels than this enters as the number of its level, for which a dense "
        "network learns a vector; then none has too many, and rare levels stay apart. Off: a column for each level",
    )
    embed: tuple[str, ...] = Field(
        (),
        max_length=1_000,
        title="Embed these columns",
        description="Categories that enter as the number of their level, however few levels they have",
    )
    balance: Literal["none", "weights", "oversample", "downsample", "downsample_upweight"] = Field(
        "none",
        title="Balance classes",
        description="weights: small classes count more in the loss; oversample: training rows of small classes are "
        "repeated; downsample: those of large ones left out; downsample upweight: and what is kept counts for them",
    )
    standardise_target: bool = Field(
        True, title="Standardise target", description="Train on a target of mean 0 and spread 1; shown in its own unit"
    )
    leave_out: tuple[int, ...] = Field(
        (), max_length=100_000, title="Rows left out", description="By their number in the table as loaded, from 0"
    )
