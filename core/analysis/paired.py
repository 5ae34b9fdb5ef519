"""Arms seed by seed: what one arm gains over the first when both start from the same seed, so that luck cancels out."""

from collections.abc import Sequence

import pandas as pd

from core.analysis.compare import Arm, dots
from core.analysis.wording import points, score

COLUMNS = ["Arm", "Difference, median", "Lowest to highest", "Better in"]


def differences(arms: Sequence[Arm]) -> pd.DataFrame:
    """One row per further arm: its best validation score minus that of the first arm, over the seeds that both have.
    Empty where no seed is shared."""
    table = dots(arms)
    if not len(table):
        return pd.DataFrame(columns=COLUMNS)
    is_share = all(record.is_classification for arm in arms for record in arm.records)
    by_seed = table.pivot_table(index="seed", columns="arm", values="value", aggfunc="median")
    rows = []
    for arm in arms[1:]:
        if arms[0].name in by_seed and arm.name in by_seed:
            gains = (by_seed[arm.name] - by_seed[arms[0].name]).dropna()
            if len(gains):
                rows.append(_row(arm.name, gains, is_share))
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(name: str, gains: pd.Series, is_share: bool) -> list[str]:
    low, high = _said(float(gains.min()), is_share), _said(float(gains.max()), is_share)
    spread = low if low == high else f"{low} to {high}"
    return [name, _said(float(gains.median()), is_share), spread, f"{int((gains > 0).sum())} of {len(gains)} seeds"]


def _said(gain: float, is_share: bool) -> str:
    words = points(gain, 1) if is_share else score(gain, False)
    return f"+{words}" if gain > 0 else words
