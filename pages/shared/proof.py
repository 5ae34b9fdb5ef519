"""The proof of a remedy: before, after and placebo, trained as one study per run and judged. It lives in the store, so
that it is found again after a reload."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from core.analysis import compare
from core.analysis.proof import Proof, Trained, headline, luck, proof
from core.analysis.wording import duration, listed, two_digits
from core.charts import compare as charts
from core.diagnosis.finding import Finding, Remedy
from core.experiment import Experiment, parse
from core.refusal import Refusal
from core.running.submit import submit_study
from core.store import Run
from core.studies import LEAST_SEEDS, applied, expand, proof_name, remedy_study
from pages.shared import judging, layout, loading, remedies, session, studies, viewer
from pages.shared.making import maker

UNCHANGED_ARMS = 2
"""As it was, and as it was with other seeds."""
START_S = 1.0
"""What a run needs before its first epoch, roughly."""
REFUSED = "proof-refused"
"""Why the last try was refused, and of which finding."""
MOST_LINES = 2
"""Lines of a remedy in short beside its dots; its full text stands under its number in the list."""
LOST = ("stopped", "interrupted")
"""States of a run that proves nothing and is trained anew."""


@dataclass(frozen=True)
class Attempt:
    """A remedy that was tried: its number in the list, the run that trained it, and what came of it once that run and
    the unchanged ones are over."""

    number: int
    remedy: Remedy
    run: Run
    made: Proof | None


@dataclass(frozen=True)
class Tried:
    """What was trained to prove a finding's remedies."""

    runs: tuple[Run, ...]
    unchanged: tuple[Run, ...]
    attempts: tuple[Attempt, ...]

    @property
    def is_busy(self) -> bool:
        """Whether some of it is still being trained."""
        return any(not one.is_over for one in self.runs)

    @property
    def best(self) -> Attempt | None:
        """The attempt with the highest score of those that work without doubt."""
        scores = [(one.made.after or 0.0, one) for one in self.attempts if one.made and one.made.works]
        return max(scores, key=lambda pair: pair[0])[1] if scores else None

    def of(self, remedy: Remedy) -> Attempt | None:
        """The attempt at this remedy."""
        return next((one for one in self.attempts if one.remedy.id == remedy.id), None)


def study_id(run: Run) -> str:
    """All proofs of one run are one study: its unchanged arms serve every remedy."""
    return f"proof-{run.id}"


def button(tried: Tried, cause: Finding, remedy: Remedy, run: Run, is_first: bool) -> None:
    """Tries a remedy; where it was tried and did some good, keeps it as a new run."""
    attempt = tried.of(remedy)
    if attempt is None or attempt.made is None or not (attempt.made.is_gone or attempt.made.is_better):
        if remedies.try_button(cause, remedy, is_first, disabled=attempt is not None):
            _queue(cause, [remedy], run)
        return
    key = f"keep-{cause.id}-{remedy.id}"
    kind: Literal["primary", "secondary"] = "primary" if attempt is tried.best else "secondary"
    if st.button("Keep", key=key, icon=":material/check:", type=kind, help="Take it to Train as a new run"):
        _keep(run, remedy)


def price(tried: Tried, remedy: Remedy) -> str:
    """What a remedy costs by estimate; once it was tried, what it took, and whether it is the best so far."""
    attempt = tried.of(remedy)
    if attempt is None or attempt.made is None or not attempt.made.seconds_before:
        return remedy.price
    took = f"took {two_digits(attempt.made.seconds_after / attempt.made.seconds_before)} × the time"
    return f"{took} · best so far" if attempt is tried.best and len(tried.attempts) > 1 else took


def _queue(cause: Finding, wanted: Sequence[Remedy], run: Run) -> None:
    """Queues what is still missing of the proof: the wanted remedies, and the unchanged arms where no other proof has
    them. Then the page is drawn anew, with what was queued, or with why not."""
    try:
        study = remedy_study(_experiment(run), wanted, proof_name(run.name or "run", cause))
        there = studies.runs_of(study_id(run))
        known = [_bare(one) for one in there if one.state not in LOST]
        missing = [(label, arm) for label, arm in expand(study) if arm.model_copy(update={"name": ""}) not in known]
        if not missing:
            st.toast("This was tried already: what came of it stands beside it.", icon=":material/check:")
        submit_study(loading.store(), viewer.owner(), study_id(run), missing, study.name, len(there))
    except Refusal as refusal:
        st.session_state[REFUSED] = cause.id, refusal
    st.rerun()


def try_all(cause: Finding, run: Run, tried: Tried) -> None:
    """One button for all remedies that were not tried yet, and what pressing a button does."""
    whose, refusal = st.session_state.get(REFUSED, ("", None))
    if refusal is not None and whose == cause.id:
        layout.refused(st.session_state.pop(REFUSED)[1])
    untried = [remedy for remedy in cause.remedies if tried.of(remedy) is None]
    if not untried:
        return
    st.caption(
        f"“Try” trains the changed network and the unchanged one side by side, {LEAST_SEEDS} seeds each: about "
        f"{duration(_seconds_ahead(run))}."
    )
    if len(untried) > 1 and st.button("Try all of them", key=f"try-all-{cause.id}", icon=":material/playlist_play:"):
        _queue(cause, untried, run)


