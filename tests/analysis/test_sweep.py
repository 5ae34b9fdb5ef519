"""Arms as a ranking and as a curve over the number that was varied."""

import pandas as pd
import pyarrow as pa
import pytest

from core.analysis.compare import Arm
from core.analysis.record import Record
from core.analysis.sweep import curve, ranking, varied
from core.charts.sweep import curve as chart
from core.recording.schemas import SCHEMAS


def arm(name, scores, **changes):
    """Each seed is best at epoch 1, where its validation loss is lowest."""
    rows = [
        {"epoch": epoch, "replica": seed, "validation_loss": 1.0 - 0.5 * epoch + 0.7 * (epoch == 2),
         "train_score": 0.9, "validation_score": score if epoch == 1 else 0.0}
        for seed, score in enumerate(scores) for epoch in range(3)
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows, schema=SCHEMAS["epochs"])
    record = Record({"task": "classification", "seeds": [0, 1, 2]}, "finished", {"epochs": table})
    return Arm(name, (record,), changes)


def test_the_best_arm_is_ahead_only_beyond_the_other_arms_seeds():
    clear = ranking([arm("a", [0.5, 0.6, 0.7]), arm("b", [0.8, 0.9, 0.9])])
    assert clear.text.replace("\u202f", " ").replace("\xa0", " ") == "B is ahead: 90 %; the others reach 60 %."
    doubt = ranking([arm("a", [0.5, 0.6, 0.85]), arm("b", [0.8, 0.9, 0.9])])
    assert "luck" in doubt.text and "2 of 2" in doubt.note
    assert ranking([]).text


@pytest.mark.parametrize(
    ("arms", "found"),
    [
        ([{"Units": "2"}, {"Units": "1,000"}, {"Units": "8"}], "Units"),
        ([{"Units": "2"}, {"Units": "4"}], None),
        ([{"Units": "2"}, {"Units": "many"}, {"Units": "8"}], None),
        ([{"Units": "2", "Seed": "1"}, {"Units": "4", "Seed": "2"}, {"Units": "8", "Seed": "3"}], None),
    ],
)
def test_a_single_varied_number_is_recognised(arms, found):
    assert varied([arm(str(n), [0.5], **changes) for n, changes in enumerate(arms)]) == found


def test_the_curve_takes_each_seed_at_its_best_epoch_and_the_chart_draws_it():
    arms = [arm("2", [0.5, 0.6, 0.7], Units="2"), arm("b", [0.8, 0.9, 1.0], Units="100")]
    table = curve(arms, "Units").set_index(["split", "value"])
    assert tuple(table.loc[("validation", 100.0), ["median", "low", "high"]]) == (0.9, 0.8, 1.0)
    assert table.loc[("train", 2.0), "median"] == 0.9
    spec = chart(table.reset_index(), "Units").to_dict()
    assert spec["layer"][1]["encoding"]["x"]["scale"]["type"] == "log"
    assert chart(pd.DataFrame(columns=["value", "split", "median", "low", "high", "words"]), "Units").to_dict()
