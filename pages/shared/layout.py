"""What every page is made of: the sentence, four numbers, cards, charts, explanations, and the tables behind them. The
run strip and the states of a page come from their own modules and are named here too."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any, Literal

import altair as alt
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.analysis.record import Record
from core.analysis.wording import Headline, Vital
from core.charts.names import alt_text
from core.charts.ready import Ready, ready
from core.refusal import Problem, Refusal
from core.store import Run
from pages.shared import columns, judging, loading, session
from pages.shared.say import badge, escaped, plain, problems, refused
from pages.shared.states import ended, live, no_run, waiting
from pages.shared.steering import controls
from pages.shared.strip import strip

__all__ = [
    "badge", "controls", "ended", "live", "no_run", "plain", "problems", "refused", "strip", "waiting",
]  # fmt: skip

PILLS: dict[str, tuple[Literal["green", "red", "gray"], str]] = {
    "good": ("green", "✓ "),
    "bad": ("red", "✕ "),
    "watch": ("gray", "◆ "),
    "plain": ("gray", ""),
}


WITH_TRAIL = 164
"""Height of a number with its small line, in pixels."""
TRAIN = "train-now"
"""The key of the button that trains."""
MOST_ROWS = 1_000
"""Rows of a table that are sent to the browser (our choice: nobody scrolls further)."""


def mode() -> str:
    """ "light" or "dark", as the viewer's browser says."""
    return "dark" if st.context.theme.type == "dark" else "light"


def sentence(headline: Headline) -> None:
    """The page's one finding in words, one phrase of it coloured, and what follows from it in grey. Names in it are
    shown letter by letter."""
    before, phrase, after = (escaped(part) for part in (headline.before, headline.phrase, headline.after))
    coloured = f":{headline.tone}[{phrase}]" if headline.tone and phrase else phrase
    with st.container(gap="small"):
        st.title(f"{before}{coloured}{after}", anchor=False)
        if headline.note:
            st.markdown(f":gray[{escaped(headline.note)}]")


def vitals(numbers: Iterable[Vital], trails: Sequence[Sequence[float]] = ()) -> None:
    """Four numbers, each with what it is compared to; trails: how they came about, drawn as small lines. One that is
    still empty has its room, so that nothing moves when it comes."""
    height: Literal["content"] | int = WITH_TRAIL if trails else "content"
    with st.grid(4, min_column_width=150):
        for vital, trail in zip_longest(numbers, trails):
            if vital is None:
                break
            colour, sign = PILLS[vital.verdict]
            pill = f"{sign}{escaped(vital.pill)}" if vital.pill else None
            drawn: dict[str, Any] = {"delta_color": colour, "delta_arrow": "off", "chart_data": trail or None}
            st.metric(vital.label, vital.value, pill, height=height, **drawn)


@contextmanager
def card(title: str, note: str = "", read: str = "", key: str | None = None) -> Iterator[None]:
    """A bordered card with its title, as tall as its row; `note` says what is drawn, `read` how, behind a button. Of as
    few elements as can be: a live page sends each of them to each viewer every second."""
    with st.container(border=True, key=key, height="stretch", gap="small"):
        if read:
            with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
                _titled(title, note, "stretch")
                with st.popover("How to read", icon=":material/help:", type="tertiary", wrap=False):
                    st.markdown(read)
        else:
            _titled(title, note, "stretch")
        yield


@contextmanager
def switched_card(title: str, note: str, key: str | None = None) -> Iterator[DeltaGenerator]:
    """A card with room for a switch at the right end of the title's row, which is yielded."""
    with st.container(border=True, key=key, height="stretch", gap="small"):
        aligned: dict[str, Any] = {"vertical_alignment": "center", "gap": "small"}
        with st.container(horizontal=True, horizontal_alignment="distribute", **aligned):
            _titled(title, note, "content")
            end = st.container(horizontal=True, width="content", **aligned)
        yield end


def _titled(title: str, note: str, width: Literal["stretch", "content"]) -> None:
    st.markdown(f"**{title}**  \n:small[:gray[{note}]]" if note else f"**{title}**", width=width)


def chart(figure: Ready | alt.TopLevelMixin | None, says: str, key: str, pick: bool = False) -> None:
    """Draws a chart in the viewer's colours, its slider at the epoch of the address. `says` is its takeaway for a
    screen reader and names its downloads. pick: a click on a row selects its layer."""
    with st.container(key=f"chart-{key}"):
        if figure is None:
            st.caption("Nothing to draw yet: it appears with the first epoch that measures it.")
            return
        made = figure if isinstance(figure, Ready) else ready(figure)
        spec = made.dressed(mode(), session.epoch())
        if pick:
            name = f"picked-{key}"
            st.vega_lite_chart(
                spec=spec,
                width="stretch",
                alt=alt_text(says),
                key=name,
                on_select=session.picked,
                selection_mode="picked",
            )
        else:
            st.vega_lite_chart(spec=spec, width="stretch", alt=alt_text(says))


