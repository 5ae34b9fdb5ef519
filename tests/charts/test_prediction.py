"""One prediction as a picture."""

import pandas as pd

from core.charts.prediction import shares


def test_classes_stand_in_their_order_and_no_number_under_the_line_of_a_guess():
    told = pd.DataFrame({"name": list("abcd"), "share": [0.2, 0.05, 0.55, 0.2], "guess": 0.25})
    spec = shares(told.assign(is_answer=told["name"] == "c")).to_dict()
    (rows,) = [rows for rows in spec["datasets"].values() if len(rows) == 4]  # as given: so the axis stands
    assert [(row["name"], row["end"]) for row in rows] == [("a", 0.25), ("b", 0.05), ("c", 0.55), ("d", 0.25)]
