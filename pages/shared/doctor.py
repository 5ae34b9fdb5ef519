"""The Findings page's parts: a verdict, a card per cause, what follows from it, what to watch, what is clear."""

from functools import partial
from typing import Any

import streamlit as st

from core.analysis import awake
from core.analysis import evidence as numbers
from core.analysis.evidence import Picture
from core.analysis.progress import progress
from core.analysis.record import Record
from core.analysis.wording import NOT_A_NUMBER, Headline, epoch_name, percent, ratio
from core.charts import evidence as charts
from core.diagnosis.diagnose import Diagnosis
from core.diagnosis.finding import Finding
from core.diagnosis.words import layers as in_words
from core.store import Run
from pages.shared import layout, proof, remedies
from pages.shared.making import maker

SEVERITIES = {
    "blocks": ("Blocks learning", "error", "red"),
    "costs": ("Costs accuracy", "trending_down", "red"),
    "consequence": ("Consequence", "subdirectory_arrow_right", "red"),
    "watch": ("Watch", "visibility", "gray"),
}


def headline(found: Diagnosis) -> Headline:
    """The verdict as the page's sentence."""
    before, colon, after = found.verdict.partition(": ")
    follow = len(found.findings) - len(found.causes)
    counts = [f"{len(found.causes)} cause{'s' if len(found.causes) != 1 else ''}"] * bool(found.causes)
    verb, whom = "follows" if follow == 1 else "follow", "it" if len(found.causes) == 1 else "them"
    counts += [f"{follow} {verb} from {whom}"] * bool(follow)
    counts += [f"{len(found.watch)} to watch"] * bool(found.watch)
    counts += [f"{len(found.clear)} checks are clear"]
    if found.causes:
        return Headline(f"{before}{colon}", after.rstrip("."), ".", "red", " · ".join(counts))
    if found.watch:
        titles = " and ".join(one.title[:1].lower() + one.title[1:] for one in found.watch[:2])
        return Headline("To watch: ", titles, ".", "gray", " · ".join(counts))
    next_ = "Change one thing and compare, or see in Representation what its layers make of the rows."
    return Headline("", before, f"{colon}{after}", "green", " · ".join(counts[:-1]) or next_)


