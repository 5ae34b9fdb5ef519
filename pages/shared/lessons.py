"""Lessons on a page: the list by chapter, each with the state of its newest study. Verdicts are judged from the records
of its runs, never kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.analysis.wording import Headline
from core.lessons import CHAPTERS, LESSONS
from core.lessons.lesson import STUDY, Lesson, Outcome, lesson_of, new_study_id
from core.refusal import Refusal
from core.running.submit import submit_study
from core.store import Run
from core.studies import expand
from pages.shared import layout, lesson_panel, loading, viewer

State = str
"""not run, running, broken (an arm failed or was stopped), proved, refuted, undecided."""
LOOKS = {
    "not run": (":material/radio_button_unchecked:", ""),
    "running": ("spinner", ":blue[running]"),
    "broken": (":material/error:", ":red[broke off]"),
    "proved": (":material/check_circle:", ":green[proved]"),
    "refuted": (":material/cancel:", ":red[refuted]"),
    "undecided": (":material/help:", ":gray[not decided]"),
}
EVERY = "All chapters"


@dataclass(frozen=True)
class Tried:
    """A lesson and the runs of its newest study, in the order of its arms; none where it was never run."""

    lesson: Lesson
    runs: tuple[Run, ...] = ()
    outcome: Outcome | None = field(default=None)

    @property
    def state(self) -> State:
        if not self.runs:
            return "not run"
        if any(not run.is_over for run in self.runs):
            return "running"
        if self.outcome is None or not self.outcome.checks:
            return "broken"
        return self.outcome.verdict


def draw(heading: DeltaGenerator) -> None:
    """The whole list; it follows lessons that are under way."""
    chosen = _chapters()
    is_busy = any(one.state == "running" for one in tried())

    @st.fragment(run_every=loading.POLL_S if is_busy else None)
    def live() -> None:
        now = {one.lesson.id: one for one in tried()}
        if is_busy and all(one.state != "running" for one in now.values()):
            st.rerun()
        for chapter in chosen:
            _chapter(chapter, [now[lesson.id] for lesson in CHAPTERS[chapter]])

    with heading:
        layout.sentence(headline(tried()))
    live()


def headline(found: Sequence[Tried]) -> Headline:
    """How many claims are settled, and how."""
    count = {state: sum(one.state == state for one in found) for state in LOOKS}
    settled = count["proved"] + count["refuted"]
    if not settled:
        return Headline(
            f"{len(found)} claims of a first course: ",
            "none is settled here yet",
            ".",
            "gray",
            "Run one: it trains a few networks and measures whether the claim holds on this machine.",
        )
    others = [
        f"{count[state]} {words}"
        for state, words in (("refuted", "refuted"), ("undecided", "not decided"))
        if count[state]
    ]
    proved = f"{count['proved']} proved"
    phrase = ", ".join([proved, *others])
    before = f"{settled + count['undecided']} of {len(found)} claims were tried here: "
    return Headline(
        before, phrase, ".", "red" if count["refuted"] else "green", "Each by runs that are still in the store."
    )


def tried() -> list[Tried]:
    """Every lesson with its newest study."""
    newest = _newest()
    return [Tried(lesson, *_judged(lesson, newest.get(lesson.id, []))) for lesson in LESSONS.values()]


def _newest() -> dict[str, list[Run]]:
    """Brief runs of the newest study of each lesson."""
    studies: dict[str, str] = {}
    found: dict[str, list[Run]] = {}
    for run in loading.store().runs(viewer.owner(), study_begins=STUDY, limit=2_000, brief=True):
        lesson = lesson_of(run.study or "")
        if lesson in LESSONS and studies.setdefault(lesson, run.study or "") == run.study:
            found.setdefault(lesson, []).append(run)
    return {lesson: sorted(runs, key=lambda run: run.position or 0) for lesson, runs in found.items()}


def _judged(lesson: Lesson, runs: Sequence[Run]) -> tuple[tuple[Run, ...], Outcome | None]:
    if not runs or any(not run.is_over for run in runs):
        return tuple(runs), None
    return tuple(runs), _outcome(lesson.id, tuple(run.id for run in runs))


@st.cache_resource(max_entries=256, show_spinner=False)
def _outcome(lesson_id: str, runs: tuple[str, ...]) -> Outcome:
    """Judged once for all viewers: the runs are over."""
    return lesson_panel.judged(LESSONS[lesson_id], [run for key in runs if (run := loading.run(key)) is not None])


def _chapters() -> list[str]:
    """The chapters to show: all, or the one that was picked."""
    _follow_link()
    names = [EVERY, *CHAPTERS]
    picked = st.selectbox("Chapter", names, key="lessons-chapter", label_visibility="collapsed", width=320)
    return [picked] if picked in CHAPTERS else list(CHAPTERS)


def _follow_link() -> None:
    """Opens the lesson of an address that was followed, and shows its chapter."""
    linked = st.query_params.get("lesson")
    if linked in LESSONS and st.session_state.get("lesson-linked") != linked:
        st.session_state["lesson-linked"] = linked
        _open().add(linked)
        for key in [key for key in st.session_state if str(key).startswith(f"lesson-{linked}-")]:
            del st.session_state[key]
        home = next(name for name, lessons in CHAPTERS.items() if any(one.id == linked for one in lessons))
        st.session_state["lessons-chapter"] = home


def _chapter(name: str, found: Sequence[Tried]) -> None:
    with st.container(gap="xsmall", key=f"chapter-{list(CHAPTERS).index(name)}"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
            st.subheader(name, anchor=False)
            left = [one.lesson for one in found if one.state == "not run"]
            if left:
                said = f"Run {'all' if len(left) == len(found) else 'the other'} {len(left)}"
                st.button(
                    said,
                    key=f"all-{name}",
                    icon=":material/playlist_play:",
                    type="tertiary",
                    on_click=_run_all,
                    args=(left,),
                )
        for one in found:
            _row(one)


def _row(one: Tried) -> None:
    """A line of the list: its state, its claim; opened, all of it."""
    icon, words = LOOKS[one.state]
    key = f"lesson-{one.lesson.id}-{one.state.replace(' ', '-')}"
    st.session_state.setdefault(key, one.lesson.id in _open())
    label = f"{layout.plain(one.lesson.claim)}" + (f"  {words}" if words else "")
    with st.expander(label, icon=icon, key=key, on_change=_toggled, args=(one.lesson.id, key)) as row:
        if row.open:
            lesson_panel.draw(one.lesson, one.runs, one.outcome, start)


def _open() -> set[str]:
    """The lessons that are open: kept apart from the rows, which are new ones to the browser when their state
    changes."""
    opened: set[str] = st.session_state.setdefault("lessons-open", set())
    return opened


def _toggled(lesson_id: str, key: str) -> None:
    """Opens or closes a lesson; the one that was opened last is in the address."""
    if st.session_state.get(key):
        _open().add(lesson_id)
        st.session_state["lesson-linked"] = st.query_params["lesson"] = lesson_id
    else:
        _open().discard(lesson_id)
        if st.query_params.get("lesson") == lesson_id:
            st.query_params.pop("lesson", None)


def start(lesson: Lesson, seed: int) -> None:
    """Queues every arm of a lesson."""
    try:
        submit_study(
            loading.store(), viewer.owner(), new_study_id(lesson.id), expand(lesson.with_seed(seed)), lesson.name
        )
    except Refusal as refusal:
        st.session_state["lesson-refused"] = refusal


def _run_all(lessons: Sequence[Lesson]) -> None:
    for lesson in lessons:
        start(lesson, 0)
