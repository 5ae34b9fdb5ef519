"""The proof of a remedy: before, after and placebo, trained as one study per run and judged. It lives in the store, so
that it is found again after a reload."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.analysis import compare
from core.analysis.proof import Proof, Trained, headline, luck, proof
from core.analysis.wording import duration
from core.charts import compare as charts
from core.diagnosis.finding import Finding, Remedy
from core.experiment import Experiment, parse
from core.refusal import Refusal
from core.running.submit import submit_study
from core.store import Run
from core.studies import LEAST_SEEDS, applied, expand, proof_name, remedy_study
from pages.shared import judging, layout, loading, session, studies, viewer
from pages.shared.making import maker

UNCHANGED_ARMS = 2
"""As it was, and as it was with other seeds."""
START_S = 1.0
"""What a run needs before its first epoch, roughly."""
LOST = ("stopped", "interrupted")
"""States of a run that proves nothing and is trained anew."""


@dataclass(frozen=True)
class Attempt:
    """A remedy that was tried: its number in the list, and the run that trained it."""

    number: int
    remedy: Remedy
    run: Run


def study_id(run: Run) -> str:
    """All proofs of one run are one study: its unchanged arms serve every remedy."""
    return f"proof-{run.id}"


def start(cause: Finding, remedy: Remedy, run: Run) -> None:
    """Queues the proof of one remedy."""
    _queue(cause, [remedy], run)


def _queue(cause: Finding, remedies: Sequence[Remedy], run: Run) -> None:
    """Queues what is still missing of the proof: the remedies, and the unchanged arms where no other proof has them."""
    try:
        study = remedy_study(_experiment(run), remedies, proof_name(run.name or "run", cause))
        there = studies.runs_of(study_id(run))
        known = [_bare(one) for one in there if one.state not in LOST]
        missing = [(label, arm) for label, arm in expand(study) if arm.model_copy(update={"name": ""}) not in known]
        if not missing:
            st.toast("This was tried already: what came of it stands beside it.", icon=":material/check:")
        submit_study(loading.store(), viewer.owner(), study_id(run), missing, study.name, len(there))
    except Refusal as refusal:
        layout.refused(refusal)


def column(cause: Finding, run: Run) -> None:
    """The third column of a finding: no proof yet, how far it is, or what was measured."""
    st.markdown("**Proof: before and after**")
    if len(_attempts(cause, run, studies.runs_of(study_id(run)))) < len(cause.remedies):
        _try_all(cause, run)
    busy = any(not one.is_over for one in studies.runs_of(study_id(run)))

    @st.fragment(run_every=loading.POLL_S if busy else None)
    def fragment() -> None:
        runs = studies.runs_of(study_id(run))
        if busy and all(one.is_over for one in runs):
            st.rerun()
        _drawn(cause, run, runs)

    fragment()


def _try_all(cause: Finding, run: Run) -> None:
    key = f"try-all-{cause.id}"
    if len(cause.remedies) > 1 and st.button("Try all of them", key=key, icon=":material/playlist_play:"):
        _queue(cause, cause.remedies, run)
        st.rerun()


def _drawn(cause: Finding, run: Run, runs: Sequence[Run]) -> None:
    unchanged, tried = _unchanged(run, runs), _attempts(cause, run, runs)
    if not tried:
        st.caption(f"No proof yet. Try runs it in about {duration(_seconds_ahead(run))}: before, after and a placebo.")
        return
    if any(not one.is_over for one in runs):
        studies.progress(study_id(run), runs, f"proof-{cause.id}")
    _dots(cause, unchanged, tried)
    judged = [one for one in tried if one.run.is_over and all(other.is_over for other in unchanged)]
    for attempt in judged:
        _verdict(run, cause, _judged(cause, unchanged, attempt), attempt)
    if judged:
        st.caption(layout.plain(luck(_judged(cause, unchanged, judged[-1]))))
    link = {"study": study_id(run)}
    st.page_link(
        "explore/compare.py", label="All of it in Compare", icon=":material/compare_arrows:", query_params=link
    )


def _dots(cause: Finding, unchanged: Sequence[Run], tried: Sequence[Attempt]) -> None:
    arms = [compare.Arm("unchanged", tuple(loading.record(one) for one in unchanged))]
    arms += [compare.Arm(f"{one.number}. {one.remedy.label}", (loading.record(one.run),)) for one in tried]
    table = compare.dots(arms)
    if len(table):
        is_share = all(record.is_classification for arm in arms for record in arm.records)
        seen = [arm for arm in arms if (table["arm"] == arm.name).any()]
        chart = charts.dots(table, [arm.name for arm in seen], compare.guessing(seen), is_share)
        layout.chart(chart, "Validation score of every seed, before and after", f"proof-{cause.id}")


def _verdict(run: Run, cause: Finding, made: Proof, attempt: Attempt) -> None:
    said = headline(made)
    with st.container(gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{attempt.number}.**", width="content")
            if made.is_gone:
                st.badge("symptom gone", icon=":material/check:", color="green")
            else:
                st.badge("symptom still there", icon=":material/close:", color="red")
            if made.new:
                st.badge("a new symptom", icon=":material/warning:", color="red")
        st.markdown(layout.plain(said.text))
        st.caption(layout.plain(said.note))
        if made.is_gone or made.is_better:
            key = f"keep-{cause.id}-{attempt.remedy.id}"
            if st.button("Keep it as a new run", key=key, icon=":material/check:"):
                _keep(run, attempt.remedy)


def _judged(cause: Finding, unchanged: Sequence[Run], attempt: Attempt) -> Proof:
    """Judged once for all viewers: everything in it is over."""
    chosen = judging.thresholds()
    name = f"{cause.id} {' '.join(one.id for one in unchanged)} {chosen.model_dump_json()}"
    made = maker("proof", attempt.run)
    return made(name, lambda: proof(cause, [_trained(one) for one in unchanged], _trained(attempt.run), chosen))


def _keep(run: Run, remedy: Remedy) -> None:
    """Loads the changed experiment into the editor, as it was but for the remedy."""
    changed = remedy.applied(_experiment(run)).model_dump(mode="json")
    session.change({**changed, "name": f"{run.name}, {remedy.label}"[:200]})
    st.switch_page("build/train.py")


def _unchanged(run: Run, runs: Sequence[Run]) -> list[Run]:
    """The newest run of each unchanged arm."""
    arms = [arm for _, arm in expand(remedy_study(_experiment(run), []))]
    return [found for arm in arms if (found := _newest(arm, runs)) is not None]


def _attempts(cause: Finding, run: Run, runs: Sequence[Run]) -> list[Attempt]:
    seeds = remedy_study(_experiment(run), []).seeds
    found = []
    for number, remedy in enumerate(cause.remedies, 1):
        arm = applied(_experiment(run), {"training.replicas": seeds, **remedy.change})
        newest = _newest(arm, runs)
        if newest is not None:
            found.append(Attempt(number, remedy, newest))
    return found


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
