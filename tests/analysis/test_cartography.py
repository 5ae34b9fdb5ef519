"""The map of rows against numbers worked out by hand."""

import numpy as np
import pytest

from core.analysis.answers import History
from core.analysis.cartography import hardest, headline, rows
from core.charts.cartography import rows as chart

VALUES = np.array(
    [
        [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]],
        [[0.9, 0.1], [0.9, 0.1], [0.2, 0.8]],
        [[0.9, 0.1], [0.1, 0.9], [0.1, 0.9]],
    ]
)
SEEN = History(np.array([0, 1, 2]), 0, VALUES, np.array([0, 0, 0]), np.array([7, 3, 9]), ("a", "b"))


def test_confidence_and_variability_leave_the_epoch_before_training_out():
    table = rows(SEEN)
    assert table["confidence"].tolist() == pytest.approx([0.9, 0.5, 0.15])
    assert table["variability"].tolist() == pytest.approx([0.0, 0.4, 0.05])
    assert table["right"].tolist() == pytest.approx([1.0, 0.5, 0.0])
    assert table["kind"].tolist() == ["easy", "ambiguous", "hard"]
    assert hardest(table)["row"].tolist() == [9, 3, 7]
    assert headline(table).phrase == "1\u00a0of\u00a03 validation rows is hard"


def test_the_chart_has_every_row():
    spec = chart(rows(SEEN)).to_dict()
    assert any(len(rows_) == 3 and "row" in rows_[0] for rows_ in spec["datasets"].values())
