"""The Outputs page of a classification: how sure, how right, which class for which, and row by row."""

from typing import Any

import streamlit as st

from core.analysis import calibration, confusion, outputs, ranking, rows, temperature
from core.analysis.answers import Answers, History
from core.analysis.record import Record
from core.charts import between
from core.charts import calibration as calibration_charts
from core.charts import confusion as confusion_charts
from core.charts import outputs as charts
from core.charts import ranking as ranking_charts
from core.store import Run
from pages.shared import layout, loading
from pages.shared.columns import SHARE, in_percent
from pages.shared.making import Made

TABLE_HEIGHT = 240
FEW = 4
"""Up to so many classes leave room beside their confusion (our choice)."""
ROWS = 12
"""Classes in the chart of shares right by class (our choice: it is as tall as a confusion matrix)."""


def draw(run: Run, record: Record, seen: History, made: Made) -> None:
    """Main chart and its explanation, then pairs of cards, then the mistakes one by one."""
    now, names = seen.at(), list(seen.classes)
    _main(run, record, seen, made)
    _by_class(record, now, names, made)
    left, right = st.columns(2, gap="medium")
    with left:
        _one_row(record, seen, names, made)
    with right, layout.card("Right and wrong by confidence", "right answers up, wrong ones down", CONFIDENCE):
        sure = made("confidence", lambda: charts.confidence(outputs.confidence(now), height=300))
        layout.chart(sure, "Right and wrong answers by confidence", key="confidence")
    _through(record, seen, made)
    _temperature(now, len(names), made)
    if len(names) == 2:
        _ranking(now, names, made)
    if len(names) > FEW:
        _first_loss(record, made)
    _mistakes(now, names, run)


def _main(run: Run, record: Record, seen: History, made: Made) -> None:
    now, names = seen.at(), list(seen.classes)
    left, right = st.columns(2, gap="medium")
    note = "colour and shape: true class" if len(names) <= 3 else "green dot: right, red ✕: wrong"
    with left, layout.card("Every validation row between the classes", f"{note}; drag the epoch", BETWEEN):
        layout.chart(made("between", lambda: _between(seen, names, record)), "Rows between classes", key="between")
    with right, layout.card("Is it as right as it is sure?", "share right by confidence; whiskers: 95 %", RELIABILITY):
        reliable = made("reliability", lambda: _reliability(now, len(names)))
        layout.chart(reliable, "Share right against confidence", key="reliability")
    layout.explain(
        "The network gives every class a probability. Its highest one is how sure it is.",
        "Dots inside the band: of the rows answered with 80 %, about 80 % are right.",
        layout.advice(run, record, "outputs", "Too sure: stop earlier, or regularise. Too shy: train longer or wider."),
    )


def _between(seen: History, names: list[str], record: Record) -> Any:
    table = rows.scattered(seen)
    if len(names) == 3:
        return between.simplex(table, names, record.reach)
    if len(names) == 2:
        return between.line(table, names, record.reach, height=340)
    return between.top_two(table, names, len(names), record.reach)


def _reliability(now: Answers, classes: int, height: int = 390) -> Any:
    return calibration_charts.reliability(calibration.reliability(now).bins, classes, height=height)


def _by_class(record: Record, now: Answers, names: list[str], made: Made) -> None:
    left, right = st.columns(2, gap="medium")
    with left, layout.card("Which class is taken for which", "rows: true class, columns: answer", CONFUSION):
        table = made("confused", lambda: confusion_charts.confusion(confusion.confusion(now), names))
        layout.chart(table, "Confusion of classes", key="confusion")
    note = "whiskers: 95 % interval" + (f"; the {ROWS} lowest of {len(names)}" if len(names) > ROWS else "")
    with right:
        with layout.card("Share right of every class", note):
            recall = made("recall", lambda: confusion_charts.recall(confusion.per_class(now, ROWS), names))
            layout.chart(recall, "Share right by class", key="recall")
        if len(names) <= FEW:
            _first_loss(record, made)


def _one_row(record: Record, seen: History, names: list[str], made: Made) -> None:
    followed = rows.rows_to_follow(seen)
    if not followed:
        return

    def words(place: int) -> str:
        one = followed[place]
        return f"row {one.row}, truly {names[int(seen.targets[one.place])]}: {one.reason}"

    with layout.card("How one answer came about", "probabilities of one validation row through training", ONE_ROW):
        at = st.selectbox("Row", range(len(followed)), format_func=words, key="followed", label_visibility="collapsed")
        place = followed[at if at < len(followed) else 0].place
        figure = made(f"row {place}", lambda: charts.one_row(rows.one_row(seen, place), names, record.reach))
        layout.chart(figure, "Probabilities of one row over epochs", key="one-row")


