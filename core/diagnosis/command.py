"""Findings as JSON, for the command line."""

import math
from collections.abc import Mapping
from typing import Any

from core.diagnosis.diagnose import Diagnosis, check, diagnose
from core.diagnosis.evidence import Recorded
from core.diagnosis.finding import Finding
from core.diagnosis.thresholds import Thresholds
from core.experiment import Experiment


def diagnose_json(
    experiment: Mapping[str, Any], record: Recorded, thresholds: Mapping[str, float] | None = None
) -> list[dict[str, Any]]:
    """Findings of a run, causes first, then what is watched. thresholds: those that a person changed. Raises
    ValidationError."""
    chosen = Thresholds.model_validate(dict(thresholds or {}))
    return _listed(diagnose(Experiment.model_validate(dict(experiment)), record, chosen))


def check_json(
    experiment: Mapping[str, Any],
    splits_meta: Mapping[str, Any] | None = None,
    preview: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """What can be said before training. Raises ValidationError."""
    return _listed(check(Experiment.model_validate(dict(experiment)), splits_meta, preview))


def _listed(diagnosis: Diagnosis) -> list[dict[str, Any]]:
    return [_plain(finding) for finding in (*diagnosis.findings, *diagnosis.watch)]


def _plain(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "zone": finding.zone,
        "layer": finding.layer,
        "epoch": finding.epoch,
        "value": finding.value if finding.value is not None and math.isfinite(finding.value) else None,
        "threshold": finding.threshold,
        "message": finding.message,
        "remedies": [{"id": r.id, "label": r.label, "change": r.change} for r in finding.remedies],
    }
