"""The address that carries a whole setting."""

from typing import Any
from urllib.parse import urlencode

import streamlit as st

from core.experiment import parse
from core.sharing import LONGEST, packed


def link(experiment: dict[str, Any]) -> str | None:
    """The address that restores a whole setting: everything that was chosen. None where it would not fit."""
    known, _ = parse(experiment)
    page = (st.context.url or "").split("?")[0].rstrip("/").rsplit("/", 1)[0]
    if known is None:
        return None
    text = packed(known)
    return f"{page}/train?{urlencode({'setting': text})}" if len(text) < LONGEST - 1_000 else None