def _through(record: Record, seen: History, made: Made) -> None:
    left, right = st.columns(2, gap="medium")
    with left, layout.card("How undecided it is", "entropy of the answers, right and wrong rows apart", ENTROPY):
        undecided = made("entropy", lambda: charts.entropy(outputs.entropy(record), record.reach, len(seen.classes)))
        layout.chart(undecided, "Entropy over epochs", key="entropy")
    with right, layout.card("How sure and how right, through training", "the red area is overconfidence"):
        through = made("through", lambda: calibration_charts.over_epochs(calibration.over_epochs(seen), record.reach))
        layout.chart(through, "Confidence and accuracy over epochs", key="through")


def _temperature(now: Answers, classes: int, made: Made) -> None:
    """What one number would do for its confidence, before and after."""
    found = made("tempered", lambda: temperature.tempered(now))
    if found is None or made("ece", lambda: calibration.reliability(now)).is_healthy:
        return
    said = temperature.headline(found)
    with layout.card("Before and after a temperature", said.text, TEMPERATURE):
        left, right = st.columns(2, gap="medium")
        with left:
            st.caption("As it is")
            layout.chart(made("cold", lambda: _reliability(now, classes, 260)), "Reliability as it is", key="cold")
        with right:
            st.caption("With the temperature, on rows it was not fitted on")
            after = made("warm", lambda: _reliability(found.answers, classes, 260))
            layout.chart(after, "Reliability with a temperature", key="warm")
        st.caption(said.note)


def _first_loss(record: Record, made: Made) -> None:
    first = outputs.first_loss(record)
    if first is not None:
        with layout.card("The loss before the first step", "a network without an opinion starts at ln K, a guess"):
            figure = made("first", lambda: charts.first_loss(first.losses, first.guess, None))
            layout.chart(figure, "First loss against that of a guess", key="first-loss")


def _ranking(now: Answers, names: list[str], made: Made) -> None:
    found = made("ranking", lambda: ranking.ranking(now))
    left, right = st.columns(2, gap="medium")
    with left, layout.card("ROC", f"hits against false alarms for {layout.plain(names[1])}", ROC):
        layout.chart(made("roc", lambda: ranking_charts.roc(found.roc, found.auc)), "ROC curve", key="roc")
    with right, layout.card("Precision and recall", f"for {layout.plain(names[1])}", PRECISION):
        precision = made("precision", lambda: _precision(found))
        layout.chart(precision, "Precision against recall", key="precision")


def _precision(found: ranking.Ranking) -> Any:
    return ranking_charts.precision(found.precision, found.average_precision, found.base_rate)


def _mistakes(now: Answers, names: list[str], run: Run) -> None:
    table = confusion.mistakes(now)
    with layout.card("Most confident mistakes", "validation rows, by the number they have in the table as loaded"):
        if not len(table):
            st.caption("There are none: every validation row is answered right.")
            return
        named = table.assign(**{column: [names[int(n)] for n in table[column]] for column in ("true", "answer")})
        height = min(TABLE_HEIGHT, 38 + 35 * len(named))
        st.dataframe(in_percent(named, *SHARES), hide_index=True, column_config=MISTAKES, height=height)
        loading.csv_button("Most confident mistakes", named, run)


MISTAKES = {
    "row": "Row",
    "true": "True class",
    "answer": "Answer",
    "confidence": st.column_config.NumberColumn("Sure of its answer", format=SHARE),
    "given_to_true": st.column_config.NumberColumn("Given to the true class", format=SHARE),
}
SHARES = ("confidence", "given_to_true")
BETWEEN = (
    "A row starts in the middle and leaves it as the network decides. Near another class's end it is a confident "
    "mistake."
)
RELIABILITY = (
    "Rows are gathered by how sure the network is. On the diagonal it is right as often as it says. ECE is the mean "
    "distance from it (Guo et al. 2017)."
)
CONFIDENCE = "Wrong answers at the right end are the costly ones: the network was sure of them."
CONFUSION = "Each row of the table is a true class and adds up to 100 %. Off the diagonal lie the mistakes."
ENTROPY = "0 is certain, ln K is an even guess. Wrong answers should be more undecided than right ones."
ONE_ROW = "The areas are the probabilities of the classes. The row's true class is named above."
TEMPERATURE = (
    "One number divides the logits of all rows: above 1 the network becomes less sure, and no answer changes. "
    "Each half of the rows is shown with the temperature fitted on the other half (Guo et al. 2017)."
)
ROC = "The area under the curve is the chance that a row of the class ranks above another one: 0.5 is a guess."
PRECISION = (
    "Of the rows called so, how many are; against how many of those that are were found. A guess is the dashed line."
)
