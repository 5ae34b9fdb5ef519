"""From a record to a diagnosis: every rule on every replica, joined, causes first; and what settings alone show."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.diagnosis.causes import linked, without_faint
from core.diagnosis.evidence import Evidence, Recorded, evidences
from core.diagnosis.finding import Finding, Remedy, Zone
from core.diagnosis.rules import RULES
from core.diagnosis.thresholds import DEFAULT, Thresholds
from core.experiment import Experiment

MOST_REPLICAS = 20
"""Replicas that are judged (evenly picked above that; our choice, keeps a diagnosis under a second)."""


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong, what to watch and what is clear."""

    findings: tuple[Finding, ...]
    """Present ones: each cause, then what follows from it."""
    watch: tuple[Finding, ...]
    clear: tuple[str, ...]
    """Ids of rules that looked and found nothing."""
    unjudged: tuple[str, ...]
    """Ids of rules for which there is no evidence (yet)."""
    verdict: str
    """One sentence."""

    @property
    def causes(self) -> tuple[Finding, ...]:
        """Findings that follow from no other."""
        return tuple(finding for finding in self.findings if finding.cause is None)

    def consequences(self, cause: str) -> tuple[Finding, ...]:
        """Findings that follow from this one, directly or not."""
        direct = [finding for finding in self.findings if finding.cause == cause]
        return tuple(g for f in direct for g in (f, *self.consequences(f.id)))

    def remedies(self, finding: Finding) -> tuple[Remedy, ...]:
        """What to try against a finding: its own remedies, or those of what it follows from."""
        cause = next((one for one in self.findings if one.id == finding.cause), None)
        return finding.remedies or (self.remedies(cause) if cause else ())

    def on(self, page: str) -> tuple[Finding, ...]:
        """Present findings whose proof is on this page."""
        return tuple(finding for finding in self.findings if finding.page == page)


def diagnose(experiment: Experiment, record: Recorded, thresholds: Thresholds = DEFAULT) -> Diagnosis:
    """The diagnosis of a run, finished or still running."""
    found = evidences(experiment, record)
    if not found:
        return check(experiment, record.meta, None, thresholds)
    picked = [found[k] for k in np.unique(np.linspace(0, len(found) - 1, min(len(found), MOST_REPLICAS)).astype(int))]
    return _diagnosis([_joined([rule(one, thresholds) for one in picked]) for rule in RULES.values()], True)


def check(
    experiment: Experiment,
    splits_meta: Mapping[str, Any] | None = None,
    preview: Mapping[str, Any] | None = None,
    thresholds: Thresholds = DEFAULT,
) -> Diagnosis:
    """What the settings, and the preview where there is one, show before training. splits_meta: what is known of the
    data, in the words of a record's meta (task, classes, inputs, layers)."""
    evidence = Evidence(experiment, splits_meta or {}, "preview" if preview else "settings", preview=preview)
    return _diagnosis([rule(evidence, thresholds) for rule in RULES.values()], False)


def _joined(findings: Sequence[Finding]) -> Finding:
    """One finding for all replicas: present in at least half of them, else watched; the median speaks."""
    zones = Counter(finding.zone for finding in findings)
    zone: Zone = "present" if 2 * zones["present"] >= len(findings) else "watch"
    if zone == "watch" and not zones["present"] and 2 * zones["watch"] < len(findings):
        zone = "absent"
    speaks = [f for f in findings if f.zone == ("present" if zones["present"] else zone)]
    if zone == "absent":
        speaks = [f for f in findings if f.zone == "absent" and f.is_judged] or list(findings)
    middle = sorted(speaks, key=lambda f: np.inf if f.value is None or np.isnan(f.value) else f.value)[len(speaks) // 2]
    count = (len(speaks) if zone != "absent" else 0, len(findings))
    severity = middle.severity if zone == "present" else "watch"
    return replace(
        middle, zone=zone, severity=severity, replicas=count, message=_with_count(middle.message, zone, count)
    )


def _with_count(message: str, zone: Zone, count: tuple[int, int]) -> str:
    if count[1] == 1 or zone == "absent":
        return message
    whose = "; the numbers are of one" if count[0] > 1 else ""
    return f"{message} So it is in {count[0]} of {count[1]} trainings{whose}."


def _diagnosis(found: list[Finding], is_trained: bool) -> Diagnosis:
    found = without_faint(found)
    present = linked([finding for finding in found if finding.zone == "present"])
    return Diagnosis(
        findings=tuple(present),
        watch=tuple(finding for finding in found if finding.zone == "watch"),
        clear=tuple(finding.id for finding in found if finding.zone == "absent" and finding.is_judged),
        unjudged=tuple(finding.id for finding in found if not finding.is_judged),
        verdict=_verdict(present, found, is_trained),
    )


def _verdict(present: list[Finding], found: list[Finding], is_trained: bool) -> str:
    """The sentence above everything else."""
    roots = [finding for finding in present if finding.cause is None]
    clear = sum(finding.zone == "absent" and finding.is_judged for finding in found)
    checks = f"{clear} check{' is' if clear == 1 else 's are'} clear"
    if not roots:
        return f"Nothing is wrong that we can see: {checks}." if is_trained else f"Nothing speaks against it: {checks}."
    titles = [finding.title[0].lower() + finding.title[1:] for finding in roots]
    if len(roots) == 1:
        return f"One cause explains this {'run' if is_trained else 'draft'}: {titles[0]}."
    listed = f"{', '.join(titles[:3])}{' …' if len(titles) > 3 else ''}"
    return f"{len(roots)} causes were found: {listed}."
