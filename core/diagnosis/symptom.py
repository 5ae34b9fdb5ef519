"""How a rule turns its number into a finding: clear, watched or present, with the threshold it was held against."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.diagnosis.finding import Finding, Page, Remedy, Severity, Zone
from core.diagnosis.thresholds import Thresholds, source_of, title_of, unit_of


@dataclass(frozen=True)
class Symptom:
    """What is the same for every finding of one rule."""

    id: str
    title: str
    page: Page
    limit: str
    """Name of its threshold; empty for what is simply so or not."""
    is_low: bool = False
    """Whether values under the threshold are the trouble."""

    def unjudged(self) -> Finding:
        """Nothing can be said (yet)."""
        return Finding(self.id, self.title, self.page)

    def clear(self, thresholds: Thresholds, value: float) -> Finding:
        """Looked at and not found."""
        return self.found("absent", thresholds, value, "")

    def found(
        self,
        zone: Zone,
        thresholds: Thresholds,
        value: float,
        message: str,
        *,
        severity: Severity = "costs",
        layers: Sequence[int] = (),
        epoch: int | None = None,
        limit: str | None = None,
        remedies: Sequence[Remedy | None] = (),
    ) -> Finding:
        """The finding with its threshold, source and margin; remedies that are None are left out, and those that
        an earlier one comes to as well (a tenth of a rate may be the usual one)."""
        name = self.limit if limit is None else limit
        known: dict[str, Remedy] = {}
        for remedy in remedies:
            if remedy is not None:
                known.setdefault(remedy.id, remedy)
        threshold = float(getattr(thresholds, name)) if name else None
        return Finding(
            self.id,
            self.title,
            self.page,
            zone=zone,
            severity=severity if zone == "present" else "watch",
            layers=tuple(int(layer) for layer in layers),
            epoch=epoch,
            value=float(value),
            threshold=threshold,
            measured=self._measured(name) if name else "",
            unit=unit_of(name) if name else "",
            source=source_of(name) if name else "the settings say so",
            margin=_margin(value, threshold, self.is_low),
            message=message,
            remedies=tuple(known.values()) if zone != "absent" else (),
        )

    def _measured(self, name: str) -> str:
        """The title of a threshold; of one that says "the same" that of the rule's own."""
        title = title_of(name)
        return title_of(self.limit) if title.startswith("The same") else title


def onset(epochs: np.ndarray, is_beyond: np.ndarray) -> int | None:
    """The epoch from which on the last unbroken stretch is beyond; the first one beyond if the end is not."""
    if not is_beyond.any():
        return None
    within = np.flatnonzero(~is_beyond)
    start = int(within[-1]) + 1 if len(within) else 0
    return int(epochs[start if start < len(epochs) else int(np.flatnonzero(is_beyond)[0])])


def _margin(value: float, threshold: float | None, is_low: bool) -> float | None:
    if threshold is None or not np.isfinite(value) or threshold == 0:
        return None
    if is_low:
        return float(threshold / value) if value > 0 else None
    return float(value / threshold)
