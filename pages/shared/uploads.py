"""A file that somebody dropped on the Data page: read in a process of its own, every guess shown with its evidence and
open to change, kept on request. Until then its table lies in a folder that goes when the visit ends."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import streamlit as st

from core.analysis.wording import FIRM, Headline, duration, plural
from core.choices.defaults import Size, default_experiment
from core.choices.tables import UploadedTable
from core.data.reading import Reading, ReadingChoices, ReadingLimits, read_limited
from core.data.target import LEAST_ROWS
from core.settings import settings
from pages.shared import dropped, layout, loading, session, viewer
from pages.shared.dropped import Dropped
from pages.shared.offers import TYPES, WORDS, choose

READING = "held-reading"
SHOWN_COLUMNS = 60
"""A page never sends more of a table than a person looks through (our choice)."""
TYPED_COLUMNS = 300
SHOWN_MESSAGES = 20


@dataclass
class Held:
    """The last reading of a visit. file: which upload; table: the typed table, where there is one."""

    file: str
    choices: str
    reading: Reading
    folder: TemporaryDirectory
    seconds: float

    @property
    def table(self) -> Path | None:
        """The typed table as Parquet."""
        return Path(self.reading.saved) if self.reading.saved else None


def review(file: Dropped, heading: Any) -> None:
    """Reads the file, says how it was understood, lets that be changed, and keeps it on request. heading: the
    container at the top of the page."""
    key, note = f"reading.{file.id}", "each guess with its evidence; change one and it is read again"
    with layout.switched_card("How the file was understood", note) as end:
        end.button("Put it aside", icon=":material/close:", type="tertiary", key=f"{key}.aside", on_click=_put_aside)
        fixed, places = choose(key)
        types = st.session_state.get(_types_key(key, fixed["header"]), {})
        choices = ReadingChoices(**fixed, types=types)
        held = _read(file, choices)
        for name, place in places.items():
            guess = getattr(held.reading, name)
            word = WORDS.get(name, {}).get(guess.value, guess.value)
            with place:
                st.caption(
                    f"**{layout.plain(word)}**: {layout.plain(guess.evidence)}" if guess.value is not None else ""
                )
        _say(held.reading)
    with heading:
        layout.sentence(_headline(held.reading, file.name))
    if held.table is None:
        _raw(held.reading)
        return
    _keep_button(file.name, held)
    left, right = st.columns([7, 4], gap="medium")
    with left, layout.card("First rows, as read", f"read in {duration(held.seconds)}; in the file's own order"):
        st.dataframe(_head(held.table), hide_index=True, height=390)
    with right, layout.card("Type of each column", "click a type to change it: the file is read again"):
        _types(held.reading, key, choices)


def _headline(reading: Reading, name: str) -> Headline:
    shown = name[:60]
    if reading.outcome == "refused":
        return Headline(f"{shown}: ", "not read", ".", "red", "Below: what is wrong, where, and what to do about it.")
    size = f"{reading.rows:,}{FIRM}rows, {plural(len(reading.columns), 'column')}"
    if _over_limits(reading):
        return Headline(
            f"{shown}: {size}. ", "Not usable here", ".", "red", "It was read; below is why it cannot train."
        )
    if reading.outcome == "warned":
        many = sum(message.level == "warning" for message in reading.messages)
        return Headline(f"{shown}: {size}. ", f"Look at the warning{'s' if many > 1 else ''}", " first.", "red")
    return Headline(f"{shown}: ", size, ".", "", "Nothing odd was found while reading.")


def _types_key(key: str, header: bool | None) -> str:
    """Types are kept by column name, and names change with the header."""
    return f"{key}.types.{header}"


def _put_aside() -> None:
    """The file and what was read of it go, the place to drop one stays."""
    dropped.put_aside()
    held = st.session_state.pop(READING, None)
    if isinstance(held, Held):
        held.folder.cleanup()


def _read(file: Dropped, choices: ReadingChoices) -> Held:
    """The reading by these choices; the one of the last rerun where nothing changed."""
    wanted = json.dumps(choices.model_dump(), sort_keys=True)
    held = st.session_state.get(READING)
    if isinstance(held, Held) and (held.file, held.choices) == (file.id, wanted):
        return held
    started, size = time.monotonic(), dropped.size(file.size)
    bar = st.progress(0.0, text=f"Reading {size}")
    folder = TemporaryDirectory(prefix="layerscope-upload-", ignore_cleanup_errors=True)
    reading = read_limited(
        file.path,
        choices,
        ReadingLimits(max_bytes=settings().upload_bytes, max_columns=settings().columns),
        progress=lambda share: bar.progress(min(1.0, share), text=f"Reading {size}: {share:.0%}") and None,
        save_to=Path(folder.name) / "table.parquet",
        propose=True,
    )
    bar.empty()
    held = Held(file.id, wanted, reading, folder, time.monotonic() - started)
    st.session_state[READING] = held
    return held


def _say(reading: Reading) -> None:
    """Refusals first, then warnings, then notes, each with its line."""
    signs = {"refusal": ":red[✕]", "warning": ":red[◆]", "note": ":gray[·]"}
    ordered = sorted(reading.messages, key=lambda message: list(signs).index(message.level))
    for message in ordered[:SHOWN_MESSAGES]:
        is_said = f"line {message.line}" in message.text.lower()
        where = f" (line {message.line:,})" if message.line and not is_said else ""
        st.markdown(f"{signs[message.level]} {layout.plain(message.text + where)}")
    if len(ordered) > SHOWN_MESSAGES:
        with st.expander(f"{len(ordered) - SHOWN_MESSAGES:,} more"):
            rest = [(m.level, m.line, m.text) for m in ordered[SHOWN_MESSAGES:]]
            st.dataframe(pd.DataFrame(rest, columns=["", "line", "what"]), hide_index=True)
    others = [(name, getattr(reading, name)) for name in ("quote", "thousands")]
    said = [
        f"{name.capitalize()}: {WORDS[name].get(guess.value, guess.value)}, {guess.evidence}"
        for name, guess in others
        if guess.value not in (None, "", '"')
    ]
    if said:
        st.caption(layout.plain(". ".join(said) + "."))


def _raw(reading: Reading) -> None:
    """The first lines of a file that could not be read, cut as they were understood."""
    if reading.first_rows:
        with layout.card("First lines of the file", "cut at the delimiter named above"):
            st.dataframe(_unnamed(reading.first_rows), hide_index=True)


def _unnamed(rows: tuple[tuple[str, ...], ...]) -> pd.DataFrame:
    width = max(len(row) for row in rows)
    table = [[*row, *[""] * (width - len(row))] for row in rows]
    return pd.DataFrame(table, columns=[f"field {number + 1}" for number in range(width)])


def _head(path: Path) -> pd.DataFrame:
    """The first rows, under the names in the file."""
    with pq.ParquetFile(path) as file:
        return file.read_row_group(0, columns=file.schema_arrow.names[:SHOWN_COLUMNS]).to_pandas()


def _types(reading: Reading, key: str, choices: ReadingChoices) -> None:
    """A column's type can be changed; the file is then read again."""
    shown = reading.columns[:TYPED_COLUMNS]
    table = pd.DataFrame([(c.name, c.type, c.missing) for c in shown], columns=["column", "type", "missing"])
    number = len(choices.types)
    edited = st.data_editor(
        table,
        hide_index=True,
        disabled=["column", "missing"],
        height=390,
        key=f"{key}.editor.{choices.header}.{number}.{hash(tuple(c.type for c in shown))}",
        column_config={"type": st.column_config.SelectboxColumn("type", options=TYPES, required=True)},
    )
    wanted = {c.name: new for c, new in zip(shown, edited["type"], strict=True) if new != c.type}
    if wanted:
        st.session_state[_types_key(key, choices.header)] = {**choices.types, **wanted}
        st.rerun()
    if len(reading.columns) > TYPED_COLUMNS:
        st.caption(f"The first {TYPED_COLUMNS:,} of {len(reading.columns):,} columns.")


