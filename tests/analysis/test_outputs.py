"""What is said about a classifier's answers, against numbers worked out by hand and scikit-learn's."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_score, recall_score

from core.analysis import confusion, outputs, rows
from core.analysis.answers import NO_ANSWER, OTHERS, Answers, histories, history, typical_replica
from tests.analysis.made import classifier, table


def answered(values: np.ndarray, targets: np.ndarray) -> Answers:
    return Answers(0, 0, values, targets, np.arange(len(targets)) + 100)


def random_answers(rows: int = 300, classes: int = 4, seed: int = 0) -> Answers:
    rng = np.random.default_rng(seed)
    return answered(rng.dirichlet(np.ones(classes), rows), rng.integers(0, classes, rows))


def test_a_record_is_decoded_row_by_row():
    values = np.array([[[[0.9, 0.1], [0.2, 0.8]], [[0.6, 0.4], [0.5, 0.5]]]])
    record = classifier(values, np.array([0, 0]))
    one = history(record)
    assert one.epochs.tolist() == [0, 1]
    assert one.at(0).values == pytest.approx(values[0, 0])
    assert one.at().values == pytest.approx(values[0, 1])
    assert one.at(7).epoch == 1
    assert one.rows.tolist() == [100, 101]
    assert one.at(0).right.tolist() == [True, False]


def test_nothing_recorded_yet_is_none():
    record = classifier(np.zeros((1, 1, 1, 2)), np.array([0]))
    assert history(record, split="test") is None
    assert history(record, replica=3) is None
    del record.tables["outputs"]
    assert history(record) is None


def test_confidence_counts_right_up_and_wrong_down():
    answers = answered(np.array([[0.95, 0.05], [0.55, 0.45], [0.3, 0.7], [np.nan, 0.1]]), np.array([0, 1, 1, 0]))
    told = outputs.confidence(answers)
    assert told["low"].round(1).tolist() == [0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    assert told["right"].tolist() == [0, 0, 1, 0, 0, 1]
    assert told["wrong"].tolist() == [0, 1, 0, 0, 0, 0]
    assert answers.unmeasured == 1


def test_entropy_of_certainty_of_a_guess_and_of_half_a_guess():
    told = outputs.row_entropy(np.array([[1, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0.5, 0.5, 0], [np.nan, 0, 1]]))
    assert told[:3] == pytest.approx([0, np.log(3), np.log(2)])
    assert np.isnan(told[3])


def test_entropy_agrees_with_scipy():
    from scipy.stats import entropy

    values = random_answers().values
    assert outputs.row_entropy(values) == pytest.approx(entropy(values, axis=1))


def test_entropy_is_pooled_over_replicas_by_median_and_range():
    sure, torn, between = [[1.0, 0.0]], [[0.5, 0.5]], [[0.9, 0.1]]
    record = classifier(np.array([[sure], [torn], [between]]), np.array([0]))
    told = outputs.entropy(record).set_index("group").loc["all"]
    middle = -(0.9 * np.log(0.9) + 0.1 * np.log(0.1))
    assert (told["low"], told["median"], told["high"]) == pytest.approx((0, middle, np.log(2)), abs=1e-6)
    assert told["replicas"] == 3


def test_a_replica_without_numbers_is_not_a_zero():
    record = classifier(np.array([[[[np.nan, np.nan]]], [[[0.5, 0.5]]]]), np.array([0]))
    told = outputs.entropy(record).set_index("group").loc["all"]
    assert (told["median"], told["replicas"]) == (pytest.approx(np.log(2)), 1)


def test_confusion_recall_and_precision_are_scikit_learns():
    answers = random_answers()
    told = confusion.confusion(answers).pivot(index="true", columns="answer", values="count")
    assert (told.to_numpy() == confusion_matrix(answers.targets, answers.answer)).all()
    classes = confusion.per_class(answers)
    assert classes["recall"].to_numpy() == pytest.approx(recall_score(answers.targets, answers.answer, average=None))
    assert classes["precision"].to_numpy() == pytest.approx(
        precision_score(answers.targets, answers.answer, average=None)
    )


@pytest.mark.parametrize("classes", [13, 200, 5_000])
def test_many_classes_keep_every_row_in_a_small_matrix(classes: int):
    answers = random_answers(300, classes)
    told = confusion.confusion(answers)
    assert told["count"].sum() == 300
    assert told["true"].nunique() == told["answer"].nunique() == confusion.MOST_CLASSES
    assert OTHERS in told["true"].tolist()
    assert len(confusion.confused_pairs(answers)) == 12


def test_rows_without_numbers_get_their_own_column():
    answers = answered(np.array([[0.9, 0.1], [np.nan, 0.1]]), np.array([0, 1]))
    told = confusion.confusion(answers)
    assert told[told["answer"] == NO_ANSWER]["count"].sum() == 1
    assert told["count"].sum() == 2


def test_the_commonest_mistakes_come_first():
    values = np.eye(3)[[1, 1, 2, 0, 0]]
    told = confusion.confused_pairs(answered(values, np.array([0, 0, 0, 1, 0])))
    assert told[["true", "answer", "count"]].to_numpy().tolist() == [[0, 1, 2], [0, 2, 1], [1, 0, 1]]
    assert told["share"].tolist() == pytest.approx([0.5, 0.25, 1.0])


def test_mistakes_name_the_row_in_the_table():
    answers = answered(np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.1, 0.9]]), np.array([1, 1, 1, 1]))
    told = confusion.mistakes(answers)
    assert told["row"].tolist() == [100, 102]
    assert told["given_to_true"].tolist() == pytest.approx([0.1, 0.3])


def test_rows_to_follow_say_why():
    values = np.array([[[[0.9, 0.1], [0.4, 0.6]], [[0.1, 0.9], [0.45, 0.55]], [[0.8, 0.2], [0.45, 0.55]]]])
    one = history(classifier(values, np.array([1, 1])))
    told = rows.rows_to_follow(one)
    assert (told[0].place, told[0].row, told[0].reason) == (0, 100, "the surest mistake")
    assert (told[-1].place, told[-1].reason) in {(1, "moved furthest since the start"), (1, "the least sure")}


def test_one_row_adds_up_to_one_also_when_classes_are_gathered():
    rng = np.random.default_rng(0)
    one = history(classifier(rng.dirichlet(np.ones(20), (1, 5, 3)), np.array([7, 8, 9])))
    told = rows.one_row(one, 1)
    assert told.groupby("epoch")["probability"].sum().to_numpy() == pytest.approx(np.ones(5), abs=1e-5)
    assert {8, OTHERS} <= set(told["class"])
    assert told["class"].nunique() == 4


def test_points_between_classes_stay_within_the_budget():
    rng = np.random.default_rng(0)
    one = history(classifier(rng.dirichlet(np.ones(3), (1, 80, 700)), rng.integers(0, 3, 700)))
    told = rows.scattered(one)
    assert len(told) <= rows.MOST_POINTS
    assert told["epoch"].min() == 0
    assert told["epoch"].max() == 79
    assert told["row"].nunique() == 250
    assert told[["p0", "p1", "p2"]].sum(axis=1).to_numpy() == pytest.approx(np.ones(len(told)), abs=1e-5)
    assert (told["first"] >= told["second"]).all()


def test_differences_that_chance_explains():
    assert outputs.chance_points(72, 0.85) == pytest.approx(6 / 72)
    assert outputs.chance_points(2_000, 0.85) == pytest.approx(0.0156, abs=2e-4)
    assert outputs.chance_points(72, 1.0) == pytest.approx(6 / 72)
    assert outputs.chance_points(3, 0.5) == 1.0 or outputs.chance_points(3, 0.5) > 0.4
    assert np.isnan(outputs.chance_points(0, 0.5))


def test_six_rows_are_the_least_an_exact_sign_test_can_tell():
    from scipy.stats import binomtest

    assert binomtest(outputs.SIGNIFICANT_ROWS, outputs.SIGNIFICANT_ROWS).pvalue < 0.05
    assert binomtest(outputs.SIGNIFICANT_ROWS - 1, outputs.SIGNIFICANT_ROWS - 1).pvalue > 0.05


def test_first_loss_against_the_guess():
    record = classifier(np.full((2, 1, 1, 3), 1 / 3), np.array([0]), loss_of_guessing=float(np.log(3)))
    assert outputs.first_loss(record) is None
    record.tables["epochs"] = table(
        "epochs",
        [{"epoch": 0, "replica": 0, "validation_loss": 2.0}, {"epoch": 0, "replica": 1, "validation_loss": 4.0}],
    )
    told = outputs.first_loss(record)
    assert (told.split, told.losses) == ("validation", (2.0, 4.0))
    assert told.ratio == pytest.approx(3 / np.log(3))


def test_the_typical_replica_is_the_median_by_newest_validation_loss():
    record = classifier(np.full((3, 1, 1, 2), 0.5), np.array([0]))
    losses = [(0, 0, 0.1), (0, 1, 0.9), (0, 2, 0.3), (1, 0, 0.7), (1, 1, 0.2), (1, 2, float("nan"))]
    record.tables["epochs"] = table(
        "epochs", [{"epoch": epoch, "replica": number, "validation_loss": loss} for epoch, number, loss in losses]
    )
    assert typical_replica(record) == 0
    assert len(histories(record)) == 3
