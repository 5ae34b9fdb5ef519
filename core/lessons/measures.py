"""What conditions are made of: one number per seed out of a record, in the order of the seeds. Where a seed recorded
nothing the number is NaN; where no seed did there are none."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from core.analysis.answers import Answers, histories
from core.analysis.calibration import expected_calibration_error
from core.analysis.flow import change_per_layer
from core.analysis.record import Record

Values = tuple[float, ...]
NOISE_EPOCHS = 3
"""Last epochs in which the noise of batches is measured (our choice: the trend over so few is small)."""


def last(record: Record, column: str) -> Values:
    """The newest epoch's value of a column of "epochs"."""
    return _each(record, column, lambda rows: rows.iloc[-1])


def first(record: Record, column: str) -> Values:
    """The value before the first step."""
    return _each(record, column, lambda rows: rows.iloc[0])


def lowest(record: Record, column: str) -> Values:
    """The lowest finite value of any epoch."""
    return _each(record, column, lambda rows: rows[np.isfinite(rows)].min())


def highest(record: Record, column: str) -> Values:
    """The highest finite value of any epoch."""
    return _each(record, column, lambda rows: rows[np.isfinite(rows)].max())


def kept(record: Record, quantity: str = "score", split: str = "validation") -> Values:
    """Loss or score with the weights that were kept at the end: the best with early stopping, else the last."""
    table = record.frame("tests")
    return _in_order(table[table["split"] == split].groupby("replica")[quantity].last())


def until(record: Record, column: str, least: float) -> Values:
    """The first epoch whose value is at least so much; infinity where none is."""
    return _epoch(record, column, lambda values: values >= least)


def until_under(record: Record, column: str, most: float) -> Values:
    """The first epoch whose value is at most so much; infinity where none is."""
    return _epoch(record, column, lambda values: values <= most)


def same_neighbour(record: Record, newest: bool = True) -> float:
    """Share of validation rows whose nearest neighbour in a bottleneck has the same label, with the newest
    codes or those before the first step; NaN where none were recorded."""
    codes, rows = record.frame("codes").dropna(subset="codes").sort_values("epoch"), record.frame("rows")
    rows = rows[(rows["split"] == "validation") & (rows["replica"] == 0)]
    if not len(codes) or not len(rows):
        return math.nan
    labels = np.asarray(rows["target"].iloc[0])
    points = np.asarray(codes["codes"].iloc[-1 if newest else 0], float).reshape(len(labels), -1)
    apart = ((points[:, None] - points[None]) ** 2).sum(2)
    np.fill_diagonal(apart, np.inf)
    return float((labels[apart.argmin(1)] == labels).mean())


def first_filters(record: Record, newest: bool = True) -> np.ndarray:
    """The kernels of the first layer, a convolution of pictures of one channel, as [filters, side, side]: the newest
    ones or those before the first step; none where no weights were recorded."""
    kept = record.frame("checkpoints").dropna(subset="weights").sort_values("epoch")
    first = (record.meta.get("layers") or [{"units": 0, "inputs": 1}])[0]
    side = math.isqrt(int(first["inputs"]))
    if not len(kept):
        return np.zeros((0, side, side))
    row = np.asarray(kept["weights"].iloc[-1 if newest else 0], float)
    return row[: first["units"] * side**2].reshape(-1, side, side)


def epoch_seconds(record: Record) -> float:
    """Of the fastest epoch after the first, without recording: the others were held up by something else."""
    table = record.frame("epochs", ["epoch", "replica", "seconds", "recording_seconds"])
    own = table.loc[(table["epoch"] > 1) & (table["replica"] == 0)]
    return float((own["seconds"] - own["recording_seconds"]).min()) if len(own) else math.nan


def layer(record: Record, quantity: str, number: int, epoch: int | None = None) -> Values:
    """A column of "layers" for one layer at an epoch (None: the newest). number: from 1; negative ones count from the
    output, which is −1."""
    return _in_order(_layer(record, quantity, number, epoch).set_index("replica")[quantity])


def layer_median(record: Record, quantity: str, number: int) -> Values:
    """The median over all epochs of a column of "layers"."""
    table = record.frame("layers", ["epoch", "replica", "layer", quantity])
    own = table[table["layer"] == _number(record, number)]
    return _in_order(own.groupby("replica")[quantity].median())


def gradient_ratio(record: Record, epoch: int | None = None) -> Values:
    """The gradient that reaches layer 1 over that of the output layer."""
    first_layer, output = (layer(record, "output_gradient_rms", number, epoch) for number in (1, -1))
    return tuple(_over(a, b) for a, b in zip(first_layer, output, strict=True))


