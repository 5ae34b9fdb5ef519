"""Built-in tables carry the numbers and names of their sources."""

import numpy as np
import pytest
from sklearn import datasets

from core.choices.tables import TABLES
from core.data.columns import labels, numbers


@pytest.mark.parametrize("kind", ["iris", "wine", "breast_cancer", "digits"])
def test_classification_tables_are_sklearns(kind):
    source = getattr(datasets, f"load_{kind}")()
    sample = TABLES[kind]().load()
    assert sample.inputs == tuple(source.feature_names)
    assert sample.classes == tuple(str(name) for name in source.target_names)
    assert np.array_equal(np.stack([numbers(sample.table, n) for n in sample.inputs], axis=1), source.data)
    assert (labels(sample.table, sample.target) == source.target_names.astype(str)[source.target]).all()


def test_diabetes_is_in_its_own_units():
    sample = TABLES["diabetes"]().load()
    assert sample.task == "regression"
    assert 19 <= numbers(sample.table, "age").min() <= numbers(sample.table, "age").max() <= 79


def test_penguins_are_whole():
    sample = TABLES["penguins"]().load()
    assert sample.table.rows == 344
    assert sample.classes == ("Adelie", "Chinstrap", "Gentoo")
    assert {c.name: c.missing for c in sample.table.columns}["sex"] == 11
