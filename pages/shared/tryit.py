"""Try it: one row, or a file of rows, and what the trained network says of them."""

import hashlib
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from core.analysis import prediction as numbers
from core.analysis.prediction import Cell
from core.archive import preparations
from core.charts import prediction as charts
from core.data.reading import Reading, ReadingLimits, read_limited
from core.running.export import to_csv
from core.settings import settings
from core.store import Run
from pages.shared import layout, loading, painting
from pages.shared.making import maker

MOST_CELLS = 30
"""Columns that are asked for one by one; the others keep what is usual in training (our choice)."""
SHOWN_ROWS = 200
MOST_VALUES = 6
"""Targets drawn one by one; of more, a table says all (our choice)."""
MISSING = "missing"

Row = dict[str, Any]


@st.fragment
def card(run: Run) -> None:
    """The form, the answer and the upload for one run."""
    fitted = _fitted(run)
    if not run.is_over:
        st.caption("Once the run has ended you can try it with a row of your own.")
        return
    if not fitted or not (run.summary or {}).get("kept_epoch"):
        st.caption("This run cannot be tried with a row of your own: it ended before it kept any weights.")
        return
    is_picture = painting.is_picture(run)
    what = "paint a picture, or take one of the table;" if is_picture else "a row of your own,"
    with layout.card("Try it", f"{what} prepared as in training, through the weights that were kept"):
        replica = _replica(run)
        if is_picture:
            left, right = st.columns([2, 3], gap="medium")
            with left:
                row = painting.row(run)
            with right:
                if row is not None:
                    _answer(run, row, replica, fitted[0]["target"])
        else:
            _filled(run, replica, fitted)
        with st.expander("A CSV file of new rows", icon=":material/upload_file:"):
            _file(run, replica)


def _filled(run: Run, replica: int, fitted: list[dict[str, Any]]) -> None:
    """A field for each column, and the answer to the row that was last asked about."""
    row = _form(run, numbers.cells(fitted[replica if len(fitted) > 1 else 0]))
    if row is not None:
        st.session_state[f"tryit-row-{run.id}"] = row
    asked = st.session_state.get(f"tryit-row-{run.id}")
    if asked is not None:
        _answer(run, asked, replica, fitted[0]["target"])


def _fitted(run: Run) -> list[dict[str, Any]]:
    made = maker("tryit", run)
    return made("fitted", lambda: preparations(loading.record(run).tables))


def _replica(run: Run) -> int:
    count = len((run.summary or {}).get("kept_epoch") or [0])
    if count == 1:
        return 0
    name, key = (lambda r: f"{r + 1} of {count}"), f"tryit-{run.id}"
    return st.selectbox("Training", range(count), format_func=name, key=key, width=250)


def _form(run: Run, cells: list[Cell]) -> Row | None:
    """The row as filled in, once it is asked about."""
    with st.form(f"tryit-form-{run.id}", border=False):
        with st.grid("auto", min_column_width=150):
            row = {cell.column: _widget(cell, f"tryit-{run.id}-{n}") for n, cell in enumerate(cells[:MOST_CELLS])}
        if len(cells) > MOST_CELLS:
            st.caption(f"{len(cells) - MOST_CELLS:,} more columns keep what is usual in training.")
        asked = st.form_submit_button("Predict", icon=":material/play_arrow:")
    rest = {cell.column: _plain(cell.usual) for cell in cells[MOST_CELLS:]}
    return {**row, **rest} if asked else None


def _widget(cell: Cell, key: str) -> Any:
    label = layout.plain(cell.column[:60]) or "(unnamed)"
    if cell.kind == "number":
        return st.number_input(label, value=cell.usual, format="%g", step=_step(cell.usual), key=key)
    if cell.kind == "date":
        chosen = (st.datetime_input if cell.has_hour else st.date_input)(label, cell.usual, key=key)
        return _plain(chosen)
    options = ("yes", "no", None) if cell.kind == "boolean" else cell.levels
    start = int(not cell.usual) if cell.kind == "boolean" else 0
    return st.selectbox(label, options, start, format_func=lambda o: MISSING if o is None else o, key=key)


