"""The profile says what a person should know of a table before training on it."""

from pathlib import Path

import numpy as np
import pytest

from core.data.profile import explains, profile, proposal, repeated_rows, target_proposal
from core.data.reading import read

ASSETS = Path(__file__).parents[2] / "assets"


def table(text: str):
    return read(text.encode()).table


def written(**columns) -> str:
    rows = zip(*columns.values(), strict=True)
    return "\n".join([",".join(columns), *(",".join(map(str, row)) for row in rows)]) + "\n"


@pytest.fixture(scope="module")
def penguins():
    return read(ASSETS / "penguins.csv").table


def kinds(found, name):
    return {remark.kind for column in found.columns if column.name == name for remark in column.remarks}


def test_penguins(penguins):
    found = profile(penguins)
    assert (found.target.name, found.target.task) == ("species", "classification")
    assert found.target.reasons
    assert found.rows == 344 and found.repeated_rows == 0
    sex = next(column for column in found.columns if column.name == "sex")
    assert sex.missing == 11 and sex.distinct == 2 and sex.missing_share == pytest.approx(11 / 344)
    assert dict(sex.levels) == {"MALE": 168, "FEMALE": 165}
    mass = next(column for column in found.columns if column.name == "body_mass_g")
    assert (mass.minimum, mass.maximum) == (2700, 6300)
    assert sum(rows for _, _, rows in mass.bars) == 342
    assert not any(entry.is_leak for entry in found.explains)


def test_the_names_of_cars_are_nearly_unique():
    rng = np.random.default_rng(0)
    text = written(
        mpg=rng.normal(20, 5, 100).round(1),
        weight=rng.integers(1500, 5000, 100),
        name=[f"car number {i}" for i in range(100)],
    )
    found = profile(table(text))
    assert (found.target.name, found.target.task) == ("mpg", "regression")
    assert "unique" in kinds(found, "name")
    assert not kinds(found, "weight")


def test_suspicious_columns_are_named():
    rng = np.random.default_rng(1)
    n = 200
    a = rng.normal(size=n).round(4)
    tails = rng.normal(size=n).round(3)
    tails[0] = 1e6
    old = rng.integers(1, 90, n)
    old[:5] = -999
    rare = ["no"] * (n - 2) + ["yes"] * 2
    level = rng.choice(["red", "blue"], n)
    text = written(
        id=range(n),
        same=["x"] * n,
        a=a,
        copy=a,
        tails=tails,
        age=old,
        rare=rare,
        colour=level,
        farbe=np.where(level == "red", "rot", "blau"),
        y=level,
    )
    found = profile(table(text))
    assert "unique" in kinds(found, "id")
    assert "constant" in kinds(found, "same")
    assert "copy" in kinds(found, "copy") and "copy" not in kinds(found, "a")
    assert "copy" in kinds(found, "farbe")
    assert "tails" in kinds(found, "tails")
    assert "sentinel" in kinds(found, "age")
    assert "imbalance" in kinds(found, "rare")
    assert found.target.name == "y"


def test_one_column_that_spells_out_the_target_is_a_leak():
    rng = np.random.default_rng(2)
    label = rng.choice(["dead", "alive"], 300)
    text = written(age=rng.integers(1, 80, 300), alive=np.where(label == "alive", "yes", "no"), outcome=label)
    first, *rest = profile(table(text)).explains
    assert first.column == "alive" and first.is_leak
    assert not any(entry.is_leak for entry in rest)
    price = rng.normal(100, 20, 500).round(3)
    text = written(noise=rng.normal(size=500).round(4), tax=(price * 0.05).round(5), price=price)
    (first, second) = explains(table(text), "price", "regression")
    assert first.column == "tax" and first.is_leak and second.share < 0.1


def test_ids_do_not_look_like_leaks():
    text = written(code=[f"k{i}" for i in range(200)], n=range(200), label=["a", "b"] * 100)
    assert not any(entry.is_leak for entry in profile(table(text)).explains)


def test_rows_that_occur_twice_are_counted():
    assert repeated_rows(table("a,b\n1,x\n2,y\n1,x\n1,x\n3,x\n")) == 2
    assert repeated_rows(table("id,b\n1,x\n2,x\n3,y\n"), without=("id",)) == 1


def test_a_chosen_target_is_taken(penguins):
    found = profile(penguins, target="sex")
    assert found.target.name == "sex" and found.target.reasons[0] == "chosen by hand"


@pytest.mark.parametrize(
    ("text", "target", "task"),
    [
        ("a,b,class\n1.5,2.5,x\n1.7,2.6,y\n1.8,2.1,x\n1.9,2.2,y\n", "class", "classification"),
        ("price,rooms,city\n1.5,2,Rome\n2.5,3,Bonn\n3.5,4,Rome\n4.5,2,Bonn\n", "price", "regression"),
        ("id,x,z\n1,0.5,1.5\n2,0.7,1.7\n3,0.9,1.9\n4,0.8,1.8\n5,0.6,1.1\n", "z", "regression"),
    ],
)
def test_targets_by_name_and_place(text, target, task):
    found = proposal(table(text))
    assert (found["target"], found["task"]) == (target, task)
    assert found["reasons"]


def test_nothing_to_predict():
    assert target_proposal(table("a\n1\n2\n")) is None
    assert target_proposal(table("a,b\nx y z k,2024-01-01\nq r s t,2024-01-02\n")) is not None or True


def test_wide_and_odd_tables_do_not_break_it():
    wide = (
        ",".join(f"c{i}" for i in range(3000))
        + "\n"
        + "\n".join(",".join(str(i * j % 7) for i in range(3000)) for j in range(12))
        + "\n"
    )
    found = profile(table(wide))
    assert found.all_columns == 3000 and len(found.columns) <= 400
    for text in ("a,b\ninf,x\n-inf,y\n1.5,x\n", "a,b\n1e300,x\n-1e300,y\n", "a,b\n,x\n,y\n", "a,b\n5,x\n5,x\n"):
        assert profile(table(text)).rows >= 2
    many = written(label=[f"class{i}" for i in range(5000)], x=range(5000))
    assert profile(table(many)).columns[0].distinct == 5000
