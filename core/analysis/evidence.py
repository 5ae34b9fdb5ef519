"""The small picture that proves a finding: what its rule looked at, with the rule's own threshold and the place marked;
and the four vital signs, which every run has."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.analysis.activations import shares
from core.analysis.flow import flow
from core.analysis.pooling import pooled, thinned
from core.analysis.progress import progress
from core.analysis.record import Record
from core.diagnosis.finding import Finding
from core.diagnosis.rules.rates import LEAST_WEIGHT
from core.diagnosis.thresholds import title_of

Form = Literal["curve", "layers", "gauge"]
LOSSES = ("train", "validation")
LOG_FROM = 30.0
"""Value ÷ threshold (or reverse) from which on a gauge counts in powers of ten (our choice)."""
SMALLEST = 1e-12
BY_LAYER = {
    "dead_relu": ("dead_share", "dead units"),
    "saturated_activation": ("saturated_share", "saturated units × rows"),
}
BY_EPOCH = {"lr_too_low": "update_ratio_low", "lr_too_high": "update_ratio_high"}


@dataclass(frozen=True)
class Picture:
    """table: x (epoch, layer, or 0), value, series (train, validation, or empty), is_bad. is_log: values are log10, and
    so are limit and band. fires: on which side of the limit the rule fires. mark: x of the onset."""

    title: str
    form: Form
    table: pd.DataFrame
    is_log: bool = False
    limit: float | None = None
    fires: Literal["above", "below"] = "above"
    mark: int | None = None
    band: tuple[float, float] | None = None
    unit: str = ""
    last: int = 1
    """The largest x: epochs planned, or layers."""


def evidence(finding: Finding, record: Record) -> Picture | None:
    """What the rule looked at; None where the record has nothing of it."""
    if finding.id in ("vanishing_gradient", "exploding_gradient") and finding.unit:
        made = _backward(finding, record)
    elif finding.id == "rnn_vanishing_through_time":
        made = _through_time(finding, record)
    elif finding.id in BY_LAYER:
        made = _by_layer(finding, record)
    elif finding.measured == title_of("weight_leap"):
        made = _growth(finding, record)
    elif finding.id in BY_EPOCH and finding.threshold is not None and finding.unit == "ratio":
        made = _updates(finding, record)
    elif finding.page == "curves":
        made = _losses(finding, record)
    else:
        made = None
    return made if made is not None and len(made.table) else _gauge(finding)


def vital_signs(record: Record) -> list[Picture]:
    """Loss, gradient, movement and sleeping units by layer, as they are now. A table is empty where there is nothing of
    it, or no number."""
    losses = _curves(record)
    gradient = flow(record)
    gradient = gradient[gradient["epoch"] == gradient["epoch"].max()] if len(gradient) else gradient
    layers, received = len(record.layers), _layers(gradient, "median")
    return [
        Picture("Loss", "curve", losses, limit=record.guess_loss, unit="guessing", last=record.span),
        Picture("Gradient", "layers", received, True, band=(-1.0, 1.0), unit="of output", last=layers),
        Picture("Update ÷ weight", "layers", _now(record, "update_ratio", True), True, band=(-4.0, -2.0), last=layers),
        Picture("Dead or saturated", "layers", _asleep(record), band=(0.0, 0.1), unit="share", last=layers),
    ]


def _backward(finding: Finding, record: Record) -> Picture | None:
    """The gradient by layer as it is now; where the trouble is over, at the epoch at which least (or most) of it
    reached layer 1."""
    if finding.id == "exploding_gradient" and finding.title and "grew" in finding.message:
        return _norms(finding, record)
    table = flow(record)
    if not len(table):
        return None
    firsts = table[table["layer"] == 1].set_index("epoch")["median"].replace(-np.inf, -30.0).sort_index()
    limit = float(np.log10(finding.threshold)) if finding.threshold else None
    fires: Literal["above", "below"] = "below" if finding.id == "vanishing_gradient" else "above"
    now, most = firsts.iloc[-1], firsts.idxmin() if fires == "below" else firsts.idxmax()
    lasts = limit is not None and (now < limit if fires == "below" else now > limit)
    at = firsts.index[-1] if lasts else most
    shown = _layers(table[table["epoch"] == at], "median")
    shown["is_bad"] = shown["x"].isin(finding.layers)
    title = f"gradient ÷ output’s, epoch {at}"
    return Picture(title, "layers", shown, True, limit, fires, band=(-1.0, 1.0), last=len(record.layers))


def _norms(finding: Finding, record: Record) -> Picture:
    table = _over_epochs(record, "gradient_norm")
    first = table.loc[table["value"] > 0, "value"].iloc[:2].median() if len(table) else 1.0
    table["value"] = np.log10(np.maximum(table["value"] / first, SMALLEST))
    limit = float(np.log10(finding.threshold)) if finding.threshold else None
    return Picture("gradient ÷ its first size", "curve", table, True, limit, mark=finding.epoch, last=record.span)


def _through_time(finding: Finding, record: Record) -> Picture | None:
    rows = record.tables.get("times")
    if rows is None or not rows.num_rows:
        return None
    table = rows.select(["epoch", "layer", "quantity", "gradient"]).to_pandas()
    table = table[(table["layer"] == finding.layer) & table["quantity"].isin(["cell", "state"])]
    table = table[table["epoch"] == table["epoch"].max()].sort_values("quantity")
    if not len(table):
        return None
    gradient = np.asarray(table["gradient"].iloc[0], dtype=float)
    value = np.log10(np.maximum(gradient / max(float(gradient[-1]), 1e-300), 1e-30))
    shown = pd.DataFrame({"x": np.arange(1, len(value) + 1), "value": value, "series": "", "is_bad": value < -1})
    limit = float(np.log10(finding.threshold)) if finding.threshold else None
    return Picture("gradient by step, relative to the last", "curve", shown, True, limit, "below", last=len(value))


def _by_layer(finding: Finding, record: Record) -> Picture:
    column, title = BY_LAYER[finding.id]
    table = _now(record, column, False)
    table["is_bad"] = table["x"].isin(finding.layers)
    return Picture(
        title, "layers", table, limit=finding.threshold, band=(0.0, 0.1), unit="share", last=len(record.layers)
    )


def _updates(finding: Finding, record: Record) -> Picture:
    rows = record.frame("layers", ["epoch", "replica", "update_ratio"])
    table = pooled(rows[rows["update_ratio"] > 0], "update_ratio", ["epoch"]).dropna(subset="median")
    shown = pd.DataFrame({"x": table["epoch"], "value": np.log10(table["median"]), "series": "", "is_bad": False})
    is_low = finding.id == "lr_too_low"
    limit = float(np.log10(finding.threshold or 1.0))
    shown["is_bad"] = shown["value"] < limit if is_low else shown["value"] > limit
    fires: Literal["above", "below"] = "below" if is_low else "above"
    return Picture("update ÷ weight", "curve", shown, True, limit, fires, band=(-4.0, -2.0), last=record.span)


def _growth(finding: Finding, record: Record) -> Picture:
    """How many times its first size a layer's weights are, of the layer that grew most."""
    rows = record.frame("layers", ["epoch", "layer", "replica", "weight_rms"])
    table = pooled(rows, "weight_rms", ["epoch", "layer"]).dropna(subset="median")
    sizes = table.pivot(index="epoch", columns="layer", values="median")
    grown = (sizes / sizes.iloc[0].where(sizes.iloc[0] > LEAST_WEIGHT)).max(axis=1).dropna()
    value = np.log10(np.maximum(grown, SMALLEST))
    limit = float(np.log10(finding.threshold or 1.0))
    shown = pd.DataFrame({"x": grown.index, "value": value, "series": "", "is_bad": value > limit})
    return Picture("weights ÷ before training", "curve", shown.reset_index(drop=True), True, limit, last=record.span)


