"""Curves: how well it learned, when it was best, when it began to memorise."""

import math

import numpy as np
import pandas as pd

from core.analysis.lines import SPLITS, Curves, losses, scores
from core.analysis.pooling import pooled, thinned
from core.analysis.progress import HEALTHY_GAP, STILL_WINDOW, Progress, progress
from core.analysis.record import Record
from core.analysis.wording import (
    FIRM,
    Headline,
    Verdict,
    Vital,
    epoch_name,
    firm,
    loss,
    percent,
    plural,
    points,
    score,
    short_loss,
    two_digits,
)

__all__ = ["Curves", "losses", "scores"]


def headline(record: Record) -> Headline:
    """The page's sentence: ran away, stuck at guessing, memorising, past its best, still learning, or learned."""
    seen = progress(record)
    if seen.latest < 0 or (seen.best_epoch is None and seen.diverged_at is None):
        return Headline("Nothing is measured yet.")
    if seen.diverged_at is not None:
        return _ran_away(record, seen)
    if seen.is_stuck:
        return _stuck(record, seen)
    if seen.is_overfitting:
        return _memorising(record, seen)
    if seen.is_past_its_best and seen.stopped_at is None:
        return _worse(record, seen)
    return _learned(record, seen)


def _ran_away(record: Record, seen: Progress) -> Headline:
    at = seen.diverged_at or 0
    ended = "" if record.is_live else "The run stopped itself."
    when = "before the first step" if at == 0 else epoch_name(at)
    joint = "The numbers ran away " if at == 0 else "The numbers ran away at "
    return Headline(joint, firm(when), ": the loss is no longer a number.", "red", ended)


def _stuck(record: Record, seen: Progress) -> Headline:
    guess = seen.guess_loss or float("nan")
    note = f"The training loss never fell under {loss(seen.lowest_train)}; a guess scores {loss(guess)}."
    said = "no better than a guess"
    if record.is_classification and math.isfinite(seen.validation_score):
        said = f"{percent(seen.validation_score)} right"
    start = "It has learned nothing yet: " if record.is_live else "It has learned nothing: "
    return Headline(start, firm(said), f" after {plural(seen.latest, 'epoch')}.", "red", note)


def _memorising(record: Record, seen: Progress) -> Headline:
    note = (
        f"Training loss kept falling to {short_loss(seen.train_loss)}; validation loss rose from "
        f"{short_loss(seen.best_loss)} to {short_loss(seen.validation_loss)}."
    )
    return Headline(
        "The network was best at ", _best_epoch(record, seen), ". Since then it has been memorising.", "orange", note
    )


def _best_epoch(record: Record, seen: Progress) -> str:
    """The best epoch, of how many once that is known."""
    if not seen.best_epoch:
        return firm("the very start")
    return epoch_name(seen.best_epoch) if record.is_live else epoch_name(seen.best_epoch, seen.latest)


def _worse(record: Record, seen: Progress) -> Headline:
    note = f"Validation loss {short_loss(seen.best_loss)} then, {short_loss(seen.validation_loss)} now."
    return Headline(
        "The network was best at ",
        _best_epoch(record, seen),
        ". Since then its loss has risen or swung.",
        "orange",
        note,
    )


def _learned(record: Record, seen: Progress) -> Headline:
    is_share = record.is_classification
    value = seen.validation_score if math.isfinite(seen.validation_score) else seen.train_score
    said = score(value, is_share)
    phrase = firm(f"{said} right") if is_share else firm(f"R² {said}")
    after_epochs = f" after {plural(seen.latest, 'epoch')}"
    if seen.is_still_learning:
        fell = percent(seen.fall)
        note = f"The loss fell {fell} over the last {STILL_WINDOW} epochs. More epochs may help."
        if seen.guess_score is not None and value <= seen.guess_score:
            return Headline("It is still learning, and not yet beyond a guess: ", phrase, f"{after_epochs}.", "", note)
        return Headline("It is still learning: ", phrase, f"{after_epochs}.", "green", note)
    if record.is_live:
        return Headline("It is learning: ", phrase, f"{after_epochs}.", "green", _best_note(seen))
    known = f"a guess is {score(seen.guess_score, is_share)}" if seen.guess_score is not None else ""
    better = seen.guess_score is None or value > seen.guess_score
    stopped = f"early stopping ended it at {epoch_name(seen.stopped_at)}" if seen.stopped_at is not None else ""
    note = "; ".join(filter(None, [_best_note(seen).rstrip("."), stopped, known])) + "."
    where = " on rows it never saw." if math.isfinite(seen.validation_score) else " on its training rows."
    if not better:
        return Headline("It did not get beyond a guess: ", phrase, where, "red", note)
    return Headline("It learned: ", phrase, where, "green", note)