def pick_layers(names: list[str], most: int) -> list[int]:
    """Which layers are shown where there is room for a few: the first, one in the middle and the last, or others."""
    if len(names) <= most:
        return list(range(len(names)))
    usual = sorted({round(i * (len(names) - 1) / (most - 1)) for i in range(most)})
    linked = session.layer()
    if linked and linked <= len(names) and linked - 1 not in usual:
        usual = sorted({usual[0], linked - 1, usual[-1]})
    picked = st.multiselect(
        "Layers",
        range(len(names)),
        default=usual,
        max_selections=most,
        format_func=names.__getitem__,
        key="layers-shown",
    )
    return sorted(picked) or usual


def pick_layer(names: list[str]) -> int:
    """The layer that is looked at, 1 for the first: the address's, or the first one. A click on a heat map's row
    selects it too."""
    chosen = min(session.layer() or 1, len(names))
    key = f"layer-shown-{chosen}-{len(names)}"
    st.selectbox(
        "Layer",
        range(1, len(names) + 1),
        chosen - 1,
        format_func=lambda number: names[number - 1],
        key=key,
        width=160,
        label_visibility="collapsed",
        on_change=session.select_layer_of,
        args=(key,),
    )
    return chosen


def explain(read: str, healthy: str, remedy: str) -> None:
    """The main chart's three explanations, always visible."""
    texts = {"How to read": read, "Healthy looks like": healthy, "What to try": remedy}
    with st.grid(3, min_column_width=180, gap=("small", "medium")):
        for title, text in texts.items():
            with st.container(gap="xsmall"):
                st.markdown(f"**{title}**")
                st.caption(text)


def numbers(tables: Callable[[], Mapping[str, pd.DataFrame]], run: Run, **titles: str) -> None:
    """The tables behind the charts, columns in words, each as CSV; made and sent only while they are open. `titles`
    names columns that mean something else here than elsewhere."""
    unfolded = st.expander(
        "Numbers behind these charts", icon=":material/table:", key="numbers-open", on_change="rerun"
    )
    with unfolded:
        for title, table in tables().items() if unfolded.open else ():
            if len(table):
                shown = table.head(MOST_ROWS).dropna(axis="columns", how="all")
                st.markdown(f"**{title}**")
                st.dataframe(shown, hide_index=True, column_config=columns.named(shown, **titles), height=300)
                if len(table) > MOST_ROWS:
                    st.caption(f"The first {MOST_ROWS:,} of {len(table):,} rows; the CSV file has all of them.")
                loading.csv_button(title, table, run)


def train_button(label: str = "Train", foreseen: Sequence[Problem] = ()) -> None:
    """Starts a run of the draft and shows it; says every problem where it cannot be started, those that are foreseen
    before it is pressed. Usually before any of this page is drawn again, which would take as long as the first
    epochs."""
    drawn = session.fields(but=TRAIN)
    st.button(label, type="primary", icon=":material/play_arrow:", key=TRAIN, on_click=_pressed, args=(drawn,))
    if st.session_state.pop(session.WHEN_DRAWN, False) and _train():
        st.switch_page("build/train.py")
    refused(st.session_state.pop(session.REFUSED, None) or Refusal(*foreseen))


def _pressed(drawn: dict[str, Any]) -> None:
    """Trains at once where the draft says what the fields say. What was typed last, and left by pressing the button,
    has not reached the draft yet: then the page is drawn first, which takes it there."""
    if session.fields(but=TRAIN) != drawn:
        st.session_state[session.WHEN_DRAWN] = True
    elif _train():
        session.go_on("build/train.py")


def _train() -> bool:
    try:
        session.start(session.draft())
    except Refusal as refusal:
        st.session_state[session.REFUSED] = refusal
        return False
    return True


def advice(run: Run, record: Record, page: str, otherwise: str) -> str:
    """What to try: the first remedies of this page's findings or of their causes; the usual ones where nothing was
    found."""
    diagnosis = judging.diagnosis(run, record)
    remedies = [plain(remedy.label) for found in diagnosis.on(page) for remedy in diagnosis.remedies(found)[:2]]
    return f"{'. Or: '.join(dict.fromkeys(remedies))}. One click on **Findings**." if remedies else otherwise