def cause_card(cause: Finding, found: Diagnosis, run: Run, record: Record) -> None:
    """A cause with its evidence and remedies; below it what follows from it, without remedies of its own."""
    with st.container(border=True, key=f"finding-{cause.id}"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
            _title(cause, record)
            st.page_link(
                _place(cause.page), label=f"See it in {cause.page.capitalize()}", icon=":material/query_stats:"
            )
        left, middle, right = st.columns([4, 4, 5], gap="medium")
        tried = proof.look(cause, run)
        with left:
            st.markdown("**Evidence**")
            _picture(cause, run, record)
            st.markdown(layout.plain(cause.message))
            st.caption(_numbers(cause))
        with middle:
            st.markdown("**Try, in this order**" if cause.remedies else "**No remedy of its own**")
            remedies.offer(cause, run, button=partial(proof.button, tried), price=partial(proof.price, tried))
            proof.try_all(cause, run, tried)
        with right:
            proof.column(cause, run, tried)
    followers = found.consequences(cause.id)
    if not followers:
        return
    st.subheader(f"What follows from “{cause.title}”", anchor=False)
    with st.grid(3 if len(followers) % 3 == 0 else 2, min_column_width=280):
        for consequence in followers:
            with st.container(border=True, key=f"consequence-{consequence.id}", gap="small", height="stretch"):
                _title(consequence, record)
                st.markdown(layout.plain(consequence.message))
                st.caption("Will probably go when its cause goes. No remedy of its own.")


def signs(run: Run, record: Record) -> None:
    """The four vital signs as small pictures; below the causes, where there are any, for each shows its own."""
    made = maker("findings", run)
    ran_away = made("ran away", lambda: awake.first_broken(record))
    with st.grid(4, min_column_width=180):
        for place, picture in enumerate(made("signs", lambda: numbers.vital_signs(record))):
            if not len(picture.table) and ran_away is None:
                continue
            with st.container(border=True, gap="xsmall"):
                st.markdown(f"**{picture.title}**")
                if len(picture.table):
                    figure = made(f"sign-{place}", partial(_drawn, picture, 130, ""))
                    layout.chart(figure, picture.title, f"sign-{place}")
                elif ran_away is not None:
                    st.markdown(f":red[✕ {NOT_A_NUMBER}]")
                    st.caption(f"since {epoch_name(ran_away[0])}")


def _picture(finding: Finding, run: Run, record: Record) -> None:
    """What the rule looked at, with its threshold."""
    made = maker("findings", run)
    name = f"evidence-{finding.id}"
    picture = made(f"{name}-{finding.threshold}", lambda: numbers.evidence(finding, record))
    if picture is not None:
        layout.chart(made(f"chart-{name}-{finding.threshold}", lambda: _drawn(picture)), finding.title, name)


def _drawn(picture: Picture, height: int = 240, title: str | None = None) -> Any:
    words = f"rule fires {picture.fires}" if picture.unit != "guessing" else "guessing"
    return charts.evidence(
        picture.table,
        picture.form,
        picture.title if title is None else title,
        is_log=picture.is_log,
        limit=picture.limit,
        limit_words=words,
        mark=picture.mark,
        band=picture.band,
        is_share=picture.unit == "share",
        is_ratio=picture.title.startswith(("gradient ÷", "gradient by step")) or picture.unit == "of output",
        last=picture.last,
        height=height,
    )


def unsaid(found: Diagnosis, record: Record) -> None:
    """What Curves says and no rule does: that validation was better before, by too little for a finding."""
    seen = progress(record)
    is_said = any(finding.id == "overfitting" for finding in (*found.findings, *found.watch))
    if seen.is_overfitting and not is_said and seen.guess_loss and seen.best_epoch is not None:
        rise = percent((seen.validation_loss - seen.best_loss) / seen.guess_loss)
        st.markdown(
            f"The validation loss was lowest at {epoch_name(seen.best_epoch)} and has risen since by {rise} of that of "
            "a guess: not enough for a finding. Curves shows it."
        )


def watch(found: Diagnosis, record: Record) -> None:
    """What is not a finding yet."""
    if found.watch:
        st.subheader("To watch", anchor=False)
        for finding in found.watch:
            with st.container(border=True):
                _title(finding, record)
                st.markdown(f":gray[{layout.plain(finding.message)}]")


def clear(found: Diagnosis) -> None:
    """The checks that found nothing, folded."""
    with st.expander(f"{len(found.clear)} checks are clear", icon=":material/check_circle:"):
        st.markdown(", ".join(name.replace("_", " ") for name in found.clear))
        if found.unjudged:
            st.caption("Not judged, for lack of evidence: " + ", ".join(n.replace("_", " ") for n in found.unjudged))


def _title(finding: Finding, record: Record) -> None:
    """How bad it is, its name, where and since when; of the newest epoch nobody can say yet that it is so "since"."""
    is_milder = finding.severity == "blocks" and progress(record).has_learned
    word, icon, colour = SEVERITIES["costs" if is_milder else finding.severity]
    newest = record.latest
    where = [] if not finding.layers else [in_words(finding.layers)]
    when = "at" if finding.epoch == newest else "since"
    since = [] if finding.epoch is None else [f"{when} epoch {finding.epoch:,}"]
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        st.badge(word, icon=f":material/{icon}:", color=colour)
        st.markdown(f"**{finding.title}**", width="content")
        st.caption(" · ".join([*where, *since]))


def _numbers(finding: Finding) -> str:
    said = partial(percent, digits=1) if finding.unit == "share" else ratio
    parts = []
    if finding.value is not None and finding.measured:
        parts.append(f"{finding.measured}: {said(finding.value)}")
    if finding.threshold is not None:
        parts.append(f"threshold {said(finding.threshold)}")
    text = ", ".join(parts)
    source = finding.source[:1].upper() + finding.source[1:]
    return layout.plain(". ".join(filter(None, [text, source])))


def _place(page: str) -> str:
    return "build/data.py" if page == "data" else f"diagnose/{page}.py"