def _keep_button(name: str, held: Held) -> None:
    """`Use this table`, or why it cannot be used here."""
    problems = _over_limits(held.reading)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Use this table",
            type="primary",
            icon=":material/arrow_forward:",
            disabled=bool(problems),
            on_click=_keep,
            args=(name, held),
        )
        proposal = held.reading.proposal
        if problems:
            st.markdown(f":red[✕] {layout.plain(' '.join(problems))}")
        elif proposal:
            why = layout.plain("; ".join(proposal["reasons"]))
            st.caption(
                f"Proposed target: **{layout.plain(proposal['target'])}**, because {why}. You can change it next."
            )


def _over_limits(reading: Reading) -> list[str]:
    chosen = settings()
    found = []
    if reading.rows > chosen.rows:
        found.append(
            f"{reading.rows:,} rows are more than the {chosen.rows:,} that this installation trains on: upload a part."
        )
    if len(reading.columns) > chosen.columns:
        found.append(
            f"{len(reading.columns):,} columns are more than the {chosen.columns:,} that this installation allows: "
            "leave some out."
        )
    if reading.rows < LEAST_ROWS:
        found.append(f"{plural(reading.rows, 'row')}: training needs at least {LEAST_ROWS}.")
    if len(reading.columns) < 2:
        found.append("One column only: training needs a target and at least one input.")
    if len(loading.store().tables(viewer.owner())) >= chosen.tables:
        found.append(f"{chosen.tables:,} tables are the most that one person keeps: delete some first.")
    return found


def _keep(name: str, held: Held) -> None:
    """Into the store, as Parquet, with the reading's report; the draft becomes what is proposed for such a table. The
    proposal is made here, without the runner: one that is slow to answer must not leave the last draft's network."""
    reading = held.reading
    proposal = reading.proposal or _last(reading)
    details = {
        "rows": reading.rows,
        "columns": [asdict(column) for column in reading.columns],
        "report": [asdict(message) for message in reading.messages[:1_000]],
        "proposal": proposal,
    }
    assert held.table is not None
    store, owner = loading.store(), viewer.owner()
    known = {table.id: table.name for table in store.tables(owner)}
    table_id = store.add_table(owner, name[:200], held.table.read_bytes(), details)
    if table_id in known:
        said = f"You have this very table already, as {layout.plain(known[table_id])}. It is used; none is added."
        st.toast(said, icon=":material/content_copy:")
    _put_aside()
    data = UploadedTable(table=table_id, target=proposal["target"])
    shape = tuple(proposal["shape"]) if proposal["shape"] else None
    size = Size(proposal["task"], reading.rows, len(reading.columns) - 1, proposal["classes"], shape)
    session.replace_draft(default_experiment(data, size).model_dump(mode="json"))


def _last(reading: Reading) -> dict[str, Any]:
    target = reading.columns[-1].name
    return {
        "target": target,
        "task": "classification",
        "classes": 0,
        "shape": None,
        "reasons": ["it is the last column"],
    }