def column(cause: Finding, run: Run, tried: Tried) -> None:
    """The third column of a finding: no proof yet, how far it is, or what was measured."""
    st.markdown("**Proof: before and after**")

    @st.fragment(run_every=loading.POLL_S if tried.is_busy else None)
    def fragment() -> None:
        seen = look(cause, run)
        if tried.is_busy and not seen.is_busy:
            st.rerun()
        _drawn(cause, run, seen)

    fragment()


def _drawn(cause: Finding, run: Run, tried: Tried) -> None:
    if not tried.attempts:
        st.caption("No proof yet: a remedy that was tried is shown here against the network as it was.")
        return
    if tried.is_busy:
        studies.progress(study_id(run), tried.runs, f"proof-{cause.id}")
    _dots(cause, tried)
    judged = {one.number: one.made for one in tried.attempts if one.made}
    for outcome in sorted({made.outcome for made in judged.values()}, reverse=True):
        _verdict({number: made for number, made in judged.items() if made.outcome == outcome})
    if judged:
        st.caption(layout.plain(luck(list(judged.values())[-1])))
    link = {"study": study_id(run)}
    st.page_link(
        "explore/compare.py", label="All of it in Compare", icon=":material/compare_arrows:", query_params=link
    )


def _dots(cause: Finding, tried: Tried) -> None:
    arms = [compare.Arm("unchanged", tuple(loading.record(one) for one in tried.unchanged))]
    arms += [compare.Arm(f"{one.number}. {one.remedy.name}", (loading.record(one.run),)) for one in tried.attempts]
    table = compare.dots(arms)
    if len(table):
        is_share = all(record.is_classification for arm in arms for record in arm.records)
        seen = [arm for arm in arms if (table["arm"] == arm.name).any()]
        chart = charts.dots(table, [arm.name for arm in seen], compare.guessing(seen), is_share, MOST_LINES)
        layout.chart(chart, "Validation score of every seed, before and after", f"proof-{cause.id}")


def _verdict(judged: Mapping[int, Proof]) -> None:
    """What the remedies of one outcome came to, by their numbers."""
    made = list(judged.values())
    said = headline(made)
    with st.container(gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if made[0].is_gone:
                st.badge("symptom gone", icon=":material/check:", color="green")
            else:
                st.badge("symptom still there", icon=":material/close:", color="red")
            if made[0].new:
                st.badge("a new symptom", icon=":material/warning:", color="red")
            st.markdown(f"after {listed([str(number) for number in judged])}", width="content")
        st.markdown(layout.plain(said.text))
        if said.note:
            st.caption(layout.plain(said.note))


def _judged(cause: Finding, run: Run, unchanged: Sequence[Run]) -> Proof | None:
    """Judged once for all viewers, when everything in it is over."""
    if not all(one.is_over for one in (run, *unchanged)):
        return None
    chosen = judging.thresholds()
    name = f"{cause.id} {' '.join(one.id for one in unchanged)} {chosen.model_dump_json()}"
    made: Proof = maker("proof", run)(
        name, lambda: proof(cause, [_trained(one) for one in unchanged], _trained(run), chosen)
    )
    return made


def _keep(run: Run, remedy: Remedy) -> None:
    """Loads the changed experiment into the editor, as it was but for the remedy."""
    changed = remedy.applied(_experiment(run)).model_dump(mode="json")
    session.change({**changed, "name": f"{run.name}, {remedy.label}"[:200]})
    st.switch_page("build/train.py")


def look(cause: Finding, run: Run) -> Tried:
    """What was trained so far: the newest run of each unchanged arm, and of each remedy."""
    runs = studies.runs_of(study_id(run))
    study = remedy_study(_experiment(run), [])
    unchanged = [found for _, arm in expand(study) if (found := _newest(arm, runs)) is not None]
    attempts = []
    for number, remedy in enumerate(cause.remedies, 1):
        newest = _newest(applied(_experiment(run), {"training.replicas": study.seeds, **remedy.change}), runs)
        if newest is not None:
            attempts.append(Attempt(number, remedy, newest, _judged(cause, newest, unchanged)))
    return Tried(tuple(runs), tuple(unchanged), tuple(attempts))


def _newest(arm: Experiment, runs: Sequence[Run]) -> Run | None:
    wanted = arm.model_copy(update={"name": ""})
    return next((one for one in reversed(runs) if one.state not in LOST and _bare(one) == wanted), None)


def _bare(run: Run) -> Experiment:
    return _experiment(run).model_copy(update={"name": ""})


def _experiment(run: Run) -> Experiment:
    known, _ = parse(run.experiment)
    assert known is not None, "a stored experiment was valid when it was stored"
    return known


def _trained(run: Run) -> Trained:
    return _experiment(run), loading.record(run)


def _seconds_ahead(run: Run) -> float:
    """Of a first proof: its arms side by side with more seeds than the run may have had."""
    took = (run.seconds_per_epoch or 0.0) * run.epochs
    seeds = LEAST_SEEDS / max(1, min(LEAST_SEEDS, _experiment(run).training.replicas))
    return (took * seeds + START_S) * (UNCHANGED_ARMS + 1) / 2
