"""Learning rates before a run: what a schedule makes of the chosen one, and the range test as a table and a
sentence."""

from typing import Any

import numpy as np
import pandas as pd

from core.analysis.wording import Headline
from core.choices.schedules import Schedule

STEPS, MOST_EPOCHS = 20, 200
"""Steps of an epoch that are assumed before the rows are counted, and the most epochs that are looked at."""


def planned(schedule: Schedule, rate: float, epochs: int) -> pd.DataFrame:
    """The rate at the beginning of each epoch (of so many of them that a picture can show): epoch, rate. A schedule
    that follows the loss is drawn as if the loss always fell."""
    begins = np.unique(np.linspace(0, max(1, epochs) - 1, MOST_EPOCHS).round().astype(int))
    rates = [rate * schedule.factor(int(epoch) * STEPS, max(1, epochs) * STEPS, STEPS) for epoch in begins]
    return pd.DataFrame({"epoch": begins + 1, "rate": rates})


def curve(found: dict[str, Any]) -> pd.DataFrame:
    """Rate, loss (of one batch) and smooth, where they are numbers."""
    table = pd.DataFrame({name: found[name] for name in ("rates", "losses", "smooth")}).astype(float)
    return table.rename(columns={"rates": "rate", "losses": "loss"}).dropna().reset_index(drop=True)


def marks(found: dict[str, Any]) -> pd.DataFrame:
    """Rates to point at: rate, words, is_proposed."""
    rows = [(found["chosen"], "chosen now", False)] if found["chosen"] else []
    rows += [(found["proposed"], "falls fastest", True)] if found["proposed"] else []
    return pd.DataFrame(rows, columns=["rate", "words", "is_proposed"])


def top(found: dict[str, Any]) -> float:
    """The top of the axis: a little over where it began, so that what runs away leaves the picture."""
    smooth = np.array([value for value in found["smooth"] if value is not None], dtype=float)
    return float(1.6 * smooth[: max(3, len(smooth) // 4)].max()) if len(smooth) else 1.0


def headline(found: dict[str, Any]) -> Headline:
    """What the test says."""
    if not found["proposed"]:
        return Headline("At no rate does the loss fall.", note="Look at the preview of the network first.")
    times = found["chosen"] / found["proposed"]
    compared = "about the chosen one" if 1 / 3 <= times <= 3 else f"{max(times, 1 / max(times, 1e-12)):.2g} times "
    if not 1 / 3 <= times <= 3:
        compared += "smaller than the chosen one" if times > 1 else "larger than the chosen one"
    return Headline("The loss falls fastest at a rate of ", f"{found['proposed']:g}", f": {compared}.", tone="blue")
