"""How a run does: what share of the loss of guessing it explains, against what a simple model explains."""

from dataclasses import dataclass

import numpy as np

from core.diagnosis.evidence import RECENT, Evidence
from core.diagnosis.thresholds import Thresholds

STRONG = ("linear", "forest", "strong")
"""Baselines whose validation score a network should reach on its own training rows."""


@dataclass(frozen=True)
class Outcome:
    """What was reached. explained: 1 − train loss ÷ loss of guessing (R² for a squared error), may be negative."""

    guess: float
    """Loss of guessing; NaN where unknown."""
    explained: float
    """By the network now: median of the last epochs."""
    best_explained: float
    reference: float | None
    """Explained by the best simple model on rows it has not seen; None where unknown."""
    score: float
    reference_score: float | None
    guess_score: float | None

    def is_good(self, thresholds: Thresholds) -> bool:
        """Whether it learned what there is to learn, as far as we can know."""
        wanted = thresholds.good_of_reference * max(self.reference or 0.0, 0.0)
        known = self.reference is not None and self.reference > 0.2
        enough = self.explained >= thresholds.good_explained or (known and self.explained >= (self.reference or 0))
        return bool(self.explained >= wanted and enough)

    def is_poor(self, thresholds: Thresholds) -> bool:
        """Whether it learned far less than a simple model, or next to nothing."""
        if not np.isfinite(self.explained):
            return True
        wanted = max(thresholds.poor_explained, thresholds.poor_of_reference * (self.reference or 0.0))
        return bool(self.explained < wanted)


def outcome(evidence: Evidence) -> Outcome:
    """The outcome until now. Everything is NaN before the first epoch."""
    losses, scores = evidence.curve("train_loss").after(0), evidence.curve("train_score").after(0)
    guess = guess_loss(evidence)
    best = float(np.nanmin(losses.values)) if np.isfinite(losses.values).any() else float("nan")
    score = evidence.baselines.get(("guess", "train"), (0.0, float("nan")))[1]
    return Outcome(
        guess=guess,
        explained=1 - losses.recent(min(RECENT, max(1, len(losses) // 3))) / guess,
        best_explained=1 - best / guess,
        reference=_reference(evidence),
        score=scores.recent(),
        reference_score=_reference_score(evidence),
        guess_score=None if np.isnan(score) else score,
    )


def guess_loss(evidence: Evidence) -> float:
    """Loss of guessing on the training rows; else what the record says, else the loss before the first step."""
    known = evidence.baselines.get(("guess", "train"))
    if known is not None:
        return float(known[0])
    told = evidence.meta.get("loss_of_guessing")
    if told is not None:
        return float(told)
    before = evidence.curve("validation_loss").values[:1]
    return float(before[0]) if len(before) else float("nan")


def late_fall(evidence: Evidence) -> float | None:
    """How much of the loss of guessing the last fifth of the epochs took off; None while there are too few."""
    values = evidence.curve("train_loss").values
    if len(values) < 2 or not np.isfinite(values).all():
        return None
    fifth = max(1, len(values) // 5)
    return float((values[-fifth - 1] - values[-1]) / max(guess_loss(evidence), 1e-12))


def _reference(evidence: Evidence) -> float | None:
    """A linear model shines on the rows it was fitted on: the lower of train and validation counts."""
    found = []
    for name in STRONG:
        parts = [
            1 - evidence.baselines[name, split][0] / evidence.baselines["guess", split][0]
            for split in ("train", "validation")
            if (name, split) in evidence.baselines and evidence.baselines.get(("guess", split), (0.0, 0.0))[0] > 0
        ]
        found += [min(parts)] if parts else []
    finite = [share for share in found if np.isfinite(share)]
    return max(finite) if finite else None


def _reference_score(evidence: Evidence) -> float | None:
    """The best simple model's score on rows that it has not seen: of a linear model the lower of both parts, or what
    neighbouring rows tell of one another (core.data.neighbours), which also follow a bent border."""
    found = [evidence.doubts["reached"][1]] if "reached" in evidence.doubts else []
    for name in STRONG:
        parts = [evidence.baselines[name, s][1] for s in ("train", "validation") if (name, s) in evidence.baselines]
        found += [min(parts)] if parts else []
    finite = [score for score in found if np.isfinite(score)]
    return max(finite) if finite else None
