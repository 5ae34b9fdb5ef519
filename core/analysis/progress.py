"""Facts about a run's learning from its losses and scores: best epoch, memorising, standing still, running away."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analysis.pooling import pooled
from core.analysis.record import Record

GENERALISATION_LOSS = 0.05
"""Validation loss so far above its best counts as memorising (GL 5 of Prechelt 1998, "Early stopping, but when?")."""
LEAST_RISE = 0.02
"""A rise of the validation loss under this share of the loss of a guess is noise, not memorising (our choice: a rise
from 0.073 to 0.077 is 5 % and means nothing)."""
STUCK = 0.98
"""A training loss that never fell under this share of the loss of a guess has learned nothing (our choice)."""
STILL_WINDOW = 10
"""Epochs over which "still learning" looks back (our choice, as in the sentence that says it)."""
STILL_FALL = 0.02
"""A fall of the validation loss by this share within the window counts as still learning (our choice)."""
STILL_LEAST = 0.005
"""A fall under this share of the loss of a guess is no news, however near to zero the loss is (our choice)."""
HEALTHY_GAP = 0.05
"""Accuracy on training rows may exceed that on validation rows by this much (UMLAUT, CHI 2021)."""
SETTLED = 3
"""Epochs whose median stands for "now": one jump is no verdict (our choice)."""


@dataclass(frozen=True)
class Progress:
    """Medians over replicas throughout. `now` values are medians of the last SETTLED epochs for verdicts; `*_loss` and
    `*_score` are those of the newest epoch with numbers. None or NaN where nothing was measured."""

    planned: int
    latest: int
    first_loss: float
    train_loss: float
    validation_loss: float
    train_score: float
    validation_score: float
    best_epoch: int | None
    best_loss: float
    best_score: float
    guess_loss: float | None
    guess_score: float | None
    linear_loss: float | None
    linear_score: float | None
    lowest_train: float
    onset: int | None
    stopped_at: int | None
    diverged_at: int | None
    fall: float

    @property
    def is_overfitting(self) -> bool:
        """Since the best epoch validation has become worse while training became better."""
        return self.onset is not None

    @property
    def is_past_its_best(self) -> bool:
        """Validation is clearly worse than at the best epoch, by the bounds of memorising, whatever training does."""
        rise = self.validation_loss - self.best_loss
        return rise > max(GENERALISATION_LOSS * self.best_loss, LEAST_RISE * (self.guess_loss or 0.0))

    @property
    def is_stuck(self) -> bool:
        """It never became better than a guess: from the third epoch on."""
        return bool(self.guess_loss and self.latest >= SETTLED and self.lowest_train > STUCK * self.guess_loss)

    @property
    def has_learned(self) -> bool:
        """It came at least half of the way from the score of a guess to the highest there is (our choice)."""
        guess = self.guess_score or 0.0
        return self.diverged_at is None and self.validation_score - guess >= 0.5 * (1.0 - guess)

    @property
    def is_still_learning(self) -> bool:
        """The validation loss was still falling at the last epoch, and nothing had called a halt."""
        is_worse = self.is_overfitting or self.is_past_its_best
        is_best = self.best_epoch is not None and self.best_epoch > self.latest - STILL_WINDOW
        return is_best and self.fall > STILL_FALL and not is_worse and self.stopped_at is None

    @property
    def score_gap(self) -> float:
        """Training minus validation score."""
        return self.train_score - self.validation_score


def progress(record: Record) -> Progress:
    """The facts of a record, also of a partial one."""
    return record.once("progress", lambda: _progress(record))


def _progress(record: Record) -> Progress:
    columns = ["train_loss", "validation_loss", "train_score", "validation_score"]
    table = record.frame("epochs", ["epoch", "replica", *columns])
    curves = {name: pooled(table, name, ["epoch"]).set_index("epoch")["median"].dropna() for name in columns}
    train, validation = curves["train_loss"], curves["validation_loss"]
    judged = validation if len(validation) else train
    best = int(judged.idxmin()) if len(judged) else None
    return Progress(
        planned=record.planned,
        latest=record.latest,
        first_loss=_first(train if len(train) else validation),
        train_loss=_last(train),
        validation_loss=_last(validation),
        train_score=_last(curves["train_score"]),
        validation_score=_last(curves["validation_score"]),
        best_epoch=best,
        best_loss=float(judged.loc[best]) if best is not None else float("nan"),
        best_score=float(curves["validation_score"].get(best, float("nan"))) if best is not None else float("nan"),
        guess_loss=record.guess_loss,
        guess_score=record.baseline("guess", "score"),
        linear_loss=record.baseline("linear", "loss"),
        linear_score=record.baseline("linear", "score"),
        lowest_train=float(train.min()) if len(train) else float("nan"),
        onset=_onset(train, validation, best, record.guess_loss or 0.0),
        stopped_at=_stopped(record),
        diverged_at=_diverged(record),
        fall=_fall(judged, record.guess_loss or 0.0),
    )


def _first(curve: pd.Series) -> float:
    return float(curve.iloc[0]) if len(curve) else float("nan")


def _last(curve: pd.Series) -> float:
    return float(curve.iloc[-1]) if len(curve) else float("nan")


def _onset(train: pd.Series, validation: pd.Series, best: int | None, guess: float) -> int | None:
    """First epoch after the best from which on validation stays GENERALISATION_LOSS above its best, while training fell
    further; None where the last epochs are not above it, or by less than LEAST_RISE of the loss of a guess."""
    if best is None or len(validation) < 2 or not len(train):
        return None
    later = validation[validation.index > best]
    limit = validation.loc[best] + max(GENERALISATION_LOSS * validation.loc[best], LEAST_RISE * guess)
    if len(later) < SETTLED or later.iloc[-SETTLED:].median() <= limit or train.iloc[-1] >= train.get(best, np.inf):
        return None
    below = later[later <= limit]
    above = later[later.index > below.index[-1]] if len(below) else later
    return int(above.index[0]) if len(above) else int(later.index[-1])


def _fall(judged: pd.Series, guess: float) -> float:
    """Share by which the loss fell over the last STILL_WINDOW epochs, medians of SETTLED at both ends; 0 before, and
    where it is less than STILL_LEAST of the loss of a guess."""
    if len(judged) < STILL_WINDOW + SETTLED:
        return 0.0
    now = float(judged.iloc[-SETTLED:].median())
    before = float(judged.iloc[-STILL_WINDOW - SETTLED : -STILL_WINDOW].median())
    return (before - now) / abs(before) if before and before - now >= STILL_LEAST * guess else 0.0


def _stopped(record: Record) -> int | None:
    """Epoch at which early stopping ended training, the median over replicas."""
    table = record.frame("events", ["epoch", "event"])
    stopped = table.loc[table["event"] == "early_stopped", "epoch"]
    return int(stopped.median()) if len(stopped) else None


def _diverged(record: Record) -> int | None:
    """First epoch from which on no replica had a finite loss until the end; None where one has."""
    table = record.frame("epochs", ["epoch", "train_loss", "validation_loss"])
    if not len(table):
        return None
    bad = record.broken("epochs", "train_loss") | record.broken("epochs", "validation_loss")
    per_epoch = bad.groupby(table["epoch"]).all()
    if not per_epoch.iloc[-1]:
        return None
    good = per_epoch.index[~per_epoch]
    after = per_epoch.index[per_epoch.index > good[-1]] if len(good) else per_epoch.index
    return int(after[0])
