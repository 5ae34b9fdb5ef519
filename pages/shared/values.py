"""The Outputs page of a regression: predicted against true, and what is left over."""

import streamlit as st

from core.analysis import residuals as numbers
from core.analysis.answers import Answers, History
from core.analysis.record import Record
from core.charts import residuals as charts
from core.charts.names import safe_name
from core.charts.pieces import Chart
from core.store import Run
from pages.shared import layout, targets
from pages.shared.making import Made


def draw(run: Run, record: Record, seen: History, made: Made, value: int) -> None:
    """The cloud of answers of the target `value`, the errors by size and by number, and how they shrank; of several
    targets first which is answered how well."""
    named = targets.names(record)
    if len(named) > 1:
        _by_target(record, seen, made, named)
        targets.picker(run, record)
    seen = seen.of(value)
    now, target = seen.at(), safe_name(named[value])
    with layout.card("Predicted against true", "one point per validation row; the line is a perfect answer"):
        predicted = made(f"predicted {value}", lambda: _predicted(seen, target, record.reach))
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
        through = made(f"spread {value}", lambda: _through(seen, record.reach))
        layout.chart(through, "Spread of the errors over epochs", key="error-spread")
    layout.numbers(lambda: {"Residuals": numbers.residuals(now)}, run)


def _by_target(record: Record, seen: History, made: Made, named: list[str]) -> None:
    """Which of several targets is answered how well: by step of the sequence where every step is asked."""
    steps = int(record.meta.get("asked_steps") or 0)
    is_steps = steps == len(named)
    title = "Error by step" if is_steps else "Error by target"
    with layout.card(
        title, "typical error as a share of a guess's; drag the epoch", BY_STEP if is_steps else BY_TARGET
    ):
        table = numbers.by_target(seen, [safe_name(name) for name in named])
        if not len(table):
            st.caption("No target varies among the validation rows.")
            return
        figure = made("by target", lambda: charts.by_target(table, is_steps, record.reach))
        layout.chart(figure, title, key="by-target")


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
BY_STEP = (
    "0 is a perfect answer, 1 as good as always saying the mean. The first steps have seen little and answer badly; "
    "where the line levels off, more of the past helps no more."
)
BY_TARGET = "0 is a perfect answer, 1 as good as always saying the mean. The score is 1 − its square, on average."
BANDS = (
    "Rows are gathered by the size of their prediction; the line is the median error of a group, the dark box half of "
    "its rows, the light one nine tenths. A line off zero is a bias; boxes that grow to the right are a funnel."
)
