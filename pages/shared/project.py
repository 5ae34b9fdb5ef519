"""A first project, start to end: five steps on a small table of vehicles, each taken on the ordinary pages, and then
the reader's own table. What a step says about the reader's runs is read from the store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import streamlit as st

from core.analysis.wording import Headline, percent, plural
from core.choices.defaults import default_experiment
from core.choices.tables import Vehicles
from core.running.export import to_csv
from core.store import Run
from pages.shared import layout, loading, session

NAME = "Vehicles"
"""How the runs of this project are called, at the beginning."""
LOOKED_AT = 200
"""Newest runs among which the project's are looked for."""
STEPS = ("Gather", "Prepare", "Train", "Evaluate", "Improve")


@dataclass(frozen=True)
class Progress:
    """How far the reader is: whether the draft is about vehicles, and the finished runs on them, newest first."""

    is_drafted: bool
    runs: tuple[Run, ...]

    @property
    def done(self) -> int:
        """Steps that are behind: a run means that there was something to train on, a second that the first was looked
        at."""
        if not self.runs:
            return 2 if self.is_drafted else 0
        return 5 if len(self.runs) > 1 else 3


def headline() -> Headline:
    """What the reader is about to do, or how far it has come."""
    done = progress().done
    after = ", from rows to a network that is judged honestly."
    if not done:
        return Headline(
            "Which type of vehicle is it? ", "Five steps", after, "", "No knowledge needed; about ten minutes."
        )
    if done == len(STEPS):
        return Headline("All five steps are done: ", "now yours", ".", "green", "Bring a table of your own below.")
    return Headline(
        "Which type of vehicle is it? ",
        f"{plural(done, 'step')} of five done",
        ".",
        "blue",
        f"Next: {STEPS[done].lower()}.",
    )


def progress() -> Progress:
    """Read from the draft and the store."""
    mine = [run for run in loading.recent_runs(LOOKED_AT) if run.name.startswith(NAME) and run.state == "finished"]
    return Progress(session.draft()["data"]["kind"] == "vehicles", tuple(mine))


def draw() -> None:
    """The five steps, the next one open, and the way on."""
    now = progress()
    bodies: Sequence[Callable[[Progress], None]] = (_gather, _prepare, _train, _evaluate, _improve)
    for number, (title, body) in enumerate(zip(STEPS, bodies, strict=True)):
        is_done = number < now.done
        icon = ":material/check_circle:" if is_done else ":material/radio_button_unchecked:"
        with st.expander(
            f"**{number + 1}. {title}**",
            number == min(now.done, len(STEPS) - 1),
            icon=icon,
            key=f"project-{number}-{now.done}",
        ):
            body(now)
    _yours()


def _gather(_now: Progress) -> None:
    st.markdown(
        "A network learns from examples. Ours are 400 vehicles: each was weighed, with the goods it carried, and "
        "somebody "
        "wrote down what it was. The question: **from weight and goods, is it a car, a van or a lorry?** Vehicles of "
        "one "
        "type differ, and types overlap, so no answer will be right every time."
    )
    with st.container(horizontal=True):
        if st.button("Take the vehicles", icon=":material/local_shipping:", type="primary", key="project-take"):
            _draft()
            st.switch_page("build/data.py")
        st.download_button(
            "The same as CSV",
            lambda: to_csv(pa.table(Vehicles().load().table.data)),
            "vehicles.csv",
            "text/csv",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )


def _prepare(now: Progress) -> None:
    st.markdown(
        "Look at the rows before anything else: on **Data** each type has its colour. Then two decisions, both made "
        "already and open to change there. **Scale**: weights run to thousands of kilograms, and a network wants "
        "numbers "
        "around 0. **Split**: 60 % of the rows train, 20 % validate while it learns, and 20 % are kept for the end."
    )
    _link("build/data.py", "Look at the rows on Data", ":material/table_chart:")
    _needs_draft(now, "prepare")


def _train(now: Progress) -> None:
    st.markdown(
        "A network of two small layers is proposed. Press **Train** there and watch: the loss on rows it trains on in "
        "blue, on rows that it never trains on in orange. Both should fall."
    )
    _link("build/network.py", "See the network first", ":material/account_tree:")
    _link("build/train.py", "Go to Train", ":material/play_circle:")
    _needs_draft(now, "train")