def _best_note(seen: Progress) -> str:
    return f"Best validation loss {loss(seen.best_loss)} at {epoch_name(seen.best_epoch or 0)}."


def vitals(record: Record) -> list[Vital]:
    """Best validation loss, validation loss now, gap between the splits, validation score."""
    seen = progress(record)
    if seen.latest < 0:
        return []
    if seen.diverged_at is not None:
        return [_last_finite(seen), _now(seen), _rate(record), _score(record, seen)]
    return [_best(seen), _now(seen), _gap(record, seen), _score(record, seen)]


def _last_finite(seen: Progress) -> Vital:
    return Vital(
        "Last finite loss", loss(seen.validation_loss), f"at {epoch_name(max(0, (seen.diverged_at or 0) - 1))}"
    )


def _rate(record: Record) -> Vital:
    table = rates(record)
    return Vital("Learning rate", two_digits(float(table["median"].iloc[-1])) if len(table) else "not measured")


def _best(seen: Progress) -> Vital:
    pill = f"at {epoch_name(seen.best_epoch)}" if seen.best_epoch is not None else ""
    return Vital("Best validation loss", loss(seen.best_loss), pill)


def _now(seen: Progress) -> Vital:
    label = "Validation loss now"
    if seen.diverged_at is not None:
        return Vital(label, firm("no number"), f"since {epoch_name(seen.diverged_at)}", "bad")
    times = seen.validation_loss / seen.best_loss if seen.best_loss else float("nan")
    if times <= 1:
        return Vital(label, loss(seen.validation_loss), "the best so far", "good")
    pill = firm(f"{two_digits(times)} times the best") if times >= 1.095 else "near its best"
    return Vital(label, loss(seen.validation_loss), pill, "bad" if seen.is_overfitting else "plain")


def _gap(record: Record, seen: Progress) -> Vital:
    if not math.isfinite(seen.score_gap):
        return Vital("Gap in losses", loss(seen.validation_loss - seen.train_loss))
    verdict: Verdict = "good" if seen.score_gap < HEALTHY_GAP else "bad"
    if verdict == "good" and seen.is_stuck:  # what has learned nothing has no gap to praise
        verdict = "plain"
    if record.is_classification:
        return Vital("Gap in accuracy", points(seen.score_gap), f"healthy under{FIRM}5", verdict)
    return Vital("Gap in R²", score(seen.score_gap, False), "healthy under 0.05", verdict)


def _score(record: Record, seen: Progress) -> Vital:
    is_share = record.is_classification
    value, label = seen.validation_score, "Validation accuracy" if is_share else "Validation R²"
    if seen.guess_score is None:
        return Vital(label, score(value, is_share, 1))
    verdict: Verdict = "good" if value > seen.guess_score + 0.005 else "bad"
    name = "majority" if is_share else "guessing"
    return Vital(label, score(value, is_share, 1), f"{name} {score(seen.guess_score, is_share, 1)}", verdict)


def gap(record: Record) -> pd.DataFrame:
    """Validation minus training loss: epoch, replica, gap; replica −1 is the median line."""
    return record.once("gap", lambda: _gaps(record))


def _gaps(record: Record) -> pd.DataFrame:
    table = record.frame("epochs", ["epoch", "replica", "train_loss", "validation_loss"])
    table["gap"] = table["validation_loss"] - table["train_loss"]
    table = table[np.isfinite(table["gap"])]
    middle = pooled(table, "gap", ["epoch"])[["epoch", "median"]].rename(columns={"median": "gap"}).assign(replica=-1)
    whole = pd.concat([table[["epoch", "replica", "gap"]], middle], ignore_index=True)
    return thinned(whole, "replica", "gap")


