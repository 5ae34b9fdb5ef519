"""How well probabilities rank the rows of one class above the others: ROC, precision and recall."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analysis.answers import Answers
from core.analysis.pooling import evenly

POINTS = 400
"""Points of a curve that are drawn; areas are computed from all of them."""


@dataclass(frozen=True)
class Ranking:
    """roc: false_share, hit_share, threshold. precision: recall, precision, threshold. Shares 0 to 1, thresholds the
    least probability that counts as a yes. auc and average_precision 0 to 1, None where one of the two classes has no
    row. positives and rows count what was ranked; unmeasured rows have outputs that are not numbers."""

    roc: pd.DataFrame
    precision: pd.DataFrame
    auc: float | None
    average_precision: float | None
    positives: int
    rows: int
    unmeasured: int

    @property
    def base_rate(self) -> float:
        """Share of rows of the class: the precision of a guess."""
        return self.positives / self.rows if self.rows else float("nan")


def ranking(answers: Answers, positive: int = 1) -> Ranking:
    """The class number `positive` against all others, ranked by its probability."""
    kept = answers.measured
    scores, is_positive = answers.values[kept, positive], answers.targets[kept] == positive
    threshold, hits, false = _counts(scores, is_positive)
    positives, negatives = int(is_positive.sum()), int((~is_positive).sum())
    known = positives > 0 and negatives > 0
    hit_share, false_share = hits / max(positives, 1), false / max(negatives, 1)
    roc = pd.DataFrame({"false_share": false_share, "hit_share": hit_share, "threshold": threshold})
    precision = hits[1:] / np.maximum(hits[1:] + false[1:], 1)
    curve = pd.DataFrame({"recall": hit_share[1:], "precision": precision, "threshold": threshold[1:]})
    return Ranking(
        roc=_thinned(roc),
        precision=_thinned(curve),
        auc=float(np.trapezoid(hit_share, false_share)) if known else None,
        average_precision=float(np.sum(np.diff(hit_share) * precision)) if known else None,
        positives=positives,
        rows=len(scores),
        unmeasured=answers.unmeasured,
    )


def _counts(scores: np.ndarray, is_positive: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Thresholds falling from infinity, and hits and false alarms at each: one entry per different score, so that
    rows with equal scores are taken together (Fawcett 2006, algorithm 1)."""
    order = np.argsort(-scores, kind="stable")
    scores, is_positive = scores[order], is_positive[order]
    last_of_its_score = np.append(np.flatnonzero(np.diff(scores)), [len(scores) - 1][: len(scores)]).astype(int)
    hits = np.cumsum(is_positive)[last_of_its_score]
    false = last_of_its_score + 1 - hits
    first = np.zeros(1)
    return (
        np.concatenate([[np.inf], scores[last_of_its_score]]),
        np.concatenate([first, hits]),
        np.concatenate([first, false]),
    )


def _thinned(curve: pd.DataFrame) -> pd.DataFrame:
    return curve.iloc[evenly(range(len(curve)), POINTS)].reset_index(drop=True)
