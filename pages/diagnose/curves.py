"""Curves: is it learning, or memorising?"""

import pandas as pd
import streamlit as st

from core.analysis import curves as numbers
from core.analysis import lines
from core.analysis.progress import Progress, progress
from core.analysis.record import Record
from core.analysis.wording import loss
from core.charts import curves as charts
from core.store import Run
from pages.shared import layout, loading, pretraining
from pages.shared.columns import named
from pages.shared.making import Made, maker


def draw(run: Run, record: Record) -> None:
    """Loss and score of both splits, the gap between them, and what happened on the way."""
    made = maker("curves", run)
    headline = made("headline", lambda: numbers.headline(record))
    layout.sentence(headline)
    layout.ended(run)
    layout.vitals(made("vitals", lambda: numbers.vitals(record)))
    _losses(run, record, made, headline.text)
    left, right = st.columns(2, gap="medium")
    title = "Accuracy" if record.is_classification else "Explained variance, R²"
    with left, layout.card(title, numbers.test_sentence(record) or numbers.split_sizes(record), SCORE):
        layout.chart(made("score", lambda: charts.score(lines.scores(record))), f"{title} over epochs", key="score")
    with right, layout.card("Gap between the two losses", "validation minus training", GAP):
        layout.chart(made("gap", lambda: _gap(record)), "Gap between validation and training loss", key="gap")
    happened = made("events", lambda: numbers.events(record))
    _changes(record, made, happened)
    if pretraining.was(record):
        pretraining.card(run, record)
    layout.numbers(lambda: {"By epoch": numbers.numbers(record), "Events": happened}, run)


def _losses(run: Run, record: Record, made: Made, says: str) -> None:
    with layout.switched_card("Loss on data it learns from and on data it does not", numbers.caption(record)) as end:
        log = end.toggle("Log scale", key="log-loss", bind="query-params", help="Shows what happens near zero")
        figure = made(f"loss {log}", lambda: charts.loss(lines.losses(record), log=log))
        layout.chart(figure, says, key="loss")
        guess = f" ({loss(record.guess_loss)})" if record.guess_loss else ""
        layout.explain(
            "Both lines fall while the network learns what holds for all rows. When they part, it learns only what "
            "holds for the training rows.",
            f"The two lines stay close to each other and end together, well under what a guess scores{guess}.",
            layout.advice(run, record, "curves", _otherwise(progress(record))),
        )


def _changes(record: Record, made: Made, happened: pd.DataFrame) -> None:
    """The learning rate and what happened to the run; nothing where nothing changed."""
    rates = made("rates", lambda: numbers.rates(record))
    if not len(happened) and rates["median"].nunique() < 2:
        return
    with layout.card("What changed on the way", "learning rate, and what happened to the run"):
        rate = made("rate", lambda: charts.learning_rate(rates, record.span, numbers.marks(record)))
        layout.chart(rate, "Learning rate over epochs", key="rate")
        if len(happened):
            shown = happened[["epoch", "step", "seed", "words"]].dropna(axis="columns", how="all")
            st.dataframe(shown, hide_index=True, column_config=named(shown, words="What happened"))


def _gap(record: Record) -> charts.Chart:
    healthy = numbers.healthy_gap(record)
    return charts.gap(numbers.gap(record), healthy, record.span, numbers.gap_domain(record))


OVERFITS = "Stop at the best epoch, add weight decay or dropout, or bring more rows."


def _otherwise(seen: Progress) -> str:
    """What to try where no rule has found anything."""
    if seen.diverged_at is not None:
        return RAN_AWAY
    return LEARNS if seen.is_still_learning else OVERFITS


LEARNS = "Train for more epochs, or at a somewhat higher learning rate: nothing speaks against it yet."
RAN_AWAY = "Lower the learning rate, warm it up, or clip the gradient."
SCORE = (
    "Share of the rows answered right (for a regression R²: 1 is perfect, 0 is no better than the mean). Dashed: what "
    "a guess and a linear model reach on the same rows. The test rows are scored once, at the end."
)
GAP = (
    "Near zero while the network learns what holds for all rows. The green band is a tenth of a guess's loss. A gap "
    "that grows is memorising."
)

run = layout.strip()
if run is None:
    layout.no_run("This page compares the loss on training rows with the loss on rows the network never saw.")
else:
    layout.live(run, draw, loading.DIAGNOSE_S)
