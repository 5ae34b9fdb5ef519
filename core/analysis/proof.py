"""What a re-run proves about a remedy: whether the symptom is gone, whether the score rose beyond what other seeds do,
what it cost, and whether a new symptom came. It says what was measured and promises nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.analysis.compare import Arm, dots
from core.analysis.record import Record
from core.analysis.wording import Headline, listed, plural, score
from core.diagnosis.diagnose import diagnose
from core.diagnosis.finding import Finding
from core.diagnosis.thresholds import DEFAULT, Thresholds
from core.experiment import Experiment

Trained = tuple[Experiment, Record]


@dataclass(frozen=True)
class Proof:
    """before, after: median validation score at the best epoch; None where none was finite. low, high: of all
    unchanged seeds. seconds: of the epochs. new: titles of symptoms that the unchanged network did not show."""

    is_gone: bool
    is_better: bool
    before: float | None
    after: float | None
    low: float | None
    high: float | None
    seconds_before: float
    seconds_after: float
    new: tuple[str, ...]
    seeds: int
    is_share: bool
    """Whether scores are accuracies."""

    @property
    def works(self) -> bool:
        """A verified remedy: the symptom is gone, the score is up beyond the placebo's spread, and no new symptom."""
        return self.is_gone and self.is_better and not self.new

    @property
    def outcome(self) -> tuple[bool, bool, bool]:
        """What proofs of the same kind have in common, the best kind highest: whether the symptom went, the score rose,
        no other symptom came."""
        return self.is_gone, self.is_better, not self.new


def proof(symptom: Finding, unchanged: Sequence[Trained], treated: Trained, thresholds: Thresholds = DEFAULT) -> Proof:
    """Judge a remedy. unchanged: the experiment as it was, with the same seeds, and as placebo with others."""
    found = {f.id: f for f in diagnose(*treated, thresholds).findings}
    known = {symptom.id, *(f.id for one in unchanged for f in diagnose(*one, thresholds).findings)}
    table = dots([Arm("before", tuple(record for _, record in unchanged)), Arm("after", (treated[1],))])
    before, after = (table.loc[table["arm"] == name, "value"] for name in ("before", "after"))
    return Proof(
        is_gone=symptom.id not in found and len(after) > 0,
        is_better=bool(table.loc[table["arm"] == "after", "is_better"].any()),
        before=float(before.median()) if len(before) else None,
        after=float(after.median()) if len(after) else None,
        low=float(before.min()) if len(before) else None,
        high=float(before.max()) if len(before) else None,
        seconds_before=_seconds(unchanged[0][1]) if unchanged else 0.0,
        seconds_after=_seconds(treated[1]),
        new=(*(finding.title for key, finding in found.items() if key not in known), *_ran_away(unchanged, treated[1])),
        seeds=len(after),
        is_share=treated[1].is_classification,
    )


def headline(made: Sequence[Proof]) -> Headline:
    """What remedies of one outcome came to, in a sentence: from what to what; new symptoms as its note."""
    first, many = made[0], len(made) > 1
    before, after = _said(first.before, first), listed([_said(one.after, one) for one in made])
    note = _new(made)
    if first.works:
        works = "They work: from " if many else "It works: from "
        return Headline(works, before, f" to {after}.", "green", note)
    from_to = f" before, {after} after."
    if first.is_better:
        more = "but something else came: " if first.is_gone else "the symptom stayed: "
        return Headline(f"The score rose, {more}", before, from_to, "gray", note)
    if first.is_gone:
        words = "The symptom is gone, the score did not rise beyond luck: "
        return Headline(words, before, from_to, "gray", note)
    start = "These remedies did not help: " if many else "This remedy did not help: "
    return Headline(start, before, from_to, "gray", note)


def _said(value: float | None, made: Proof) -> str:
    return "no score" if value is None else score(value, made.is_share)


def luck(made: Proof) -> str:
    """What the unchanged network reaches with these and with other seeds: differences within it are luck."""
    if made.low is None or made.high is None:
        return ""
    low, high = score(made.low, made.is_share, 1), score(made.high, made.is_share, 1)
    reach = low if low == high else f"{low} to {high}"
    each = f"{plural(made.seeds, 'seed')} each, every one at its own best epoch."
    return f"{each} Unchanged, with these and with new seeds, it reaches {reach}."


def _new(made: Sequence[Proof]) -> str:
    titles = dict.fromkeys(title[0].lower() + title[1:] for one in made for title in one.new)
    return f"New: {', '.join(titles)}." if titles else ""


def _ran_away(unchanged: Sequence[Trained], record: Record) -> list[str]:
    """Seeds whose numbers ran away, too few to be a finding of the whole, where no unchanged one did."""
    lost = _lost(record)
    if not lost or any(_lost(before) for _, before in unchanged):
        return []
    return [f"The numbers ran away in {lost} of {plural(len(record.replicas), 'seed')}"]


def _lost(record: Record) -> int:
    """How many seeds met a loss on the training rows that is no number."""
    table = record.frame("epochs", ["replica"])
    return int(table.loc[record.broken("epochs", "train_loss").to_numpy(), "replica"].nunique())


def _seconds(record: Record) -> float:
    """Of all epochs, all seeds together: they train in one program."""
    table = record.frame("epochs", ["epoch", "seconds"])
    return float(table.groupby("epoch")["seconds"].max().sum()) if len(table) else 0.0
