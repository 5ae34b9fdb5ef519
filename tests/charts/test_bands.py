"""Where the name of a healthy band stands: where no line runs."""

import altair as alt
import pandas as pd
import pytest

from core.charts import pieces
from core.charts.axes import epoch_x


def placed(values):
    """The note's place for a line through these values at even epochs 0 to 20; the band reaches from 0 to 1."""
    epochs = [20 * place / (len(values) - 1) for place in range(len(values))]
    lines = pd.DataFrame({"epoch": epochs, "median": values})
    y = alt.Y("median:Q", scale=alt.Scale(domain=[0, 10]))
    _, name = pieces.healthy_through(lines, 0, 1, epoch_x(20), y, 20, room=1.0)
    (row,) = name.data.to_dict("records")
    return row["note_x"], row["note_y"], row["align"], row["baseline"]


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ([5, 5, 5, 5], (20, 1, "right", "bottom")),
        ([5, 5, 5, 1.5], (0, 1, "left", "bottom")),
        ([1.5, 5, 5, 1.5], (20, 0.5, "right", "middle")),
        ([1.5, 5, 5, 5], (20, 1, "right", "bottom")),
    ],
)
def test_the_name_changes_sides_and_goes_inside(values, place):
    assert placed(values) == place