def gradient_factor(record: Record, epoch: int | None = None) -> Values:
    """What the gradient is multiplied by from a hidden layer to the one before it, by least squares of its logarithm
    over the hidden layers."""
    table = _at(record.frame("layers", ["epoch", "replica", "layer", "output_gradient_rms"]), epoch)
    hidden = table[table["layer"] < len(record.layers)].sort_values("layer")
    found = {}
    for replica, rows in hidden.groupby("replica"):
        with np.errstate(divide="ignore"):
            logs = np.log10(rows["output_gradient_rms"].to_numpy(dtype=float))
        found[replica] = change_per_layer(rows["layer"].to_numpy(), logs)
    return _in_order(pd.Series(found))


def unit_spread(record: Record, number: int, epoch: int | None = None) -> Values:
    """How far the units of a layer differ: the standard deviation over its units of their mean activation."""
    table = _at(record.frame("units", ["epoch", "replica", "layer", "mean"]), epoch)
    own = table[table["layer"] == _number(record, number)].set_index("replica")["mean"]
    return _in_order(own.map(lambda means: float(np.std(np.asarray(means, dtype=float)))))


def batch_noise(record: Record, column: str = "batch_loss") -> Values:
    """Spread of a column of "steps" over its mean, within each of the last epochs."""
    table = record.frame("steps", ["epoch", "replica", column])
    newest = table[table["epoch"] > table["epoch"].max() - NOISE_EPOCHS]
    grouped = newest.groupby(["replica", "epoch"])[column]
    return _in_order((grouped.std() / grouped.mean()).groupby("replica").mean())


def calibration_error(record: Record) -> Values:
    """ECE of the newest answers to the validation rows, 0 to 1 (Guo et al. 2017)."""
    return tuple(expected_calibration_error(each.confidence, each.right) for each in _answers(record))


def overconfidence(record: Record) -> Values:
    """Mean confidence minus share right in the newest answers to the validation rows; above 0 it is too sure."""
    return tuple(float(each.confidence.mean() - each.right.mean()) for each in _answers(record))


def farthest_from_one(record: Record) -> Values:
    """How far the probabilities of any validation row at any kept epoch are from summing to one."""
    return tuple(float(np.abs(one.values.sum(axis=2) - 1).max()) for one in histories(record))


def recall(record: Record, number: int) -> Values:
    """Share of the validation rows of class `number` that are answered so."""
    found = []
    for each in _answers(record):
        own = each.targets == number
        found.append(float((each.answer[own] == number).mean()) if own.any() else math.nan)
    return tuple(found)


def minus(left: Values, right: Values) -> Values:
    """Seed by seed: both arms start from the same weights and see the rows in the same order, so luck cancels out."""
    return tuple(a - b for a, b in zip(left, right, strict=False))


def over(left: Values, right: Values) -> Values:
    """Seed by seed, one arm's value over the other's."""
    return tuple(_over(a, b) for a, b in zip(left, right, strict=False))


def mean(values: Values) -> Values:
    """All seeds or folds as one number; none where there are none."""
    return (float(np.mean(values)),) if values else ()


def _answers(record: Record) -> list[Answers]:
    return [one.at() for one in histories(record, newest_only=True)]


def _each(record: Record, column: str, of: Callable[[pd.Series], float]) -> Values:
    table = record.frame("epochs", ["epoch", "replica", column]).sort_values("epoch", kind="stable")
    return tuple(float(of(rows)) for _, rows in table.groupby("replica", sort=True)[column])


def _epoch(record: Record, column: str, is_there: Callable[[pd.Series], pd.Series]) -> Values:
    table = record.frame("epochs", ["epoch", "replica", column])
    reached = table[is_there(table[column])].groupby("replica")["epoch"].min()
    return tuple(float(reached.get(replica, math.inf)) for replica in record.replicas)


def _layer(record: Record, quantity: str, number: int, epoch: int | None) -> pd.DataFrame:
    table = record.frame("layers", ["epoch", "replica", "layer", quantity])
    return _at(table[table["layer"] == _number(record, number)], epoch)


def _number(record: Record, number: int) -> int:
    return number if number > 0 else len(record.layers) + 1 + number


def _at(table: pd.DataFrame, epoch: int | None) -> pd.DataFrame:
    """The rows of an epoch; of the newest one where that is not named."""
    return table[table["epoch"] == (table["epoch"].max() if epoch is None else epoch)]


def _in_order(by_replica: pd.Series) -> Values:
    return tuple(float(value) for value in by_replica.sort_index())


def _over(a: float, b: float) -> float:
    if b == 0:
        return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a)
    return a / b