def _evaluate(now: Progress) -> None:
    st.markdown(
        "One number is not enough. Is it better than a guess, and than a straight line? Which types does it take for "
        "each "
        "other? Is it as right as it is sure? The last 20 % of the rows answer once, at the end."
    )
    if not now.runs:
        st.caption("Train first: this step reads your run.")
        return
    run = loading.run(now.runs[0].id)
    if run is None:
        return
    st.markdown(f"**{layout.plain(_said(run))}**")
    for page, words, icon in (
        ("curves", "Curves: learning or memorising?", "show_chart"),
        ("outputs", "Outputs: which types does it confuse?", "target"),
        ("findings", "Findings: is anything wrong?", "stethoscope"),
    ):
        link = {"run": run.id}
        st.page_link(f"diagnose/{page}.py", label=words, icon=f":material/{icon}:", query_params=link)


def _said(run: Run) -> str:
    """The newest run's score beside what it must beat."""
    record, summary = loading.record(run), run.summary or {}
    scores = {part: (summary.get(f"{part}_score") or {}).get("median") for part in ("validation", "test")}
    guess, line = record.baseline("guess", "score"), record.baseline("linear", "score")
    if scores["validation"] is None:
        return "It has no score yet."
    said = f"{percent(scores['validation'])} of the validation rows are right"
    others = [
        f"{percent(value)} by {name}"
        for value, name in ((guess, "guessing"), (line, "a straight line"))
        if value is not None
    ]
    said += f", against {' and '.join(others)}" if others else ""
    return said + (f"; of the test rows {percent(scores['test'])}." if scores["test"] is not None else ".")


def _improve(now: Progress) -> None:
    st.markdown(
        "Change **one** thing at a time and keep what helps on the validation rows: another width, another rate, fewer "
        "rows to see what more rows would bring. On **Compare** a study does it with three seeds each, for a "
        "difference "
        "smaller than the seeds' is luck."
    )
    if len(now.runs) > 1:
        _compare(now.runs)
    link = {"run": now.runs[0].id} if now.runs else {}
    st.page_link(
        "explore/compare.py", label="Run a study on Compare", icon=":material/compare_arrows:", query_params=link
    )
    if st.button("Draft a wider network", icon=":material/edit:", key="project-wider", type="tertiary"):
        _draft({"network.layers.*.units": 64}, ", wider")
        st.switch_page("build/train.py")


def _compare(runs: Sequence[Run]) -> None:
    scores = [((run.summary or {}).get("validation_score") or {}).get("median") for run in runs]
    known = [score for score in scores if score is not None]
    if known:
        best, first = max(known), known[-1]
        st.markdown(f"**Your first try had {percent(first)} right, your best of {len(runs)} has {percent(best)}.**")
        link = {"runs": ",".join(run.id for run in runs[:6]), "study": "runs"}
        st.page_link(
            "explore/compare.py", label="Your tries side by side", icon=":material/leaderboard:", query_params=link
        )


def _yours() -> None:
    with layout.card(
        "Now yours", "the same five steps with a CSV file of your own: one row per example, one column to predict"
    ):
        link = {"rows": "own"}
        st.page_link("build/data.py", label="Upload a table", icon=":material/upload_file:", query_params=link)


def _draft(changes: dict[str, object] | None = None, name: str = "") -> None:
    """Drafts the project's experiment."""
    from core.studies import applied

    experiment = applied(default_experiment(Vehicles()), {"name": f"{NAME}{name}", **(changes or {})})
    session.change(experiment.model_dump(mode="json"))


def _needs_draft(now: Progress, step: str) -> None:
    """Where something else is being drafted, a button that drafts vehicles again."""
    if not now.is_drafted:
        st.caption("Another table is drafted at present.")
        key = f"project-draft-{step}"
        st.button("Draft the vehicles", icon=":material/local_shipping:", key=key, on_click=_draft)


def _link(page: str, label: str, icon: str) -> None:
    st.page_link(page, label=label, icon=icon)
