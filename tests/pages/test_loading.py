"""What pages read of a run's record."""

import streamlit as st

from core.running.recorded import recorded
from pages.shared import judging, loading


def test_pages_read_what_the_store_keeps_and_the_diagnosis_only_what_rules_look_at(store):
    run = store.run(next(run.id for run in store.runs("local") if run.name == "digits"), "local")
    st.cache_resource.clear()  # other tests' pages may have read more of it, or judged it
    seen = loading.record(run)
    judging.diagnosis(run, seen)
    assert {"epochs", "layers", "outputs"} <= set(loading._growing(run.id).kinds)
    assert not {"histograms", "frames", "checkpoints"} & set(loading._growing(run.id).kinds)
    whole = recorded(store, run)
    assert seen.table("histograms").num_rows > 0
    assert all(seen.table(kind).equals(whole.table(kind)) for kind in seen.tables)
