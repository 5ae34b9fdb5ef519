"""Arms of a study: dots, medians, and a sentence that does not promise more than the seeds show."""

import numpy as np

from core.analysis import compare
from core.analysis.compare import Arm
from core.analysis.record import Record
from core.analysis.wording import ratio_in_words
from core.charts.runs import TOP, sparkline
from tests.analysis import made_runs as made


def arm(name: str, scores: list[float]) -> Arm:
    """One seed per score, reached at the second of three epochs, where the loss is lowest."""
    table = np.array([[0.1, score, score - 0.05] for score in scores])
    losses = np.array([[2.0, 0.5, 0.6]] * len(scores))
    tables = {"epochs": made.epochs(losses, losses, np.stack([table, table]))}
    return Arm(name, (Record(made.meta(2, epochs=2, replicas=len(scores)), "finished", tables),))


def said(*arms: Arm) -> str:
    return compare.headline(arms).text.replace("\u202f", " ").replace("\u00a0", " ")


def test_every_seed_counts_at_its_own_best_epoch():
    table = compare.dots([arm("a", [0.80, 0.90, 0.85])])
    assert table["value"].tolist() == [0.80, 0.90, 0.85]
    assert table["median"].unique().tolist() == [0.85]
    assert (table["low"].iloc[0], table["high"].iloc[0]) == (0.80, 0.90)


def test_a_remedy_works_only_beyond_the_spread_of_the_unchanged_seeds():
    before = arm("unchanged", [0.80, 0.84, 0.88])
    assert said(before, arm("remedy", [0.95, 0.96, 0.97])) == "It helps: from 84 % to 96 %."
    assert said(before, arm("remedy", [0.86, 0.87, 0.89])) == "This did not help: 84 % before, 87 % after."
    assert said(before, arm("a", [0.95] * 3), arm("b", [0.97] * 3)) == "Both help: from 84 % to 95 % and 97 %."
    assert said(before, arm("a", [0.95] * 3), arm("b", [0.80] * 3)) == "A helps: from 84 % to 95 %."
    three = [arm("a", [0.95] * 3), arm("b", [0.80] * 3), arm("c", [0.97] * 3)]
    assert said(before, *three) == "2 of 3 help: from 84 % to 95 % and 97 %."
    assert said() == "Nothing to compare yet."


def test_a_lead_that_is_lost_by_the_end_is_none():
    losses = np.array([[2.0, 0.5, 2.0]] * 3)

    def run(name, scores):
        table = np.array([scores] * 3)
        tables = {"epochs": made.epochs(losses, losses, np.stack([table, table]))}
        return Arm(name, (Record(made.meta(2, epochs=2, replicas=3), "finished", tables),))

    arms = [run("unchanged", [0.1, 0.1, 0.1]), run("lost", [0.1, 0.6, 0.1]), run("kept", [0.1, 0.6, 0.5])]
    better = compare.dots(arms).groupby("arm")["is_better"].first()
    assert better.to_dict() == {"unchanged": False, "lost": False, "kept": True}


def test_the_table_of_arms():
    rows = compare.arms_table([arm("a", [0.80, 0.90]), arm("b", [0.95, 0.95])])
    assert rows["Arm"].tolist() == ["a", "b"]
    reached = [column for column in rows if column.startswith("Epochs to")]
    assert rows[reached[0]].tolist() == ["never", "1"]
    assert rows["At best epoch"].tolist() == ["85.0\u202f%", "95.0\u202f%"]
    assert rows["At the end"].tolist() == ["80.0\u202f%", "90.0\u202f%"], "each ends 5 points under its best"


def test_layers_of_networks_of_different_depth_are_counted_from_the_output():
    table = compare.profiles([Arm("deep", (made.vanishing(),)), Arm("shallow", (made.diverged(),))])
    assert table.groupby("arm")["place"].min().to_dict() == {"deep": -12, "shallow": -6}
    assert set(table.loc[table["place"] == 0, "name"]) == {"output"}


def test_a_layer_of_several_runs_is_put_into_words_as_their_median_is():
    table = compare.profiles([Arm("both", (made.vanishing(), made.healthy()))])
    whole = table[table["arm"] == "both"]
    assert len(whole) == 13
    assert whole["words"].tolist() == [ratio_in_words(10.0**log) for log in whole["median"]]
    assert whole["words"].iloc[0] != compare.profiles([Arm("one", (made.vanishing(),))])["words"].iloc[0]


def test_small_curves_share_one_scale():
    assert sparkline([0.5, 99.0, float("nan"), None, -1.0]) == [0.5, TOP, TOP, 0.0]
    long = sparkline([float(n) / 1000 for n in range(1000)])
    assert len(long) == 60
    assert (long[0], long[-1]) == (0.0, 0.999)
    assert sparkline([]) == []
