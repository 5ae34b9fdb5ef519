"""The Outputs page in words: is it right, is it as right as it is sure, and what chance alone would explain."""

import math

import numpy as np
import pandas as pd

from core.analysis.answers import Answers, histories, typical_replica
from core.analysis.calibration import HEALTHY_ECE, Reliability, reliability
from core.analysis.confusion import balanced_accuracy, is_unbalanced, per_class
from core.analysis.outputs import CONFIDENT, chance_points
from core.analysis.record import Record
from core.analysis.residuals import errors
from core.analysis.wording import (
    FIRM,
    NOT_A_NUMBER,
    Headline,
    Verdict,
    Vital,
    count,
    epoch_name,
    firm,
    large,
    percent,
    plural,
    points,
    score,
)

AS_SURE = 0.05
"""Mean confidence within five points of the share right: as sure as right (our choice, half of a tenth-wide bin)."""
LOST_RECALL = 0.5
"""A class of which less than this is found is lost behind the accuracy of the others (our choice; the doctor's
threshold for the worst class is the same)."""
LONGEST_NAME = 24


def headline(record: Record, value: int = 0) -> Headline:
    """The page's sentence; value: number of the target, where a regression has several. Class names in the note stand
    as a person wrote them: show it as text, not as markdown."""
    answers = newest(record)
    if not answers:
        return Headline("Nothing is answered yet.")
    typical = _typical(record, answers)
    if not typical.measured.any():
        return Headline("No answer is a number ", firm(f"at {epoch_name(typical.epoch)}"), ".", "red", _kept(record))
    if not record.is_classification:
        return _regression(record, answers, typical, value)
    return _classes(record, answers, typical)


def vitals(record: Record, value: int = 0) -> list[Vital]:
    """Accuracy, mean confidence, calibration error, sure and wrong; of a regression R², half of the errors, spread,
    bias. Medians over replicas."""
    answers = newest(record)
    if not answers:
        return []
    if not record.is_classification:
        return _regression_vitals(answers, value)
    right, sure = _median([one.right.mean() for one in answers]), _median([_mean_confidence(one) for one in answers])
    told = [reliability(one) for one in answers]
    ece = _median([one.ece for one in told])
    wrong = [int((one.measured & ~one.right & (one.confidence > CONFIDENT)).sum()) for one in answers]
    guess = majority(answers[0])
    chance = chance_points(len(answers[0].rows), right)
    beats: Verdict = "good" if right > guess + chance else "bad" if right <= guess else "watch"
    apart = abs(sure - right)
    as_sure: Verdict = "good" if apart <= AS_SURE else "watch" if apart <= chance else "bad"
    two = f"{ece:.2f}" if math.isfinite(ece) else NOT_A_NUMBER
    by_chance = _median([one.ninety_five for one in told])
    is_low = ece < HEALTHY_ECE
    is_chance = not is_low and ece <= by_chance
    pill = f"chance to{FIRM}{by_chance:.2f}" if is_chance else f"healthy under{FIRM}{HEALTHY_ECE:.2f}"
    calibrated: Verdict = "good" if is_low else "watch" if is_chance else "bad"
    beside = f"majority {percent(guess)}"
    if is_unbalanced(answers[0]):
        beside = f"balanced {percent(_median([balanced_accuracy(one) for one in answers]))}"
    return [
        Vital("Validation accuracy", percent(right, 1), beside, beats),
        Vital("Mean confidence", percent(sure, 1), firm(f"right {percent(right)}"), as_sure),
        Vital("Calibration error (ECE)", two, pill, calibrated),
        Vital("Sure and wrong", plural(round(_median(wrong)), "row"), f"over {percent(CONFIDENT)} sure"),
    ]


def newest(record: Record, split: str = "validation") -> list[Answers]:
    """Every replica's newest answers."""
    return [one.at() for one in histories(record, split, newest_only=True)]


