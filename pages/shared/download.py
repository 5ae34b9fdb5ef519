"""A run to take along: the button that makes its archive when it is pressed."""

import streamlit as st

from core.archive import archive
from core.recording.schemas import SCHEMAS, from_bytes
from core.store import Run, Store
from pages.shared import loading, viewer


def archive_button(run: Run) -> None:
    """One archive: choices, records, weights, and a program that predicts with them. The file's name holds the run's
    unguessable id, so that no two share a download."""
    store, owner = loading.store(), viewer.owner()
    st.download_button(
        "Archive",
        lambda: archive_of(store, run.id, owner),
        f"layerscope-{run.id}.zip",
        "application/zip",
        key=f"archive-{run.id}",
        icon=":material/folder_zip:",
        type="tertiary",
        on_click="ignore",
        help="Choices, records and weights in one file, with a short program that needs only torch, numpy and "
        "scikit-learn to predict with them",
    )


def archive_of(store: Store, run_id: str, owner: str) -> bytes:
    """The archive as the store has the run now; nothing at all of a run that is not this owner's."""
    whole = store.run(run_id, owner)
    if whole is None:
        return b""
    tables = {kind: from_bytes(kind, store.records(run_id, kind, owner=owner)[0]) for kind in SCHEMAS}
    weights = store.weights(run_id, owner=owner)
    return archive(whole.name, whole.experiment, whole.meta, whole.summary, tables, weights)
