"""The place to drop a file, and the file that was dropped: on disk until it is kept or put aside, so that the server's
memory holds nothing of it. It goes when the visit ends."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.analysis.wording import FIRM
from core.settings import settings
from pages.shared import layout

MEGABYTE = 1_000_000
HELD = "dropped"
NUMBER = "dropped.number"


@dataclass(frozen=True)
class Dropped:
    """A file as somebody gave it. name: for a screen only, never part of a path; at: the state of the editor in which
    it was dropped; folder: private, gone with the visit."""

    name: str
    size: int
    id: str
    at: str
    folder: TemporaryDirectory[str]

    @property
    def path(self) -> Path:
        """Where its bytes are."""
        return Path(self.folder.name) / "file"


def uploader(at: str) -> Dropped | None:
    """The place to drop a file, which says the limits before anybody runs into them, and the file dropped last."""
    chosen = settings()
    limits = f"up to {size(chosen.upload_bytes)}, {chosen.rows:,} rows and {chosen.columns:,} columns"
    number = st.session_state.get(NUMBER, 0)
    key = f"upload.{number}"
    file = st.file_uploader(
        f"Drop a CSV file: any delimiter, any encoding, {limits}",
        max_upload_size=max(1, chosen.upload_bytes // MEGABYTE),
        key=key,
    )
    if file is not None and _take(file, at):
        st.session_state[NUMBER] = number + 1
        del st.session_state[key]
        st.rerun()
    held = st.session_state.get(HELD)
    return held if isinstance(held, Dropped) and held.at == at else None


def put_aside() -> None:
    """Forgets the file. May be called from a widget's callback."""
    held = st.session_state.pop(HELD, None)
    if isinstance(held, Dropped):
        held.folder.cleanup()


def size(count: int) -> str:
    """13 kB, 200 MB."""
    return f"{count / MEGABYTE:,.0f}{FIRM}MB" if count >= MEGABYTE else f"{max(1, count // 1_000):,}{FIRM}kB"


def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="layerscope-upload-", ignore_cleanup_errors=True)


def _take(file: UploadedFile, at: str) -> bool:
    """Sets the file down on disk and takes it from Streamlit, which would hold its bytes until the session is swept
    away, long after the tab was closed. Whether there was room for it."""
    held = Dropped(file.name, file.size, file.file_id, at, _folder())
    try:
        with open(held.path, "wb") as target:
            shutil.copyfileobj(file, target)
    except OSError as error:
        said = error.strerror or type(error).__name__
        layout.problems({"problems": [f"The file could not be set down ({said}). Free some space and drop it again."]})
        return False
    put_aside()
    st.session_state[HELD] = held
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
    return True