def majority(answers: Answers) -> float:
    """Share of the rows that are of the commonest class: what always giving the same answer scores at best."""
    return float(np.bincount(answers.targets).max() / len(answers.targets))


def chance_sentence(rows: int, accuracy: float) -> str:
    """With 72 validation rows, differences under 8 points cannot be told from chance. See outputs.chance_points."""
    least = chance_points(rows, accuracy)
    if not math.isfinite(least):
        return ""
    told = points(least, 0 if least >= 0.0195 else 1)
    return f"With {count(rows)} validation rows, differences under {told} cannot be told from chance."


def mistakes_sentence(answers: Answers) -> str:
    """What the mistakes have in common: all of them one class, or the commonest pair."""
    wrong = answers.measured & ~answers.right
    mistakes = int(wrong.sum())
    if mistakes == 0:
        return "It makes no mistake on these rows."
    if len(answers.classes) == 2 or mistakes == 1:
        return f"It makes {plural(mistakes, 'mistake')} on {count(len(answers.rows))} rows."
    pairs = pd.DataFrame({"true": answers.targets[wrong], "answer": answers.answer[wrong]})
    involved = pd.concat([pairs["true"], pairs["answer"]]).value_counts()
    if np.unique(answers.answer[answers.measured]).size == 1:
        return f"Every answer is {_name(answers, int(pairs['answer'].iloc[0]))}."
    if involved.iloc[0] == mistakes:
        every = "Both" if mistakes == 2 else f"All {count(mistakes)}"
        return f"{every} mistakes involve {_name(answers, int(involved.index[0]))}."
    counts = pairs.value_counts()
    (true, answer), top = counts.index[0], int(counts.iloc[0])
    if (counts == top).sum() > 1:
        return f"It makes {plural(mistakes, 'mistake')} on {count(len(answers.rows))} rows; no two classes stand out."
    first = _name(answers, int(true))
    said = f"{first[0].upper() if first.startswith('class') else first[0]}{first[1:]} is taken for "
    said += f"{_name(answers, int(answer))} most often"
    return f"{said}: {count(top)} of {count(mistakes)} mistakes."


def _classes(record: Record, answers: list[Answers], typical: Answers) -> Headline:
    right, sure = _median([one.right.mean() for one in answers]), _median([_mean_confidence(one) for one in answers])
    told = [reliability(one) for one in answers]
    chance = chance_points(len(typical.rows), right)
    note = " ".join(
        filter(None, [_missing(typical), mistakes_sentence(typical), chance_sentence(len(typical.rows), right)])
    )
    phrase = firm(f"{percent(sure)} sure, {percent(right)} right")
    if right <= majority(typical) + chance / 2 and right < 0.95:
        same = f"always the same answer would be right for {percent(majority(typical))}"
        return Headline(
            "It does not do better than a guess: ", firm(f"{percent(right)} right"), f"; {same}.", "red", note
        )
    lost = lost_class(typical)
    if lost is not None:
        name, recall = lost
        found = firm(f"finds {percent(recall)} of {name}")
        return Headline("It ", found, f", although {percent(right)} of all its answers are right.", "red", note)
    if abs(sure - right) <= AS_SURE:
        return Headline("It is right as often as it says: ", phrase, ".", "green", note)
    if _is_calibrated(told):
        return Headline("It may be as right as it is sure: ", phrase, ", on too few rows to tell.", "", note)
    if sure > right:
        return Headline("It is surer than it is right: ", phrase, ".", "red", note)
    return Headline("It is right more often than it says: ", phrase, ".", "", note)


def lost_class(answers: Answers) -> tuple[str, float] | None:
    """The class that is found least, and the share of its rows that are, where classes are so unequal that accuracy
    hides it; None where every class is found."""
    if not is_unbalanced(answers):
        return None
    worst = per_class(answers).dropna(subset="recall").sort_values(["recall", "class"]).iloc[0]
    return (_name(answers, int(worst["class"])), float(worst["recall"])) if worst["recall"] < LOST_RECALL else None


