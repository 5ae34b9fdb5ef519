"""Arms side by side: the sentence, a dot per seed, the table of what differs, curves and the gradient by layer."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from core.analysis import compare, coordinates, paired, sweep, through
from core.analysis.compare import Arm
from core.analysis.wording import Headline
from core.charts import compare as charts
from core.charts import parallel
from core.charts import sweep as sweeps
from core.store import Run
from core.studies import PLACEBO, UNCHANGED
from pages.shared import layout, studies

SHADE = "background-color: rgba(224, 122, 30, 0.18)"
"""Behind a choice that differs from the first arm's; readable in both modes."""
LETTER, AROUND = 7, 20
"""Pixels of a letter of a table, and of the room around a cell's words."""
DOTS = "One dot per seed at its own best epoch; the thick line goes from the lowest to the highest, the median is bold."


def draw(runs: Sequence[Run]) -> None:
    """Everything about these arms."""
    arms = _without_seeds(studies.arms(runs))
    seen = [arm for arm in arms if any(record.epochs for record in arm.records)]
    layout.sentence(_headline(runs, arms, seen))
    _table(arms, seen)
    if not seen:
        st.skeleton(height=380)
        return
    _sweep(seen)
    left, right = st.columns([7, 5])
    with left:
        _curves(seen)
    with right, layout.card("Why: gradient by layer", "relative to the output layer, median of seeds, newest epoch"):
        chart = charts.profiles(compare.profiles(seen), [arm.name for arm in seen])
        layout.chart(chart, "Gradient by layer of each arm", "compare-profiles")
    _parallel(seen)
    _scores(seen)
    _through_time(seen)
    with layout.card("Loss", "validation loss through training: line = median seed, band = lowest to highest"):
        table = compare.curves(seen, "validation_loss")
        chart = charts.losses(table, [arm.name for arm in seen], compare.planned(seen))
        layout.chart(chart, "Validation loss of each arm", "compare-losses")


def _without_seeds(arms: Sequence[Arm]) -> list[Arm]:
    """The arms without their seeds, where only the unchanged ones with new seeds differ in them: their name says so."""
    if len({arm.changes.get("Seed") for arm in arms if arm.name != PLACEBO}) > 1:
        return list(arms)
    return [replace(arm, changes={k: v for k, v in arm.changes.items() if k != "Seed"}) for arm in arms]


def _through_time(seen: Sequence[Arm]) -> None:
    """Where arms read sequences: how much of the gradient comes back to the first step."""
    table = through.of_arms([(arm.name, arm.records) for arm in seen])
    if len(table):
        note = "relative to the last step; of an LSTM its cell, else the state; median of seeds, newest epoch"
        with layout.card("Gradient through time", note):
            chart = charts.profiles(table, [arm.name for arm in seen], of="step")
            layout.chart(chart, "Gradient by step of each arm", "compare-through")


def _headline(runs: Sequence[Run], arms: Sequence[Arm], seen: Sequence[Arm]) -> Headline:
    """How far it is; in the end what came of the remedies, or which arm is ahead."""
    done = sum(run.is_over for run in runs)
    if done < len(runs):
        return Headline(f"{len(arms)} arms are compared: ", f"{done} done", ".", "blue", "What follows is not final.")
    if arms[0].name == UNCHANGED:
        return compare.headline([arm for arm in seen if arm.name != PLACEBO])
    return sweep.ranking(seen)


def _sweep(seen: Sequence[Arm]) -> None:
    """Where one number was varied: the scores over it."""
    choice = sweep.varied(seen)
    if choice is None:
        return
    is_share = all(record.is_classification for arm in seen for record in arm.records)
    with layout.card(
        f"Score by {choice.lower()}", "line: median seed · band: lowest to highest seed, at their best epoch"
    ):
        layout.chart(sweeps.curve(sweep.curve(seen, choice), choice, is_share), f"Score by {choice}", "compare-sweep")


def _parallel(seen: Sequence[Arm]) -> None:
    """Where many choices vary: a line per arm over all of them."""
    choices = coordinates.varied(seen)
    if not choices:
        return
    is_share = all(record.is_classification for arm in seen for record in arm.records)
    score = "accuracy" if is_share else "R²"
    with layout.card("Every arm over its choices", "one line per arm, the best in full colour and on top"):
        table = coordinates.coordinates(seen, score)
        chart = parallel.parallel(table, [*choices, score])
        layout.chart(chart, "Arms over the choices that vary", "compare-parallel")


def _table(arms: Sequence[Arm], seen: Sequence[Arm]) -> None:
    """What was chosen otherwise, shaded, and what came of it."""
    with_scores = {arm.name for arm in seen}
    table = compare.arms_table(arms).fillna("")
    choices = [name for arm in arms for name in arm.changes]
    choices = [choice for choice in dict.fromkeys(choices) if choice in table]
    shown = table.style.apply(_shades, axis=0, subset=choices)
    # of its own a column is as wide as its first rows, and what differs comes further down
    wide = {choice: LETTER * min(30, max(map(len, [choice, *table[choice]]))) + AROUND for choice in choices}
    widths = {choice: st.column_config.Column(width=width) for choice, width in wide.items()}
    st.dataframe(shown, hide_index=True, key="compare-arms", column_config=widths)
    st.caption(
        "The arms differ in the shaded choices, counted from the first arm. Everything else is the same. "
        "Scores are the median seed's."
    )
    if len(with_scores) > 1:
        gains = paired.differences(seen)
        if len(gains):
            with st.expander(f"Seed by seed against {layout.plain(seen[0].name)}", icon=":material/difference:"):
                st.dataframe(gains, hide_index=True, key="compare-paired")
                st.caption("Both start from the same weights and see the rows in the same order, so luck cancels out.")


def _shades(column: pd.Series) -> list[str]:
    return [SHADE if value != column.iloc[0] else "" for value in column]


def _scores(seen: Sequence[Arm]) -> None:
    table = compare.dots(seen)
    is_share = all(record.is_classification for arm in seen for record in arm.records)
    with layout.card("Scores", DOTS):
        chart = charts.dots(table, [arm.name for arm in seen], compare.guessing(seen), is_share)
        layout.chart(chart, "Validation score of every seed of each arm", "compare-dots")


def _curves(seen: Sequence[Arm]) -> None:
    is_share = all(record.is_classification for arm in seen for record in arm.records)
    names = [arm.name for arm in seen]
    with layout.card("Validation score", "line: median seed · band: lowest to highest seed · named: the newest epoch"):
        chart = charts.curves(compare.curves(seen), names, compare.planned(seen), compare.guessing(seen), is_share)
        layout.chart(chart, "Validation score of each arm through training", "compare-curves")
