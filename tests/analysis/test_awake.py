"""The sentence and the numbers of the Activations page."""

import numpy as np

from core.analysis import awake
from core.analysis.evidence import vital_signs
from core.analysis.record import Record
from core.analysis.wording import NOT_A_NUMBER
from tests.analysis.made import layered


def saturated(*newest: float) -> Record:
    return layered(["tanh"] * len(newest), {"saturated_share": np.array([newest] * 3)})


def test_a_saturated_layer_is_named_with_its_share():
    told = awake.headline(saturated(0.99, 0.04))
    assert told.text == "99\u202f% of layer 1 is saturated: its units answer +1 or −1 to almost every row."
    assert told.tone == "red"


def test_layers_that_share_the_largest_share_are_all_named():
    said = awake.headline(saturated(0.99, 0.04, 0.991)).text.replace("\xa0", " ").replace("\u202f", " ")
    assert said == "99 % of layers 1 and 3 is saturated: their units answer +1 or −1 to almost every row."


def test_the_column_that_saturates_layer_1_is_named():
    record = saturated(0.99, 0.04)
    assert "Column" not in awake.headline(record).note
    record.meta["largest_input"] = {"name": "proline", "size": 815.0, "reach": 1_680.0}
    assert "Column “proline” reaches 1,680; tanh is flat beyond 2.2." in awake.headline(record).note
    assert [(vital.label, vital.value) for vital in awake.vitals(record)][-1] == ("Largest column", "1,680")
    assert len(awake.vitals(record)[-1].pill) <= 20
    record.meta["largest_input"]["reach"] = 3e38
    assert "reaches 3" in awake.headline(record).note
    assert len(awake.vitals(record)[-1].value) < 12
    record.meta["largest_input"] = {"name": "an outlier", "size": 1.0, "reach": 30.0}
    assert "Column" not in awake.headline(record).note


def test_a_column_is_not_blamed_for_what_happens_above_layer_1():
    record = saturated(0.04, 0.99)
    record.meta["largest_input"] = {"name": "proline", "size": 815.0, "reach": 1_680.0}
    assert "Column" not in awake.headline(record).note
    assert "Largest column" not in {vital.label for vital in awake.vitals(record)}


def test_a_small_share_is_watched():
    told = awake.headline(saturated(0.12))
    assert "Healthy is under 10" in told.text
    assert told.tone == "gray"


def test_healthy_layers_are_awake():
    told = awake.headline(saturated(0.04, 0.02))
    assert (told.phrase, told.tone) == ("awake", "green")


def test_awake_units_whose_signal_fades_are_no_good_news():
    spread = np.tile([0.5, 0.01, 0.0004, 0.02], (3, 1))
    record = layered(["tanh"] * 4, {"saturated_share": np.zeros((3, 4))}, unit_std=spread)
    told = awake.headline(record)
    assert told.tone == "red"
    assert "the signal fades on its way to layer 3" in told.text.replace("\u00a0", " ")
    assert awake.vitals(record)[-1].label == "Signal, layer 3 ÷ layer 1"
    level = layered(["tanh"] * 2, {"saturated_share": np.zeros((3, 2))}, unit_std=np.full((3, 2), 0.5))
    assert awake.headline(level).tone == "green"


def test_dead_layers():
    record = layered(["relu"], {"dead_share": np.full((3, 1), 0.62), "frozen_share": np.full((3, 1), 0.7)})
    assert "of layer 1 is dead" in awake.headline(record).text
    assert [vital.label for vital in awake.vitals(record)][:1] == ["Dead, layer 1"]
    assert awake.vitals(record)[2].label == "Frozen, layer 1"


def test_numbers_that_ran_away_come_first():
    broken = np.zeros((3, 2))
    broken[2, 1] = 3
    record = layered(["relu", "relu"], {"dead_share": np.zeros((3, 2)), "nan_count": broken})
    assert awake.headline(record).text.replace("\u00a0", " ") == (
        "The numbers ran away at epoch 2: layer 2 holds values that are no numbers."
    )
    assert [vital.label for vital in awake.vitals(record)] == ["The numbers ran away at"]
    assert awake.told_of_layers(record) == {1: ("0\u202f% dead", "green"), 2: (NOT_A_NUMBER, "red")}
    asleep = next(picture for picture in vital_signs(record) if picture.title == "Dead or saturated")
    assert asleep.table["x"].tolist() == [1], "NaN > 0 is false, and yet no dead unit"


def test_a_step_passes_no_gradient():
    assert "a step" in awake.headline(layered(["step"])).text


def test_pills_fit_a_phone():
    for record in (saturated(0.99, 0.04), saturated(0.01)):
        assert all(len(vital.pill) <= 20 for vital in awake.vitals(record))


def test_nothing_yet():
    assert awake.headline(Record.empty()).text == "Nothing is measured yet."
    assert awake.vitals(Record.empty()) == []


def test_every_layer_is_told_with_its_share():
    told = awake.told_of_layers(saturated(0.99, 0.04))
    assert told == {1: ("99\u202f% saturated", "red"), 2: ("4\u202f% saturated", "green")}
    assert awake.told_of_layers(Record.empty()) == {}
