"""Tables that are always at hand: scikit-learn's, and the penguins that ship with Layerscope."""

from pathlib import Path
from typing import Any

from core.data.sample import Sample, chosen, of_classes, of_values

PENGUINS = Path(__file__).parents[2] / "assets" / "penguins.csv"
"""Palmer Station LTER, K. Gorman; CC0. As found: 344 rows, some values missing."""
TARGETS = {
    "iris": "species",
    "wine": "grower",
    "breast_cancer": "diagnosis",
    "digits": "digit",
    "diabetes": "progression",
    "penguins": "species",
}


def sample(kind: str) -> Sample:
    """The built-in table named `kind`, with its real column and class names."""
    target = TARGETS[kind]
    if kind == "penguins":
        return chosen(_penguins(), target, None, "classification")
    bunch = _loaded(kind)
    names = tuple(str(name) for name in bunch.feature_names)
    if kind == "diabetes":
        return of_values(bunch.data, bunch.target, names, target)
    return of_classes(bunch.data, bunch.target, names, tuple(str(name) for name in bunch.target_names), target)


def _loaded(kind: str) -> Any:
    from sklearn import datasets

    if kind == "diabetes":
        return datasets.load_diabetes(scaled=False)
    return getattr(datasets, f"load_{kind}")()


def _penguins() -> Any:
    """Read with plain pyarrow: this one file is known to be clean."""
    from pyarrow import csv

    from core.data.sample import as_table

    empty = csv.ConvertOptions(null_values=["", "NA"], strings_can_be_null=True)
    return as_table(csv.read_csv(PENGUINS, convert_options=empty))
