"""The four numbers of a live run through training: the small lines that stand under them."""

import numpy as np
import pandas as pd

from core.analysis.activations import shares
from core.analysis.flow import first_over_output, flow
from core.analysis.live import third
from core.analysis.pooling import evenly, pooled
from core.analysis.record import Record

MOST = 60
"""Points of a small line (our choice: its width in pixels holds no more that can be told apart)."""
FEWEST = 3
"""A stroke between two numbers says nothing that the numbers do not (and it would be drawn while a person waits for the
first picture)."""


def trails(record: Record) -> list[list[float]]:
    """Validation loss, validation score, layer 1 over output (log10), dead or saturated share of the worst layer, at
    evenly picked epochs, in the order of live.vitals. Empty where there are fewer than FEWEST numbers."""
    first = first_over_output(flow(record))[["epoch", "median"]]
    asleep = shares(record, third(record)).groupby("epoch")["median"].max().reset_index()
    found = [_pooled(record, "validation_loss"), _pooled(record, "validation_score"), first, asleep]
    return [_small(table) for table in found]


def _pooled(record: Record, column: str) -> pd.DataFrame:
    return pooled(record.frame("epochs", ["epoch", column]), column, ["epoch"])[["epoch", "median"]]


def _small(table: pd.DataFrame) -> list[float]:
    known = table[np.isfinite(table["median"].astype(float))]
    kept = evenly([int(epoch) for epoch in known["epoch"]], MOST)
    return [float(value) for value in known.loc[known["epoch"].isin(kept), "median"]] if len(kept) >= FEWEST else []
