"""One lesson, opened: why, the verdict with its numbers, the picture that makes the point, where to look, and how to
run it again or change it."""

from collections.abc import Callable, Sequence
from datetime import datetime

import streamlit as st

from core.analysis import compare, lines
from core.analysis.compare import Arm
from core.analysis.wording import duration
from core.charts import compare as charts
from core.charts import curves
from core.charts import lessons as checked
from core.charts.ready import Ready
from core.lessons.lesson import Lesson, Outcome
from core.lessons.picture import drawn
from core.store import Run
from core.studies import expand
from pages.shared import layout, loading, session, studies

Start = Callable[[Lesson, int], None]
MOST_SEED = 1_000_000
BADGES = {
    "proved": ("green", ":material/check:"),
    "refuted": ("red", ":material/close:"),
    "undecided": ("gray", ":material/help:"),
}
CAPTIONS = {
    "checks": "Green: what the claim wants. One dot per seed; a red cross is on the wrong side.",
    "profiles": "Gradient by layer, relative to the output layer; median of the seeds.",
    "splits": "Line: median seed; band: lowest to highest.",
}
SIGNS = "●■▲◆"
"""Shapes of the first arms, as the chart of profiles draws them."""
BANDS = "Line: median seed; band: lowest to highest seed."


def judged(lesson: Lesson, runs: Sequence[Run]) -> Outcome:
    """What the records of these runs, the arms in order, say about the claim."""
    return lesson.judged({name: loading.record(run) for name, run in _named(lesson, runs)})


def draw(lesson: Lesson, brief: Sequence[Run], outcome: Outcome | None, start: Start) -> None:
    """Everything about a lesson. brief: the runs of its newest study; none before the first."""
    runs = [run for one in brief if (run := loading.run(one.id)) is not None]
    left, right = st.columns([5, 6], gap="large")
    with left:
        st.markdown(layout.plain(lesson.why))
        st.caption(layout.plain(f"Source: {lesson.source}"))
        if runs:
            _came_of_it(lesson, runs, outcome)
        _buttons(lesson, runs, start)
    with right:
        if runs:
            _picture(lesson, runs, outcome)
            _where(lesson, runs)
        else:
            _before(lesson)


def _before(lesson: Lesson) -> None:
    """What will be run, while nothing was."""
    seeds = lesson.study.seeds
    arms = ", ".join(layout.plain(arm.label) for arm in lesson.study.arms)
    st.markdown("**What is run**")
    st.caption(f"{len(lesson.study.arms)} × {seeds} seed{'s' if seeds > 1 else ''}: {arms}")
    st.markdown("**Where to look**")
    st.caption(f"{lesson.look.page.capitalize()}: {layout.plain(lesson.look.says)}.")


def _came_of_it(lesson: Lesson, runs: Sequence[Run], outcome: Outcome | None) -> None:
    if any(not run.is_over for run in runs):
        studies.progress(runs[0].study or "", runs, f"lesson-{lesson.id}")
        return
    if outcome is None or not outcome.checks:
        lost = next((run for run in runs if run.reason), runs[0])
        st.markdown(f":red[✕ {layout.plain(lost.reason or 'An arm ended before its first epoch.')}]")
        st.caption("Nothing is decided by runs that broke off. Run it again.")
        return
    colour, icon = BADGES[outcome.verdict]
    word = "not decided" if outcome.verdict == "undecided" else outcome.verdict
    st.badge(word, icon=icon, color=colour)
    st.markdown(f"**{layout.plain(outcome.sentence)}**")
    with st.container(gap="xsmall"):
        for check in outcome.checks:
            sign = ":green[✓]" if all(check.holds) else ":red[✕]" if not any(check.holds) else ":gray[◆]"
            st.caption(f"{sign} {layout.plain(f'{check.says}: {check.measured}, wanted {check.wanted}')}")
    when = datetime.fromtimestamp(runs[0].ended or runs[0].created)
    seed = runs[0].experiment["training"]["seed"]
    st.caption(f"Measured on this machine, seeds from {seed}, {when:%-d %B, %H:%M}.")