def healthy_gap(record: Record) -> float:
    """How far apart the two losses may lie: a tenth of the loss of a guess (our choice; 0.23 for ten classes)."""
    seen = progress(record)
    return 0.1 * (seen.guess_loss or abs(seen.first_loss) or 1.0)


def gap_domain(record: Record) -> tuple[float, float]:
    """Of the gap's axis: fixed while live (four bands down, ten up), else around what was measured."""
    band = healthy_gap(record)
    measured = gap(record)["gap"]
    if record.is_live or not len(measured):
        return -4 * band, 10 * band
    return max(1.1 * min(measured.min(), -1.6 * band), -10 * band), min(
        1.1 * max(measured.max(), 2.2 * band), 40 * band
    )


def rates(record: Record) -> pd.DataFrame:
    """Learning rate through training: epoch, median, low, high (over replicas)."""
    table = pooled(record.frame("epochs", ["epoch", "replica", "learning_rate"]), "learning_rate", ["epoch"])
    return thinned(table.dropna(subset="median").assign(curve="rate"), "curve")


def events(record: Record) -> pd.DataFrame:
    """What happened on the way: epoch, step, seed, event, words."""
    table = record.frame("events")
    seeds = list(record.meta.get("seeds") or [])
    table["seed"] = [seeds[number] if number < len(seeds) else number for number in table["replica"]]
    table["words"] = table["message"].fillna("").where(table["message"].fillna("") != "", table["event"])
    return table[["epoch", "step", "seed", "event", "layer", "quantity", "value", "words"]]


SHORT = {
    "first_nan": "first not a number",
    "first_infinite": "first ∞",
    "diverged": "ran away",
    "early_stopped": "early stopping",
    "best_restored": "best weights restored",
    "rate_lowered": "rate lowered",
}
EACH_MARKED = ("changed",)
"""Events that are named by what they say, each of them."""
UNMARKED = ("stepped",)
"""Events that stand in the table only."""
MOST_MARKS = 4
"""Events named in the chart; all of them are in the table (our choice: names must not overlap)."""


def marks(record: Record) -> pd.DataFrame:
    """Events for the chart, one per epoch: epoch, words, is_bad."""
    table = record.frame("events", ["epoch", "event", "message"]).sort_values("epoch", kind="stable")
    table = table[~table["event"].isin(UNMARKED)]
    repeated = table.duplicated("event") & ~table["event"].isin(EACH_MARKED)
    table = table[~repeated].drop_duplicates("epoch").head(MOST_MARKS)
    words = [
        str(message) if event in EACH_MARKED else SHORT.get(event, event.replace("_", " "))
        for event, message in zip(table["event"], table["message"], strict=True)
    ]
    bad = table["event"].isin(["first_nan", "first_infinite", "diverged"])
    return pd.DataFrame({"epoch": table["epoch"].to_numpy(), "words": words, "is_bad": bad.to_numpy()})


def numbers(record: Record) -> pd.DataFrame:
    """The table behind the charts: one row per epoch with medians over the replicas."""
    columns = [f"{split}_{quantity}" for quantity in ("loss", "score") for split in SPLITS]
    table = record.frame("epochs", ["epoch", "replica", *columns, "learning_rate", "gradient_norm", "seconds"])
    return table.drop(columns="replica").groupby("epoch", sort=True).median().reset_index()


def caption(record: Record) -> str:
    """What lines and bands are."""
    seeds = len(record.replicas)
    return f"line: median of {plural(seeds, 'seed')} · band: lowest and highest seed" if seeds > 1 else "one seed"


def split_sizes(record: Record) -> str:
    """The rows of each split, as a note: 1,257 training rows, 270 to validate."""
    rows = record.meta.get("rows") or {}
    named = [
        (rows.get("train"), "to learn from"),
        (rows.get("validation"), "to validate"),
        (rows.get("test"), "to test"),
    ]
    return ", ".join(f"{number:,} {what}" for number, what in named if number)


def test_sentence(record: Record) -> str:
    """The test score, once, at the end; empty before."""
    marks = scores(record).marks
    if not len(marks):
        return ""
    rows = (record.meta.get("rows") or {}).get("test")
    value = float(marks["value"].iloc[0])
    said = score(value, True, 1) if record.is_classification else f"R² {score(value, False)}"
    return f"Test: {said}" + (f" of {rows:,} rows kept apart until the end" if rows else "")
