"""How far a regression's predictions are from the truth: per row, by size of the prediction, through training."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analysis.answers import Answers, History
from core.analysis.calibration import bin_of
from core.analysis.pooling import evenly

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_POINTS = 4_500
GROUPS = 8
"""Groups of rows by predicted value, each with as many rows: enough to see a bend or a funnel (our choice)."""
LEAST_IN_GROUP = 5


@dataclass(frozen=True)
class Errors:
    """Sizes in the target's own unit. half_within: half of the rows are nearer than this. r2: 1 is perfect, 0 is the
    mean of these rows. bias: mean of predicted − true. guess_*: the same if every answer were the mean of these
    rows."""

    rows: int
    unmeasured: int
    half_within: float
    most_within: float
    mean_absolute: float
    root_mean_square: float
    bias: float
    r2: float
    guess_half_within: float
    guess_root_mean_square: float


def residuals(answers: Answers, value: int = 0) -> pd.DataFrame:
    """One row per row whose output is a number: row, true, predicted, residual (predicted − true)."""
    predicted, true = answers.values[:, value], answers.targets[:, value]
    table = pd.DataFrame({"row": answers.rows, "true": true, "predicted": predicted, "residual": predicted - true})
    return table[np.isfinite(table["residual"])].reset_index(drop=True)


def errors(answers: Answers, value: int = 0) -> Errors:
    """What the residuals come to. NaN where no row has a number."""
    table = residuals(answers, value)
    unmeasured = len(answers.rows) - len(table)
    if table.empty:
        return Errors(0, unmeasured, *[float("nan")] * 8)
    true, residual = table["true"].to_numpy(), table["residual"].to_numpy()
    from_mean = true - true.mean()
    spread = float(np.mean(from_mean**2))
    return Errors(
        rows=len(table),
        unmeasured=unmeasured,
        half_within=float(np.median(np.abs(residual))),
        most_within=float(np.quantile(np.abs(residual), 0.9)),
        mean_absolute=float(np.abs(residual).mean()),
        root_mean_square=float(np.sqrt(np.mean(residual**2))),
        bias=float(residual.mean()),
        r2=1 - float(np.mean(residual**2)) / spread if spread > 0 else float("nan"),
        guess_half_within=float(np.median(np.abs(from_mean))),
        guess_root_mean_square=float(np.sqrt(spread)),
    )


def by_epoch(history: History, value: int = 0, most: int = MOST_POINTS) -> pd.DataFrame:
    """Predicted against true at thinned epochs, at most `most` rows in all: epoch, row, true, predicted, residual.
    Rows are thinned to 250 before epochs are, evenly by true value, so that the whole range stays."""
    order = np.argsort(history.targets[:, value], kind="stable")
    kept = np.sort(order[evenly(range(len(order)), min(250, most))])
    history = history.thinned(max(1, most // max(len(kept), 1)))
    count, rows = len(history.epochs), len(kept)
    predicted = history.values[:, kept, value].astype(float).ravel()
    true = np.tile(history.targets[kept, value], count)
    table = pd.DataFrame(
        {
            "epoch": np.repeat(history.epochs, rows),
            "row": np.tile(history.rows[kept], count),
            "true": true,
            "predicted": predicted,
            "residual": predicted - true,
        }
    )
    return table[np.isfinite(table["residual"])].reset_index(drop=True)


def by_prediction(answers: Answers, value: int = 0, groups: int = GROUPS) -> pd.DataFrame:
    """Quantiles of the residual for groups of as many rows each, by predicted value: predicted (median of the group),
    low, high (its edges), count, and q05 … q95 as wanted by QUANTILES. Fewer groups where rows are few."""
    table = residuals(answers, value)
    groups = min(groups, len(table) // LEAST_IN_GROUP)
    if groups < 1:
        return pd.DataFrame(columns=["predicted", "low", "high", "count", *quantile_names()])
    edges = np.unique(np.quantile(table["predicted"], np.linspace(0, 1, groups + 1)))
    if len(edges) < 2:
        edges = np.array([edges[0], edges[0] + 1e-9])
    place = bin_of(table["predicted"].to_numpy(), edges)
    rows = []
    for number in np.unique(place):
        group = table[place == number]
        quantiles = np.quantile(group["residual"], QUANTILES)
        rows.append((group["predicted"].median(), edges[number], edges[number + 1], len(group), *quantiles))
    return pd.DataFrame(rows, columns=["predicted", "low", "high", "count", *quantile_names()])


def spread_over_epochs(history: History, value: int = 0) -> pd.DataFrame:
    """Quantiles of predicted − true at every kept epoch: epoch, q05 … q95, unmeasured (rows without a number)."""
    residual = history.values[:, :, value].astype(float) - history.targets[None, :, value]
    rows = []
    for epoch, of_epoch in zip(history.epochs, residual, strict=True):
        known = of_epoch[np.isfinite(of_epoch)]
        quantiles = np.quantile(known, QUANTILES) if len(known) else np.full(len(QUANTILES), np.nan)
        rows.append((int(epoch), *quantiles, len(of_epoch) - len(known)))
    return pd.DataFrame(rows, columns=["epoch", *quantile_names(), "unmeasured"])


def by_target(history: History, names: Sequence[str], most: int = MOST_POINTS) -> pd.DataFrame:
    """How well each of several targets is answered at thinned epochs: epoch, place (from 1), name, error (root mean
    square of predicted − true), guess (the same if every answer were the mean of these rows), share (error ÷ guess: 0
    is perfect, 1 a guess; NaN where the truth never varies)."""
    history = history.thinned(max(2, most // max(1, len(names))))
    off = history.values.astype(float) - history.targets[None]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a target without a number at some epoch is a NaN
        error = np.sqrt(np.nanmean(np.where(np.isfinite(off), off**2, np.nan), axis=1))
        guess = history.targets.std(axis=0)
        share = np.where(guess > 0, error / guess, np.nan)
    return pd.DataFrame(
        {
            "epoch": np.repeat(history.epochs, len(names)),
            "place": np.tile(np.arange(1, len(names) + 1), len(history.epochs)),
            "name": list(names) * len(history.epochs),
            "error": error.ravel(),
            "guess": np.tile(guess, len(history.epochs)),
            "share": share.ravel(),
        }
    ).dropna(subset="share", ignore_index=True)


def reach(history: History, value: int = 0) -> float:
    """Half the height of a residual axis that stays the same through training: 2.5 times the spread of the truth,
    beyond which an answer is far worse than the mean."""
    return 2.5 * (float(history.targets[:, value].std()) or 1.0)


def distribution(answers: Answers, value: int = 0, bins: int = 24) -> pd.DataFrame:
    """Rows by size of the residual: low, high, count. The bins are symmetric around 0, which is an edge."""
    residual = residuals(answers, value)["residual"].to_numpy()
    if len(residual) == 0:
        return pd.DataFrame(columns=["low", "high", "count"])
    reach = float(np.abs(residual).max()) or 1.0
    count, edges = np.histogram(residual, bins=bins, range=(-reach, reach))
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "count": count})


def quantile_names() -> list[str]:
    """Column names of QUANTILES: q05, q25, q50, q75, q95."""
    return [f"q{round(100 * quantile):02d}" for quantile in QUANTILES]
