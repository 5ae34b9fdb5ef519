"""Train: choose how the network learns, press Train, and watch it."""

import streamlit as st

from core.analysis import lines
from core.analysis import live as numbers
from core.analysis.record import Record
from core.analysis.trails import trails
from core.charts import curves as charts
from core.charts import live
from core.store import Run
from pages.shared import forms, layout, learning, loading, session
from pages.shared.making import maker


def draw(run: Run, record: Record) -> None:
    """A run as it trains: sentence, numbers, loss, and every layer at this epoch."""
    made = maker("train", run)
    if not run.is_over:
        layout.controls(run, *made("pace", lambda: (record.latest, numbers.pace(record))))
    layout.sentence(made("headline", lambda: numbers.headline(record)))
    layout.ended(run)
    vitals = made("vitals", lambda: numbers.vitals(record))
    layout.vitals(vitals, [] if run.is_over else made("trails", lambda: trails(record)))
    left, right = st.columns([7, 5], gap="medium")
    note = "" if run.is_over else "axes are fixed from the first epoch, so the picture does not jump"
    with left, layout.card("Loss", note or "on rows it learns from, and on rows it does not"):
        layout.chart(made("loss", lambda: charts.loss(lines.losses(record))), "Loss over epochs", key="loss")
    with right, layout.card("Layers at this epoch", "three healthy bands, one dot per layer"):
        strips = made("layers", lambda: live.strips(numbers.layers(record), height=400))
        layout.chart(strips, "Gradient, movement and sleeping units of every layer now", key="layers")
    watch = made("watch", lambda: numbers.to_watch(record))
    if watch:
        st.markdown(f":gray[:material/visibility: {watch}]")


def form() -> None:
    """Every choice about learning, then what it amounts to."""
    st.title("Choose how it learns.", anchor=False)
    summary = st.empty()
    learning.form()
    learning.range_test()
    summary.markdown(f":gray[{layout.plain(forms.in_words(session.draft()))}]")
    layout.train_button(foreseen=session.foreseen())


run = loading.run(session.run_id())
if run is not None and session.is_watching(run):
    run = layout.strip(loading.begun) or run
    layout.live(run, draw)
    if run.epoch:
        with st.container(horizontal=True, vertical_alignment="center"):
            again = "Change something and train again" if run.is_over else "Change something and train another"
            st.button(again, icon=":material/edit:", key="again", on_click=session.change, args=(run.experiment,))
            st.page_link("diagnose/findings.py", label="What was found", icon=":material/stethoscope:")
else:
    if run is None and session.run_id():
        st.caption("The run that the address names is not here. Below is your draft.")
        session.forget_run()
    form()
