"""May the validation score be trusted: columns that give the target away, copies of rows, parts that are unlike."""

import numpy as np

from core.diagnosis import remedies as try_
from core.diagnosis import special
from core.diagnosis.evidence import Evidence
from core.diagnosis.finding import Finding
from core.diagnosis.symptom import Symptom
from core.diagnosis.thresholds import Thresholds
from core.diagnosis.words import number, percent

LEAK = Symptom("data_leakage", "The table gives the answer away", "data", "leak_share")
SHIFT = Symptom("validation_not_representative", "Validation rows are unlike training rows", "data", "prior_shift")
SURE = 4
"""Standard deviations of chance beyond which two parts are told apart in earnest (our choice)."""


def data_leakage(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """One column explains the target alone, and all others together explain much less; or validation rows are copies
    of training rows. Easy tables are spared: there the other columns know the answer too (UMLAUT's false alarms)."""
    doubts = evidence.doubts
    if "explains" not in doubts and "copies" not in doubts:
        return LEAK.unjudged()
    column, share = doubts.get("explains", ("", 0.0))
    _, others = doubts.get("others_explain", ("", 0.0))
    _, copies = doubts.get("copies", ("", 0.0))
    if share >= thresholds.leak_share and others <= thresholds.leak_others:
        message = (
            f"Column “{column}” alone explains {percent(share)} of the target; all others together {percent(others)}. "
            "If it is known only with the answer, the score promises what new rows will not keep."
        )
        remedies = (special.without(evidence.experiment, column, evidence.meta.get("inputs") or ()),)
        return LEAK.found("present", thresholds, share, message, epoch=0, remedies=remedies)
    if copies >= thresholds.copies:
        message = (
            f"{percent(copies)} of the validation rows are copies of training rows. "
            "Their score says how well the network remembers, not how well it does on new rows."
        )
        return LEAK.found("present", thresholds, copies, message, epoch=0, limit="copies")
    return LEAK.clear(thresholds, max(share if others <= thresholds.leak_others else 0.0, copies))


def validation_not_representative(evidence: Evidence, thresholds: Thresholds) -> Finding:
    """A class has another share of the validation rows than of the training rows, by more than chance allows, or a
    forest tells training rows from validation rows by their inputs."""
    which, apart = _prior_shift(evidence)
    column, told = evidence.doubts.get("apart", ("", float("nan")))
    if not np.isfinite(apart) and not np.isfinite(told):
        return SHIFT.unjudged()
    remedies = (try_.stratify(evidence.experiment),)
    if apart >= thresholds.prior_shift:
        message = (
            f"The share of {which} differs by {percent(apart)} between training and validation rows. "
            "What is measured there does not say how well the network learned."
        )
        return SHIFT.found("present", thresholds, apart, message, epoch=0, remedies=remedies)
    by_chance = 0.5 + SURE * float(np.sqrt(1 / (6 * max(_validation_rows(evidence), 1))))
    if told >= max(thresholds.told_apart, by_chance):
        message = (
            f"A forest tells validation rows from training rows in {number(told)} of pairs (chance: 0.5), most by "
            f"“{column}”. What is measured on rows of another kind does not say how well the network learned."
        )
        return SHIFT.found("present", thresholds, told, message, epoch=0, limit="told_apart", remedies=remedies)
    return SHIFT.clear(thresholds, apart if np.isfinite(apart) else 0.0)


def _validation_rows(evidence: Evidence) -> int:
    told = (evidence.meta.get("rows") or {}).get("validation")
    return len(evidence.targets) if evidence.targets is not None else int(told or 0)


def _prior_shift(evidence: Evidence) -> tuple[str, float]:
    """A class in words, and by how much its share differs: 0 where chance explains it, NaN where unknown. While
    a run goes on only the largest class is known of, from what guessing it scores."""
    if evidence.task != "classification":
        return "", float("nan")
    name, apart, chance = "the largest class", *_largest_class(evidence)
    if "shares" in evidence.doubts:
        told, apart = evidence.doubts["shares"]
        name, chance = f"class “{told}”", evidence.doubts["shares_by_chance"][1]
    is_wanted = evidence.experiment.preparation.balance != "none"
    return name, 0.0 if apart <= chance or is_wanted and np.isfinite(apart) else apart


def _largest_class(evidence: Evidence) -> tuple[float, float]:
    """By how much its share differs, and three standard deviations of chance; NaN where unknown."""
    train, validation = (evidence.baselines.get(("guess", p), (0.0, float("nan")))[1] for p in ("train", "validation"))
    chance = 3 * np.sqrt(max(train * (1 - train), 1e-9) / max(_validation_rows(evidence), 1))
    return float(abs(train - validation)), float(chance)
