"""Who is looking."""

import streamlit as st

from core.settings import settings
from core.store import LOCAL_OWNER


def owner() -> str:
    """Whose runs and tables these are: the account's e-mail address, or "local" where nobody logs in."""
    if not settings().login:
        return LOCAL_OWNER
    return str(st.user.get("email") or st.user.get("sub") or "")


def ask_for_login() -> None:
    """Stops the page until the viewer has logged in, where that is asked for."""
    if settings().login and not st.user.is_logged_in:
        st.title("Layerscope", anchor=False)
        st.button("Log in", type="primary", on_click=st.login)
        st.stop()
