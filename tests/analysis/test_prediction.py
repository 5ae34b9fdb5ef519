"""A prediction made ready to be shown, and its charts."""

from datetime import datetime

import pytest

from core.analysis.prediction import answers, cells, headline, shares, values
from core.charts import prediction as charts

PARTS = {"column": "when", "first_day": 19_000.0}
FITTED = {
    "numbers": [
        {"column": "age", "part": None, "first_day": 0.0, "fill": 31.23456},
        {**PARTS, "part": "hour", "fill": 13.0},
        {**PARTS, "part": "days", "fill": 10.7},
    ],
    "flags": [{"column": "wet", "fill": 1.0}],
    "categories": [{"column": "city", "levels": [None, "Oslo"], "rare": ["Rome"], "fill": None}],
}


def classes(*shares_):
    names = [f"c{n}" for n in range(len(shares_))]
    best = names[shares_.index(max(shares_))]
    answers_ = {"predictions": [best], "answers": [list(shares_)]}
    return {"task": "classification", "targets": ["kind"], "classes": names, **answers_}


def test_every_column_is_asked_for_once_with_what_is_usual():
    age, when, wet, city = cells(FITTED)
    assert (age.column, age.kind, age.usual) == ("age", "number", 31.23)
    assert (when.kind, when.usual, when.has_hour) == ("date", datetime(2022, 1, 18, 13), True)
    assert (wet.kind, wet.usual) == ("boolean", True)
    assert (city.kind, city.usual, city.levels) == ("category", "Oslo", ("Oslo", "Rome", None))


def test_the_sentence_names_answer_and_comparison():
    said = headline(classes(0.2, 0.8))
    assert said.text.replace("\u202f", " ").replace("\xa0", " ") == "It says c1, 80 % sure."
    assert "50" in said.note
    value_ = {"task": "regression", "classes": [], "predictions": [23.4], "answers": [[23.4]]}
    assert headline(value_, {"mean": 20.0, "std": 1.7}).note.startswith("That is 2.0 standard deviations above")
    assert "not a number" in headline({**value_, "predictions": [None], "answers": [None]}).text


def test_many_classes_are_the_likeliest_and_the_rest():
    table = shares(classes(*[0.3, 0.2, *[0.5 / 28] * 28]))
    assert len(table) == 12 and table["share"].sum() == pytest.approx(1)
    assert table["name"].iloc[0] == "c0" and table["is_answer"].sum() == 1


def test_charts_take_hostile_names():
    answer = classes(0.1, 0.2, 0.7)
    names = ["a.b[0]", "a.b[0]", "<img src=x onerror=alert(1)>\u202e" * 9]
    table = shares({**answer, "classes": names, "predictions": [names[2]]})
    assert "onerror" not in str(charts.shares(table).to_dict()["layer"][0]["encoding"])
    one = {"task": "regression", "targets": ["a.b['x']"], "predictions": [3.0], "answers": [[3.0]]}
    ((name, line),) = values(one, {"mean": 2.0, "std": 0.5})
    assert name == "a.b['x']" and line.iloc[0].tolist() == [3.0, 2.0, 1.5, 2.5]
    assert charts.value(line, name).to_dict()["layer"]


def test_several_targets_are_said_and_shown_each_in_its_own_unit():
    said = dict(zip("abcde", [3.0, -0.5, 1e4, 2.0, 1.0], strict=True))
    one = {"task": "regression", "targets": list(said), "classes": [], "notes": [[]]}
    one |= {"predictions": [said], "answers": [list(said.values())]}
    assert headline(one).text.endswith("and 2 more.") and "10,000" in headline(one).text
    told = values(one, {"mean": [0.0] * 5, "std": [1.0, 2.0, 3.0, 4.0, 5.0]})
    assert [(name, line["value"].iloc[0], line["high"].iloc[0]) for name, line in told][1] == ("b", -0.5, 2.0)
    assert list(answers(one, [{"x": 1}]).columns) == [*(f"prediction of {name}" for name in said), "notes", "x"]


def test_a_line_per_row_keeps_given_columns_apart():
    answer = {**classes(0.1, 0.9), "notes": [["filled"]]}
    table = answers(answer, [{"notes": "mine", "age": 3}])
    assert list(table.columns) == [
        "prediction",
        "probability of c0",
        "probability of c1",
        "notes",
        "notes (given)",
        "age",
    ]
