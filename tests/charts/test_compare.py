"""Charts of arms: what a name, a depth or a dead arm must not do to them."""

import pandas as pd

from core.charts.compare import _in_lines, profiles


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