def _losses(finding: Finding, record: Record) -> Picture:
    guess = record.guess_loss
    mark = (
        finding.epoch
        if finding.id in ("overfitting", "nonfinite_loss", "noisy_labels")
        else progress(record).diverged_at
    )
    return Picture("loss", "curve", _curves(record), limit=guess, unit="guessing", mark=mark, last=record.span)


def _gauge(finding: Finding) -> Picture | None:
    """One number against its threshold."""
    if finding.value is None or finding.threshold is None or not np.isfinite(finding.value):
        return None
    ratio = abs(finding.value) / finding.threshold if finding.threshold else 1.0
    is_low = finding.margin is not None and finding.value < finding.threshold
    is_log = finding.value > 0 and not 1 / LOG_FROM < ratio < LOG_FROM
    change = np.log10 if is_log else float
    table = pd.DataFrame({"x": [0], "value": [float(change(finding.value))], "series": [""], "is_bad": [True]})
    limit, fires = float(change(finding.threshold)), "below" if is_low else "above"
    title = finding.measured[:1].lower() + finding.measured[1:]
    return Picture(title, "gauge", table, is_log, limit, fires, unit=finding.unit)  # type: ignore[arg-type]


def _curves(record: Record) -> pd.DataFrame:
    parts = [_over_epochs(record, f"{split}_loss").assign(series=split) for split in LOSSES]
    table = pd.concat(parts, ignore_index=True)
    guess = record.guess_loss
    return table.assign(value=table["value"].clip(upper=4 * guess)) if guess else table


def _over_epochs(record: Record, column: str) -> pd.DataFrame:
    rows = record.frame("epochs", ["epoch", "replica", column])
    table = pooled(rows, column, ["epoch"]).dropna(subset="median")
    table = thinned(table.assign(arm=""), "arm", most=100) if len(table) > 100 else table
    return pd.DataFrame({"x": table["epoch"], "value": table["median"], "series": "", "is_bad": False})


def _layers(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Rows with a layer as x, by layer; what never arrives lies at the bottom."""
    value = table[column].replace(-np.inf, -30.0)
    return pd.DataFrame({"x": table["layer"], "value": value, "series": "", "is_bad": False}).dropna(subset="value")


def _now(record: Record, column: str, is_log: bool) -> pd.DataFrame:
    """A quantity by layer at the newest epoch, median over replicas."""
    rows = record.frame("layers", ["epoch", "layer", column]).dropna(subset=column)
    rows = rows[rows["epoch"] == rows["epoch"].max()]
    table = rows.groupby("layer")[column].median().reset_index()
    if is_log:
        table[column] = np.log10(np.maximum(table[column], SMALLEST))
    return _layers(table, column)


def _asleep(record: Record) -> pd.DataFrame:
    """The larger one of dead and saturated units, by layer."""
    told = (shares(record, "dead"), shares(record, "saturated"))
    parts = pd.concat([_layers(table[table["epoch"] == table["epoch"].max()], "median") for table in told])
    return parts.sort_values("value").groupby("x", as_index=False).last() if len(parts) else parts
