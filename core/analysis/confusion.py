"""Which class is taken for which: mistakes one by one, by pair of classes and by class."""

import numpy as np
import pandas as pd

from core.analysis.answers import NO_ANSWER, OTHERS, Answers
from core.analysis.calibration import wilson

MOST_CLASSES = 12
"""Classes of a confusion matrix that can be read; of more, the most confused ones are shown with all others as
one."""

UNBALANCED = 3
"""Rows of the largest class per row of the smallest from which balanced accuracy stands beside accuracy."""


def mistakes(answers: Answers, most: int = 20) -> pd.DataFrame:
    """The surest wrong answers first: row, true, answer, confidence, given_to_true (probability of the true
    class)."""
    wrong = np.flatnonzero(answers.measured & ~answers.right)
    order = wrong[np.argsort(-answers.confidence[wrong], kind="stable")][:most]
    return pd.DataFrame(
        {
            "row": answers.rows[order],
            "true": answers.targets[order],
            "answer": answers.answer[order],
            "confidence": answers.confidence[order],
            "given_to_true": answers.values[order, answers.targets[order]],
        }
    )


def confusion(answers: Answers, most_classes: int = MOST_CLASSES) -> pd.DataFrame:
    """Every pair of shown classes: true, answer, count, share (of the rows of the true class; NaN where it has none).
    Of more than `most_classes` classes those with the most mistakes are shown and all others are class OTHERS; a row
    whose outputs are not numbers has the answer NO_ANSWER. The counts always add up to the number of rows."""
    classes = answers.values.shape[1]
    shown = np.arange(classes)
    if classes > most_classes:
        wrong = ~answers.right
        involved = np.bincount(answers.targets[wrong], minlength=classes).astype(float)
        answered = answers.answer[wrong]
        involved += np.bincount(answered[answered >= 0], minlength=classes)
        rows = np.bincount(answers.targets, minlength=classes)
        ranked = np.lexsort((np.arange(classes), -rows, -involved))
        shown = np.sort(ranked[: most_classes - 1])
    lookup = np.full(classes, OTHERS)
    lookup[shown] = shown
    true = lookup[answers.targets]
    answer = np.where(answers.answer >= 0, lookup[answers.answer], NO_ANSWER)
    labels = [*shown.tolist(), *([OTHERS] if len(shown) < classes else [])]
    columns = [*labels, *([NO_ANSWER] if answers.unmeasured else [])]
    cells = pd.MultiIndex.from_product([labels, columns], names=["true", "answer"])
    counted = pd.DataFrame({"true": true, "answer": answer}).value_counts().reindex(cells, fill_value=0)
    table = counted.rename("count").reset_index()
    of_class = table.groupby("true")["count"].transform("sum")
    table["share"] = np.where(of_class > 0, table["count"] / of_class.clip(lower=1), np.nan)
    return table


def confused_pairs(answers: Answers, most: int = 12) -> pd.DataFrame:
    """The commonest mistakes: true, answer, count, share (of the rows of the true class). Works for any number of
    classes."""
    wrong = ~answers.right & answers.measured
    pairs = pd.DataFrame({"true": answers.targets[wrong], "answer": answers.answer[wrong]}).value_counts()
    table = pairs.rename("count").reset_index().sort_values(["count", "true", "answer"], ascending=[False, True, True])
    rows = np.bincount(answers.targets, minlength=answers.values.shape[1])
    table["share"] = table["count"] / rows[table["true"].to_numpy(dtype=int)]
    return table.head(most).reset_index(drop=True)


def per_class(answers: Answers, most: int | None = None) -> pd.DataFrame:
    """One row per class: class, rows, right, recall (share of its rows answered right), low, high (Wilson 95 %),
    precision (share of its answers that are right). NaN where there is nothing to divide by. `most`: only the lowest
    recalls."""
    classes = answers.values.shape[1]
    rows = np.bincount(answers.targets, minlength=classes)
    right = np.bincount(answers.targets[answers.right], minlength=classes)
    answered = np.bincount(answers.answer[answers.answer >= 0], minlength=classes)
    low, high = wilson(right, rows)
    table = pd.DataFrame({"class": np.arange(classes), "rows": rows, "right": right})
    table["recall"] = np.where(rows > 0, right / np.maximum(rows, 1), np.nan)
    table["low"], table["high"] = low, high
    table["precision"] = np.where(answered > 0, right / np.maximum(answered, 1), np.nan)
    if most is not None and classes > most:
        table = table.sort_values(["recall", "rows"], ascending=[True, False], kind="stable").head(most)
    return table.reset_index(drop=True)


def balanced_accuracy(answers: Answers) -> float:
    """The mean recall of the classes that have rows: what accuracy would be were all classes equally frequent. A row
    whose outputs are not numbers counts as wrong; NaN without rows."""
    rows = np.bincount(answers.targets, minlength=answers.values.shape[1])
    right = np.bincount(answers.targets[answers.right], minlength=len(rows))
    present = rows > 0
    return float((right[present] / rows[present]).mean()) if present.any() else float("nan")


def is_unbalanced(answers: Answers) -> bool:
    """Whether some class has so many more rows than another that accuracy hides the small one."""
    rows = np.bincount(answers.targets)
    rows = rows[rows > 0]
    return len(rows) > 1 and bool(rows.max() >= UNBALANCED * rows.min())