def _regression(record: Record, answers: list[Answers], typical: Answers, value: int) -> Headline:
    told = errors(typical, value)
    half = _median([errors(one, value).half_within for one in answers])
    missing = _missing(typical)
    guess = f"Always answering the mean would leave half of them within {large(told.guess_half_within)}."
    note = " ".join(filter(None, [missing, guess, _explained(record, typical, value)]))
    phrase, lie = firm(f"within {large(half)}"), f"Half of its answers{_named(record, value)} lie "
    if half >= told.guess_half_within:
        return Headline(lie, phrase, " of the truth, no nearer than a guess.", "red", note)
    return Headline(lie, phrase, " of the truth.", "green" if told.r2 > 0 else "red", note)


def _named(record: Record, value: int) -> str:
    targets = record.meta.get("targets") or [""]
    return f" for {_shortened(targets[value])}" if len(targets) > 1 else ""


def _explained(record: Record, typical: Answers, value: int) -> str:
    """R² of a target and, where there are several, their mean, which is the run's score."""
    each = [errors(typical, number).r2 for number in range(typical.targets.shape[1])]
    said = f"R²{_named(record, value).replace('for', 'of')} is {score(each[value], False)}"
    known = [r2 for r2 in each if math.isfinite(r2)]
    mean = f"; {score(float(np.mean(known)), False)} on average over {len(each)} targets" if known else ""
    return f"{said}{mean if len(each) > 1 else ''}."


def _regression_vitals(answers: list[Answers], value: int) -> list[Vital]:
    told = [errors(one, value) for one in answers]
    r2, half = _median([one.r2 for one in told]), _median([one.half_within for one in told])
    spread, bias = _median([one.root_mean_square for one in told]), _median([one.bias for one in told])
    guess_half, guess_spread = told[0].guess_half_within, told[0].guess_root_mean_square
    better: Verdict = "good" if spread < guess_spread else "bad"
    is_level = abs(bias) <= 2 * guess_spread / math.sqrt(max(1, told[0].rows))
    return [
        Vital("Validation R²", score(r2, False), f"guessing{FIRM}0", "good" if r2 > 0 else "bad"),
        Vital("Half within", large(half), f"guessing {large(guess_half)}", "good" if half < guess_half else "bad"),
        Vital("Typical error (RMSE)", large(spread), f"guessing {large(guess_spread)}", better),
        Vital(
            f"On average too {'low' if bias < 0 else 'high'} by",
            large(abs(bias)),
            f"healthy near{FIRM}0",
            "good" if is_level else "watch",
        ),
    ]


def _typical(record: Record, answers: list[Answers]) -> Answers:
    number = typical_replica(record)
    return next((one for one in answers if one.replica == number), answers[0])


def _is_calibrated(told: list[Reliability]) -> bool:
    return sum(one.is_healthy for one in told) * 2 > len(told)


def _mean_confidence(answers: Answers) -> float:
    known = answers.confidence[answers.measured]
    return float(known.mean()) if len(known) else math.nan


def _median(values: list[float] | list[int]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return float(np.median(known)) if known else math.nan


def _missing(answers: Answers) -> str:
    gone = answers.unmeasured
    return f"{count(gone)} of {count(len(answers.rows))} answers are not numbers and count as wrong." if gone else ""


def _kept(record: Record) -> str:
    return "What was recorded before is kept." if record.latest > 0 else ""


def _name(answers: Answers, number: int) -> str:
    """The class as a sentence says it: one that is called by a number is "class 3"."""
    clean = " ".join(answers.classes[number].split())
    if clean.replace(".", "", 1).lstrip("+-").isdigit():
        return firm(f"class {clean}"[:LONGEST_NAME])
    return _shortened(clean)


def _shortened(name: str) -> str:
    clean = " ".join(name.split())
    return clean if len(clean) <= LONGEST_NAME else clean[: LONGEST_NAME - 1].rstrip() + "…"
