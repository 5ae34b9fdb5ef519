"""Charts of arms: what a name, a depth or a dead arm must not do to them."""

import pandas as pd

from core.charts.compare import DASHES, SHAPES, _in_lines, _numbered, _with_value, profiles


def profile(**arms: list[float]) -> pd.DataFrame:
    """log10 of the gradient by layer of each arm, the output last."""
    return pd.DataFrame(
        {"arm": arm, "place": place - len(values) + 1, "layer": place + 1, "name": "", "median": value, "words": ""}
        for arm, values in arms.items()
        for place, value in enumerate(values)
    )


def test_a_name_keeps_to_its_lines_and_says_that_it_goes_on():
    name = "1. ReLU in all hidden layers with He initialisation"
    assert _in_lines(name, 9) == ["1. ReLU in all", "hidden layers", "with He", "initialisation"]
    assert _in_lines(name, 2) == ["1. ReLU in all", "hidden layers…"]
    assert _in_lines("x" * 40, 1) == ["x" * 14 + "…"]
    assert _in_lines("", 2) == [""]


def test_a_value_follows_its_name_in_as_many_lines_as_there_are():
    assert _with_value("ReLU", "96 %", 3) == ["ReLU 96 %"]
    assert _with_value("Skip links around 11 layers", "95.5 %", 3) == ["Skip links", "around 11", "layers 95.5 %"]
    assert _with_value("Skip links around 11 layers", "95.5 %", 2) == ["Skip links", "around… 95.5 %"]
    assert all(len(line) <= 15 for line in _with_value("x" * 40, "95.5 %", 2))


def test_more_than_four_arms_differ_in_shape_and_dash():
    table = pd.DataFrame({"arm": list("abcdefghij"), "median": 0.0})
    numbers = _numbered(table, list("abcdefghij"))["number"].tolist()
    assert numbers == [1, 2, 3, 4, 5, 6, 7, 8, 5, 6]
    assert len(set(zip(SHAPES[4:], DASHES[4:], strict=True))) == len(set(SHAPES[4:])) == len(set(DASHES[4:])) == 4


def test_a_dead_arm_does_not_squeeze_the_others():
    table = profile(alive=[-1.0, -0.5, 0.0], dead=[-30.0, -30.0, 0.0])
    chart = profiles(table, ["alive", "dead"]).to_dict(validate=False)
    domains = {
        tuple(layer["encoding"]["y"]["scale"]["domain"])
        for layer in chart["layer"]
        if "scale" in layer["encoding"].get("y", {})
    }
    assert domains == {(-15, 3)}


def test_arms_of_different_depth_are_counted_from_the_output():
    table = profile(deep=[-3.0] * 12 + [0.0], flat=[-1.0, 0.0])
    (axis,) = {
        layer["encoding"]["x"]["axis"]["labelExpr"]
        for layer in profiles(table, ["deep", "flat"]).to_dict(validate=False)["layer"]
        if layer["encoding"].get("x", {}).get("axis")
    }
    assert all(word in axis for word in ("'output'", "'4 before'", "'12 before'"))