def _step(usual: float) -> float:
    """A tenth of the usual size, as a power of ten."""
    return 10.0 ** (len(f"{abs(usual):.0f}") - 2) if abs(usual) >= 1 else 0.1


def _plain(cell: Any) -> Any:
    """A cell as JSON can hold it."""
    return cell.isoformat() if hasattr(cell, "isoformat") else cell


def _answer(run: Run, row: Row, replica: int, target: dict[str, Any]) -> None:
    answer = loading.ask("predict", run=run.id, rows=[row], replica=replica)
    if "problems" in answer:
        layout.problems(answer)
        return
    said = numbers.headline(answer, target)
    st.markdown(f"##### {layout.plain(said.text)}")
    if said.note:
        st.caption(said.note)
    if answer["predictions"][0] is not None:
        if answer["task"] == "classification":
            layout.chart(charts.shares(numbers.shares(answer)), said.text, key=f"tryit-chart-{run.id}")
        else:
            _values(run, answer, target)
    for note in answer["notes"][0]:
        st.caption(layout.plain(note))


def _values(run: Run, answer: dict[str, Any], target: dict[str, Any]) -> None:
    """A chart for each target; of very many the first ones."""
    told = numbers.values(answer, target)
    for place, (name, table) in enumerate(told[:MOST_VALUES]):
        layout.chart(charts.value(table, name), f"The answer for {name}", key=f"tryit-chart-{run.id}-{place}")
    if len(told) > MOST_VALUES:
        st.dataframe(pd.concat([table.assign(target=name) for name, table in told]), hide_index=True)


def _file(run: Run, replica: int) -> None:
    """New rows from a file: their predictions as a table and as CSV."""
    st.caption("It needs the columns of the training table by name. Missing and unknown values are allowed, and said.")
    file = st.file_uploader("CSV of new rows", key=f"tryit-file-{run.id}", label_visibility="collapsed")
    if file is None:
        return
    data = file.getvalue()
    reading = _read(data)
    if reading.table is None:
        st.markdown(f":red[✕] {layout.plain(reading.refusal or 'The file holds no table.')}")
        return
    rows = [{name: _plain(cell) for name, cell in row.items()} for row in _rows(run, reading)]
    answer = loading.ask("predict", run=run.id, rows=rows, replica=replica)
    if "problems" in answer:
        layout.problems(answer)
        return
    table = numbers.answers(answer, rows)
    noted = sum(bool(notes) for notes in answer["notes"])
    st.caption(f"{len(table):,} rows; in {noted:,} of them something was filled or never seen, see notes.")
    st.dataframe(table.head(SHOWN_ROWS), hide_index=True)
    name = f"layerscope-predictions-{run.id}-{hashlib.sha256(data).hexdigest()[:12]}-{replica}.csv"
    st.download_button(
        "Predictions as CSV", lambda: _csv(table), name, "text/csv", icon=":material/download:", on_click="ignore"
    )


@st.cache_data(max_entries=8, show_spinner="Reading the file")
def _read(data: bytes) -> Reading:
    return read_limited(data, limits=ReadingLimits(max_bytes=settings().upload_bytes))


def _rows(run: Run, reading: Reading) -> list[Row]:
    """The rows of the file, with the columns that the network reads."""
    assert reading.table is not None
    wanted = {cell.column for cell in numbers.cells(_fitted(run)[0])}
    kept = [name for name in reading.table.data.column_names if name in wanted]
    return reading.table.data.select(kept or reading.table.data.column_names[:1]).to_pylist()


def _csv(table: pd.DataFrame) -> bytes:
    return to_csv(pa.Table.from_pandas(table, preserve_index=False))
