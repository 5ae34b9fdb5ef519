"""The Outputs page of a regression: predicted against true, and what is left over."""

import streamlit as st

from core.analysis import residuals as numbers
from core.analysis.answers import Answers, History
from core.analysis.record import Record
from core.charts import residuals as charts
from core.charts.names import safe_name
from core.charts.pieces import Chart
from core.store import Run
from pages.shared import layout
from pages.shared.making import Made

MOST_BUTTONS = 5
"""Targets that are picked by a button each; of more, from a list (our choice: what a phone holds)."""


def looked_at(run: Run, record: Record) -> int:
    """Number of the target whose answers are looked at: 0 where there is one."""
    return _targets(record).index(st.session_state.get(_key(run), _targets(record)[0]))


def draw(run: Run, record: Record, seen: History, made: Made, value: int) -> None:
    """The cloud of answers, the errors by size and by number, and how they shrank. seen: of the target `value`."""
    targets = _targets(record)
    if len(targets) > 1:
        _picker(run, targets)
    now, target = seen.at(), safe_name(targets[value])
    with layout.card("Predicted against true", "one point per validation row; the line is a perfect answer"):
        predicted = made(f"predicted {value}", lambda: _predicted(seen, target, record.span))
        layout.chart(predicted, "Predicted against true values", key="predicted")
        layout.explain(
            "On the line the answer is exact; above it, too high. Drag the epoch to see the cloud find the line.",
            "A narrow cloud along the line, alike at both ends.",
            layout.advice(run, record, "outputs", REMEDIES),
        )
    left, right = st.columns(2, gap="medium")
    with left, layout.card("Errors by size of the prediction", "predicted minus true, in the target's own unit", BANDS):
        by_size = made(f"by prediction {value}", lambda: _by_prediction(now, target))
        layout.chart(by_size, "Residuals by prediction", key="residuals")
    with right, layout.card("How the errors are spread", "validation rows by error, in the target's own unit"):
        spread = made(f"distribution {value}", lambda: _distribution(now, target))
        layout.chart(spread, "Distribution of residuals", key="distribution")
    with layout.card("Errors through training", "predicted minus true: median, half of the rows, nine tenths of them"):
        through = made(f"spread {value}", lambda: _through(seen, record.span))
        layout.chart(through, "Spread of the errors over epochs", key="error-spread")
    layout.numbers(lambda: {"Residuals": numbers.residuals(now)}, run)


def _targets(record: Record) -> list[str]:
    return [str(name) for name in record.meta.get("targets") or ["target"]]


def _picker(run: Run, targets: list[str]) -> None:
    """Which target is looked at."""
    if len(targets) > MOST_BUTTONS:
        st.selectbox("Target", targets, key=_key(run), format_func=layout.plain, width=320)
    else:
        start = targets[0]
        st.segmented_control("Target", targets, default=start, key=_key(run), format_func=layout.plain, required=True)


def _key(run: Run) -> str:
    return f"target-{run.id}"


def _predicted(seen: History, target: str, planned: int) -> Chart:
    reach = float(seen.targets[:, 0].min()), float(seen.targets[:, 0].max())
    return charts.predicted(numbers.by_epoch(seen), target, reach, planned)


def _by_prediction(now: Answers, target: str) -> Chart:
    return charts.by_prediction(numbers.residuals(now), numbers.by_prediction(now), target, height=270)


def _distribution(now: Answers, target: str) -> Chart:
    return charts.distribution(numbers.distribution(now), numbers.errors(now).half_within, target, height=270)


def _through(seen: History, planned: int) -> Chart:
    table = numbers.spread_over_epochs(seen)
    reach = float(table.drop(columns="epoch").abs().max().max()) if len(table) else 1.0
    return charts.spread(table, planned, reach)


REMEDIES = "A bend asks for a wider or deeper network; a funnel for another scale of the target."
BANDS = (
    "Rows are gathered by the size of their prediction; the line is the median error of a group, the dark box half of "
    "its rows, the light one nine tenths. A line off zero is a bias; boxes that grow to the right are a funnel."
)