def _buttons(lesson: Lesson, runs: Sequence[Run], start: Start) -> None:
    refusal = st.session_state.pop("lesson-refused", None)
    if refusal is not None:
        layout.refused(refusal)
    is_busy = any(not run.is_over for run in runs)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        seed = st.number_input(
            "Seed", 0, MOST_SEED, 0, key=f"seed-{lesson.id}", width=110, help="Other weights, order and split"
        )
        said = "Run it again" if runs else f"Run it, about {duration(lesson.seconds)}"
        kind = "secondary" if runs else "primary"
        if st.button(said, icon=":material/play_arrow:", key=f"run-{lesson.id}", type=kind, disabled=is_busy):
            start(lesson, int(seed))
            st.rerun()
        if st.button("Change it", icon=":material/edit:", key=f"change-{lesson.id}", type="tertiary"):
            _change(lesson)


def _change(lesson: Lesson) -> None:
    """Takes the arm that is looked at to the editor."""
    experiment = dict(expand(lesson.study))[lesson.look.arm].model_dump(mode="json")
    session.change({**experiment, "name": f"{lesson.name}, changed"})
    st.switch_page("build/network.py")


def _picture(lesson: Lesson, runs: Sequence[Run], outcome: Outcome | None) -> None:
    """The arms in one small chart."""
    arms = [Arm(name, (loading.record(run),)) for name, run in _named(lesson, runs)]
    arms = [arm for arm in arms if arm.records[0].epochs]
    if not arms or (lesson.picture == "checks" and (outcome is None or not outcome.checks)):
        st.skeleton(height=220)
        st.caption("The picture appears when every arm has been measured.")
        return
    layout.chart(_chart(lesson, arms, outcome), lesson.claim, f"lesson-{lesson.id}")
    key = "   ".join(f"{sign} {arm.name}" for sign, arm in zip(SIGNS, arms, strict=False))
    said = CAPTIONS.get(lesson.picture, BANDS)
    st.caption(layout.plain(f"{key}. {said}" if lesson.picture == "profiles" else said))


def _chart(lesson: Lesson, arms: Sequence[Arm], outcome: Outcome | None) -> Ready | object:
    names = [arm.name for arm in arms]
    if lesson.picture == "checks":
        assert outcome is not None
        return checked.checks(*drawn(outcome.checks))
    if lesson.picture == "profiles":
        return charts.profiles(compare.profiles(arms, lesson.look.epoch), names, height=260)
    if lesson.picture == "splits":
        return curves.loss(lines.losses(arms[0].records[0]), height=260)
    table, planned = compare.curves(arms, lesson.picture), compare.planned(arms)
    title = lesson.picture.replace("_score", " accuracy").replace("train", "training").replace("_", " ")
    if lesson.picture.endswith("loss"):
        return charts.losses(table, names, planned, height=260, title=title)
    is_share = all(arm.records[0].is_classification for arm in arms)
    title = title if is_share else title.replace("accuracy", "R²")
    return charts.curves(table, names, planned, compare.guessing(arms), is_share, height=260, title=title)


def _where(lesson: Lesson, runs: Sequence[Run]) -> None:
    """Where to look on the ordinary pages, with links that have the run, the layer and the epoch in their address."""
    look = lesson.look
    run = dict(_named(lesson, runs)).get(look.arm)
    at = {"layer": look.layer, "epoch": look.epoch}
    marked = [f"{name} {number}" for name, number in at.items() if number is not None]
    st.markdown("**Where to look**")
    st.caption(layout.plain(f"{look.says}: {', '.join([look.arm, *marked])}"))
    with st.container(horizontal=True, gap="medium"):
        if run is not None:
            place = {"run": run.id, **{name: str(number) for name, number in at.items() if number is not None}}
            is_live = not run.is_over and look.page == "curves"
            page = "build/train.py" if is_live else f"diagnose/{look.page}.py"
            title = "Watch it train" if is_live else look.page.capitalize()
            st.page_link(page, label=title, icon=":material/query_stats:", query_params=place)
        if len(runs) > 1:
            link = {"study": runs[0].study or ""}
            icon = ":material/compare_arrows:"
            st.page_link("explore/compare.py", label="All arms in Compare", icon=icon, query_params=link)


def _named(lesson: Lesson, runs: Sequence[Run]) -> list[tuple[str, Run]]:
    """The runs with the labels of their arms."""
    labels = [arm.label for arm in lesson.study.arms]
    return [(labels[run.position], run) for run in runs if run.position is not None and run.position < len(labels)]
